# SPDX-License-Identifier: Apache-2.0
"""A row of `cordon diff --format json`, read as a reader would: its ends, its services
and its times, each from its words, in the policy that the row is about. What the words
leave open (`and 3 more`, `at some times`) is None: it is not judged."""
import re

import meaning as m
from naive import Rule
from source import SourceError, Words, tokens_of

VERSIONS = {'IPv4': 4, 'IPv6': 6}
TIME = re.compile(r'^(?:during (?P<during>[\w, -]+?))?(?: ?from (?P<from>[\d-]+))?'
                  r'(?: ?until (?P<until>[\d-]+))?(?: ?in (?P<in>[\w, -]+))?$')


def spans_of(ranges):
    """[(version, first, last)] of the addresses that the row lists for programs."""
    return [m.range_of(text) for text in ranges]


def words_of(text):
    return Words([word for word in tokens_of(text) if word != ';'])


# ---- ends ----

def read_item(text):
    """(endpoint, version or None); an item of describe_addresses()."""
    found = re.match(r'^(.*?)(?: \((IPv[46])\))?$', text)
    words = words_of(found[1])
    item = m.read_endpoint(words)
    words.end()
    return item, VERSIONS.get(found[2])


def end_of(policy, text, conduit, whole):
    """A test of addresses, or None. In a conduit words mean those of its zones; an outline
    may be of several."""
    if re.search(r'\band \d+ more|link-local|groups \(|\((?:IPv[46], |except )', text) or (
            not whole and re.search(r'\bany\b|@|\blevel\b', text)):
        return None
    conduit = conduit if whole else None
    try:
        included, *excepted = text.split(' except ')
        lists = [[read_item(item) for item in part.split(', ')] if part else []
                 for part in (included, ', '.join(excepted))]
    except (SourceError, ValueError, KeyError):
        return None

    def test(address):
        zone = policy.owned_zone(address)
        inside = [any((version in (None, address[0])) and policy.member(item, address, zone)
                      for item, version in part) for part in lists]
        return inside[0] and not inside[1] and (
            conduit is None or policy.conduits[conduit].has(zone))
    return test


# ---- services ----

def services_of(policy, text):
    words = words_of(text)
    matches = m.read_services(words, policy.services, policy.protocols)
    words.end()
    return matches


def service_of(policy, text):
    """A test of flows, or None."""
    if re.search(r'\band \d+ more', text):
        return None
    parts = []
    try:
        for part in text.split('; '):
            included, _, excepted = re.match(r'^((?:[^(]|\([^)]*\))*?)( except (.*))?$',
                                             part).groups()
            parts.append((services_of(policy, included),
                          services_of(policy, excepted) if excepted else []))
    except (SourceError, ValueError, KeyError, AttributeError, IndexError, TypeError):
        return None

    def fits(matches, flow, anywhere=False):
        return any((anywhere and match.content is not None or
                    match.header(flow.source[0], flow.protocol, flow.sport, flow.dport))
                   and match.carries(flow.content, True, policy.protocols)
                   for match in matches)
    # What `tcp 1502 except acme` carries is not acme, though acme is on other ports.
    return lambda flow: any(fits(included, flow) and not fits(excepted, flow, anywhere=True)
                            for included, excepted in parts)


# ---- times ----

def active_of(policy, text):
    """When a rule with these modifiers is active; None: they cannot be read."""
    found = TIME.match(text)
    if not found:
        return None
    rule = Rule(True, None)
    rule.schedules = (found['during'] or '').split(', ') if found['during'] else []
    rule.modes = found['in'].split(', ') if found['in'] else []
    rule.first = m.date_of(found['from']) if found['from'] else None
    rule.last = m.date_of(found['until']) if found['until'] else None
    if not all(name in policy.schedules for name in rule.schedules):
        return None
    return lambda flow: policy.is_active(rule, flow.instant, flow.mode)


def when_of(policy, other, text):
    """A test of flows, or None; `other`: the policy that the row is not about."""
    if text is None:
        return lambda flow: True
    if re.search(r' and |without a mode|^at some times', text):
        return None
    at_both = re.match(r'^(.*) as it (?:was|is now)$', text)
    if at_both and 'except ' not in text:
        return active_of(other, at_both[1])
    named = re.sub(r' \(times (?:added|removed)\)$', '', text)
    first, _, rest = re.match(r'^(.*?)(,? ?except (.*?)(?: as it was| as it is now)?)?$',
                              named).groups()
    has = active_of(policy, first)
    less = active_of(other, named if named != text else rest) if rest or named != text \
        else lambda flow: False
    return has and less and (lambda flow: has(flow) and not less(flow))


# ---- the row ----

class Row:
    """`policy`: the one in whose words the row is, `other`: the other one."""

    def __init__(self, told, kind, policy, other):
        self.told, self.kind, self.policy = told, kind, policy
        self.whole = told['whole']
        self.sources, self.destinations = map(spans_of, (told['sources'], told['destinations']))
        self.ends = [end_of(policy, told[end], told['conduit'], self.whole)
                     for end in ('from', 'to')]
        self.service = service_of(policy, told['service'])
        self.when = when_of(policy, other, told['when'])

    def text(self):
        return '%s -> %s : %s%s' % (self.told['from'], self.told['to'], self.told['service'],
                                    ', %s' % self.told['when'] if self.told['when'] else '')

    def joins(self, flow):
        return m.in_any(self.sources, flow.source) and m.in_any(self.destinations,
                                                                flow.destination)

    def has(self, flow, session):
        """Housekeeping goes with the operations that it is there for."""
        return self.joins(flow) and (
            self.service is None or session or self.service(flow)) and (
                self.when is None or self.when(flow))


def content_of(policy, text):
    """The content of a witness: `acme(function 15, station 0, tank 3)`."""
    if text is None:
        return None
    name, _, rest = text.partition('(')
    protocol = policy.protocols[name]
    given = dict(unit=None, object=None)
    function = None
    for part in rest.rstrip(')').split(', ') if rest else []:
        word, _, value = part.partition(' ')
        if word == 'function':
            function = int(value, 0)
        elif word in protocol.parameters:
            if value != 'none':
                given[protocol.parameters[word][0]] = (word, int(value, 0))
        else:
            function = protocol.names[word][0]
    return m.Content(name, function, given['unit'], given['object'])
