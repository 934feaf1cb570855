# SPDX-License-Identifier: Apache-2.0
"""Messages of IEC 60870-5-104, DNP3 and OPC UA."""
import struct


def apdu(kind, cause, *objects, element=b'\x01'):
    body = struct.pack('<BBBBH', kind, len(objects), cause, 0, 1)
    body += b''.join(struct.pack('<I', each)[:3] + element for each in objects)
    return struct.pack('<BBHH', 0x68, 4 + len(body), 0, 0) + body


def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xa6bc if value & 1 else value >> 1
    return struct.pack('<H', ~value & 0xffff)


def link(data, master=True, station=10, control=None):
    """control: of the link, where it is not what the side that sends should say."""
    ends = (station, 1) if master else (1, station)
    control = control or (0xc4 if master else 0x44)
    header = struct.pack('<BBBBHH', 5, 0x64, 5 + len(data), control, *ends)
    blocks = (data[at:at + 16] for at in range(0, len(data), 16))
    return header + crc(header) + b''.join(block + crc(block) for block in blocks)


def fragment(function, sequence=1, body=b'\x0c\x01', **said):
    return link(bytes([0xc0, 0xc0 | sequence, function]) + body, **said)


def response(sequence=1, refused=False, function=129):
    return link(bytes([0xc0, 0xc0 | sequence, function, 0, 4 * refused]), master=False)


def chunk(kind, body, final=b'F'):
    return kind + final + struct.pack('<I', 8 + len(body)) + body


def message(request, service, body=b'', final=b'F', identifier=None):
    if identifier is None:
        identifier = struct.pack('<BBH', 1, 0, service)
    return chunk(b'MSG', struct.pack('<IIII', 7, 1, request, request) + identifier + body, final)


def result(request, service, status=0):
    return message(request, service, struct.pack('<qII', 0, request, status))
