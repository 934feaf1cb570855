# SPDX-License-Identifier: Apache-2.0
"""Tables that are too small for the traffic: the summary says what did not fit, and
the answer is never that all conforms."""
import struct

import stand
import frames

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line { allow ops -> line : tcp 443, udp 443 }
"""


def conversations(count, gap=1, port=443):
    return [(stand.START + gap * number,
             stand.tcp('10.3.0.1', 40000 + number, '10.2.0.1', port)) for number in range(count)]


def fragment(number, second):
    """One of the two halves of a UDP datagram."""
    body = b'x' * 8 if second else struct.pack('>HHHH', 40000 + number, 443, 24, 0)
    head = struct.pack('>BBHHHBBHII', 0x45, 0, 20 + len(body), number,
                       1 if second else 0x2000, 64, 17, 0, 0x0a030001, 0x0a020001)
    head = head[:10] + struct.pack('>H', frames.checksum(head)) + head[12:]
    return stand.ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', (), 0x0800, head + body)


def told(report):
    summary = report['summary']
    return (summary['outcome'], summary['conversations'], summary['conformant'],
            summary['violations'], summary['unseen'])


FULL = 'packets were not judged: the table of conversations was full'
ORPHANS = 'fragments came without their first'
LOST = 'sightings did not fit the table of violations'

# (what, packets, options, exit code, what the summary tells)
CASES = [
    ('conversations that fit', conversations(4), ['--max-conversations', '4'], 0,
     ('conformant', 4, 4, 0, [])),
    ('too many conversations', conversations(10), ['--max-conversations', '4'], 2,
     ('incomplete', 4, 4, 0, ['6 ' + FULL])),
    ('silent ones give way', conversations(10, gap=601), ['--max-conversations', '4'], 0,
     ('conformant', 10, 10, 0, [])),
    ('as soon as it is asked', conversations(10, gap=6),
     ['--max-conversations', '1', '--max-idle', '5'], 0, ('conformant', 10, 10, 0, [])),
    ('and no sooner', conversations(10, gap=5),
     ['--max-conversations', '1', '--max-idle', '5'], 2,
     ('incomplete', 5, 5, 0, ['5 ' + FULL])),
    ('violations beside what was lost', conversations(4, port=22) + conversations(4),
     ['--max-conversations', '5'], 2, ('incomplete', 5, 1, 4, ['3 ' + FULL])),
    ('fragments that fit', [fragment(number, second) for second in (0, 1)
                            for number in range(8)], [], 0, ('conformant', 8, 8, 0, [])),
    ('too many fragments', [fragment(number, second) for second in (0, 1)
                            for number in range(100)], ['--max-fragments', '8'], 2,
     ('incomplete', 100, 100, 0, ['100 ' + ORPHANS])),
    ('later fragments alone', [fragment(7, 1)], [], 2, ('incomplete', 0, 0, 0, ['1 ' + ORPHANS])),
    ('violations that fit', [packet for port in (1, 2, 3) for packet in
                             conversations(1, port=port)], ['--max-violations', '3'], 1,
     ('violations', 3, 0, 3, [])),
    ('too many violations', [packet for port in range(1, 6) for packet in
                             conversations(1, port=port)], ['--max-violations', '3'], 2,
     ('incomplete', 5, 0, 5, ['2 ' + LOST])),
]


def check_usage(tap, plant):
    capture = plant.capture(conversations(1))
    for option in ('--max-conversations', '--max-fragments', '--max-idle', '--max-violations',
                   '-j'):
        for value in ('0', '-1', 'many', '99999999999999999999'):
            run = plant.run(option, value, capture)
            tap.check(run.returncode == 2 and not run.stdout and
                      f"'{value}' is not a number above 0" in run.stderr and
                      run.stderr.count('cordon verify:') == 1,
                      f'{option} {value}', run.returncode, run.stdout, run.stderr)


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, packets, options, want, summary in CASES:
            code, report = plant.report(packets, *options)
            tap.equal((code, told(report)), (want, summary), name)
        check_usage(tap, plant)
    tap.end()


main()
