# SPDX-License-Identifier: Apache-2.0
"""`cordon diff` of random policies and random edits of them, held against the naive
evaluator. An edit that means nothing: no flow changes. An edit of one fact:

  - every flow that the naive evaluator judges in another way is in some row: between its
    ends, of its services, at its times;
  - every flow between the ends of a whole row, of its services, at its times changes, and
    so does the flow that the row shows, of which `cordon query` says so for both policies;
  - the ends of a row in words are the addresses that it lists;
  - the causes of every row are that fact, told as such, at the line that was edited."""
import datetime
import difflib
import json
import os
import random
import re
import sys
import zoneinfo

import agree
import meaning as m
from edits import Edit
from facts import Fact
from naive import Flow, Policy
from rows import Row, content_of

EDITS = max(1, int(250 * agree.SCALE))
AT = '2026-01-01T00:00:00Z'
MOMENTS, FLOWS, PICKED, QUERIED = 4, 60, 6, 2


def shared(text):
    """Two zones declare a group, and what goes to it passes at both."""
    return re.sub(r'^zone (zone-[01]) level (.*?) \{ ',
                  r'zone \1 level \2 { multicast 239.1.9.0/24; ', text, flags=re.M) + \
        'conduit conduit-9 between zone-0 and zone-1 {\n    allow any -> any : udp\n}\n'


def with_rule(rule):
    """That rule in the place of the first allow."""
    return lambda text: re.sub(r'^( +allow ).+$', r'\1' + rule, text, count=1, flags=re.M)


def nested(text):
    """A zone whose directed broadcast is an address of the zone nested in it."""
    return text + 'zone zone-9 level 2 { subnet 10.9.0.0/24 }\n' \
        'zone zone-9-cell level 1 { subnet 10.9.0.248/29 }\n' \
        'conduit conduit-8 between zone-9 and zone-9-cell {\n    allow any -> any : udp\n}\n'


# What a policy gets more, and the edit that is about it.
MORE = [(shared, 'change_shared'), (nested, 'change_nested'),
        (with_rule('any -> any : acme(write, station 2-5, tank 10-20)'), 'change_parameters'),
        (with_rule('any -> any : tcp { until 2026-10-04 }'), 'change_until'),
        (with_rule('@plc -> any except @hmi : any'), 'change_role')]


class Pair:
    """The policy before and after an edit, in folders."""

    def __init__(self, seed):
        self.generator, text, inventory = agree.generated(seed)
        self.random = random.Random(seed)
        kind = 'nothing' if seed % 3 == 0 else self.random.choice(Fact.FACTS)
        for more, about_it in MORE:
            if self.random.random() < (.9 if kind == about_it else .1):
                text = more(text)
        self.old = agree.Folder(text, inventory)
        self.edit = (Edit if kind == 'nothing' else Fact)(self.random, text, inventory)
        self.edit.make(kind)
        self.text = text, self.edit.text()
        self.new = agree.Folder(self.edit.text(), self.edit.inventory)
        for name, content in self.edit.files.items():
            with open(os.path.join(self.new.path, name), 'w', encoding='utf-8') as file:
                file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.old.__exit__()
        self.new.__exit__()

    def read(self):
        """Both policies, once more for the naive evaluator."""
        self.policies = [Policy(folder.policy, agree.prelude())
                         for folder in (self.old, self.new)]

    def changed_lines(self):
        """The numbers of the lines that only the old, and only the new policy has."""
        one, other = (text.splitlines() for text in self.text)
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        blocks = [code[1:] for code in matcher.get_opcodes() if code[0] != 'equal']
        return ({at + 1 for lo, hi, _, _ in blocks for at in range(lo, hi)},
                {at + 1 for _, _, lo, hi in blocks for at in range(lo, hi)})


def usable(folder):
    """An edit may make a policy that is in error: nothing is said of that one."""
    code, out, _ = agree.run('check', '--format', 'json', '--at', AT, folder.policy)
    return code != 2 and not any(
        finding['severity'] == 'error' for finding in json.loads(out)['findings'])


