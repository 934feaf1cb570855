# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames and pcap files, written byte by byte: the first packet of a
flow, and the first answer to it."""
import struct

TCP, UDP, SCTP, ICMP, ICMPV6 = 6, 17, 132, 1, 58
SYN, ACK = 0x02, 0x10
QUERIES = {(ICMP, 8): 0, (ICMPV6, 128): 129}  # requests and the type of the reply


def mac_of(address):
    """A group's MAC for groups, else one station's; no inventory names it."""
    version, number = address
    if version == 4 and number >> 28 == 14:
        return b'\x01\x00\x5e' + struct.pack('>I', number & 0x7fffff)[1:]
    if version == 6 and number >> 120 == 0xff:
        return b'\x33\x33' + struct.pack('>I', number & 0xffffffff)
    if (version, number) == (4, 0xffffffff):
        return b'\xff' * 6
    return b'\x02\x00\x00\x00\x00\x01'


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def tcp(sport, dport, flags):
    return struct.pack('>HHIIBBHHH', sport, dport, 1, 1 if flags & ACK else 0,
                       5 << 4, flags, 8192, 0, 0)


def udp(sport, dport):
    return struct.pack('>HHHH', sport, dport, 12, 0) + b'data'


def sctp(sport, dport):
    """An INIT chunk."""
    return struct.pack('>HHII', sport, dport, 0, 0) + struct.pack(
        '>BBHIIHHI', 1, 0, 20, 1, 65535, 1, 1, 1)


def icmp(kind, code, identifier):
    return struct.pack('>BBHHH', kind, code, 0, identifier, 1)


def payload(flow, identifier, answer):
    if flow.protocol in (TCP, UDP, SCTP):
        ports = (flow.dport, flow.sport) if answer else (flow.sport, flow.dport)
        if flow.protocol == TCP:
            return tcp(*ports, SYN | ACK if answer else SYN)
        return (udp if flow.protocol == UDP else sctp)(*ports)
    if flow.protocol in (ICMP, ICMPV6):
        kind = QUERIES[flow.protocol, flow.sport] if answer else flow.sport
        return icmp(kind, flow.dport, identifier)
    return b'\0' * 16


def packet(source, destination, protocol, body):
    if source[0] == 6:
        return struct.pack('>IHBB', 6 << 28, len(body), protocol, 64) + (
            source[1].to_bytes(16, 'big') + destination[1].to_bytes(16, 'big') + body)
    head = struct.pack('>BBHHHBBHII', 0x45, 0, 20 + len(body), 0, 0, 64, protocol,
                       0, source[1], destination[1])
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + body


def frame(flow, identifier, answer=False):
    """The first packet of a flow, or of the answer to it."""
    ends = (flow.source, flow.destination)
    source, destination = reversed(ends) if answer else ends
    ethertype = b'\x08\x00' if source[0] == 4 else b'\x86\xdd'
    return mac_of(destination) + b'\x02\x00\x00\x00\x00\x01' + ethertype + packet(
        source, destination, flow.protocol, payload(flow, identifier, answer))


class Cut(bytes):
    """The first bytes of a frame, as a capture with a limit keeps them."""

    def __new__(cls, frame, size):
        made = super().__new__(cls, frame[:size])
        made.whole = len(frame)
        return made


def write_pcap(path, frames):
    """frames: (seconds, microseconds, bytes, or a Cut), in time order."""
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for second, microsecond, data in frames:
            file.write(struct.pack('<IIII', second, microsecond, len(data),
                                   getattr(data, 'whole', len(data))) + data)
