# SPDX-License-Identifier: Apache-2.0
"""A client whose TCP is written byte by byte, before a PLC with a real stack: it sends
what no ordinary stack would. Its addresses are nobody's, so nobody answers for it."""
import ipaddress
import os
import random
import socket
import struct
import subprocess
import sys
import time

import lab
import modbus_plc

sys.path.insert(0, os.path.join(lab.SOURCE, "tests", "naive"))
import frames

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
OURS, PLCS = "02:00:00:00:09:02", "02:00:00:00:09:01"
ETHERTYPES = {4: 0x0800, 6: 0x86dd}
PATIENCE = 0.15


def address(text):
    parsed = ipaddress.ip_address(text)
    return parsed.version, int(parsed)


def server(six):
    return "fd00:9::1" if six else "10.9.0.1"


def client(six, number):
    return f"fd00:8::{number:x}" if six else f"10.8.0.{number}"


def build():
    """plc - lan (here): all hosts but the PLC are beyond us."""
    lab.run(*lab.hasten())
    lab.ip("netns", "add", "plc")
    lab.ip("netns", "exec", "plc", *lab.hasten())
    lab.ip("link", "add", "lan", "address", OURS, "type", "veth", "peer", "name", "port",
           "address", PLCS, "netns", "plc")
    lab.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/lan/disable_ipv6")
    lab.ip("link", "set", "lan", "up")
    for link in ("lo", "port"):
        lab.ip("-n", "plc", "link", "set", link, "up")
    for mine, gate, width in (("10.9.0.1", "10.9.0.2", 24), ("fd00:9::1", "fd00:9::2", 64)):
        family = "-6" if ":" in mine else "-4"
        lab.ip("-n", "plc", "addr", "add", f"{mine}/{width}", "dev", "port",
               *(["nodad"] if family == "-6" else []))
        lab.ip("-n", "plc", "neigh", "add", gate, "lladdr", OURS, "dev", "port", "nud",
               "permanent")
        lab.ip("-n", "plc", family, "route", "add", "default", "via", gate)


def serve(six):
    plc = subprocess.Popen(["ip", "netns", "exec", "plc", sys.executable, modbus_plc.__file__,
                            "serve", server(six)], stdout=subprocess.PIPE, text=True)
    plc.stdout.readline()
    return plc


class Wire:
    """One conversation. Sequence numbers are counted from the first byte of the stream;
    what the PLC says is never acknowledged."""

    def __init__(self, six, number, stamps=False):
        self.ends = address(client(six, number)), address(server(six))
        self.port = 20000 + number
        self.base = random.randrange(2**32)
        self.known = 0  # what the PLC's next byte is, and never more
        self.stamps, self.stamp = stamps, 1000000
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("lan", 0))
        self.socket.settimeout(PATIENCE)

    # ---- sending ----

    def options(self, stamp):
        if not self.stamps:
            return b""
        return struct.pack(">BBBBII", 1, 1, 8, 10, self.stamp if stamp is None else stamp, 0)

    def header(self, at, flags, options, known, urgent):
        return struct.pack(">HHIIBBHHH", self.port, modbus_plc.PORT, (self.base + at) % 2**32,
                           known % 2**32 if flags & ACK else 0,
                           (20 + len(options)) // 4 << 4, flags, 65535, 0, urgent) + options

    def pseudo(self, length):
        version, width = self.ends[0][0], 4 if self.ends[0][0] == 4 else 16
        hosts = b"".join(number.to_bytes(width, "big") for _, number in self.ends)
        return hosts + struct.pack(">HH" if version == 4 else ">II",
                                   *((frames.TCP, length) if version == 4
                                     else (length, frames.TCP)))

    def made(self, payload, at, *, flags=ACK | PSH, bad=False, stamp=None, urgent=0,
             ahead=0):
        """A whole IP packet. bad: its checksum is wrong; ahead: of what may be acknowledged."""
        head = self.header(at, flags, self.options(stamp), self.known + ahead, urgent)
        total = frames.checksum(self.pseudo(len(head + payload)) + head + payload)
        head = head[:16] + struct.pack(">H", total ^ bad) + head[18:]
        return frames.packet(*self.ends, frames.TCP, head + payload)

    def put(self, packet):
        kind = ETHERTYPES[packet[0] >> 4]
        self.socket.send(bytes.fromhex((PLCS + OURS).replace(":", "")) +
                         struct.pack(">H", kind) + packet)

    def send(self, payload, at=0, **how):
        self.put(self.made(payload, at, **how))

    # ---- hearing ----

    def heard(self):
        """(sequence number, acknowledgement, flags, payload) of the PLC's next segment, or
        None."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                frame = self.socket.recv(4096)
            except TimeoutError:
                return None
            segment = self.segment(frame[14:])
            if segment is not None:
                return segment
        return None

    def segment(self, packet):
        version = packet[0] >> 4
        if version == 6:
            body = packet[40:40 + struct.unpack(">H", packet[4:6])[0]]
        else:
            body = packet[20:struct.unpack(">H", packet[2:4])[0]]
        if version != self.ends[0][0] or len(body) < 20:
            return None
        source, target, sequence, known = struct.unpack(">HHII", body[:12])
        if (source, target) != (modbus_plc.PORT, self.port):
            return None
        return sequence, known, body[13], body[(body[12] >> 4) * 4:]

    def answers(self):
        """Until nothing comes any more, or an answer has."""
        while (segment := self.heard()) is not None and not segment[3]:
            pass

    def connect(self, payload=b"", **how):
        self.send(payload, -1, flags=SYN, **how)
        while (segment := self.heard()) is not None:
            if segment[2] & SYN:
                self.known = segment[0] + 1
                self.send(b"", 0, flags=ACK)
                return self
        return self

    def close(self):
        """Nothing of it is left at the PLC."""
        for at in range(0, 96):
            self.send(b"", at, flags=RST)
        self.socket.close()
