# SPDX-License-Identifier: Apache-2.0
"""Operations of Modbus, DNP3, IEC 60870-5-104, S7 and MMS, some of which the policy does
not allow, in every way in which TCP may bring them: cut anywhere, several in a segment, out
of order, sent again whole, longer, shorter and overlapping, with keep-alives between, from
the middle of a conversation, on a VLAN, over IPv4 and IPv6. The report must say which of
them do not conform, how often, from which packet on, in how many, and what they were about.
Where bytes are missing, or came twice and differ, the conversation must not conform.
Scaled by CORDON_TEST_SCALE, from seed CORDON_TEST_SEED on."""
import ipaddress
import json
import os
import random
import struct

import scada
import isotsap as iso
import stand

ROUNDS = max(4, int(150 * float(os.environ.get('CORDON_TEST_SCALE', '1'))))
SEED = int(os.environ.get('CORDON_TEST_SEED', '1'))
CONVERSATIONS = 10
POLICY = """
zone line level 2 { subnet 10.2.0.0/16, fd02::/16 }
"""
RULES = ['modbus(read), modbus(write, unit 3, holding 100-199)', 'dnp3(read)',
         'iec104(read), iec104(control, ca 1, ioa 1-500)', 's7(read)', 'mms(read)']
for _number, _rule in enumerate(RULES, 1):
    POLICY += f"""
zone ops{_number} level 3 {{ subnet 10.3.{_number}.0/24, fd03:{_number}::/32 }}
conduit c{_number} between ops{_number} and line {{ allow ops{_number} -> line : {_rule} }}
"""
REQUEST, RESPONSE, REFUSAL = range(3)
SERVER, CLIENT = 1, 0
FAULTY = ('gap', 'differs', 'inside')


class Message:
    """What one side says at once. breach: what of it the policy does not allow, as
    (function, what it is: a request, ..., its rows: (unit, space, first, last))."""

    def __init__(self, side, data, breach=None):
        self.side, self.data, self.breach = side, data, breach


# ---- what is said: lists of messages, the requests of a batch before its answers ----

def modbus_one(rng, number):
    def adu(function, data):
        return struct.pack('>HHHBB', number, 0, len(data) + 2, unit, function) + data

    def answer(data, kind=RESPONSE):
        if refused:
            data, kind = adu(function | 0x80, b'\x02'), REFUSAL
        return Message(SERVER, data, name and (name, kind, {(unit, None, 0, 0)}))

    unit, refused = rng.choice((1, 3, 3)), rng.random() < 0.2
    function = rng.choice((3, 3, 1, 16, 16, 6))
    first, count = rng.choice((0, 5, 10, 95, 100, 150, 195, 300, 65000)), rng.randint(1, 9)
    if function in (3, 1):
        name, size = None, count * 2 if function == 3 else (count + 7) // 8
        return (Message(CLIENT, adu(function, struct.pack('>HH', first, count))),
                answer(adu(function, bytes([size]) + rng.randbytes(size))))
    count = count if function == 16 else 1
    data = struct.pack('>H', first) + (rng.randbytes(2) if function == 6 else struct.pack(
        '>HB', count, count * 2) + rng.randbytes(count * 2))
    last = first + count - 1
    allowed = unit == 3 and first >= 100 and last <= 199
    name = None if allowed else 'write-multiple-registers' if function == 16 else (
        'write-single-register')
    row = (unit, 'holding', first, last)
    return (Message(CLIENT, adu(function, data), name and (name, REQUEST, {row})),
            answer(adu(function, data[:4])))


def dnp3_one(rng, number):
    refused, function = rng.random() < 0.2, rng.choice((1, 1, 5, 4, 13))
    name = {1: None, 5: 'direct-operate', 4: 'operate', 13: 'cold-restart'}[function]
    row = {(10, None, 0, 0)}
    body = rng.randbytes(rng.randint(0, 40))
    return (Message(CLIENT, scada.fragment(function, number % 16, body),
                    name and (name, REQUEST, row)),
            Message(SERVER, scada.response(number % 16, refused),
                    name and (name, REFUSAL if refused else RESPONSE, row)))


