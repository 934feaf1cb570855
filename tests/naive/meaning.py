# SPDX-License-Identifier: Apache-2.0
"""The parts of a policy and what each says about one flow: addresses,
endpoints, services, times. Written from LANGUAGE.md and language-corners.md
alone; no set algebra, every question is about one address, port or instant."""
import collections
import datetime
import ipaddress
import zoneinfo

from source import SourceError

LEVELS = ['0', '1', '2', '3', '3.5', '4', '5']
CLASSES = ('read', 'write', 'control', 'program', 'other')
TRANSPORTS = {'tcp': 6, 'udp': 17, 'sctp': 132, 'dccp': 33, 'udplite': 136}
ICMP, ICMPV6 = 1, 58
ICMP_NAMES = {
    ICMP: {'echo-reply': 0, 'destination-unreachable': 3, 'redirect': 5,
           'echo-request': 8, 'router-advertisement': 9,
           'router-solicitation': 10, 'time-exceeded': 11,
           'parameter-problem': 12, 'timestamp-request': 13,
           'timestamp-reply': 14},
    ICMPV6: {'destination-unreachable': 1, 'packet-too-big': 2,
             'time-exceeded': 3, 'parameter-problem': 4,
             'echo-request': 128, 'echo-reply': 129},
}
DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
EXTERNAL = 'external'


# ---- addresses: (version, number); ranges: (version, first, last) ----

def address_of(text):
    address = ipaddress.ip_address(text)
    return address.version, int(address)


def range_of(text):
    if '/' in text:
        network = ipaddress.ip_network(text)
        return (network.version, int(network.network_address),
                int(network.broadcast_address))
    if '-' in text:
        first, last = map(address_of, text.split('-'))
        return first[0], first[1], last[1]
    version, number = address_of(text)
    return version, number, number


def holds(span, address):
    return span[0] == address[0] and span[1] <= address[1] <= span[2]


def looks_like_address(word):
    return ':' in word or word[0].isdigit()


GROUPS = [range_of('224.0.0.0/4'), range_of('ff00::/8')]
LINK_LOCAL = [range_of('169.254.0.0/16'), range_of('fe80::/10')]
UNSPECIFIED = [range_of('0.0.0.0'), range_of('::')]
BROADCAST = address_of('255.255.255.255')
# What no router forwards, not even inside a zone that two of its interfaces face.
LINK = LINK_LOCAL + [range_of('224.0.0.0/24'), range_of('ff02::/16'),
                     range_of('255.255.255.255')]


def in_any(spans, address):
    return any(holds(span, address) for span in spans)


# ---- zones ----

class Zone:
    def __init__(self, name):
        self.name, self.level = name, None
        self.subnets, self.multicast, self.vlans = [], [], []
        self.broadcasts = set()
        self.intrazone_deny = False

    def add_subnet(self, text):
        span = range_of(text)
        self.subnets.append(span)
        if '/' in text and span[0] == 4 and span[2] - span[1] >= 3:
            self.broadcasts.add((4, span[2]))


def read_zone(words):
    zone = Zone(words.next())
    if words.take('level'):
        zone.level = LEVELS.index(words.next())
    words.end()
    for line in words.block or []:
        key = line.next()
        if key == 'subnet':
            for text in line.names():
                zone.add_subnet(text)
        elif key == 'multicast':
            zone.multicast += map(range_of, line.names())
        elif key == 'vlan':
            zone.vlans += map(int, line.names())
        elif key == 'intrazone':
            zone.intrazone_deny = line.next() == 'deny'
    return zone


class Asset:
    def __init__(self, name, addresses, tags):
        self.name, self.addresses, self.tags = name, addresses, tags


def read_asset(words):
    asset = Asset(words.next(), set(), set())
    for line in words.block or []:
        key = line.next()
        if key == 'address':
            asset.addresses |= set(map(address_of, line.names()))
        elif key in ('role', 'tag'):
            asset.tags |= set(line.names())
    return asset


def read_record(record):
    """The same from an inventory: one value, or a list of them, a key."""
    def values(*keys):
        out = []
        for key in keys:
            value = record.get(key, [])
            out += value if isinstance(value, list) else value.split(',')
        return {value.strip() for value in out}
    return Asset(record['name'], set(map(address_of, values('address', 'addresses'))),
                 values('role', 'roles', 'tag', 'tags'))


# ---- endpoints ----

def read_endpoint(words):
    if words.take('@'):
        return 'tag', words.next()
    word = words.next()
    if word in ('any', 'external'):
        return word, None
    if word == 'level':
        sign = words.next() if words.peek() in ('>=', '<=', '>', '<') else None
        text = words.next()
        if '..' in text:
            low, high = map(LEVELS.index, text.split('..'))
        else:
            low = high = LEVELS.index(text)
        ranges = {None: (low, high), '>=': (low, 6), '<=': (0, low),
                  '>': (low + 1, 6), '<': (0, low - 1)}
        return 'level', ranges[sign]
    if looks_like_address(word):
        return 'address', range_of(word)
    return 'name', word


