# SPDX-License-Identifier: Apache-2.0
"""The second opinion on meaning: judges one flow by asking every rule about it.

Written from LANGUAGE.md and language-corners.md alone, to be read by whoever
audits the program. A rule is a bit of an integer. For each part of a flow (its
source, its destination at a zone, its pair of zones, its header, its content,
its instant and mode) a function gives the bits of the rules that the part
fits; the answers are remembered, for the same addresses and ports come again.
The rules a flow matches are those in all of them."""
import collections
import datetime
import functools

import meaning as m
from source import SourceError, Words, load_statements, statements_of, tokens_of

Flow = collections.namedtuple(
    'Flow', 'source destination protocol sport dport content instant mode sender',
    defaults=(None, 0, None, None))
UNKNOWN = None  # the one zone of a sender that nothing tells


class Rule:
    def __init__(self, allow, conduit):
        self.allow, self.conduit = allow, conduit
        self.source = self.destination = None
        self.matches = []
        self.plain = True        # no line of its services lists operations
        self.first = self.last = None
        self.schedules, self.modes = [], []
        self.label, self.name = '', None


class Conduit:
    def __init__(self, left, right, within):
        self.left, self.right, self.within = left, right, within

    def crosses(self, start, end):
        if self.within:
            return start == end and start in self.left
        return ((start in self.left and end in self.right)
                or (start in self.right and end in self.left))

    def has(self, zone):
        return zone in self.left or zone in self.right


class Device:
    def __init__(self, name):
        self.name, self.cluster, self.interfaces = name, None, {}
        self.inspects, self.monitors = False, False


