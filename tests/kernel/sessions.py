# SPDX-License-Identifier: Apache-2.0
"""Conversations between the hosts of the lab, from west to east, that go on while
rulesets come and go: TCP, UDP, and echo requests with their replies, over IPv4 or
IPv6."""
import socket
import struct
import time

from lab import SECONDS, host, run, socket_in

ICMP, ICMPV6 = socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6
REQUEST, REPLY = {ICMP: 8, ICMPV6: 128}, {ICMP: 0, ICMPV6: 129}


def family(six):
    return socket.AF_INET6 if six else socket.AF_INET


def reaches(send, receiver, mark, seconds):
    """True if what is sent arrives; what was sent before may arrive first."""
    deadline, seen = time.monotonic() + seconds, b""
    send()
    try:
        while mark not in seen:
            receiver.settimeout(max(deadline - time.monotonic(), 0.001))
            seen = seen[-len(mark):] + receiver.recv(4096)
    except TimeoutError:
        return False
    return True


def silence():
    """The east host answers no echo request by itself."""
    for knob in ("ipv4/icmp_echo_ignore_all", "ipv6/icmp/echo_ignore_all"):
        run("ip", "netns", "exec", "east", "sh", "-c", f"echo 1 >/proc/sys/net/{knob}")


def new_mark():
    return b"%016x" % time.monotonic_ns()


class Tcp:
    def __init__(self, port, six=False):
        with socket_in("east", family(six), socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host("east", six), port))
            listener.listen()
            self.client = socket_in("west", family(six), socket.SOCK_STREAM)
            self.client.settimeout(SECONDS)
            self.client.connect((host("east", six), port))
            self.server = listener.accept()[0]

    def client_talks(self, seconds=SECONDS):
        mark = new_mark()
        return reaches(lambda: self.client.sendall(mark), self.server, mark, seconds)

    def server_talks(self, seconds=SECONDS):
        mark = new_mark()
        return reaches(lambda: self.server.sendall(mark), self.client, mark, seconds)

    def close(self):
        self.client.close()
        self.server.close()


class Udp(Tcp):
    def __init__(self, port, six=False):
        self.client, self.server = [socket_in(name, family(six), socket.SOCK_DGRAM)
                                    for name in ("west", "east")]
        self.client.bind((host("west", six), 0))
        self.server.bind((host("east", six), port))
        self.client.connect(self.server.getsockname())
        self.server.connect(self.client.getsockname())


class Echo(Tcp):
    """The server is here, not the east host: see silence()."""

    def __init__(self, identifier, six=False):
        self.identifier, self.six = identifier, six
        self.protocol = ICMPV6 if six else ICMP
        self.client, self.server = [socket_in(name, family(six), socket.SOCK_RAW,
                                              self.protocol) for name in ("west", "east")]

    def packet(self, kind, mark):
        body = struct.pack("!BBHHH", kind, 0, 0, self.identifier, 1) + mark
        if self.six:
            return body          # the kernel fills in this checksum
        total = sum(struct.unpack("!%dH" % (len(body) // 2), body))
        total = (total >> 16) + (total & 0xffff)
        return body[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + body[4:]

    def client_talks(self, seconds=SECONDS):
        mark = new_mark()
        return reaches(lambda: self.client.sendto(
            self.packet(REQUEST[self.protocol], mark), (host("east", self.six), 0)),
            self.server, mark, seconds)

    def server_talks(self, seconds=SECONDS):
        mark = new_mark()
        return reaches(lambda: self.server.sendto(
            self.packet(REPLY[self.protocol], mark), (host("west", self.six), 0)),
            self.client, mark, seconds)