def read_endpoints(words):
    """(what is included, what is excepted)"""
    included = words.list_of(read_endpoint)
    excepted = words.list_of(read_endpoint) if words.take('except') else []
    return included, excepted


# ---- services ----

# What a flow carries. A unit and an object are (a parameter's name, its value), or
# None where there is none, none told, or none that the protocol has a name for.
Content = collections.namedtuple('Content', 'protocol function unit object',
                                 defaults=(None, None))


class Match:
    """One line of a service: which headers, and which content."""

    def __init__(self, protocol=None, version=None):
        self.protocol, self.version = protocol, version
        self.ports = self.sources = [(0, 65535)]  # ICMP: codes and types
        self.content = None      # an industrial protocol's name
        self.operations = None   # and the test its functions must pass
        self.link_layer = False

    def header(self, version, protocol, source, port):
        return (not self.link_layer
                and self.protocol in (None, protocol)
                and self.version in (None, version)
                and any(low <= port <= high for low, high in self.ports)
                and any(low <= source <= high for low, high in self.sources))

    def carries(self, content, allow, protocols):
        """True if it matches a flow of that content, None being plain."""
        if self.content is None:
            return True
        if content is None or content[0] != self.content:
            return False
        if self.operations is None:
            return True
        if protocols[content[0]].class_of(content[1]) == 'session':
            return allow
        return self.operations(content)


class Protocol:
    def __init__(self, name):
        self.name, self.on, self.functions, self.names = name, [], [], {}
        self.parameters = {}

    def class_of(self, function):
        for kind, low, high in self.functions:
            if low <= function <= high:
                return kind
        return 'other'

    def named(self, name, function):
        low, high = self.names[name]
        return low <= function <= high

    def takes(self, parameter, function):
        """Housekeeping takes none, of the rest all or those that the table names."""
        _, _, _, functions = self.parameters[parameter]
        if functions is None:
            return self.class_of(function) != 'session'
        return any(self.named(name, function) for name in functions)

    def taken(self, dimension, function):
        return [name for name, row in self.parameters.items()
                if row[0] == dimension and self.takes(name, function)]


def numbers_of(text):
    low, _, high = text.partition('-')
    return int(low, 0), int(high or low, 0)


def read_protocol(words):
    protocol = Protocol(words.next())
    for line in words.block or []:
        kind = line.next()
        if kind == 'on':
            protocol.on += read_transports(line)
            continue
        rows = {}
        while line.peek() not in (None, 'on'):
            name = line.next()
            rows[name] = numbers_of(line.next())
            line.take(',')
        if kind in ('unit', 'object'):
            functions = line.names() if line.take('on') else None
            for name, row in rows.items():
                protocol.parameters[name] = (kind, *row, functions)
            continue
        protocol.functions += [(kind, *row) for row in rows.values()]
        protocol.names.update(rows)
    return protocol


def ports_of(text):
    if text == 'any':
        return 0, 65535
    low, _, high = text.partition('-')
    return int(low), int(high or low)


def is_number(word):
    return word is not None and word[0].isdigit()


def read_transport(words, number):
    """`tcp`, `tcp any`, `tcp 80, 443`, `udp 53 from 1024-65535`"""
    match = Match(number)
    if words.take('any'):
        pass
    elif is_number(words.peek()):
        match.ports = [ports_of(words.next())]
    if words.take('from'):
        match.sources = [ports_of(words.next())]
    return match


def read_icmp(words, number):
    match = Match(number, 4 if number == ICMP else 6)
    if words.take('any') or words.peek() in (None, ',', ')'):
        return match
    kind, _, code = words.next().partition('/')
    kind = ICMP_NAMES[number].get(kind, kind)
    match.sources = [(int(kind), int(kind))]
    if code:
        match.ports = [(int(code), int(code))]
    return match


def read_transports(words):
    """A list of transports and ethertypes, as after `on`."""
    out, transport = [], None
    while True:
        if words.take('ethertype'):
            words.next()
            out.append(link_layer_match())
        else:
            if not is_number(words.peek()):
                transport = TRANSPORTS[words.next()]
            out.append(read_transport(words, transport))
        after = words.peek(1)
        if words.peek() != ',' or not (is_number(after) or after in TRANSPORTS
                                       or after == 'ethertype'):
            return out
        words.next()


def link_layer_match():
    match = Match()
    match.link_layer = True
    return match


