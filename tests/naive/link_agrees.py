# SPDX-License-Identifier: Apache-2.0
"""`cordon diff` of frames without IP: random policies of zones with VLANs, assets with
MACs and rules of ethertypes, and random edits of them. Every frame that the evaluator
here judges in another way is in a row, every combination of a whole row's ends is
judged in another way for some content, and `cordon query` says so of its frame."""
import copy
import itertools
import json
import os
import random
import sys

import agree

EDITS = max(1, int(160 * agree.SCALE))
NIGHT, DAY = '2026-01-05T23:00:00Z', '2026-01-05T12:00:00Z'

# What a frame is: an ethertype and a content, and the services that hold it.
CONTENTS = [(0x88cc, None), (0x8892, None), (0x8892, 'profinet-dcp(get)'),
            (0x8892, 'profinet-dcp(set-ip-parameter)'), (0x8892, 'profinet-dcp(signal)'),
            (0x8892, 'profinet-dcp(start-transaction)'), (0x8892, 'profinet(cyclic-data)'),
            (0x9999, None), (0x8892, 'profinet-dcp(set-dhcp)')]
SESSION = 5 # passes with any operation of its protocol, and is denied with none
SERVICES = {
    'ethertype 0x88cc': {0}, 'ethertype 0x8892': {1, 2, 3, 4, 5, 6, 8}, 'profinet': {6},
    'profinet-dcp': {2, 3, 4, 5, 8}, 'profinet-dcp(read)': {2}, 'profinet-dcp(write)': {3, 8},
    'profinet-dcp(any except set-ip-parameter)': {2, 4, 8},
    'ethertype 0x88cc, profinet-dcp(read)': {0, 2},
}
TIMES = list(itertools.product((NIGHT, DAY), (None, 'repair')))


# ---- policies ----

