# SPDX-License-Identifier: Apache-2.0
"""What OPC Classic says over DCOM, held against the policy: interfaces that binds name,
calls in one segment, in pieces and encrypted, and the dynamic port that activation
tells. And how tshark names what was made here."""
import shutil
import struct
import subprocess
import uuid

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
service opc "OPC Classic and where it serves objects" = opc-classic on tcp 135, tcp 49152-65535
conduit work between ops and line {
    allow 10.3.0.1 -> line : opc(read)
    allow 10.3.0.2 -> line : opc(read, write)
    allow 10.3.0.3 -> line : opc-classic, tcp 45000
    allow line -> 10.3.0.1 : opc(read)
}
"""
READER, WRITER, ANYTHING, SERVER = '10.3.0.1', '10.3.0.2', '10.3.0.3', '10.2.0.1'
RESOLVER, OBJECTS, UNDECLARED = 135, 49200, 45000
ACTIVATOR = '000001a0-0000-0000-c000-000000000046'
OXID, ACTIVATION = '99fcfec4-5260-101b-bbcb-00aa0021347a', '4d9f4ab8-7d1c-11cf-861e-0020af6e7c57'
UNKNOWN, WMI = '00000143-0000-0000-c000-000000000046', '9556dc99-828c-11cf-a37e-00aa003240c7'
SYNC, SYNC_2 = '39c13a52-011e-11d0-9675-0020afd8adb3', '730f5f0f-55b1-4c81-9e18-ff8a0904e1fa'
CALLBACK = '39c13a70-011e-11d0-9675-0020afd8adb3'
NDR = uuid.UUID('8a885d04-1ceb-11c9-9fe8-08002b104860')
FIRST, LAST, OBJECT = 1, 2, 0x80
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTERED = 0, 2, 3, 11, 12, 13, 14, 15
PRIVACY, DENIED, DONE = 6, 0x80070005, 0


class Speaker:
    """Units of data, in one order of bytes."""

    def __init__(self, order='<'):
        self.order = order

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def unit(self, kind, body, call=1, flags=FIRST | LAST, level=0):
        auth = b''
        if level:
            body += bytes(-len(body) % 4)
            auth = struct.pack('<BBBBI', 10, level, 0, 0, 0) + bytes(16)
        head = bytes([5, 0, kind, flags, 0x10 if self.order == '<' else 0, 0, 0, 0])
        return head + self.pack('HHI', 16 + len(body) + len(auth), 16 * bool(level), call) + \
            body + auth

    def uuid(self, text):
        each = uuid.UUID(text) if isinstance(text, str) else text
        return each.bytes_le if self.order == '<' else each.bytes

    def bind(self, *interfaces, kind=BIND, first=0, call=1):
        """Contexts from `first` on."""
        contexts = b''.join(self.pack('HBB', first + i, 1, 0) + self.uuid(each) +
                            self.pack('HH', 0, 0) + self.uuid(NDR) + self.pack('HH', 2, 0)
                            for i, each in enumerate(interfaces))
        return self.unit(kind, self.pack('HHIBBH', 5840, 5840, 0, len(interfaces), 0, 0) + contexts,
                         call)

    def bound(self, *results, kind=BIND_ACK, address=b'49200\0', call=1):
        """results: of each context, 0 where it is accepted."""
        results = results or (0,)
        text = self.pack('H', len(address)) + address
        return self.unit(kind, self.pack('HHI', 5840, 5840, 1) + text + bytes(-len(text) % 4) +
                         self.pack('BBH', len(results), 0, 0) + b''.join(
                             self.pack('HH', result, result) + self.uuid(NDR) +
                             self.pack('HH', 2, 0) for result in results), call)

    def call(self, number, stub=bytes(40), context=0, **unit):
        return self.unit(REQUEST, self.pack('IHH', len(stub), context, number) + stub, **unit)

    def answer(self, stub=bytes(12), status=DONE, context=0, **unit):
        stub += self.pack('I', status)
        return self.unit(RESPONSE, self.pack('IHBB', len(stub), context, 0, 0) + stub, **unit)

    def fault(self, status=DENIED):
        return self.unit(FAULT, self.pack('IHBBI', 4, 0, 0, 0, status) + bytes(4))

    def bindings(self, *addresses):
        """A dual string array: bindings of TCP, and of security none."""
        each = [b''.join(self.pack('H', unit) for unit in [7, *map(ord, address), 0])
                for address in addresses]
        strings = b''.join(each) + bytes(2)
        return self.pack('IHH', len(strings) // 2 + 1, len(strings) // 2 + 1,
                         len(strings) // 2) + strings + bytes(2)

    def resolved(self, *addresses):
        """The answer to ResolveOxid2."""
        array = self.bindings(*addresses)
        array += bytes(-len(array) % 4)
        return self.answer(self.pack('I', 0x20000) + array + bytes(16) +
                           self.pack('IHH', 5, 5, 7))


LITTLE = Speaker()
BIG = Speaker('>')


def talk(client, *said, port=OBJECTS, server=SERVER, **how):
    return stand.talk(client, server, port, *said, **how)


def opened(speaker=LITTLE, interface=SYNC):
    return speaker.bind(interface), (speaker.bound(),)


def altered(result):
    """The first context becomes what the server calls."""
    return (LITTLE.bind(CALLBACK, kind=ALTER, call=2),
            (LITTLE.bound(result, kind=ALTERED, address=b'', call=2),))


def activated(client, answer, interface=ACTIVATOR, number=4, speaker=LITTLE, server=SERVER):
    """The conversation that tells the port."""
    return talk(client, *opened(speaker, interface), speaker.call(number), (answer,),
                port=RESOLVER, server=server, sport=39999)


def created(address, speaker=LITTLE):
    """What RemoteCreateInstance answers, as far as it matters."""
    return speaker.answer(bytes(24) + speaker.bindings(address) + bytes(20))


READ, WRITE, VQT = (LITTLE.call(number) for number in (3, 4, 6))
THERE, DECLARED = SERVER + '[%d]' % UNDECLARED, SERVER + '[%d]' % OBJECTS


def refused(operation, requests=1, responses=0, refusals=0):
    return [('operation-not-allowed', operation, (requests, responses, refusals))]


def cases():
    """As stand.check_contents() wants them."""
    answer, parts = LITTLE.answer(), [LITTLE.call(4, flags=FIRST), LITTLE.call(4, flags=0),
                                      LITTLE.call(4, flags=LAST)]
    return [
        ('reading', talk(READER, *opened(), READ, (answer,)), [], 1, 0, 4),
        ('writing', talk(READER, *opened(), WRITE, (answer,)),
         refused('sync-io-write', 1, 1), 0, 0, 4),
        ('a write that may', talk(WRITER, *opened(), WRITE, (answer,)), [], 1, 0, 4),
        ('a write that faults', talk(READER, *opened(), WRITE, (LITTLE.fault(),)),
         refused('sync-io-write', 1, 0, 1), 0, 0, 4),
        ('a write whose result is a failure',
         talk(READER, *opened(), WRITE, (LITTLE.answer(status=DENIED),)),
         refused('sync-io-write', 1, 0, 1), 0, 0, 4),
        ('a write of which only some failed',
         talk(READER, *opened(), WRITE, (LITTLE.answer(status=1),)),
         refused('sync-io-write', 1, 1), 0, 0, 4),
        ('a write that is encrypted, whose header is not',
         talk(READER, *opened(), LITTLE.call(4, level=PRIVACY),
              (LITTLE.answer(status=DENIED, level=PRIVACY),)),
         refused('sync-io-write', 1, 1), 0, 0, 4),
        ('a write that is signed, and refused',
         talk(READER, *opened(), LITTLE.call(4, level=5), (LITTLE.answer(status=DENIED, level=5),)),
         refused('sync-io-write', 1, 0, 1), 0, 0, 4),
        ('a write to an object', talk(READER, *opened(), LITTLE.call(4, bytes(56), flags=0x83)),
         refused('sync-io-write'), 0, 0, 3),
        ('a write in fragments', talk(READER, *opened(), *parts, (answer,)),
         refused('sync-io-write', 1, 1), 0, 0, 4),
        ('a write behind a read in one segment', talk(READER, *opened(), READ + WRITE),
         refused('sync-io-write'), 0, 0, 4),
        ('a write over three segments', talk(READER, *opened(), *stand.pieces(WRITE, 5, 20)),
         refused('sync-io-write'), 0, 0, 3),
        ('big endian', talk(READER, *opened(BIG), BIG.call(4), (BIG.answer(status=DENIED),)),
         refused('sync-io-write', 1, 0, 1), 0, 0, 4),
        ('an interface that extends another', talk(READER, *opened(interface=SYNC_2), READ, VQT),
         refused('sync-io-write-vqt'), 0, 0, 4),
        ('an interface that is named later',
         talk(READER, *opened(interface=UNKNOWN), READ, LITTLE.bind(SYNC, kind=ALTER, first=7),
              LITTLE.call(4, context=7)), refused('sync-io-write'), 0, 0, 5),
        ('a context that changes its meaning',
         talk(READER, *opened(), *altered(0), WRITE), [], 1, 0, 5),
        ('a context whose change is refused', talk(READER, *opened(), *altered(2), WRITE),
         refused('sync-io-write'), 0, 0, 5),
        ('a context whose change is not answered',
         talk(READER, *opened(), altered(0)[0], WRITE), [], 0, 1, 4),
        ('contexts of which the second is refused',
         talk(READER, LITTLE.bind(SYNC, CALLBACK), (LITTLE.bound(0, 2),), WRITE,
              LITTLE.call(4, context=1)), refused('sync-io-write'), 0, 0, 4),
        ('a bind whose answer is not in the capture', talk(READER, LITTLE.bind(SYNC), WRITE),
         refused('sync-io-write'), 0, 0, 2),
        ('a bind that is refused',
         talk(READER, LITTLE.bind(SYNC), (LITTLE.unit(BIND_NAK, bytes(8)),)), [], 1, 0, 2),
        ('what is not OPC', talk(READER, *opened(interface=WMI), READ, (answer,)),
         refused('foreign-call', 1, 1), 0, 0, 4),
        ('a number beyond all', talk(READER, *opened(), LITTLE.call(0x103)),
         refused('foreign-call'), 0, 0, 3),
        ('data that the server sends',
         talk(SERVER, *opened(interface=CALLBACK), READ, (answer,), server=READER, port=50000),
         [], 1, 0, 4),
        ('a call whose bind is not in the capture', talk(READER, WRITE, (answer,), handshake=False),
         [], 0, 1, 1),
    ]


def followed():
    """The same, with the conversation that tells the port before it."""
    there = talk(ANYTHING, *opened(), WRITE, port=UNDECLARED)
    old = LITTLE.answer(bytes(24) + LITTLE.bindings(THERE) + bytes(32))
    return [
        ('at a port that nobody told', there, [('unexpected-protocol', None, None)], 0, 0, 3),
        ('at the port that activation told',
         activated(ANYTHING, created(THERE)) + there, [], 2, 0, 7),
        ('at another port than it told',
         activated(ANYTHING, created(SERVER + '[45001]')) + there,
         [('unexpected-protocol', None, None)], 1, 0, 7),
        ('at the port of another protocol tower',
         activated(ANYTHING, created(THERE).replace(b'\x07\x001\x000\x00.',
                                                    b'\x08\x001\x000\x00.')) + there,
         [('unexpected-protocol', None, None)], 1, 0, 7),
        ('at the last of several', activated(ANYTHING, LITTLE.resolved('plc', '10.9.9.9[x]', THERE),
                                             OXID) + there, [], 2, 0, 7),
        ('as DCOM 1.0 tells it', activated(ANYTHING, old, ACTIVATION, 0) + there, [], 2, 0, 7),
        ('in big endian', activated(ANYTHING, BIG.resolved(THERE), OXID, speaker=BIG) + there,
         [], 2, 0, 7),
        ('an answer that is encrypted',
         activated(ANYTHING, LITTLE.answer(LITTLE.bindings(THERE), level=PRIVACY)) + there,
         [('unexpected-protocol', None, None)], 1, 0, 7),
        ('an answer to something else',
         activated(ANYTHING, created(THERE), number=9) + there,
         [('unexpected-protocol', None, None)], 1, 0, 7),
        ('an encrypted answer, where a rule expects the port',
         activated(READER, LITTLE.answer(LITTLE.bindings(DECLARED), level=PRIVACY)) +
         talk(READER, *opened(interface=UNKNOWN), LITTLE.bind(SYNC, kind=ALTER, first=1),
              LITTLE.call(4, context=1)),
         refused('sync-io-write'), 1, 0, 8),
    ]


def check_led(tap, plant):
    """A port that no rule allows, with and without the conversation that tells it."""
    there = talk(READER, *opened(), READ, port=UNDECLARED)
    details = [[each.get('detail') for each in plant.report(packets)[1]['violations']]
               for packets in (activated(READER, created(THERE)) + there, there)]
    tap.equal(details, [['a conversation of opc-classic led to this port, which a rule allows as '
                         'opc-classic on tcp %d' % UNDECLARED], [None]],
              'a port that is told and not allowed')


def check_tshark(tap, plant):
    """The units made here are what tshark takes them for."""
    if not shutil.which('tshark'):
        tap.skip('tshark reads the same', 'tshark is not here')
        return
    told = activated(ANYTHING, LITTLE.resolved(THERE), OXID) + talk(READER, *opened(), WRITE)
    run = subprocess.run(['tshark', '-n', '-r', plant.capture(told), '-Y', 'dcerpc', '-T', 'fields',
                          '-d', 'tcp.port==%d,dcerpc' % OBJECTS, '-e', 'dcerpc.cn_bind_to_uuid',
                          '-e', 'dcerpc.opnum', '-e', 'dcom.dualstringarray.network_addr'],
                         capture_output=True, text=True, check=False)
    tap.equal([line.split('\t') for line in run.stdout.splitlines()],
              [[OXID, '', ''], ['', '', ''], ['', '4', ''], ['', '4', THERE],
               [SYNC, '', ''], ['', '', ''], ['', '4', '']], 'tshark reads the same')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        stand.check_contents(tap, plant, cases() + followed())
        check_led(tap, plant)
        check_tshark(tap, plant)
    tap.end()


main()