class Operations:
    """A list of operations: a test of contents."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.functions, self.numbers = [], set()
        self.parameters = []  # (name, low, high), or (name, None, None) for `none`

    def read(self, words):
        word, after = words.next(), words.peek()
        if word == 'function':
            only = int(words.next(), 0)
            self.numbers.add(only)
            self.functions.append(lambda number: number == only)
        elif after == 'none':
            words.next()
            self.parameters.append((word, None, None))
        elif is_number(after):
            self.parameters.append((word, *numbers_of(words.next())))
        elif word == 'any':
            self.functions.append(lambda number: True)
        elif word in CLASSES:
            self.functions.append(
                lambda number: self.protocol.class_of(number) == word)
        else:
            self.functions.append(lambda number: self.protocol.named(word, number))

    def fits(self, dimension, function, value):
        """One of the parameters given of a dimension, if any are."""
        given = [each for each in self.parameters
                 if self.protocol.parameters[each[0]][0] == dimension]
        return not given or any(
            self.protocol.takes(name, function) and (
                value is None if low is None
                else value is not None and value[0] == name and low <= value[1] <= high)
            for name, low, high in given)

    def __call__(self, content):
        return ((not self.functions or any(test(content.function)
                                           for test in self.functions))
                and self.fits('unit', content.function, content.unit)
                and self.fits('object', content.function, content.object))


def read_list(words, protocol):
    operations = Operations(protocol)
    words.list_of(operations.read)
    return operations


def read_operations(words, protocol):
    included = read_list(words, protocol)
    excepted = read_list(words, protocol) if words.take('except') else None
    words.need(')')

    def test(content):
        return included(content) and not (excepted and excepted(content))
    lists = [included, excepted] if excepted else [included]
    test.edges = set().union(*(each.numbers for each in lists))
    test.parameters = [row for each in lists for row in each.parameters]
    return test


def read_services(words, services, protocols):
    """The matches of a service list; stops where the list does."""
    out, transport = [], None
    while True:
        if is_number(words.peek()):
            out.append(read_transport(words, transport))
        else:
            word = words.next()
            if word == 'any':
                out.append(Match())
            elif word in TRANSPORTS:
                transport = TRANSPORTS[word]
                out.append(read_transport(words, transport))
            elif word in ('icmp', 'icmpv6'):
                out.append(read_icmp(words, ICMP if word == 'icmp' else ICMPV6))
            elif word == 'proto':
                out.append(Match(int(words.next())))
            elif word == 'ethertype':
                words.next()
                out.append(link_layer_match())
            elif word in protocols:
                out += read_industrial(words, protocols[word])
            else:
                out += services(word)
        if words.peek() == ',' and words.peek(1) is not None:
            words.next()
            continue
        return out


def read_industrial(words, protocol):
    test = read_operations(words, protocol) if words.take('(') else None
    ports = read_transports(words) if words.take('on') else protocol.on
    out = []
    for port in ports:
        match = Match(port.protocol, port.version)
        match.ports, match.sources = port.ports, port.sources
        match.link_layer = port.link_layer
        match.content, match.operations = protocol.name, test
        out.append(match)
    return out


# ---- time ----

def date_of(text):
    return datetime.date.fromisoformat(text)


def minutes_of(text):
    hours, minutes = map(int, text.split(':'))
    return 60 * hours + minutes


class Clock:
    """The wall clock of a time zone."""

    def __init__(self, name):
        self.zone = zoneinfo.ZoneInfo(name)

    def reading(self, instant):
        """(date, seconds of the day by the hands)"""
        local = datetime.datetime.fromtimestamp(instant, self.zone)
        return local.date(), 3600 * local.hour + 60 * local.minute + local.second


DAY, WEEK = 86400, 7 * 86400


def read_window(words):
    """A test of (date, second of the day)."""
    kind = words.next()
    if kind == 'daily':
        start, end = read_hours(words)
        return lambda date, second: between(start, end, second, DAY)
    if kind == 'weekly':
        return read_weekly(words)
    if kind == 'on':
        return read_dated(words)
    raise SourceError('schedule: %s' % kind)


def read_hours(words):
    start = 60 * minutes_of(words.next())
    words.need('-')
    return start, 60 * minutes_of(words.next())


def between(start, end, now, cycle):
    """Half open, around the end of the cycle if it must."""
    length = (end - start) % cycle or (cycle if end != start else 0)
    return (now - start) % cycle < length


def read_weekly(words):
    days = []
    for text in words.names():
        first, _, last = text.partition('-')
        first, last = DAYS.index(first), DAYS.index(last or first)
        days += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    start = 60 * minutes_of(words.next())
    words.need('-')
    if words.peek() in DAYS:
        to = DAYS.index(words.next()) * DAY + 60 * minutes_of(words.next())
        spans = [(days[0] * DAY + start, to)]
    else:
        end = 60 * minutes_of(words.next())
        end += 0 if end > start else DAY
        spans = [(day * DAY + start, day * DAY + end) for day in days]

    def test(date, second):
        now = date.weekday() * DAY + second
        return any(between(low, high, now, WEEK) for low, high in spans)
    return test


def read_dated(words):
    first = last = date_of(words.next())
    start, end = 0, DAY
    if words.peek() is not None:
        start = 60 * minutes_of(words.next())
        words.need('-')
        if '-' in words.peek():
            last = date_of(words.next())
        end = 60 * minutes_of(words.next())
    return lambda date, second: (first, start) <= (date, second) and (
        (date - last).days * DAY + second < end)
