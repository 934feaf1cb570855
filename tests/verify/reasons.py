# SPDX-License-Identifier: Apache-2.0
"""Why a flow is a violation: each reason, and which of several is told
(verifier/nearest.h)."""
import stand

POLICY = """
policy "reasons" { timezone "UTC" }
zone office level 4 { subnet 10.4.0.0/16 }
zone ops    level 3 { subnet 10.3.0.0/16 }
zone line   level 2 { subnet 10.2.0.0/16; multicast 239.1.1.0/24 }
zone press  level 2 { subnet 10.1.0.0/16; intrazone deny }
zone cell   level 1 { subnet 10.9.0.0/16; intrazone deny }
protocol chatty { on tcp 7000
    read get 1
    session hello 2 }
schedule night { daily 22:00 - 04:00 }
mode repair "by hand"
conduit work between ops and line, press {
    allow 10.3.0.1 -> 10.2.0.1 : tcp 443
    allow 10.3.0.2 -> 10.2.0.1 : tcp 443 { during night }
    allow 10.3.0.3 -> 10.2.0.1 : tcp 443 { until 2026-01-31 }
    allow 10.3.0.4 -> 10.2.0.1 : tcp 443 { from 2027-01-01 }
    allow 10.3.0.5 -> 10.2.0.1 : tcp 443 { in repair }
    allow 10.3.0.6 -> 10.2.0.1 : chatty(get)
    deny  10.3.0.6 -> 10.2.0.1 : chatty(get), tcp 7001
    allow 10.3.0.7 -> 10.2.0.1 : modbus(read)
    deny  10.3.0.7 -> 10.2.0.1 : modbus(read, write)
    allow 10.3.0.8 -> 10.2.0.1 : tcp 443
    deny  10.3.0.8 -> 10.2.0.1 : tcp 443
    deny  10.3.0.14 -> 10.2.0.1 : modbus(program)
    allow 10.2.0.9 -> 10.3.0.2 : tcp 443
    allow 10.3.0.10 -> 10.1.0.1 : tcp 443, tcp 80
    allow 10.3.0.11 -> 10.2.0.1 : tcp 443 { in repair }
    allow 10.3.0.11 -> 10.2.0.1 : tcp 443 { during night }
    allow 10.2.0.12 -> 10.3.0.12 : tcp 443
    allow 10.3.0.12 -> 10.2.0.12 : tcp 443 { during night }
    allow 10.3.0.13 -> 10.2.0.13 : tcp 443
    allow 10.3.0.13 -> 10.2.0.14 : tcp 80
    allow 10.3.0.15 -> line : udp 5000
    allow 10.3.0.16 -> line except 239.1.1.1 : tcp 9
}
conduit desk between office and ops { allow 10.4.0.1 -> 10.3.0.1 : tcp 443 }
conduit own within cell { allow 10.9.0.1 -> 10.9.0.2 : tcp 443 }
deny 10.3.0.99 -> any : any
"""

