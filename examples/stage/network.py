# SPDX-License-Identifier: Apache-2.0
"""A plant on one machine: each host of a policy's inventory is a process in a
network namespace of its own, with the addresses and the MAC that the inventory
gives it, and all hang on one router that filters nothing.

A mirror port at the router sees each packet once, where it enters, and tags it
with the VLAN of the zone whose switch the host is plugged into. Scenes follow each
other at once, and the mirror gives each the time of day that it is to play at.

Needs root; the machine's own network is not touched."""

import ctypes
import datetime
import fcntl
import glob
import multiprocessing
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

import yaml

CLONE_NEWNET = 0x40000000
ROUTER = "169.254.1.1"  # the other end of every host's wire
ROUTER6 = "fe80::1"
SETTLE = 0.4            # seconds until the last packets of a scene have come in
IPV4, IPV6, PROFINET = 0x0800, 0x86DD, 0x8892
ND_AND_MLD = {130, 131, 132, 133, 134, 135, 136, 137, 143}


def command(*words):
    subprocess.run(words, check=True)


# ---- what the policy says of its hosts ----

class Host:
    """A machine that can take part: `zone` is where it is plugged in."""

    def __init__(self, zone, addresses, mac=None):
        self.zone, self.mac = zone, mac
        self.addresses = addresses if isinstance(addresses, list) else [addresses]

    def address(self, family):
        return next(text for text in self.addresses if (":" in text) == (family == 6))


def inventory(*patterns):
    """Name to Host of each asset in the inventories."""
    hosts = {}
    for path in sorted(path for pattern in patterns for path in glob.glob(pattern)):
        with open(path, encoding="utf-8") as file:
            for name, asset in yaml.safe_load(file)["assets"].items():
                hosts[name] = Host(asset["zone"], asset["address"], asset.get("mac"))
    return hosts


def vlans(pattern):
    """Zone to VLAN, of the zones that have one."""
    text = ""
    for path in sorted(glob.glob(pattern)):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    zones = re.findall(r"^zone (\S+) [^{]*\{([^}]*)\}", text, re.MULTILINE)
    found = {name: re.search(r"\bvlan (\d+)", body) for name, body in zones}
    return {name: int(vlan[1]) for name, vlan in found.items() if vlan}


# ---- namespaces ----

def enter():
    """Starts again in namespaces of its own, so that every server ends with this,
    and finds a folder to write to that is nobody else's."""
    if os.geteuid() != 0:
        sys.exit("this needs root: its servers are real ones and change their users")
    if os.environ.get("STAGE") != "1":
        os.environ.update(STAGE="1", SNMP_PERSISTENT_DIR="/run")
        os.execvp("unshare", ["unshare", "--net", "--pid", "--fork", "--kill-child",
                              "--mount-proc", sys.executable, *sys.argv])
    command("mount", "-t", "tmpfs", "stage", "/run")


def knob(path, value):
    with open("/proc/sys/net/" + path, "w", encoding="ascii") as file:
        file.write(value)


def new_network():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for which in "all", "default":
        knob(f"ipv6/conf/{which}/accept_dad", "0")
        knob(f"ipv6/conf/{which}/router_solicitations", "0")
        knob(f"ipv6/conf/{which}/addr_gen_mode", "1")  # no address of its own
    command("ip", "link", "set", "lo", "up")


def checksum_in_software(interface):
    """Otherwise the capture shows checksums that no hardware has filled in."""
    value = ctypes.create_string_buffer(struct.pack("II", 0x17, 0))  # ETHTOOL_STXCSUM
    request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8946, request)  # SIOCETHTOOL


def gateway(address):
    return ROUTER6 if ":" in address else ROUTER


# ---- a host's side of the wire ----

def take_address(address):
    """From now on this host also answers, and asks, as `address`."""
    command("ip", "address", "add", address, "dev", "eth0",
            *(["nodad"] if ":" in address else []))
    command("ip", "route", "replace", "default", "via", gateway(address),
            "dev", "eth0", "src", address)


def plug_in(host):
    if host.mac:
        command("ip", "link", "set", "eth0", "address", host.mac)
    checksum_in_software("eth0")
    command("ip", "link", "set", "eth0", "up")
    command("ip", "address", "add", "fe80::2/64", "dev", "eth0", "nodad")
    command("ip", "route", "add", ROUTER, "dev", "eth0")
    for address in host.addresses:
        take_address(address)


