# SPDX-License-Identifier: Apache-2.0
"""Makes the corpora of fuzz_capture and fuzz_decode again, from nothing."""
import gzip
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
SEGMENT = bytes.fromhex("c35001f6000000000000000050020000000000 00")
INNER = bytes.fromhex("450000280007000040060000c0000201c0000202") + SEGMENT
ETHERNET = bytes.fromhex("0200000000020200000000010800") + INNER


def outer(protocol):
    return bytes.fromhex("4500000000070000" + "40%02x0000" % protocol + "0a0000010a000002")


FRAMES = {
    "ethernet": (1, ETHERNET),
    "qinq": (1, ETHERNET[:12] + bytes.fromhex("88a8000a8100000b0800") + INNER),
    "mpls": (1, ETHERNET[:12] + bytes.fromhex("8847000101ff") + INNER),
    "pppoe": (1, ETHERNET[:12] + bytes.fromhex("886411000001002a0021") + INNER),
    "cooked2": (276, bytes.fromhex("0800000000000001000100060200000000010000") + INNER),
    "gre": (101, outer(47) + bytes.fromhex("20000800 00000007") + INNER),
    "erspan3": (101, outer(47) + bytes.fromhex("100022eb00000001" + "20" + "00" * 11) + ETHERNET),
    "vxlan": (101, outer(17) + bytes.fromhex("c35012b5004600000800000000000700") + ETHERNET),
    "icmp-error": (101, outer(1) + bytes.fromhex("0301000000000000") + INNER),
    "ipv6": (101, bytes.fromhex("60000000001c0040") + bytes(32) + bytes.fromhex("3c00010400000000")
             + bytes.fromhex("0600000100000007") + SEGMENT),
}


def pcap(order, magic, record):
    header = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    return header + struct.pack(order + "IIII", 1, 2, len(record), len(record)) + record


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order):
    options = struct.pack(order + "HHB3xHHqHH", 9, 1, 9, 14, 8, -5, 0, 0)
    packet = struct.pack(order + "IIIII", 0, 1, 2, len(ETHERNET), len(ETHERNET)) + ETHERNET
    old = struct.pack(order + "HHIIII", 0, 0, 1, 2, len(ETHERNET), len(ETHERNET)) + ETHERNET
    return (block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
            + block(order, 1, struct.pack(order + "HHI", 1, 0, 65535) + options)
            + block(order, 6, packet) + block(order, 2, old)
            + block(order, 3, struct.pack(order + "I", len(ETHERNET)) + ETHERNET))


def write(folder, name, data):
    with open(os.path.join(HERE, folder, name), "wb") as stream:
        stream.write(data)


for name, (link, frame) in FRAMES.items():
    write("decode", name, struct.pack(">H", link) + frame)
for name, order in (("little", "<"), ("big", ">")):
    write("capture", name + "-micro.pcap", pcap(order, 0xA1B2C3D4, ETHERNET))
    write("capture", name + "-nano.pcap", pcap(order, 0xA1B23C4D, ETHERNET))
    write("capture", name + ".pcapng", pcapng(order))
write("capture", "cut.pcap", pcap("<", 0xA1B2C3D4, ETHERNET)[:-7])
write("capture", "packed.gz", gzip.compress(pcapng("<"), mtime=0))
write("capture", "packed-cut.gz", gzip.compress(pcapng("<"), mtime=0)[:-12])
