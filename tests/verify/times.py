# SPDX-License-Identifier: Apache-2.0
"""A conversation that outlives its schedule or its rule is a violation from that
moment on: both sides of an expiry, of a schedule's edges, and of clock changes."""
import stand

POLICY = """
policy "times" { timezone "America/Chicago" }
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
schedule one-to-two { daily 01:00 - 02:00 }
schedule two-to-three { daily 02:00 - 03:00 }
schedule one-to-four { daily 01:00 - 04:00 }
conduit work between ops and line {
    allow 10.3.0.1 -> 10.2.0.1 : tcp 443 { until 2026-06-30 }
    allow 10.3.0.2 -> 10.2.0.1 : tcp 443 { during one-to-two }
    allow 10.3.0.3 -> 10.2.0.1 : tcp 443 { during two-to-three }
    allow 10.3.0.4 -> 10.2.0.1 : tcp 443 { during one-to-four }
    allow 10.3.0.5 -> 10.2.0.1 : tcp 443
    deny  10.3.0.5 -> 10.2.0.1 : tcp 443 { until 2026-06-30 }
    allow 10.3.0.6 -> 10.2.0.1 : tcp 443 { from 2026-07-01 }
}
"""

# (what, source, instants of its packets, which of them violate)
CASES = [
    ('before the expiry', 1, ['2026-07-01T04:59:58Z', '2026-07-01T04:59:59Z'], []),
    ('across the expiry', 1, ['2026-07-01T04:59:58Z', '2026-07-01T04:59:59Z',
                              '2026-07-01T05:00:00Z', '2026-07-01T05:00:01Z'], [3, 4]),
    ('after the expiry', 1, ['2026-07-01T05:00:00Z'], [1]),
    ('a packet late across the expiry', 1,
     ['2026-07-01T04:59:58Z', '2026-07-01T05:00:00Z', '2026-07-01T04:59:59Z',
      '2026-07-01T05:00:01Z'], [2, 4]),
    ('across the beginning', 6, ['2026-07-01T04:59:59Z', '2026-07-01T05:00:00Z'], [1]),
    ("across a deny's expiry", 5, ['2026-07-01T04:59:59Z', '2026-07-01T05:00:00Z'], [1]),
    ('an hour of the night', 2,
     ['2026-07-01T05:59:59Z', '2026-07-01T06:00:00Z', '2026-07-01T06:59:59Z',
      '2026-07-01T07:00:00Z'], [1, 4]),
    ('an hour that comes twice', 2,
     ['2026-11-01T05:59:59Z', '2026-11-01T06:00:00Z', '2026-11-01T06:59:59Z',
      '2026-11-01T07:00:00Z', '2026-11-01T07:59:59Z', '2026-11-01T08:00:00Z'], [1, 6]),
    ('an hour that vanishes', 3, ['2026-03-08T07:59:59Z', '2026-03-08T08:00:00Z',
                                  '2026-03-08T08:59:59Z'], [1, 2, 3]),
    ('that hour on the day after', 3, ['2026-03-09T06:59:59Z', '2026-03-09T07:00:00Z'], [1]),
    ('around an hour that vanishes', 4,
     ['2026-03-08T06:59:59Z', '2026-03-08T07:00:00Z', '2026-03-08T08:59:59Z',
      '2026-03-08T09:00:00Z'], [1, 4]),
    ('three nights', 2,
     ['2026-07-01T06:30:00Z', '2026-07-01T18:00:00Z', '2026-07-02T06:30:00Z',
      '2026-07-02T18:00:00Z', '2026-07-03T06:30:00Z'], [2, 4]),
]


def packets(host, instants):
    return [(stand.at(each.replace('Z', '+00:00')),
             stand.tcp(f'10.3.0.{host}', 40000, '10.2.0.1', 443,
                       stand.SYN if number == 0 else stand.ACK))
            for number, each in enumerate(instants)]


def told(report):
    """packets in breach, the first of them, conversations in breach."""
    summary, found = report['summary'], report['violations']
    assert summary['conversations'] == 1 and len(found) <= 1
    if not found:
        return 0, None, summary['violations']
    assert found[0]['conversations'] == 1
    return found[0]['packets'], found[0]['example']['packet'], summary['violations']


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, host, instants, wrong in CASES:
            code, report = plant.report(packets(host, instants))
            want = (len(wrong), wrong[0], 1) if wrong else (0, None, 0)
            tap.equal((code, told(report)), (1 if wrong else 0, want), name)
    tap.end()


main()
