# SPDX-License-Identifier: Apache-2.0
"""Operations of MQTT, HART-IP, FINS, ADS, GE SRTP, MELSEC, CSP and C37.118, held against the
policy, and what is recognised without: Niagara Fox and CODESYS."""
import struct

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line {
    allow 10.3.0.1 -> line : mqtt(read), hart-ip(read), fins(read), synchrophasor(read)
    allow 10.3.0.2 -> line : fins(write, node 1, dm 100-199), hart-ip(control)
    allow 10.3.0.1 -> line : ads(read), ge-srtp(read), niagara-fox, codesys
    allow 10.3.0.1 -> line : tcp 9999, melsec(read), pccc(read)
    allow 10.3.0.2 -> line : melsec(write, d 100-199)
    allow 10.3.0.2 -> line : ads(write, port 851, group 0x4020)
    allow 10.3.0.1 -> line : udp 9998
    allow line -> 10.3.0.9 : synchrophasor(read)
    allow 10.3.0.2 -> line : synchrophasor(read, turn-on-transmission), mqtt(write)
}
"""
READER, WRITER, DEVICE = '10.3.0.1', '10.3.0.2', '10.2.0.1'


def mqtt(client, *said, **how):
    return stand.talk(client, DEVICE, 1883, *said, **how)


def control_packet(first, body=b''):
    return bytes([first, len(body)]) + body


CONNECT = control_packet(0x10, b'\0\4MQTT\4\2\0\x3c\0\0')
CONNACK = control_packet(0x20, b'\0\0')
SUBSCRIBE = control_packet(0x82, b'\0\1\0\1#\0')
DELIVERY = control_packet(0x30, b'\0\1tx')
PUBLISH = control_packet(0x32, b'\0\1t\0\7on')
PUBACK = control_packet(0x40, b'\0\7')


def hart(client, *said, **how):
    return stand.talk(client, DEVICE, 5094, *said, **how)


def message(kind, identifier, body=b''):
    return struct.pack('>BBBBHH', 1, kind, identifier, 0, 2, 8 + len(body)) + body


def pdu(delimiter, command, data=b''):
    body = bytes([delimiter]) + b'\x26\x95\xeb\x27\xb8' + bytes([command, len(data)]) + data
    parity = 0
    for byte in body:
        parity ^= byte
    return body + bytes([parity])


def command(number, data=b''):
    return message(0, 3, pdu(0x82, number, data))


def answer(number, code=0, data=b''):
    return message(1, 3, pdu(0x86, number, bytes([code, 0]) + data))


def fins(client, *said, **how):
    return stand.talk(client, DEVICE, 9600, *said, **how)


def fins_tcp(frame_command, body):
    return b'FINS' + struct.pack('>III', 8 + len(body), frame_command, 0) + body


def request(code, data=b''):
    return fins_tcp(2, b'\x80\0\2\0\1\0\0\2\0\x09' + struct.pack('>H', code) + data)


def response(code, end=0):
    return fins_tcp(2, b'\xc0\0\2\0\2\0\0\1\0\x09' + struct.pack('>HH', code, end))


def words(code, first, count, area=0x82):
    return request(code, struct.pack('>BHBH', area, first, 0, count) + bytes(2 * count))


def ads(client, *said, **how):
    return stand.talk(client, DEVICE, 48898, *said, **how)


def ams(command_number, data=b'', flags=4, invoke=9, port=851):
    there, back = (port, 32783) if flags == 4 else (32783, port)
    header = b'\5\6\7\x08\1\1' + struct.pack('<H', there)
    header += b'\5\6\7\x09\1\1' + struct.pack('<HHHIII', back, command_number, flags, len(data),
                                               0, invoke)
    return struct.pack('<HI', 0, 32 + len(data)) + header + data


def ams_read(group):
    return ams(2, struct.pack('<III', group, 0, 4))


def ams_write(group):
    return ams(3, struct.pack('<III', group, 0, 4) + bytes(4))


def ams_result(command_number, result=0):
    return ams(command_number, struct.pack('<I', result), flags=5)


def ams_sum(group, *parts):
    body = b''.join(struct.pack('<III', part, 0, 4) for part in parts)
    return ams(9, struct.pack('<IIII', group, len(parts), 4, len(body)) + body)


def synchrophasor(client, *said, **how):
    return stand.talk(client, DEVICE, 4712, *said, **how)


def crc(data):
    value = 0xffff
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xffff
    return struct.pack('>H', value)


def phasors(kind, body):
    frame = struct.pack('>BBHHII', 0xaa, kind << 4 | 2, 16 + len(body), 7, stand.START, 0) + body
    return frame + crc(frame)


def srtp(client, *said, **how):
    return stand.talk(client, DEVICE, 18245, *said, **how)


def srtp_request(sequence, service):
    return struct.pack('<BxHH25xBxxxxHxxBBBB12x', 2, sequence, 0, 0xc0, 0x0e10, 1, 1, service, 0)


def srtp_text(sequence, service, text):
    return struct.pack('<BxHH25xBxxxxHxxBBB5xBBBB4x', 2, sequence, len(text), 0x80, 0x0e10, 1, 1, 2,
                       1, 1, service, 0) + text


def srtp_response(sequence, message=0xd4, status=0):
    return struct.pack('<BxHH25xB10xBB12x', 3, sequence, 0, message, status, 0)


def fox(client, *said, port=1911):
    return stand.talk(client, DEVICE, port, *said)


HELLO = b'fox a 1 -1 fox hello\n{\nfox.version=s:1.0\n};;\n'
BLOCK = b'\0\1\x17\xe8' + struct.pack('<I', 16) + bytes(8)
SSH = b'SSH-2.0-OpenSSH_9.2p1\r\n'
def melsec(client, *said, **how):
    return stand.talk(client, DEVICE, 5007, *said, **how)


def slmp(number, data=b'', serial=None):
    head = b'\x50\0' if serial is None else b'\x54\0' + struct.pack('<HH', serial, 0)
    body = struct.pack('<HHH', 16, number, 0) + data
    return head + b'\0\xff\xff\3\0' + struct.pack('<H', len(body)) + body


def slmp_end(code=0, serial=None):
    head = b'\xd0\0' if serial is None else b'\xd4\0' + struct.pack('<HH', serial, 0)
    return head + b'\0\xff\xff\3\0' + struct.pack('<HH', 2, code)


def device(first, count, code=0xa8):
    return struct.pack('<I', first)[:3] + struct.pack('<BH', code, count)


def slmp_text(number, data):
    body = b'0010%04X0000' % number + data
    return b'500000FF03FF00%04X' % len(body) + body


def udp(client, port, *said):
    return stand.datagrams(client, DEVICE, port, *said)


def fins_udp(code, data=b'', answers=False):
    return (response(code) if answers else request(code, data))[16:]


def router(service, *tags, answers=False):
    body = b''.join(struct.pack('<HH', tag, len(data)) + data for tag, data in tags)
    return struct.pack('<IIII', 0x71146603, 5, service | answers << 31, 0) + b'\5\6\7\x08\1\1' + \
        struct.pack('<HI', 10000, len(tags)) + body


# Behind the magic: the length of the header, flags, and who is meant.
CODESYS_DATAGRAM = b'\xc5\x6b\x40\x40\0\x34' + bytes(14)
TURN_ON, CONFIGURATION = phasors(4, b'\0\2'), phasors(4, b'\0\5')
MODBUS = struct.pack('>HHHBBHH', 1, 0, 6, 1, 3, 0, 1)
NO = 'operation-not-allowed'
# (what, packets, violations, conformant, undetermined, operations)
CASES = [
    ('mqtt: subscribing, and what is delivered',
     mqtt(READER, CONNECT, (CONNACK,), SUBSCRIBE, (control_packet(0x90, b'\0\1\0') + DELIVERY,)),
     [], 1, 0, 5),
    ('mqtt: publishing behind a ping, acknowledged',
     mqtt(READER, CONNECT, (CONNACK,), control_packet(0xc0) + PUBLISH, (PUBACK,)),
     [(NO, 'publish', (1, 1, 0))], 0, 0, 5),
    ('mqtt: a publication over two segments', mqtt(READER, CONNECT, PUBLISH[:3], PUBLISH[3:]),
     [(NO, 'publish', (1, 0, 0))], 0, 0, 2),
    ('mqtt: from the middle, the broker first',
     mqtt(READER, (DELIVERY,), PUBLISH, handshake=False), [(NO, 'publish', (1, 0, 0))], 0, 0, 2),
    ('mqtt: publishing that is allowed', mqtt(WRITER, CONNECT, PUBLISH, (PUBACK,)), [], 1, 0, 3),
    ('mqtt: subscribing, refused',
     mqtt(WRITER, CONNECT, SUBSCRIBE, (control_packet(0x90, b'\0\1\x80'),)),
     [(NO, 'subscribe', (1, 0, 1))], 0, 0, 3),
    ('hart-ip: a session that reads', hart(READER, message(0, 0, b'\1\0\0\x75\x30'), command(3),
                                           (answer(3),), message(0, 1)), [], 1, 0, 4),
    ('hart-ip: a write behind a read, refused',
     hart(READER, command(3) + command(35, bytes(9)), (answer(35, 7),)),
     [(NO, 'write-primary-range', (1, 0, 1))], 0, 0, 3),
    ('hart-ip: an extended command, over segments',
     hart(READER, command(31, b'\2\1')[:11], command(31, b'\2\1')[11:], (answer(31, 0, b'\2\1'),)),
     [(NO, 'write-country-code', (1, 1, 0))], 0, 0, 2),
    ('hart-ip: inside a command to a device behind',
     hart(READER, command(77, b'\1\1\5' + pdu(0x82, 42)[:-1]),
          (answer(77, 0, b'\1\1' + pdu(0x86, 42, b'\0\0')[:-1]),)),
     [(NO, 'device-reset', (1, 1, 0))], 0, 0, 2),
    ('hart-ip: the second of a direct PDU',
     hart(READER, message(0, 4, b'\0\0' + b'\0\3\0' + b'\0\x2a\0')),
     [(NO, 'device-reset', (1, 0, 0))], 0, 0, 2),
    ('fins: reading', fins(READER, fins_tcp(0, bytes(4)), (fins_tcp(1, bytes(8)),),
                           words(0x0101, 100, 8), (response(0x0101),)), [], 1, 0, 2),
    ('fins: stopping behind a read, done',
     fins(READER, words(0x0101, 100, 0) + request(0x0402), (response(0x0402, 0x0040),)),
     [(NO, 'stop, node 1', (1, 1, 0))], 0, 0, 3),
    ('fins: words that are allowed', fins(WRITER, words(0x0102, 100, 100)), [], 1, 0, 1),
    ('fins: words that are not, refused',
     fins(WRITER, words(0x0102, 199, 2), (response(0x0102, 0x1103),)),
     [(NO, 'memory-area-write, node 1, dm 199-200', (1, 0, 1))], 0, 0, 2),
    ('fins: another area', fins(WRITER, words(0x0102, 100, 1, area=0xb0)),
     [(NO, 'memory-area-write, node 1, cio 100', (1, 0, 0))], 0, 0, 1),
    ('fins: from the middle, the answer first',
     fins(READER, (response(0x0401),), words(0x0101, 1, 0), handshake=False),
     [(NO, 'run, node 1', (0, 1, 0))], 0, 0, 2),
    ('ads: a handle, its value, and back',
     ads(READER, ams(9, struct.pack('<IIII', 0xf003, 0, 4, 2) + b'x\0'), (ams_result(9),),
         ams_read(0xf005), ams_write(0xf006)), [], 1, 0, 4),
    ('ads: a write behind a read, refused',
     ads(READER, ams_read(0x4020) + ams_write(0x4020), (ams_result(3, 0x704),)),
     [(NO, 'write, port 851, group 0x4020', (1, 0, 1))], 0, 0, 3),
    ('ads: what sums are for', ads(READER, ams_sum(0xf080, 0x4020, 0x4021),
                                   ams_sum(0xf081, 0x4020), (ams_result(9),)),
     [(NO, 'sum-write, port 851, group 0x4020', (1, 1, 0))], 0, 0, 3),
    ('ads: groups that are allowed', ads(WRITER, ams_write(0x4020), ams_sum(0xf081, 0x4020, 0x4020)),
     [], 1, 0, 2),
    ('ads: one of five that is not, over segments',
     ads(WRITER, ams_sum(0xf081, 0x4020, 1, 0x4020, 1, 0x4020)[:70],
         ams_sum(0xf081, 0x4020, 1, 0x4020, 1, 0x4020)[70:]),
     [(NO, 'sum-write, port 851, group 0x4020, group 0x1', (1, 0, 0))], 0, 0, 1),
    ('ads: files of the system service, from the middle',
     ads(READER, ams(9, struct.pack('<IIII', 120, 1, 4, 0), port=10000), handshake=False),
     [(NO, 'system-files, port 10000', (1, 0, 0))], 0, 0, 1),
    ('synchrophasor: turning on, and what comes',
     synchrophasor(WRITER, CONFIGURATION, (phasors(3, bytes(40)),), TURN_ON,
                   (phasors(0, bytes(20)) + phasors(0, bytes(20)),)), [], 1, 0, 5),
    ('ge-srtp: reading', srtp(READER, bytes(56), (b'\1' + bytes(55),), srtp_request(2, 4),
                              (srtp_response(2),)), [], 1, 0, 2),
    ('ge-srtp: a write behind a read, with a text, done',
     srtp(READER, srtp_request(2, 4) + srtp_text(3, 7, b'data'), (srtp_response(3),)),
     [(NO, 'write-system-memory', (1, 1, 0))], 0, 0, 3),
    ('ge-srtp: stopping over two segments, refused',
     srtp(READER, srtp_request(2, 35)[:20], srtp_request(2, 35)[20:], (srtp_response(2, 0xd1),)),
     [(NO, 'run-or-stop', (1, 0, 1))], 0, 0, 2),
    ('niagara-fox: recognised', fox(READER, HELLO, (HELLO,)), [], 1, 0, 0),
    ('niagara-fox: something else', fox(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('niagara-fox: at another port', fox(READER, HELLO, port=9999),
     [('unexpected-protocol', None, None)], 0, 0, 0),
    ('codesys: recognised', stand.talk(READER, DEVICE, 11740, BLOCK + BLOCK, (BLOCK,)),
     [], 1, 0, 0),
    ('codesys: something behind it', stand.talk(READER, DEVICE, 11740, BLOCK, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('codesys: at another port', stand.talk(READER, DEVICE, 9999, BLOCK),
     [('unexpected-protocol', None, None)], 0, 0, 0),
    ('melsec: reading', melsec(READER, slmp(0x0401, device(100, 8)), (slmp_end(),)), [], 1, 0, 2),
    ('melsec: stopping behind a read, done',
     melsec(READER, slmp(0x0401, device(1, 1), 7) + slmp(0x1002, b'\1\0', 8),
            (slmp_end(0, 7) + slmp_end(0, 8),)),
     [(NO, 'remote-stop', (1, 1, 0))], 0, 0, 4),
    ('melsec: devices that are allowed', melsec(WRITER, slmp(0x1401, device(100, 100))), [], 1, 0, 1),
    ('melsec: devices that are not, over segments, refused',
     melsec(WRITER, slmp(0x1401, device(199, 2))[:9], slmp(0x1401, device(199, 2))[9:],
            (slmp_end(0xc051),)), [(NO, 'write, d 199-200', (1, 0, 1))], 0, 0, 2),
    ('melsec: in ASCII, relays', melsec(WRITER, slmp_text(0x1401, b'M*0001000002' + b'0' * 8)),
     [(NO, 'write, m 100-131', (1, 0, 0))], 0, 0, 1),
    ('melsec: in ASCII, refused',
     melsec(READER, slmp_text(0x1401, b'D*000100000212345678'), (b'D00000FF03FF000004C051',)),
     [(NO, 'write, d 100-101', (1, 0, 1))], 0, 0, 2),
    ('melsec: from the middle, the answer first',
     melsec(READER, (slmp_end(),), slmp(0x1001, b'\1\0\0\0'), handshake=False),
     [(NO, 'remote-run', (1, 0, 0))], 0, 0, 1),
    ('fins: reading, in datagrams', udp(READER, 9600, fins_udp(0x0101, b'\x82\0\x64\0\0\1'),
                                        (fins_udp(0x0101, answers=True),)), [], 1, 0, 2),
    ('fins: stopping, in a datagram, done',
     udp(READER, 9600, fins_udp(0x0402), (fins_udp(0x0402, answers=True),)),
     [(NO, 'stop, node 1', (1, 1, 0))], 0, 0, 2),
    ('fins: reading a message, and clearing it',
     udp(READER, 9600, fins_udp(0x0920, b'\0\1'), fins_udp(0x0920, b'\x40\1')),
     [(NO, 'message-clear, node 1', (1, 0, 0))], 0, 0, 2),
    ('fins: something else in a datagram', udp(READER, 9600, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('ads: a router that is looked for', udp(READER, 48899, router(1), (router(1, answers=True),)),
     [], 1, 0, 2),
    ('ads: a route that is added, refused',
     udp(READER, 48899, router(6, (12, b'x\0')),
         (router(6, (1, struct.pack('<I', 0x704)), answers=True),)),
     [(NO, 'router-add-route', (1, 0, 1))], 0, 0, 2),
    ('ads: a route that is added by the system service',
     ads(READER, ams(3, struct.pack('<III', 801, 0, 2) + b'x\0', port=10000)),
     [(NO, 'system-routes-write, port 10000', (1, 0, 0))], 0, 0, 1),
    ('ads: routers at another port', udp(READER, 9998, router(1)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('ads: something else at its port', udp(READER, 48899, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('codesys: in datagrams', udp(READER, 1740, CODESYS_DATAGRAM, (CODESYS_DATAGRAM,)),
     [], 1, 0, 0),
    ('codesys: something else in a datagram', udp(READER, 1740, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('melsec: stopping, in a datagram, done', udp(READER, 5007, slmp(0x1002, b'\1\0'),
                                                  (slmp_end(),)),
     [(NO, 'remote-stop', (1, 1, 0))], 0, 0, 2),
    ('melsec: a new address', udp(READER, 5007, slmp(0x0e31, bytes(22))),
     [(NO, 'ip-address-set', (1, 0, 0))], 0, 0, 1),
    ('melsec: something else in a datagram', udp(READER, 5007, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('ge-srtp: the identifier of the controller', srtp(READER, srtp_request(2, 34)),
     [(NO, 'set-id', (1, 0, 0))], 0, 0, 1),
    ('ge-srtp: at another port', stand.talk(READER, DEVICE, 9999, srtp_request(2, 4)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('hart-ip: bursts that are turned on', hart(READER, command(109, b'\1')),
     [(NO, 'burst-mode-control', (1, 0, 0))], 0, 0, 1),
    ('hart-ip: at another port', stand.talk(READER, DEVICE, 9999, command(3)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('mqtt: something else', mqtt(READER, SSH, (SSH,)), [('foreign-content', None, None)], 0, 0, 0),
    ('mqtt: at another port', stand.talk(READER, DEVICE, 9999, CONNECT),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('fins: at another port', stand.talk(READER, DEVICE, 9999, words(0x0101, 1, 0)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('ads: at another port', stand.talk(READER, DEVICE, 9999, ams_read(0x4020)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('synchrophasor: at another port', stand.talk(READER, DEVICE, 9999, CONFIGURATION),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('hart-ip: several commands at once, one of them a write that is refused',
     hart(READER, command(78, b'\2' + b'\0\3\0' + b'\0\x23\x09' + bytes(9)),
          (answer(78, 0, b'\0\2' + b'\0\3\x02\0\0' + b'\0\x23\x02\7\0'),)),
     [(NO, 'write-primary-range', (1, 0, 1))], 0, 0, 4),
    ('hart-ip: several at once, to a device behind',
     hart(READER, command(77, b'\1\1\5' + pdu(0x82, 78, b'\2\0\3\0\0\x2a\0')[:-1])),
     [(NO, 'device-reset', (1, 0, 0))], 0, 0, 2),
    ('hart-ip: several at once, none of which there is',
     hart(READER, command(78, b'\x05')), [(NO, 'aggregate', (1, 0, 0))], 0, 0, 1),
    ('hart-ip: bursts that are published',
     udp(READER, 5094, command(3), (message(2, 3, pdu(0x81, 3, b'\0\0' + bytes(24))),)),
     [], 1, 0, 2),
    ('fins: the cycle time, read and initialized',
     udp(READER, 9600, fins_udp(0x0620, b'\1'), (fins_udp(0x0620, answers=True),),
         fins_udp(0x0620, b'\0')), [(NO, 'cycle-time-initialize, node 1', (1, 0, 0))], 0, 0, 3),
    ('melsec: what a controller tells on demand, and stopping',
     melsec(READER, (slmp(0x2101, bytes(4)),), slmp(0x1002, b'\1\0'), handshake=False),
     [(NO, 'remote-stop', (1, 0, 0))], 0, 0, 2),
    ('melsec: the buffer of a module is not the module\'s own',
     melsec(READER, slmp(0x0613, bytes(6)), slmp(0x1601, bytes(12))),
     [(NO, 'write-module-buffer', (1, 0, 0))], 0, 0, 2),
    ('ads: restarting the system', ads(READER, ams(3, struct.pack('<III', 220, 0, 0), port=10000)),
     [(NO, 'system-control-write, port 10000', (1, 0, 0))], 0, 0, 1),
    ('hart-ip: in datagrams, a write that the device refuses',
     udp(READER, 5094, message(0, 0, b'\1\0\0\x75\x30'), command(35, bytes(9)), (answer(35, 7),)),
     [(NO, 'write-primary-range', (1, 0, 1))], 0, 0, 3),
    ('hart-ip: something else in a datagram', udp(READER, 5094, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('hart-ip: something else', hart(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('fins: something else', fins(READER, SSH, (SSH,)), [('foreign-content', None, None)], 0, 0, 0),
    ('ads: something else', ads(READER, SSH, (SSH,)), [('foreign-content', None, None)], 0, 0, 0),
    ('ge-srtp: something else', srtp(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('melsec: something else', melsec(READER, SSH, (SSH,)), [('foreign-content', None, None)],
     0, 0, 0),
    ('melsec: Modbus at its port', melsec(READER, MODBUS, (MODBUS,)),
     [('foreign-content', None, None)], 0, 0, 0),
    ('melsec: at another port', stand.talk(READER, DEVICE, 9999, slmp(0x0401, device(1, 1))),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('melsec: in a datagram to another port', udp(READER, 9998, slmp(0x1002, b'\1\0', 7)),
     [('unexpected-protocol', None, None)], 0, 0, 1),
    ('synchrophasor: something else', synchrophasor(READER, SSH, (SSH,)),
     [('foreign-content', None, None)], 0, 0, 0),
    ('synchrophasor: in datagrams, turning on, and what comes',
     udp(READER, 4713, CONFIGURATION, (phasors(3, bytes(40)),), TURN_ON, (phasors(0, bytes(20)),)),
     [(NO, 'turn-on-transmission, idcode 7', (1, 0, 0))], 0, 0, 4),
    ('synchrophasor: something else in a datagram', udp(READER, 4713, SSH),
     [('foreign-content', None, None)], 0, 0, 0),
    ('synchrophasor: a unit that streams by itself, to who may listen',
     stand.datagrams(DEVICE, '10.3.0.9', 4713, phasors(3, bytes(40)), phasors(0, bytes(20)), sport=4713),
     [], 1, 0, 2),
    ('synchrophasor: a unit that streams by itself, to who may not',
     stand.datagrams(DEVICE, '10.3.0.8', 4713, phasors(0, bytes(20))),
     [('not-allowed', None, None)], 0, 0, 1),
    ('synchrophasor: turning on, in two segments',
     synchrophasor(READER, CONFIGURATION + TURN_ON[:5], TURN_ON[5:]),
     [(NO, 'turn-on-transmission, idcode 7', (1, 0, 0))], 0, 0, 2),
]


def csp(body=b'', about=7, mode=1, status=0):
    return struct.pack('>BBHIIHH12x', mode, about, len(body), 0x1f * (about == 7), status,
                       4 * (about == 1), 0) + body


def df1(command, function, transaction=1, lsap=0):
    """A command of PCCC and its address."""
    return bytes([0, 5, 0, lsap, command, 0]) + struct.pack('<H', transaction) + function


def did(command, transaction=1, status=0, data=b''):
    return (csp(bytes([0, 5, 0, 0, command | 0x40, status]) + struct.pack('<H', transaction) +
                data, mode=2),)


BEGUN = csp(about=1), (csp(about=1, mode=2),)
TYPED_READ, TYPED_WRITE, MODE = (csp(df1(15, function)) for function in (b'\xa2', b'\xaa', b'\x80'))


def plc(*said, port=2222, **how):
    return stand.talk(READER, DEVICE, port, *said, **how)


# As check_contents() wants them.
CSP = [
    ('csp: reading', plc(*BEGUN, TYPED_READ, did(15, data=b'\x01\x00')), [], 1, 0, 4),
    ('csp: writing, done', plc(*BEGUN, TYPED_WRITE, did(15)),
     [(NO, 'protected-typed-logical-write', (1, 1, 0))], 0, 0, 4),
    ('csp: writing, refused', plc(*BEGUN, TYPED_WRITE, did(15, status=0x10)),
     [(NO, 'protected-typed-logical-write', (1, 0, 1))], 0, 0, 4),
    ('csp: writing, which CSP refuses',
     plc(*BEGUN, TYPED_WRITE, (csp(did(15)[0][28:], mode=2, status=1),)),
     [(NO, 'protected-typed-logical-write', (1, 0, 1))], 0, 0, 4),
    ('csp: two that wait, answered the other way round',
     plc(*BEGUN, csp(df1(15, b'\xa2', 7)), csp(df1(15, b'\xaa', 8)), did(15, 8, 0x10), did(15, 7)),
     [(NO, 'protected-typed-logical-write', (1, 0, 1))], 0, 0, 6),
    ('csp: a write behind a read in one segment', plc(*BEGUN, TYPED_READ + TYPED_WRITE),
     [(NO, 'protected-typed-logical-write', (1, 0, 0))], 0, 0, 4),
    ('csp: the mode, over three segments', plc(*BEGUN, MODE[:3], MODE[3:31], MODE[31:]),
     [(NO, 'change-cpu-mode', (1, 0, 0))], 0, 0, 3),
    ('csp: a basic command, of which only the answer is here', plc(did(0), handshake=False),
     [(NO, 'protected-write', (0, 1, 0))], 0, 0, 1),
    ('csp: an answer to what was not seen', plc(did(15), TYPED_READ, handshake=False), [], 1, 0, 1),
    ('csp: on to another station', plc(*BEGUN, csp(df1(15, b'\xaa', lsap=1))), [], 0, 1, 3),
    ('csp: something else', plc(b'SSH-2.0-OpenSSH_9.2p1\r\n', b'and no CSP at all'),
     [('foreign-content', None, None)], 0, 0, 0),
    ('csp: at another port', plc(*BEGUN, TYPED_WRITE, port=9999),
     [('unexpected-protocol', None, None)], 0, 0, 3),
]


def check_pi(tap, plant):
    """The PI Data Archive publishes nothing of its bytes: its port tells it."""
    _, report = plant.report(stand.talk(READER, DEVICE, 5450, b'\x12\x34', (b'\x56',)))
    tap.equal([(each['kind'], each['service'], each['operation'])
               for each in report['violations']], [('not-allowed', 'pi', None)],
              'pi: by its port, and no operation')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        stand.check_contents(tap, plant, CASES + CSP)
        check_pi(tap, plant)
    tap.end()


if __name__ == '__main__':
    main()
