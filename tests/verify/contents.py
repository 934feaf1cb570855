# SPDX-License-Identifier: Apache-2.0
"""What conversations say, held against the policy: operations that are allowed, those
that are not, with how often they were asked for, done and refused; ports whose content
is something else; protocols at ports where none is expected; who asks, where a capture
begins in the middle."""
import struct
import subprocess

import stand

POLICY = """
policy "contents" { timezone "UTC" }
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
asset historian in ops  { address 10.3.0.1 }
asset plc       in line { address 10.2.0.1 }
service old-modbus = modbus on tcp 1502
conduit work between ops and line {
    allow historian -> plc : modbus(read)
    allow historian -> plc : old-modbus(read)
    allow 10.3.0.2 -> plc : modbus
    allow 10.3.0.3 -> plc : tcp 502, tcp 9999
    allow 10.3.0.4 -> plc : modbus(read, write)
    deny  10.3.0.4 -> plc : modbus(write-file-record)
    allow 10.3.0.5 -> plc : umas(read)
    allow 10.3.0.7 -> plc : modbus(read)
    allow 10.3.0.8 -> plc : modbus(read)
    allow 10.3.0.8 -> plc : tcp 80 { until 2026-11-19 }
    allow 10.3.0.6 -> 10.2.0.6 : modbus(write, unit 3, holding 100-199), modbus(read, unit 3)
}
"""


def adu(transaction, function, data, unit=1):
    return struct.pack('>HHHBB', transaction, 0, len(data) + 2, unit, function) + data


def read(transaction, first=100, count=8):
    return adu(transaction, 3, struct.pack('>HH', first, count))


def values(transaction, count=8):
    return adu(transaction, 3, bytes([count * 2]) + bytes(count * 2))


def write(transaction, first=100, count=2):
    return adu(transaction, 16, struct.pack('>HHB', first, count, count * 2) + bytes(count * 2))


def single(transaction, at):
    return adu(transaction, 6, struct.pack('>HH', at, 1))


def written(transaction, first=100, count=2):
    return adu(transaction, 16, struct.pack('>HH', first, count))


def refused(transaction, function=16):
    return adu(transaction, function | 0x80, b'\x01')


def umas(transaction, function):
    return adu(transaction, 90, bytes([0, function]))


def talk(client, *said, port=502, handshake=True, server='10.2.0.1'):
    return stand.talk(client, server, port, *said, handshake=handshake)


def there(*said):
    """Between the hosts whose rules name units and registers."""
    return talk('10.3.0.6', *said, server='10.2.0.6')


def unit3(frame):
    return frame[:6] + b'\x03' + frame[7:]


