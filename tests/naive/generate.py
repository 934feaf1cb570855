# SPDX-License-Identifier: Apache-2.0
"""Random policies that use every construct of the language, and flows at and
around every edge in them. All of it follows from the seed alone."""
import datetime
import ipaddress
import random
import zoneinfo

import meaning as m
from naive import Flow

TIMEZONES = ['America/Chicago', 'Europe/Berlin', 'Asia/Kolkata', 'UTC',
             'Australia/Lord_Howe', 'America/Sao_Paulo', 'Africa/Casablanca']
# A day before to a day after each clock change of those zones in 2026.
CHANGES = ['2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25',
           '2026-04-05', '2026-10-04', '2026-02-15', '2026-03-22']
PORTS = [22, 53, 80, 443, 502, 1502, 4000, 4001, 8000]
PROTOCOL = '''protocol acme "A protocol of the vendor" {
    on tcp 4000, udp 4000-4001
    read    status 1, upload-trend 10-12
    write   set-point 15-16
    control stop 30
    program download 20
    session hello 100
    unit    station 0-9
    object  tank 0-99 on status, set-point
    object  valve 0-9 on set-point, stop
}
'''
SCALARS = ['read', 'write', 'control', 'program', 'other', 'status', 'set-point',
           'function 11', 'function 40', 'any', 'download']


def parameters(pick):
    """A list of operations with parameters that some of them take."""
    stations = 'station %s' % pick('0', '3', '2-5', '0-9', 'none')
    tanks = 'tank %s' % pick('10-20', '15', '0x10-0x20', '0-99', 'none')
    valves = 'valve %s' % pick('0-3', '2', 'none')
    return pick(stations, tanks, 'any, ' + stations, 'read, ' + stations,
                'write, %s, %s' % (stations, tanks), 'write, %s, %s' % (valves, tanks),
                'set-point, %s, %s, %s' % (valves, stations, tanks),
                'read, write, %s, station 7' % stations, 'status, ' + tanks,
                'control, ' + valves, 'any except %s, %s' % (stations, tanks),
                'any except write, ' + tanks, 'read, write except ' + stations,
                'function 15, %s except valve 1' % stations)


