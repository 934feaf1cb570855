# SPDX-License-Identifier: Apache-2.0
"""Sources that are not where they should be, and what on a mirror port only looks
so (verifier/origin.h)."""
import stand

POLICY = """
zone office  level 4 { subnet 10.4.0.0/16, 2001:db8:4::/48 }
zone ops     level 3 { subnet 10.3.0.0/16, 2001:db8:3::/48; vlan 30 }
zone filling level 2 { subnet 10.2.1.0/24, 2001:db8:21::/64; vlan 201 }
zone packing level 2 { subnet 10.2.2.0/24, 2001:db8:22::/64; vlan 202; inventory complete }
zone nested  level 1 { subnet 10.2.1.128/28 }
zone between level 3 { subnet 10.5.0.0/24; vlan 50 }
asset plc    in filling { address 10.2.1.10, 2001:db8:21::10; mac 02:aa:00:00:00:01; role plc }
asset hmi    in filling { address 10.2.1.20; mac 02:aa:00:00:00:02; role hmi }
asset pack   in packing { address 10.2.2.10, 2001:db8:22::10; mac 02:aa:00:00:00:03; role plc }
asset dual   in filling, packing {
    address 10.2.1.30, 10.2.2.30; mac 02:aa:00:00:00:04, 02:aa:00:00:00:14; role server }
asset route  in ops { address 10.3.0.1; mac 02:aa:00:00:00:05; role cell-router }
asset fw     in ops { address 10.3.0.2; mac 02:aa:00:00:00:06; role appliance }
asset twin-a in filling { address 10.2.1.41; mac 02:aa:00:00:00:07; role plc }
asset twin-b in filling { address 10.2.1.42; mac 02:aa:00:00:00:07; role plc }
device fw { platform nftables
    interface eth0 faces ops { address 10.3.0.2 }
    interface eth1 faces filling { address 10.2.1.1 }
    interface eth2 faces packing { address 10.2.2.1 }
    interface eth3 faces between }
device other { platform nftables
    interface eth0 faces between
    interface eth1 faces office }
conduit all between filling, packing, nested and ops, office, between { allow any -> any : any }
conduit cells between filling and packing { allow any -> any : any }
conduit upper between ops and office, between { allow any -> any : any }
"""

PLC, HMI, PACK, DUAL, DUAL2, ROUTE, FW, TWIN = (
    '02:aa:00:00:00:%02x' % last for last in (1, 2, 3, 4, 0x14, 5, 6, 7))
STRANGER = '02:bb:00:00:00:01'  # in no inventory

# (what, source, destination, MAC, tags, what is wrong with the source)
CASES = [
    ('its own MAC and VLAN', '10.2.1.10', '10.3.0.9', PLC, [201], None),
    ("another asset's MAC", '10.2.1.10', '10.3.0.9', HMI, [201], 'spoofed-source'),
    ("another asset's MAC, IPv6", '2001:db8:21::10', '2001:db8:3::9', HMI, [201],
     'spoofed-source'),
    ("another zone's address", '10.2.2.10', '10.3.0.9', HMI, [], 'spoofed-source'),
    ('an address from outside', '10.4.0.9', '10.3.0.9', HMI, [], 'spoofed-source'),
    ('a MAC that nobody lists', '10.2.1.10', '10.3.0.9', STRANGER, [201], None),
    ("a router's MAC, by its role", '10.2.1.10', '10.3.0.9', ROUTE, [30], None),
    ("a firewall's MAC, by the device's address", '10.2.1.10', '10.3.0.9', FW, [30], None),
    ('a second address in its own zone', '10.2.1.77', '10.3.0.9', PLC, [201], None),
    ('its IPv6 address, not in the inventory', '2001:db8:21::77', '2001:db8:3::9', HMI, [201],
     None),
    ('one of two assets with a MAC', '10.2.1.42', '10.3.0.9', TWIN, [201], None),
    ('neither of two assets with a MAC', '10.2.1.10', '10.3.0.9', TWIN, [201],
     'spoofed-source'),
    ('an asset in two zones', '10.2.2.30', '10.3.0.9', DUAL, [202], None),
    ('no link layer that names a sender', '10.2.1.10', '10.3.0.9', '00:00:00:00:00:00', [],
     None),

    ('routed, on the VLAN it goes to', '10.2.1.10', '10.2.2.10', STRANGER, [202], None),
    ('routed, on the VLAN it comes from', '10.2.1.10', '10.2.2.10', STRANGER, [201], None),
    ('not routed, on the VLAN it goes to', '10.2.1.10', '10.2.2.10', PLC, [202],
     'misplaced-source'),
    ("on a third zone's VLAN", '10.2.1.10', '10.2.2.10', STRANGER, [30], 'misplaced-source'),
    ("on a third zone's VLAN, IPv6", '2001:db8:21::10', '2001:db8:22::10', STRANGER, [30],
     'misplaced-source'),
    ('between two devices', '10.2.1.10', '10.4.0.9', STRANGER, [50], None),
    ("inside a zone on another's VLAN", '10.2.1.10', '10.2.1.20', STRANGER, [202],
     'misplaced-source'),
    ("a broadcast on another zone's VLAN", '10.2.1.10', '10.2.1.255', STRANGER, [202],
     'misplaced-source'),
    ("a group on another zone's VLAN", '10.2.1.10', '239.9.9.9', STRANGER, [202],
     'misplaced-source'),
    ('a VLAN of no zone', '10.2.1.10', '10.3.0.9', PLC, [999], None),
    ('no tag', '10.2.1.10', '10.3.0.9', PLC, [], None),
    ('a priority tag', '10.2.1.10', '10.3.0.9', PLC, [0], None),
    ('a server on a trunk, with either address', '10.2.2.30', '10.3.0.9', DUAL, [201], None),
    ('a nested zone on the wire around it', '10.2.1.130', '10.3.0.9', STRANGER, [201], None),
    ('a nested zone elsewhere', '10.2.1.130', '10.3.0.9', STRANGER, [202],
     'misplaced-source'),
    ('from outside, on a VLAN that is no transit', '10.4.0.9', '10.3.0.9', STRANGER, [201],
     'misplaced-source'),

    ("the mirror's tag outside", '10.2.1.10', '10.3.0.9', PLC, [(0x88a8, 202), 201], None),
    ("the mirror's tag alone names a zone", '10.2.1.10', '10.3.0.9', PLC,
     [(0x88a8, 202), 999], None),
    ('QinQ, the inner tag is wrong', '10.2.1.10', '10.3.0.9', PLC, [(0x88a8, 201), 202],
     'misplaced-source'),
    ('a priority tag inside', '10.2.1.10', '10.3.0.9', PLC, [202, 0], 'misplaced-source'),
    ('three tags', '10.2.1.10', '10.3.0.9', PLC, [999, 201, 202], 'misplaced-source'),

    ('no asset in a complete inventory', '10.2.2.99', '10.3.0.9', STRANGER, [202],
     'unknown-asset'),
    ('no asset in a complete inventory, IPv6', '2001:db8:22::99', '2001:db8:3::9', STRANGER,
     [202], 'unknown-asset'),
    ('no asset where the inventory is not complete', '10.2.1.99', '10.3.0.9', STRANGER, [201],
     None),
    ("the device's own address", '10.2.2.1', '10.3.0.9', STRANGER, [202], None),
    ('a group in a complete inventory', '10.2.2.10', '239.9.9.9', PACK, [202], None),
]


