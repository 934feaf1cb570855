# SPDX-License-Identifier: Apache-2.0
"""Frames of industrial protocols, made here from the standards: what they are called,
whether the policy of inspect_frames.test lets them through, and what tshark must see in
them, so that it is not for us to say what they are."""
from collections import namedtuple

TCP, UDP = "tcp", "udp"
# `told`: a field of tshark with its value; `over`: transports with their ports.
Frame = namedtuple("Frame", "protocol name passes octets told over")
FRAMES = []


def frame(protocol, name, passes, octets, told, **over):
    FRAMES.append(Frame(protocol, name, passes, octets, told, over))


def le16(number):
    return number.to_bytes(2, "little")


def be16(number):
    return number.to_bytes(2, "big")


# ---- IEC 60870-5-104 ----

def iec104(kind, data, *, station=1, cause=6, count=1, send=0, receive=0):
    """An APDU of I format: one object at address 100."""
    unit = bytes([kind, count, cause, 0]) + le16(station) + b"\x64\x00\x00" + data
    return b"\x68" + bytes([4 + len(unit)]) + le16(send << 1) + le16(receive << 1) + unit


def iec104_frames():
    def add(name, passes, octets, told):
        frame("iec104", name, passes, octets, told, tcp=2404)
    kind = "iec60870_asdu.typeid"
    add("interrogation", True, iec104(100, b"\x14"), (kind, 100))
    add("counter interrogation", True, iec104(101, b"\x05"), (kind, 101))
    add("read", True, iec104(102, b"", cause=5), (kind, 102))
    add("test command with time", True, iec104(107, bytes(9)), (kind, 107))
    add("single command of station 258", True, iec104(45, b"\x01", station=258), (kind, 45))
    add("single command", False, iec104(45, b"\x01"), (kind, 45))
    add("single command of station 257", False, iec104(45, b"\x01", station=257), (kind, 45))
    add("single command of station 513", False, iec104(45, b"\x01", station=513), (kind, 45))
    add("set point", False, iec104(50, bytes(5)), (kind, 50))
    add("clock synchronization", False, iec104(103, bytes(7)), (kind, 103))
    add("reset process", False, iec104(105, b"\x01"), (kind, 105))
    add("counter interrogation that freezes", False, iec104(101, b"\x45"), (kind, 101))
    add("counter interrogation that resets", False, iec104(101, b"\xc5"), (kind, 101))
    add("file transfer", False, iec104(122, bytes(4), cause=13), (kind, 122))
    add("start of data transfer", True, b"\x68\x04\x07\x00\x00\x00", ("iec60870_104.utype", 1))
    add("test of the link", True, b"\x68\x04\x43\x00\x00\x00", ("iec60870_104.utype", 0x10))
    add("acknowledgement", True, b"\x68\x04\x01\x00\x04\x00", ("iec60870_104.type", 1))


iec104_frames()
