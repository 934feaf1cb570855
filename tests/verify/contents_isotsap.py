# SPDX-License-Identifier: Apache-2.0
"""What is said over ISO transport, held against the policy: S7 communication by function
and data block, its services by name and its user data; S7comm-plus in clear, with digests
and inside TLS; MMS with the controls and settings of IEC 61850. Messages over several
frames and segments, refusals, and captures from the middle."""
import shutil
import subprocess

import isotsap as iso
import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
asset plc in line { address 10.2.0.1 }
conduit work between ops and line {
    allow 10.3.0.1 -> plc : s7(read)
    allow 10.3.0.2 -> plc : s7(read, db 5-6)
    allow 10.3.0.3 -> plc : s7(read, write, flag 100-109)
    allow 10.3.0.4 -> plc : s7(read, control)
    allow 10.3.0.5 -> plc : s7comm-plus(read)
    allow 10.3.0.6 -> plc : mms(read)
    allow 10.3.0.7 -> plc : iccp(read, write)
    allow 10.3.0.8 -> plc : mms(operate, select, select-with-value)
    allow 10.3.0.9 -> plc : tcp 9999
}
"""
READS, BLOCKS, FLAGS, STARTS, PLUS, MMS, ICCP, OPERATES, ANY = (
    f'10.3.0.{host}' for host in range(1, 10))
NOT_ALLOWED = 'operation-not-allowed'


def talk(client, *said, port=102, handshake=True):
    """said: bytes of the client, or (bytes of the server,)."""
    talk = stand.Talk(client, 40000, '10.2.0.1', port)
    packets = talk.begin() if handshake else []
    return packets + [talk.answer(*each) if isinstance(each, tuple) else talk.ask(each)
                      for each in said]


def pieces(message, size):
    return [message[at:at + size] for at in range(0, len(message), size)]


def fragments(message):
    """A message of one data PDU in three."""
    body = message[7:]
    return b''.join((iso.data(body[:9], False), iso.data(body[9:20], False), iso.data(body[20:])))


def breach(operation, requests, responses=0, refusals=0):
    return NOT_ALLOWED, operation, (requests, responses, refusals)


OPERATE, SETTING = 'CSWI1$CO$Pos$Oper', 'PTOC1$SG$StrVal$setMag$f'
CHECK, WRITE5 = 'CSWI1$ST$Pos', 'write-variable, db 5'
# (what, packets, [(kind, operation, (requests, responses, refusals))], conformant, operations)
CASES = [
    # S7 communication
    ('connecting and reading', talk(
        READS, iso.connect(), (iso.connect(True),), iso.job(1, 0xf0, b'\x00\x00\x01\x00\x01\x01\xe0'),
        (iso.acknowledge(1, 0xf0, b'\x00\x00\x01\x00\x01\x00\xf0'),), iso.s7_read(2, iso.block(5)),
        (iso.s7_values(2, 0xff),)), [], 1, 4),
    ('writing', talk(READS, iso.s7_write(1, iso.block(5)), (iso.s7_written(1, 0xff),)),
     [breach(WRITE5, 1, 1)], 0, 2),
    ('a write that is refused', talk(READS, iso.s7_write(1, iso.block(5)),
                                     (iso.s7_written(1, 0x0a),)), [breach(WRITE5, 1, 0, 1)], 0, 2),
    ('a write that is refused in part', talk(
        READS, iso.s7_write(1, iso.block(5), iso.block(5)), (iso.s7_written(1, 0x0a, 0xff),)),
     [breach(WRITE5, 1, 1)], 0, 2),
    ('a write that an error answers', talk(
        READS, iso.s7_write(1, iso.block(5)), (iso.acknowledge(1, 5, error=0x8104),)),
     [breach(WRITE5, 1, 0, 1)], 0, 2),
    ('a write that an acknowledgement without parameters refuses', talk(
        READS, iso.s7_write(1, iso.block(5)), (iso.s7(2, 1, b'', error=0xd20c),)),
     [breach(WRITE5, 1, 0, 1)], 0, 2),
    ('a write behind a read in one segment', talk(
        READS, iso.s7_read(1, iso.block(5)) + iso.s7_write(2, iso.block(5))),
     [breach(WRITE5, 1)], 0, 2),
    ('a write over segments', talk(READS, *pieces(iso.s7_write(1, iso.block(5)), 5)),
     [breach(WRITE5, 1)], 0, 1),
    ('a write over data PDUs', talk(READS, fragments(iso.s7_write(1, iso.block(5)))),
     [breach(WRITE5, 1)], 0, 1),
    ('empty data PDUs between', talk(READS, iso.data(b'', False), iso.s7_read(1, iso.block(5)),
                                     (iso.data(b'', False),), (iso.s7_values(1, 0xff),)), [], 1, 2),
    ('from the middle, the answer first', talk(
        READS, (iso.s7_written(1, 0xff),), iso.s7_read(2, iso.block(5)), handshake=False),
     [breach('write-variable', 0, 1)], 0, 2),
    ('blocks that are allowed', talk(BLOCKS, iso.s7_read(1, iso.block(5), iso.block(6)),
                                     (iso.s7_values(1, 0xff, 0xff),)), [], 1, 2),
    ('a block that is not', talk(BLOCKS, iso.s7_read(1, iso.block(5), iso.block(7))),
     [breach('read-variable, db 5, db 7', 1)], 0, 1),
    ('the last of six blocks', talk(BLOCKS, iso.s7_read(1, *map(iso.block, (5, 6, 5, 6, 5, 9)))),
     [breach('read-variable, db 5, db 9', 1)], 0, 1),
    ('a block by symbol', talk(BLOCKS, iso.s7_read(1, iso.symbol(5), iso.symbol(8))),
     [breach('read-variable, db 5, db 8', 1)], 0, 1),
    ('blocks of one item, and a fill byte', talk(
        BLOCKS, iso.s7_read(1, iso.blocks(5), iso.block(6)),
        iso.s7_read(2, iso.blocks(5), iso.block(10))),
     [breach('read-variable, db 5, db 10', 1)], 0, 2),
    ('flags beside a block', talk(BLOCKS, iso.s7_read(1, iso.block(5), iso.anywhere(0x83, 0, 7))),
     [breach('read-variable, db 5, flag 7', 1)], 0, 1),
    ('flags that are allowed', talk(FLAGS, iso.s7_write(1, iso.anywhere(0x83, 0, 100, 10))),
     [], 1, 1),
    ('words over the end', talk(FLAGS, iso.s7_write(1, iso.anywhere(0x83, 0, 108, 2, 4))),
     [breach('write-variable, flag 108-111', 1)], 0, 1),
    ('stop', talk(READS, iso.job(1, 0x29, b'\x00\x00\x00\x00\x00\x09P_PROGRAM'),
                  (iso.acknowledge(1, 0x29),)), [breach('plc-stop', 1, 1)], 0, 2),
    ('starting', talk(STARTS, iso.pi(1, b'P_PROGRAM'), (iso.acknowledge(1, 0x28),)), [], 1, 2),
    ('deleting a block, by the same function', talk(
        STARTS, iso.pi(1, b'_DELE', b'\x01\x000800001B'), (iso.acknowledge(1, 0x28),)),
     [breach('delete-block', 1, 1)], 0, 2),
    ('downloading: the controller asks', talk(
        STARTS, iso.job(1, 0x1a, bytes(17)), (iso.acknowledge(1, 0x1a),),
        (iso.job(900, 0x1b, bytes(17)),), iso.acknowledge(900, 0x1b, b'\x00', b'\x00\x04\x00\xfbabcd')),
     [breach('request-download', 1, 1), breach('download-block', 1, 1)], 0, 4),
    ('system status, the clock', talk(
        READS, iso.userdata(4, 4, 1, b'\xff\x09\x00\x04\x00\x11\x00\x00'),
        (iso.userdata(8, 4, 1, b'\xff\x09\x00\x04\x00\x11\x00\x00'),),
        iso.userdata(4, 7, 2), (iso.userdata(8, 7, 2),)), [breach('set-clock', 1, 1)], 0, 4),
    ('a password that is refused', talk(
        READS, iso.userdata(4, 5, 1, b'\xff\x09\x00\x08abcdefgh'),
        (iso.userdata(8, 5, 1, error=0xd602),)), [breach('password', 1, 0, 1)], 0, 2),
    ('subscribing to blocks', talk(BLOCKS, iso.subscribe(1, iso.block(5)),
                                   (iso.userdata(8, 2, 1, b'\xff\x09\x00\x02ab'),),
                                   iso.subscribe(7, iso.blocks(6, 8))),
     [breach('change-driven-transfer-modify, db 6, db 8', 1)], 0, 3),
    ('from the middle, the controller asks first', talk(
        STARTS, (iso.job(900, 0x1b, bytes(17)),), iso.acknowledge(900, 0x1b), handshake=False),
     [breach('download-block', 1, 1)], 0, 2),
    ('a push', talk(READS, (iso.userdata(0, 4, 3, b'\xff\x09\x00\x02ab'),)), [], 1, 1),
    # S7comm-plus
    ('a session and its subscription', talk(
        PLUS, iso.plus_request(1, 0x4ca, 0x120, 0x11d), (iso.plus_response(1, 0x4ca),),
        iso.plus_request(2, 0x542, thing=0x38a), (iso.plus_response(2, 0x542),),
        iso.plus_request(3, 0x4ca, thing=0x38a), iso.plus_request(4, 0x54c),
        (iso.plus_notification(),), iso.plus_request(5, 0x4d4, thing=0x38a)), [], 1, 8),
    ('what a session made', talk(
        PLUS, iso.plus_request(1, 0x4ca, 0x120, 0x11d),
        (iso.plus_response(1, 0x4ca, b'\x00\x02\x87\x0a\x87\x0b'),),
        iso.plus_request(2, 0x4ca, thing=0x38b), (iso.plus_response(2, 0x4ca, b'\x00\x01\x87\x40'),),
        iso.plus_request(3, 0x4d4, thing=0x3c0), iso.plus_request(4, 0x4d4, thing=0x3c1)),
     [breach('delete-object', 1)], 0, 6),
    ('writing variables', talk(PLUS, iso.plus_request(1, 0x542), (iso.plus_response(1, 0x542),)),
     [breach('set-multi-variables', 1, 1)], 0, 2),
    ('downloading, with digests', talk(
        PLUS, iso.plus_request(1, 0x4ca, thing=3, version=3),
        (iso.plus_response(1, 0x4ca, b'\x81\x80\x80\x80\x80\x80\x83\xfe\x74', 3),)),
     [breach('create-object', 1, 0, 1)], 0, 2),
    ('what goes on in further messages', talk(
        PLUS, iso.plus_request(1, 0x54c, trailer=False) + iso.plus_request(1, 0x542)), [], 1, 1),
    # MMS
    ('associating and reading', talk(
        MMS, iso.connect(), (iso.connect(True),), iso.associate(), (iso.associate(True),),
        iso.mms_read(1, CHECK), (iso.mms_values(1, True),), (iso.report(),),
        iso.value(b'\x8b\x00'), (iso.value(b'\x8c\x00'),)), [], 1, 7),
    ('operating', talk(MMS, iso.mms_write(1, OPERATE), (iso.mms_written(1, True),)),
     [breach('operate', 1, 1)], 0, 2),
    ('operating, which is refused', talk(MMS, iso.mms_write(1, OPERATE),
                                         (iso.mms_written(1, False),)),
     [breach('operate', 1, 0, 1)], 0, 2),
    ('operating is not writing', talk(ICCP, iso.mms_write(1, OPERATE)),
     [breach('operate', 1)], 0, 1),
    ('controls', talk(OPERATES, iso.mms_write(1, 'CSWI1$CO$Pos$SBOw'), iso.mms_read(
        2, 'CSWI1$CO$Pos$SBO'), iso.mms_write(3, OPERATE), iso.mms_write(4, OPERATE + '$ctlVal')),
     [], 1, 4),
    ('cancelling', talk(OPERATES, iso.mms_write(1, 'CSWI1$CO$Pos$Cancel')),
     [breach('cancel-control', 1)], 0, 1),
    ('a control behind a plain variable in one write', talk(
        ICCP, iso.mms_write(1, 'GGIO1$XX$Ind', OPERATE), (iso.mms_written(1, True, True),)),
     [breach('operate', 1, 1)], 0, 4),
    ('operating a component that is selected', talk(
        MMS, iso.mms_write(1, ('CSWI1$CO$Pos', 'Oper')), (iso.mms_written(1, True),)),
     [breach('operate', 1, 1)], 0, 2),
    ('operating what is selected inside components of a node', talk(
        ICCP, iso.mms_write(1, ('CSWI1', 'CO', 'Pos', 'Oper'))), [breach('operate', 1)], 0, 1),
    ('cancelling a component that is selected', talk(
        OPERATES, iso.mms_write(1, ('CSWI1$CO$Pos', 'Cancel'))),
     [breach('cancel-control', 1)], 0, 1),
    ('components that are read, one of them selected to be operated', talk(
        MMS, iso.mms_read(1, ('CSWI1$ST$Pos', 'stVal'), ('CSWI1$CO', 'Pos', 'SBO'))),
     [breach('select', 1)], 0, 2),
    ('a setting', talk(MMS, iso.mms_write(1, SETTING)), [breach('write-setting', 1)], 0, 1),
    ('a name of a TASE.2 server', talk(ICCP, iso.mms_write(1, 'Device_1'),
                                       (iso.mms_written(1, True),)), [], 1, 2),
    ('an error', talk(MMS, iso.mms_write(7, SETTING), (iso.mms_error(7),)),
     [breach('write-setting', 1, 0, 1)], 0, 2),
    ('two values in one message', talk(MMS, iso.value(
        iso.mms_read_pdu(1, CHECK), iso.mms_write_pdu(2, OPERATE))), [breach('operate', 1)], 0, 2),
    ('a file, by a tag of two bytes', talk(MMS, iso.file_delete(1)),
     [breach('file-delete', 1)], 0, 1),
    ('a write over data PDUs of MMS', talk(MMS, fragments(iso.mms_write(1, OPERATE))),
     [breach('operate', 1)], 0, 1),
    # other content
    ('S7 communication at another port', talk(ANY, iso.s7_read(1, iso.block(5)), port=9999),
     [('unexpected-protocol', None, None)], 0, 1),
    ('S7comm-plus at another port', talk(ANY, iso.plus_request(1, 0x54c), port=9999),
     [('unexpected-protocol', None, None)], 0, 1),
    ('MMS at another port', talk(ANY, iso.mms_read(1, CHECK), port=9999),
     [('unexpected-protocol', None, None)], 0, 1),
    ('something else where MMS is allowed', talk(MMS, b'SSH-2.0-OpenSSH_9.2p1\r\n'),
     [('foreign-content', None, None)], 0, 0),
    ('remote desktop at another port', talk(ANY, iso.connect(), iso.data(b'\x64\x00\x03' * 9),
                                            port=9999), [], 1, 0),
    ('something else at the port', talk(READS, b'SSH-2.0-OpenSSH_9.2p1\r\n'),
     [('foreign-content', None, None)], 0, 0),
]


def found(report):
    for each in report['violations']:
        counts = each.get('operations')
        yield (each['kind'], each['operation'],
               counts and tuple(counts[kind] for kind in ('requests', 'responses', 'refusals')))


def check_hidden(tap, plant):
    """Inside TLS nothing can be told: not even that it is reading."""
    code, report = plant.report(talk(PLUS, iso.plus_request(1, 0x5b3), (iso.plus_response(1, 0x5b3),),
                                     iso.tls(), (iso.tls(),)))
    summary = report['summary']
    tap.equal((code, summary['conformant'], summary['operations'], report['violations']),
              (0, 0, 4, []), 'inside TLS')


def check_named(tap, plant):
    """Where none is expected, the protocol is that of the first operation."""
    run = plant.run(plant.capture(talk(ANY, iso.mms_read(1, CHECK), port=9999)))
    tap.check('mms' in run.stdout and 's7comm' not in run.stdout, 'MMS at another port', run.stdout)


def check_dissector(tap, plant):
    """The messages above are what another dissector takes them for."""
    if not shutil.which('tshark'):
        tap.skip('tshark reads them as well', 'tshark is not here')
        return
    said = [iso.s7_read(1, iso.block(5), iso.anywhere(0x83, 0, 7)), iso.pi(2, b'_DELE', b'abc'),
            iso.userdata(4, 7, 2), iso.associate(), iso.mms_write(1, OPERATE),
            iso.mms_read(2, CHECK), iso.file_delete(3)]
    path = plant.capture(talk(READS, *said, handshake=False))
    run = subprocess.run(
        ['tshark', '-n', '-r', path, '-T', 'fields', '-e', 's7comm.param.func',
         '-e', 's7comm.param.item.db', '-e', 's7comm.param.pistart.servicename',
         '-e', 's7comm.param.userdata.subfunc', '-e', 'mms.confirmedServiceRequest',
         '-e', 'mms.itemId', '-e', 'mms.initiate_RequestPDU_element', '-E', 'separator=;'],
        capture_output=True, text=True, timeout=60, check=False)
    tap.equal([line.rstrip(';') for line in run.stdout.splitlines()],
              ['0x04;5,0', '0x28;;_DELE', ';;;2', ';;;;;;' + '1', ';;;;5;' + OPERATE,
               ';;;;4;' + CHECK, ';;;;76'], 'tshark reads them as well')


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        for name, packets, violations, conformant, operations in CASES:
            code, report = plant.report(packets)
            if 'summary' not in report:
                tap.check(False, name, report)
                continue
            summary = report['summary']
            tap.equal((sorted(found(report)), summary['conformant'], summary['operations'], code),
                      (sorted(violations), conformant, operations, int(bool(violations))), name)
        check_hidden(tap, plant)
        check_named(tap, plant)
        check_dissector(tap, plant)
    tap.end()


main()
