# SPDX-License-Identifier: Apache-2.0
"""What `cordon diff --traffic` cuts and lets through is what the naive evaluator says:
observed at its own time, allowed by one policy and denied by the other.

Headers: random policies, random edits of them, and captures over many moments. A
saved verification must say the same, or that it cannot tell. Operations: random lists
of them with units and registers, in two policies, and requests of Modbus."""
import json
import os
import random
import struct
import sys

import agree
import frames
import meaning as m
from facts import Fact
from naive import Flow, Policy
from verify_agrees import distinct, is_answered, key

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'verify'))
import stand  # noqa: E402

PAIRS = max(1, int(40 * agree.SCALE))
MOMENTS, FLOWS, EDITS = 8, 120, 4
AT = '2026-01-01T00:00:00Z'


def usable(folder):
    code, out, _ = agree.run('check', '--format', 'json', '--at', AT, folder.policy)
    return code != 2 and not any(
        finding['severity'] == 'error' for finding in json.loads(out)['findings'])


def diff(old, new, traffic, mode):
    """The key `traffic` of the report, or what went wrong as text."""
    options = ['--mode', mode] if mode else []
    code, out, errors = agree.run('diff', '--format', 'json', '--at', AT, '--traffic', traffic,
                                  *options, old.policy, new.policy)
    if code and 'not compared' not in errors and not out:
        return 'exit %d: %s' % (code, errors[:1000])
    return json.loads(out)['traffic']


def save(folder, capture, mode):
    """A saved verification of the capture."""
    options = ['--mode', mode] if mode else []
    _, out, _ = agree.run('verify', '--conversations', '--format', 'json', *options,
                          folder.policy, capture)
    path = capture + '.json'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(out)
    return path


# ---- headers ----

def key_of(row):
    witness = row['witness']
    icmp = witness['proto'] in (frames.ICMP, frames.ICMPV6)
    return (witness['src'], witness['dst'], witness['proto'], witness['dport'],
            witness['sport'] if icmp else None)


def captured(flows):
    for number, flow in enumerate(sorted(flows, key=lambda flow: flow.instant)):
        yield flow.instant, 2 * number, frames.frame(flow, number)
        if is_answered(flow, number):
            yield flow.instant, 2 * number + 1, frames.frame(flow, number, answer=True)


def wrong(told, cut, freed, sure):
    """A saved verification may be unsure of what is cut, and silent of what is freed."""
    rows = {kind: set(map(key_of, told[kind])) for kind in
            ('cut', 'undetermined', 'let_through')}
    if rows['cut'] - cut:
        yield 'cut, and is not: %s' % rows['cut'].difference(cut)
    missing = cut - rows['cut'] - (set() if sure else rows['undetermined'])
    if missing:
        yield 'not cut: %s' % missing
    if rows['let_through'] - freed or (sure and freed - rows['let_through']):
        yield 'let through: %s, not %s' % (rows['let_through'], freed)


def headers(seed):
    """(flows judged, what is wrong)"""
    generator, text, inventory = agree.generated(seed)
    edit = Fact(random.Random(seed), text, inventory)
    for _ in range(EDITS):
        edit.make(edit.pick(*Fact.FACTS))
    with agree.Folder(text, inventory) as old, \
            agree.Folder(edit.text(), edit.inventory) as new:
        if not usable(old) or not usable(new):
            return 0, []
        moments = generator.moments(MOMENTS)
        judged, found = 0, []
        for mode in {mode for _, mode in moments}:
            flows = distinct([flow for moment in moments if moment[1] == mode
                              for flow in generator.flows(moment, FLOWS)])
            judged += len(flows)
            found += judge_headers(old, new, flows, mode)
        return judged, ['seed %d, %s: %s' % (seed, ', '.join(edit.told), each)
                        for each in found[:3]]


def judge_headers(old, new, flows, mode):
    before, after = Policy(old.policy, agree.prelude()), Policy(new.policy, agree.prelude())
    cut, freed = set(), set()
    for flow in flows:
        was, is_now = before.judge_header(flow), after.judge_header(flow)
        if was and not is_now:
            cut.add(key(flow))
        elif is_now and not was:
            freed.add(key(flow))
    capture = os.path.join(old.path, 'flows.pcap')
    frames.write_pcap(capture, captured(flows))
    found = []
    for traffic, sure in (capture, True), (save(old, capture, mode), False):
        told = diff(old, new, traffic, mode)
        found += [told] if isinstance(told, str) else wrong(told, cut, freed, sure)
    return found


# ---- operations ----

LISTS = ['modbus', 'modbus(read)', 'modbus(write)', 'modbus(read, unit 1)', 'tcp 502',
         'modbus(write, unit 1-2, holding 100-199)', 'modbus(any except write)',
         'modbus(write-single-register)', 'modbus(read, write except unit 2)',
         'modbus(read-holding-registers, holding 0-99)', 'modbus(read-coils)',
         'modbus(write-multiple-registers, holding 90-150, unit 3)', 'tcp 502 from 40000-40002']