def iec104_one(rng, number):
    if rng.random() < 0.4:
        return (Message(CLIENT, scada.apdu(100, 6, 0)),
                Message(SERVER, scada.apdu(100, 7, 0) +
                        scada.apdu(1, 20, *range(1, number % 9 + 2))))
    refused, at = rng.random() < 0.3, rng.choice((1, 400, 500, 501, 600, 70000))
    name = 'single-command' if at > 500 else None
    row = {(1, 'ioa', at, at)}
    return (Message(CLIENT, scada.apdu(45, 6, at), name and (name, REQUEST, row)),
            Message(SERVER, scada.apdu(45, 0x47 if refused else 7, at),
                    name and (name, REFUSAL if refused else RESPONSE, row)))


def s7_one(rng, number):
    block, refused = rng.randint(1, 400), rng.random() < 0.2
    if rng.random() < 0.5:
        return (Message(CLIENT, iso.s7_read(number, iso.block(block))),
                Message(SERVER, iso.s7_values(number, 0xff)))
    name, message = 'write-variable', iso.s7_write(number, iso.block(block))
    if rng.random() < 0.4:
        body = message[7:]
        at = rng.randint(1, len(body) - 1)
        message = iso.data(body[:at], False) + iso.data(body[at:])
    return (Message(CLIENT, message, (name, REQUEST, {(None, 'db', block, block)})),
            Message(SERVER, iso.s7_written(number, 0x0a if refused else 0xff),
                    (name, REFUSAL if refused else RESPONSE, {(None, None, 0, 0)})))


def mms_one(rng, number):
    refused = rng.random() < 0.2
    if rng.random() < 0.5:
        return (Message(CLIENT, iso.mms_read(number, 'CSWI1$ST$Pos')),
                Message(SERVER, iso.mms_values(number, True)))
    item, name = rng.choice((('CSWI1$CO$Pos$Oper', 'operate'),
                             ('PTOC1$SG$StrVal$setMag$f', 'write-setting')))
    return (Message(CLIENT, iso.mms_write(number, item), (name, REQUEST, {(None, None, 0, 0)})),
            Message(SERVER, iso.mms_written(number, not refused),
                    (name, REFUSAL if refused else RESPONSE, {(None, None, 0, 0)})))


def hello(*pairs):
    return [[Message(CLIENT, ask), Message(SERVER, answer)] for ask, answer in pairs]


# (port, what makes an exchange, how many may be asked at once, what comes first)
CONNECT = (iso.connect(), iso.connect(True))
PROTOCOLS = [
    (502, modbus_one, 4, []), (20000, dnp3_one, 1, []), (2404, iec104_one, 4, []),
    (102, s7_one, 3, hello(CONNECT, (iso.job(1, 0xf0, b'\x00\x00\x01\x00\x01\x01\xe0'),
                                     iso.acknowledge(1, 0xf0, b'\x00\x00\x01\x00\x01\x00\xf0')))),
    (102, mms_one, 3, hello(CONNECT, (iso.associate(), iso.associate(True)))),
]


def exchange(rng, one, number, peaceful):
    """A request and its answer; peaceful: that are allowed."""
    while True:
        made = one(rng, number)
        if not (peaceful and made[0].breach):
            return made


def turns_of(rng, one, most, first, peaceful):
    """Lists of messages of one side: the sides take turns."""
    turns, number = [], 2
    for ask, answer in first:
        turns += [[ask], [answer]]
    for _ in range(rng.randint(1, 7)):
        asked = [exchange(rng, one, number + i, peaceful) for i in range(rng.randint(1, most))]
        number += len(asked)
        turns += [[ask for ask, _ in asked], [answer for _, answer in asked]]
    return turns


# ---- how it is sent ----

class Segment:
    """begin, end: of the side's stream."""

    def __init__(self, side, begin, end, first_copy):
        self.side, self.begin, self.end, self.first_copy = side, begin, end, first_copy
        self.flags, self.wrong, self.known, self.data = stand.ACK, None, None, None


