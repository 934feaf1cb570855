# SPDX-License-Identifier: Apache-2.0
"""Messages over ISO transport on TCP: S7 communication, S7comm-plus and MMS."""
import struct


def tpkt(pdu):
    return struct.pack('>BBH', 3, 0, len(pdu) + 4) + pdu


def data(message, end=True):
    return tpkt(b'\x02\xf0' + (b'\x80' if end else b'\x00') + message)


def connect(answer=False):
    return tpkt(bytes.fromhex('11' + ('d0' if answer else 'e0') +
                              '0000000100c1020100c2020102c0010a'))


# ---- S7 communication ----

def s7(rosctr, reference, parameter, body=b'', error=None):
    return data(struct.pack('>BBHHHH', 0x32, rosctr, 0, reference, len(parameter), len(body)) +
                (b'' if error is None else struct.pack('>H', error)) + parameter + body)


def job(reference, function, parameter=b'', body=b''):
    return s7(1, reference, bytes([function]) + parameter, body)


def acknowledge(reference, function, parameter=b'', body=b'', error=0):
    return s7(3, reference, bytes([function]) + parameter, body, error)


def anywhere(area, block, address, count=1, size=2):
    """An item: so many values of a size from a byte of an area."""
    return struct.pack('>BBBBHHI', 0x12, 10, 0x10, size, count, block, area << 24 | address << 3)


def block(number):
    return anywhere(0x84, number, 0)


def symbol(number):
    return struct.pack('>BBBBHHI', 0x12, 10, 0xb2, 0xff, 0x8a0e, number, 0)


def blocks(*numbers):
    """A DBREAD item, and the fill byte behind it where its length is odd."""
    item = struct.pack('>BBBB', 0x12, 2 + 5 * len(numbers), 0xb0, len(numbers)) + b''.join(
        struct.pack('>BHH', 4, number, 0) for number in numbers)
    return item + bytes(len(item) % 2)


def s7_read(reference, *items):
    return job(reference, 4, bytes([len(items)]) + b''.join(items))


def s7_values(reference, *codes):
    return acknowledge(reference, 4, bytes([len(codes)]), b''.join(
        bytes([code]) + (b'\x04\x00\x08\x07\x00' if code == 0xff else b'\x00\x00\x00')
        for code in codes))


def s7_write(reference, *items):
    return job(reference, 5, bytes([len(items)]) + b''.join(items),
               b'\x00\x04\x00\x08\x07\x00' * len(items))


def s7_written(reference, *codes):
    return acknowledge(reference, 5, bytes([len(codes)]), bytes(codes))


def pi(reference, name, argument=b''):
    return job(reference, 0x28, b'\x00\x00\x00\x00\x00\x00\xfd' + struct.pack('>H', len(argument)) +
               argument + bytes([len(name)]) + name)


def userdata(kind, group, function, body=b'\x0a\x00\x00\x00', error=0):
    """kind: 4 asks, 8 answers, 0 pushes."""
    parameter = bytes([0, 1, 0x12, 4 if kind == 4 else 8, 0x11 if kind == 4 else 0x12,
                       kind << 4 | group, function, 1])
    return s7(7, 0, parameter + (b'' if kind == 4 else struct.pack('>HH', 0, error)), body)


def subscribe(function, *items):
    """Cyclic services: so many items, every second."""
    body = bytes([0, len(items), 2, 1]) + b''.join(items)
    return userdata(4, 2, function, b'\xff\x09' + struct.pack('>H', len(body)) + body)


# ---- S7comm-plus ----

def plus(body, version=1, trailer=True):
    head = struct.pack('>BBH', 0x72, version, len(body))
    return data(head + body + (bytes([0x72, version, 0, 0]) if trailer else b''))


def plus_request(sequence, function, session=0x38a, thing=0, version=1, trailer=True):
    body = struct.pack('>BHHHHIBI', 0x31, 0, function, 0, sequence, session, 0x34, thing)
    digest = b'\x20' + bytes(range(32)) if version == 3 else b''
    return plus(digest + body + bytes(8), version, trailer)


def plus_response(sequence, function, value=b'\x00', version=1):
    body = struct.pack('>BHHHHB', 0x32, 0, function, 0, sequence, 0x34)
    digest = b'\x20' + bytes(range(32)) if version == 3 else b''
    return plus(digest + body + value + bytes(4), version)


