# SPDX-License-Identifier: Apache-2.0
"""Random rules of iptables, which may ask random sets, and flows at and around every
edge in them. Chains jump to later ones only. All of it follows from the seed."""
import ipaddress
import random

TCP, UDP, ICMP, SCTP = 6, 17, 1, 132
WIRES = ['eth0', 'eth1', 'lan2']
PORTS = [22, 53, 80, 443, 8000]
CHAINS = ['c0', 'c1', 'c2', 'c3']
NAMES = {TCP: 'tcp', UDP: 'udp', SCTP: 'sctp'}
# The sets, each with what rules give of a packet to look for in it.
SETS = {'hosts': 1, 'nets': 1, 'holes': 1, 'cut': 1, 'span': 1, 'ports': 2, 'wired': 2,
        'both': 3, 'list': 1}


class RandomIptables:
    def __init__(self, seed, sets=False):
        self.random = random.Random(seed)
        self.lines = []
        self.sets = self.random_sets() if sets else ''
        for at, chain in enumerate(['FORWARD'] + CHAINS):
            for number in range(self.random.randint(2, 6)):
                self.rule(chain, CHAINS[at:], number)
        policy = self.pick('DROP', 'ACCEPT')
        self.text = '\n'.join(['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD %s [0:0]' % policy,
                               ':OUTPUT ACCEPT [0:0]', *(':%s - [0:0]' % one for one in CHAINS),
                               *self.lines, 'COMMIT', ''])

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    def host(self):
        return '10.%d.0.%d' % (self.random.randrange(3), self.random.randrange(8))

    def addresses(self):
        host = self.host()
        return self.pick(host, '%s/30' % host, '10.%d.0.0/24' % self.random.randrange(3),
                         '10.0.0.%d/255.0.255.%d' % (self.random.randrange(8),
                                                     self.pick(255, 253, 254)))

    def span(self):
        low, high = sorted([self.host(), self.host()], key=lambda text: ipaddress.ip_address(text))
        return '%s-%s' % (low, high)

    def ports(self):
        port = self.random.choice(PORTS)
        return self.pick(str(port), '%d:%d' % (port, port + 2), ':%d' % port, '%d:' % port)

    def negation(self):
        return '! ' if self.chance(.25) else ''

    def transport(self):
        protocol = self.pick(TCP, TCP, UDP, UDP, SCTP)
        name = NAMES[protocol]
        words = ' -p %s' % name
        if self.chance(.4):
            listed = ','.join(str(port) for port in sorted(self.random.sample(PORTS, 3)))
            return words + ' -m multiport %s--%s %s' % (
                self.negation(), self.pick('dports', 'sports', 'ports'), listed)
        words += ' -m %s' % name
        for option in ('--sport', '--dport'):
            if self.chance(.5):
                words += ' %s%s %s' % (self.negation(), option, self.ports())
        if protocol == TCP and self.chance(.3):
            words += self.pick(' --syn', ' ! --syn', ' --tcp-flags ALL SYN',
                               ' ! --tcp-flags SYN,ACK ACK', ' --tcp-flags FIN,RST NONE')
        return words

    def service(self):
        choice = self.random.random()
        if choice < .6:
            return self.transport()
        if choice < .75:
            return ' -p icmp -m icmp %s--icmp-type %s' % (self.negation(),
                                                         self.pick('8', '13', '3', 'any'))
        if choice < .8:
            return ' -p icmp -m icmp --icmp-type %s' % self.pick('3/1', '8/0', 'echo-request')
        return ' %s-p %s' % (self.negation(), self.pick('tcp', 'udp', '89', '47', 'icmp'))

    def net(self):
        return '%s/%d' % (self.host(), self.pick(8, 16, 24, 29, 30, 31, 32))

    def port_element(self):
        return '%s:%d' % (self.pick('tcp', 'udp', 'sctp'), self.random.choice(PORTS))

    def random_sets(self):
        """As `ipset restore` takes them; an element may be there already."""
        make = {
            'hosts hash:ip': self.host, 'nets hash:net': self.net,
            'holes hash:net': lambda: self.net() + self.pick('', ' nomatch'),
            'cut hash:ip netmask 29': self.host,
            'span bitmap:ip range 10.0.0.0/16': lambda: '10.0.0.%d' % self.random.randrange(8),
            'ports hash:ip,port': lambda: '%s,%s' % (self.host(), self.port_element()),
            'wired hash:net,iface': lambda: '%s,%s' % (self.net(), self.pick(*WIRES)),
            'both hash:ip,port,net': lambda: '%s,%s,%s' % (self.host(), self.port_element(),
                                                           self.net()),
        }
        lines = []
        for kind, element in make.items():
            lines.append('create ' + kind)
            lines += ['add -exist %s %s' % (kind.split()[0], element())
                      for _ in range(self.random.randint(2, 6))]
        return '\n'.join(lines + ['create list list:set', 'add list hosts', 'add list holes', ''])

    def asks_set(self):
        name = self.pick('holes', 'list', *SETS)
        sides = [self.pick('src', 'dst') for _ in range(SETS[name])]
        if self.chance(.1):
            sides.pop()
        return ' -m set %s--match-set %s %s' % (self.negation(), name,
                                                ','.join(sides or ['src']))

    def conditions(self, without=''):
        words = ''
        for option in '-s', '-d':
            if option != without and self.chance(.4):
                words += ' %s%s %s' % (self.negation(), option, self.addresses())
        for option in '-i', '-o':
            if self.chance(.25):
                words += ' %s%s %s' % (self.negation(), option,
                                       self.pick(*WIRES, 'eth+', '+' if words[-1:] else 'lan+'))
        words = words.replace('! -i +', '-i +').replace('! -o +', '-o +')
        if self.chance(.6):
            words += self.service()
        if self.chance(.2):
            words += ' -m iprange %s--%s-range %s' % (self.negation(), self.pick('src', 'dst'),
                                                      self.span())
        if self.chance(.15):
            words += ' -m %s %s' % (self.pick('state --state', 'conntrack --ctstate'),
                                    self.pick('NEW', 'NEW,ESTABLISHED', 'INVALID', 'RELATED'))
        if self.sets and self.chance(.3):
            words += self.asks_set()
        if self.chance(.1):
            words += self.pick(' -m conntrack --ctdir ORIGINAL', ' -m conntrack ! --ctproto 6',
                               ' -m conntrack --ctorigdst 10.1.0.0/29',
                               ' -m conntrack --ctproto 17 --ctorigdstport 50:90')
        return words

    def rule(self, chain, later, number):
        verb = '-A %s' % chain
        if self.chance(.15) and number > 0:
            verb = '-I %s %s' % (chain, self.random.randint(1, number))
        target = self.pick('-j ACCEPT', '-j DROP', '-j ACCEPT', '-j DROP', '-j RETURN',
                           '-j REJECT', '', *(['-j', '-g'] if later else []))
        if target in ('-j', '-g'):
            target += ' ' + self.random.choice(later)
            if self.chance(.5):
                self.series(verb, target)
                return
        self.lines.append('%s%s %s' % (verb, self.conditions(), target))

    def series(self, verb, target):
        """Lines that lead to one chain and differ in one address."""
        option = self.pick('-s', '-d')
        words = self.conditions(without=option) if self.chance(.5) else ''
        for _ in range(self.random.randint(2, 4)):
            self.lines.append('%s %s %s%s %s' % (verb, option, self.addresses(), words, target))

    # ---- flows ----

    def flow(self):
        """(wire in, source, destination, protocol, ports); a port of 0 is none."""
        source, destination = self.host(), self.host()
        protocol = self.pick(TCP, TCP, UDP, UDP, SCTP, ICMP, 89, 47)
        wire = self.random.choice(WIRES)
        if protocol == ICMP:
            return (wire, source, destination, protocol, self.pick(8, 13, 3, 5, 42),
                    self.pick(0, 1))
        if protocol not in NAMES:
            return wire, source, destination, protocol, 0, 0
        return (wire, source, destination, protocol, self.port(), self.port())

    def port(self):
        if self.chance(.2):
            return self.random.randint(1, 65535)
        return self.random.choice(PORTS) + self.pick(-1, 0, 0, 0, 1, 2, 3)
