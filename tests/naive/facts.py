# SPDX-License-Identifier: Apache-2.0
"""Random edits of policies as text that change one fact, and what `cordon diff` has to
name as the cause of whatever follows: a rule, a member of a group, a zone's prefix or
another of its properties, an asset's address or role, a service, a protocol's operation,
a schedule, a conduit's side, the clock; or that change no flow: `log` and `idle`."""
import ipaddress
import re

import meaning as m
from edits import Edit


class Fact(Edit):
    """`fact`: (kind, name) of the cause; None: no flow may change. `part`: how the cause
    must be told, where that is known. `hot`: addresses with which flows may be judged
    apart, `contents`: what these may carry, `hours`: local times at which they may."""

    def __init__(self, random, text, inventory):
        super().__init__(random, text, inventory)
        self.part, self.hot, self.hours, self.contents = None, [], [], []

    def pick(self, *choices):
        return self.random.choice(choices)

    def some_line(self, word, pattern=''):
        """(place, its line) of a statement that the pattern matches; None: there is none."""
        places = [at for at in self.lines_of(word) if re.search(pattern, self.lines[at])]
        if not places:
            return None, ''
        at = self.random.choice(places)
        return at, self.lines[at]

    def is_of(self, kind, name, part=None):
        self.fact, self.part = (kind, name), part

    def heat(self, *texts):
        for text in texts:
            version, low, high = m.range_of(text)
            self.hot += [(version, number) for number in (low, low + 1, (low + high) // 2, high)
                         if number <= high]

    # ---- rules ----

    def some_rule(self, *words):
        """A rule, one that holds one of the words where there is one."""
        rules = self.rules()
        return self.random.choice([each for each in rules if any(
            word in self.lines[each[0]] for word in words)] or rules)

    def remove_rule(self):
        at, _ = self.random.choice(self.rules())
        del self.lines[at]
        self.is_of('rule', None)

    def change_services(self):
        at, rule = self.random.choice(self.rules())
        self.write_rule(at, rule, services=self.pick(
            'tcp 80', 'udp any', 'acme(write)', 'acme(read, station 3)', 'any', 'web'))
        self.is_of('rule', None)

    def change_operations(self):
        """Parameters too: other units, other objects, other functions."""
        at, rule = self.some_rule('acme')
        self.write_rule(at, rule, services=self.pick(
            'acme(write, tank 10-20)', 'acme(write, tank 11-20)', 'acme(any except stop)',
            'acme(write, station 2-5)', 'acme(station 2)', 'acme(status, tank 15)',
            'acme(set-point, valve 0-3)', 'acme', 'acme(function 11)', 'acme(any except write)'))
        self.is_of('rule', None)

    def change_parameters(self):
        """One number of one parameter."""
        at, rule = self.some_rule('tank 10-20', 'station 2-5')
        places = list(re.finditer(r'\b(tank|station|valve) (\d+)-(\d+)\b', rule[5]))
        if not places:
            return self.change_operations()
        place = self.random.choice(places)
        low, high = int(place[2]), int(place[3])
        other = self.pick((low, high - 1), (low + 1, high), (max(0, low - 1), high))
        self.write_rule(at, rule, services='%s%s %d-%d%s' % (
            rule[5][:place.start()], place[1], *other, rule[5][place.end():]))
        edges = [low - 1, low, low + 1, high - 1, high]
        self.contents = [m.Content('acme', function, ('station', edge), ('tank', tank))
                         if place[1] == 'station' else
                         m.Content('acme', function, ('station', 3), (place[1], edge))
                         for function in (15, 16) for edge in edges for tank in (10, 15)]
        return self.is_of('rule', None)

    def change_until(self):
        """A date of a rule that has one, a day or months later."""
        at, rule = self.some_rule('until ')
        found = re.search(r'(.*until )(\S+?)(;.*| \})$', rule[6] or '')
        if not found:
            return self.change_modifiers()
        self.write_rule(at, rule, modifiers=found[1] + self.pick('2026-12-05', '2026-12-06') +
                        found[3])
        return self.is_of('rule', None)

    def change_modifiers(self):
        at, rule = self.random.choice(self.rules())
        self.write_rule(at, rule, modifiers=self.pick(
            '', ' { until 2026-10-25 }', ' { during nightly }', ' { in repair }',
            ' { from 2026-03-29; during shift }', ' { in startup; during weekend }',
            ' { from 2026-03-08; until 2026-10-04 }'))
        self.is_of('rule', None)

    def change_ends(self):
        at, rule = self.random.choice(self.rules())
        end, group = self.pick(('source', 3), ('destination', 4))
        if ' except ' in rule[group]:
            value = rule[group].partition(' except ')[0]
        else:
            value = '%s except %s' % (rule[group], self.pick('@plc', '@hmi', 'asset-0', 'asset-1'))
        self.write_rule(at, rule, **{end: value})
        self.is_of('rule', None)

    def add_deny(self):
        self.lines.append('deny %s -> %s : %s' % (
            self.pick('any', 'level >= 3', '10.0.0.0/9', '169.254.0.0/16', '169.254.0.0/16'),
            self.pick('any', 'level <= 2', '239.1.1.0/25', '239.1.9.0/25', '10.0.0.0/16'),
            self.pick('tcp 80', 'acme(write)', 'acme(write, station 3)', 'any', 'udp 53')))
        self.heat('239.1.1.0/25', '239.1.9.0/25', '169.254.0.0/16')
        self.is_of('rule', None)

    def change_rule_of(self, conduit, *rules):
        """The only rule of a conduit; another where there is no such conduit."""
        at, _ = self.some_line('conduit', '^conduit %s ' % conduit)
        if at is None:
            return self.remove_rule()
        self.lines[at + 1] = '    ' + self.pick(*rules)
        return self.is_of('rule', None)

    def change_shared(self):
        """What goes to a group of two zones, or is denied at one of them."""
        self.heat('239.1.9.0/25', '239.1.9.128/25')
        return self.change_rule_of(
            'conduit-9', 'allow zone-0 -> any : udp', 'allow any -> 239.1.9.0/25 : udp',
            'allow any -> any : udp 53', 'allow any -> any : udp { in repair }',
            'deny any -> 239.1.9.0/25 : udp 9', 'allow any -> any : tcp')

    def change_nested(self):
        """What goes between a zone and the one that owns its directed broadcast."""
        self.heat('10.9.0.0/24', '10.9.0.248/29')
        return self.change_rule_of(
            'conduit-8', 'allow zone-9 -> any : udp', 'allow any -> any : tcp',
            'deny any -> any : udp 9', 'allow any -> any : udp 53')

    # ---- what rules name ----

    def address_of_some_zone(self):
        _, line = self.some_line('zone', r'subnet 10\.')
        network = ipaddress.ip_network(re.search(r'10\.\d+\.\d+\.\d+/\d+', line)[0])
        return str(network.network_address + self.pick(1, 1, 2, 9))

    def change_group(self):
        at, line = self.some_line('group')
        name, first, rest = re.match(r'group (\S+) = ([^,]+)(, .*)?', line).groups()
        if rest and self.random.random() < .4:
            self.lines[at] = 'group %s = %s' % (name, rest[2:])
            return self.is_of('group', name, 'member %s' % first)
        member = self.address_of_some_zone()
        self.lines[at] += ', ' + member
        self.heat(member)
        return self.is_of('group', name, 'member %s' % member)

    def change_address(self):
        at, line = self.some_line('asset')
        name, text = re.match(r'asset (\S+) .*address ([\da-f.:]+)', line).groups()
        other = str(ipaddress.ip_address(text) + self.pick(1, 2))
        self.lines[at] = re.sub(r'(?<=[ ,])%s(?![\w.:])' % re.escape(text), other, line, count=1)
        self.heat(text, other)
        self.is_of('asset', name)

    def change_role(self):
        at, line = self.some_line('asset')
        name, role = re.match(r'asset (\S+) .*role (\w+)', line).groups()
        self.lines[at] = line.replace('role ' + role, 'role ' + ('hmi' if role == 'plc' else 'plc'))
        self.heat(*re.search(r'address (.*?)[;}]', line)[1].strip().split(', '))
        self.is_of('asset', name)

    def change_zone(self):
        at, line = self.some_line('zone')
        name = line.split()[1]
        more = self.pick('subnet 172.16.5.0/24', 'subnet 198.51.100.0/25', 'multicast 239.1.1.128/25',
                         'multicast 239.1.9.0/24', 'intrazone deny', 'intrazone deny')
        if more in line:
            self.lines[at] = line.replace('; ' + more, '')
        elif more.split()[0] in line and not more.startswith('subnet'):
            more = 'subnet 172.16.5.0/24'
        if self.lines[at] == line:
            self.lines[at] = line.replace('{', '{ %s;' % more, 1)
        self.heat('172.16.5.0/24', '198.51.100.0/25', '239.1.1.128/25', '239.1.9.0/24',
                  *re.findall(r'10\.[\d.]+/\d+', line))
        self.is_of('zone', name, more)

    def change_level(self):
        at, line = self.some_line('zone')
        self.lines[at] = re.sub(r'level \S+', 'level ' + self.pick('1', '2', '3', '4'), line)
        self.heat(*re.findall(r'10\.[\d.]+/\d+', line))
        self.is_of('zone', line.split()[1])

    def change_conduit(self):
        at, line = self.some_line('conduit', ' between ')
        if not line:
            return self.change_level()
        ends = re.match(r'conduit (\S+) between (.*) and (.*) \{', line).groups()
        others = [text.split()[1] for text in self.lines if text.startswith('zone ')
                  and text.split()[1] not in line.replace(',', '').split()]
        if not others:
            return self.change_level()
        zone = self.random.choice(others)
        self.lines[at] = 'conduit %s between %s and %s, %s {' % (*ends, zone)
        return self.is_of('conduit', ends[0], 'side ' + zone)

    def change_service(self):
        at = self.lines_of('service')[0]
        if self.random.random() < .4:
            self.lines[at] = self.lines[at].replace('tcp 80, ', 'tcp ')
        else:
            self.lines[at] += ', udp 80'
        self.is_of('service', 'web')

    def change_protocol(self):
        at = next(at for at, line in enumerate(self.lines) if 'program download' in line)
        self.lines[at] = self.pick('    program download 20-21', '    write download 20')
        self.is_of('protocol', 'acme')

    def change_schedule(self):
        at, line = self.some_line('schedule')
        name = line.split()[1]
        if '; ' in line and self.random.random() < .4:
            self.lines[at] = re.sub(r'\{ .*?; ', '{ ', line)
        else:
            self.lines[at] = line.replace('}', '; weekly wed 10:00 - 12:00 }')
            self.hours = [(2, 9, 59), (2, 10, 0), (2, 11, 59), (2, 12, 0)]
        self.is_of('schedule', name)

    def change_clock(self):
        at, line = self.some_line('policy')
        self.lines[at] = re.sub(r'timezone ".*?"', 'timezone "Asia/Tokyo"', line)
        self.is_of('policy', '')

    # ---- no flow ----

    def change_silently(self):
        """How a rule logs, who owns it, how long a conversation may be silent."""
        if self.random.random() < .3:
            self.lines[self.lines_of('service')[0]] += ' idle 8h'
            return
        at, rule = self.random.choice(self.rules())
        mine = rule[6] or ''
        self.write_rule(at, rule, modifiers=mine.replace('log; ', '') if 'log; ' in mine else
                        (mine[:-2] if mine else ' {') + ('; ' if mine else ' ') + self.pick(
                            'log', 'owner "somebody"', 'reason "because"') + ' }')

    FACTS = ['remove_rule', 'change_services', 'change_operations', 'change_parameters',
             'change_parameters', 'change_until', 'change_modifiers', 'change_ends', 'add_deny',
             'add_deny', 'change_shared', 'change_nested', 'change_group',
             'change_address', 'change_role', 'change_zone', 'change_zone', 'change_level',
             'change_conduit', 'change_service', 'change_protocol', 'change_schedule',
             'change_clock', 'change_silently']

    def make(self, kind):
        self.told.append(kind)
        getattr(self, kind)()