# ---- flows ----

SPECIAL = {4: ['169.254.1.1', '0.0.0.0', '169.254.7.7'], 6: ['fe80::1', '::']}
GROUPS = {4: ['239.1.1.1', '239.1.1.130', '239.1.2.3', '239.7.7.7', '255.255.255.255',
              '239.1.9.1', '239.1.9.130'],
          6: ['ff05::1234', 'ff02::5']}


def broadcasts(policy):
    """[(directed broadcast, a sender of its zone)], those of which others are the owner
    first."""
    found = [(to, (span[0], span[1] + 1)) for zone in policy.zones.values()
             for to in zone.broadcasts for span in zone.subnets if span[0] == 4]
    owned = [pair for pair in found if policy.zone_of(pair[0]) != policy.zone_of(pair[1])]
    return owned or found


class Flows:
    """Flows near the rules of both policies, and near what was edited."""

    def __init__(self, pair):
        self.pair, self.random = pair, pair.random
        self.generator = pair.generator
        self.directed = [broadcasts(policy) for policy in pair.policies]
        self.edited = self.edited_rules()

    def edited_rules(self):
        """Rules that only one of the policies has, with who is meant by them."""
        labels = [[rule.label for rule in policy.rules] for policy in self.pair.policies]
        moved = [rule for side, policy in enumerate(self.pair.policies)
                 for rule in policy.rules if rule.label not in labels[not side]]
        return [self.meant(policy, rule) for policy in self.pair.policies for rule in policy.rules
                if rule in moved or self.pair.random.random() < .05]

    def meant(self, policy, rule):
        """(services, pairs of addresses) of a rule."""
        edges = self.generator.sorted_edges + [m.address_of(text) for text in GROUPS[4]]
        ends = [[each for each in edges if policy.among(end, each, policy.owned_zone(each))]
                for end in (rule.source, rule.destination)]
        pairs = [(self.random.choice(ends[0]), self.random.choice(ends[1]))
                 for _ in range(60 if all(ends) else 0)]
        pairs = [(a, b) for a, b in pairs if a[0] == b[0]]
        joined = [(a, b) for a, b in pairs if rule.conduit is None or rule.conduit.crosses(
            policy.owned_zone(a), policy.owned_zone(b))]
        return rule.label.partition(' : ')[2].replace(' , ', ', '), joined or pairs

    def moments(self):
        yield from self.generator.moments(MOMENTS)
        zone = zoneinfo.ZoneInfo(self.generator.timezone)
        for weekday, hour, minute in getattr(self.pair.edit, 'hours', []):
            day = datetime.datetime(2026, 6, 1 + weekday, hour, minute, 59 * (minute == 59),
                                    tzinfo=zone)
            yield int(day.timestamp()), None

    def all(self):
        for moment in self.moments():
            for flow in self.generator.flows(moment, FLOWS):
                flow = self.bent(flow)
                if not m.in_any(m.GROUPS, flow.source) and flow.source != m.BROADCAST:
                    yield flow

    def bent(self, flow):
        chance = self.random.random()
        if chance < .35 and self.edited:
            return self.of_rule(flow, *self.random.choice(self.edited))
        if chance < .6 and getattr(self.pair.edit, 'hot', []):
            return self.near_edit(flow)
        if chance < .75:
            return self.special(flow)
        return flow

    def of_rule(self, flow, services, pairs):
        if not pairs:
            return flow
        source, destination = self.random.choice(pairs)
        protocol, sport, dport = self.generator.header_of(services, source[0])
        contents = getattr(self.pair.edit, 'contents', None) or [flow.content]
        return flow._replace(source=source, destination=destination, protocol=protocol,
                             sport=sport, dport=dport, content=self.random.choice(contents))

    def near_edit(self, flow):
        address = self.random.choice(self.pair.edit.hot)
        if m.in_any(m.GROUPS, address):
            return self.to_group(flow, address)
        flow = flow._replace(source=self.of_version(flow.source, address[0]),
                             destination=self.of_version(flow.destination, address[0]))
        if self.random.random() < .5:
            return flow._replace(source=address)
        return flow._replace(destination=address)

    def of_version(self, address, version):
        return address if address[0] == version else self.random.choice(
            self.generator.by_version[version])

    def to_group(self, flow, group):
        source = self.random.choice([self.of_version(flow.source, group[0])] + (
            [(4, 10 << 24 | 1), (4, 10 << 24 | 65537)] if group[0] == 4 else []))
        return flow._replace(source=source, destination=group, protocol=17, sport=40000,
                             dport=self.random.choice([53, 9]))

    def special(self, flow):
        """To a group or a directed broadcast, or from who tells no zone."""
        version, chance = flow.source[0], self.random.random()
        if chance < .3:
            return flow._replace(source=m.address_of(self.random.choice(SPECIAL[version])))
        if chance < .6:
            return self.to_group(flow, m.address_of(self.random.choice(GROUPS[version])))
        directed = self.random.choice(self.directed)
        if not directed or version != 4:
            return flow
        to, sender = self.random.choice(directed)
        return flow._replace(destination=to,
                             source=self.random.choice([sender, sender, flow.source]))


