# SPDX-License-Identifier: Apache-2.0
"""Conversations that go on after a silence: both sides of the longest that their
rules let them keep, to the nanosecond."""
import struct

import stand

POLICY = """
policy "silence" { timezone "UTC" }
zone ops  level 3 { subnet 10.3.0.0/16; vlan 30 }
zone line level 2 { subnet 10.2.0.0/16; vlan 20 }
asset hmi in ops { address 10.3.0.90; mac 02:00:00:00:00:91 }
asset plc in line { address 10.2.0.90; mac 02:00:00:00:00:92 }
service ring = proto 89 idle 8h
service slow = tcp 443, udp 500 idle 8h
service slower = tcp 443 idle 9h
service cyclic = ethertype 0x8892 idle 8h
service both = udp 600 idle 1h
conduit work between ops and line {
    allow 10.3.0.1 -> line : ring, slow, both
    allow 10.3.0.2 -> line : slow
    allow 10.3.0.2 -> line : slower
    allow 10.3.0.3 -> line : tcp 443
    allow 10.3.0.3 -> line : slow
    allow 10.3.0.4 -> line : tcp 443
    allow 10.3.0.5 -> line : slower { until 2026-11-18 }
    allow 10.3.0.5 -> line : slow { from 2026-11-19 }
    allow 10.3.0.6 -> line : slow
    deny  10.3.0.6 -> line : tcp 443
    allow ops -> line : cyclic
}
"""
MINUTE, HOUR, SECOND = 60 * 10**9, 3600 * 10**9, 10**9
MIDNIGHT = stand.at('2026-11-19T00:00:00+00:00') * SECOND
START = MIDNIGHT + HOUR
NOON = -13 * HOUR  # from there: on the day before
LINE, PEER = '10.2.0.1', 40000


def tcp(host, flags=stand.ACK):
    return stand.tcp(f'10.3.0.{host}', PEER, LINE, 443, flags)


def answer(host):
    return stand.tcp(LINE, 443, f'10.3.0.{host}', PEER, stand.ACK)


def udp(port):
    return stand.udp('10.3.0.1', PEER, LINE, port)


def error():
    """Port unreachable, which quotes udp(500)."""
    quoted = udp(500)[14:42]
    return stand.frame(LINE, '10.3.0.1', 1, struct.pack('>BBHI', 3, 3, 0, 0) + quoted)


RING = stand.frame('10.3.0.1', LINE, 89, bytes(16))
CYCLIC = stand.ethernet('02:00:00:00:00:91', '02:00:00:00:00:92', [], 0x8892, bytes(46))
EIGHT = 'silent for %s, this rule lets its conversations be silent for 8 h'
NINE = 'silent for %s, this rule lets its conversations be silent for 9 h'

# (what, (nanoseconds since the packet before, frame)..., (line, reason, packets) of a
# violation or None)
CASES = [
    ('as long as it may be', [(0, RING), (8 * HOUR, RING)], None),
    ('a nanosecond longer', [(0, RING), (8 * HOUR + 1, RING)],
     ('ring, slow', EIGHT % '8 h 1 s', 2)),
    ('much longer', [(0, RING), (9 * HOUR + 10 * MINUTE, RING), (SECOND, RING)],
     ('ring, slow', EIGHT % '9 h 10 min', 3)),
    ('the longest of several', [(0, RING), (26 * HOUR, RING), (9 * HOUR, RING)],
     ('ring, slow', EIGHT % '1 d 2 h', 3)),
    ('silent often, never for long', [(0, RING)] + [(7 * HOUR, RING)] * 3, None),
    ('the end is not silence', [(0, RING)], None),
    ('UDP', [(0, udp(500)), (8 * HOUR + 1, udp(500))], ('ring, slow', EIGHT % '8 h 1 s', 2)),
    ('each service its own time', [(0, udp(600)), (2 * HOUR, udp(600))],
     ('ring, slow', 'silent for 2 h, this rule lets its conversations be silent for 1 h', 2)),
    ('an error breaks the silence', [(0, udp(500)), (7 * HOUR, error()), (7 * HOUR, udp(500))],
     None),
    ('TCP', [(0, tcp(1, stand.SYN)), (SECOND, answer(1)), (8 * HOUR + 1, tcp(1))],
     ('ring, slow', EIGHT % '8 h 1 s', 3)),
    ('the other side speaks', [(0, tcp(1, stand.SYN)), (7 * HOUR, answer(1)),
                               (7 * HOUR, tcp(1))], None),
    ('the other side ends it', [(0, tcp(1, stand.SYN)), (9 * HOUR, answer(1))],
     ('ring, slow', EIGHT % '9 h', 2)),
    ('the longest time wins', [(0, tcp(2)), (9 * HOUR, tcp(2))], None),
    ('and is told', [(0, tcp(2)), (9 * HOUR + MINUTE, tcp(2))],
     ('10.3.0.2 -> line : slower', NINE % '9 h 1 min', 2)),
    ('a rule that asks for none has no say', [(0, tcp(3)), (9 * HOUR, tcp(3))],
     ('10.3.0.3 -> line : slow', EIGHT % '9 h', 2)),
    ('no rule asks', [(0, tcp(4)), (99 * HOUR, tcp(4))], None),
    ('across an edge the later rule counts', [(NOON, tcp(5)), (12 * HOUR, tcp(5))],
     ('slow { from', EIGHT % '12 h', 1)),
    ('before an edge its own rule counts', [(NOON, tcp(5)), (9 * HOUR, tcp(5)),
                                            (4 * HOUR, tcp(5)), (8 * HOUR, tcp(5))], None),
    ('a late packet begins no silence',
     [(NOON, tcp(5)), (9 * HOUR, tcp(5)), (4 * HOUR, tcp(5)), (-12 * HOUR, tcp(5)),
      (14 * HOUR, tcp(5))], None),
    ('a late packet ends none', [(0, udp(500)), (4 * HOUR, udp(500)), (-9 * HOUR, udp(500)),
                                 (17 * HOUR, udp(500))], None),
    ('between stations', [(0, CYCLIC), (8 * HOUR + 1, CYCLIC)],
     ('ops -> line : cyclic', EIGHT % '8 h 1 s', 2)),
]