def plus_notification():
    return plus(b'\x33' + struct.pack('>IHH', 0x70000c8b, 4, 0) + bytes(8))


def tls(size=40):
    return data(b'\x17\x03\x03' + struct.pack('>H', size) + bytes(size))


# ---- MMS ----

def ber(tag, *parts):
    content = b''.join(parts)
    length = (bytes([len(content)]) if len(content) < 128
              else b'\x82' + struct.pack('>H', len(content)))
    return (bytes([tag]) if tag < 256 else struct.pack('>H', tag)) + length + content


def value(*pdus):
    """Presentation values in one session message."""
    return data(b'\x01\x00\x01\x00' + ber(0x61, *(
        ber(0x30, b'\x02\x01\x03', ber(0xa0, pdu)) for pdu in pdus)))


def associate(answer=False):
    """A session, a presentation and an association that begin, with MMS's initiation."""
    mms = ber(0xa9 if answer else 0xa8, b'\x80\x02\x7d\x00\x81\x01\x05\x82\x01\x05')
    user = ber(0xbe, ber(0x28, b'\x02\x01\x03', ber(0xa0, mms)))
    acse = ber(0x61 if answer else 0x60, ber(0xa1, b'\x06\x05\x28\xca\x22\x02\x03'), user)
    contexts = ber(0xa4, *(ber(0x30, bytes([2, 1, context]), ber(6, bytes.fromhex(syntax)),
                               ber(0x30, b'\x06\x02\x51\x01'))
                           for context, syntax in ((1, '52010001'), (3, '28ca220201'))))
    presentation = ber(0x31, ber(0xa0, b'\x80\x01\x01'), ber(0xa2, contexts, ber(0x61, ber(
        0x30, b'\x02\x01\x01', ber(0xa0, acse)))))
    parameters = b'\x05\x06\x13\x01\x00\x16\x01\x02' + ber(0xc1, presentation)
    return data(bytes([0x0e if answer else 0x0d, len(parameters)]) + parameters)


def number(invoke):
    return b'\x02\x02' + struct.pack('>H', invoke)


def variable(item, domain='IED1LD0'):
    """An item, or (item, component, component inside, ...)."""
    item, *components = (item,) if isinstance(item, str) else item
    name = ber(0xa0, ber(0xa1, ber(0x1a, domain.encode()), ber(0x1a, item.encode())))
    return ber(0x30, name, *([ber(0xa5, selection(components))] if components else []))


def selection(components):
    first, *others = components
    if others:
        return ber(0xa0, ber(0x80, first.encode()), ber(0x30, selection(others)))
    return ber(0x81, first.encode())


def mms_write_pdu(invoke, *items):
    return ber(0xa0, number(invoke), ber(0xa5, ber(0xa0, *map(variable, items)),
                                         ber(0xa0, *(b'\x83\x01\x01' for _ in items))))


def mms_write(invoke, *items):
    return value(mms_write_pdu(invoke, *items))


def mms_written(invoke, *good):
    return value(ber(0xa1, number(invoke), ber(0xa5, *(
        b'\x81\x00' if each else b'\x80\x01\x03' for each in good))))


def mms_read_pdu(invoke, *items):
    return ber(0xa0, number(invoke), ber(0xa4, ber(0xa1, ber(0xa0, *map(variable, items)))))


def mms_read(invoke, *items):
    return value(mms_read_pdu(invoke, *items))


def mms_values(invoke, *good):
    return value(ber(0xa1, number(invoke), ber(0xa4, ber(0xa1, *(
        b'\x83\x01\x01' if each else b'\x80\x01\x03' for each in good)))))


def mms_error(invoke):
    return value(ber(0xa2, b'\x80\x02' + struct.pack('>H', invoke), ber(0xa2, ber(0xa0, b'\x87\x01\x03'))))


def file_delete(invoke):
    return value(ber(0xa0, number(invoke), ber(0xbf4c, ber(0x19, b'COMTRADE'))))


def report():
    return value(ber(0xa3, ber(0xa0, ber(0xa1, ber(0x80, b'RPT')), ber(0xa0, b'\x8a\x01a'))))
