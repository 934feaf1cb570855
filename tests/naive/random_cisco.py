# SPDX-License-Identifier: Apache-2.0
"""Random configurations of IOS and ASA with every way of writing an entry that the
naive evaluator knows, and packets at the edges of what they say."""
import ipaddress

from cisco import Packet
from random_config import ConfigMaker, address_text


class Maker(ConfigMaker):
    def __init__(self, seed, asa):
        super().__init__(seed)
        self.asa = asa
        self.ports.add(80)

    def way(self):
        return 'a', 'b'

    # ---- parts ----

    def address(self, version):
        return address_text(version, self.number(version))

    def side(self, version, groups=True):
        kind = self.pick('any', 'host', 'net', 'net', 'group')
        if kind == 'any':
            return 'any' if not self.asa else self.pick('any', 'any4' if version == 4
                                                        else 'any6')
        if kind == 'group' and groups and self.asa and self.chance(.4):
            return 'object ' + self.pick('O1', 'O2', 'O2', 'O3')
        if kind == 'group' and groups and (version == 4 or self.asa):
            return 'object-group ' + self.pick('G1', 'G2')
        if kind == 'host':
            return 'host ' + self.address(version)
        bits = self.pick(1, 2, 3, 5)
        if version == 6:
            return '%s/%d' % (self.address(6), 128 - bits)
        if self.asa:
            mask = 2 ** 32 - 2 ** bits
            base = self.number(4) & mask
            return '%s %s' % (ipaddress.IPv4Address(base), ipaddress.IPv4Address(mask))
        wild = self.pick(2 ** bits - 1, self.random.randrange(64), 5, 0x20000021)
        return '%s %s' % (self.address(4), ipaddress.IPv4Address(wild))

    def port_words(self):
        if self.chance(.4):
            return ''
        operator = self.pick('eq', 'eq', 'neq', 'lt', 'gt', 'range', 'several', 'name')
        if operator == 'name':
            self.ports.update((52, 53, 54))
            return ' eq domain'
        if operator == 'range':
            return ' range %d %d' % tuple(sorted((self.port(), self.port())))
        if operator == 'several':
            return ' eq %d' % self.port() if self.asa else \
                ' eq %d %d' % (self.port(), self.port())
        return ' %s %d' % (operator, self.port())

    def icmp_words(self, version):
        return self.pick('', ' 8', ' 3 4', ' echo-reply') if version == 4 else \
            self.pick('', ' 128', ' 1 4', ' echo-reply' if not self.asa else ' 129')

    def entry(self, version):
        protocol = self.pick('ip', 'tcp', 'tcp', 'udp', 'icmp', '50', 'service',
                             *(['several', 'types'] if self.asa else []))
        verdict = self.pick('permit', 'permit', 'deny')
        groups = self.chance(.5)
        if protocol == 'service' and (self.asa or version == 4):
            return '%s object-group S1 %s %s' % (verdict, self.side(version, groups),
                                                 self.side(version, groups))
        source = destination = more = ''
        if protocol == 'several':
            return '%s object-group TU %s%s %s%s' % (
                verdict, self.side(version), self.pick('', self.port_words()),
                self.side(version), self.pick(' object-group P1', self.port_words()))
        if protocol == 'types':
            return '%s icmp %s %s object-group I1' % (verdict, self.side(version),
                                                      self.side(version))
        if protocol in ('tcp', 'udp'):
            source, destination = self.port_words(), self.port_words()
            if protocol == 'tcp' and not self.asa and self.chance(.2):
                more = ' established'
        elif protocol == 'icmp':
            more = self.icmp_words(version)
            if self.asa and version == 6:
                protocol = 'icmp6'
        elif protocol in ('ip', '50') and not self.asa and self.chance(.2):
            more = ' fragments'
        if protocol in ('ip', 'service'):
            protocol = 'ipv6' if version == 6 and not self.asa else 'ip'
        if self.chance(.2):
            more += (' log time-range T1' if self.asa else ' time-range T1 log')
        if self.asa and self.chance(.1):
            more += ' inactive'
        return '%s %s %s%s %s%s%s' % (verdict, protocol, self.side(version), source,
                                      self.side(version), destination, more)

    # ---- the whole ----

    def groups(self):
        lead = ' network-object ' if self.asa else ' '
        for name in ('G1', 'G2'):
            self.text.append('object-group network ' + name)
            for _ in range(self.random.randint(1, 3)):
                mask = 2 ** 32 - 2 ** self.pick(1, 2, 4)
                self.text.append(self.pick(
                    lead + 'host ' + self.address(4),
                    lead + '%s %s' % (ipaddress.IPv4Address(self.number(4) & mask),
                                      ipaddress.IPv4Address(mask))))
            if self.asa:
                self.text.append(lead + 'host ' + self.address(6))
        self.text.append(' group-object G1')
        lead, side = (' service-object ', ' destination') if self.asa else (' ', '')
        self.text += ['object-group service S1',
                      lead + 'tcp%s eq %d' % (side, self.port()),
                      lead + 'udp source range %d %d' % tuple(
                          sorted((self.port(), self.port()))),
                      lead + 'tcp-udp%s gt 60000' % side, lead + 'icmp 8', lead + '47']
        self.text += ['time-range T1', ' absolute start 08:00 02 January 2026 '
                      'end 16:59 20 March 2026', ' periodic weekdays 6:00 to 13:59',
                      ' periodic Saturday Sunday 22:30 to 23:59']

    def objects(self):
        """Of ASA alone: single objects, groups of protocols, of ports, of ICMP types."""
        low, high = sorted((self.number(4), self.number(4)))
        self.text += ['object network O1', ' host ' + self.address(self.pick(4, 6)),
                      'object network O2', ' subnet 10.0.0.0 255.255.255.192',
                      ' subnet 10.0.0.%d 255.255.255.240' % self.pick(0, 16, 32),
                      'object network O3', ' range %s %s' % (
                          ipaddress.IPv4Address(low), ipaddress.IPv4Address(high)),
                      'object-group protocol TU', ' protocol-object tcp',
                      ' protocol-object udp', 'object-group service P1 tcp-udp',
                      ' port-object eq %d' % self.port(),
                      ' port-object range %d %d' % tuple(sorted((self.port(), self.port()))),
                      'object-group icmp-type I1', ' icmp-object echo',
                      ' icmp-object %d' % self.pick(0, 3)]

    def numbered(self, version, lines):
        """Entries with numbers, which the device keeps in their order."""
        number = 0
        for line in lines:
            number += self.pick(1, 10, 25)
            yield ' %s%d %s' % ('sequence ' if version == 6 else '', number, line)

    def make(self):
        self.groups()
        if self.asa:
            self.objects()
        for version in (4, 6):
            for way in ('in', 'out'):
                count = self.random.randint(1, 12)
                name = 'L%d%s' % (version, way)
                if self.asa:
                    self.text += ['access-list L%s extended %s' % (way, self.entry(version))
                                  for _ in range(count)]
                else:
                    self.text.append('%s access-list %s%s' % (
                        *(('ip', 'extended ') if version == 4 else ('ipv6', '')), name))
                    lines = [self.entry(version) for _ in range(count)]
                    self.text += self.numbered(version, lines) if self.chance(.3) else \
                        [' ' + line for line in lines]
        if self.asa:
            self.text += ['access-group Lin in interface a', 'access-group Lout out '
                          'interface b', 'access-list L2 extended permit ip any any',
                          'access-group L2 in interface b',
                          'same-security-traffic permit inter-interface']
            if self.chance(.4):
                self.text += ['access-list Lg extended ' + self.entry(4),
                              'access-list Lg extended ' + self.entry(6),
                              'access-group Lg global']
        else:
            self.text += ['interface a', ' ip access-group L4in in',
                          ' ipv6 traffic-filter L6in in', 'interface b',
                          ' ip access-group L4out out', ' ipv6 traffic-filter L6out out']
        return '\n'.join(self.text) + '\n'

    def packet(self, clock):
        header = self.header()
        kinds = ['first'] if self.asa else ['first', 'fragment']
        if header[3] == 6 and not self.asa:
            kinds.append('established')
        return Packet(*header, self.random.choice(kinds), clock)