HISTORIAN = '10.3.0.1'
SSH = b'SSH-2.0-OpenSSH_9.2p1\r\n'
WRITE = 'write-multiple-registers, unit 1, holding 100-101'
# (what, packets, [(kind, operation, (requests, responses, refusals))], conformant, operations)
CASES = [
    ('reading', talk(HISTORIAN, read(1), (values(1),)), [], 1, 2),
    ('writing', talk(HISTORIAN, write(1), (written(1),)),
     [('operation-not-allowed', WRITE, (1, 1, 0))], 0, 2),
    ('a write that the device refuses', talk(HISTORIAN, write(1), (refused(1),)),
     [('operation-not-allowed', WRITE, (1, 0, 1))], 0, 2),
    ('a write behind a read in one segment', talk(HISTORIAN, read(1) + write(2)),
     [('operation-not-allowed', WRITE, (1, 0, 0))], 0, 2),
    ('a write over three segments', talk(HISTORIAN, *(write(1)[at:at + 6] for at in (0, 6, 12))),
     [('operation-not-allowed', WRITE, (1, 0, 0))], 0, 1),
    ('three writes', talk(HISTORIAN, write(1), write(2), read(3), write(4)),
     [('operation-not-allowed', WRITE, (3, 0, 0))], 0, 4),
    ('another port', talk(HISTORIAN, write(1), port=1502),
     [('operation-not-allowed', WRITE, (1, 0, 0))], 0, 1),
    ('all of the protocol', talk('10.3.0.2', write(1), adu(2, 99, b'')), [], 1, 2),
    ('any content', talk('10.3.0.3', write(1)), [], 1, 1),
    ('a deny of one operation', talk('10.3.0.4', write(1), adu(2, 21, b'\x00')),
     [('operation-not-allowed', 'write-file-record, unit 1', (1, 0, 0))], 0, 2),
    ('an identification, and what CANopen does, by one function',
     talk(HISTORIAN, adu(1, 43, b'\x0e\x01\0'), adu(2, 43, b'\x0d\0\0\0'),
          (adu(2, 43, b'\x0d\0\0\0'),)),
     [('operation-not-allowed', 'canopen-general-reference, unit 1', (1, 1, 0))], 0, 3),
    ('a write in a datagram',
     stand.datagrams('10.3.0.7', '10.2.0.1', 502, read(1), (values(1),), write(2), (written(2),)),
     [('operation-not-allowed', WRITE, (1, 1, 0))], 0, 4),
    ('something else in a datagram', stand.datagrams('10.3.0.7', '10.2.0.1', 502, SSH),
     [('foreign-content', None, None)], 0, 0),
    ('inside another protocol', talk('10.3.0.5', umas(1, 4), umas(2, 64)),
     [('operation-not-allowed', 'start', (1, 0, 0))], 0, 2),
    ('something else at the port', talk(HISTORIAN, SSH, (SSH,)),
     [('foreign-content', None, None)], 0, 0),
    ('something else behind a read', talk(HISTORIAN, read(1), (values(1),), SSH),
     [('foreign-content', None, None)], 0, 2),
    ('something else where any content is allowed', talk('10.3.0.3', SSH), [], 1, 0),
    ('an industrial protocol at another port', talk('10.3.0.3', write(1), port=9999),
     [('unexpected-protocol', None, None)], 0, 1),
    ('something else at another port', talk('10.3.0.3', SSH, port=9999), [], 1, 0),
    ('the answer first, from the middle', talk(HISTORIAN, (values(1),), read(2), handshake=False),
     [], 1, 2),
    ('a write, from the middle, the answer first',
     talk(HISTORIAN, (refused(1),), read(2), handshake=False),
     [('operation-not-allowed', 'write-multiple-registers, unit 1', (0, 0, 1))], 0, 2),
    ('from port 502 to another', stand.talk(HISTORIAN, '10.2.0.9', 8080, read(1), sport=502),
     [('not-allowed', None, None)], 0, 1),
    ('registers that are allowed', there(unit3(write(1)), (unit3(written(1)),), unit3(read(2, 500)),
                                         (unit3(values(2)),)), [], 1, 4),
    ('registers that are not', there(unit3(write(1, 99)), (unit3(written(1, 99)),)),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 99-100', (1, 1, 0))],
     0, 2),
    ('registers over the end', there(unit3(write(1, 199)), (unit3(refused(1)),)),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 199-200', (1, 0, 1))],
     0, 2),
    ('several ranges and units, told together',
     there(unit3(write(1, 5)), (unit3(written(1, 5)),), unit3(write(2, 9)), unit3(write(3, 7)),
           write(4, 120), unit3(write(5, 40))),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 5-10, unit 1, holding '
       '120-121, unit 3, holding 40-41', (5, 1, 0))], 0, 6),
    ('more of them than are told', there(*(unit3(write(1, at)) for at in range(0, 100, 10))),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, ' + ', '.join(
         f'holding {at}-{at + 1}' for at in range(0, 80, 10)) + ', and 2 further', (10, 0, 0))],
     0, 10),
    ('two writes at once, the second of which is not allowed and refused',
     there(unit3(write(1)) + unit3(write(2, 5)), (unit3(written(1)),), (unit3(refused(2)),)),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 5-6', (1, 0, 1))],
     0, 4),
    ('two writes at once, the first of which is not allowed and refused',
     there(unit3(write(1, 5)) + unit3(write(2)), (unit3(refused(1)),), (unit3(written(2)),)),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 5-6', (1, 0, 1))],
     0, 4),
    ('a write behind an exception that the client sends',
     there(unit3(refused(1)) + unit3(single(2, 500)), (unit3(refused(1, 0x10)),)),
     [('operation-not-allowed', 'write-single-register, unit 3, holding 500', (1, 0, 0))], 0, 3),
    ('another unit', there(write(1, 150)),
     [('operation-not-allowed', 'write-multiple-registers, unit 1, holding 150-151', (1, 0, 0))],
     0, 1),
    ('one of three writes', there(unit3(write(1)), (unit3(written(1)),), unit3(write(2, 5)),
                                  (unit3(written(2)),), unit3(write(3)), (unit3(written(3)),)),
     [('operation-not-allowed', 'write-multiple-registers, unit 3, holding 5-6', (1, 1, 0))],
     0, 6),
]


def check_turned(tap, plant):
    """Exceptions are the server's: at ports that nobody knows, they tell who asks."""
    said = [stand.tcp('10.2.0.1', 50000, HISTORIAN, 1502, stand.ACK, refused(1), 5),
            stand.tcp(HISTORIAN, 1502, '10.2.0.1', 50000, stand.ACK, write(2), 5)]
    _, report = plant.report(said)
    tap.equal([(each['source'], each['destination']) for each in report['violations']],
              [('historian', 'plc')], 'the payload outranks the port')
    tap.equal(report['summary']['initiators']['payload'], 1, 'and the summary says so')
    said = [stand.tcp('10.2.0.1', 502, HISTORIAN, 443, stand.ACK, refused(1), 5),
            stand.tcp(HISTORIAN, 443, '10.2.0.1', 502, stand.ACK, write(2), 5)]
    _, report = plant.report(said)
    tap.equal([each[2] for each in stand.contents(report)], [(1, 0, 1)],
              'what told it is judged in its direction')


