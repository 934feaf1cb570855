# SPDX-License-Identifier: Apache-2.0
"""Packets that are not the first of a flow, whole: fragments, TCP out of any
state, and ICMP errors that quote a packet. All carry the number of a probe."""
import ipaddress
import struct

import probe

# What tells of a session that is there: none begins one but the bare ACK, which
# connection tracking takes for a session older than itself.
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
STRANGERS = {'ACK': ACK, 'PSH ACK': PSH | ACK, 'SYN ACK': SYN | ACK, 'RST': RST,
             'RST ACK': RST | ACK, 'FIN': FIN, 'FIN ACK': FIN | ACK, 'no flag': 0,
             'SYN FIN': SYN | FIN, 'all flags': 63}
BEGINS = ('ACK', 'PSH ACK')
# Unreachable, too big, time exceeded, parameter problem: (type, code, rest).
ERRORS = {4: [(3, 1, 0), (3, 3, 0), (3, 4, 1300), (11, 0, 0), (12, 0, 0)],
          6: [(1, 0, 0), (1, 4, 0), (2, 0, 1300), (3, 0, 0), (4, 0, 0)]}
UNIT = 24             # a mark and its number, in units of fragment offsets


def marks(number, count):
    """Whatever part of it is sent, one of the marks is whole."""
    return (probe.MARK + b'%08x' % number + b'    ') * count


def stranger(flow, number, flags):
    source, destination, _, sport, dport = flow
    body = struct.pack('!HHIIBBHHH', sport, dport, number, number, 0x50, flags, 8192, 0,
                       0) + probe.MARK + b'%08x' % number
    return probe.ip_packet(source, destination, probe.TCP, body, number)


# ---- errors ----

def quoted(packet):
    """As an error quotes it: its mark is no longer one."""
    return packet.replace(probe.MARK, b'.' * len(probe.MARK))


def error(source, packet, kind, number):
    """An error about `packet`, from `source` to the packet's sender."""
    six = packet[0] >> 4 == 6
    target = ipaddress.ip_address(packet[8:24] if six else packet[12:16])
    body = struct.pack('!BBHI', kind[0], kind[1], 0, kind[2])
    body += quoted(packet) + probe.MARK + b'%08x' % number
    return probe.ip_packet(source, target, probe.ICMPV6 if six else probe.ICMP, body, number)


# ---- fragments ----

def large(flow, number):
    """The first packet of a flow, of many marks."""
    source, destination, protocol, sport, dport = flow
    body = probe.transport(protocol, sport, dport, number, None)
    body = body[:-len(probe.MARK) - 8] + marks(number, 20)
    if protocol == probe.UDP:
        body = body[:4] + struct.pack('!H', len(body)) + body[6:]
    return probe.with_checksum(protocol, body, source, destination)


def fragment(flow, body, start, end, identity):
    """The bytes of body from start to end, as the fragment they are."""
    source, destination, protocol = flow[:3]
    part, more = body[start:end], end < len(body)
    if source.version == 6:
        head = struct.pack('!BBHI', protocol, 0, start | more, identity)
        return struct.pack('!IHBB', 6 << 28, len(head + part), 44,
                           60) + source.packed + destination.packed + head + part
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(part), identity & 0xffff,
                       more << 13 | start >> 3, 60, protocol, 0)
    head += source.packed + destination.packed
    return head[:10] + struct.pack('!H', probe.checksum(head)) + head[12:] + part


WHOLE = ('ordered', 'backwards', 'tiny')   # tiny: the first holds no more than ports
PARTS = ('first', 'last', 'not all')


def fragments(flow, number, how):
    """The fragments of a packet, or some of them."""
    body = large(flow, number)
    cuts = [0, 8 if how == 'tiny' else UNIT * 7, UNIT * 12, len(body)]
    parts = [fragment(flow, body, start, end, number)
             for start, end in zip(cuts, cuts[1:])]
    if how == 'backwards':
        parts.reverse()
    return {'first': parts[:1], 'last': parts[2:], 'not all': parts[::2]}.get(how, parts)