class Line:
    """A conversation on its way: segments in the order in which they are captured."""

    def __init__(self, rng, number):
        self.rng = rng
        self.protocol = rng.randrange(len(PROTOCOLS))
        self.port, one, most, first = PROTOCOLS[self.protocol]
        six = rng.random() < 0.3
        self.client = f'fd03:{self.protocol + 1}::{number + 1:x}' if six else (
            f'10.3.{self.protocol + 1}.{number + 1}')
        self.server = 'fd02::1' if six else '10.2.0.1'
        self.vlans = rng.choice(((), (), (7,), ((0x88a8, 3), 9)))
        self.base = [rng.choice((rng.randrange(2**32), 2**32 - rng.randint(1, 90))) for _ in (0, 1)]
        self.again = rng.random() < 0.5
        self.fault = rng.choice(('', '', '', '', 'gap', 'differs', 'middle', 'inside'))
        self.stream = [b'', b'']
        self.known = [0, 0]  # what each side acknowledged
        self.segments, self.messages = [], []
        peaceful = rng.random() < (0.8 if self.fault in FAULTY else 0.2)
        turns = turns_of(rng, one, most, first, peaceful)
        if self.fault in ('middle', 'inside'):
            turns = turns[len(first) * 2:]
        for turn in turns:
            self.take_turn(turn)
        self.close()
        self.damage()

    def take_turn(self, turn):
        side = turn[0].side
        begin = len(self.stream[side])
        for message in turn:
            message.begin = len(self.stream[side])
            self.stream[side] += message.data
            message.end = len(self.stream[side])
            self.messages.append(message)
        if self.rng.random() < 0.8:
            self.known[side] = len(self.stream[1 - side])
        made = self.copies(side, self.cut(side, begin))
        for segment in made:
            segment.known = self.known[side]
        self.segments += made
        if self.rng.random() < 0.2:
            self.keep_alive(side)

    def is_begun(self, side):
        """Where a stream begins is known by its handshake, or by what was seen of it."""
        return self.fault not in ('middle', 'inside') or any(
            segment.side == side and segment.begin < segment.end for segment in self.segments)

    def cut(self, side, begin):
        """The turn in segments, mostly in order."""
        rng, end, pieces = self.rng, len(self.stream[side]), []
        longest = rng.choice((1, 5, 12, 40, 1400))
        if end - begin > longest * 24:
            longest = (end - begin) // 24 + 1
        while begin < end:
            size = rng.randint(1, longest)
            pieces.append(Segment(side, begin, min(end, begin + size), True))
            begin += size
        if rng.random() < 0.4 and self.is_begun(side):
            places = {id(piece): i + rng.random() * 5 for i, piece in enumerate(pieces)}
            pieces.sort(key=lambda piece: places[id(piece)])
        return pieces

    def copies(self, side, pieces):
        """Some are sent again, later or at once, with more before or behind, or less."""
        if not self.again or not self.is_begun(side):
            return pieces
        rng, made = self.rng, []
        for piece in pieces:
            made.append(piece)
            if rng.random() < 0.3:
                old = rng.choice(made)
                begin = max(0, old.begin + rng.randint(-20, 3))
                end = min(len(self.stream[side]), max(begin + 1, old.end + rng.randint(-3, 9)))
                if begin < end:
                    made.append(Segment(side, begin, end, False))
        return made

    def keep_alive(self, side):
        """Everything is acknowledged before: a byte of anything, or none."""
        self.known[1 - side] = len(self.stream[side])
        self.pure(1 - side)
        end = len(self.stream[side])
        probe = Segment(side, end - 1, end, False)
        probe.known, probe.data = self.known[side], self.rng.choice((b'', b'\0', b'\xff'))
        self.segments.append(probe)
        self.pure(1 - side)

    def pure(self, side, flags=stand.ACK):
        end = len(self.stream[side])
        segment = Segment(side, end, end, False)
        segment.known, segment.flags = self.known[side], flags
        self.segments.append(segment)

    def close(self):
        for side in (0, 1):
            self.known[side] = len(self.stream[1 - side])
            self.pure(side, stand.ACK | self.rng.choice((0, stand.FIN)))

    # ---- faults ----

    def damage(self):
        data = [s for s in self.segments if s.first_copy]
        if self.fault == 'gap':
            lost = self.rng.choice(data)
            self.segments = [s for s in self.segments if s.side != lost.side or
                             s.begin >= lost.end or s.end <= lost.begin or s.begin == s.end]
        elif self.fault == 'differs':
            self.differ([s for s in data if s.end - s.begin > 1])
        elif self.fault == 'inside':
            self.begin_inside()

    def differ(self, data):
        """A copy with another byte, before the other side can have acknowledged it."""
        if not data:
            self.fault = ''
            return
        segment = self.rng.choice(data)
        copy = Segment(segment.side, segment.begin, segment.end, False)
        copy.known = segment.known
        copy.wrong = self.rng.randrange(copy.end - copy.begin)
        at = self.segments.index(segment)
        self.segments.insert(at + self.rng.randint(0, 1), copy)

    def begin_inside(self):
        """The first bytes of the first message were sent before."""
        message = self.messages[0]
        first = self.segments[0]
        if first.end - first.begin < 3 or first.end == message.end:
            self.fault = 'middle'
            return
        first.begin += self.rng.randint(1, min(first.end, message.end) - 2)

    # ---- frames ----

    def frames(self):
        if self.fault not in ('middle', 'inside'):
            for side, flags in ((0, stand.SYN), (1, stand.SYN | stand.ACK)):
                yield self.frame(side, -1, 0, flags, b'')
        for segment in self.segments:
            data = segment.data
            if data is None:
                data = self.stream[segment.side][segment.begin:segment.end]
            if segment.wrong is not None:
                data = bytearray(data)
                data[segment.wrong] ^= self.rng.randint(1, 255)
            yield self.frame(segment.side, segment.begin, segment.known, segment.flags, bytes(data))

    def frame(self, side, at, known, flags, data):
        hosts, ports = [self.client, self.server], [40000, self.port]
        if side:
            hosts.reverse()
            ports.reverse()
        header = stand.frames.tcp(*ports, flags)
        numbers = struct.pack('>II', (self.base[side] + at) % 2**32,
                              (self.base[1 - side] + known) % 2**32)
        return stand.frame(*hosts, stand.frames.TCP, header[:4] + numbers + header[12:] + data,
                           vlans=self.vlans)


