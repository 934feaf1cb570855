# SPDX-License-Identifier: Apache-2.0
"""The second opinion on FortiOS: one packet against one policy after the other, as
the FortiOS CLI Reference (6.4, 7.x) and Administration Guide say ("firewall policy",
"firewall service custom", "firewall addrgrp", "firewall schedule recurring",
"system zone"). It keeps a configuration as nested dictionaries of lists of words, and
refuses what it does not know."""
import collections
import datetime
import ipaddress
import re
import shlex

# sport and dport are type and code of ICMP; `clock` is the device's wall clock.
Packet = collections.namedtuple(
    'Packet', 'version source destination protocol sport dport clock')

DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
TRANSPORTS = {6: 'tcp-portrange', 17: 'udp-portrange', 132: 'sctp-portrange',
              136: 'udplite-portrange'}
FACTORY = {'ALL': {'protocol': ['IP']}, 'HTTPS': {'tcp-portrange': ['443']},
           'PING': {'protocol': ['ICMP'], 'icmptype': ['8']},
           'DNS': {'tcp-portrange': ['53'], 'udp-portrange': ['53']}}


def number(text):
    return int(ipaddress.ip_address(text))


def is_group(packet):
    return packet.destination >> (28 if packet.version == 4 else 120) == \
        (0xe if packet.version == 4 else 0xff)


# What a setting names, by tables; a device refuses a name that is not defined, and to
# delete what is still named ("entry is used").
NAMED = {
    'member': (), 'exclude-member': (),
    'srcaddr': ('firewall address', 'firewall addrgrp'),
    'dstaddr': ('firewall address', 'firewall addrgrp', 'firewall multicast-address'),
    'srcaddr6': ('firewall address6', 'firewall addrgrp6'),
    'dstaddr6': ('firewall address6', 'firewall addrgrp6'),
    'service': ('firewall service custom', 'firewall service group'),
    'schedule': ('firewall schedule recurring', 'firewall schedule onetime',
                 'firewall schedule group')}
MEMBERS = {
    'firewall addrgrp': ('firewall address', 'firewall addrgrp'),
    'firewall addrgrp6': ('firewall address6', 'firewall addrgrp6'),
    'firewall service group': ('firewall service custom', 'firewall service group'),
    'firewall schedule group': ('firewall schedule recurring', 'firewall schedule onetime')}
LONGEST = {'firewall policy': 35, 'firewall schedule recurring': 31,
           'firewall schedule onetime': 31, 'firewall schedule group': 31}
THERE = {'all', 'none', 'always'} | set(FACTORY)


