# SPDX-License-Identifier: Apache-2.0
"""`cordon diff` of random policies and random edits of them. An edit that means
nothing: no flow changes. An edit of one fact: every flow that the naive evaluator
judges in another way is in some row, every row shows a flow of which `cordon query`
says so for both policies, and every row names that fact as its cause."""
import ipaddress
import json
import os
import random
import re
import sys

import agree
import meaning as m
from edits import Edit
from naive import Policy

EDITS = max(1, int(250 * agree.SCALE))
AT = '2026-01-01T00:00:00Z'
MOMENTS, FLOWS = 4, 400


def shared(text):
    """Two zones declare a group, and what goes to it passes at both."""
    return re.sub(r'^zone (zone-[01]) level (.*?) \{ ',
                  r'zone \1 level \2 { multicast 239.1.9.0/24; ', text, flags=re.M) + \
        'conduit conduit-9 between zone-0 and zone-1 {\n    allow any -> any : udp\n}\n'


class Pair:
    """The policy before and after an edit, in folders."""

    def __init__(self, seed):
        self.generator, text, inventory = agree.generated(seed)
        self.random = random.Random(seed)
        if self.random.random() < .4:
            text = shared(text)
        self.old = agree.Folder(text, inventory)
        self.edit = Edit(self.random, text, inventory)
        (self.edit.nothing if seed % 2 else self.edit.one_fact)()
        self.new = agree.Folder(self.edit.text(), self.edit.inventory)
        for name, content in self.edit.files.items():
            with open(os.path.join(self.new.path, name), 'w', encoding='utf-8') as file:
                file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.old.__exit__()
        self.new.__exit__()


def usable(folder):
    """An edit may make a policy that is in error: nothing is said of that one."""
    code, out, _ = agree.run('check', '--format', 'json', '--at', AT, folder.policy)
    return code != 2 and not any(
        finding['severity'] == 'error' for finding in json.loads(out)['findings'])


def holds(ranges, address):
    for text in ranges:
        low, high = (text.split('-') + [text])[:2] if '-' in text else (text, text)
        if '/' in text:
            network = ipaddress.ip_network(text)
            low, high = network[0], network[-1]
        low, high = ipaddress.ip_address(low), ipaddress.ip_address(high)
        if (low.version, int(low)) <= address <= (low.version, int(high)):
            return True
    return False


def row_of(rows, flow):
    """A row between whose ends the flow is."""
    return next((row for row in rows if holds(row['sources'], flow.source)
                 and holds(row['destinations'], flow.destination)), None)


# ---- flows ----

SPECIAL = {4: ['169.254.1.1', '0.0.0.0', '169.254.7.7'], 6: ['fe80::1', '::']}
GROUPS = {4: ['239.1.1.1', '239.1.1.130', '239.1.2.3', '239.7.7.7', '255.255.255.255',
              '239.1.9.1', '239.1.9.1'],
          6: ['ff05::1234', 'ff02::5']}


def broadcasts(policy):
    """{(version, directed broadcast): senders of its zone}"""
    return {to: [(span[0], span[1] + 1) for span in zone.subnets if span[0] == 4]
            for zone in policy.zones.values() for to in zone.broadcasts}


def bent(pair, flow, policies):
    """Now and then to a group or a broadcast, or from who tells no zone."""
    version, chance = flow.source[0], pair.random.random()
    if chance < .1:
        return flow._replace(source=m.address_of(pair.random.choice(SPECIAL[version])))
    if chance < .25:
        return flow._replace(
            source=pair.random.choice([flow.source, (4, 10 << 24 | 1), (4, 10 << 24 | 65537)]
                                      if version == 4 else [flow.source]),
            destination=m.address_of(pair.random.choice(GROUPS[version])), protocol=17,
            sport=40000, dport=pair.random.choice([53, 9]))
    directed = broadcasts(pair.random.choice(policies))
    if chance < .35 and version == 4 and directed:
        to = pair.random.choice(sorted(directed))
        return flow._replace(destination=to, source=pair.random.choice(
            directed[to] + [flow.source]))
    return flow


# ---- what can be wrong ----

def wrong_flows(pair, told):
    """Flows judged apart that no row has."""
    old = Policy(pair.old.policy, agree.prelude())
    new = Policy(pair.new.policy, agree.prelude())
    for moment in pair.generator.moments(MOMENTS):
        for flow in pair.generator.flows(moment, FLOWS):
            flow = bent(pair, flow, [old, new])
            if m.in_any(m.GROUPS, flow.source) or flow.source == m.BROADCAST:
                continue
            before, after = old.judge(flow), new.judge(flow)
            if before != after and not row_of(told['opened' if after else 'closed'], flow):
                yield '%s: was %s, is %s, and no row has it' % (flow, before, after)


def answer(folder, witness):
    mode = ['--mode', witness['mode']] if witness['mode'] else []
    _, out, errors = agree.run('query', '--at', witness['at'], *mode, folder.policy,
                               witness['question'])
    return out.split(' ')[0] or errors


def wrong_witnesses(pair, told):
    for kind, before, after in ('opened', 'denied', 'allowed'), ('closed', 'allowed', 'denied'):
        for row in told[kind]:
            got = answer(pair.old, row['witness']), answer(pair.new, row['witness'])
            if got != (before, after):
                yield '%s: query says %s of %s' % (kind, got, row['witness'])


def wrong_causes(pair, told):
    kind, name = pair.edit.fact
    for row in told['opened'] + told['closed']:
        for cause in row['causes']:
            if cause['kind'] != kind or name not in (None, cause['name']):
                yield '%s is not of %s %s: %s -> %s : %s' % (
                    cause['text'], kind, name, row['from'], row['to'], row['service'])


def only_broadcasts(pair, told):
    """Halves of a prefix bring a directed broadcast, which is no host any more."""
    return all(set(row['destinations']) <= set(pair.edit.broadcasts)
               for row in told['opened'] + told['closed'])


def problems(pair):
    code, out, errors = agree.run('diff', '--exit-code', '--format', 'json', '--at', AT,
                                  pair.old.policy, pair.new.policy)
    if code not in (0, 1):
        return ['exit %d: %s' % (code, errors[:2000])]
    told = json.loads(out)
    found = list(wrong_witnesses(pair, told)) + list(wrong_flows(pair, told))
    if code != (told['verdict'] != 'same') or code != bool(told['opened'] + told['closed']):
        found.append('exit %d of %s' % (code, told['verdict']))
    if pair.edit.fact is not None:
        return found + list(wrong_causes(pair, told))
    if told['verdict'] != 'same' and not only_broadcasts(pair, told):
        found += ['flows change: %s -> %s : %s' % (row['from'], row['to'], row['service'])
                  for row in told['opened'] + told['closed']]
    return found


def compare(seed):
    """(edits compared, what is wrong)"""
    with Pair(seed) as pair:
        if not usable(pair.old) or not usable(pair.new):
            return 0, []
        found = problems(pair)
        if os.environ.get('CORDON_TEST_KEEP') and found:
            with open(os.environ['CORDON_TEST_KEEP'] + '-%d.cordon' % seed, 'w',
                      encoding='utf-8') as file:
                file.write(pair.edit.text())
        return 1, ['seed %d, %s: %s' % (seed, ', '.join(pair.edit.told), text)
                   for text in found[:3]]


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '1'))
    results = agree.over_seeds(compare, range(first, first + EDITS))
    return agree.report('diff tells random edits apart', results, EDITS * 6 // 10)


if __name__ == '__main__':
    sys.exit(main())
