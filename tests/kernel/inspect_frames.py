# SPDX-License-Identifier: Apache-2.0
"""Frames of industrial protocols, made here from the standards: what they are called,
whether the policy of inspect_frames.test lets them through, and what tshark must see in
them, so that it is not for us to say what they are."""
from collections import namedtuple

TCP, UDP = "tcp", "udp"
# `passes`: None, if no policy lets it, for it is not told. `told`: a field of tshark with
# its value; `over`: transports with their ports.
Frame = namedtuple("Frame", "protocol name passes octets told over")
FRAMES = []


def frame(protocol, name, passes, octets, told, **over):
    FRAMES.append(Frame(protocol, name, passes, octets, told, over))


def le16(number):
    return number.to_bytes(2, "little")


def be16(number):
    return number.to_bytes(2, "big")


# ---- Modbus ----

def modbus(function, data, *, unit=1, length=None):
    return b"\x00\x01\x00\x00" + be16(length or 2 + len(data)) + bytes([unit, function]) + data


def modbus_frames():
    def add(name, passes, octets, function, field="modbus.func_code"):
        frame("modbus", name, passes, octets, (field, function), tcp=502, udp=502)
    add("read", True, modbus(3, b"\x00\x00\x00\x01"), 3)
    add("read of the identification", True, modbus(43, b"\x0e\x01\x00"), 43)
    add("write of unit 3", True, modbus(6, b"\x00\x00\x00\x07", unit=3), 6)
    add("write", False, modbus(6, b"\x00\x00\x00\x07"), 6)
    add("write of several", False, modbus(16, b"\x00\x00\x00\x01\x02\x00\x07"), 16)
    add("other use of the interface", None, modbus(43, b"\x0d\x01\x00"), 43)
    add("read as long as two", None,
        modbus(3, b"\x00\x00\x00\x01\x00\x01\x00\x00\x00\x06\x01\x06\x00\x00\x00\x07"), 3)


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



# ---- DNP3 ----

def crc(octets):
    value = 0
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ 0xa6bc if value & 1 else value >> 1
    return le16(value ^ 0xffff)


def link(control, data=b"", outstation=10):
    """A link frame from master 1, with its check sums."""
    head = b"\x05\x64" + bytes([5 + len(data), control]) + le16(outstation) + le16(1)
    blocks = [data[at:at + 16] for at in range(0, len(data), 16)]
    return head + crc(head) + b"".join(block + crc(block) for block in blocks)


def dnp3(function, objects=b"", *, control=0xc4, transport=0xc0, application=0xc3, outstation=10):
    return link(control, bytes([transport, application, function]) + objects, outstation)


def dnp3_frames():
    def add(name, passes, octets, function):
        frame("dnp3", name, passes, octets, ("dnp3.al.func", function), tcp=20000, udp=20000)
    classes = b"\x3c\x02\x06\x3c\x03\x06\x3c\x04\x06\x3c\x01\x06"
    relay = b"\x0c\x01\x17\x01\x00\x03\x01\x64\x00\x00\x00\x64\x00\x00\x00\x00"
    add("read", True, dnp3(1, classes), 1)
    add("confirmed read", True, dnp3(1, classes, control=0xf3), 1)
    add("long read", True, dnp3(1, b"\x1e\x00\x00\x00\x01" * 40), 1)
    add("delay measurement", True, dnp3(23), 23)
    add("confirm", True, dnp3(0), 0)
    add("operate of outstation 1025", True, dnp3(4, relay, outstation=1025), 4)
    frame("dnp3", "link status", True, link(0xc9), ("dnp3.ctl.prifunc", 9), tcp=20000, udp=20000)
    add("operate", False, dnp3(4, relay), 4)
    add("operate of outstation 260", False, dnp3(4, relay, outstation=260), 4)
    add("direct operate", False, dnp3(5, relay), 5)
    add("write", False, dnp3(2, b"\x50\x01\x00\x07\x07\x00"), 2)
    add("cold restart", False, dnp3(13), 13)
    add("delete of a file", False, dnp3(27, bytes(8)), 27)
    frame("dnp3", "read in two segments", None, dnp3(1, classes, transport=0x40),
          ("dnp3.tr.fir", 1), tcp=20000, udp=20000)
    frame("dnp3", "last segment", None, dnp3(1, classes, transport=0x81),
          ("dnp3.tr.fin", 1), tcp=20000, udp=20000)


# ---- BACnet/IP ----

def bacnet(apdu, *, function=10, network=b"\x01\x04"):
    return b"\x81" + bytes([function]) + be16(4 + len(network) + len(apdu)) + network + apdu


