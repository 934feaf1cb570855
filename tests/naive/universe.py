# SPDX-License-Identifier: Apache-2.0
"""Every flow of a small policy: an address of each stretch that no edge of the
policy divides (two where there are two, for hosts to differ), each header and
content of interest, and the instants around every date. What an assert says is
then found by looking at all of them, and a chain of flows by walking from host
to host. No set algebra, no proof.

Flows whose sender's zone nothing tells (from 0.0.0.0 or a link-local address)
are left out: asserts do not speak of them."""
import datetime
import functools
import re

import meaning as m

SPECIAL = ['0.0.0.0/8', '224.0.0.0/4', '169.254.0.0/16', '255.255.255.255',
           '::/127', 'ff00::/8', 'fe80::/10']
ADDRESS = re.compile(r'(?<![\w.:-])(\d+\.\d+\.\d+\.\d+(?:[/-][\d.]+)?'
                     r'|[0-9a-f]+:[0-9a-f]*:[0-9a-f:]*(?:/\d+)?)(?![\w:])')
HEADERS = [(6, 40000, 80), (6, 40000, 81), (6, 1023, 80), (6, 40000, 4000),
           (6, 40000, 502), (17, 40000, 502),
           (6, 40000, 1502), (17, 40000, 53), (17, 1023, 53), (17, 40000, 4000),
           (17, 40000, 9), (89, 0, 0)]
TOLD = 'modbus'  # what a device that inspects tells, over TCP, but for objects
ICMP = {4: [(1, 8, 0), (1, 3, 4)], 6: [(58, 128, 0), (58, 2, 0)]}
DAY, HALF_HOUR = 86400, 1800


def addresses_of(text):
    """(version, number) of each stretch between two edges: its first and last."""
    out = []
    for version, bits in (4, 32), (6, 128):
        cuts = {0, 1 << bits}
        for word in SPECIAL + ADDRESS.findall(text):
            span = m.range_of(word)
            if span[0] == version:
                cuts |= {span[1], span[2] + 1}
        cuts = sorted(cuts)
        for low, end in zip(cuts, cuts[1:]):
            out += [(version, number) for number in sorted({low, end - 1})]
    return out


class Question:
    """An assert, read: what it speaks of and what it wants."""

    def __init__(self, policy, words):
        words.at = 0
        words.need('assert')
        self.kind = words.next()
        if self.kind == 'no':
            words.need('path')
        self.source = m.read_endpoints(words)
        words.need('=>' if self.kind == 'no' else '->')
        self.during, self.first, self.last, self.modes = [], None, None, []
        self.hops, self.via, self.matches = None, ([], []), []
        if self.kind == 'no':
            self.read_path(words)
            return
        self.destination = m.read_endpoints(words)
        words.need(':')
        self.matches = m.read_services(words, policy.services, policy.protocols)
        for line in words.block or []:
            line.at = 0
            self.read_modifier(line)

    def read_path(self, words):
        included = words.list_of(m.read_endpoint)
        excepted = []
        while words.peek() is not None:
            if words.take('within'):
                self.hops = int(words.next())
                words.need('hops')
            else:
                words.need('except')
                if words.take('via'):
                    self.via = words.list_of(m.read_endpoint), []
                else:
                    excepted = words.list_of(m.read_endpoint)
        self.destination = included, excepted

    def read_modifier(self, line):
        key = line.next()
        if key == 'during':
            self.during = line.names()
        elif key == 'in':
            self.modes = line.names()
        elif key == 'from':
            self.first = m.date_of(line.next())
        elif key == 'until':
            self.last = m.date_of(line.next())

    def timed(self):
        return bool(self.during or self.first or self.last)

    def carries(self, match, content):
        """A question means just the operations that it names."""
        if match.content is None:
            return True
        return (content is not None and content[0] == match.content
                and (match.operations is None or match.operations(content)))