def write(plant, steps):
    """A capture in nanoseconds: stand writes those of microseconds."""
    instant, packets = START, []
    for gap, data in steps:
        instant += gap
        packets.append((*divmod(instant, SECOND), data))
    path = plant.path('silence.pcap')
    stand.frames.write_pcap(path, packets)
    with open(path, 'r+b') as file:
        file.write(struct.pack('<I', 0xa1b23c4d))
    return path


def line_of(part):
    return next(number for number, line in enumerate(POLICY.splitlines(), 1)
                if 'allow' in line and part in line)


def told(report):
    summary, found = report['summary'], report['violations']
    if not found:
        return summary['violations'], None
    violation, = found
    assert 'question' not in violation and 'witness' not in violation
    return summary['violations'], (violation['kind'], violation['nearest']['line'],
                                   violation['nearest']['reason'], violation['packets'])


def report(plant, steps, *options):
    run = plant.run('--format', 'json', *options, write(plant, steps))
    return run.returncode, stand.json.loads(run.stdout)


def judge_case(tap, plant, name, steps, wrong):
    code, seen = report(plant, steps)
    want = (0, (0, None))
    if wrong:
        want = (1, (1, ('over-idle', line_of(wrong[0]), *wrong[1:])))
    tap.equal((code, told(seen)), want, name)


def judge_denied(tap, plant):
    _, seen = report(plant, [(0, tcp(6)), (9 * HOUR, tcp(6))])
    tap.equal([each['kind'] for each in seen['violations']], ['denied'],
              'what is denied is not blamed for its silence')


def judge_reuse(tap, plant):
    code, seen = report(plant, [(0, tcp(1, stand.SYN)), (SECOND, answer(1)),
                                (9 * HOUR, tcp(1, stand.SYN))])
    tap.equal((code, seen['summary']['conversations']), (0, 2),
              'a SYN after the silence begins a conversation of its own')


def judge_sum(tap, plant):
    again = stand.udp('10.3.0.1', PEER + 1, LINE, 500)
    _, seen = report(plant, [(0, udp(500)), (SECOND, again), (9 * HOUR, again),
                             (0, udp(500))])
    tap.equal([(each['kind'], each['conversations'], each['packets'])
               for each in seen['violations']], [('over-idle', 2, 4)], 'two are one finding')


def judge_evidence(tap, plant):
    path = plant.path('evidence.pcap')
    report(plant, [(0, RING), (SECOND, RING), (9 * HOUR, RING), (SECOND, RING)],
           '--evidence', path)
    with open(path, 'rb') as file:
        kept = (len(file.read()) - 24) // (16 + len(RING))
    tap.equal(kept, 2, 'evidence begins with the packet that ends the silence')


def judge_text(tap, plant):
    run = plant.run(write(plant, [(0, RING), (9 * HOUR + 10 * MINUTE, RING)]))
    lines = run.stdout.splitlines()
    tap.equal((lines[0], lines[1]),
              ('over-idle: 10.3.0.1 (ops) -> 10.2.0.1 (line) : ring',
               '    why      ' + EIGHT % '9 h 10 min'), 'in text')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for case in CASES:
            judge_case(tap, plant, *case)
        for judge in judge_denied, judge_reuse, judge_sum, judge_evidence, judge_text:
            judge(tap, plant)
    tap.end()


main()