def bacnet_frames():
    def add(name, passes, octets, field, value):
        frame("bacnet", name, passes, octets, (field, value), udp=47808)
    confirmed, unconfirmed = "bacapp.confirmed_service", "bacapp.unconfirmed_service"
    value = b"\x0c\x00\x00\x00\x01\x19\x55"  # the present value of analog input 1
    read = b"\x02\x04\x01\x0c" + value
    write = b"\x00\x04\x02\x0f" + value + b"\x3e\x44\x42\xc8\x00\x00\x3f"
    station = b"\x01\x24\x00\x07\x01\x05\xff"
    address = b"\x01\x24\x00\x07\x06\x0a\x02\x00\x09\xba\xc0\xff"
    add("read of a property", True, bacnet(read), confirmed, 12)
    add("read of a property behind a router", True, bacnet(read, network=station), confirmed, 12)
    add("read of a property by a long address", True, bacnet(read, network=address), confirmed, 12)
    add("who is", True, bacnet(b"\x10\x08", network=b"\x01\x00"), unconfirmed, 8)
    add("who is, everywhere", True,
        bacnet(b"\x10\x08", network=b"\x01\x20\xff\xff\x00\xff", function=11), unconfirmed, 8)
    add("acknowledgement of a segment", True, bacnet(b"\x40\x01\x00\x04", network=b"\x01\x00"),
        "bacapp.type", 4)
    add("read of the broadcast table", True, b"\x81\x02\x00\x04", "bvlc.function", 2)
    add("who is router", True, bacnet(b"\x00\x00\x07", network=b"\x01\x80"), "bacnet.mesgtyp", 0)
    add("write of a property", False, bacnet(write), confirmed, 15)
    add("write of a property behind a router", False, bacnet(write, network=station),
        confirmed, 15)
    add("write of a property by a long address", False, bacnet(write, network=address),
        confirmed, 15)
    add("write in segments", None,
        bacnet(b"\x0c\x04\x02\x00\x04\x0f" + value + b"\x3e\x44\x42\xc8\x00\x00\x3f"),
        confirmed, 15)
    add("reinitialize", False, bacnet(b"\x00\x04\x03\x14\x09\x00"), confirmed, 20)
    add("time synchronization", False,
        bacnet(b"\x10\x06\xa4\x7e\x0b\x19\x03\xb4\x02\x00\x00\x00", network=b"\x01\x00"),
        unconfirmed, 6)
    add("write of the broadcast table", False,
        b"\x81\x01\x00\x0e\x0a\x02\x00\x09\xba\xc0\xff\xff\xff\xff", "bvlc.function", 1)
    add("registration of a foreign device", False, b"\x81\x05\x00\x06\x00\x3c", "bvlc.function", 5)
    add("initialization of a routing table", False, bacnet(b"\x06\x00", network=b"\x01\x80"),
        "bacnet.mesgtyp", 6)


# ---- S7 communication ----

def tpkt(octets):
    return b"\x03\x00" + be16(4 + len(octets)) + octets


def s7comm(rosctr, parameters, data=b"", *, error=b"", cotp=b"\x02\xf0\x80"):
    return tpkt(cotp + b"\x32" + bytes([rosctr]) + b"\x00\x00\x00\x07" + be16(len(parameters)) +
                be16(len(data)) + error + parameters + data)


def s7comm_user(group, function, data, *, further=False):
    parameters = b"\x00\x01\x12" + (b"\x08\x12" if further else b"\x04\x11")
    parameters += bytes([0x40 | group, function, 1 if further else 0])
    return s7comm(7, parameters + (bytes(4) if further else b""), data)


def s7comm_frames():
    def add(name, passes, octets, value, field="s7comm.param.func"):
        frame("s7comm", name, passes, octets, (field, value), tcp=102)
    group = "s7comm.param.userdata.funcgroup"
    item = b"\x12\x0a\x10\x02\x00\x04\x00\x01\x84\x00\x00\x00"  # DB1.DBX0.0, four bytes
    start = b"\x28" + bytes(6) + b"\xfd\x00\x00\x09P_PROGRAM"
    frame("s7comm", "connection", True,
          tpkt(b"\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x01\x02"),
          ("cotp.type", 0xe), tcp=102)
    add("setup", True, s7comm(1, b"\xf0\x00\x00\x01\x00\x01\x01\xe0"), 0xf0)
    add("read", True, s7comm(1, b"\x04\x01" + item), 4)
    add("read of eighteen", True, s7comm(1, b"\x04\x12" + item * 18), 4)
    add("read of the system status", True, s7comm_user(4, 1, b"\xff\x09\x00\x04\x00\x11\x00\x00"),
        4, group)
    add("more of the system status", True,
        s7comm_user(4, 1, b"\x0a\x00\x00\x00", further=True), 4, group)
    add("write", False, s7comm(1, b"\x05\x01" + item, b"\x00\x04\x00\x20\x01\x02\x03\x04"), 5)
    add("stop", False, s7comm(1, b"\x29" + bytes(5) + b"\x09P_PROGRAM"), 0x29)
    add("start", False, s7comm(1, start), 0x28)
    add("other service", False, s7comm(1, start[:10] + b"\x05_GARB"), 0x28)
    add("download", False, s7comm(1, b"\x1a" + bytes(7) + b"\x09_0800001P\x0d1000052000016"), 0x1a)
    add("upload", False, s7comm(1, b"\x1d" + bytes(7) + b"\x09_0800001A"), 0x1d)
    add("end of a download", False, s7comm(3, b"\x1c", error=b"\x00\x00"), 0x1c)
    add("clock", False, s7comm_user(7, 2, b"\xff\x09\x00\x0a" + bytes(10)), 7, group)
    add("force", False, s7comm_user(1, 9, b"\xff\x09\x00\x02" + bytes(2)), 1, group)
    frame("s7comm", "read in two parts", None,
          s7comm(1, b"\x04\x01" + item, cotp=b"\x02\xf0\x00"), ("cotp.type", 0xf), tcp=102)


