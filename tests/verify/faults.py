# SPDX-License-Identifier: Apache-2.0
"""Named faults in what `cordon compile` prints for random policies, of every kind
that an emitter could make: the proof catches each one. And both engines of the
proof call the text as it is equal. A fault in an element is put where nothing else
in the text decides about the same packet, so that it must show."""
import collections
import ipaddress
import os
import random
import re
import subprocess
import sys

import agree
import emitted

PROOF = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/kernel/proof')
POLICIES = max(1, int(40 * agree.SCALE))
START = int(os.environ.get('CORDON_TEST_SEED', '1'))
FROM = 1772323200   # 2026-03-01
HORIZON = 400 * 86400
REQUESTS = (8, 13, 15, 17, 128, 139)
FAULTS = {}


def fault(name):
    def keep(function):
        FAULTS[name] = function
        return function
    return keep


def choose(text, pool):
    """None, where nothing fits, leaves the fault out."""
    return text.random.choice(pool) if pool else None


# ---- in elements ----

def replaced(text, at, new):
    """The text with another line, or with none."""
    lines = list(text.lines)
    lines[at:at + 1] = [] if new is None else [new]
    return lines


def moved(text, element, key, change):
    """The element's line with another range for a key, or None where that is none,
    or where something else decides about what it takes or gives."""
    lookup = element.lookup
    if key not in lookup.fields:
        return None
    at = lookup.fields.index(key)
    word = change(element.words[at], lookup)
    if word is None:
        return None
    line = '\t\t\t%s,' % ' . '.join(element.words[:at] + [word] + element.words[at + 1:])
    new = emitted.Element(element.at, line, lookup)
    others = (other for other in lookup.elements if other is not element)
    alone = text.is_alone(lookup, new.corner()) and not any(
        other.common(new) for other in others)
    return line if alone else None


def element_fault(name, key, change):
    """In an element that alone allows its lowest packet."""
    @fault(name)
    def apply(text):
        fitting = [(element.at, line) for element in text.alone
                   for line in [moved(text, element, key, change)] if line]
        return replaced(text, *choose(text, fitting)) if fitting else None


def is_ranges(lookup):
    return lookup.set.endswith('/ranges')


def shifted(show, top, low_step, high_step):
    """Moves the ends of a range; an exact set takes single values only."""
    def change(word, lookup):
        low, high = emitted.range_of(word)
        low, high = low + low_step, high + high_step
        if not 0 <= low <= high <= top(lookup) or (low < high and not is_ranges(lookup)):
            return None
        ends = show(low, lookup), show(high, lookup)
        return ends[0] if low == high else '%s-%s' % ends
    return change


def by_address(low_step, high_step):
    return shifted(
        lambda number, lookup: str((ipaddress.IPv4Address if lookup.family == 4
                                    else ipaddress.IPv6Address)(number)),
        lambda lookup: (1 << (32 if lookup.family == 4 else 128)) - 1, low_step, high_step)


def by_port(low_step, high_step):
    return shifted(lambda number, _: str(number), lambda _: 65535, low_step, high_step)


element_fault('a source widened below', 'saddr', by_address(-1, 0))
element_fault('a source narrowed below', 'saddr', by_address(1, 0))
element_fault('a destination widened below', 'daddr', by_address(-1, 0))
element_fault('a destination narrowed below', 'daddr', by_address(1, 0))
element_fault('another source', 'saddr', by_address(1, 1))
element_fault('another port', 'dport', by_port(1, 1))
element_fault('a port range off by one below', 'dport', by_port(-1, 0))
element_fault('a port range that begins late', 'dport', by_port(1, 0))
element_fault('another source port', 'sport', by_port(1, 1))
element_fault('source ports from one lower', 'sport', by_port(-1, 0))


@fault('an element that is missing')
def missing_element(text):
    element = choose(text, text.alone)
    return element and replaced(text, element.at, None)