class Policy:
    """Zones are numbers, names are apart: a zone that is renamed is the same."""

    def __init__(self, chance):
        self.names = {z: 'zone-%d' % z for z in range(4)}
        self.subnets = {z: {z} for z in self.names}
        vlans = chance.sample(range(11, 19), 6)
        self.vlans = {v: chance.randrange(4) for v in vlans}
        self.macs = {m: chance.randrange(4) for m in range(3)}
        self.closed = {z for z in self.names if chance.random() < .3}
        self.rules = [self.rule(chance) for _ in range(chance.randrange(2, 7))]

    @staticmethod
    def rule(chance, allow=None):
        """(allows, from, to, service, when); both ends of an allow are apart, or one zone."""
        allow = chance.random() < .7 if allow is None else allow
        zones = chance.sample(range(4), 4)
        if not allow:
            ends = [chance.choice([frozenset(zones), frozenset(zones[:1])]) for _ in range(2)]
        elif chance.random() < .2:
            ends = [frozenset(zones[:1])] * 2
        else:
            middle, last = chance.choice([(1, 2), (1, 3), (2, 4), (1, 4)])
            ends = [frozenset(zones[:middle]), frozenset(zones[middle:last])]
        return (allow, *ends, chance.choice(list(SERVICES)),
                chance.choice([None, None, 'during nights', 'in repair']))

    def end(self, zones):
        return 'any' if len(zones) == 4 else ', '.join(self.names[z] for z in sorted(zones))

    def text(self):
        lines = ['policy "frames" { timezone "UTC" }', 'mode repair',
                 'schedule nights { daily 22:00 - 06:00 }']
        for zone, name in self.names.items():
            vlans = sorted(v for v, z in self.vlans.items() if z == zone)
            lines.append('zone %s level 2 { subnet %s%s%s }' % (
                name, ', '.join('10.0.%d.0/24' % s for s in sorted(self.subnets[zone])),
                '; vlan ' + ', '.join(map(str, vlans)) if vlans else '',
                '; intrazone deny' if zone in self.closed else ''))
        for mac, zone in self.macs.items():
            lines.append('asset asset-%d in %s { mac 00:1b:1b:00:00:%02x }' % (
                mac, self.names[zone], mac))
        for number, (allow, source, destination, service, when) in enumerate(self.rules):
            rule = '%s %s -> %s : %s%s' % ('allow' if allow else 'deny', self.end(source),
                                           self.end(destination), service,
                                           ' { %s }' % when if when else '')
            if not allow:
                lines.append(rule)
            elif source == destination:
                lines.append('conduit c-%d within %s {\n    %s\n}' % (
                    number, self.end(source), rule))
            else:
                lines.append('conduit c-%d between %s and %s {\n    %s\n}' % (
                    number, self.end(source), self.end(destination), rule))
        return '\n'.join(lines) + '\n'

    # ---- edits ----

    def edit(self, chance):
        getattr(self, chance.choice([
            'move_vlan', 'move_vlan', 'move_mac', 'drop_vlan', 'rename', 'turn', 'add', 'drop',
            'change', 'reorder', 'move_subnet']))(chance)

    def move_vlan(self, chance):
        self.vlans[chance.choice(sorted(self.vlans))] = chance.randrange(4)

    def move_mac(self, chance):
        self.macs[chance.randrange(3)] = chance.randrange(4)

    def drop_vlan(self, chance):
        del self.vlans[chance.choice(sorted(self.vlans))]

    def move_subnet(self, chance):
        zone, to = chance.sample(range(4), 2)
        self.subnets[to] |= self.subnets[zone]
        self.subnets[zone] = {1 + max(10, *itertools.chain(*self.subnets.values()))}

    def rename(self, chance):
        zone = chance.randrange(4)
        self.names[zone] = 'renamed-%d' % zone

    def turn(self, chance):
        self.closed ^= {chance.randrange(4)}

    def add(self, chance):
        self.rules.insert(chance.randrange(len(self.rules) + 1), self.rule(chance))

    def drop(self, chance):
        if self.rules:
            self.rules.pop(chance.randrange(len(self.rules)))

    def change(self, chance):
        if self.rules:
            at = chance.randrange(len(self.rules))
            old, new = self.rules[at], self.rule(chance, self.rules[at][0])
            self.rules[at] = chance.choice([(*old[:3], *new[3:]), (*new[:3], *old[3:]),
                                            (*old[:4], new[4])])

    def reorder(self, chance):
        chance.shuffle(self.rules)

    # ---- verdicts ----

    def zone(self, station):
        """Where a station is; None: this policy does not tell."""
        kind, value = station
        if kind == 'address':
            return next((z for z, s in self.subnets.items() if value in s), 'external')
        return (self.vlans if kind == 'vlan' else self.macs).get(value)

    @staticmethod
    def speaks(allow, service, content):
        return content in SERVICES[service] or (
            allow and content == SESSION and 'profinet-dcp' in service)

    def judge(self, source, destination, content, time):
        source, destination = self.zone(source), self.zone(destination)
        at, mode = time
        allowed = source == destination and source not in self.closed and source != 'external'
        for allow, left, right, service, when in self.rules:
            # `any` is external, too; an end of nowhere is in no rule.
            holds = (source in left or (len(left) == 4 and source is not None)) and \
                (destination in right or (len(right) == 4 and destination is not None))
            if holds and self.speaks(allow, service, content) and \
                    (when != 'during nights' or at == NIGHT) and \
                    (when != 'in repair' or mode == 'repair'):
                if not allow:
                    return False
                allowed = True
        return allowed


# ---- stations ----

def stations(old, new):
    """Those that both tell, and the addresses of zones that VLANs do not tell enough of."""
    found = [('vlan', v) for v in sorted(old.vlans) if v in new.vlans]
    found += [('mac', m) for m in sorted(old.macs)]
    for own, other in ((old, new), (new, old)):
        for zone in own.names:
            vlans = [v for v, z in own.vlans.items() if z == zone]
            if not vlans or any(v not in other.vlans for v in vlans):
                found += [('address', s) for s in sorted(own.subnets[zone])]
    return sorted(set(found))


def station_of(text):
    if text.startswith('vlan '):
        return 'vlan', int(text[5:])
    if text.count(':') == 5:
        return 'mac', int(text.rsplit(':', 1)[1], 16)
    return 'address', int(text.split('.')[2])


