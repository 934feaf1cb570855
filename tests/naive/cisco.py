# SPDX-License-Identifier: Apache-2.0
"""The second opinion on Cisco access lists: one packet against one line after the
other, as the manuals say (Cisco IOS Security Command Reference: `permit (IP)`,
`permit (IPv6)`, `object-group`, `time-range`; Cisco ASA Series Command Reference:
`access-list extended`, `object-group`). It knows the words that Cordon writes and
those that random_cisco.py does, and refuses every other one."""
import collections
import datetime
import ipaddress

# sport and dport are type and code of ICMP. `kind`: 'first' may start a flow (TCP:
# SYN without ACK), 'established' has ACK, 'fragment' is not a datagram's first.
Packet = collections.namedtuple(
    'Packet', 'version source destination protocol sport dport kind clock')

PROTOCOLS = {'tcp': 6, 'udp': 17, 'sctp': 132, 'esp': 50, 'gre': 47, 'ospf': 89,
             'icmp': 1, 'icmp6': 58}
PORTED = {6, 17, 132}
PORTS = {'www': 80, 'domain': 53, 'telnet': 23, 'snmp': 161, 'ntp': 123}
TYPES4 = {'echo-reply': 0, 'unreachable': 3, 'echo': 8, 'time-exceeded': 11,
          'parameter-problem': 12}
TYPES6 = {'unreachable': 1, 'packet-too-big': 2, 'time-exceeded': 3,
          'parameter-problem': 4, 'echo-request': 128, 'echo-reply': 129,
          'mld-query': 130, 'mld-report': 131, 'mld-reduction': 132,
          'router-solicitation': 133, 'router-advertisement': 134, 'nd-ns': 135, 'nd-na': 136}
DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
SETS = {'daily': DAYS, 'weekdays': DAYS[:5], 'weekend': DAYS[5:]}


def number(text):
    return int(ipaddress.ip_address(text))


def minute_of(text):
    hour, minute = text.split(':')
    return int(hour) * 60 + int(minute)


def moment(words):
    return datetime.datetime.strptime(' '.join(words), '%H:%M %d %B %Y')


