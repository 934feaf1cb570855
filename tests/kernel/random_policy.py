# SPDX-License-Identifier: Apache-2.0
"""Random policies for one router, and flows at and around every edge in them.
All of it follows from the seed. Each zone lies behind one known interface, so
that where a source belongs is told without the program under test."""
import ipaddress
import random

TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
PORTS = [22, 53, 80, 443, 8000]
OTHERS = [47, 50, 89, 103]
# What ICMP is full of: requests, answers, errors and what is none of these.
TYPES = {ICMP: [8, 13, 15, 17, 0, 14, 3, 11, 5, 9, 42],
         ICMPV6: [128, 139, 129, 1, 2, 3, 130, 133, 137, 143, 144]}
FAR = ['198.51.100.7', '203.0.113.0', '9.255.255.255', '2001:db8::7']


class RandomPolicy:
    CONDUITS = 2, 5       # from so many to so many

    def __init__(self, seed, target='nftables'):
        self.target = target
        self.random = random.Random(seed)
        self.lines = ['policy "Random %d" {}' % seed]
        self.zones = {}       # name -> its networks, nested ones not taken out
        self.wire_of = {}     # name -> interface, 'external' too
        self.assets = {}      # zone -> names
        self.edges = {'external': []}
        self.rules = []       # (zones, zones, services), to aim at
        self.make_zones()
        self.make_assets()
        self.make_conduits()
        self.make_denies()
        self.make_device()
        self.all_edges = sorted({edge for edges in self.edges.values()
                                 for edge in edges}, key=int)
        self.text = '\n'.join(self.lines) + '\n'

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    # ---- the policy ----

    def note(self, zone, first, last):
        kind, low, high = type(first), int(first), int(last)
        self.edges[zone] += [kind(number) for number in (
            low, high, low - 1, high + 1,
            *(self.random.randint(low, high) for _ in range(5)))]

    def zone(self, name, networks, interface):
        self.zones[name] = [ipaddress.ip_network(text) for text in networks]
        self.edges[name], self.assets[name] = [], []
        for network in self.zones[name]:
            self.note(name, network[0], network[-1])
        self.wire_of[name] = interface
        self.lines.append('zone %s level %s { subnet %s }' % (
            name, self.pick('1', '2', '3', '3.5', '4'), ', '.join(networks)))

    def make_zones(self):
        count = self.random.randint(3, 4)
        for number in range(count):
            networks = ['10.%d.0.0/%d' % (number + 1, self.pick(24, 25, 30, 20)),
                        'fd00:%x::/%d' % (number + 1, self.pick(64, 126, 48))]
            if self.chance(.3):
                networks.append('172.16.%d.64/27' % number)
            self.zone('z%d' % number, networks, 'eth%d' % number)
        self.zone('cell', ['10.1.0.0/31', 'fd00:1::/127'],
                  self.pick('eth0', 'eth%d' % count))
        self.unfaced = self.wire_of['cell'] == 'eth0'
        if self.chance(.7):
            self.wire_of['external'] = 'ext0'
        self.edges['external'] = [ipaddress.ip_address(text) for text in FAR]

    def owned(self, zone):
        """A random address of the zone's own."""
        while True:
            network = self.random.choice(self.zones[zone])
            address = network[self.random.randrange(min(network.num_addresses, 1 << 20))]
            if self.zone_of(address) == zone:
                return address

    def zone_of(self, address):
        best = [(network.prefixlen, name) for name, networks in self.zones.items()
                for network in networks
                if network.version == address.version and address in network]
        return max(best)[1] if best else 'external'

    def make_assets(self):
        taken = set()
        for zone in self.zones:
            for number in range(self.random.randint(1, 3)):
                address = self.owned(zone)
                if address in taken:
                    continue
                taken.add(address)
                name = 'host-%s-%d' % (zone, number)
                self.assets[zone].append(name)
                self.note(zone, address, address)
                self.lines.append('asset %s in %s { address %s }' % (
                    name, zone, address))

    def endpoint(self, zone):
        if zone == 'external':
            return zone
        hosts = self.assets[zone]
        own = self.owned(zone)
        choice = self.random.random()
        if choice < .6 or not hosts:
            return zone
        if choice < .7:
            return self.random.choice(hosts)
        if choice < .85:
            return '%s except %s' % (zone, self.random.choice(hosts))
        self.note(zone, own, own)
        return str(own)

    def endpoints(self, zones):
        """`except` binds to the whole list, so at most one has it, the last."""
        parts = sorted({self.endpoint(zone) for zone in zones},
                       key=lambda part: ('except' in part, part))
        plain = [part for part in parts if 'except' not in part]
        return ', '.join(plain + parts[len(plain):][:1])

    def service(self):
        port = self.random.choice(PORTS)
        return self.pick(
            'tcp %d' % port, 'tcp %d-%d' % (port, port + 10), 'udp %d' % port,
            'udp %d from 1024-65535' % port, 'udp any', 'tcp any', 'sctp 2905',
            'icmp echo-request', 'icmp any', 'icmp 13/0', 'icmp 9', 'icmp 3/1',
            'icmpv6 any', 'icmpv6 echo-request', 'icmpv6 144', 'icmpv6 1/4', 'proto 89', 'proto 47', 'udp 53',
            'tcp %d from 2000' % port, *(['any'] if self.chance(.3) else []))

    def rule(self, verb, left, right):
        services = ', '.join(sorted({self.service() for _ in range(self.pick(1, 2, 3))}))
        self.rules.append((left, right, services))
        self.lines.append('    %s %s -> %s : %s' % (
            verb, self.endpoints(left), self.endpoints(right), services))

    def make_conduits(self):
        names = list(self.zones)
        for number in range(self.random.randint(*self.CONDUITS)):
            self.random.shuffle(names)
            left, right = names[:self.pick(1, 2)], names[2:2 + self.pick(1, 2)]
            if self.chance(.3):
                right = right + ['external']
            self.lines.append('conduit c%d between %s and %s {' % (
                number, ', '.join(left), ', '.join(right)))
            for _ in range(self.random.randint(2, 5)):
                ends = [left, right] if self.chance(.6) else [right, left]
                self.rule('deny' if self.chance(.15) else 'allow', *ends)
            self.lines.append('}')

    def make_denies(self):
        for _ in range(self.random.randint(0, 2)):
            ends = [[self.random.choice(list(self.zones))] for _ in range(2)]
            self.rule('deny', *ends)
            if self.chance(.3):
                self.lines.append('deny any -> %s : %s' % (
                    self.endpoints(ends[1]), self.service()))

    def make_device(self):
        faces = {}
        for zone, interface in self.wire_of.items():
            if zone != 'cell' or not self.unfaced:
                faces.setdefault(interface, []).append(zone)
        self.lines += ['device fw {', '    platform ' + self.target]
        self.lines += ['    interface %s faces %s' % (interface, ', '.join(zones))
                       for interface, zones in faces.items()]
        self.lines.append('}')

    def routes(self, interface):
        """The prefixes behind an interface."""
        out = [str(network) for zone, networks in self.zones.items()
               for network in networks if self.wire_of[zone] == interface]
        return out + (['0.0.0.0/0', '::/0'] if interface == 'ext0' else [])

    def interfaces(self):
        return list(dict.fromkeys(self.wire_of.values()))

    # ---- flows ----

    def flow(self):
        """(source, destination, protocol, ports), most of them near a rule."""
        left, right, services = self.random.choice(self.rules)
        near = self.chance(.85)
        sources = self.edges[self.random.choice(left)] if near else self.all_edges
        source = self.random.choice(sources)
        targets = self.edges[self.random.choice(right)] if near else self.all_edges
        targets = [one for one in targets if one.version == source.version]
        if not targets:
            return self.flow()
        service = self.random.choice(services.split(', ')) if near else self.service()
        return (source, self.random.choice(targets),
                *self.header(service.split(), source.version))

    def port_of(self, text):
        if text == 'any':
            return self.random.choice(PORTS)
        low, _, high = text.partition('-')
        return self.pick(int(low), int(high or low)) + self.pick(0, 0, 0, -1, 1)

    def icmp(self, protocol):
        kind = self.pick(*TYPES[protocol], self.random.randrange(256))
        return protocol, kind, self.pick(0, 0, 0, 1, 255, self.random.randrange(256))

    def header(self, words, version):
        sport = self.pick(1, 1023, 1024, 1999, 2000, 2001, 40000, 65535,
                          self.random.randint(1, 65535))
        if words[0] in ('tcp', 'udp', 'sctp') and self.chance(.9):
            number = {'tcp': TCP, 'udp': UDP, 'sctp': SCTP}[words[0]]
            return number, sport, min(self.port_of(words[1]), 65535)
        if words[0] in ('icmp', 'icmpv6') and self.chance(.9):
            return self.icmp(ICMP if version == 4 else ICMPV6)
        if words[0] == 'proto' and self.chance(.9):
            return int(words[1]), 0, 0
        if self.chance(.2):
            return self.random.choice(OTHERS), 0, 0
        return self.pick(TCP, UDP), sport, self.random.randint(1, 65535)