class Device:
    def __init__(self, text):
        self.tables = collections.defaultdict(dict)
        self.own = set()
        self.read(text)
        for entry in self.tables['system interface'].values():
            if 'ip' in entry:
                self.own.add(number(entry['ip'][0]))

    # ---- reading ----

    def read(self, text):
        table = entry = None
        for line in text.splitlines():
            words = shlex.split(line, comments=line.lstrip().startswith('#'))
            if not words:
                continue
            verb = words[0]
            if verb == 'config':
                path = ' '.join(words[1:])
                table, entry = self.tables[path], None
            elif verb == 'end':
                table = entry = None
            elif verb == 'next':
                entry = None
            elif verb == 'edit':
                if words[1] == '0' and path.endswith('policy'):
                    words[1] = str(max([int(key) for key in table], default=0) + 1)
                entry = table.setdefault(words[1], {})
            elif table is None:
                raise ValueError('outside of a section: ' + line)
            else:
                self.change(table, table if entry is None else entry, words, entry is None)

    @staticmethod
    def change(table, entry, words, whole):
        verb, name = words[0], words[1]
        if verb == 'set':
            entry[name] = words[2:]
        elif verb == 'append':
            entry[name] = entry.get(name, []) + words[2:]
        elif verb == 'unset':
            entry.pop(name, None)
        elif verb == 'unselect':
            entry[name] = [word for word in entry.get(name, []) if word not in words[2:]]
        elif verb == 'delete' and whole:
            table.pop(name, None)
        elif verb == 'clone' and whole:
            table[words[3]] = {key: list(value) for key, value in table[name].items()}
        elif verb == 'move' and whole:
            order = [key for key in table if key != name]
            place = order.index(words[3]) + (words[2] == 'after')
            order.insert(place, name)
            moved = {key: table[key] for key in order}
            table.clear()
            table.update(moved)
        else:
            raise ValueError('unknown command ' + ' '.join(words))

    # ---- what a device refuses ----

    def named(self, path, entry):
        """(tables, name) of everything that an entry names."""
        for word, tables in NAMED.items():
            tables = MEMBERS.get(path, ()) if word in ('member', 'exclude-member') else tables
            if path.endswith('6') and word in ('srcaddr', 'dstaddr'):
                tables = [each + '6' for each in tables]
            for name in entry.get(word, []):
                yield tables, name

    def refused(self):
        """Names that are too long, used twice or not defined."""
        for path, table in list(self.tables.items()):
            if not path.startswith('firewall'):
                continue
            for name, entry in table.items():
                label = entry.get('name', [''])[0] if path == 'firewall policy' else name
                if len(label) > LONGEST.get(path, 79):
                    yield '%s is too long' % label
                for tables, other in self.named(path, entry):
                    if other not in THERE and not any(other in self.tables.get(each, ())
                                                      for each in tables):
                        yield '%s %s names %s' % (path, name, other)
        names = [entry['name'][0] for entry in self.tables['firewall policy'].values()
                 if 'name' in entry]
        if len(set(names)) != len(names):
            yield 'two policies have one name'

    def apply(self, text):
        """The commands in their sections one after the other: what is refused?"""
        for section in re.findall(r'^config .*?^end$', text, re.M | re.S):
            self.read(section)
            yield from self.refused()

    # ---- addresses ----

    def address(self, name, value, version):
        six = '6' if version == 6 else ''
        objects = self.tables['firewall address' + six]
        groups = self.tables['firewall addrgrp' + six]
        if name in objects:
            return self.in_object(objects[name], value, version)
        if name in groups:
            group = groups[name]
            inside = any(self.address(each, value, version) for each in group['member'])
            return inside and not (
                group.get('exclude') == ['enable'] and
                any(self.address(each, value, version)
                    for each in group.get('exclude-member', [])))
        return {'all': True, 'none': value == 0}[name]

    @staticmethod
    def in_object(entry, value, version):
        if entry.get('type') == ['iprange']:
            return number(entry['start-ip'][0]) <= value <= number(entry['end-ip'][0])
        words = entry.get('subnet' if version == 4 else 'ip6', ['0.0.0.0/0'])
        if version == 6:
            words = entry.get('ip6', ['::/0'])
        network = ipaddress.ip_network('/'.join(words), strict=False)
        return int(network.network_address) <= value <= int(network.broadcast_address)

    def side(self, policy, word, value, version):
        names = policy.get(word)
        if names is None:
            return False
        inside = any(self.address(each, value, version) for each in names)
        return inside != (policy.get(word + '-negate') == ['enable'])

    def group_address(self, policy, packet):
        table = self.tables['firewall multicast-address' + '6' * (packet.version == 6)]
        for name in policy['dstaddr']:
            entry = table[name]
            if packet.version == 6:
                if self.in_object(entry, packet.destination, 6):
                    return True
            elif number(entry['start-ip'][0]) <= packet.destination <= \
                    number(entry['end-ip'][0]):
                return True
        return False

    # ---- services ----

    @staticmethod
    def in_range(text, port):
        low, _, high = text.partition('-')
        return int(low) <= port <= int(high or low)

    def source_ports(self):
        """Of a service that names none; port 0 is nobody's, and in the default."""
        text = self.tables['system global'].get('default-service-source-port', ['1-65535'])[0]
        return '0-65535' if text == '1-65535' else text

    def service(self, name, packet):
        groups = self.tables['firewall service group']
        customs = self.tables['firewall service custom']
        if name in groups and name not in customs:
            return any(self.service(each, packet) for each in groups[name]['member'])
        entry = customs.get(name) or FACTORY[name]
        protocol = entry.get('protocol', ['TCP/UDP/SCTP'])[0]
        if protocol == 'IP':
            return int(entry.get('protocol-number', ['0'])[0]) in (0, packet.protocol)
        if protocol in ('ICMP', 'ICMP6'):
            return packet.protocol == (1 if protocol == 'ICMP' else 58) and \
                entry.get('icmptype', [str(packet.sport)]) == [str(packet.sport)] and \
                entry.get('icmpcode', [str(packet.dport)]) == [str(packet.dport)]
        for word in entry.get(TRANSPORTS.get(packet.protocol), []):
            destination, _, source = word.partition(':')
            if self.in_range(destination, packet.dport) and \
                    self.in_range(source or self.source_ports(), packet.sport):
                return True
        return False

    def services(self, policy, packet):
        found = any(self.service(each, packet) for each in policy['service'])
        return found != (policy.get('service-negate') == ['enable'])

    # ---- time ----

    def active(self, name, clock):
        if name in self.tables['firewall schedule group']:
            return any(self.active(each, clock) for each in
                       self.tables['firewall schedule group'][name]['member'])
        if name in self.tables['firewall schedule recurring']:
            return self.recurs(self.tables['firewall schedule recurring'][name], clock)
        if name in self.tables['firewall schedule onetime']:
            entry = self.tables['firewall schedule onetime'][name]
            start, end = (datetime.datetime.strptime(' '.join(entry[word]), '%H:%M %Y/%m/%d')
                          for word in ('start', 'end'))
            return start <= clock < end
        return {'always': True, 'none': False}[name]

    @staticmethod
    def recurs(entry, clock):
        start, end = (int(text[:2]) * 60 + int(text[3:]) for text in
                      (entry.get('start', ['00:00'])[0], entry.get('end', ['00:00'])[0]))
        minute = clock.hour * 60 + clock.minute
        today = DAYS[clock.weekday()] in entry.get('day', [])
        yesterday = DAYS[(clock.weekday() - 1) % 7] in entry.get('day', [])
        if end > start:
            return today and start <= minute < end
        return (today and minute >= start) or (yesterday and minute < end)

    # ---- one packet ----

    def interfaces(self, policy, word, interface):
        names = policy[word]
        return 'any' in names or interface in names or any(
            interface in zone.get('interface', [])
            for name, zone in self.tables['system zone'].items() if name in names) or any(
                member.get('interface') == [interface] and
                member.get('zone', ['virtual-wan-link'])[0] in names
                for member in self.tables['members'].values())

    def same_open_zone(self, entry, leave):
        return any(zone.get('intrazone') == ['allow'] and
                   {entry, leave} <= set(zone.get('interface', []))
                   for zone in self.tables['system zone'].values())

    def matches(self, policy, packet):
        six = '6' if packet.version == 6 else ''
        return self.side(policy, 'srcaddr' + six, packet.source, packet.version) and \
            self.side(policy, 'dstaddr' + six, packet.destination, packet.version) and \
            self.services(policy, packet) and \
            self.active(policy.get('schedule', ['always'])[0], packet.clock)

    def matches_group(self, policy, packet):
        protocol = int(policy.get('protocol', ['0'])[0])
        fits = protocol in (0, packet.protocol)
        if fits and protocol in TRANSPORTS:
            fits = int(policy.get('start-port', ['0'])[0]) <= packet.dport <= \
                int(policy.get('end-port', ['65535'])[0])
        return fits and any(self.address(each, packet.source, packet.version)
                            for each in policy['srcaddr']) and \
            self.group_address(policy, packet)

    def permits(self, entry, leave, packet):
        """Is the first packet of a flow forwarded from one interface to another?"""
        group = is_group(packet)
        if packet.destination in self.own and packet.version == 4:
            return False
        if entry != leave and self.same_open_zone(entry, leave):
            return True
        table = 'firewall policy'
        if group:
            table = 'firewall multicast-policy' + '6' * (packet.version == 6)
        for policy in self.tables[table].values():
            if policy.get('status') == ['disable'] or \
                    not self.interfaces(policy, 'srcintf', entry) or \
                    not self.interfaces(policy, 'dstintf', leave):
                continue
            if self.matches_group(policy, packet) if group else self.matches(policy, packet):
                return policy.get('action', ['accept' if group else 'deny']) == ['accept']
        return False

    def permits_self(self, entry, packet):
        """Does a local-in policy let the packet to the device? None: none says."""
        six = '6' if packet.version == 6 else ''
        for policy in self.tables['firewall local-in-policy' + six].values():
            if self.interfaces(policy, 'intf', entry) and \
                    policy.get('status') != ['disable'] and \
                    self.side(policy, 'srcaddr', packet.source, packet.version) and \
                    self.side(policy, 'dstaddr', packet.destination, packet.version) and \
                    self.services(policy, packet) and \
                    self.active(policy['schedule'][0], packet.clock):
                return policy.get('action') == ['accept']
        return None
