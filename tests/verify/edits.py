# SPDX-License-Identifier: Apache-2.0
"""Generated text under review stays small: a policy rule that is taken out of a random
policy, or put into it, changes only lines of that rule, on every platform. Where
`compile` takes what is on the device (`--previous`), both texts are also made for a
device that has the first of them.

A text is read as units (units.py). Units that both texts have stand in the same order in
both. Each other unit is of the rule, that is, it

  - carries the rule's identity: the comment of an nftables element or an iptables rule,
    the remark before the entries of IOS and ASA, the name and comment of a policy of
    FortiOS; or
  - defines what only one of the texts has - a set or chain and what is in it, an object
    group, address, service, schedule or time range, a policy's number - and whatever
    names that is itself of the rule; or
  - names such a thing and no other rule: a jump to a chain, the `move` of a policy, the
    `no` or `delete` of what the device need not keep.

No sequence numbers are written, and no name or number follows from where something
stands. Two platforms say something about several rules at once, and only these units may
change beside:

  - nftables: elements that carry the identity of a rule that shares an element with the
    one at hand, for what two rules allow is one element with both names;
  - IOS: where the rule is an allow, whom ICMP errors reach, which are those who take
    part in anything admitted: the entries under `remark errors`, which name an object
    group of their own, and that group. Where it is a deny, the answers to what others
    allow and it forbids, since a list without state must not pass them.

The worst edit of each platform is printed: the lines that a text comparison shows, and
how many of these are not of the rule."""
import collections
import os
import random
import re
import sys

import agree
import configured
import units

POLICIES = max(1, int(8 * agree.SCALE))
START = int(os.environ.get('CORDON_TEST_SEED', '1'))
EDITS = 4
AT = '2026-03-01T00:00:00Z'
OWN = frozenset(['edited'])


class Platform(configured.Platform):
    def __init__(self, name, files, units_of, previous):
        self.name, self.files, self.units_of, self.previous = name, files, units_of, previous

    def adapt(self, text):
        """Multicast policies of FortiOS cannot say all of it."""
        if self.name == 'fortios':
            text = re.sub(r'; multicast [^;}]*', '', text)
        return text if self.name == 'nftables' else self.protected(text)

    def read(self, folder, device):
        return {name: configured.read_file(folder, device, name) for name in self.files}

    def units(self, texts):
        return [unit._replace(place='%s: %s' % (name, unit.place))
                for name in self.files for unit in self.units_of(texts[name])]


PLATFORMS = [Platform('nftables', ['ruleset.nft'], units.nftables, False),
             Platform('iptables', ['iptables.rules', 'ip6tables.rules'], units.iptables, False),
             Platform('cisco-ios', ['acl.ios'], units.cisco, True),
             Platform('cisco-asa', ['acl.asa'], units.cisco, True),
             Platform('fortios', ['fortios.conf'], units.fortios, True)]


# ---- two texts ----

def by_place(listed):
    out = collections.defaultdict(list)
    for unit in listed:
        out[unit.place].append(unit)
    return out


def differing(one, other):
    """What only one of two lists has, as often as it has it more than the other."""
    one, other = collections.Counter(one), collections.Counter(other)
    return list(((one - other) + (other - one)).elements())


def definitions(listed):
    return {name: unit for unit in listed for name in unit.defines}


def users(listed):
    out = collections.defaultdict(set)
    for unit in listed:
        for name in units.mentions(unit):
            out[name].add(unit)
    return out


def lines_of(texts):
    return [line for text in texts.values() for line in text.splitlines()
            if not line.strip().startswith(('#', '!'))]