@fault('a protocol in an element that is another')
def keyed_protocol(text):
    element = choose(text, [one for one in text.alone if 'l4proto' in one.lookup.fields])
    if element is None:
        return None
    at = element.lookup.fields.index('l4proto')
    words = element.words[:at] + ['250'] + element.words[at + 1:]
    return replaced(text, element.at, '\t\t\t' + ' . '.join(words) + ',')


@fault('an element of a deny that is missing')
def missing_deny(text):
    element = choose(text, text.denying)
    return element and replaced(text, element.at, None)


# ---- in the chains of a pair ----

def chain_line(text, lookup, suffix):
    """Where a lookup stands in the pair's chain for replies or errors."""
    start = text.lines.index('\tchain %s%s {' % (text.stem_of(lookup), suffix))
    return [at for at in range(start, text.lines.index('\t}', start))
            if '@%s ' % lookup.set in text.lines[at]]


def converses(element):
    """Only requests of ICMP have answers, and errors that speak of them."""
    return element.box[2][0] not in (1, 58) or element.box[3][0] >> 8 in REQUESTS


def lookup_fault(name, change, suffix='', elements='alone'):
    """In the line of a set that is needed."""
    @fault(name)
    def apply(text):
        element = choose(text, [one for one in getattr(text, elements)
                                if not suffix or converses(one)])
        if element is None:
            return None
        for at in (chain_line(text, element.lookup, suffix) if suffix else
                   [element.lookup.at]):
            line = change(text.lines[at])
            if line != text.lines[at]:
                return replaced(text, at, line)
        return None


def exchange(one, other):
    return lambda line: re.sub('%s|%s' % (one, other), lambda match: (
        other if match[0] == one else one), line)


lookup_fault('a lookup that is missing', lambda line: None)
lookup_fault('a deny that is missing', lambda line: None, elements='denying')
lookup_fault('a deny that accepts', lambda line: line.replace('jump refuse', 'accept'),
             elements='denying')
lookup_fault('an allow that refuses', lambda line: line.replace('accept', 'jump refuse'))
lookup_fault('a lookup without its set',
             lambda line: re.sub(r'(ip6?) saddr \. .* @\S+',
                                 lambda match: 'meta nfproto ' + (
                                     'ipv4' if match[1] == 'ip' else 'ipv6'), line))
lookup_fault('addresses that changed places', exchange('saddr', 'daddr'))
lookup_fault('a protocol that is another',
             lambda line: re.sub(r'meta l4proto \S+ (?=ip)', 'meta l4proto 250 ', line))
lookup_fault('a port on the wrong side', exchange('th sport', 'th dport'))
lookup_fault('a reply rule that is missing', lambda line: None, '/reply')
lookup_fault('replies by the key as it is', exchange('saddr', 'daddr'), '/reply')
lookup_fault('errors of a flow that are missing', lambda line: None, '/error')
lookup_fault('errors by the reversed flow', exchange('saddr', 'daddr'), '/error')
lookup_fault('replies that are refused', lambda line: line.replace('accept', 'jump refuse'),
             '/reply')


# ---- in the frame ----

def frame_fault(name, pattern, put):
    """At a random place where the pattern matches."""
    @fault(name)
    def apply(text):
        whole = '\n'.join(text.lines) + '\n'
        match = choose(text, list(re.finditer(pattern, whole, re.M)))
        if match is None:
            return None
        return (whole[:match.start()] + match.expand(put) + whole[match.end():]).splitlines()


frame_fault('a final drop that is missing', r'^\t\tcounter drop\n\t}\n}\n', '\t}\n}\n')
frame_fault('a final accept', r'^\t\tcounter drop\n\t}\n}\n', '\t\taccept\n\t}\n}\n')
frame_fault('a final drop at a rate', r'^\t\tcounter drop\n\t}\n}\n',
            '\t\tlimit rate 5/second drop\n\t}\n}\n')
frame_fault('a final drop of one protocol', r'^\t\tcounter drop\n\t}\n}\n',
            '\t\tmeta l4proto tcp drop\n\t}\n}\n')
