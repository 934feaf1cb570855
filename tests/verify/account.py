# SPDX-License-Identifier: Apache-2.0
"""What the summary and the coverage count: conversations whose operations would
decide and cannot be seen, rules that matched any traffic, assets that were seen."""
import stand
import frames

POLICY = """
policy "account" { timezone "UTC" }
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16; multicast 239.1.1.0/24 }
zone cell level 1 { subnet 10.1.0.0/16; vlan 10; multicast 239.1.1.0/24 }
asset server in ops  { address 10.3.0.1; role server }
asset other  in ops  { address 10.3.0.2; role server }
asset plc    in line { address 10.2.0.1; role plc }
asset silent in line { address 10.2.0.2; role plc }
schedule night { daily 22:00 - 04:00 }
conduit work between ops and line, cell {
    allow server -> plc : modbus(read)                                  { id reads }
    allow ops -> line : modbus(read, write)                             { id again }
    deny  ops -> line : modbus(program)                                 { id noprogram }
    allow ops -> plc : tcp 443                                          { id web }
    allow ops -> line : tcp 443                                         { id web-again }
    allow ops -> line : tcp 443                                         { during night; id web-night }
    deny  10.3.9.9 -> any : tcp 443                                     { id web-no }
    allow ops -> line : cip                                             { id cip-all }
    allow other -> plc : tcp 22                                         { id shell }
    allow ops -> line, cell : udp 5000                                  { id groups }
    allow ops -> line : udp 5000                                        { id groups-line }
    allow ops -> line : tcp 502 { in by-hand; id hand }
}
mode by-hand "by hand"
deny any -> 10.2.7.7 : modbus(write)                                    { id narrow }
"""
RULES = ('reads again noprogram web web-again web-night web-no cip-all shell groups groups-line '
         'hand narrow').split()


def ask(source, target, port):
    return stand.tcp(source, 40000, target, port)


def begin(source, target, port):
    """The beginning of a frame, of Modbus or of EtherNet/IP, and no more of it."""
    return stand.tcp(source, 40000, target, port, stand.ACK, payload=b'\x00' * 4)


def answer(source, target, port):
    return stand.tcp(source, port, target, 40000, stand.SYN | stand.ACK)


def group(source):
    return stand.frame(source, '239.1.1.1', frames.UDP, frames.udp(5000, 5000),
                       dmac='01:00:5e:01:01:01')


# (what, packets, conversations that operations decide, rules used, assets seen)
CASES = [
    ('reading', [begin('10.3.0.1', '10.2.0.1', 502)], 1, 'reads again noprogram', 'server'),
    ('a host beside the narrower rule', [begin('10.3.0.2', '10.2.0.9', 502)], 1,
     'again noprogram', 'other'),
    ('a handshake alone', [ask('10.3.0.2', '10.2.0.9', 502)], 0, 'again noprogram', 'other'),
    ('plain', [ask('10.3.0.1', '10.2.0.1', 443)], 0, 'web web-again', 'server'),
    ('plain, and a deny', [ask('10.3.9.9', '10.2.0.1', 443)], 0, 'web web-again web-no', ''),
    ('all operations of one protocol', [begin('10.3.0.5', '10.2.0.1', 44818)], 1, 'cip-all', ''),
    ('inside a zone', [ask('10.2.0.1', '10.2.0.9', 502)], 0, '', 'plc'),
    ('inside a zone, with a deny of operations', [begin('10.2.0.9', '10.2.7.7', 502)], 1,
     'narrow', ''),
    ('an answer', [ask('10.3.0.1', '10.2.0.2', 443), answer('10.2.0.2', '10.3.0.1', 443)], 0,
     'web-again', 'server silent'),
    ('no answer', [ask('10.3.0.1', '10.2.0.2', 443)], 0, 'web-again', 'server'),
    ('a denied flow', [ask('10.3.0.1', '10.2.0.2', 9)], 0, '', 'server'),
    ('a group at two zones', [group('10.3.0.9')], 0, 'groups groups-line', ''),
    ('twice is once', [begin('10.3.0.1', '10.2.0.1', 502),
                       (stand.START + 50000, begin('10.3.0.1', '10.2.0.1', 502))],
     1, 'reads again noprogram', 'server'),
]


def told(report):
    coverage = report['coverage']
    unused = {each['line'] for each in coverage['unused_rules']}
    lines = {rule: number for number, line in enumerate(POLICY.splitlines(), 1)
             for rule in RULES if f'id {rule} }}' in line}
    assert len(lines) == len(RULES)
    return (report['summary']['operations_uninspected'],
            {rule for rule in RULES if lines[rule] not in unused},
            {'server', 'other', 'plc', 'silent'} - set(coverage['unseen_assets']))


def check_text(tap, plant):
    run = plant.run('--coverage', plant.capture(CASES[0][1]))
    listed = run.stdout.split('rules that no traffic used:\n')[1].split('\n\n')[0].splitlines()
    tap.equal((len(listed), listed[-4:]), (len(RULES) - 3 + 1 + 3, [
        'assets never seen:', '    other', '    plc', '    silent']), 'coverage as text')
    tap.check('1 conversation is undetermined: its operations decide' in run.stdout,
              'operations in the text', run.stdout)


def check_layer2(tap, plant):
    """Stations that no inventory and no VLAN places are not said to conform."""
    known = stand.ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', [10], 0x8892, bytes(46))
    unknown = stand.ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', [], 0x8892, bytes(46))
    _, report = plant.report([known, unknown])
    summary = report['summary']
    tap.equal((summary['conversations'], summary['conformant'], summary['unplaced']), (1, 1, 0),
              'layer 2 on a known VLAN')
    _, report = plant.report([unknown])
    summary = report['summary']
    tap.equal((summary['conversations'], summary['conformant'], summary['unplaced']), (1, 0, 1),
              'layer 2 between stations of unknown zones')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, packets, operations, rules, assets in CASES:
            _, report = plant.report(packets, '--coverage')
            tap.equal(told(report), (operations, set(rules.split()), set(assets.split())), name)
        check_text(tap, plant)
        check_layer2(tap, plant)
    tap.end()


main()