# ---- what can be wrong ----

class Judge:
    def __init__(self, pair, told):
        self.pair, self.told, self.random = pair, told, pair.random
        pair.read()
        pair.generator.flows(pair.generator.moments(1)[0], 1)  # it knows its edges then
        self.flows = Flows(pair)
        old, new = pair.policies
        self.rows = [Row(row, kind, *ends) for kind, ends in (
            ('opened', (new, old)), ('closed', (old, new))) for row in told[kind]
                     if 'ethertype' not in row['witness']]

    def verdicts(self, flow):
        return tuple(policy.judge(flow) for policy in self.pair.policies)

    def tells_no_zone(self, flow):
        """Of these only what is denied by name is denied, which `query` tells."""
        return any(policy.locations(flow.source, flow.destination, None)[0] is None
                   for policy in self.pair.policies)

    def is_session(self, flow):
        return any(policy.is_session(flow.content) for policy in self.pair.policies)

    def missing(self):
        for flow in [*self.flows.all(), *self.between_times()]:
            before, after = self.verdicts(flow)
            kind, session = 'opened' if after else 'closed', self.is_session(flow)
            if before != after and not any(row.kind == kind and row.has(flow, session)
                                           for row in self.rows):
                yield '%s: was %s, is %s, and no row has it' % (flow, before, after)

    def witness(self, row):
        shown = row.told['witness']
        at = datetime.datetime.fromisoformat(shown['at'].replace('Z', '+00:00'))
        return Flow(
            m.address_of(shown['src']), m.address_of(shown['dst']), shown['proto'],
            shown['sport'], shown['dport'], content_of(row.policy, shown['operation']),
            int(at.timestamp()), shown['mode'])

    def ends_of(self, spans, version):
        found = [(kind, number) for kind, low, high in spans if kind == version
                 for number in {low, high, (low + high) // 2}]
        return self.random.sample(found, min(3, len(found)))

    def variants(self, row, shown):
        """Flows that a whole row claims beside the one that it shows."""
        version = shown.source[0]
        for source in self.ends_of(row.sources, version):
            for destination in self.ends_of(row.destinations, version):
                yield shown._replace(source=source, destination=destination)
        for flow in self.generated(row, shown):
            if row.service and row.service(flow) and not self.is_session(flow):
                yield flow
        for flow in self.at_other_times(row, shown) if row.told['when'] else ():
            if row.when and row.when(flow):
                yield flow

    def at_other_times(self, row, shown):
        """At random, and where days that the row names begin and end."""
        zone = zoneinfo.ZoneInfo(row.policy.clock.zone.key)
        for instant, mode in self.pair.generator.moments(PICKED):
            yield shown._replace(instant=instant, mode=mode)
        for text in re.findall(r'\d{4}-\d\d-\d\d', row.told['when']):
            day = datetime.datetime.fromisoformat(text).replace(tzinfo=zone)
            for days, seconds in (0, 0), (0, -1), (1, 0), (1, -1):
                moment = day + datetime.timedelta(days=days)
                yield shown._replace(instant=int(moment.timestamp()) + seconds)

    def between_times(self):
        """What changes at other times than the flow that a row shows."""
        for row in self.rows:
            if row.told['when']:
                yield from self.at_other_times(row, self.witness(row))

    def generated(self, row, shown):
        generator = self.pair.generator
        services = [re.split('[(;]', row.told['service'])[0]] + [
            services for services, _ in self.flows.edited]
        for _ in range(PICKED * 3):
            protocol, sport, dport = generator.header_of(
                self.random.choice(services) or 'any', shown.source[0])
            yield shown._replace(protocol=protocol, sport=sport, dport=dport,
                                 content=generator.content())

    def extra(self):
        for row in self.rows:
            shown, wanted = self.witness(row), (row.kind == 'closed', row.kind == 'opened')
            flows = [shown] + (list(self.variants(row, shown)) if row.whole else [])
            for flow in flows:
                if m.in_any(m.GROUPS, flow.source) or flow.source == m.BROADCAST or \
                        self.tells_no_zone(flow):
                    continue
                if self.verdicts(flow) != wanted:
                    yield '%s: %s by %s, of which %s' % (flow, self.verdicts(flow), row.kind,
                                                         row.text())
            yield from self.words(row)

    def words(self, row):
        """The ends in words, at the edges of what they list, in zones of which they list
        something: on the other side of a conduit a word stands for other zones."""
        for test, spans, text in zip(row.ends, (row.sources, row.destinations),
                                     (row.told['from'], row.told['to'])):
            edges = [(version, number) for version, low, high in spans
                     for number in (low - 1, low, high, high + 1)
                     if 0 < number < (1 << (32 if version == 4 else 128)) - 1]
            zones = {row.policy.owned_zone(edge) for edge in edges if m.in_any(spans, edge)}
            for address in self.random.sample(edges, min(PICKED, len(edges))) if test else ():
                if row.policy.owned_zone(address) in zones - {None} and \
                        test(address) != m.in_any(spans, address):
                    yield '%s is not the ends of %s' % (agree.text_of(*address), text)

    def queried(self):
        for row in self.random.sample(self.rows, min(QUERIED, len(self.rows))):
            wanted = ('denied', 'allowed') if row.kind == 'opened' else ('allowed', 'denied')
            got = tuple(answer(folder, row.told['witness'])
                        for folder in (self.pair.old, self.pair.new))
            if got != wanted:
                yield '%s: query says %s of %s' % (row.kind, got, row.told['witness'])

    def causes(self):
        (kind, name), part = self.pair.edit.fact, self.pair.edit.part
        lines = self.pair.changed_lines()
        for row in self.told['opened'] + self.told['closed']:
            for cause in row['causes']:
                there = any(cause[side] and cause[side]['line'] in numbers
                            for side, numbers in zip(('old', 'new'), lines))
                there = there and (cause['change'], bool(cause['old']), bool(cause['new'])) in (
                    ('added', False, True), ('removed', True, False), ('changed', True, True))
                if cause['kind'] != kind or name not in (None, cause['name']) or not there \
                        or part not in (None, cause['part']):
                    yield '%s is not of %s %s (%s): %s -> %s : %s' % (
                        cause['text'], kind, name, part, row['from'], row['to'], row['service'])


def answer(folder, witness):
    mode = ['--mode', witness['mode']] if witness['mode'] else []
    _, out, errors = agree.run('query', '--at', witness['at'], *mode, folder.policy,
                               witness['question'])
    return out.split(' ')[0] or errors


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
    judge = Judge(pair, told)
    found = [*judge.missing(), *judge.extra(), *judge.queried()]
    if code != (told['verdict'] != 'same') or code != bool(told['opened'] + told['closed']):
        found.append('exit %d of %s' % (code, told['verdict']))
    if pair.edit.fact is not None:
        return found + list(judge.causes())
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
