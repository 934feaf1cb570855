# SPDX-License-Identifier: Apache-2.0
"""Operations of BACnet/IP, PROFINET, GOOSE and EtherCAT, held against the policy, and on
layer 2 the zones of MACs and VLANs."""
import struct

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line {
    allow 10.3.0.1 -> line : bacnet(read)
    allow 10.3.0.2 -> line : bacnet(read, write, analog-value 1-9)
    allow 10.3.0.3 -> line : profinet-cm(read), profinet-cm(write, record 100-199)
    allow 10.3.0.3 -> line : ethercat-ip(read)
    allow 10.3.0.1 -> line : udp 9998
    allow 10.3.0.4 -> line : manager(read), manager(write, record 100-199)
}
service manager = profinet-cm on udp 34964, udp 49152-65535
service ethercat-ip = ethercat on udp 34980, tcp 34980
zone masters level 1 { subnet 10.1.1.0/24; vlan 11 }
zone drives  level 1 { subnet 10.1.2.0/24; vlan 12; intrazone deny }
zone relays  level 1 { subnet 10.1.3.0/24; vlan 13 }
asset master in masters { address 10.1.1.1; mac 02:aa:00:00:00:01 }
asset drive  in drives  { address 10.1.2.1; mac 02:aa:00:00:00:02 }
asset spare  in masters { address 10.1.1.4; mac 02:aa:00:00:00:04 }
asset relay  in relays  { address 10.1.3.1; mac 02:aa:00:00:00:03 }
asset soft   in drives  { address 10.1.2.5; mac 00:aa:00:00:00:05 }
conduit motion between masters and drives { allow masters -> drives : profinet-dcp(read), ethercat(read) }
conduit naming between relays and drives { allow relays -> drives : profinet-dcp(identify) }
conduit safety between masters and relays { allow masters -> relays : profinet, goose }
conduit ring within drives {
    allow drives -> drives : ethercat(read), ethercat(sdo-download, station 1001, index 0x6040)
    allow drives -> drives : ethercat(al-control)
}
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

def joined(target, ethertype, *said, source='02:aa:00:00:00:01', vlans=()):
    """said: bytes of the master, or (bytes of the target,)."""
    made = []
    for each in said:
        ends = (target, source) if isinstance(each, tuple) else (source, target)
        body = each[0] if isinstance(each, tuple) else each
        made.append(stand.ethernet(*ends, vlans, ethertype, body.ljust(46, b'\0')))
    return made


def cut(size, packets):
    return [stand.frames.Cut(packet, size) for packet in packets]


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


def wrote(*indices):
    """The answer to writing a record, or to several."""
    blocks = b''.join(record(index, kind=0x8008) for index in indices)
    return call(2, 3, struct.pack('<5I', 0, len(blocks), 0, 0, len(blocks)) + blocks)


def manager(*said, port=34964):
    return datagrams('10.3.0.3', port, *said, client_port=50000)


def elsewhere(client, request, *answers):
    """Answers come from another port than the one that was asked."""
    return (datagrams(client, 34964, request, client_port=50000) +
            datagrams(client, 49155, *((answer,) for answer in answers), client_port=50000))


STATUS = struct.pack('<I', 0xdf8080)


# ---- EtherCAT ----

def command(number, address, data, more=False, station=1001, counter=0):
    return struct.pack('<BBHHHH', number, 0, station, address, len(data) | more << 15,
                       0) + data + struct.pack('<H', counter)


def telegram(body, kind=1):
    return struct.pack('<H', kind << 12 | len(body)) + body


def commands(*each, counter=0):
    return telegram(b''.join(command(number, 0x130, bytes(2), at + 1 < len(each), 0, counter)
                             for at, number in enumerate(each)))


def mail(kind, body, address=0):
    return struct.pack('<HHBB', len(body), address, 0, 1 << 4 | kind) + body


def sdo(service, first, index, data=bytes(4)):
    return mail(3, struct.pack('<HBHB', service << 12, first, index, 0) + data)