frame_fault('an accept for all', r'^(.*policy accept;)$', '\\1\n\t\taccept')
frame_fault('an accept for a port', r'^(.*policy accept;)$', '\\1\n\t\ttcp dport 3389 accept')
frame_fault('an accept for running conversations', r'^(.*policy accept;)$',
            '\\1\n\t\tct state established accept')
frame_fault('an accept for what is invalid', r'^(.*policy accept;)$',
            '\\1\n\t\tct state invalid accept')
frame_fault('an accept for what is related', r'^(.*policy accept;)$',
            '\\1\n\t\tct state related accept')
frame_fault('another hook', 'hook forward', 'hook input')
frame_fault('another type of chain', 'type filter', 'type nat')
frame_fault('a table of one family', r'^table inet cordon \{$', 'table ip cordon {')
frame_fault('a table that sleeps', r'^table inet cordon \{$',
            'table inet cordon {\n\tflags dormant')
frame_fault('a chain before it that takes packets from connection tracking', r'^\tchain forward',
            '\tchain more {\n\t\ttype filter hook prerouting priority raw; policy accept;\n'
            '\t\tnotrack\n\t}\n\n\tchain forward')
frame_fault('a rule that nobody knows', r'^\t\tct state related.*\n', '\\g<0>\t\tfrobnicate\n')
frame_fault('an early return', r'^(.*policy accept;)$', '\\1\n\t\treturn')


@fault('refused packets that come back')
def refuse_returns(text):
    """To the rest of the chain, and so to the sets that allow."""
    at = text.lines.index('\t\tcounter drop')
    return replaced(text, at, None) if text.denying else None


def route_fault(name, kind, change):
    """In the maps: the line of a pair through which something is alone allowed."""
    @fault(name)
    def apply(text):
        element = choose(text, [one for one in text.alone if converses(one)])
        if element is None:
            return None
        suffix = {'original': '', 'reply': '/reply'}[kind]
        end = 'jump %s%s,' % (text.stem_of(element.lookup), suffix)
        at = [at for at, line in enumerate(text.lines)
              if line.endswith(end) and line.lstrip().startswith(kind)]
        new = change(text.lines[at[0]])
        return None if new == text.lines[at[0]] else replaced(text, at[0], new)


route_fault('a pair that no map knows', 'original', lambda line: None)
route_fault('replies of a pair that no map knows', 'reply', lambda line: None)
route_fault('interfaces that changed places', 'original',
            lambda line: re.sub(r'("\S+") \. ("\S+")', r'\2 . \1', line))
route_fault('another interface', 'original',
            lambda line: re.sub(r'"\S+"', '"eth99"', line, count=1))
route_fault('a pair that is dropped', 'original',
            lambda line: re.sub('jump .*', 'drop,', line))
route_fault('a pair that is accepted', 'original',
            lambda line: re.sub('jump .*', 'accept,', line))
route_fault('replies to the chain of the original direction', 'reply',
            lambda line: line.replace('/reply', ''))


# ---- time and ICMP ----

@fault('a lookup whose time is lost')
def lost_time(text):
    pool = [lookup for lookup in text.lookups(True) if lookup.time and any(
        text.is_alone(lookup, element.corner()) for element in lookup.elements)]
    lookup = choose(text, pool)
    if lookup is None:
        return None
    line = re.sub(r'meta time @\S+ ', '', text.lines[lookup.at])
    return replaced(text, lookup.at, line)


def window_fault(name, low_step, high_step):
    """In a window inside the time that the ruleset is for."""
    @fault(name)
    def apply(text):
        pool = [lookup for lookup in text.lookups(True) if lookup.time and any(
            text.is_alone(lookup, element.corner()) for element in lookup.elements)]
        lookup = choose(text, pool)
        if lookup is None:
            return None
        first, last = text.sets[lookup.time]
        windows = [(at, *map(int, text.lines[at].strip(' \t,').split('-')))
                   for at in range(first, last) if text.lines[at].startswith('\t\t\t')]
        window = choose(text, [(at, low, high) for at, low, high in windows
                               if FROM < low and high < FROM + HORIZON])
        if window is None:
            return None
        at, low, high = window
        return replaced(text, at, '\t\t\t%d-%d,' % (low + low_step, high + high_step))