class Comparison:
    """`allow`: what the rule that only the first text has says."""

    def __init__(self, platform, before, after, allow):
        self.platform, self.allow = platform, allow
        self.one, self.other = platform.units(before), platform.units(after)
        self.changed = differing(self.one, self.other)
        self.lines = len(differing(lines_of(before), lines_of(after)))
        one, other = definitions(self.one), definitions(self.other)
        self.once = {name: (one.get(name) or other[name]) for name in set(one) ^ set(other)}
        self.users = users(self.one + self.other)
        self.gone = set(self.changed)

    def shared(self, unit):
        """Says something about the rule and about others."""
        if self.platform.name == 'nftables':
            return bool(unit.owners & self.near())
        if self.platform.name != 'cisco-ios':
            return False
        if unit.kind == 'errors':
            return self.allow
        return unit.kind == 'replies' and not self.allow

    def near(self):
        return {owner for unit in self.one if unit.owners & OWN for owner in unit.owners}

    def defines_once(self, unit):
        """Whatever names it has changed as well, and is judged on its own."""
        names = set(unit.defines) & set(self.once)
        return bool(names) and all(self.users[name] <= self.gone for name in names)

    def is_of_rule(self, unit):
        if unit.owners or unit.kind == 'errors':
            return bool(unit.owners & OWN)
        return self.defines_once(unit) or unit.inside in self.once or \
            bool(units.mentions(unit) & set(self.once))

    def strays(self):
        one, other = by_place(self.one), by_place(self.other)
        for place in {**one, **other}:
            if [unit for unit in one[place] if unit not in self.gone] != [
                    unit for unit in other[place] if unit not in self.gone]:
                yield '%s: in another order' % place
        for unit in self.changed:
            if not self.is_of_rule(unit) and not self.shared(unit):
                yield '%s: %s' % (unit.place, '\n    '.join(unit.lines))

    def beyond(self):
        """Lines that are not of the rule."""
        return max(0, self.lines - sum(len(unit.lines) for unit in self.changed
                                       if self.is_of_rule(unit)))


# ---- one policy ----

class Subject:
    """A policy with and without a rule, on a platform."""

    def __init__(self, platform, folder, lines, number):
        line = lines[number].rstrip()
        marked = line[:-2] + '; id edited }' if line.endswith(' }') else line + ' { id edited }'
        self.platform, self.folder = platform, folder
        self.allow = line.strip().startswith('allow')
        self.texts = {'before': lines[:number] + [marked] + lines[number + 1:],
                      'after': lines[:number] + lines[number + 1:]}

    def compiled(self, name, out, *options):
        self.folder.write('\n'.join(self.texts[name]) + '\n')
        path = os.path.join(self.folder.path, out)
        code, _, errors = agree.run('compile', '--at', AT, '-o', path, self.folder.policy,
                                    *options)
        if code:
            raise RuntimeError('%s, exit %d: %s' % (self.platform.name, code, '\n'.join(
                line for line in errors.splitlines() if 'error' in line)))
        return path

    def compared(self, before, after, device):
        return Comparison(self.platform, self.platform.read(before, device),
                          self.platform.read(after, device), self.allow)

    def comparisons(self, pick):
        before, after = self.compiled('before', 'before'), self.compiled('after', 'after')
        devices = sorted(os.listdir(before))
        for device in devices:
            yield device, self.compared(before, after, device)
        if self.platform.previous and devices:
            device = pick.choice(devices)
            options = '--device', device, '--previous', os.path.join(
                before, device, self.platform.files[0])
            yield device + ' that has it', self.compared(
                self.compiled('before', 'then-before', *options),
                self.compiled('after', 'then-after', *options), device)


def editable(lines):
    """Rules whose own elements are in the text: denies of operations have none, but
    narrow the allows that they speak of."""
    return [number for number, line in enumerate(lines)
            if re.match(r'\s*(allow|deny) ', line)
            and not (line.strip().startswith('deny') and 'acme' in line)]


def judge(seed):
    """(edits that changed a text, what is wrong, (platform, lines, lines not of the rule)
    of the worst edits)"""
    platform, pick = PLATFORMS[seed % len(PLATFORMS)], random.Random(seed)
    _, text, inventory = agree.generated(seed)
    lines, edits, wrong, worst = platform.adapt(text).splitlines(), 0, [], [(0, 0)]
    with agree.Folder('', inventory) as folder:
        rules = editable(lines)
        for number in pick.sample(rules, min(EDITS, len(rules))):
            subject = Subject(platform, folder, lines, number)
            for device, compared in subject.comparisons(pick):
                found = list(compared.strays())
                edits += bool(compared.changed)
                worst.append((compared.lines, compared.beyond()))
                wrong += ['%s, seed %d, %s, line %d\n%s\n%s' % (
                    platform.name, seed, device, number + 1, lines[number].strip(),
                    '\n'.join(found[:5]))] if found else []
    return edits, wrong, (platform.name, *map(max, zip(*worst)))


def main():
    results = agree.over_seeds(judge, range(START, START + POLICIES * len(PLATFORMS)))
    code = agree.report('edits that changed a text', [one[:2] for one in results],
                        POLICIES * len(PLATFORMS))
    for platform in PLATFORMS:
        mine = [one[2] for one in results if one[2][0] == platform.name]
        print('# %s: at most %d lines for one rule, %d of them not its own' % (
            platform.name, max(lines for _, lines, _ in mine),
            max(beyond for _, _, beyond in mine)))
    return code


if __name__ == '__main__':
    sys.exit(main())