def asked(message, counter=0, station=1001):
    return telegram(command(5, 0x1000, message.ljust(64, b'\0'), station=station,
                            counter=counter))


def heard(message, counter=1):
    return telegram(command(4, 0x1080, message.ljust(64, b'\0'), counter=counter))


def written_to(address, data, number=5):
    return telegram(command(number, address, data))


GROUP, ANY = '01:0c:cd:01:00:01', 'ff:ff:ff:ff:ff:ff'
# What the first device sends back has the bit of local addresses set in the sender's.
MASTER, MARKED = '00:aa:00:00:00:05', '02:aa:00:00:00:05'


def ring(*said):
    """said: telegrams of the master, or (what comes back,)."""
    return [packet for each in said
            for packet in joined(ANY, 0x88a4, each[0] if isinstance(each, tuple) else each,
                                 source=MARKED if isinstance(each, tuple) else MASTER)]


DOWN, UP = sdo(2, 0x23, 0x6040), sdo(2, 0x40, 0x6041)
UPLOADED, DOWNLOADED = sdo(3, 0x43, 0x6041), sdo(3, 0x60, 0x6040)
OTHER = sdo(2, 0x23, 0x1600)
GOOSE = struct.pack('>HHHH', 1, 13, 0, 0) + b'\x61\x03\x80\x01g'
NO, SSH = 'operation-not-allowed', b'SSH-2.0-OpenSSH_9.2p1\r\n'
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
    ('bacnet: something else', bacnet(READER, SSH), [('foreign-content', None, None)], 0, 0, 0),
    ('bacnet: at another port', datagrams(READER, 9998, confirmed(1, 15, thing(2, 5))),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('profinet-cm: something else', manager(SSH), [('foreign-content', None, None)], 0, 0, 0),
    ('profinet-cm: at another port',
     datagrams(READER, 9998, call(0, 3, arguments(several(100)))),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('dcp: get', joined(DRIVE, 0x8892, dcp(3, 0), (dcp(3, 1, NAME),)), [], 1, 0, 2),
    ('dcp: a name is set, and done',
     joined(DRIVE, 0x8892, dcp(4, 0, NAME), (dcp(4, 1, answered(0x0202)),)),
     [(NO, 'set-name-of-station', (1, 1, 0))], 0, 0, 2),
    ('dcp: two things in a frame, one refused',
     joined(DRIVE, 0x8892, dcp(4, 0, NAME, RESET),
            (dcp(4, 1, answered(0x0202), answered(0x0506, 2)),)),
     [(NO, 'set-name-of-station', (1, 1, 0)), (NO, 'reset-to-factory', (1, 0, 1))], 0, 0, 4),
    ('dcp: a name is set where devices may be looked for only',
     joined(DRIVE, 0x8892, dcp(5, 0, (0xffff, b''), identifier=0xfefe), dcp(4, 0, NAME),
            (dcp(4, 1, answered(0x0202)),), source=RELAY),
     [(NO, 'set-name-of-station', (1, 1, 0))], 0, 0, 3),
    ('dcp: a service that was not captured', cut(16, joined(DRIVE, 0x8892, dcp(4, 0, NAME))),
     [], 0, 1, 0),
    ('dcp: of which nothing was captured', cut(14, joined(DRIVE, 0x8892, dcp(4, 0, NAME))),
     [], 0, 1, 0),
    ('dcp: on the VLAN of the other end',
     joined(DRIVE, 0x8892, dcp(3, 0), (dcp(3, 1, NAME),), vlans=[12]), [], 1, 0, 2),
    ('dcp: on the VLAN of neither end', joined(DRIVE, 0x8892, dcp(3, 0), vlans=[13]),
     [('misplaced-source', None, None)], 0, 0, 1),
    ('profinet: all of it', joined(RELAY, 0x8892, struct.pack('>H', 0x8000),
                                   dcp(4, 0, SIGNAL)), [], 1, 0, 2),
    ('profinet: data where only dcp is allowed', joined(DRIVE, 0x8892, struct.pack('>H', 0x8000)),
     [(NO, 'cyclic-data', (0, 0, 0))], 0, 0, 1),
    ('goose', joined(RELAY, 0x88b8, GOOSE), [], 1, 0, 1),
    ('goose: of a relay to its own', joined(GROUP, 0x88b8, GOOSE, source=RELAY, vlans=[13]),
     [], 1, 0, 1),
    ('goose: of a master to relays, who may', joined(GROUP, 0x88b8, GOOSE, vlans=[13]), [], 1, 0, 1),
    ('goose: of a drive to relays, from the wrong MAC',
     joined(GROUP, 0x88b8, GOOSE, source=DRIVE, vlans=[13]), [('not-allowed', None, None)], 0, 0, 1),
    ('goose: of a relay to masters, on the wrong VLAN',
     joined(GROUP, 0x88b8, GOOSE, source=RELAY, vlans=[11]), [('not-allowed', None, None)], 0, 0, 1),
    ('goose: of nobody who is known, on a VLAN that is',
     joined(GROUP, 0x88b8, GOOSE, source='02:bb:00:00:00:01', vlans=[13]), [], 1, 0, 1),
    ('goose: of nobody who is known, where even stations of the zone may not',
     joined(GROUP, 0x88b8, GOOSE, source='02:bb:00:00:00:01', vlans=[12]),
     [('not-allowed', None, None)], 0, 0, 1),
    ('goose: something else', joined(RELAY, 0x88b8, b'SSH-2.0-OpenSSH_9.2p1 and no GOOSE at all'),
     [('foreign-content', None, None)], 0, 0, 0),
    ('goose: something else inside a zone',
     joined(SPARE, 0x88b8, b'SSH-2.0-OpenSSH_9.2p1 and no GOOSE at all'), [], 1, 0, 0),
    ('ethercat: reading', joined(DRIVE, 0x88a4, commands(7, 4, 1)), [], 1, 0, 3),
    ('ethercat: a write behind a read', joined(DRIVE, 0x88a4, commands(7, 5)),
     [(NO, 'configured-write, station 0', (1, 0, 0))], 0, 0, 2),
    ('ethercat: reading, where the end is not captured', cut(40, joined(DRIVE, 0x88a4, commands(7, 4, 1))),
     [], 0, 1, 2),
    ('ethercat: a write behind what was captured', cut(40, joined(DRIVE, 0x88a4, commands(7, 4, 5))),
     [], 0, 1, 2),
    ('ethercat: an object that may be written, and is',
     ring(asked(DOWN), (asked(DOWN, 1),), heard(b'', 0), (heard(DOWNLOADED),)), [], 2, 0, 4),
    ('ethercat: an object that may not, refused',
     ring(asked(OTHER), (asked(OTHER, 1),), (heard(sdo(2, 0x80, 0x1600)),)),
     [(NO, 'sdo-download, station 1001, index 0x1600', (1, 0, 1))], 0, 0, 3),
    ('ethercat: of another device', ring(asked(DOWN, station=1002)),
     [(NO, 'sdo-download, station 1002, index 0x6040', (1, 0, 0))], 0, 0, 1),
    ('ethercat: an object that is read', ring(asked(UP), (heard(UPLOADED),)), [], 2, 0, 2),
    ('ethercat: an object in segments',
     ring(asked(sdo(2, 0x21, 0x6040)), asked(sdo(2, 0x00, 0)), (asked(sdo(2, 0x21, 0x1600), 1),),
          (heard(sdo(3, 0x20, 0)),)),
     [(NO, 'sdo-download, station 1001, index 0x1600', (0, 1, 0))], 1, 0, 4),
    ('ethercat: firmware, done', ring(asked(mail(4, b'\2\0\0\0\0\0app.efw')),
                                      (asked(mail(4, b'\2\0\0\0\0\0app.efw'), 1),),
                                      (heard(mail(4, b'\4\0\0\0\0\0')),)),
     [(NO, 'foe-write, station 1001', (1, 1, 0))], 0, 0, 3),
    ('ethercat: the state of devices, and their addresses',
     ring(written_to(0x120, b'\2\0', 8), written_to(0x10, b'\xe9\3', 2)),
     [(NO, 'auto-increment-write', (1, 0, 0))], 0, 0, 2),
    ('ethercat: their EEPROM, read and written',
     ring(written_to(0x500, b'\0'), written_to(0x502, b'\0\1\x10\0\0\0'),
          written_to(0x502, b'\1\2\x10\0\0\0')),
     [(NO, 'eeprom-write, station 1001', (1, 0, 0))], 0, 0, 3),
    ('ethercat: a drive, and Ethernet inside',
     ring(asked(mail(5, b'\1\0\x11\0')), asked(mail(5, b'\3\0\x11\0\0\0')),
          asked(mail(2, b'\2\0\0\0' + bytes(20)))),
     [(NO, 'eoe-set-ip-parameter, station 1001', (1, 0, 0)),
      (NO, 'soe-write, station 1001, idn 17', (1, 0, 0))], 0, 0, 3),
    ('ethercat: a message that is not captured',
     cut(30, ring(asked(DOWN), asked(OTHER))), [], 0, 1, 0),
    ('ethercat: through the gateway, refused',
     datagrams('10.3.0.3', 34980, telegram(sdo(2, 0x23, 0x6040), 5),
               (telegram(sdo(2, 0x80, 0x6040), 5),), client_port=50000),
     [(NO, 'sdo-download, station 0, index 0x6040', (1, 0, 1))], 0, 0, 2),
    ('ethercat: through the gateway, over TCP',
     stand.talk('10.3.0.3', DEVICE, 34980, telegram(UP, 5)[:9], telegram(UP, 5)[9:] +
                telegram(sdo(2, 0x23, 0x6040), 5), (telegram(UPLOADED, 5),)),
     [(NO, 'sdo-download, station 0, index 0x6040', (1, 0, 0))], 0, 0, 3),
    ('ethercat: something else in a datagram', datagrams('10.3.0.3', 34980, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
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
    ('profinet-cm: answered from a port that is declared',
     elsewhere('10.3.0.4', call(0, 3, arguments(record(100))), wrote(100)), [], 2, 0, 2),
    ('profinet-cm: and there, what may not be',
     elsewhere('10.3.0.4', call(0, 3, arguments(several(100, 300, 199))),
               wrote(0xe040, 100, 300, 199)),
     [(NO, 'write, record 100, record 300, record 199', counts)
      for counts in ((1, 0, 0), (0, 1, 0))], 0, 0, 2),
    ('profinet-cm: only the answer is in the capture',
     elsewhere('10.3.0.4', call(0, 3, arguments(record(300))), wrote(300))[1:],
     [(NO, 'write, record 300', (0, 1, 0))], 0, 0, 1),
    ('profinet-cm: answered from a port that is not declared',
     elsewhere('10.3.0.3', call(0, 3, arguments(record(100))), wrote(100)),
     [('not-allowed', None, None)], 1, 0, 2),
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


def check_text(tap, plant):
    """Stations have the names of the inventory, and count as seen."""
    said = joined(DRIVE, 0x8892, dcp(4, 0, NAME), (dcp(4, 1, answered(0x0202)),))
    run = plant.run('--coverage', plant.capture(said))
    tap.check('operation-not-allowed: master (masters) -> drive (drives) : '
              'profinet-dcp(set-name-of-station)\n' in run.stdout, 'one line says it', run.stdout)
    unseen = run.stdout.split('assets never seen:\n')[1].split('\n\n')[0].split()
    tap.equal(unseen, ['spare', 'relay', 'soft'], 'who spoke on layer 2 was seen')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        stand.check_contents(tap, plant, CASES)
        check_segments(tap, plant)
        check_text(tap, plant)
    tap.end()


if __name__ == '__main__':
    main()