window_fault('a window that ends a second early', 0, -1)
window_fault('a window that ends a second late', 0, 1)
window_fault('a window that begins a second late', 1, 0)
window_fault('a window an hour off', 3600, 3600)


def unanswered(text):
    """True if some ICMP that is no request is alone allowed."""
    return any(element.box[2] == emitted.WHOLE or not converses(element)
               for element in text.alone)


def state_fault(name, old, new):
    @fault(name)
    def apply(text):
        if not unanswered(text):
            return None
        at = next(at for at, line in enumerate(text.lines)
                  if 'ct state { invalid, untracked }' in line)
        line = text.lines[at].replace(old, new) if old else None
        return replaced(text, at, line)


state_fault('ICMP of no conversation that is lost', None, None)
state_fault('untracked ICMP that is lost', 'invalid, untracked', 'untracked')


# ---- the test ----

class Text(emitted.Emitted):
    def __init__(self, text, seed):
        super().__init__(text)
        self.random = random.Random(seed)
        self.alone = super().alone()
        self.denying = super().denying()


class Proof:
    def __init__(self, policy, device):
        self.process = subprocess.Popen([PROOF, policy, device, str(FROM)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def verdict(self, path):
        self.process.stdin.write('ruleset %s\n' % path)
        self.process.stdin.flush()
        return list(iter(lambda: self.process.stdout.readline().strip() or '.', '.'))[0]

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def judge_device(folder, device, seed):
    """([kinds caught], [what is wrong])"""
    code, out, errors = agree.run('compile', '--device', device, '--at',
                                  agree.time_text(FROM), folder.policy)
    if code != 0:
        return [], ['seed %d, %s: %s' % (seed, device, errors[-1000:])]
    proof, path = Proof(folder.policy, device), os.path.join(folder.path, 'faulty.nft')
    caught, wrong = [], []

    def verdict(lines):
        with open(path, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        return proof.verdict(path)

    text = Text(out, seed)
    if verdict(text.lines) != 'equal':
        wrong.append('seed %d, %s: not proved equal as it is' % (seed, device))
    for name, apply in FAULTS.items():
        lines = apply(text)
        if lines is not None and lines != text.lines:
            if verdict(lines) != 'equal':
                caught.append(name)
            else:
                changed = sorted(set(lines) ^ set(text.lines))
                wrong.append('seed %d, %s: %s\n%s' % (seed, device, name,
                                                      '\n'.join(changed[:4])))
    if proof.close() != 0:
        wrong.append('seed %d, %s: the two engines disagree' % (seed, device))
    return caught, wrong


def judge(seed):
    _, text, inventory = agree.generated(seed)
    caught, wrong, devices = [], [], 0
    with agree.Folder(text, inventory) as folder:
        for device in re.findall(r'^device (\S+)', text, re.M):
            kinds, more = judge_device(folder, device, seed)
            caught, wrong, devices = caught + kinds, wrong + more, devices + 1
    return devices, caught, wrong


def main():
    results = agree.over_seeds(judge, range(START, START + POLICIES))
    kinds = collections.Counter(kind for _, caught, _ in results for kind in caught)
    wrong = [text for _, _, texts in results for text in texts]
    devices = sum(one for one, _, _ in results)
    never = sorted(set(FAULTS) - set(kinds)) if agree.SCALE >= 1 else []
    print('1..2')
    print('%sok 1 - %d rulesets proved by both engines, %d faults of %d kinds caught' % (
        'not ' if wrong else '', devices, sum(kinds.values()), len(kinds)))
    for text in wrong[:10]:
        print('\n'.join('# ' + line for line in text.splitlines()))
    print('%sok 2 - every kind of fault was tried' % ('not ' if never else ''))
    for name in never:
        print('# never: ' + name)
    return 1 if wrong or never else 0


sys.exit(main())