# ---- CIP over EtherNet/IP ----

def le32(number):
    return number.to_bytes(4, "little")


def enip(command, data=b"", session=1):
    return le16(command) + le16(len(data)) + le32(session) + bytes(16) + data


def cip_unconnected(message, *, items=b"\x02\x00\x00\x00\x00\x00"):
    return enip(0x6f, bytes(4) + b"\x0a\x00" + items + b"\xb2\x00" + le16(len(message)) + message)


def cip_connected(message):
    return enip(0x70, bytes(6) + b"\x02\x00\xa1\x00\x04\x00\x07\x00\x00\x00\xb1\x00" +
                le16(2 + len(message)) + b"\x05\x00" + message)


def cip_frames():
    def add(name, passes, message, value):
        for way, wrap in (("unconnected", cip_unconnected), ("connected", cip_connected)):
            frame("cip", f"{name}, {way}", passes, wrap(message), ("cip.sc", value), tcp=44818)
    identity, attribute = b"\x02\x20\x01\x24\x01", b"\x03\x20\x01\x24\x01\x30\x07"
    tag = b"\x04\x91\x05count\x00"
    frame("cip", "registration", True, enip(0x65, b"\x01\x00\x00\x00", session=0),
          ("enip.command", 0x65), tcp=44818)
    frame("cip", "list of identities", True, enip(0x63, session=0), ("enip.command", 0x63),
          tcp=44818, udp=44818)
    add("identity", True, b"\x01" + identity, 1)
    add("attribute", True, b"\x0e" + attribute, 14)
    add("attribute of a long instance", True, b"\x0e\x04\x20\x04\x25\x00\x64\x00\x30\x03", 14)
    add("read of a tag", True, b"\x4c" + tag + b"\x01\x00", 0x4c)
    add("read of an element", True, b"\x4c\x05\x91\x05count\x00\x28\x03" + b"\x01\x00", 0x4c)
    add("read of a tag by its instance", True, b"\x4c\x03\x20\x6b\x25\x00\x08\x01\x01\x00", 0x4c)
    add("read of a template", True, b"\x4c\x03\x20\x6c\x25\x00\x08\x01" + bytes(6), 0x4c)
    add("opening of a connection", True, b"\x54\x02\x20\x06\x24\x01" + bytes(40), 0x54)
    add("write of an attribute", False, b"\x10" + attribute + b"\x00\x00", 16)
    add("write of a tag", False, b"\x4d" + tag + b"\xc4\x00\x01\x00\x05\x00\x00\x00", 0x4d)
    add("reset", False, b"\x05" + identity + b"\x00", 5)
    add("creation of a program", False, b"\x08\x02\x20\x68\x24\x00", 8)
    add("service of PCCC", None, b"\x4b\x02\x20\x67\x24\x01\x07\x4d\x00" + bytes(10), 0x4b)
    add("read of a tag of another class", False, b"\x4c\x03\x20\x68\x25\x00\x08\x01\x01\x00", 0x4c)
    add("path of two classes", None, b"\x01\x04\x20\x01\x24\x01\x20\x6b\x24\x01", 1)
    inner = b"\x01" + identity
    frame("cip", "several services", None,
          cip_unconnected(b"\x0a\x02\x20\x02\x24\x01\x01\x00\x04\x00" + inner),
          ("enip.command", 0x6f), tcp=44818)
    frame("cip", "unconnected send", None,
          cip_unconnected(b"\x52\x02\x20\x06\x24\x01\x0a\x0e" + le16(len(inner)) + inner +
                          b"\x01\x00\x01\x00"), ("enip.command", 0x6f), tcp=44818)
    frame("cip", "message with three items", None,
          enip(0x6f, bytes(4) + b"\x0a\x00\x03\x00\x00\x00\x00\x00\xb2\x00" + le16(len(inner)) +
               inner + b"\x00\x00\x00\x00"), ("enip.command", 0x6f), tcp=44818)
    frame("cip", "output", False,
          b"\x02\x00\x02\x80\x08\x00" + bytes(8) + b"\xb1\x00\x04\x00" + bytes(4),
          ("cip.connid", 0), udp=2222)


modbus_frames()
iec104_frames()
dnp3_frames()
bacnet_frames()
s7comm_frames()
cip_frames()
