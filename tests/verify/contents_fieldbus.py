# SPDX-License-Identifier: Apache-2.0
"""Operations of BACnet/IP, PROFINET and EtherCAT, held against the policy."""
import struct

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line {
    allow 10.3.0.1 -> line : bacnet(read)
    allow 10.3.0.2 -> line : bacnet(read, write, analog-value 1-9)
    allow 10.3.0.3 -> line : profinet-cm(read), profinet-cm(write, record 100-199)
    allow 10.3.0.3 -> line : ethercat-udp(read)
}
service ethercat-udp = ethercat on udp 34980
zone masters level 1 { subnet 10.1.1.0/24 }
zone drives  level 1 { subnet 10.1.2.0/24 }
zone relays  level 1 { subnet 10.1.3.0/24 }
asset master in masters { address 10.1.1.1; mac 02:aa:00:00:00:01 }
asset drive  in drives  { address 10.1.2.1; mac 02:aa:00:00:00:02 }
asset spare  in masters { address 10.1.1.4; mac 02:aa:00:00:00:04 }
asset relay  in relays  { address 10.1.3.1; mac 02:aa:00:00:00:03 }
conduit motion between masters and drives { allow masters -> drives : profinet-dcp(read), ethercat(read) }
conduit safety between masters and relays { allow masters -> relays : profinet, goose }
"""
READER, OPERATOR, DEVICE = '10.3.0.1', '10.3.0.2', '10.2.0.1'


def datagrams(client, port, *said, server=DEVICE, client_port=None):
    return stand.datagrams(client, server, port, *said, sport=client_port or port)


# ---- BACnet ----

def bvlc(function, body):
    return struct.pack('>BBH', 0x81, function, 4 + len(body)) + body


def apdu(*parts, function=10, network=b'\x01\x04'):
    return bvlc(function, network + b''.join(
        part if isinstance(part, bytes) else bytes([part]) for part in parts))


def thing(kind, instance, tag=0x0c):
    return bytes([tag]) + struct.pack('>I', kind << 22 | instance)


def confirmed(invoke, service, *arguments):
    return apdu(0, 5, invoke, service, *arguments)


def written(kind, instance):
    """A property of an object with the value it gets."""
    return thing(kind, instance) + b'\x1e\x09\x55\x2e\x44\0\0\0\0\x2f\x1f'


def segments(invoke, service, text, size):
    parts = [text[at:at + size] for at in range(0, len(text), size)]
    return [apdu(8 | 4 * (number + 1 < len(parts)), 5, invoke, number, 4, service, part)
            for number, part in enumerate(parts)]


def bacnet(client, *said):
    return datagrams(client, 47808, *said)


# ---- PROFINET ----

def joined(target, ethertype, *said):
    """said: bytes of the master, or (bytes of the target,)."""
    ends = stand.mac('02:aa:00:00:00:01'), stand.mac(target)
    made = []
    for each in said:
        source, destination = ends[::-1] if isinstance(each, tuple) else ends
        body = each[0] if isinstance(each, tuple) else each
        made.append(destination + source + struct.pack('>H', ethertype) + body.ljust(46, b'\0'))
    return made


DRIVE, RELAY, SPARE = '02:aa:00:00:00:02', '02:aa:00:00:00:03', '02:aa:00:00:00:04'


def dcp(service, kind, *blocks, identifier=0xfefd):
    body = b''.join(struct.pack('>HH', about, len(data)) + data + bytes(len(data) % 2)
                    for about, data in blocks)
    return struct.pack('>HBBIHH', identifier, service, kind, 7, 0, len(body)) + body


def answered(about, error=0):
    return 0x0504, struct.pack('>HB', about, error)


NAME, SIGNAL, RESET = (0x0202, b'\0\1drive'), (0x0503, b'\0\0\1\0'), (0x0506, b'\0\4')


def call(kind, number, body=b'', interface=0xdea00001, fragment=None):
    """A call of DCE/RPC without connection, in the byte order of PCs."""
    flags, count = (0x20, 0) if fragment is None else (0x24, fragment)
    return (bytes([4, kind, flags, 0, 0x10, 0, 0, 0]) + bytes(16) +
            struct.pack('<IHH', interface, 0x6c97, 0x11d1) + bytes.fromhex('827100a02442df7d') +
            bytes(28) + struct.pack('<HHHHHH', number, 0xffff, 0xffff, len(body), count, 0) +
            body)


def record(index, data=b'', kind=8):
    return struct.pack('>HHHH16xIHHHHI24x', kind, 60, 0x100, 1, 0, 1, 1, 0, index,
                       len(data)) + data


def several(*indices):
    inner = b''.join(record(index, b'1234') for index in indices)
    return record(0xe040, inner)


def arguments(block):
    return bytes(20) + block


def manager(*said, port=34964):
    return datagrams('10.3.0.3', port, *said, client_port=50000)


STATUS = struct.pack('<I', 0xdf8080)


# ---- EtherCAT ----

def commands(*each, counter=0):
    body = b''.join(struct.pack('<BBHHHH', command, 0, 0, 0x130,
                                2 | 0x8000 * (number + 1 < len(each)), 0) + bytes(2) +
                    struct.pack('<H', counter) for number, command in enumerate(each))
    return struct.pack('<H', 0x1000 | len(body)) + body


GOOSE = struct.pack('>HHHH', 1, 13, 0, 0) + b'\x61\x03\x80\x01g'
NO = 'operation-not-allowed'
MANY = b''.join(written(2, instance) for instance in range(1, 9))
# (what, packets, violations, conformant, undetermined, operations)
CASES = [
    ('bacnet: reading', bacnet(READER, confirmed(1, 12, thing(0, 5), b'\x19\x55'),
                               (apdu(0x30, 1, 12, thing(0, 5)),)), [], 1, 0, 2),
    ('bacnet: writing, done', bacnet(READER, confirmed(1, 15, thing(2, 5)),
                                     (apdu(0x20, 1, 15),)),
     [(NO, 'write-property, analog-value 5', (1, 1, 0))], 0, 0, 2),
    ('bacnet: writing, answered with an error',
     bacnet(READER, confirmed(1, 15, thing(2, 5)), (apdu(0x50, 1, 15, b'\x91\x02\x91\x28'),)),
     [(NO, 'write-property, analog-value 5', (1, 0, 1))], 0, 0, 2),
    ('bacnet: restarting, rejected', bacnet(READER, confirmed(7, 20), (apdu(0x60, 7, 9),)),
     [(NO, 'reinitialize-device', (1, 0, 1))], 0, 0, 2),
    ('bacnet: restarting, aborted by the device',
     bacnet(READER, confirmed(7, 20), (apdu(0x71, 7, 9),)),
     [(NO, 'reinitialize-device', (1, 0, 1))], 0, 0, 2),
    ('bacnet: objects that are allowed', bacnet(OPERATOR, confirmed(1, 16, MANY)), [], 1, 0, 1),
    ('bacnet: one behind many', bacnet(OPERATOR, confirmed(1, 16, MANY, written(2, 10))),
     [(NO, 'write-property-multiple, analog-value 10', (1, 0, 0))], 0, 0, 1),
    ('bacnet: one of another type', bacnet(OPERATOR, confirmed(1, 15, thing(1, 5))),
     [(NO, 'write-property, analog-output 5', (1, 0, 0))], 0, 0, 1),
    ('bacnet: in segments, what is allowed',
     bacnet(OPERATOR, *segments(3, 16, MANY, 7)), [], 1, 0, 1),
    ('bacnet: behind a network and a forwarder',
     bacnet(READER, bvlc(4, b'\x0a\x03\0\x07\xba\xc0' + b'\x01\x28\0\x01\x01\x05\0\x02\0\xff' +
                         b'\x10\x06\xa4\x7e\x01\x01\x01')),
     [(NO, 'time-synchronization', (1, 0, 0))], 0, 0, 1),
    ('bacnet: a notice of values, from the middle',
     bacnet(READER, (apdu(0, 5, 1, 1, b'\x09\x01', thing(8, 1, 0x1c), thing(0, 3, 0x2c)),),
            apdu(0x20, 1, 1)), [], 1, 0, 2),
    ('bacnet: a peer that reads back, and may not',
     bacnet(READER, confirmed(1, 12, thing(0, 5), b'\x19\x55'), (confirmed(2, 12, thing(8, 1)),),
            apdu(0x30, 2, 12, thing(8, 1))),
     [('operation-not-allowed', 'read-property, device 1', (1, 1, 0))], 0, 0, 3),
    ('bacnet: the table of broadcasts', bacnet(READER, bvlc(1, b'\x0a\x02\0\x01' + b'\xff' * 6),
                                               (bvlc(0, b'\0\0'),)),
     [(NO, 'write-broadcast-distribution-table', (1, 1, 0))], 0, 0, 2),
    ('dcp: get', joined(DRIVE, 0x8892, dcp(3, 0), (dcp(3, 1, NAME),)), [], 1, 0, 2),
    ('dcp: a name is set, and done',
     joined(DRIVE, 0x8892, dcp(4, 0, NAME), (dcp(4, 1, answered(0x0202)),)),
     [(NO, 'set-name-of-station', (1, 1, 0))], 0, 0, 2),
    ('dcp: two things in a frame, one refused',
     joined(DRIVE, 0x8892, dcp(4, 0, NAME, RESET),
            (dcp(4, 1, answered(0x0202), answered(0x0506, 2)),)),
     [(NO, 'set-name-of-station', (1, 1, 0)), (NO, 'reset-to-factory', (1, 0, 1))], 0, 0, 4),
    ('profinet: all of it', joined(RELAY, 0x8892, struct.pack('>H', 0x8000),
                                   dcp(4, 0, SIGNAL)), [], 1, 0, 2),
    ('profinet: data where only dcp is allowed', joined(DRIVE, 0x8892, struct.pack('>H', 0x8000)),
     [(NO, 'cyclic-data', (0, 0, 0))], 0, 0, 1),
    ('goose', joined(RELAY, 0x88b8, GOOSE), [], 1, 0, 1),
    ('goose: something else', joined(RELAY, 0x88b8, b'SSH-2.0-OpenSSH_9.2p1 and no GOOSE at all'),
     [('foreign-content', None, None)], 0, 0, 0),
    ('goose: something else inside a zone',
     joined(SPARE, 0x88b8, b'SSH-2.0-OpenSSH_9.2p1 and no GOOSE at all'), [], 1, 0, 0),
    ('ethercat: reading', joined(DRIVE, 0x88a4, commands(7, 4, 1)), [], 1, 0, 3),
    ('ethercat: a write behind a read', joined(DRIVE, 0x88a4, commands(7, 5)),
     [(NO, 'configured-write', (1, 0, 0))], 0, 0, 2),
    ('ethercat: in UDP, done', datagrams('10.3.0.3', 34980, commands(4, 12, counter=3)),
     [(NO, 'logical-read-write', (0, 1, 0))], 0, 0, 2),
    ('profinet-cm: reading', manager(call(0, 2, arguments(record(0x8029, kind=9))),
                                     (call(2, 2, bytes(20)),)), [], 1, 0, 2),
    ('profinet-cm: records that are allowed',
     manager(call(0, 3, arguments(several(100, 150, 199)))), [], 1, 0, 1),
    ('profinet-cm: one of several is not, refused',
     manager(call(0, 3, arguments(several(100, 150, 160, 170, 180, 8))),
             (call(2, 3, STATUS + bytes(16)),)),
     [(NO, 'write, record 180, record 8', (1, 0, 1))], 0, 0, 2),
    ('profinet-cm: several, cut into fragments',
     manager(call(0, 3, arguments(several(100, 150))[:200], fragment=0),
             call(0, 3, arguments(several(100, 150))[200:], fragment=1)),
     [(NO, 'write, record 100, record 57408', (1, 0, 0))], 0, 0, 1),
    ('profinet-cm: control, rejected', manager(call(0, 4), (call(6, 4),)),
     [(NO, 'control', (1, 0, 1))], 0, 0, 2),
]


def check_segments(tap, plant):
    """An object beyond those allowed is seen wherever segments are cut."""
    text = MANY + written(2, 77)
    for size in range(5, 160, 3):
        _, report = plant.report(bacnet(OPERATOR, *segments(3, 16, text, size)))
        found = [(operation.split(', ')[-1], counts)
                 for _, operation, counts in stand.contents(report)]
        tap.equal(found, [('analog-value 77', (1, 0, 0))], 'segments of %d bytes' % size)


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        stand.check_contents(tap, plant, CASES)
        check_segments(tap, plant)
    tap.end()


main()
