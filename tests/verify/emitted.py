# SPDX-License-Identifier: Apache-2.0
"""The text of a ruleset that `cordon compile` prints, as far as it takes to aim a
fault at it: the lookups of its chains, the elements of its sets, and which of
them alone decide about a packet."""
import ipaddress
import re

LOOKUP = re.compile(r'\t\t(?:meta time @(\S+) )?(?:meta l4proto (\S+) )?(.*) @(\S+) '
                    r'counter (accept|jump refuse)$')
PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'ipv6-icmp': 58}
KEYS = ['saddr', 'daddr', 'l4proto', 'sport', 'dport']
WHOLE = (0, 1 << 128)


def number(text):
    if text in PROTOCOLS:
        return PROTOCOLS[text]
    return int(text) if text.isdigit() else int(ipaddress.ip_address(text))


def range_of(text):
    if '/' in text:
        network = ipaddress.ip_network(text)
        return int(network[0]), int(network[-1])
    if text in PROTOCOLS:
        return PROTOCOLS[text], PROTOCOLS[text]
    low, _, high = text.partition('-')
    return number(low), number(high or low)


class Element:
    """One line of a set: a range for each key of the lookup."""

    def __init__(self, at, line, lookup):
        self.at, self.line, self.lookup = at, line, lookup
        self.words = re.split(r' comment |,$', line.strip())[0].split(' . ')
        found = dict(zip(lookup.fields, map(range_of, self.words)))
        self.box = [found.get(key, WHOLE) for key in KEYS]
        if lookup.protocol is not None:
            self.box[2] = (lookup.protocol, lookup.protocol)

    def corner(self):
        return [low for low, _ in self.box]

    def holds(self, point):
        return all(low <= value <= high for value, (low, high) in zip(point, self.box))

    def common(self, other):
        """The lowest point of both, or None."""
        point = [max(a, b) for a, b in zip(self.corner(), other.corner())]
        return point if self.holds(point) and other.holds(point) else None


class Lookup:
    """One rule of the chain for packets of the original direction of a pair."""

    def __init__(self, at, match):
        self.at, self.time, protocol, keys, self.set, verdict = at, *match.groups()
        self.protocol = number(protocol) if protocol else None
        self.fields = [key.split()[-1] for key in keys.split(' . ')]
        self.family = 4 if keys.startswith('ip ') else 6
        self.allows = verdict == 'accept'
        self.elements = []


class Emitted:
    def __init__(self, text):
        self.lines = text.splitlines()
        self.pairs = {}     # stem -> its lookups
        self.sets = {}      # name -> (first line, last line) of its elements
        chain = None
        for at, line in enumerate(self.lines):
            start = re.match(r'\t(chain|set) (\S+) \{$', line)
            if start:
                chain = start[2]
                if start[1] == 'set':
                    end = self.lines.index('\t}', at)
                    self.sets[chain] = at, end
            elif chain and LOOKUP.match(line) and '/reply' not in chain \
                    and '/error' not in chain:
                self.pairs.setdefault(chain, []).append(Lookup(at, LOOKUP.match(line)))
        for lookups in self.pairs.values():
            for lookup in lookups:
                self.read_elements(lookup)

    def read_elements(self, lookup):
        first, last = self.sets[lookup.set]
        lookup.elements = [Element(at, self.lines[at], lookup)
                           for at in range(first, last)
                           if self.lines[at].startswith('\t\t\t')]

    def stem_of(self, lookup):
        return next(stem for stem, lookups in self.pairs.items() if lookup in lookups)

    def lookups(self, allows):
        return [lookup for lookups in self.pairs.values() for lookup in lookups
                if lookup.allows == allows]

    def is_alone(self, lookup, point):
        """No other set of the pair, whatever it says and when, holds the point."""
        return not any(
            element.holds(point) for other in self.pairs[self.stem_of(lookup)]
            if other.family == lookup.family and other is not lookup
            for element in other.elements)

    def alone(self):
        """Elements that at all times alone allow their lowest packet."""
        return [element for lookup in self.lookups(True) if lookup.time is None
                for element in lookup.elements if self.is_alone(lookup, element.corner())]

    def denying(self):
        """Elements of timeless denies that alone deny a packet that is allowed."""
        out = []
        for deny in self.lookups(False):
            if deny.time is not None:
                continue
            same = [other for other in self.pairs[self.stem_of(deny)]
                    if other.family == deny.family]
            for one in deny.elements:
                for other in same:
                    if other.allows and other.time is None and any(
                            self.only_denier(same, deny, one.common(element))
                            for element in other.elements):
                        out.append(one)
                        break
        return out

    @staticmethod
    def only_denier(same, deny, point):
        return point is not None and not any(
            element.holds(point) for other in same
            if not other.allows and other is not deny for element in other.elements)