class Universe:
    def __init__(self, policy, text, at, mode):
        self.policy, self.at, self.mode = policy, at, mode
        self.modes = [None] + re.findall(r'^mode (\S+)', text, re.M)
        addresses = addresses_of(text)
        self.sources = [a for a in addresses if policy.owned_zone(a) is not None]
        self.places = self.places_of(addresses)
        self.moments = self.moments_of(text)
        self.edges = {}
        self.contents = policy.contents_of(
            [match for rule in policy.rules for match in rule.matches]
            + [match for words in policy.asserts
               for match in Question(policy, words).matches])
        for name in 'flat', 'inspected', 'told':
            setattr(self, name, functools.lru_cache(None)(getattr(self, name)))

    def places_of(self, addresses):
        """(source, destination, start, end, bits of rules) of every flow."""
        out = []
        for source in self.sources:
            for to in addresses:
                if to[0] != source[0] or m.in_any(m.UNSPECIFIED, to):
                    continue
                start, ends = self.policy.locations(source, to, None)
                for end in ends:
                    bits = (self.policy.source_bits(source)
                            & self.policy.destination_bits(to, end)
                            & self.policy.pair_bits(start, end))
                    out.append((source, to, start, end, bits))
        return out

    def moments_of(self, text):
        """Half hours of the days around each date, from `at` on."""
        starts = {self.at}
        for date in re.findall(r'\d\d\d\d-\d\d-\d\d', text):
            moment = datetime.datetime.fromisoformat(date + 'T00:00:00+00:00')
            starts.add(int(moment.timestamp()) - 2 * DAY)
        out = {self.at}
        for start in starts:
            out |= set(range(start - start % HALF_HOUR, start + 11 * DAY, HALF_HOUR))
        return sorted(moment for moment in out if moment >= self.at)

    def headers(self, version):
        return HEADERS + ICMP[version]

    # ---- time and mode ----

    def asked(self, question):
        """Bits of active rules, for each instant and mode that it speaks of."""
        moments = [moment for moment in self.moments if self.in_time(question, moment)]
        modes = question.modes or self.modes
        if question.kind == 'allow':
            moments = moments if question.timed() else [self.at]
            modes = question.modes or [self.mode]
        return {self.policy.active_bits(moment, mode)
                for moment in moments for mode in modes}

    def in_time(self, question, moment):
        if not question.timed():
            return True
        date, second = self.policy.clock.reading(moment)
        return ((question.first is None or question.first <= date)
                and (question.last is None or date <= question.last)
                and (not question.during or any(
                    window(date, second) for name in question.during
                    for window in self.policy.schedules[name])))

    # ---- single flows ----

    def pairs(self, question):
        """(version, bits, start, end) of the flows between its two sides."""
        return {(source[0], bits, start, end)
                for source, to, start, end, bits in self.places
                if self.speaks_of(question, source, to, end)}

    def speaks_of(self, question, source, to, end):
        among = self.policy.among
        return (among(question.source, source, self.policy.owned_zone(source))
                and among(question.destination, to, end))

    def allowed(self, bits, start, end):
        if bits & ~self.policy.allows:
            return False
        return bool(bits) or self.policy.intrazone(start, end)

    def fits(self, question, version, header):
        """Bits of the rules that fit the header, for each content asked for."""
        return {self.policy.content_bits(version, *header, content)
                for content in self.contents
                for match in question.matches
                if match.header(version, *header) and question.carries(match, content)}

    def intent(self, question):
        """The verdicts of all flows that it speaks of."""
        times = self.asked(question)
        fits = {version: set().union(*(self.fits(question, version, header)
                                       for header in self.headers(version)))
                for version in (4, 6)}
        return {self.allowed(bits & fit & active, start, end)
                for version, bits, start, end in self.pairs(question)
                for fit in fits[version] for active in times}

    def verdicts(self, question):
        """The same now, as `query` gives them: a flow to a group is one flow, and
        each of the zones that declare it must allow it."""
        active = self.policy.active_bits(self.at, self.mode)
        flows, asked = {}, set()
        for source, to, start, end, bits in self.places:
            flows.setdefault((source, to), set()).add((bits & active, start, end))
            if self.speaks_of(question, source, to, end):
                asked.add((source, to))
        cases = {(source[0], frozenset(flows[source, to])) for source, to in asked}
        return {all(self.allowed(bits & fit, start, end) for bits, start, end in places)
                for version, places in cases
                for header in self.headers(version)
                for fit in self.fits(question, version, header)}

    # ---- as devices enforce it ----

    def reaches(self, start, end, without):
        """Is there a way from one zone to the other that crosses none of the devices?"""
        reached, todo = {start}, [start]
        while todo:
            for _, _, _, there in self.policy.steps(todo.pop(), without):
                if there not in reached:
                    reached.add(there)
                    todo.append(there)
        return end in reached

    def flat(self, start, end):
        return start != end and self.reaches(start, end, set(self.policy.nodes()))

    def inspected(self, start, end):
        """Is there a way, and on every way a device that inspects and stops?"""
        inspectors = {device.name for device in self.policy.devices
                      if device.inspects and not device.monitors}
        return (self.reaches(start, end, set())
                and not self.reaches(start, end, inspectors))

    def told(self, version, header):
        """Bits of the allows at a header of which a device that inspects lets pass just
        what it is told, or nothing."""
        out = 0
        for number, rule in enumerate(self.policy.rules):
            fits = [match for match in rule.matches if match.header(version, *header)]
            if rule.allow and fits and all(match.content == TOLD for match in fits):
                out |= 1 << number
        return out

    def passes_inspected(self, question, version, header, bits, start, end):
        """Is something asked for allowed with some object?"""
        carried = [content for content in self.contents if content is not None]
        asked = {content[:3] for content in carried
                 for match in question.matches
                 if match.header(version, *header) and question.carries(match, content)}
        return any(self.allowed(bits & self.policy.content_bits(version, *header, content),
                                start, end)
                   for content in carried if content[:3] in asked)

    def passes(self, version, header, bits, start, end):
        """Would a device that sees no operations let the header through?"""
        policy = self.policy
        fits = bits & policy.header_bits(version, *header)
        if fits & ~policy.allows & ~policy.lists_operations:
            return False
        return any(self.allowed(bits & policy.content_bits(version, *header, content),
                                start, end)
                   for content in self.contents if not policy.is_session(content))

    def enforced(self, question):
        times = self.asked(question)
        asked = {version: [header for header in self.headers(version)
                           if self.fits(question, version, header)]
                 for version in (4, 6)}
        return {self.flat(start, end) or self.lets_through(
                    question, version, header, bits & active, start, end)
                for version, bits, start, end in self.pairs(question)
                for header in asked[version] for active in times}

    def lets_through(self, question, version, header, bits, start, end):
        if not self.inspected(start, end):
            return self.passes(version, header, bits, start, end)
        return (self.passes(version, header, bits & ~self.told(version, header), start, end)
                or self.passes_inspected(question, version, header, bits, start, end))

    # ---- chains ----

    def opens(self, version, bits, start, end, enforced):
        """Is any flow allowed there, at any time?"""
        key = version, bits, start, end, enforced
        if key not in self.edges:
            times = {self.policy.active_bits(moment, mode)
                     for moment in self.moments for mode in self.modes}
            self.edges[key] = any(
                self.opens_header(version, header, bits & active, start, end, enforced)
                for header in self.headers(version) for active in times)
        return self.edges[key]

    def opens_header(self, version, header, bits, start, end, enforced):
        if enforced:
            return (self.flat(start, end)
                    or self.passes(version, header, bits, start, end))
        return any(self.allowed(bits & self.policy.content_bits(version, *header,
                                                                content), start, end)
                   for content in self.contents)

    def host(self, address):
        for asset in self.policy.assets.values():
            if address in asset.addresses:
                return asset.name
        return address

    def hosts(self, endpoints):
        return {self.host(address) for address in self.sources
                if self.policy.among(endpoints, address, self.policy.zone_of(address))}

    def goes_to(self, question):
        """Does its second side hold anything?"""
        if question.kind == 'no':
            return self.hosts(question.destination)
        return any(self.policy.among(question.destination, to, end)
                   for _, to, _, end, _ in self.places)

    def steps(self, enforced):
        """Host to host: a flow to a group reaches whoever is in its zone."""
        out = {}
        for source, to, start, end, bits in self.places:
            if not self.opens(source[0], bits, start, end, enforced):
                continue
            unicast = to in self.sources and self.policy.zone_of(to) == end
            there = [to] if unicast else [
                address for address in self.sources
                if self.policy.zone_of(address) == end and address[0] == to[0]]
            out.setdefault(self.host(source), set()).update(map(self.host, there))
        return out

    def path(self, question, enforced):
        """Is there a chain of flows between distinct hosts?"""
        steps, broken = self.steps(enforced), self.hosts(question.via)
        targets = self.hosts(question.destination)
        reached, newest, hops = set(), self.hosts(question.source), 0
        while newest and hops != question.hops:
            hops += 1
            reached |= newest
            found = {to for host in newest for to in steps.get(host, ())
                     if to != host}
            if found & targets:
                return True
            newest = found - reached - broken
        return False

    # ---- answers ----

    def answer(self, question):
        """'holds', 'fails', 'not enforced', or 'empty' if it speaks of no flow."""
        if question.kind == 'no':
            if self.path(question, False):
                return 'fails'
            return 'not enforced' if self.path(question, True) else 'holds'
        verdicts = self.intent(question)
        if not verdicts:
            return 'empty'
        if (question.kind == 'deny') in verdicts:
            return 'fails'
        if question.kind == 'deny' and True in self.enforced(question):
            return 'not enforced'
        return 'holds'