def kinds(report):
    return sorted(each['kind'] for each in report['violations'])


def check_sources(tap, plant):
    for name, source, target, smac, tags, fault in CASES:
        code, report = plant.report([stand.tcp(source, 40000, target, 80, smac=smac,
                                               vlans=tags)])
        tap.equal((code, kinds(report) if code < 2 else report),
                  (1, [fault]) if fault else (0, []), name)


def ask(**where):
    return stand.tcp('10.3.0.9', 40000, '10.2.1.10', 80, **where)


def answer(source='10.2.1.10', **where):
    return stand.tcp(source, 80, '10.3.0.9', 40000, stand.SYN | stand.ACK, **where)


def check_both_sides(tap, plant):
    """Who answers is a sender, too; and what shows later in a conversation counts."""
    code, report = plant.report([ask(smac=STRANGER), answer(smac=HMI)])
    found = report['violations'][0]
    tap.equal((code, found['kind'], found['source'], found['detail']),
              (1, 'spoofed-source', 'plc', f'sent from {HMI}, which the inventory gives to hmi'),
              'an answer from the wrong MAC')
    code, report = plant.report([ask(), answer(smac=PLC, vlans=[202])])
    tap.equal((code, kinds(report)), (1, ['misplaced-source']), 'an answer on the wrong VLAN')
    code, report = plant.report([ask(), answer(smac=PLC), answer(smac=ROUTE),
                                 answer(smac=HMI), answer(smac=PLC), answer(smac=STRANGER)])
    tap.equal((code, kinds(report)), (1, ['spoofed-source']), 'one wrong MAC among many')
    code, report = plant.report([
        stand.tcp('10.3.0.9', 40000, '10.2.2.99', 80),
        stand.tcp('10.2.2.99', 80, '10.3.0.9', 40000, stand.SYN | stand.ACK)])
    tap.equal((code, kinds(report), report['violations'][0]['source']),
              (1, ['unknown-asset'], '10.2.2.99'), 'an unknown asset that answers')
    code, report = plant.report([stand.tcp('10.3.0.9', 40000, '10.2.2.99', 80)])
    tap.equal((code, kinds(report)), (0, []), 'an address that nobody answers from')


def check_seen_twice(tap, plant):
    """A mirror of both VLANs sees a routed packet before and after the router."""
    code, report = plant.report([
        stand.tcp('10.2.1.10', 40000, '10.2.2.10', 80, smac=PLC, vlans=[201]),
        stand.tcp('10.2.1.10', 40000, '10.2.2.10', 80, smac=FW, vlans=[202]),
        stand.tcp('10.2.2.10', 80, '10.2.1.10', 40000, 0x12, smac=PACK, vlans=[202]),
        stand.tcp('10.2.2.10', 80, '10.2.1.10', 40000, 0x12, smac=FW, vlans=[201])])
    tap.equal((code, kinds(report)), (0, []), 'routed packets seen twice')


def check_evidence(tap, plant):
    """Evidence begins with the packet that tells."""
    evidence = plant.path('evidence.pcap')
    plant.report([ask(), answer(smac=PLC), answer(smac=HMI), ask(flags=stand.ACK)],
                 '--evidence', evidence)
    with open(evidence, 'rb') as file:
        size = len(file.read())
    tap.equal(size, 24 + 2 * (16 + 54), 'evidence holds what came from the wrong MAC on')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        check_sources(tap, plant)
        check_both_sides(tap, plant)
        check_seen_twice(tap, plant)
        check_evidence(tap, plant)
    tap.end()


main()
