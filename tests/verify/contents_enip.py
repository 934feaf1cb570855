# SPDX-License-Identifier: Apache-2.0
"""What EtherNet/IP conversations say, held against the policy: services alone, many in
one packet and inside others, PCCC, vendor objects, I/O and the Forward Open that tells
which way it goes. And how tshark names what was made here."""
import shutil
import struct
import subprocess

import stand
from stand import frames

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
asset historian in ops  { address 10.3.0.1 }
asset plc       in line { address 10.2.0.1 }
conduit work between ops and line {
    allow historian -> plc : cip(read)
    allow 10.3.0.2 -> plc : cip(read, write)
    allow 10.3.0.3 -> plc : cip(execute-pccc)
    allow 10.3.0.4 -> plc : cip(read, class 0x6b)
    allow 10.3.0.5 -> plc : tcp 9999, udp 9998
}
"""
HISTORIAN, WRITER, PCCC, SYMBOLS, OTHERS = (f'10.3.0.{host}' for host in range(1, 6))
SSH = b'SSH-2.0-OpenSSH_9.2p1\r\n'
PLC = '10.2.0.1'
MANAGER, ROUTER = b'\x20\x06\x24\x01', b'\x20\x02\x24\x01'
TAG = b'\x91\x03abc\x00'


# ---- CIP ----

def service(number, path=TAG, data=b''):
    return bytes([number, len(path) // 2]) + path + data


def reply(number, data=b'', status=0):
    return bytes([number | 0x80, 0, status, 0]) + data


def packet(*parts):
    at, offsets = 2 + 2 * len(parts), b''
    for part in parts:
        offsets += struct.pack('<H', at)
        at += len(part)
    return struct.pack('<H', len(parts)) + offsets + b''.join(parts)


def multiple(*parts):
    return service(10, ROUTER, packet(*parts))


def unconnected(message):
    return service(0x52, MANAGER, b'\x05\x9d' + struct.pack('<H', len(message)) + message +
                   bytes(len(message) % 2) + b'\x01\x00\x01\x00')


def pccc(function, command=15):
    return service(0x4b, b'\x20\x67\x24\x01', b'\x07\x01\x00\x02\x00\x00\x00' +
                   bytes([command, 0, 1, 0, function]))


def opened(output, into):
    return reply(0x54, struct.pack('<IIHHIIIBB', output, into, 1, 2, 3, 4, 5, 0, 0))


READ, WRITE = service(0x4c, data=b'\x01\x00'), service(0x4d, data=b'\xc3\x00\x01\x00\x05\x00')
VALUE = reply(0x4c, b'\xc3\x00\x05\x00')
CLOSE, OPEN = service(0x4e, MANAGER, bytes(18)), service(0x54, MANAGER, bytes(36))
ORIGINAL = bytes(10)


# ---- EtherNet/IP ----

def frame(command, data, context=1):
    return struct.pack('<HHIIQI', command, len(data), 7, 0, context, 0) + data


def rr(message, context=1):
    return frame(0x6f, struct.pack('<IHHHHHH', 0, 0, 2, 0, 0, 0xb2, len(message)) + message,
                 context)


def unit(message, count=1):
    return frame(0x70, struct.pack('<IHHHHIHHH', 0, 0, 2, 0xa1, 4, 0x1234, 0xb1,
                                   len(message) + 2, count) + message)


def io(connection):
    return struct.pack('<HHHIIHHH', 2, 0x8002, 8, connection, 1, 0xb1, 4, 1) + b'\x00\x00'


def talk(client, *said, handshake=True, port=44818):
    """said: bytes of the client, or (bytes of the server,)."""
    talk = stand.Talk(client, 40000, PLC, port)
    packets = talk.begin() if handshake else []
    return packets + [talk.answer(*each) if isinstance(each, tuple) else talk.ask(each)
                      for each in said]


def cyclic(source, target, connection):
    payload = io(connection)
    header = struct.pack('>HHHH', 2222, 2222, 8 + len(payload), 0)
    return stand.frame(source, target, frames.UDP, header + payload)


def refused(operation, requests=1, responses=0, refusals=0):
    return [('operation-not-allowed', operation, (requests, responses, refusals))]


def cases():
    """(what, packets, [(kind, operation, counts)], conformant, operations)"""
    return [
        ('reading', talk(HISTORIAN, unit(READ), (unit(VALUE),)), [], 1, 2),
        ('writing', talk(HISTORIAN, unit(WRITE), (unit(reply(0x4d)),)),
         refused('write-tag, class 0x6b', 1, 1), 0, 2),
        ('a write that the device refuses',
         talk(HISTORIAN, unit(WRITE), (unit(reply(0x4d, status=8)),)),
         refused('write-tag, class 0x6b', 1, 0, 1), 0, 2),
        ('a write that may', talk(WRITER, unit(WRITE), (unit(reply(0x4d)),)), [], 1, 2),
        ('a write among reads of a packet',
         talk(HISTORIAN, unit(multiple(READ, READ, WRITE, READ)),
              (unit(reply(10, packet(VALUE, VALUE, reply(0x4d), VALUE))),)),
         refused('write-tag, class 0x6b', 1, 1), 0, 10),
        ('what was refused in a packet',
         talk(HISTORIAN, unit(multiple(READ, WRITE)),
              (unit(reply(10, packet(VALUE, reply(0x4d, status=5)), 0x1e)),)),
         refused('write-tag, class 0x6b', 1, 0, 1), 0, 6),
        ('a write that is routed', talk(HISTORIAN, rr(unconnected(WRITE)), (rr(reply(0x4d)),)),
         refused('write-tag, class 0x6b', 1, 1), 0, 3),
        ('a read that is routed', talk(HISTORIAN, rr(unconnected(READ)), (rr(VALUE),)), [], 1, 3),
        ('a write in a packet that is routed', talk(HISTORIAN, rr(unconnected(multiple(WRITE)))),
         refused('write-tag, class 0x6b'), 0, 3),
        ('a write behind a read in one segment', talk(HISTORIAN, unit(READ) + unit(WRITE, 2)),
         refused('write-tag, class 0x6b'), 0, 2),
        ('a write over three segments', talk(HISTORIAN, *stand.pieces(unit(WRITE), 10, 25)),
         refused('write-tag, class 0x6b'), 0, 1),
        ('a connection', talk(HISTORIAN, rr(OPEN), (rr(opened(1, 2)),), rr(CLOSE),
                              (rr(reply(0x4e, ORIGINAL)),)), [], 1, 4),
        ('the end of a connection, from the middle',
         talk(HISTORIAN, (rr(reply(0x4e, ORIGINAL)),), unit(READ), handshake=False), [], 1, 2),
        ('modifying a tag', talk(HISTORIAN, unit(service(0x4e)), (unit(reply(0x4e)),)),
         refused('read-modify-write-tag, class 0x6b', 1, 1), 0, 2),
        ('starting', talk(WRITER, unit(service(6, b'\x20\x8e\x24\x01'))),
         refused('start, class 0x8e'), 0, 1),
        ('a vendor object that is written',
         talk(WRITER, unit(service(0x10, b'\x20\xac\x24\x01')), (unit(reply(0x10)),)),
         refused('vendor-object-changes, class 0xac', 1, 1), 0, 2),
        ('the number of a read, to a vendor object',
         talk(WRITER, unit(service(0x4c, b'\x20\x8e\x24\x01')), (unit(reply(0x4c)),)),
         refused('vendor-object-controller, class 0x8e', 1, 1), 0, 2),
        ('one number to two classes, one of them refused',
         talk(HISTORIAN, unit(multiple(service(0x4c, b'\x20\x8e\x24\x01'),
                                       service(0x4c, b'\x20\x72\x24\x01'))),
              (unit(reply(10, packet(reply(0x4c, status=8), VALUE), 0x1e)),)),
         refused('vendor-object-controller, class 0x8e', 1, 0, 1), 0, 6),
        ('and to a class of two bytes',
         talk(WRITER, unit(service(0x4c, b'\x21\x00\x01\x03\x24\x01'))),
         refused('extended-object, class 0x301'), 0, 1),
        ('reading by PCCC', talk(HISTORIAN, rr(pccc(0x68)), (rr(reply(0x4b, b'\x07' + bytes(6) +
                                                                     b'\x4f\x00\x01\x00')),)),
         [], 1, 2),
        ('writing by PCCC, refused by its status',
         talk(HISTORIAN, rr(pccc(0x67)), (rr(reply(0x4b, b'\x07' + bytes(6) +
                                                   b'\x4f\x10\x01\x00')),)),
         refused('typed-write, class 0x67', 1, 0, 1), 0, 2),
        ('the mode, by PCCC', talk(WRITER, rr(pccc(0x80))),
         refused('change-cpu-mode, class 0x67'), 0, 1),
        ('all of PCCC', talk(PCCC, rr(pccc(0x80)), rr(pccc(0, 8), 2)), [], 1, 2),
        ('the class that may be read',
         talk(SYMBOLS, unit(service(0x4c, b'\x20\x6b\x24\x05')), (unit(VALUE),)), [], 1, 2),
        ('that class in a packet that is routed',
         talk(SYMBOLS, rr(unconnected(multiple(service(0x4c, b'\x20\x6b\x24\x05')))),
              (rr(reply(10, packet(VALUE))),)), [], 1, 5),
        ('a tag by its name', talk(SYMBOLS, unit(READ), (unit(VALUE),)), [], 1, 2),
        ('the number of PCCC, to a name', talk(PCCC, unit(service(0x4b))),
         refused('vendor-object-symbol, class 0x6b'), 0, 1),
        ('another class among it',
         talk(SYMBOLS, unit(multiple(service(0x4c, b'\x20\x6b\x24\x05'),
                                     service(0x4c, b'\x20\x72\x24\x05')))),
         refused('read-data-table, class 0x72'), 0, 3),
        ('another class', talk(SYMBOLS, unit(service(1, b'\x20\x01\x24\x01'))),
         refused('get-attributes-all, class 0x1'), 0, 1),
        ('who asks, from the middle', talk(HISTORIAN, (unit(VALUE),), unit(READ, 2),
                                           handshake=False), [], 1, 2),
        ('identities', talk(HISTORIAN, frame(0x63, b'')), [], 1, 1),
        ('identities, in datagrams',
         stand.datagrams(HISTORIAN, PLC, 44818, frame(0x63, b''), (frame(0x63, bytes(40)),)),
         [], 1, 2),
        ('a write in a datagram',
         stand.datagrams(HISTORIAN, PLC, 44818, rr(WRITE), (rr(reply(0x4d)),)),
         refused('write-tag, class 0x6b', 1, 1), 0, 2),
        ('something else', talk(HISTORIAN, SSH, (SSH,)), [('foreign-content', None, None)], 0, 0),
        ('something else in a datagram', stand.datagrams(HISTORIAN, PLC, 44818, SSH),
         [('foreign-content', None, None)], 0, 0),
        ('something else at the port of I/O', stand.datagrams(HISTORIAN, PLC, 2222, SSH),
         [('foreign-content', None, None)], 0, 0),
        ('at another port', talk(OTHERS, unit(WRITE), port=9999),
         [('unexpected-protocol', None, None)], 0, 1),
        ('in a datagram to another port',
         stand.datagrams(OTHERS, PLC, 9998, frame(0x6f, rr(WRITE)[24:])),
         [('unexpected-protocol', None, None)], 0, 1),
    ]


def io_cases():
    """With the connection's beginning in the capture and without."""
    begun = talk(HISTORIAN, rr(OPEN), (rr(opened(0x11, 0x22)),))
    out, into = cyclic(HISTORIAN, PLC, 0x11), cyclic(PLC, HISTORIAN, 0x22)
    return [
        ('I/O to the originator', begun + [into], [], 2, 3),
        ('I/O to the target', begun + [out, into, out],
         refused('io-output', 0, 0, 0), 1, 5),
        ('I/O of a connection that began earlier', [out], refused('io-unattributed', 0), 0, 1),
        ('I/O of another connection', begun + [cyclic(HISTORIAN, PLC, 0x33)],
         refused('io-unattributed', 0), 1, 3),
    ]