def check_gaps(tap, plant):
    """Of what was not captured nobody can say that it conforms."""
    said = stand.Talk(HISTORIAN, 40000, '10.2.0.1', 502)
    packets = said.begin() + [said.ask(read(1))]
    said.next[0] += 12
    packets += [said.ask(read(3)), said.answer(values(1))]
    answers = stand.tcp('10.2.0.1', 502, HISTORIAN, 40000, stand.ACK, b'', said.next[1])
    acknowledges = answers[:42] + struct.pack('>I', said.next[0]) + answers[46:]
    for name, seen in (('a gap', packets), ('a gap that was acknowledged',
                                            packets + [acknowledges])):
        code, report = plant.report(seen)
        summary = report['summary']
        tap.equal((code, summary['conformant'], summary['operations_uninspected'],
                   summary['operations']), (0, 0, 1, 3), name)


def check_silent_slice(tap, plant):
    """After an instant at which a verdict could change, a conversation that was read says
    nothing more: there is nothing that could not be read."""
    said = stand.Talk('10.3.0.8', 40000, '10.2.0.1', 502)
    packets = said.begin() + [said.ask(read(1)), said.answer(values(1))]
    timed = [(stand.START + i, packet) for i, packet in enumerate(packets)]
    _, report = plant.report(timed + [(stand.at('2026-11-21T00:00:00+00:00'), said.say(0))])
    tap.equal((report['summary']['conformant'], report['summary']['operations_uninspected']),
              (1, 0), 'a slice in which nothing is said')


def check_pretence(tap, plant):
    """A request that looks like an answer: nobody can say what the device makes of it."""
    both = unit3(adu(1, 23, struct.pack('>HHHHB', 0x0f64, 1, 500, 3, 6) + bytes(7)))
    for name, said in (('reading and writing at once', both), ('an exception', unit3(refused(1)))):
        _, report = plant.report(there(unit3(read(1)), said))
        tap.equal((report['summary']['conformant'], report['summary']['operations_uninspected']),
                  (0, 1), f'{name}, which the client sends as if it answered')


def check_questions(tap, plant):
    """What the report says to ask is denied, too."""
    said = there(unit3(write(1, 199)), write(2)) + talk('10.3.0.4', adu(2, 21, b'\x00'))
    _, report = plant.report(said)
    for each in report['violations']:
        run = subprocess.run([stand.CORDON, 'query', plant.policy, each['question']],
                             capture_output=True, text=True, timeout=60, check=False)
        tap.equal((run.returncode, run.stdout.split()[:1]), (1, ['denied']), each['question'])


def check_packets(tap, plant):
    """From the packet with the first byte on; a packet counts once, whatever it holds, and
    whenever it came; what nothing follows is told at the end."""
    first, second = write(1), write(2, 300)
    said = talk(HISTORIAN, read(1), first[:3], first[3:] + second[:7], second[7:], (written(1),))
    moment = [(stand.START, frame) for frame in said]
    cut = talk(HISTORIAN, read(1), (values(1),), write(2)[:12])
    for what, seen, example, packets in (('a second apart', said, 5, 4), ('at once', moment, 5, 4),
                                         ('cut at the end', cut, 6, 1)):
        _, report = plant.report(seen)
        tap.equal([(each['example']['packet'], each['packets']) for each in report['violations']],
                  [(example, packets)], f'packets that hold a write: {what}')


def check_many(tap, plant):
    """More functions than are kept of a conversation: all are told, by their names."""
    functions = [f for f in range(5, 128) if f not in
                 (7, 11, 12, 15, 16, 17, 20, 22, 23, 24, 43)]
    said = [adu(1, function, b'\0\0\0\0') for function in functions]
    said += [adu(1, 43, bytes([transport])) for transport in range(256) if transport != 14]
    _, report = plant.report(talk(HISTORIAN, *said, *said))
    found = [each for each in report['violations'] if each['kind'] == 'operation-not-allowed']
    tap.equal((len(found), {each['operations']['requests'] for each in found},
               {each['conversations'] for each in found}, report['summary']['violations']),
              (len(said), {2}, {1}, 1), f'{len(said)} functions in one conversation')


def check_text(tap, plant):
    run = plant.run('--coverage', plant.capture(talk('10.3.0.4', read(1), (values(1),)) +
                                                talk(HISTORIAN, write(1))))
    tap.check('operation-not-allowed: historian (ops) -> plc (line) : modbus(' + WRITE + ')\n'
              in run.stdout, 'one line says it', run.stdout)
    tap.check('the operation is not in modbus(read), which this rule allows\n' in run.stdout,
              'and the nearest rule', run.stdout)
    tap.check('only read was seen of modbus(read, write)\n' in run.stdout,
              'an allow that is wider than what was seen', run.stdout)


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, packets, violations, conformant, operations in CASES:
            code, report = plant.report(packets)
            summary = report['summary']
            tap.equal((list(stand.contents(report)), summary['conformant'], summary['operations'], code),
                      (violations, conformant, operations, int(bool(violations))), name)
        check_turned(tap, plant)
        check_gaps(tap, plant)
        check_silent_slice(tap, plant)
        check_pretence(tap, plant)
        check_questions(tap, plant)
        check_packets(tap, plant)
        check_many(tap, plant)
        check_text(tap, plant)
    tap.end()


if __name__ == '__main__':
    main()
