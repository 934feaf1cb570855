# SPDX-License-Identifier: Apache-2.0
"""Operations of IEC 60870-5-104, DNP3 and OPC UA, held against the policy."""
import stand
from scada import apdu, chunk, crc, fragment, link, message, response, result

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line {
    allow 10.3.0.1 -> line : iec104(read), dnp3(read), opcua(read), tcp 9999
    allow 10.3.0.2 -> line : iec104(read, control, ca 1, ioa 1-500), dnp3(control, outstation 10)
}
"""
READER, OPERATOR, STATION = '10.3.0.1', '10.3.0.2', '10.2.0.1'


def iec104(client, *said):
    return stand.talk(client, STATION, 2404, *said)


def dnp3(client, *said):
    return stand.talk(client, STATION, 20000, *said)


def opcua(client, *said):
    return stand.talk(client, STATION, 4840, *said)


NO = 'operation-not-allowed'
SSH = b'SSH-2.0-OpenSSH_9.2p1\r\n'
# (what, packets, violations, conformant, undetermined, operations)
CASES = [
    ('iec104: an interrogation and what it brings',
     iec104(READER, b'\x68\x04\x07\0\0\0', (b'\x68\x04\x0b\0\0\0',), apdu(100, 6, 0),
            (apdu(100, 7, 0) + apdu(1, 20, 1, 2, 3),)), [], 1, 0, 3),
    ('iec104: a command behind an interrogation',
     iec104(READER, apdu(100, 6, 0) + apdu(45, 6, 700)),
     [(NO, 'single-command, ca 1, ioa 700', (1, 0, 0))], 0, 0, 2),
    ('iec104: commands that are allowed', iec104(OPERATOR, apdu(45, 6, 1), (apdu(45, 7, 1),)),
     [], 1, 0, 2),
    ('iec104: one of them beyond', iec104(OPERATOR, apdu(45, 6, 1), apdu(45, 6, 501),
                                          (apdu(45, 0x47, 501),)),
     [(NO, 'single-command, ca 1, ioa 501', (1, 0, 1))], 0, 0, 3),
    ('iec104: counters that are asked for, and frozen',
     iec104(READER, apdu(101, 6, 0, element=b'\x05'), (apdu(101, 7, 0, element=b'\x05'),),
            apdu(101, 6, 0, element=b'\x85'), (apdu(101, 7, 0, element=b'\x85'),)),
     [(NO, 'counter-freeze, ca 1, ioa 0', (1, 1, 0))], 0, 0, 4),
    ('iec104: something else', iec104(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('iec104: at another port', stand.talk(READER, STATION, 9999, b'\x68\x04\x07\0\0\0'),
     [('unexpected-protocol', None, None)], 0, 0, 0),
    ('dnp3: in datagrams, operating behind a read, done',
     stand.datagrams(READER, STATION, 20000, fragment(1), (response(),), fragment(5),
                     (response(),)),
     [(NO, 'direct-operate, outstation 10', (1, 1, 0))], 0, 0, 4),
    ('dnp3: something else in a datagram', stand.datagrams(READER, STATION, 20000, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('dnp3: at another port', stand.talk(READER, STATION, 9999, fragment(1)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('opcua: a server that enters itself', opcua(READER, message(2, 437)),
     [(NO, 'register-server', (1, 0, 0))], 0, 0, 1),
    ('opcua: something else', opcua(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('opcua: at another port', stand.talk(READER, STATION, 9999, message(2, 631)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('dnp3: reading', dnp3(READER, fragment(1), (response(),)), [], 1, 0, 2),
    ('dnp3: operating over two segments, done',
     dnp3(READER, fragment(4)[:7], fragment(4)[7:], (response(),)),
     [(NO, 'operate, outstation 10', (1, 1, 0))], 0, 0, 2),
    ('dnp3: operating, refused', dnp3(READER, fragment(5), (response(refused=True),)),
     [(NO, 'direct-operate, outstation 10', (1, 0, 1))], 0, 0, 2),
    ('dnp3: a header over two link frames',
     dnp3(READER, link(b'\x41\xc1') + link(b'\x82\x0d')),
     [(NO, 'cold-restart, outstation 10', (1, 0, 0))], 0, 0, 1),
    ('dnp3: the outstation that is allowed', dnp3(OPERATOR, fragment(3), (response(),)),
     [], 1, 0, 2),
    ('dnp3: another one', dnp3(OPERATOR, fragment(3, station=11)),
     [(NO, 'select, outstation 11', (1, 0, 0))], 0, 0, 1),
    ('dnp3: a request that calls itself the outstation',
     dnp3(READER, fragment(14, body=b'', control=0x44), (response(),)),
     [(NO, 'warm-restart, outstation 10', (1, 1, 0))], 0, 0, 2),
    ('dnp3: the same from the middle',
     stand.talk(READER, STATION, 20000, fragment(14, body=b'', control=0x44), (response(),),
                handshake=False),
     [(NO, 'warm-restart, outstation 10', (1, 1, 0))], 0, 0, 2),
    ('dnp3: an answer that calls itself the master',
     dnp3(READER, fragment(1), (link(b'\xc0\xc1\x81\0\0', master=False, control=0xc4),)),
     [], 1, 0, 2),
    ('opcua: reading', opcua(READER, message(2, 631), (result(2, 634),)), [], 1, 0, 2),
    ('opcua: writing, refused', opcua(READER, message(2, 673), (result(2, 397, 0x801f0000),)),
     [(NO, 'write', (1, 0, 1))], 0, 0, 2),
    ('opcua: a call behind a read, done',
     opcua(READER, message(2, 631) + message(3, 712), (result(3, 715),)),
     [(NO, 'call', (1, 1, 0))], 0, 0, 3),
    ('opcua: a write in two chunks', opcua(READER, message(2, 673, bytes(30), b'C'),
                                           message(2, 0, bytes(30), identifier=b'\x9f\x07')),
     [(NO, 'write', (1, 0, 0))], 0, 0, 1),
    ('opcua: encrypted', opcua(READER, message(2, 0, bytes(30), identifier=b'\x9f\x07\x55')),
     [], 0, 1, 1),
]


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        stand.check_contents(tap, plant, CASES)
    tap.end()


if __name__ == '__main__':
    main()
