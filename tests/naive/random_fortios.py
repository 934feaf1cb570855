# SPDX-License-Identifier: Apache-2.0
"""Random configurations of FortiOS with every way of writing a policy that the naive
evaluator knows, and packets at the edges of what they say."""
from fortios import DAYS, Packet
from random_config import ConfigMaker, address_text


class Maker(ConfigMaker):
    INTERFACES = ['a', 'b', 'c']

    def __init__(self, seed):
        super().__init__(seed)
        self.numbers[4].add(0xe0000101)
        self.ports.update((53, 443))

    def way(self):
        return self.random.sample(self.INTERFACES, 2)

    def some(self, names, most=3):
        return ' '.join('"%s"' % each for each in self.random.sample(
            names, self.random.randint(1, min(most, len(names)))))

    # ---- parts ----

    def ports_word(self):
        def part():
            low, high = sorted((self.port(), self.port()))
            return self.pick(str(low), '%d-%d' % (low, high))
        return part() + (':' + part() if self.chance(.3) else '')

    # ---- tables ----

    def section(self, path, entries):
        self.text.append('config ' + path)
        for name, lines in entries:
            self.text.append('    edit "%s"' % name)
            self.text += ['        ' + line for line in lines]
            self.text.append('    next')
        self.text.append('end')

    def address(self, version):
        low, high = sorted((self.number(version), self.number(version)))
        bits = self.pick(0, 1, 2, 3, 5)
        kind = self.random.random()
        if kind < .4:
            return ['set type iprange', 'set start-ip ' + address_text(version, low),
                    'set end-ip ' + address_text(version, high)]
        if kind < .5:
            return ['set comment "everything, \\"quoted\\""']
        if version == 6:
            return ['set ip6 %s/%d' % (address_text(6, low), 128 - bits)]
        return self.pick(
            ['set subnet %s %s' % (address_text(4, low), address_text(4, 2 ** 32 - 2 ** bits))],
            ['set subnet %s/%d' % (address_text(4, low), 32 - bits)])

    def addresses(self):
        for version, six in ((4, ''), (6, '6')):
            self.section('firewall address' + six,
                         [('A%d' % i, self.address(version)) for i in range(6)])
            plain = ['A%d' % i for i in range(6)]
            groups = [('G1', ['set member ' + self.some(plain)]),
                      ('G2', ['set member ' + self.some(plain), 'append member "G1"'])]
            if version == 4:
                groups.append(('G3', ['set member "G2" ' + self.some(plain),
                                      'set exclude ' + self.pick('enable', 'disable'),
                                      'set exclude-member ' + self.some(plain)]))
            self.section('firewall addrgrp' + six, groups)

    def services(self):
        def ports():
            return ' '.join(self.ports_word() for _ in range(self.random.randint(1, 3)))
        self.section('firewall service custom', [
            ('S0', ['set tcp-portrange ' + ports()]),
            ('S1', ['set tcp-portrange ' + ports(), 'set udp-portrange ' + ports()]),
            ('S2', ['set protocol ' + self.pick('TCP/UDP/SCTP', 'TCP/UDP/UDP-Lite/SCTP'),
                    'set sctp-portrange ' + ports(), 'set udp-portrange ' + ports(),
                    'set udplite-portrange ' + ports()]),
            ('S3', ['set protocol ICMP'] + self.pick([], ['set icmptype 8'],
                                                     ['set icmptype 3', 'set icmpcode 4'])),
            ('S4', ['set protocol ICMP6'] + self.pick([], ['set icmptype 128'])),
            ('S5', ['set protocol IP', 'set protocol-number %d' % self.pick(47, 50, 6)]),
            ('plain', ['set tcp-portrange 80 443'])])
        self.section('firewall service group', [
            ('SG1', ['set member ' + self.some(['S0', 'S3', 'S5'])]),
            ('SG2', ['set member "SG1" "S4"'])])

    def schedules(self):
        def clock():
            return '%02d:%02d' % (self.random.randrange(24), self.pick(0, 30))
        same = clock()
        self.section('firewall schedule recurring', [
            ('R1', ['set start ' + clock(), 'set end ' + clock(),
                    'set day ' + ' '.join(self.random.sample(DAYS, 3))]),
            ('R2', ['set start ' + same, 'set end ' + same, 'set day sunday saturday']),
            ('R3', ['set day friday'])])
        self.section('firewall schedule onetime', [
            ('O1', ['set start %s 2026/01/%02d' % (clock(), self.random.randint(2, 20)),
                    'set end %s 2026/02/%02d' % (clock(), self.random.randint(2, 20))])])
        self.section('firewall schedule group', [('T1', ['set member "R1" "O1"'])])

    def policy(self):
        negatable = self.chance(.15)
        lines = ['set srcintf ' + self.pick('"any"', '"zone"', '"a" "b"', '"b"', '"a"', '"wan"'),
                 'set dstintf ' + self.pick('"any"', '"zone"', '"c"', '"a"', '"wan"')]
        four, six = (True, False) if negatable else self.pick(
            (True, True), (True, False), (False, True))
        names = ['A%d' % i for i in range(6)] + ['G1', 'G2']
        for word in ('srcaddr', 'dstaddr'):
            if four:
                lines.append('set %s %s' % (word, self.pick(
                    '"all"', self.some(names + ['G3']), self.some(names))))
            if six:
                lines.append('set %s6 %s' % (word, self.pick('"all"', self.some(names))))
            if negatable and self.chance(.6):
                lines.append('set %s-negate enable' % word)
        if self.chance(.1):
            lines += ['set service ' + self.pick('"plain"', self.some(
                ['S0', 'S1', 'S2', 'S3', 'S5', 'SG1'])), 'set service-negate enable']
        else:
            lines.append('set service ' + self.pick(
                '"ALL"', '"SG2"', self.some(['S0', 'S1', 'S2', 'S3', 'S4', 'S5', 'SG1', 'DNS',
                                             'HTTPS', 'PING'])))
        lines.append('set schedule "%s"' % self.pick(
            'always', 'always', 'always', 'R1', 'R2', 'R3', 'O1', 'T1', 'none'))
        if self.chance(.7):
            lines.append('set action accept')
        if self.chance(.08):
            lines.append('set status disable')
        if self.chance(.2):
            lines += ['set comments \'it\'"\'"\'s #1\'', 'unset comments']
        return lines

    def device(self):
        """The clock, no helpers that follow a conversation, and default source ports."""
        self.text += ['config system global', '    set timezone "America/Chicago"']
        if self.chance(.3):
            self.text.append('    set default-service-source-port ' + self.pick(
                '1-65535', '1024-65535', '53'))
            self.ports.update((1023, 1024))
        self.text += ['end', 'config system settings',
                      '    set default-voip-alg-mode kernel-helper-based', 'end']
        self.section('system session-helper', [('1', [
            'set name dns-udp', 'set protocol 17', 'set port 53'])])

    def wan(self):
        """A zone of SD-WAN, with and without its name."""
        zone = self.pick('wan', 'virtual-wan-link')
        self.text += ['config system sdwan', '    set status enable', '    config zone',
                      '        edit "virtual-wan-link"', '        next', '    end',
                      '    config members', '        edit 1', '            set interface "c"']
        if zone == 'wan':
            self.text.append('            set zone "wan"')
        self.text += ['        next', '    end', 'end']
        return zone

    def make(self):
        self.device()
        self.section('system interface', [
            (name, ['set vdom "root"', 'set ip 10.0.0.%d 255.255.255.192' % (i + 7)])
            for i, name in enumerate(self.INTERFACES)])
        self.numbers[4].update((0x0a000006, 0x0a000007, 0x0a000008))
        self.section('system zone', [('zone', ['set interface "a" "b"',
                                               'set intrazone ' + self.pick('allow', 'deny')])])
        zone = self.wan()
        self.addresses()
        self.services()
        self.schedules()
        count = self.random.randint(2, 14)
        self.section('firewall policy',
                     [(str(i + 1), self.policy()) for i in range(count)])
        self.changes(count)
        return '\n'.join(self.text).replace('"wan"', '"%s"' % zone) + '\n'

    def changes(self, count):
        """What somebody changed later."""
        self.text.append('config firewall policy')
        for _ in range(self.random.randint(0, 3)):
            one, two = (self.random.randint(1, count) for _ in range(2))
            if one != two:
                self.text.append('    move %d %s %d' % (one, self.pick('before', 'after'), two))
        if self.chance(.3):
            self.text.append('    clone %d to 99' % self.random.randint(1, count))
            self.text.append('    move 99 before 1')
        if self.chance(.3):
            self.text.append('    delete %d' % self.random.randint(1, count))
        for _ in range(self.random.randint(0, 2)):
            self.text += ['    edit 0'] + ['        ' + each for each in self.policy()] + [
                '    next']
        for i, word in enumerate(('srcaddr', 'service', 'dstintf')):
            if self.chance(.2):
                self.text += ['    edit %d' % (1000 + i)]
                self.text += ['        ' + each for each in self.policy()]
                self.text += ['        unselect %s %s' % (word, self.pick(
                    '"A1" "S1"', '"all"', '"c"', '"G1" "A0"')), '    next']
        self.text.append('end')

    def packet(self, clock):
        return Packet(*self.header(), clock)