def found(report):
    for each in report['violations']:
        counts = each.get('operations')
        yield (each['kind'], each['operation'],
               counts and tuple(counts[kind] for kind in ('requests', 'responses', 'refusals')))


def check_tshark(tap, plant):
    """The frames made here are what tshark takes them for."""
    if not shutil.which('tshark'):
        tap.skip('tshark reads the same', 'tshark is not here')
        return
    said = talk(WRITER, unit(multiple(READ, WRITE)), rr(unconnected(READ)), rr(pccc(0x80), 2),
                rr(OPEN, 3), (rr(opened(1, 2), 3),))
    run = subprocess.run(['tshark', '-n', '-r', plant.capture(said), '-T', 'fields',
                          '-E', 'aggregator=,', '-e', 'cip.sc', '-e', 'cip.pccc.fnc.code_0f'],
                         capture_output=True, text=True, check=False)
    tap.equal([line.split('\t') for line in run.stdout.splitlines()[3:]],
              [['0x0a,0x4c,0x4d', ''], ['0x52,0x4c', ''], ['0x4b', '0x80'], ['0x54', ''],
               ['0x54', '']], 'tshark reads the same')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, packets, violations, conformant, operations in cases() + io_cases():
            code, report = plant.report(packets)
            summary = report['summary']
            tap.equal((list(found(report)), summary['conformant'], summary['operations'], code),
                      (violations, conformant, operations, int(bool(violations))), name)
        check_tshark(tap, plant)
    tap.end()


if __name__ == '__main__':
    main()
