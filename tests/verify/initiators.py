# SPDX-License-Identifier: Apache-2.0
"""Who began a conversation that is seen from its middle, and that the summary says
how many were guessed."""
import stand
from stand import ACK, SYN, tcp, udp
import frames

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16, 2001:db8:3::/48 }
zone line level 2 { subnet 10.2.0.0/16, 2001:db8:2::/48 }
service recipes = tcp 8443
service spread  = tcp 9000-9010
conduit work between ops and line {
    allow ops -> line : tcp 5021, udp 5021, tcp 1-1024, recipes, spread, icmp echo-request
    allow ops -> line : tcp 20000-60000
}
"""
CLIENT, SERVER, CLIENT6, SERVER6 = '10.3.0.1', '10.2.0.1', '2001:db8:3::1', '2001:db8:2::1'


def forth(port, flags=ACK):
    return tcp(CLIENT, 49999, SERVER, port, flags)


def back(port, flags=ACK):
    return tcp(SERVER, port, CLIENT, 49999, flags)


def ping(kind, source, target):
    return stand.frame(source, target, frames.ICMP, frames.icmp(kind, 0, 7))


# (what, packets, how the initiator is known, whether the server is the responder)
CASES = [
    ('SYN', [forth(5999, SYN)], 'syn', True),
    ('SYN of the other side', [back(5999, SYN)], 'syn', False),
    ('SYN/ACK first', [back(5999, SYN | ACK)], 'syn-ack', True),
    ('the client first', [forth(502), back(502)], 'first-packet', True),
    ('the server first, at a known port', [back(502), forth(502)], 'service-port', True),
    ('a port of the policy', [back(8443)], 'service-port', True),
    ('a range of the policy', [back(9005)], 'service-port', True),
    ('a port that a rule writes', [back(5021)], 'service-port', True),
    ('a wide range tells nothing', [back(30000)], 'first-packet', False),
    ('both ports known', [tcp(SERVER, 502, CLIENT, 443, ACK)], 'first-packet', False),
    ('IPv6', [tcp(SERVER6, 502, CLIENT6, 49999, ACK)], 'service-port', True),
    ('a SYN later is another conversation', [back(5999), forth(5999, SYN)], None, None),
    ('UDP, the server first', [udp(SERVER, 5021, CLIENT, 49999)], None, True),
    ('UDP, the client first', [udp(CLIENT, 49999, SERVER, 5021)], None, True),
    ('an echo reply first', [ping(0, SERVER, CLIENT)], None, True),
    ('an echo request', [ping(8, CLIENT, SERVER)], None, True),
]
BASES = ('syn', 'syn-ack', 'first-packet', 'service-port', 'payload')


def check(tap, plant, name, packets, basis, right):
    code, report = plant.report(packets)
    initiators = report['summary']['initiators']
    if basis:
        tap.equal(initiators, {each: int(each == basis) for each in BASES}, name + ': basis')
    # Only the client may begin: the other direction is in breach.
    if right is not None:
        clients = {CLIENT, CLIENT6}
        began = [each['source'] for each in report['violations']]
        tap.check(bool(set(began) & clients) or code == 0 if right else
                  began and not set(began) & clients, name + ': direction', report)


def check_summary(tap, plant):
    packets = [back(502), tcp(CLIENT, 50001, SERVER, 502, ACK), tcp(CLIENT, 50002, SERVER, 502)]
    run = plant.run(plant.capture(packets))
    tap.check('The initiator of 2 TCP conversations was inferred (1 by their first packet, '
              '1 by a known service port).' in run.stdout, 'the summary says how many',
              run.stdout)
    _, report = plant.report([back(5999), forth(5999, SYN)])
    tap.equal((report['summary']['conversations'], report['summary']['initiators']['syn']),
              (2, 1), 'a guess gives way to a SYN')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for case in CASES:
            check(tap, plant, *case)
        check_summary(tap, plant)
    tap.end()


main()
