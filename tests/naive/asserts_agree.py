# SPDX-License-Identifier: Apache-2.0
"""`cordon check` and the naive evaluator answer the asserts of small random
policies alike, by intent and as enforced: single flows, and chains of them. So do
`cordon query` and it, asked about the same sets of flows. And the rules that
`check` calls unneeded are: without all of them every flow is decided as before,
and without any of the others some flow is not."""
import datetime
import json
import os
import random
import re
import sys

import agree
import meaning as m
from generate import PROTOCOL, parameters
from universe import Question, Universe

POLICIES = max(1, int(300 * agree.SCALE))
AT = '2026-11-24T12:00:00Z'
INSTANT = int(datetime.datetime.fromisoformat(AT.replace('Z', '+00:00')).timestamp())
DATES = ['2026-11-24', '2026-11-30', '2027-03-28', '2031-05-01']
WORDS = {frozenset({True}): 'allowed', frozenset({False}): 'denied',
         frozenset({True, False}): 'partly'}
UNNEEDED = ('RULE-REDUNDANT', 'RULE-DENIED', 'DUPLICATE-RULE')


class Small:
    """A policy of a few addresses, so that all its flows can be looked at."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.zones, self.assets, self.roles, self.lines = [], [], [], []
        self.schedules, self.modes = ['weekend', 'once'], ['repair']
        self.rules = 0
        self.parameters = self.chance(.3)  # such a policy is mostly about these
        self.inspects = self.chance(.4)    # devices of such a one tell Modbus apart
        self.objects = self.chance(.5)     # and rules of such a one its registers
        self.inspected = []                # zones between which its rules are

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    def some(self, pool, most):
        return self.random.sample(pool, min(len(pool), self.random.randint(1, most)))

    # ---- what is there ----

    def zone(self, name, subnets):
        more = '; intrazone deny' if self.chance(.5) else ''
        if self.chance(.25):
            more += '; multicast 239.1.1.%s' % self.pick('0/31', '1', '0-239.1.1.2')
        self.zones.append(name)
        self.lines.append('zone %s level %s { subnet %s%s }' % (
            name, self.random.choice(m.LEVELS), ', '.join(subnets), more))

    def make_zones(self):
        for number in range(self.random.randint(2, 4)):
            subnets = ['10.0.%d.%s' % (number, self.pick('0/29', '0/30', '0-10.0.%d.5'
                                                         % number))]
            if self.chance(.2):
                subnets.append('2001:db8:%x::/126' % number)
            self.zone('z%d' % number, subnets)
            if self.chance(.25):
                self.zone('z%d-cell' % number, ['10.0.%d.2/31' % number])

    def make_assets(self):
        taken = set()
        for number in range(self.random.randint(2, 4)):
            homes = self.some([zone for zone in self.zones if '-' not in zone], 2)
            addresses = ['10.0.%s.%d' % (home[1], self.pick(0, 1)) for home in homes]
            if taken & set(addresses):
                continue
            taken |= set(addresses)
            name, role = 'a%d' % number, self.pick('plc', 'hmi')
            self.assets.append((name, homes))
            self.roles.append('@' + role)
            self.lines.append('asset %s in %s { address %s; role %s }' % (
                name, ', '.join(homes), ', '.join(addresses), role))

    def make_devices(self):
        for number in range(self.pick(1, 1, 2) if self.inspects else self.random.randint(0, 3)):
            zones = self.some(self.zones + ['external'], 3)
            if self.inspects and self.chance(.6):
                zones = self.random.sample(self.zones, len(self.zones))
            faces = [[zone] for zone in zones]
            if len(faces) > 2 and self.chance(.3):
                faces[0] += faces.pop()
            self.lines.append('device d%d {\n%s%s}' % (number, ''.join(
                '    interface e%d faces %s\n' % (n, ', '.join(face))
                for n, face in enumerate(faces)), self.inspection()))

    def inspection(self):
        if not self.inspects or self.chance(.3):
            return ''
        return '    inspect operations\n' + (
            '    stage monitor\n' if self.chance(.2) else '')

    # ---- rules ----

    def endpoint(self, zones):
        zone = self.random.choice(zones)
        named = [name for name, homes in self.assets if set(homes) <= set(zones)]
        pool = [zone, zone, 'any', 'level >= 0'] + named + self.roles[:2]
        if zone != 'external':
            pool.append('10.0.%s.%s' % (zone[1], '2' if '-' in zone else '1'))
        return self.random.choice(pool)

    def endpoints(self, zones):
        text = ', '.join(dict.fromkeys(self.endpoint(zones)
                                       for _ in range(self.pick(1, 1, 2))))
        if self.chance(.15):
            text += ' except ' + self.endpoint(self.zones)
        return text

    def anywhere(self):
        return self.pick('any', 'external', 'level >= 3', 'level <= 2', '10.0.0.0/22',
                         '239.1.1.1', self.endpoints(self.zones))

    def service(self):
        if self.inspects and self.chance(.6):
            return 'modbus' + (self.pick(
                '(write, holding 10-20)', '(write, holding 10)', '(function 6, holding 9)',
                '(read)'
            ) if self.objects else self.pick(
                '(read)', '(read)', '(read, unit 1)', '(control)', '(write, unit 1-2)',
                '(any except write)', '(function 6)', '(read) on tcp 1502', ''))
        if self.parameters and self.chance(.7):
            return 'acme(%s)' % parameters(self.pick)
        return self.pick('tcp 80', 'tcp 80-81', 'udp 53 from 1024-65535', 'acme',
                         'acme(%s)' % self.pick('read', 'write', 'any except program',
                                                'function 11', 'stop', 'read, write'),
                         'acme(%s)' % self.pick('read', 'write', 'control'),
                         'acme(%s)' % parameters(self.pick),
                         'any', 'icmp echo-request', 'tcp 4000', 'udp any',
                         'acme(read) on tcp 1502')

    def services(self):
        chosen = {self.service() for _ in range(self.pick(1, 1, 2))}
        return ', '.join(sorted(chosen, key=lambda text: (' on ' in text, text)))

    def modifiers(self, likely):
        out = []
        if self.chance(.2 * likely):
            out.append('during ' + ', '.join(self.some(self.schedules, 2)))
        first, last = sorted(self.random.sample(DATES, 2))
        if self.chance(.15 * likely):
            out.append('from ' + first)
        if self.chance(.15 * likely):
            out.append('until ' + last)
        if self.chance(.15 * likely):
            out.append('in repair')
        return out

    def rule(self, verb, left, right):
        self.rules += 1
        return '%s %s -> %s : %s { %s }' % (
            verb, left, right, self.services(),
            '; '.join(['id r%d' % self.rules] + self.modifiers(1)))

    def make_conduits(self):
        for number in range(self.random.randint(1, 3)):
            zones = self.random.sample(self.zones, len(self.zones))
            left, right = zones[:1], zones[1:2] + (
                ['external'] if self.chance(.3) else [])
            head = 'between %s and %s' % (', '.join(left), ', '.join(right))
            if self.chance(.2):
                right, head = left, 'within ' + left[0]
            self.lines.append('conduit c%d %s {' % (number, head))
            for _ in range(self.random.randint(1, 4)):
                ends = [left, right] if self.chance(.6) else [right, left]
                verb = self.pick('allow', 'allow', 'allow', 'deny')
                self.lines.append('    ' + self.rule(verb, *map(self.endpoints, ends)))
                if self.inspects and left != right:
                    self.inspected.append('%s -> %s' % tuple(map(', '.join, ends)))
            self.lines.append('}')
        for _ in range(self.pick(0, 0, 1, 2)):
            self.lines.append(self.rule('deny', self.anywhere(), self.anywhere()))

    def make_asserts(self):
        for flow in dict.fromkeys(self.inspected):
            self.lines.append('assert deny %s : %s' % (flow, self.pick(
                'modbus(write, holding 30)', 'modbus(write, holding 30)',
                'modbus(function 6, holding 21-40)', 'acme(set-point, tank 60)'
            ) if self.objects else self.pick(
                'modbus(write)', 'modbus(write)', 'modbus(program)', 'modbus(control)',
                'modbus(write, unit 3)', 'acme(stop)', 'acme(program)')))
        for _ in range(6):
            ends = [self.pick('external', self.endpoints(self.zones),
                              self.endpoints(self.zones)) for _ in range(2)]
            if self.chance(.5):
                text = 'assert no path %s => %s' % tuple(ends)
                text += self.pick('', '', ' within 1 hops', ' within 2 hops')
                text += self.pick('', ' except via ' + self.endpoint(self.zones))
            else:
                more = self.modifiers(.7)
                ends[1] = self.pick(*ends[1:], ends[1], '239.1.1.1, 239.1.1.2')
                text = 'assert %s %s -> %s : %s%s' % (
                    self.pick('deny', 'deny', 'allow'), *ends, self.services(),
                    ' { %s }' % '; '.join(more) if more else '')
            self.lines.append(text)

    def make(self):
        self.lines += ['policy "Small" { timezone "%s" }' % self.pick(
            'UTC', 'Europe/Berlin', 'America/Chicago'), PROTOCOL.rstrip(), 'mode repair',
            'schedule weekend { weekly sat 22:00 - sun 06:00 }',
            'schedule once { on %s 01:00 - 03:30 }' % self.pick(*DATES)]
        self.make_zones()
        self.make_assets()
        self.make_devices()
        self.make_conduits()
        self.make_asserts()
        return '\n'.join(self.lines) + '\n'


# ---- what check says ----

def findings(folder):
    code, out, errors = agree.run('check', '--format', 'json', '--at', AT, folder.policy)
    if code not in (0, 1):
        raise ValueError('exit %d: %s' % (code, errors[:500]))
    return json.loads(out)['findings']


def answers_of(found):
    """line -> what check says of the assert there."""
    words = {'ASSERT-FAILED': 'fails', 'ASSERT-NOT-ENFORCED': 'not enforced',
             'EMPTY-SIDE': 'empty', 'ASSERT-UNDECIDED': 'undecided'}
    return {each['line']: words[each['name']] for each in found if each['name'] in words}


# ---- comparing ----

def kept_lines(text, policy, universe):
    """The policy without asserts of a side that holds no address."""
    lines = text.splitlines()
    places = [n for n, line in enumerate(lines) if line.startswith('assert')]
    for place, words in zip(places, policy.asserts):
        question = Question(policy, words)
        if not universe.hosts(question.source) or not universe.goes_to(question):
            lines[place] = ''
    return '\n'.join(lines) + '\n'


def wrong_asserts(policy, universe, text, found):
    said = answers_of(found)
    lines = [n for n, line in enumerate(text.splitlines(), 1)
             if line.startswith('assert')]
    out, count = [], 0
    for line, words in zip(lines, policy.asserts):
        want = universe.answer(Question(policy, words))
        got = said.get(line, 'holds')
        count += 1
        if got != want:
            out.append('line %d: naive says %s, check says %s' % (line, want, got))
    return count, out


def wrong_queries(policy, universe, text, folder):
    """What `query` says of the same flows, now and in no mode."""
    lines = [line for line in text.splitlines() if line.startswith('assert')]
    asked = [(re.sub(r'^assert \w+ | {.*', '', line), Question(policy, words))
             for line, words in zip(lines, policy.asserts)
             if not line.startswith('assert no')]
    out, count = [], 0
    for text, question in asked:
        verdicts = universe.verdicts(question)
        if not verdicts:
            continue
        want = WORDS[frozenset(verdicts)]
        code, said, errors = agree.run('query', '--at', AT, folder.policy, text)
        got = said.split(' ')[0] if code != 2 else errors
        count += 1
        if got != want and 'decide differently' not in got:
            out.append('%s\nnaive says %s, query says %s' % (text, want, got))
    return count, out


class Needs:
    """Which rules decide something."""

    def __init__(self, policy, universe):
        self.policy = policy
        times = {policy.active_bits(moment, mode)
                 for moment in universe.moments for mode in universe.modes}
        wheres = {(source[0], bits, policy.intrazone(start, end))
                  for source, _, start, end, bits in universe.places}
        fits = {version: {policy.content_bits(version, *header, content)
                          for header in universe.headers(version)
                          for content in universe.contents} for version in (4, 6)}
        self.points = {(bits & fit & active, wide) for version, bits, wide in wheres
                       for fit in fits[version] for active in times}

    def bits(self, names):
        return sum(1 << n for n, rule in enumerate(self.policy.rules)
                   if rule.name in names)

    def verdict(self, bits, wide):
        if bits & ~self.policy.allows:
            return 'denied'
        return 'allowed' if bits or wide else 'nothing said'

    def same_without(self, gone):
        return all(self.verdict(bits, wide) == self.verdict(bits & ~gone, wide)
                   for bits, wide in self.points)

    def matches(self, gone):
        return any(bits & gone for bits, _ in self.points)


def wrong_needs(policy, universe, found):
    needs = Needs(policy, universe)
    unneeded = {each['subject'] for each in found if each['name'] in UNNEEDED}
    gone = needs.bits(unneeded)
    out = []
    if not needs.same_without(gone):
        out.append('needed after all, together: %s' % ', '.join(sorted(unneeded)))
    for name in sorted({rule.name for rule in policy.rules} - unneeded - {None}):
        own = needs.bits({name})
        if needs.matches(own & ~gone) and needs.same_without(gone | own):
            out.append('not needed: %s' % name)
    return len(policy.rules), out


def compare(seed):
    """(asserts and rules compared, disagreements as text)"""
    small = Small(seed)
    text, prelude = small.make(), agree.prelude() if small.inspects else ''
    with agree.Folder(text, '') as folder:
        policy = agree.load(folder, prelude)
        text = kept_lines(text, policy, Universe(policy, text, INSTANT, None))
        folder.write(text)
        policy = agree.load(folder, prelude)
        universe = Universe(policy, text, INSTANT, None)
        found = findings(folder)
        count, wrong = wrong_asserts(policy, universe, text, found)
        for more, others in (wrong_needs(policy, universe, found),
                             wrong_queries(policy, universe, text, folder)):
            count += more
            wrong += others
    return count, ['seed %d: %s\n%s' % (seed, '\n'.join(wrong), text)
                          ] if wrong else []


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '1'))
    results = agree.over_seeds(compare, range(first, first + POLICIES))
    return agree.report('check agrees with the naive evaluator', results, POLICIES * 3)


if __name__ == '__main__':
    sys.exit(main())
