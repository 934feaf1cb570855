# SPDX-License-Identifier: Apache-2.0
"""The lab of the kernel tests: two hosts, west and east, each in a network
namespace of its own, and the router between them, where the test itself runs.
Needs root or user namespaces, nft and ip. Nothing outside is touched."""
import os
import shutil
import socket
import subprocess
import sys
import time

BUILD = os.environ.get("BUILDDIR", ".")
SOURCE = os.environ.get("SRCDIR", ".")
CORDON = os.environ.get("CORDON", os.path.join(BUILD, "cordon"))
CLONE_NEWNET = 0x40000000
SECONDS = 0.25
tests = 0
failed = 0


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def finish():
    """Ends the test with its plan."""
    print(f"1..{tests}")
    sys.exit(1 if failed else 0)


def note(text):
    print(f"# {text}", flush=True)


def check(ok, what):
    global tests, failed
    tests += 1
    failed += not ok
    print(f"{'ok' if ok else 'not ok'} {tests} - {what}", flush=True)


def skip_one(what, reason):
    global tests
    tests += 1
    print(f"ok {tests} - {what} # SKIP {reason}", flush=True)


def enter():
    """Into namespaces of our own; skips where that is not possible."""
    way = os.path.join(SOURCE, "tests", "kernel", "namespaces")
    if os.environ.get("CORDON_LAB") == "1":
        return
    done = subprocess.run([way, "true"], capture_output=True, text=True)
    if done.returncode != 0:
        skip(done.stdout.strip() or done.stderr.strip())
    os.environ["CORDON_LAB"] = "1"
    os.execv(way, [way, sys.executable, *sys.argv])


def run(*command, text=None):
    return subprocess.run(command, input=text, text=True, check=True,
                          capture_output=True).stdout


def ip(*words):
    return run("ip", *words)


def hasten():
    """IPv6 is ready at once: nobody else can hold these addresses."""
    return ["sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"]


def lab():
    """west host - router (here) - east host"""
    run(*hasten())
    for name, net in (("west", 1), ("east", 2)):
        ip("netns", "add", name)
        ip("netns", "exec", name, *hasten())
        ip("link", "add", name, "type", "veth", "peer", "name", "uplink", "netns", name)
        ip("addr", "add", f"10.{net}.0.1/16", "dev", name)
        ip("addr", "add", f"fd00:{net}::1/64", "dev", name, "nodad")
        ip("link", "set", name, "up")
        ip("-n", name, "addr", "add", f"10.{net}.0.9/16", "dev", "uplink")
        ip("-n", name, "addr", "add", f"10.{net}.1.9/16", "dev", "uplink")
        ip("-n", name, "addr", "add", f"fd00:{net}::9/64", "dev", "uplink", "nodad")
        for link in ("lo", "uplink"):
            ip("-n", name, "link", "set", link, "up")
        ip("-n", name, "route", "add", "default", "via", f"10.{net}.0.1")
        ip("-n", name, "-6", "route", "add", "default", "via", f"fd00:{net}::1")
    for knob in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        with open(f"/proc/sys/net/{knob}", "w", encoding="ascii") as file:
            file.write("1")


def socket_in(name, *arguments):
    """A socket of another network namespace, used from here."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    setns(there)
    made = socket.socket(*arguments)
    setns(home)
    os.close(home)
    os.close(there)
    return made


def setns(descriptor):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def host(name, six, outside=False):
    net = 1 if name == "west" else 2
    return f"fd00:{net}::9" if six else f"10.{net}.{1 if outside else 0}.9"


def tcp(client, port, six=False, outside=False):
    """True if a conversation, replies included, goes through."""
    server_name = "east" if client == "west" else "west"
    family = socket.AF_INET6 if six else socket.AF_INET
    with socket_in(server_name, family, socket.SOCK_STREAM) as server, \
            socket_in(client, family, socket.SOCK_STREAM) as caller:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host(server_name, six), port))
        server.listen()
        caller.bind((host(client, six, outside), 0))
        caller.settimeout(SECONDS)
        try:
            caller.connect((host(server_name, six), port))
            caller.sendall(b"x")
            with server.accept()[0] as answer:
                answer.settimeout(SECONDS)
                answer.sendall(answer.recv(1))
                return caller.recv(1) == b"x"
        except TimeoutError:
            return False


def datagrams(ports, six):
    """The UDP ports of the east host that the west host reaches."""
    family = socket.AF_INET6 if six else socket.AF_INET
    capture = socket_in("east", socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    seen = set()
    with capture, socket_in("west", family, socket.SOCK_DGRAM) as sender:
        for port in ports:
            sender.sendto(b"probe%05d" % port, (host("east", six), port))
        capture.settimeout(SECONDS)
        try:
            while True:
                packet = capture.recv(2048)
                at = packet.find(b"probe")
                if at >= 0 and packet[at - 8:at - 4] and packet[0] >> 4 == (6 if six else 4):
                    seen.add(int(packet[at + 5:at + 10]))
        except TimeoutError:
            return seen


def raw_passes(protocol, packet, name="west"):
    """True if an IPv4 packet with this payload arrives on the other side."""
    other = "east" if name == "west" else "west"
    mark = b"mark%08x" % int(time.monotonic_ns() % 2**32)
    capture = socket_in(other, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    with capture, socket_in(name, socket.AF_INET, socket.SOCK_RAW, protocol) as sender:
        sender.sendto(packet + mark, (host(other, False), 0))
        capture.settimeout(SECONDS)
        try:
            while mark not in capture.recv(65535):
                pass
            return True
        except TimeoutError:
            return False


def ping(name, six, size=56):
    other = "east" if name == "west" else "west"
    if shutil.which("ping") is None:
        return None
    return subprocess.run(["ip", "netns", "exec", name, "ping", "-c1", "-W1", "-s", str(size),
                           host(other, six)], capture_output=True).returncode == 0


def policy(allow_9000=True):
    """The policy of the lab, or the one that cuts the sessions to port 9000 off."""
    with open(os.path.join(SOURCE, "tests/kernel/plant.cordon"), encoding="utf-8") as file:
        lines = file.readlines()
    return "".join(line for line in lines if allow_9000 or "second-port" not in line)


def compiled(directory, *options, **variant):
    """Compiles the policy for the router; the directory of what it loads."""
    source = os.path.join(directory, "plant.cordon")
    with open(source, "w", encoding="utf-8") as file:
        file.write(policy(**variant))
    made = subprocess.run([CORDON, "compile", *options, "--at", "2026-06-01T00:00:00Z",
                           "-o", directory, source], capture_output=True, text=True)
    if made.returncode != 0:
        print(f"Bail out! compile: {made.stderr}")
        sys.exit(2)
    return os.path.join(directory, "router")


def contents(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def ruleset():
    return run("nft", "-s", "list", "ruleset")