# ---- what is expected ----

def together(rows):
    """Ranges of one unit and space that touch are one; a unit alone says no more."""
    merged = []
    for row in sorted(rows, key=lambda row: (str(row[0]), str(row[1]), row[2])):
        unit, space, first, last = row
        if space is None and any(other[0] == unit and other[1] for other in rows):
            continue
        if merged and merged[-1][:2] == (unit, space) and merged[-1][3] >= first - 1:
            merged[-1] = (unit, space, merged[-1][2], max(last, merged[-1][3]))
        else:
            merged.append(row)
    return set(merged)


class Expected:
    """What of one function does not conform in a conversation."""

    def __init__(self):
        self.counts, self.rows, self.packets, self.first = [0, 0, 0], set(), set(), []

    def add(self, line, numbers, message):
        _, kind, rows = message.breach
        self.counts[kind] += 1
        self.rows |= rows
        for number, segment in zip(numbers, line.segments):
            if segment.side != message.side or segment.data is not None:
                continue
            if segment.begin < message.end and segment.end > message.begin:
                self.packets.add(number)
                if segment.begin <= message.begin:
                    self.first.append(number)


def expected(line, numbers):
    made = {}
    for message in line.messages:
        if message.breach:
            made.setdefault(message.breach[0], Expected()).add(line, numbers, message)
    return made


def rows_of(violation):
    return {(row.get('unit'), row.get('space'), row.get('first', 0), row.get('last', 0))
            for row in violation['about']}


def counts_of(violation):
    return [violation['operations'][kind] for kind in ('requests', 'responses', 'refusals')]


