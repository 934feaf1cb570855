# SPDX-License-Identifier: Apache-2.0
"""Messages of EtherCAT mailboxes at random: what is told of each equals tshark's fields,
type, service and object. No public capture holds any."""
import os
import random
import struct
import subprocess
import sys

import stand

FIELDS = ['ecat_mailbox.type', 'ecat_mailbox.coe.type', 'ecat_mailbox.coe.sdoreq',
          'ecat_mailbox.coe.sdores', 'ecat_mailbox.coe.sdoidx', 'ecat_mailbox.foe_opmode',
          'ecat_mailbox.soe_opcode', 'ecat_mailbox.soe_idn', 'ecat_mailbox.eoe.type', 'ams.cmdid']
# By the upper three bits of an SDO command; the 16 of CoE's messages that follow.
ASKED = {0: 4880, 1: 4880, 2: 4881, 3: 4881, 4: 4882}
FOE = range(5121, 5127)
ANSWERED = {0: 4881, 1: 4880, 2: 4881, 3: 4880}
COUNT = max(50, int(2000 * float(os.environ.get('CORDON_TEST_SCALE', '1'))))


def body(chance, kind, asks):
    if kind == 3:
        service = chance.choice((1, 2, 2, 2, 4, 5, 6, 7, 8) if asks else (1, 3, 3, 3, 4, 8))
        first = chance.choice(range(5) if service == 2 else (0, 1, 2, 3)) << 5
        if service == 8:
            first = chance.randrange(1, 7)
        return struct.pack('<HBHB', service << 12, first, chance.randrange(1 << 16), 0) + bytes(8)
    if kind == 4:
        return struct.pack('<BBI', chance.randrange(1, 7), 0, 1) + b'name'
    if kind == 5:
        return struct.pack('<BBH', chance.randrange(1, 7), 0x40, chance.randrange(1 << 16)) + bytes(4)
    if kind == 2:
        return struct.pack('<HH', chance.randrange(6), 0) + bytes(24)
    return bytes(16) + struct.pack('<HHIII', chance.randrange(1, 10), 4 + (not asks), 40, 0, 9) + \
        bytes(40)


def telegram(chance):
    kind, asks = chance.choice((1, 2, 3, 3, 3, 4, 5)), chance.random() < 0.5
    text = body(chance, kind, asks)
    mail = struct.pack('<HHBB', len(text), 0, 0, chance.randrange(8) << 4 | kind) + text
    station = chance.randrange(1001, 1004)
    command = struct.pack('<BBHHHH', 5 if asks else 4, 0, station, 0x1000 if asks else 0x1080,
                          128, 0) + mail.ljust(128, b'\0') + struct.pack('<H', not asks)
    return struct.pack('<H', 0x1000 | len(command)) + command


def tshark(path):
    command = ['tshark', '-n', '-r', path, '-T', 'fields', '-E', 'separator=|']
    for field in FIELDS:
        command += ['-e', field]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [dict(zip(FIELDS, line.split('|'))) for line in lines]


def number(text):
    return int(text.split(',')[0], 0)


def theirs(frame):
    """(function, or the functions of which tshark does not say which, object)"""
    kind = number(frame['ecat_mailbox.type'])
    if kind == 3:
        service = number(frame['ecat_mailbox.coe.type'])
        if service in (2, 3):
            field = 'ecat_mailbox.coe.sdoreq' if service == 2 else 'ecat_mailbox.coe.sdores'
            command = number(frame[field])
            whole = (ASKED if service == 2 else ANSWERED)[command]
            begins = command in ((1, 2) if service == 2 else (2, 3))
            return whole, number(frame['ecat_mailbox.coe.sdoidx']) if begins else None
        return 4864 + service, None
    if kind == 4:
        return 5120 + number(frame['ecat_mailbox.foe_opmode']), None
    if kind == 5:
        operation = number(frame['ecat_mailbox.soe_opcode'])
        answers = operation in (2, 4)
        return 5376 + operation - answers, \
            number(frame['ecat_mailbox.soe_idn']) if operation < 5 else None
    if kind == 2:
        return 4608 + (number(frame['ecat_mailbox.eoe.type']) & ~1), None
    return 4352 + number(frame['ams.cmdid']), None


def ours(program, policy, path):
    out = subprocess.run([program, policy, path], capture_output=True, text=True,
                         check=True).stdout
    for line in out.splitlines():
        parts = line.split('\t')
        if parts[1] != 'content':
            yield int(parts[3]), parts[4], parts[7:]


def differs(told, wanted):
    """What answers names what it answers, where tshark tells the answer."""
    (function, kind, rest), (whole, thing) = told, wanted
    answers = whole in FOE and function in FOE and kind in ('response', 'refusal')
    if function != whole and not answers:
        return True
    return thing is not None and not rest[-1].endswith(' %d-%d;' % (thing, thing))


def main():
    tap, chance = stand.Tap(), random.Random(20261125)
    with stand.Stand('zone plant level 2 { subnet 10.0.0.0/8 }\n') as plant:
        path = plant.capture([stand.ethernet('02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff', (), 0x88a4,
                                             telegram(chance)) for _ in range(COUNT)])
        told = list(ours(sys.argv[1], plant.policy, path))
        wanted = [theirs(frame) for frame in tshark(path)]
        tap.equal(len(told), COUNT, 'each message is told')
        wrong = [pair for pair in zip(told, wanted) if differs(*pair)]
        tap.equal(wrong[:3], [], '%d messages are tshark\'s' % COUNT)
    tap.end()


main()