def stations_of(texts):
    """Ranges of several subnets are as many stations."""
    for text in texts:
        kind, value = station_of(text)
        last = station_of(text.split('-')[1])[1] if '-' in text else value
        if '/' in text:
            last = value + max(0, 2 ** (24 - int(text.split('/')[1])) - 1)
        yield from ((kind, v) for v in range(value, last + 1))


# ---- what can be wrong ----

def changes(old, new, pair):
    """The frames between two stations that are judged apart: kind and frame."""
    for content in range(len(CONTENTS)):
        for time in TIMES:
            before, after = old.judge(*pair, content, time), new.judge(*pair, content, time)
            if before != after:
                yield ('opened' if after else 'closed'), content, time


def wrong_frames(old, new, told):
    for pair in itertools.product(stations(old, new), repeat=2):
        for kind, content, time in changes(old, new, pair):
            # Housekeeping is told only where nothing else changes.
            if content != SESSION and not any(
                    pair[0] in row['from'] and pair[1] in row['to'] for row in told[kind]):
                yield '%s: %s -> %s, %s at %s is in no row' % (
                    kind, *pair, CONTENTS[content], time)


def wrong_rows(old, new, told):
    for kind, rows in told.items():
        for row in rows:
            for pair in itertools.product(row['from'], row['to']) if row['whole'] else ():
                if not any(change[0] == kind for change in changes(old, new, pair)):
                    yield '%s: %s -> %s is not, of %s' % (kind, *pair, row['text'])


def wrong_witnesses(old, new, told, folders):
    for kind, policy, folder in (('opened', new, folders[1]), ('closed', old, folders[0])):
        for row in told[kind]:
            witness = row['witness']
            zones = [policy.names.get(policy.zone(station_of(witness[end])), 'external')
                     for end in ('src', 'dst')]
            if not witness['question'].startswith(' -> '.join(zones) + ' : '):
                yield '%s is not between %s' % (witness['question'], zones)
            mode = ['--mode', witness['mode']] if witness['mode'] else []
            _, out, errors = agree.run('query', '--at', witness['at'], *mode, folder.policy,
                                       witness['question'])
            if not out.startswith('allowed '):
                yield '%s: %s%s' % (witness, out, errors)


def told_of(out):
    told = json.loads(out)
    return {kind: [{'from': set(stations_of(row['sources'])), 'whole': row['whole'],
                    'to': set(stations_of(row['destinations'])), 'witness': row['witness'],
                    'text': '%s -> %s : %s' % (row['from'], row['to'], row['service'])}
                   for row in told[kind] if 'ethertype' in row['witness']]
            for kind in ('opened', 'closed')}


def compare(seed):
    """(edits compared, what is wrong)"""
    chance = random.Random(seed)
    old = Policy(chance)
    new = copy.deepcopy(old)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        new.edit(chance)
    if not old.rules and not new.rules:
        return 0, []
    with agree.Folder(old.text(), '') as before, agree.Folder(new.text(), '') as after:
        code, out, errors = agree.run('diff', '--format', 'json', '--at', DAY, before.policy,
                                      after.policy)
        if code != 0:
            return 0, ['seed %d: exit %d: %s' % (seed, code, errors)]
        told = told_of(out)
        found = list(wrong_frames(old, new, told)) + list(wrong_rows(old, new, told))
        found += wrong_witnesses(old, new, told, (before, after))
        if os.environ.get('CORDON_TEST_KEEP') and found:
            for name, policy in (('old', old), ('new', new)):
                with open('%s-%d-%s.cordon' % (os.environ['CORDON_TEST_KEEP'], seed, name), 'w',
                          encoding='utf-8') as file:
                    file.write(policy.text())
    return 1, ['seed %d: %s' % (seed, text) for text in found[:3]]


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '1'))
    results = agree.over_seeds(compare, range(first, first + EDITS))
    return agree.report('diff tells frames without IP apart', results, EDITS * 9 // 10)


if __name__ == '__main__':
    sys.exit(main())