class Device:
    def __init__(self, text, asa=False):
        self.asa = asa
        self.lists, self.groups, self.times, self.bound = {}, {}, {}, {}
        self.kinds = {}       # of groups: network, service, protocol, ports, icmp-type
        self.everywhere = None
        self.interface = self.body = None
        self.single = False
        for line in text.splitlines():
            words = line.split()
            if words and words[0] != '!' and not line.startswith('!'):
                self.line(words, line.startswith(' '))

    # ---- reading ----

    def line(self, words, inside):
        if inside and self.body is not None:
            if self.single:           # it holds one thing, the last that it is told
                self.body.clear()
            self.body.append(words)
        elif inside and self.interface is not None:
            if words[:2] == ['ip', 'access-group']:
                self.bound[self.interface, 4, words[3]] = words[2]
            elif words[:2] == ['ipv6', 'traffic-filter']:
                self.bound[self.interface, 6, words[3]] = words[2]
        elif not inside:
            self.interface = self.body = None
            self.single = False
            self.command(words)

    def command(self, words):
        if words[0] == 'interface':
            self.interface = words[1]
        elif words[0] == 'time-range':
            self.body = self.times.setdefault(words[1], [])
        elif words[0] in ('object-group', 'object'):
            self.body = self.groups.setdefault(words[2], [])
            self.single = words[0] == 'object'
            self.kinds[words[2]] = 'ports' if len(words) == 4 else words[1]
        elif words[:2] == ['ip', 'access-list'] and words[2] in ('extended', 'standard'):
            self.body = self.lists.setdefault((4, words[3]), [])
            if words[2] == 'standard':
                self.body.append(['standard'])
        elif words[:2] == ['ipv6', 'access-list'] and len(words) == 3:
            self.body = self.lists.setdefault((6, words[2]), [])
        elif words[0] == 'access-list' and self.asa and len(words) > 3:
            rest = words[3:] if words[2] == 'extended' else words[2:]
            self.lists.setdefault((4, words[1]), []).append(rest)
        elif words[0] == 'access-group' and words[2] == 'global':
            self.everywhere = words[1]
        elif words[0] == 'access-group':
            way = words[2] if words[-1] != 'control-plane' else 'self'
            for version in (4, 6):
                self.bound[words[4], version, way] = words[1]

    # ---- one packet ----

    def permits(self, interface, way, packet):
        """Do the lists bound to the interface let the packet pass?"""
        name = self.bound.get((interface, packet.version, way))
        lines = self.lists.get((4 if self.asa else packet.version, name))
        if way == 'in' and self.everywhere:
            lines = (lines or []) + self.lists[4, self.everywhere]
        if not lines:
            return True
        standard = lines[0] == ['standard']
        for words in lines[1:] if standard else lines:
            if words[0] == 'remark':
                continue
            words = words[1:] if words[0] == 'sequence' else words
            words = words[1:] if words[0].isdigit() else list(words)
            allow = {'permit': True, 'deny': False}[words.pop(0)]
            if self.standard(words, packet) if standard else \
                    self.matches(allow, words, packet):
                return allow
        return packet.version == 6 and not self.asa and packet.protocol == 58 and \
            (packet.sport in (135, 136) or packet.kind == 'fragment')

    def standard(self, words, packet):
        if len(words) == 1 and words[0] != 'any':
            return packet.source == number(words[0])
        return self.address(words, packet.source, packet.version)

    def matches(self, allow, words, packet):
        layer4 = False        # asks for what another fragment does not carry
        fits = True           # what it asks for of layer 4
        services = None
        if words[-1] == 'inactive':
            return False
        if words[0] in ('object-group', 'object') and self.kinds[words[1]] == 'protocol':
            protocol = packet.protocol
            if [protocol] not in [[self.protocol(member[1], packet.version)]
                                  for member in self.groups[words[1]]]:
                return False
            words = words[2:]
        elif words[0] in ('object-group', 'object'):
            services = self.groups[words[1]]
            words = words[2:]
            protocol = None
        else:
            protocol = self.protocol(words.pop(0), packet.version)
            if protocol not in (None, packet.protocol):
                return False
        words = list(words)
        source = self.address(words, packet.source, packet.version)
        port = self.port(words, packet.sport)
        destination = self.address(words, packet.destination, packet.version)
        if not source or not destination:
            return False
        others = [port, self.port(words, packet.dport)]
        if protocol in (1, 58) and words and words[0] not in ('log', 'time-range',
                                                              'fragments'):
            others.append(self.icmp(words, packet))
        layer4 = any(each is not None for each in others)
        fits = all(each is not False for each in others)
        fragments = False
        while words:
            word = words.pop(0)
            if word == 'established':
                layer4, fits = True, fits and packet.kind == 'established'
            elif word == 'fragments':
                fragments = True
            elif word == 'time-range':
                if not self.active(words.pop(0), packet.clock):
                    return False
            elif word != 'log':
                raise ValueError('unknown word ' + word)
        if services is not None:
            return any(self.service(member, packet, allow) for member in services)
        if fragments:
            return packet.kind == 'fragment'
        if packet.kind == 'fragment' and layer4:
            return allow
        return fits

    def protocol(self, word, version):
        if word in ('ip', 'ipv6'):
            return None
        if word == 'icmp' and version == 6 and not self.asa:
            return 58
        return PROTOCOLS[word] if word in PROTOCOLS else int(word)

    def icmp(self, words, packet):
        word = words.pop(0)
        if word == 'object-group':
            members = self.groups[words.pop(0)]
            return any(self.icmp(member[1:], packet) for member in members)
        names = TYPES6 if packet.version == 6 else TYPES4
        fits = packet.sport == (int(word) if word.isdigit() else names[word])
        if words and words[0].isdigit():
            return packet.dport == int(words.pop(0)) and fits
        return fits

    def port(self, words, port):
        """None: no port is asked for."""
        if words[:1] == ['object-group'] and self.kinds[words[1]] == 'ports':
            members = self.groups[words[1]]
            del words[:2]
            return any(self.port(member[1:], port) for member in members)
        def value():
            word = words.pop(0)
            return int(word) if word.isdigit() else PORTS[word]
        if not words or words[0] not in ('eq', 'neq', 'lt', 'gt', 'range'):
            return None
        operator = words.pop(0)
        if operator in ('eq', 'neq'):
            ports = [value()]
            while words and (words[0].isdigit() or words[0] in PORTS):
                ports.append(value())
            return (port in ports) == (operator == 'eq')
        low = value()
        if operator == 'range':
            high = value()
            return low <= port <= high
        return port < low if operator == 'lt' else port > low

    # ---- addresses ----

    def address(self, words, address, version):
        word = words.pop(0)
        if word in ('any', 'any4', 'any6'):
            return word != ('any4' if version == 6 else 'any6')
        if word in ('object-group', 'object'):
            return self.in_group(words.pop(0), address, version)
        if word == 'host':
            word = words.pop(0)
            return (':' in word) == (version == 6) and number(word) == address
        if '/' in word:
            return version == 6 and address in self.network(word)
        mask = number(words.pop(0))
        if version == 6:
            return False
        care = mask if self.asa else 0xffffffff ^ mask
        return (address ^ number(word)) & care == 0

    @staticmethod
    def network(text):
        network = ipaddress.ip_network(text, strict=False)
        return range(int(network[0]), int(network[-1]) + 1)

    def in_group(self, name, address, version):
        for words in self.groups[name]:
            words = words[1:] if words[0] in ('network-object', 'subnet') else words
            if words[0] == 'description':
                continue
            if words[0] in ('group-object', 'object'):
                found = self.in_group(words[1], address, version)
            elif words[0] == 'range':
                found = version == 4 and number(words[1]) <= address <= number(words[2])
            elif words[0] == 'any':
                found = version == 4
            elif words[0] == 'host':
                found = (':' in words[1]) == (version == 6) and address == number(words[1])
            elif '/' in words[0]:
                found = version == 6 and address in self.network(words[0])
            else:
                found = version == 4 and \
                    (address ^ number(words[0])) & number(words[1]) == 0
            if found:
                return True
        return False

    # ---- services ----

    def service(self, words, packet, allow):
        if words[0] == 'group-object':
            return any(self.service(each, packet, allow)
                       for each in self.groups[words[1]])
        words = list(words[1:] if words[0] == 'service-object' else words)
        word = words.pop(0)
        if word == 'tcp-udp':
            if packet.protocol not in (6, 17):
                return False
        elif self.protocol(word, packet.version) not in (None, packet.protocol):
            return False
        if packet.kind == 'fragment' and words:
            return allow
        if packet.protocol in (1, 58) and words:
            return self.icmp(words, packet)
        fits = True
        while words:
            side = packet.dport
            if words[0] in ('source', 'destination'):
                side = packet.sport if words.pop(0) == 'source' else packet.dport
            fits = self.port(words, side) and fits
        return fits

    # ---- time ----

    def active(self, name, clock):
        """`clock` is the wall clock of the device; ends are the last minute."""
        periods = []
        for words in self.times[name]:
            if words[0] == 'absolute':
                rest = words[1:]
                while rest:
                    edge = moment(rest[1:5])
                    if rest[0] == 'start' and clock < edge:
                        return False
                    if rest[0] == 'end' and clock >= edge + datetime.timedelta(minutes=1):
                        return False
                    rest = rest[5:]
            else:
                periods.append(words[1:])
        return not periods or any(self.in_period(words, clock) for words in periods)

    @staticmethod
    def in_period(words, clock):
        days = []
        while ':' not in words[0]:
            days += SETS.get(words[0], [words[0]])
            words = words[1:]
        minute = clock.hour * 60 + clock.minute
        return DAYS[clock.weekday()] in days and \
            minute_of(words[0]) <= minute <= minute_of(words[2])