class Policy:
    """A policy read from its files; see judge() and admits()."""

    def __init__(self, path, prelude):
        self.zones, self.assets, self.groups = {}, {}, {}
        self.service_words, self.protocols = {}, {}
        self.schedules, self.rules, self.devices = {}, [], []
        self.conduits = {}
        self.asserts = []        # statements, as they come
        self.clock = None
        self.later = []
        statements, records = load_statements(path)
        for statement in statements_of(tokens_of(prelude))[0] + statements:
            self.declare(statement)
        for record in records:
            asset = m.read_record(record)
            self.assets[asset.name] = asset
        for statement in self.later:
            self.read_rules(statement)
        self.contents = self.representative_contents()
        self.remember()

    def remember(self):
        """Caches, one a question; each policy has its own."""
        for name in ('zone_of', 'locations', 'source_bits', 'destination_bits',
                     'pair_bits', 'header_bits', 'content_bits', 'active_bits',
                     'pairs_on_paths', 'nodes', 'around'):
            setattr(self, name, functools.lru_cache(None)(getattr(self, name)))
        self.allows = sum(1 << n for n, rule in enumerate(self.rules) if rule.allow)
        self.lists_operations = sum(1 << n for n, rule in enumerate(self.rules)
                                    if not rule.plain)

    # ---- reading ----

    def declare(self, words):
        kind = words.next()
        if kind == 'zone':
            zone = m.read_zone(words)
            self.zones[zone.name] = zone
        elif kind == 'asset':
            asset = m.read_asset(words)
            self.assets[asset.name] = asset
        elif kind == 'group':
            name = words.next()
            words.need('=')
            self.groups[name] = m.read_endpoints(words)
        elif kind == 'service':
            self.service_words[words.next()] = words
        elif kind == 'protocol':
            protocol = m.read_protocol(words)
            self.protocols[protocol.name] = protocol
        elif kind == 'schedule':
            self.schedules[words.next()] = list(map(m.read_window, words.block))
        elif kind == 'policy':
            for line in words.block or []:
                if line.take('timezone'):
                    self.clock = m.Clock(line.next())
        elif kind in ('conduit', 'allow', 'deny', 'device'):
            words.at = 0
            self.later.append(words)
        elif kind == 'assert':
            self.asserts.append(words)
        elif kind not in ('mode', 'exception'):
            raise SourceError('statement %s' % kind)

    def services(self, name):
        """The matches of a named service."""
        if name not in self.service_words:
            raise SourceError('no service %s' % name)
        words = Words(self.service_words[name].words[2:])
        while words.peek() != '=':
            words.next()
        words.need('=')
        return m.read_services(words, self.services, self.protocols)

    def read_rules(self, words):
        if words.take('device'):
            self.devices.append(self.read_device(words))
        elif words.take('conduit'):
            name = words.next()
            within = words.take('within')
            if not within:
                words.need('between')
            left = self.read_side(words)
            right = set() if within else words.need('and') or self.read_side(words)
            conduit = self.conduits[name] = Conduit(left, right, within)
            for line in words.block or []:
                if line.peek() in ('allow', 'deny'):
                    self.rules.append(self.read_rule(line, conduit))
        else:
            self.rules.append(self.read_rule(words, None))

    def read_side(self, words):
        return {name for name in words.names()}

    def read_rule(self, words, conduit):
        rule = Rule(words.next() == 'allow', conduit)
        rule.label = ' '.join(words.words)
        rule.source = m.read_endpoints(words)
        words.need('->')
        rule.destination = m.read_endpoints(words)
        words.need(':')
        rule.matches = m.read_services(words, self.services, self.protocols)
        words.end()
        for line in words.block or []:
            self.read_modifier(line, rule)
        if not rule.allow and len({bool(x.operations) for x in rule.matches}) > 1:
            return self.split(rule)
        rule.plain = not any(match.operations for match in rule.matches)
        return rule

    def read_modifier(self, line, rule):
        key = line.next()
        if key == 'during':
            rule.schedules = line.names()
        elif key == 'from':
            rule.first = m.date_of(line.next())
        elif key == 'until':
            rule.last = m.date_of(line.next())
        elif key == 'in':
            rule.modes = line.names()
        elif key == 'id':
            rule.name = line.next()

    def split(self, rule):
        """A deny of plain services and of operations is two denies."""
        other = Rule(False, rule.conduit)
        other.__dict__.update(rule.__dict__)
        other.matches = [x for x in rule.matches if x.operations]
        other.plain = False
        self.rules.append(other)
        rule.matches = [x for x in rule.matches if not x.operations]
        return rule

    def read_device(self, words):
        device = Device(words.next())
        for line in words.block or []:
            key = line.next()
            if key == 'cluster':
                device.cluster = line.next()
            elif key == 'inspect':
                device.inspects = True
            elif key == 'stage':
                device.monitors = line.next() == 'monitor'
            elif key == 'interface':
                name = line.next()
                line.need('faces')
                device.interfaces[name] = line.names()
        return device

    # ---- where an address is ----

    def zone_of(self, address):
        """The zone whose smallest prefix or range holds a unicast address."""
        best = None
        for zone in self.zones.values():
            for span in zone.subnets:
                if m.holds(span, address) and (
                        best is None or span[2] - span[1] < best[0]):
                    best = span[2] - span[1], zone.name
        return best[1] if best else m.EXTERNAL

    def sender_zone(self, source, sender):
        """Addresses tell the zone, except those used before one has one."""
        if m.in_any(m.UNSPECIFIED, source) or (
                m.in_any(m.LINK_LOCAL, source)
                and self.zone_of(source) == m.EXTERNAL):
            return sender
        return self.zone_of(source)

    def declarers(self, group):
        return [zone.name for zone in self.zones.values()
                if m.in_any(zone.multicast, group)]

    def is_local(self, destination, start):
        """Groups and broadcasts that never leave the sender's zone."""
        if m.in_any(m.GROUPS, destination):
            return not self.declarers(destination)
        if m.in_any(m.LINK_LOCAL, destination):
            return self.zone_of(destination) == m.EXTERNAL
        return (destination == m.BROADCAST
                or m.in_any(m.UNSPECIFIED, destination)
                or (start in self.zones
                    and destination in self.zones[start].broadcasts))

    def locations(self, source, destination, sender):
        """(the sender's zone, the zones at which the destination is)"""
        start = self.sender_zone(source, sender)
        if (m.in_any(m.UNSPECIFIED, source) or start is UNKNOWN
                or self.is_local(destination, start)):
            return start, (start,)
        if m.in_any(m.GROUPS, destination):
            return start, tuple(self.declarers(destination))
        return start, (self.zone_of(destination),)

    # ---- endpoints ----

    def zones_of_levels(self, low, high):
        out = {name for name, zone in self.zones.items()
               if zone.level is not None and low <= zone.level <= high}
        return out | ({m.EXTERNAL} if low <= 6 <= high else set())

    def tagged(self, tag, address):
        return any(tag in asset.tags and address in asset.addresses
                   for asset in self.assets.values())

    def member(self, endpoint, address, zone):
        """Is the address, being at that zone, meant by the endpoint?

        The zone is None for an address that belongs to none (0.0.0.0, a
        group as a source): only `any` and literal addresses mean it."""
        kind, value = endpoint
        if kind == 'any':
            return True
        if kind == 'external':
            return zone == m.EXTERNAL
        if kind == 'level':
            return zone in self.zones_of_levels(*value)
        if kind == 'address':
            return m.holds(value, address)
        if kind == 'tag':
            return self.tagged(value, address)
        if value in self.zones:
            return zone == value
        if value in self.assets:
            return address in self.assets[value].addresses
        if value in self.groups:
            return self.among(self.groups[value], address, zone)
        raise SourceError('no endpoint %s' % value)

    def among(self, endpoints, address, zone):
        included, excepted = endpoints
        return (any(self.member(each, address, zone) for each in included)
                and not any(self.member(each, address, zone) for each in excepted))

    def owned_zone(self, source):
        special = m.UNSPECIFIED + m.GROUPS + m.LINK_LOCAL
        zone = self.zone_of(source)
        if zone == m.EXTERNAL and (source == m.BROADCAST
                                   or m.in_any(special, source)):
            return None
        return zone

    # ---- which rules a part of a flow fits ----

    def bits(self, fits):
        return sum(1 << n for n, rule in enumerate(self.rules) if fits(rule))

    def source_bits(self, source):
        zone = self.owned_zone(source)
        return self.bits(lambda rule: self.among(rule.source, source, zone)
                         and (rule.conduit is None or rule.conduit.has(zone)))

    def destination_bits(self, destination, zone):
        return self.bits(lambda rule: self.among(rule.destination, destination, zone))

    def pair_bits(self, start, end):
        return self.bits(lambda rule: rule.conduit is None
                         or rule.conduit.crosses(start, end))

    def header_bits(self, version, protocol, source, port):
        return self.bits(lambda rule: any(
            match.header(version, protocol, source, port) for match in rule.matches))

    def fitting(self, flow):
        """For each content: the rules with a line that fits header and content."""
        return self.content_bits(flow.source[0], flow.protocol, flow.sport,
                                 flow.dport, flow.content)

    def content_bits(self, version, protocol, source, port, content):
        return self.bits(lambda rule: any(
            match.header(version, protocol, source, port)
            and match.carries(content, rule.allow, self.protocols)
            for match in rule.matches))

    def is_active(self, rule, instant, mode):
        date, second = (self.clock.reading(instant) if self.clock
                        else (datetime.date(1970, 1, 1), 0))
        return ((not rule.modes or mode in rule.modes)
                and (rule.first is None or rule.first <= date)
                and (rule.last is None or date <= rule.last)
                and (not rule.schedules or any(
                    window(date, second) for name in rule.schedules
                    for window in self.schedules[name])))

    def active_bits(self, instant, mode):
        return self.bits(lambda rule: self.is_active(rule, instant, mode))

    # ---- the verdict ----

    def intrazone(self, start, end):
        return (start == end and start in self.zones
                and not self.zones[start].intrazone_deny)

    def where_bits(self, flow, start, end):
        return (self.source_bits(flow.source)
                & self.destination_bits(flow.destination, end)
                & self.pair_bits(start, end)
                & self.active_bits(flow.instant, flow.mode))

    def verdict_at(self, flow, start, end):
        fits = self.where_bits(flow, start, end) & self.fitting(flow)
        if start is UNKNOWN:
            return not fits & ~self.allows & ~self.lists_operations
        if fits & ~self.allows:
            return False
        return bool(fits) or self.intrazone(start, end)

    def judge(self, flow):
        """Is the flow allowed, by intent? An allow is needed at each place."""
        start, ends = self.locations(flow.source, flow.destination, flow.sender)
        return all(self.verdict_at(flow, start, end) for end in ends)

    def header_at(self, flow, start, end):
        """Plain denies hold by their ports; then some content must pass."""
        fits = (self.where_bits(flow, start, end)
                & self.header_bits(flow.source[0], flow.protocol, flow.sport,
                                   flow.dport))
        if fits & ~self.allows & ~self.lists_operations:
            return False
        if start is UNKNOWN:
            return True
        wide = self.intrazone(start, end)
        if not fits & ~self.allows:
            return bool(fits) or wide
        return any(self.passes(flow._replace(content=content), fits, wide)
                   for content in self.contents if not self.is_session(content))

    def passes(self, flow, fits, wide):
        fits &= self.fitting(flow)
        return not fits & ~self.allows and (wide or bool(fits))

    def judge_header(self, flow):
        """The same where the content cannot be seen."""
        start, ends = self.locations(flow.source, flow.destination, flow.sender)
        return all(self.header_at(flow, start, end) for end in ends)

    def judge_contents(self, flow):
        """'allowed', 'denied' or 'partly' over every content it may have."""
        header = self.header_bits(flow.source[0], flow.protocol, flow.sport,
                                  flow.dport)
        contents = self.contents if header & self.content_rules else [None]
        answers = {self.judge(flow._replace(content=content))
                   for content in contents}
        return 'partly' if len(answers) > 1 else (
            'allowed' if answers.pop() else 'denied')

    def is_session(self, content):
        return (content is not None and content[0] in self.protocols
                and self.protocols[content[0]].class_of(content[1]) == 'session')

    def representative_contents(self):
        """Plain, a protocol no rule names, and of those that rules name every
        function at which an answer may change."""
        self.content_rules = self.bits(
            lambda rule: any(match.content for match in rule.matches))
        return self.contents_of([match for rule in self.rules for match in rule.matches])

    def contents_of(self, matches):
        out = [None, m.Content('a protocol no rule names', 0)]
        edges = collections.defaultdict(lambda: {0, 65535})
        given = collections.defaultdict(list)
        for match in matches:
            if match.content:
                edges[match.content] |= getattr(match.operations, 'edges', set())
                given[match.content] += getattr(match.operations, 'parameters', [])
        for name, numbers in edges.items():
            for _, low, high in self.protocols[name].functions:
                numbers |= {low - 1, low, high, high + 1}
            for edge in sorted(numbers):
                if 0 <= edge <= 65535:
                    out += self.contents_at(self.protocols[name], edge, given[name])
        return out

    def contents_at(self, protocol, function, given):
        """One function with every unit and object at which an answer may change."""
        choices = []
        for dimension in ('unit', 'object'):
            rows = [row for row in given if protocol.parameters[row[0]][0] == dimension]
            choices.append([None])
            for name in protocol.taken(dimension, function) if rows else []:
                _, low, high, _ = protocol.parameters[name]
                cuts = {low} | {cut for row in rows if row[0] == name and row[1] is not None
                                for cut in (row[1], row[2] + 1)}
                choices[-1] += [(name, cut) for cut in sorted(cuts) if low <= cut <= high]
        return [m.Content(protocol.name, function, unit, thing)
                for unit in choices[0] for thing in choices[1]]

    # ---- devices ----

    def nodes(self):
        """device or cluster -> [(interface, zone)]"""
        out = collections.defaultdict(list)
        for device in self.devices:
            for name, zones in device.interfaces.items():
                out[device.cluster or device.name] += [
                    (name, zone) for zone in zones
                    if (name, zone) not in out[device.cluster or device.name]]
        return out

    def around(self, zone):
        """The zones whose smallest range around a subnet of this one nests it."""
        out = set()
        for low in self.zones[zone].subnets if zone in self.zones else []:
            wider = [(span[2] - span[1], other.name)
                     for other in self.zones.values() if other.name != zone
                     for span in other.subnets
                     if m.holds(span, low[:2]) and m.holds(span, (low[0], low[2]))]
            out |= {min(wider)[1]} if wider else set()
        return out

    def on_wire(self, zone):
        """A nested zone that no device faces is on the wire of its parent."""
        faced = {there for faces in self.nodes().values() for _, there in faces}
        if zone not in faced:
            yield from self.around(zone)
        for other in self.zones:
            if other not in faced and zone in self.around(other):
                yield other

    def steps(self, zone, without):
        """(device, in, out, next zone): what one may cross next; zones on one
        wire need none."""
        for there in self.on_wire(zone):
            yield None, None, None, there
        for name, faces in self.nodes().items():
            for entry, here in faces:
                if here != zone:
                    continue
                for leave, there in faces:
                    if leave == entry and there != zone:
                        yield None, None, None, there
                    elif leave != entry and name not in without:
                        yield name, entry, leave, there

    def pairs_on_paths(self, start, end):
        """Every (device, in, out) on a simple path: no zone or device twice.
        Inside one zone: between two interfaces of a device that face it."""
        found = set()
        if start == end:
            return {(name, entry, leave) for name, faces in self.nodes().items()
                    for entry, here in faces for leave, there in faces
                    if here == there == start and entry != leave}

        def walk(zone, zones, devices, crossed):
            if zone == end:
                found.update(crossed)
                return
            for device, entry, leave, there in self.steps(zone, devices):
                if there not in zones:
                    more = [] if device is None else [(device, entry, leave)]
                    walk(there, zones | {there},
                         devices | {device} - {None}, crossed + more)
        walk(start, {start}, set(), [])
        return found

    def behind(self, device, interface):
        """The zones reachable from an interface without crossing its device."""
        reached = {zone for name, zone in self.nodes()[device] if name == interface}
        todo = list(reached)
        while todo:
            for _, _, _, there in self.steps(todo.pop(), {device}):
                if there not in reached:
                    reached.add(there)
                    todo.append(there)
        return reached

    def admits(self, device, entry, leave, flow):
        """Does the device forward the first packet of a flow from one
        interface to another?"""
        name = device.cluster or device.name
        start, ends = self.locations(flow.source, flow.destination, None)
        if self.owned_zone(flow.source) is None or (
                self.is_local(flow.destination, start)
                and m.in_any(m.LINK, flow.destination)):
            return False
        here = [end for end in ends
                if (name, entry, leave) in self.pairs_on_paths(start, end)]
        return bool(here) and all(self.header_at(flow, start, end) for end in here)