def live(pipe, host, servers):
    """The life of a host: a network, its addresses, its servers, then orders."""
    new_network()
    pipe.send(None)
    pipe.recv()  # the router has plugged the wire in
    plug_in(host)
    for start, *words in servers:
        start(*words)
    pipe.send(None)
    while True:
        function, words = pipe.recv()
        try:
            function(*words)
            pipe.send(None)
        except Exception as error:  # the parent says whose it was
            pipe.send(error)


# ---- the mirror port ----

class Mirror:
    """Packets as they enter the router, kept with the wire they came by."""

    def __init__(self):
        self.vlan_of, self.packets = {}, []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            frame, (wire, _, kind, *_) = self.socket.recvfrom(65535)
            if kind != socket.PACKET_OUTGOING and wire in self.vlan_of and wanted(frame):
                self.packets.append((time.time(), self.tagged(frame, wire)))

    def tagged(self, frame, wire):
        vlan = self.vlan_of[wire]
        if vlan is None:
            return frame
        return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def wanted(frame):
    """What hosts say to each other, not how they find the router."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    if kind == IPV6:
        after = 40 if frame[20] != 0 else 48  # MLD comes behind a hop-by-hop header
        protocol = frame[20] if frame[20] != 0 else frame[54]
        return protocol != 58 or frame[14 + after] not in ND_AND_MLD
    return kind in (IPV4, PROFINET)


def write_capture(path, packets):
    """The classic format with microseconds, (time, frame) in order."""
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for instant, frame in packets:
            seconds, fraction = divmod(instant, 1)
            file.write(struct.pack("=IIII", int(seconds), int(fraction * 1e6),
                                   len(frame), len(frame)) + frame)


# ---- the plant ----

class Plant:
    """hosts: name to Host; vlan_of: zone to VLAN; servers: name to a list of
    (function, word...) that a host starts; the others only ask."""

    def __init__(self, hosts, vlan_of, servers):
        enter()
        multiprocessing.set_start_method("fork")
        self.hosts, self.vlan_of, self.servers = hosts, vlan_of, servers
        self.pipes, self.wires = {}, {}
        new_network()
        knob("ipv4/ip_forward", "1")
        knob("ipv6/conf/all/forwarding", "1")
        self.mirror = Mirror()
        for name in servers:
            self.add(name)

    def add(self, name):
        host = self.hosts[name]
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(
            target=live, args=(theirs, host, self.servers.get(name, [])), daemon=True)
        process.start()
        theirs.close()
        ours.recv()
        wire = self.wires[name] = f"wire{len(self.wires)}"
        command("ip", "link", "add", wire, "type", "veth",
                "peer", "name", "eth0", "netns", str(process.pid))
        command("ip", "address", "add", ROUTER, "dev", wire)
        command("ip", "link", "set", wire, "up")
        command("ip", "address", "add", ROUTER6 + "/64", "dev", wire, "nodad")
        for address in host.addresses:
            command("ip", "route", "replace", address, "dev", wire)
        self.mirror.vlan_of[wire] = self.vlan_of.get(host.zone)
        ours.send(None)
        ours.recv()
        self.pipes[name] = ours

    def order(self, name, function, *words):
        if name not in self.pipes:
            self.add(name)
        self.pipes[name].send((function, words))
        error = self.pipes[name].recv()
        if error is not None:
            raise RuntimeError(f"{name}: {function.__name__}: {error}")

    def act(self, name, function, server, *words):
        """`name` does something with `server`; NAME/6 is its IPv6 address."""
        target, _, family = server.partition("/")
        self.order(name, function, self.hosts[target].address(int(family or 4)), *words)

    def steal(self, name, victim):
        """`name` takes the victim's IPv4 address, and the answers come to it."""
        address = self.hosts[victim].address(4)
        self.order(name, take_address, address)
        command("ip", "route", "replace", address, "dev", self.wires[name])

    def play(self, path, scenes):
        """scenes: (RFC 3339 time, function of the plant), written to one capture."""
        taken = []
        for text, scene in scenes:
            self.mirror.packets.clear()
            begin = time.time()
            scene(self)
            time.sleep(SETTLE)
            offset = datetime.datetime.fromisoformat(text).timestamp() - begin
            taken += [(instant + offset, frame) for instant, frame in self.mirror.packets]
        write_capture(path, taken)