MODIFIERS = [''] * 4 + [' { until 2026-11-20 }', ' { from 2026-11-20 }', ' { during shift }']
NAMES = {1: ('read-coils', 'coil'), 3: ('read-holding-registers', 'holding'),
         6: ('write-single-register', 'holding'), 16: ('write-multiple-registers', 'holding')}
CLIENTS, SERVERS = ['10.1.0.1', '10.1.0.2'], ['10.2.0.1', '10.2.0.2']


def operations_policy(rand):
    rules = '\n'.join('    %s %s -> %s : %s%s' % (
        rand.choice(['allow', 'allow', 'allow', 'deny']), rand.choice(CLIENTS + ['clients']),
        rand.choice(SERVERS + ['servers']), rand.choice(LISTS), rand.choice(MODIFIERS))
        for _ in range(rand.randint(1, 4)))
    return ('policy "p" { timezone UTC }\nschedule shift { weekly mon-fri 06:00 - 18:00 }\n'
            'zone clients level 3 { subnet 10.1.0.0/24 }\n'
            'zone servers level 2 { subnet 10.2.0.0/24 }\n'
            'conduit c between clients and servers {\n%s\n}\n' % rules)


def request(rand):
    """(frame of Modbus/TCP, its words, its contents)"""
    function, unit = rand.choice(sorted(NAMES)), rand.randint(1, 3)
    first, count = rand.choice([0, 95, 99, 100, 145, 199, 200]), rand.choice([1, 1, 2, 10])
    count = 1 if function == 6 else count
    name, space = NAMES[function]
    body = struct.pack('>BHH', function, first, 7 if function == 6 else count)
    if function == 16:
        body += struct.pack('>B', 2 * count) + b'\0\7' * count
    words = '%s, unit %d, %s %d' % (name, unit, space, first)
    words += '-%d' % (first + count - 1) if count > 1 else ''
    return (struct.pack('>HHHB', 1, 0, len(body) + 1, unit) + body, words,
            [m.Content('modbus', function, ('unit', unit), (space, value))
             for value in range(first, first + count)])


def talks(rand):
    """[(second, frame)] and [(client, port, server, second, words, contents)]"""
    packets, asked = [], []
    for number in range(rand.randint(3, 8)):
        client, server = rand.choice(CLIENTS), rand.choice(SERVERS)
        second = stand.at('2026-11-19T00:00:00+00:00') + rand.randint(0, 2 * 86400)
        talk = stand.Talk(client, 40000 + number, server, 502)
        packets += [(second, frame) for frame in talk.begin()]
        for _ in range(rand.randint(1, 5)):
            second += rand.choice([1, 30, 3600, 20000])
            frame, words, contents = request(rand)
            packets.append((second, talk.ask(frame)))
            asked.append((client, 40000 + number, server, second, words, contents))
    return sorted(packets, key=lambda each: each[0]), asked


def allows(policy, client, port, server, second, contents):
    return all(policy.judge(Flow(m.address_of(client), m.address_of(server), 6, port, 502,
                                 content, second)) for content in contents)


def said(rows):
    return {(row['witness']['src'], row['witness']['dst'], words)
            for row in rows for words in row['operations']}


def operations(seed):
    rand = random.Random(seed)
    with agree.Folder(operations_policy(rand), '') as old, \
            agree.Folder(operations_policy(rand), '') as new:
        packets, asked = talks(rand)
        before = Policy(old.policy, agree.prelude())
        after = Policy(new.policy, agree.prelude())
        cut = {(client, server, words)
               for client, port, server, second, words, contents in asked
               if allows(before, client, port, server, second, contents)
               and not allows(after, client, port, server, second, contents)}
        capture = os.path.join(old.path, 'talks.pcap')
        frames.write_pcap(capture, ((second, 0, frame) for second, frame in packets))
        found = []
        for traffic, sure in (capture, True), (save(old, capture, None), False):
            told = diff(old, new, traffic, None)
            if isinstance(told, str):
                found.append(told)
                continue
            rows, unsure = said(told['cut']), said(told['undetermined'])
            if rows - cut or cut - rows - (set() if sure else unsure):
                found.append('cut %s, not %s' % (sorted(rows - cut), sorted(cut - rows)))
        return len(asked), ['operations, seed %d: %s' % (seed, each) for each in found]


def compare(seed):
    judged, found = headers(seed)
    asked, more = operations(seed)
    return judged + asked, found + more


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '1'))
    results = agree.over_seeds(compare, range(first, first + PAIRS))
    return agree.report('diff cuts what was observed', results, PAIRS * 100)


if __name__ == '__main__':
    sys.exit(main())
