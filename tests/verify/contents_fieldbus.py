# SPDX-License-Identifier: Apache-2.0
"""Operations of BACnet/IP, held against the policy."""
import struct

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line {
    allow 10.3.0.1 -> line : bacnet(read)
    allow 10.3.0.2 -> line : bacnet(read, write, analog-value 1-9)
}
"""
READER, OPERATOR, DEVICE = '10.3.0.1', '10.3.0.2', '10.2.0.1'


def udp(source, sport, target, dport, payload):
    header = struct.pack('>HHHH', sport, dport, 8 + len(payload), 0)
    return stand.frame(source, target, 17, header + payload)


def datagrams(client, port, *said, server=DEVICE, client_port=None):
    """said: bytes of the client, or (bytes of the server,)."""
    client_port = client_port or port
    return [udp(server, port, client, client_port, *each) if isinstance(each, tuple)
            else udp(client, client_port, server, port, each) for each in said]


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
    ('bacnet: the table of broadcasts', bacnet(READER, bvlc(1, b'\x0a\x02\0\x01' + b'\xff' * 6),
                                               (bvlc(0, b'\0\0'),)),
     [(NO, 'write-broadcast-distribution-table', (1, 1, 0))], 0, 0, 2),
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
        for name, packets, violations, conformant, undetermined, operations in CASES:
            code, report = plant.report(packets)
            summary = report['summary']
            tap.equal((list(stand.contents(report)), summary['conformant'],
                       summary['operations_uninspected'], summary['operations'], code),
                      (violations, conformant, undetermined, operations, int(bool(violations))),
                      name)
        check_segments(tap, plant)
    tap.end()


main()