# (what, source, destination, port, kind, line of the rule or conduit, the reason)
CASES = [
    ('no conduit', '10.4.0.1', '10.2.0.1', 443, 'not-allowed', None,
     'no conduit joins office and line'),
    ('no conduit inside a zone', '10.1.0.1', '10.1.0.2', 443, 'not-allowed', None,
     'press denies traffic inside it and no conduit is within it'),
    ('no conduit outside', '8.8.8.8', '9.9.9.9', 443, 'not-allowed', None,
     'neither end lies in a zone of the policy'),
    ('no such sender', '235.1.1.1', '10.2.0.1', 443, 'not-allowed', None,
     'no zone holds such a source'),
    ('no conduit beats the same service elsewhere', '10.4.0.1', '10.1.0.1', 443,
     'not-allowed', None, 'no conduit joins office and press'),
    ('outside its schedule', '10.3.0.2', '10.2.0.1', 443, 'outside-time',
     'allow 10.3.0.2 -> 10.2.0.1',
     'outside the schedule of this rule (at 2026-11-18T11:06:40+00:00)'),
    ('expired', '10.3.0.3', '10.2.0.1', 443, 'outside-time', 'allow 10.3.0.3 ->',
     'this rule expired at 2026-02-01T00:00:00+00:00'),
    ('not yet begun', '10.3.0.4', '10.2.0.1', 443, 'outside-time', 'allow 10.3.0.4 ->',
     'this rule begins only at 2027-01-01T00:00:00+00:00'),
    ('other mode', '10.3.0.5', '10.2.0.1', 443, 'not-allowed', 'allow 10.3.0.5 ->',
     'this rule is active only in mode repair'),
    ('time before mode', '10.3.0.11', '10.2.0.1', 443, 'outside-time',
     'allow 10.3.0.11 -> 10.2.0.1 : tcp 443 { during',
     'outside the schedule of this rule (at 2026-11-18T11:06:40+00:00)'),
    ('housekeeping alone is left', '10.3.0.6', '10.2.0.1', 7000, 'denied',
     'deny  10.3.0.6 ->', 'this rule denies every operation that is allowed'),
    ('the plain part of that deny', '10.3.0.6', '10.2.0.1', 7001, 'denied',
     'deny  10.3.0.6 ->', 'this rule denies it'),
    ('a deny of operations without an allow', '10.3.0.14', '10.2.0.1', 502, 'not-allowed',
     'allow 10.3.0.7', 'this rule does not list the source'),
    ('every operation denied', '10.3.0.7', '10.2.0.1', 502, 'denied', 'deny  10.3.0.7 ->',
     'this rule denies every operation that is allowed'),
    ('denied', '10.3.0.8', '10.2.0.1', 443, 'denied', 'deny  10.3.0.8 ->',
     'this rule denies it'),
    ('denied beats no conduit', '10.3.0.99', '10.9.0.1', 443, 'denied', 'deny 10.3.0.99',
     'this rule denies it'),
    ('other direction', '10.2.0.1', '10.3.0.1', 443, 'not-allowed', 'allow 10.3.0.1 ->',
     'this rule allows it in the other direction only'),
    ('time before direction', '10.3.0.12', '10.2.0.12', 443, 'outside-time',
     'allow 10.3.0.12 ->',
     'outside the schedule of this rule (at 2026-11-18T11:06:40+00:00)'),
    ('other service', '10.3.0.1', '10.2.0.1', 22, 'not-allowed', 'allow 10.3.0.1 ->',
     'this rule allows tcp 443 only'),
    ('other service of several', '10.3.0.10', '10.1.0.1', 22, 'not-allowed',
     'allow 10.3.0.10 ->', 'this rule allows other services only'),
    ('service before destination', '10.3.0.13', '10.2.0.14', 443, 'not-allowed',
     'allow 10.3.0.13 -> 10.2.0.14', 'this rule allows tcp 80 only'),
    ('source', '10.3.7.7', '10.1.0.1', 80, 'not-allowed', 'allow 10.3.0.10 ->',
     'this rule does not list the source'),
    ('destination', '10.4.0.1', '10.3.7.7', 443, 'not-allowed', 'conduit desk',
     'this rule does not list the destination'),
    ('a group', '10.3.0.15', '239.1.1.1', 9, 'not-allowed', 'allow 10.3.0.15 ->',
     'this rule allows udp 5000 only'),
    ('a group left out', '10.3.0.16', '239.1.1.1', 9, 'not-allowed', 'allow 10.3.0.16 ->',
     'this rule does not list the destination'),
    ('nothing near', '10.4.0.7', '10.3.7.7', 9, 'not-allowed', 'conduit desk',
     'conduit desk joins office and ops, but no rule of it comes near'),
    ('nothing near inside a zone', '10.9.0.7', '10.9.7.7', 9, 'not-allowed', 'conduit own',
     'conduit own is within cell, but no rule of it comes near'),
]


def line_of(start):
    return next(number for number, line in enumerate(POLICY.splitlines(), 1) if start in line)


def wanted(case):
    _, _, _, _, kind, start, reason = case
    return kind, line_of(start) if start else None, reason


def found(report):
    violation, = report['violations']
    nearest = violation['nearest']
    return violation['kind'], nearest['line'], nearest['reason']


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for case in CASES:
            name, source, target, port, *_ = case
            code, report = plant.report([stand.tcp(source, 40000, target, port)])
            tap.equal((code, found(report) if code == 1 else report), (1, wanted(case)), name)
    tap.end()


main()
