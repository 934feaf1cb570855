# SPDX-License-Identifier: Apache-2.0
"""Random edits of policies as text: those that mean nothing (other names, another
order, layout or division into files, groups for lists, halves for prefixes), and
those of one fact, each with what `cordon diff` has to name as its cause."""
import ipaddress
import re

from agree import statement_end

RENAMED = re.compile(r'\b(?:zone-\d(?:-cell)?|asset-\d|group-\d|conduit-\d)\b')
WORDS = ['shift', 'weekend', 'nightly', 'outage', 'web', 'line-a']
RULE = re.compile(r'^( *)(allow|deny) (.+?) -> (.+?) : (.+?)( \{.*\})?$')
PLAIN_LIST = re.compile(r'^(?:asset-\d|[\da-f.:]+)(?:, (?:asset-\d|[\da-f.:]+))+$')


class Edit:
    """A policy in parts. `fact`: (kind, name) of the cause, None: means nothing."""

    def __init__(self, random, text, inventory):
        self.random = random
        self.lines, self.inventory, self.files = text.splitlines(), inventory, {}
        self.fact, self.broadcasts, self.told = None, [], []

    def text(self):
        return '\n'.join(self.lines) + '\n'

    def statements(self):
        """[(first line, line after it)] of the top level."""
        out, at = [], 0
        while at < len(self.lines):
            end = statement_end(self.lines, at)
            out.append((at, end))
            at = end
        return out

    def rules(self):
        return [(at, RULE.match(line)) for at, line in enumerate(self.lines)
                if RULE.match(line)]

    def lines_of(self, word):
        return [at for at, line in enumerate(self.lines) if line.startswith(word + ' ')]

    def write_rule(self, at, rule, **parts):
        names = ['indent', 'verb', 'source', 'destination', 'services', 'modifiers']
        values = dict(zip(names, rule.groups(default='')), **parts)
        self.lines[at] = '%(indent)s%(verb)s %(source)s -> %(destination)s : ' \
                         '%(services)s%(modifiers)s' % values

    # ---- that mean nothing ----

    def rename(self):
        names = sorted(set(RENAMED.findall(self.text()))) + WORDS
        chosen = {name: 'renamed-%d' % n for n, name in enumerate(names)
                  if self.random.random() < .6}
        form = re.compile(r'(?<![\w.-])(?:%s)(?![\w.-])' % '|'.join(
            map(re.escape, sorted(chosen, key=len, reverse=True)) or ['$^']))

        def other(text):
            return form.sub(lambda match: chosen[match.group()], text)
        self.lines = other(self.text()).splitlines()
        self.inventory = other(self.inventory)

    def reorder(self):
        parts = [self.lines[at:end] for at, end in self.statements()]
        for part in parts:
            if part[0].startswith('conduit'):
                inner = part[1:-1]
                self.random.shuffle(inner)
                part[1:-1] = inner
        self.random.shuffle(parts)
        self.lines = [line for part in parts for line in part]

    def reformat(self):
        out = []
        for line in self.lines:
            if self.random.random() < .2:
                out += ['', '# a remark about what follows']
            line = re.sub(r' -> ', lambda _: self.random.choice([' -> ', '  ->  ']), line)
            out.append(line + self.random.choice(['', '', '   ', ' # so it is']))
        self.lines = out

    def split(self):
        kept, moved = [], []
        for at, end in self.statements():
            (moved if self.random.random() < .4 else kept).extend(self.lines[at:end])
        moved_text = [line for line in moved if not line.startswith('inventory')]
        kept += [line for line in moved if line.startswith('inventory')]
        self.files['part.cordon'] = '\n'.join(moved_text) + '\n'
        self.lines = kept + ['include "part.cordon"']

    def halve(self):
        """The halves bring the directed broadcast of the lower one."""
        at = self.random.choice(self.lines_of('zone'))
        match = re.search(r'10\.\d+\.\d+\.\d+/(\d+)', self.lines[at])
        if match is None or int(match[1]) > 29:
            return
        low, high = ipaddress.ip_network(match[0]).subnets()
        self.broadcasts.append(str(low.broadcast_address))
        self.lines[at] = self.lines[at].replace(match[0], '%s, %s' % (low, high), 1)

    def regroup(self):
        for at, rule in self.rules():
            if PLAIN_LIST.match(rule[3]) and self.random.random() < .7:
                name = 'list-of-%d' % at
                self.write_rule(at, rule, source=name)
                self.lines.append('group %s = %s' % (name, rule[3]))

    def repeat(self):
        at, _ = self.random.choice(self.rules())
        self.lines.insert(at, self.lines[at])

    MEANINGLESS = ['rename', 'reorder', 'regroup', 'repeat', 'halve', 'split', 'reformat']

    def nothing(self):
        chosen = [name for name in self.MEANINGLESS if self.random.random() < .5]
        for name in chosen or ['rename']:
            getattr(self, name)()
            self.told.append(name)

    # ---- of one fact ----

    def remove_rule(self):
        at, _ = self.random.choice(self.rules())
        del self.lines[at]
        self.fact = 'rule', None

    def change_services(self):
        at, rule = self.random.choice(self.rules())
        self.write_rule(at, rule, services=self.random.choice(
            ['tcp 80', 'udp any', 'acme(write)', 'acme(read, station 3)', 'any', 'web']))
        self.fact = 'rule', None

    def change_modifiers(self):
        at, rule = self.random.choice(self.rules())
        self.write_rule(at, rule, modifiers=self.random.choice(
            ['', ' { until 2026-10-25 }', ' { during nightly }', ' { in repair }',
             ' { from 2026-03-29; during shift }']))
        self.fact = 'rule', None

    def add_deny(self):
        self.lines.append('deny %s -> %s : %s' % tuple(self.random.choice(choices) for choices in (
            ['any', 'level >= 3', '10.0.0.0/9', '169.254.0.0/16'],
            ['any', 'level <= 2', '239.1.1.0/25'],
            ['tcp 80', 'acme(write)', 'any'])))
        self.fact = 'rule', None

    def change_group(self):
        at = self.random.choice(self.lines_of('group'))
        match = re.match(r'group (\S+) = ([^,]+)', self.lines[at])
        zones = [re.match(r'zone (\S+) .*subnet ([^,;} ]+)', self.lines[n])
                 for n in self.lines_of('zone')]
        home = self.random.choice([zone for zone in zones if zone])
        network = ipaddress.ip_network(home[2])
        self.lines[at] += ', %s' % (network.network_address + 1)
        self.fact = 'group', match[1]

    def change_address(self):
        at = self.random.choice(self.lines_of('asset'))
        match = re.match(r'asset (\S+) .*address ([\da-f.:]+)', self.lines[at])
        address = ipaddress.ip_address(match[2])
        other = address + self.random.choice([1, 2])
        self.lines[at] = re.sub(r'(?<=[ ,])%s(?![\w.:])' % re.escape(match[2]), str(other),
                                self.lines[at], count=1)
        self.fact = 'asset', match[1]

    def change_zone(self):
        at = self.random.choice(self.lines_of('zone'))
        name = self.lines[at].split()[1]
        more = self.random.choice(['subnet 172.16.5.0/24', 'subnet 198.51.100.0/25',
                                   'multicast 239.1.1.128/25', 'intrazone deny'])
        if more.split()[0] not in ('subnet',) and more.split()[0] in self.lines[at]:
            more = 'subnet 172.16.5.0/24'
        self.lines[at] = self.lines[at].replace('{', '{ %s;' % more, 1)
        self.fact = 'zone', name

    def change_schedule(self):
        at = self.random.choice(self.lines_of('schedule'))
        name = self.lines[at].split()[1]
        self.lines[at] = self.lines[at].replace('}', '; weekly wed 10:00 - 12:00 }')
        self.fact = 'schedule', name

    def change_service(self):
        at = self.lines_of('service')[0]
        self.lines[at] += ', udp 80'
        self.fact = 'service', 'web'

    FACTS = ['remove_rule', 'change_services', 'change_modifiers', 'add_deny', 'change_group',
             'change_address', 'change_zone', 'change_schedule', 'change_service']

    def one_fact(self):
        name = self.random.choice(self.FACTS)
        self.told.append(name)
        getattr(self, name)()