def text_of(version, number):
    return str((ipaddress.IPv4Address if version == 4
                else ipaddress.IPv6Address)(number))


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.lines, self.inventory = [], []
        self.zones, self.assets, self.groups = [], [], []
        self.spans = {}      # zone -> its ranges
        self.inhabitants = {'external': []}  # zone -> addresses asked for most
        self.hints = []      # (zones, zones, service text) of each rule
        self.holes = {}      # zone -> ranges nested in it, not its own
        self.levels = {}
        self.edges = set()   # addresses of interest: (version, number)
        self.instants = []
        self.modes = ['startup', 'repair']
        self.schedules = ['shift', 'weekend', 'nightly', 'outage']
        self.timezone = self.random.choice(TIMEZONES)
        self.parameters = self.chance(.3)  # such a policy is mostly about these

    def pick(self, *choices):
        return self.random.choice(choices)

    def some(self, pool, most):
        return self.random.sample(pool, min(len(pool), self.random.randint(1, most)))

    def chance(self, probability):
        return self.random.random() < probability

    def note(self, text):
        version, low, high = m.range_of(text)
        self.edges |= {(version, number) for number in (low, high, low - 1, high + 1,
                                                       self.random.randint(low, high))
                       if 0 < number < (1 << (32 if version == 4 else 128)) - 1}
        return text

    # ---- zones and who is in them ----

    def zone(self, name, subnets, more=''):
        level = self.random.choice(m.LEVELS)
        self.zones.append(name)
        self.levels[name] = level
        self.spans[name] = [m.range_of(self.note(text)) for text in subnets]
        self.holes.setdefault(name, [])
        self.inhabitants[name] = []
        extra = ''
        if self.chance(.3):
            extra += '; intrazone deny'
        if self.chance(.3):
            extra += '; multicast 239.1.%d.0/24' % self.random.randint(1, 2)
        if self.chance(.15):
            extra += ', ff05::%x' % 0x1234 if 'multicast' in extra else (
                '; multicast ff05::1234')
        self.lines.append('zone %s level %s { subnet %s%s%s }' % (
            name, level, ', '.join(subnets), extra, more))

    def make_zones(self):
        for number in range(self.random.randint(3, 5)):
            name = 'zone-%d' % number
            subnets = ['10.%d.0.0/%d' % (number, self.random.randint(20, 28))]
            if self.chance(.6):
                subnets.append('2001:db8:%x::/%d' % (number, self.pick(48, 64, 120)))
            if self.chance(.4):
                subnets.append('10.%d.128.%d-10.%d.129.%d' % (
                    number, self.random.randint(0, 99), number,
                    self.random.randint(100, 255)))
            self.zone(name, subnets)
            if self.chance(.4):
                self.nest(name, subnets[0])

    def nest(self, outer, subnet):
        network = ipaddress.ip_network(subnet)
        prefix = self.random.randint(network.prefixlen + 1, 30)
        inner = self.random.choice([network.network_address,
                                    network.broadcast_address])
        inner = str(ipaddress.ip_network('%s/%d' % (inner, prefix), strict=False))
        self.holes[outer].append(m.range_of(inner))
        self.zone(outer + '-cell', [inner])

    def address_in(self, zone):
        while True:
            version, low, high = self.random.choice(self.spans[zone])
            number = self.random.randint(low + 1, min(high - 1, low + 4000))
            if not m.in_any(self.holes[zone], (version, number)):
                return self.note(text_of(version, number))

    def make_assets(self):
        for number in range(self.random.randint(4, 9)):
            name, zone = 'asset-%d' % number, self.random.choice(self.zones)
            zones = [zone]
            addresses = [self.address_in(zone)]
            if self.chance(.3):
                zones.append(self.random.choice([
                    other for other in self.zones if other != zone]))
                addresses.append(self.address_in(zones[1]))
            for home, address in zip(zones, addresses):
                self.inhabitants[home].append(m.address_of(address))
            if len(set(addresses)) < len(addresses) or any(
                    set(addresses) & set(other[2]) for other in self.assets):
                continue
            role, tag = self.pick('plc', 'hmi'), self.pick(None, 'line-a')
            self.assets.append((name, zones, addresses, {role, tag} - {None}))
            self.write_asset(name, zones, addresses, role, tag)

    def write_asset(self, name, zones, addresses, role, tag):
        if self.chance(.3):
            self.inventory.append((name, zones, addresses, role, tag))
            return
        self.lines.append('asset %s in %s { address %s; role %s%s }' % (
            name, ', '.join(zones), ', '.join(addresses), role,
            '; tag %s' % tag if tag else ''))

    def make_groups(self):
        for number, zone in enumerate(self.some(self.zones, 2)):
            members = self.inside([zone], 3, False)
            name = 'group-%d' % number
            self.lines.append('group %s = %s' % (name, members))
            self.groups.append((name, zone))

    # ---- rules ----

    def literal_in(self, zone):
        address = self.address_in(zone)
        self.inhabitants[zone].append(m.address_of(address))
        return address

    def inside(self, zones, most, wide=True):
        """Endpoints that lie wholly inside some zones."""
        out = []
        for _ in range(self.random.randint(1, most)):
            zone = self.random.choice(zones)
            pool = [zone, self.literal_in(zone)]
            pool += [name for name, homes, _, _ in self.assets
                     if set(homes) <= set(zones)]
            if wide:
                pool += [name for name, home in self.groups if home in zones]
                pool += ['level ' + self.levels[zone], 'any']
                pool += ['@' + tag for _, homes, _, tags in self.assets
                         if set(homes) & set(zones) for tag in sorted(tags)]
            out.append(self.random.choice(pool))
        return ', '.join(dict.fromkeys(out))

    def endpoints(self, zones):
        text = self.inside(zones, 3)
        if self.chance(.2):
            text += ' except ' + self.inside(self.zones, 2)
        return text

    def anywhere(self):
        return self.pick('any', 'external', 'level %s %s' % (
            self.pick('>=', '<=', '<', '>'), self.pick('1', '2', '3', '3.5', '4')),
            'level 1..3', '198.51.100.0/24', '10.0.0.0/8', '239.1.1.0/25',
            self.endpoints(self.zones))

    def operations(self):
        """Never none at all, which would be an error."""
        if self.chance(.8 if self.parameters else .2):
            return parameters(self.pick)
        if self.chance(.3):
            return 'any except ' + ', '.join(self.some(SCALARS[:8], 2))
        if self.chance(.1):
            return 'read, write except status'
        return ', '.join(self.some(SCALARS, 3))

    def service(self):
        if self.parameters and self.chance(.7):
            return 'acme' if self.chance(.3) else 'acme(%s)' % self.operations()
        port = self.random.choice(PORTS)
        return self.pick(
            'tcp %d' % port, 'tcp %d-%d' % (port, port + 10), 'udp %d' % port,
            'udp %d from 1024-65535' % port, 'udp any', 'tcp', 'sctp 2905',
            'icmp echo-request', 'icmp any', 'icmp 3/4', 'icmpv6 any',
            'icmpv6 echo-request', 'proto 89', 'proto 47', 'web', 'acme',
            'acme(%s)' % self.operations(), 'acme(%s)' % self.operations(),
            'acme on tcp 1502', 'acme(%s) on tcp 1502' % self.operations(),
            'any' if self.chance(.3) else 'tcp 80, 443')

    def services(self):
        """A list; `on` takes the transports after it, so it comes last."""
        chosen = {self.service() for _ in range(self.pick(1, 1, 2, 3))}
        return ', '.join(sorted(chosen, key=lambda text: (' on ' in text, text)))

    def modifiers(self):
        out = []
        if self.chance(.25):
            out.append('during ' + ', '.join(self.some(self.schedules, 2)))
        first, last = sorted(self.random.sample(CHANGES, 2))
        if self.chance(.15):
            out.append('from ' + first)
        if self.chance(.15):
            out.append('until ' + last)
        if self.chance(.2):
            out.append('in ' + ', '.join(self.some(self.modes, 2)))
        if self.chance(.1):
            out.append('log; ticket "CHG-%d"' % self.random.randint(1, 99))
        return ' { %s }' % '; '.join(out) if out else ''

    def rule(self, zones_from, zones_to, verb):
        services = self.services()
        self.hints.append((zones_from, zones_to, services))
        return '%s %s -> %s : %s%s' % (verb, self.endpoints(zones_from),
                                       self.endpoints(zones_to), services,
                                       self.modifiers())

    def make_conduits(self):
        for number in range(self.random.randint(2, 5)):
            shuffled = self.random.sample(self.zones, len(self.zones))
            if self.chance(.25):
                left, right = [shuffled[0]], [shuffled[0]]
                head = 'within ' + shuffled[0]
            else:
                cut = self.pick(1, 1, 2) if len(shuffled) > 2 else 1
                left, right = shuffled[:cut], shuffled[cut:cut + self.pick(1, 2)]
                head = 'between %s and %s' % (', '.join(left), ', '.join(right) + (
                    ', external' if self.chance(.2) else ''))
            self.lines.append('conduit conduit-%d %s {' % (number, head))
            for _ in range(self.random.randint(1, 4)):
                ends = [left, right] if self.chance(.5) else [right, left]
                self.lines.append('    ' + self.rule(
                    *ends, self.pick('allow', 'allow', 'allow', 'deny')))
            self.lines.append('}')

    def make_denies(self):
        for _ in range(self.random.randint(0, 2)):
            self.lines.append('deny %s -> %s : %s%s' % (
                self.anywhere(), self.anywhere(), self.services(), self.modifiers()))

    # ---- devices: in a row, side by side, a star, a pair ----

    def make_devices(self):
        faced = [zone for zone in self.zones
                 if not zone.endswith('-cell') or self.chance(.7)] + ['external']
        self.random.shuffle(faced)
        while faced:
            count = self.random.randint(2, 4)
            group, faced = faced[:count], faced[count:]
            self.device('fw-%d' % len(faced), group, faced)
        if self.chance(.3):
            pair = self.random.sample(self.zones, 2)
            cluster = self.pick('', '    cluster pair\n')
            for name in ('side-a', 'side-b'):
                self.write_device(name, [[zone] for zone in pair], cluster)

    def device(self, name, group, rest):
        """Faces its group and one zone of the rest, so that all hang together."""
        faces = [[zone] for zone in group]
        if rest and self.chance(.9):
            faces.append([rest[0]])
        if len(faces) > 2 and self.chance(.2):
            faces[0] += faces.pop()
        if len(faces) > 1:
            self.write_device(name, faces, '')

    def write_device(self, name, faces, more):
        self.lines.append('device %s {\n    platform nftables\n%s%s}' % (
            name, more, ''.join('    interface eth%d faces %s\n' % (
                number, ', '.join(zones)) for number, zones in enumerate(faces))))

    # ---- the whole ----

    def make(self):
        """(policy text, inventory text or '')"""
        self.lines += ['policy "Random %d" { timezone "%s" }' % (
            self.seed, self.timezone), PROTOCOL,
            'service web = tcp 80, 443, tcp 8000-8010',
            'mode startup', 'mode repair "with a reason"',
            'schedule shift { weekly mon-fri 06:00 - 14:00; weekly sun 02:00 - 03:00 }',
            'schedule weekend { weekly sat 22:00 - sun 06:00 }',
            'schedule nightly { daily 23:30 - 02:30 }',
            'schedule outage { on %s 01:30 - 02:30; '
            'on 2026-10-24 22:00 - 2026-10-25 03:00 }'
            % self.random.choice(CHANGES)]
        self.make_zones()
        self.make_assets()
        self.make_groups()
        self.make_conduits()
        self.make_denies()
        self.make_devices()
        if self.inventory:
            self.lines.append('inventory "assets.yaml"')
        return '\n'.join(self.lines) + '\n', self.inventory_text()

    def inventory_text(self):
        if not self.inventory:
            return ''
        out = ['assets:']
        for name, zones, addresses, role, tag in self.inventory:
            out += ['  %s:' % name,
                    '    zone: [%s]' % ', '.join(zones),
                    '    address: [%s]' % ', '.join('"%s"' % a for a in addresses),
                    '    role: ' + role]
            out += ['    tag: ' + tag] if tag else []
        return '\n'.join(out) + '\n'

    # ---- flows ----

    def moments(self, count):
        """(instant, mode): at hours and clock changes, one second before, and
        at random."""
        zone = zoneinfo.ZoneInfo(self.timezone)
        out = []
        for _ in range(count):
            day = datetime.date.fromisoformat(self.random.choice(CHANGES))
            day += datetime.timedelta(days=self.random.randint(-1, 1))
            half_hours = self.pick(0, 2, 3, 4, 5, 6, 12, 28, 44, 47)
            moment = datetime.datetime(day.year, day.month, day.day, half_hours // 2,
                                       30 * (half_hours % 2), tzinfo=zone,
                                       fold=self.pick(0, 1))
            shift = self.pick(0, -1, 1, self.random.randint(-10**5, 10**5))
            out.append((int(moment.timestamp()) + shift,
                        self.random.choice(self.modes + [None, None])))
        return out

    def flow(self, moment):
        if self.hints and self.chance(.6):
            return self.likely_flow(moment)
        edges = self.sorted_edges
        source = self.random.choice(edges)
        same = self.by_version[source[0]]
        destination = self.random.choice(same)
        if self.chance(.06):
            destination = m.address_of(self.pick(
                '239.1.1.1', '239.1.1.200', '239.1.2.255', '239.7.7.7',
                '255.255.255.255', '224.0.0.251', '169.254.1.1')
                if source[0] == 4 else self.pick('ff05::1234', 'ff05::1235', 'fe80::1'))
        protocol, sport, dport = self.header(source[0])
        return Flow(source, destination, protocol, sport, dport, self.content(),
                    *moment)

    def likely_flow(self, moment):
        """Between the zones of a rule, by a service of it, near its edges."""
        left, right, services = self.random.choice(self.hints)
        sources = self.pick_place(self.random.choice(left), None)
        source = self.random.choice(sources)
        destination = self.random.choice(
            self.pick_place(self.random.choice(right), source[0]))
        protocol, sport, dport = self.header_of(services, source[0])
        content = self.content()
        return Flow(source, destination, protocol, sport, dport, content, *moment)

    def pick_place(self, zone, version):
        pool = [address for address in self.inhabitants[zone]
                if version in (None, address[0])]
        return pool or [address for address in self.sorted_edges
                        if version in (None, address[0])]

    def header_of(self, services, version):
        words = self.random.choice(services.split(', ')).split()
        if words[-2:-1] == ['tcp'] and words[-1].isdigit():
            return 6, 40000, int(words[-1])
        if words[0].startswith('acme'):
            return self.pick((6, 40000, 4000), (6, 40000, 4000), (17, 40000, 4001),
                             (6, 40000, 1502))
        if words[0] == 'udp' and words[1:] and words[1].isdigit():
            return 17, self.pick(1023, 1024, 40000), int(words[1])
        if words[0] == 'icmp' and version == 4:
            return self.pick((1, 8, 0), (1, 3, 4), (1, 3, 5))
        if words[0] == 'icmpv6' and version == 6:
            return 58, 128, 0
        if words[0] == 'proto':
            return int(words[1]), 0, 0
        return self.pick((6, 40000, 80), (6, 40000, 8010), self.header(version))

    def header(self, version):
        kind = self.random.random()
        port = self.random.choice(PORTS + [8010, 2905, 1512])
        port += self.pick(0, 0, 0, -1, 1)
        sport = self.pick(0, 1023, 1024, 40000, 65535)
        if kind < .6:
            return 6, sport, port
        if kind < .8:
            return 17, sport, port
        if kind < .85:
            return 132, sport, 2905
        if kind < .93:
            return ((1, self.pick(0, 3, 8), self.pick(0, 4)) if version == 4
                    else (58, self.pick(128, 129, 1), 0))
        return self.pick(89, 47, 50, 88), 0, 0

    def content(self):
        if self.chance(.4):
            return None
        function = self.pick(0, 1, 2, 9, 10, 11, 12, 13, 15, 16, 20, 30, 40, 99, 100, 101,
                             65535)
        if self.chance(.25):
            return m.Content('other-protocol', function)
        station = None if function == 100 else ('station', self.pick(0, 1, 2, 3, 5, 6, 7, 9))
        things = [None]
        if function in (1, 15, 16):
            things += [('tank', self.pick(0, 9, 10, 15, 16, 20, 21, 32, 33, 99))] * 2
        if function in (15, 16, 30):
            things += [('valve', self.pick(0, 1, 2, 3, 4, 9))] * 2
        return m.Content('acme', function, self.pick(None, station, station, station),
                         self.random.choice(things))

    def flows(self, moment, count):
        if not self.edges:
            self.make()
        self.note('192.0.2.7')
        self.note('2001:db8:ffff::7')
        self.sorted_edges = sorted(self.edges)
        self.by_version = {version: [edge for edge in self.sorted_edges
                                     if edge[0] == version] for version in (4, 6)}
        return [self.flow(moment) for _ in range(count)]