def same(line, violation, want):
    """What is wrong with a finding, or None."""
    if counts_of(violation) != want.counts:
        return f'{counts_of(violation)} instead of {want.counts}'
    rows = together(want.rows)
    if len(rows) <= 8 and rows_of(violation) != rows:
        return f'about {rows_of(violation)} instead of {rows}'
    if violation['example']['packet'] not in want.first:
        return f"from packet {violation['example']['packet']} instead of {want.first}"
    if line.again:
        return None if violation['packets'] <= len(want.packets) else 'too many packets'
    if violation['packets'] != len(want.packets):
        return f"{violation['packets']} packets instead of {len(want.packets)}"
    if violation['example']['packet'] != min(want.first):
        return f"from packet {violation['example']['packet']} instead of {min(want.first)}"
    return None


def judge(line, numbers, violations):
    """What the report says wrongly of a conversation, or None."""
    if line.fault in FAULTY:
        return None
    if any(each['kind'] != 'operation-not-allowed' for each in violations):
        return 'another kind'
    want = expected(line, numbers)
    got = {each['operation'].split(',')[0]: each for each in violations}
    if got.keys() != want.keys():
        return f'{sorted(got)} instead of {sorted(want)}'
    for name, each in got.items():
        wrong = same(line, each, want[name])
        if wrong:
            return f'{name}: {wrong}'
    return None


# ---- the whole ----

def mixed(rng, lines):
    """The frames of all in one capture, each conversation in its own order: frames, and
    for each conversation the numbers of its segments."""
    waiting = [list(line.frames()) for line in lines]
    order = [i for i, frames in enumerate(waiting) for _ in frames]
    rng.shuffle(order)
    frames, numbers, at = [], [[] for _ in lines], [0] * len(lines)
    for i in order:
        frames.append(waiting[i][at[i]])
        at[i] += 1
        numbers[i].append(len(frames))
    return frames, [each[-len(line.segments):] for each, line in zip(numbers, lines)]


def evidence_of(path):
    with open(path, 'rb') as file:
        data = file.read()
    at, frames = 24, []
    while at < len(data):
        length = struct.unpack('<I', data[at + 8:at + 12])[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def missing_evidence(line, frames, numbers, kept):
    """A packet from the first of a breach on that is not kept, or None."""
    want = expected(line, numbers)
    if not want or line.fault in FAULTY:
        return None
    first = min(min(each.first) for each in want.values())
    missing = [number for number in numbers if number >= first and frames[number - 1] not in kept]
    return missing[0] if missing else None


def check_round(plant, seed):
    rng = random.Random(seed)
    lines = [Line(rng, number) for number in range(CONVERSATIONS)]
    frames, numbers = mixed(rng, lines)
    timed = [(stand.START + i / 1000, frame) for i, frame in enumerate(frames)]
    _, report = plant.report(timed, '--evidence', plant.path('evidence.pcap'))
    of_source = {}
    for each in report['violations']:
        of_source.setdefault(ipaddress.ip_address(each['source']), []).append(each)
    kept = set(evidence_of(plant.path('evidence.pcap')))
    for line, own in zip(lines, numbers):
        violations = of_source.get(ipaddress.ip_address(line.client), [])
        wrong = judge(line, own, violations)
        if wrong is None and (missing := missing_evidence(line, frames, own, kept)):
            wrong = f'packet {missing} is no evidence'
        if wrong:
            return f'{line.client}, port {line.port} ({line.fault}): {wrong}', report
    clean = sum(line.fault not in FAULTY and not expected(line, own)
                for line, own in zip(lines, numbers))
    if report['summary']['conformant'] != clean:
        return f"{report['summary']['conformant']} conform instead of {clean}", [
            (line.client, line.fault, bool(expected(line, own)),
             len(of_source.get(ipaddress.ip_address(line.client), [])))
            for line, own in zip(lines, numbers)]
    return None, None


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for seed in range(SEED, SEED + ROUNDS):
            wrong, report = check_round(plant, seed)
            if wrong:
                tap.check(False, f'seed {seed}: {wrong}', json.dumps(report, indent=1)[:6000])
    tap.check(tap.failed == 0, f'{ROUNDS} captures of {CONVERSATIONS} conversations')
    tap.end()


main()
