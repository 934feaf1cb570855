# SPDX-License-Identifier: Apache-2.0
"""Routers in network namespaces that load what `cordon compile` prints, and
packets made by hand that are sent in at one interface and looked for at the
others. Every packet carries a number, so that thousands are under way at once.
Needs root or user namespaces, nft and ip."""
import ctypes
import ipaddress
import os
import re
import socket
import struct
import subprocess
import sys

CORDON = os.environ.get('CORDON', './cordon')
CLONE_NEWNET = 0x40000000
MARK = b'CORDONPROBE:'
NUMBERED = re.compile(MARK + b'([0-9a-f]{8})')
TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
IPV4, IPV6 = 0x0800, 0x86dd
CHECKSUM_AT = {TCP: 16, UDP: 6}
BURST = 80            # what a receive buffer of the usual size holds
HOPS = 8              # more than any packet here takes
libc = ctypes.CDLL(None, use_errno=True)
tests = 0
failed = 0


# ---- TAP ----

def skip(reason):
    print('1..0 # SKIP ' + reason)
    sys.exit(0)


def check(ok, what, notes=()):
    global tests, failed
    tests += 1
    failed += not ok
    print('%s %d - %s' % ('ok' if ok else 'not ok', tests, what), flush=True)
    for note in notes if not ok else ():
        print('\n'.join('# ' + line for line in note.splitlines()), flush=True)


def finish():
    print('1..%d' % tests)
    sys.exit(failed > 0)


# ---- namespaces ----

def enter():
    """Into namespaces of our own; skips where that is not possible."""
    way = os.path.join(os.environ.get('SRCDIR', '.'), 'tests', 'kernel', 'namespaces')
    if os.environ.get('CORDON_PROBE_LAB') == '1':
        Barrier.here = Barrier()
        return
    done = subprocess.run([way, 'true'], capture_output=True, text=True)
    if done.returncode != 0:
        skip(done.stdout.strip() or done.stderr.strip())
    os.environ['CORDON_PROBE_LAB'] = '1'
    os.execv(way, [way, sys.executable, *sys.argv])


def in_user_namespace():
    """Where no message to the kernel may be larger than anybody's."""
    with open('/proc/self/uid_map', encoding='ascii') as file:
        return file.read().split() != ['0', '0', str(2**32 - 1)]


def run(*command, text=None, **more):
    done = subprocess.run(command, input=text, text=True, capture_output=True, **more)
    if done.returncode != 0:
        raise RuntimeError('%s: exit %d\n%s' % (
            ' '.join(command), done.returncode, done.stderr[:2000]))
    return done.stdout


class inside:
    """with inside('router'): what is opened belongs to that namespace."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.home = os.open('/proc/self/ns/net', os.O_RDONLY)
        there = os.open('/run/netns/' + self.name, os.O_RDONLY)
        self.set(there)
        os.close(there)

    def __exit__(self, *_):
        self.set(self.home)
        os.close(self.home)

    @staticmethod
    def set(descriptor):
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')


def write_knob(path, value):
    with open('/proc/sys/net/' + path, 'w', encoding='ascii') as file:
        file.write(value)


def add_router(name):
    run('ip', 'netns', 'add', name)
    with inside(name):
        for knob in ('all', 'default'):
            write_knob('ipv4/conf/%s/rp_filter' % knob, '0')
            write_knob('ipv6/conf/%s/accept_dad' % knob, '0')
        write_knob('ipv4/ip_forward', '1')
        write_knob('ipv6/conf/all/forwarding', '1')
        run('ip', 'link', 'set', 'lo', 'up')


class TooLarge(RuntimeError):
    """A ruleset, for one netlink message of a user namespace."""


def load(router, ruleset, **environment):
    try:
        run('ip', 'netns', 'exec', router, 'nft', '-f', '-', text=ruleset,
            env={**os.environ, **environment})
    except RuntimeError as error:
        if 'Message too long' in str(error):
            raise TooLarge() from None
        raise


def remove_router(name):
    run('ip', 'netns', 'del', name)


def mac(number, outside):
    return '02:00:00:00:%02x:%02x' % (number, outside)


class Wire:
    """A veth pair: its one end an interface of a router, the other end ours,
    where packets of a zone are sent and caught. One gateway behind it stands
    for all hosts, so no neighbour has to answer."""
    count = 0

    def __init__(self, router, interface, routes):
        Wire.count += 1
        self.router, self.interface = router, interface
        self.name, self.number = 'w%d' % Wire.count, Wire.count % 255
        run('ip', 'link', 'add', self.name, 'address', mac(self.number, 1), 'type',
            'veth', 'peer', 'name', interface, 'address', mac(self.number, 0), 'netns',
            router)
        write_knob('ipv6/conf/%s/disable_ipv6' % self.name, '1')
        run('ip', 'link', 'set', self.name, 'up')
        self.configure(routes)
        self.open()

    def configure(self, routes):
        """Gateways of wire N are 169.254.N.1 and fd00:fe:N::1."""
        four, six = '169.254.%d.' % self.number, 'fd00:fe:%x::' % self.number
        lines = ['link set %s up' % self.interface,
                 'addr add %s2/24 dev %s' % (four, self.interface),
                 'addr add %s2/64 dev %s nodad' % (six, self.interface)]
        for gateway in (four, six):
            lines.append('neigh replace %s1 lladdr %s dev %s nud permanent' % (
                gateway, mac(self.number, 1), self.interface))
        lines += ['route replace %s via %s1' % (route, six if ':' in route else four)
                  for route in routes]
        run('ip', '-n', self.router, '-batch', '-', text='\n'.join(lines) + '\n')

    def detour(self, address):
        """Sends one address out by this wire; returns what undoes it."""
        route = '%s/%d' % (address, address.max_prefixlen)
        gateway = ('169.254.%d.1' if address.version == 4 else 'fd00:fe:%x::1') % self.number
        run('ip', '-n', self.router, 'route', 'replace', route, 'via', gateway, 'metric', '1')
        return lambda: run('ip', '-n', self.router, 'route', 'del', route, 'via', gateway,
                           'metric', '1')

    def open(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((self.name, 0))
        self.socket.setblocking(False)
        self.header = bytes.fromhex((mac(self.number, 0) + mac(self.number, 1))
                                    .replace(':', ''))

    def send(self, packet):
        kind = IPV4 if packet[0] >> 4 == 4 else IPV6
        self.socket.send(self.header + struct.pack('!H', kind) + packet)

    def seen(self):
        """The numbers of the packets that came out here since last asked."""
        numbers = set()
        while True:
            try:
                frame, address = self.socket.recvfrom(2048)
            except BlockingIOError:
                return numbers
            if address[2] != socket.PACKET_OUTGOING and not of_router(frame):
                numbers |= {int(number, 16) for number in NUMBERED.findall(frame)}

    def close(self):
        self.socket.close()


class Flush:
    """Called, it makes the namespace it was made in forget every conversation:
    ctnetlink's IPCTNL_MSG_CT_DELETE that names none."""
    DELETE, REQUEST, ACK = 1 << 8 | 2, 1, 4

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)

    def __call__(self):
        self.socket.send(struct.pack('=IHHIIBBH', 20, self.DELETE, self.REQUEST | self.ACK,
                                     1, 0, 0, 0, 0))
        error = struct.unpack_from('=i', self.socket.recv(4096), 16)[0]
        if error != 0:
            raise OSError(-error, 'conntrack is not flushed')

    def close(self):
        self.socket.close()


def of_router(frame):
    """A router's own errors quote what they refuse, and come from its address on
    the wire."""
    if frame[12:14] == b'\x08\x00':
        return frame[26:28] == bytes((169, 254))
    return frame[22:26] == bytes((0xfd, 0, 0, 0xfe))


# ---- packets ----

def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def transport(protocol, sport, dport, number, answer):
    """Of ICMP the ports are type and code. `answer` is the number of the packet
    that is answered; None begins a flow."""
    payload = MARK + b'%08x' % number
    first = number if answer is None else answer
    if protocol == TCP:
        flags, asked = (2, 0) if answer is None else (0x12, answer + 1)
        return struct.pack('!HHIIBBHHH', sport, dport, number, asked, 0x50, flags,
                           8192, 0, 0) + payload
    if protocol == UDP:
        return struct.pack('!HHHH', sport, dport, 8 + len(payload), 0) + payload
    if protocol in (ICMP, ICMPV6):
        return struct.pack('!BBHHH', sport, dport, 0, first & 0xffff,
                           first >> 16) + payload
    if protocol == SCTP:
        return struct.pack('!HHIIBBHIIHHI', sport, dport, 0, 0, 1, 0,
                           20 + len(payload), number + 1, 65535, 1, 1, 1) + payload
    return struct.pack('!HH', sport, dport) + payload


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def with_checksum(protocol, body, source, destination):
    pseudo = source.packed + destination.packed + struct.pack('!II', len(body), protocol)
    if protocol == ICMP:
        return body[:2] + struct.pack('!H', checksum(body)) + body[4:]
    if protocol == ICMPV6:
        return body[:2] + struct.pack('!H', checksum(pseudo + body)) + body[4:]
    if protocol == SCTP:
        return body[:8] + struct.pack('<I', crc32c(body)) + body[12:]
    if protocol in (TCP, UDP):
        at = CHECKSUM_AT[protocol]
        return body[:at] + struct.pack('!H', checksum(pseudo + body)) + body[at + 2:]
    return body


def packet(flow, number, answer=None):
    """flow: source, destination, protocol, ports."""
    source, destination, protocol, sport, dport = flow
    return ip_packet(*map(ipaddress.ip_address, (source, destination)), protocol,
                     transport(protocol, sport, dport, number, answer), number)


def ip_packet(source, destination, protocol, body, number):
    body = with_checksum(protocol, body, source, destination)
    if source.version == 6:
        return struct.pack('!IHBB', 6 << 28, len(body), protocol,
                           60) + source.packed + destination.packed + body
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), number & 0xffff, 0, 60,
                       protocol, 0) + source.packed + destination.packed
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + body


class Barrier:
    """Tells when every packet sent before has arrived or gone. All of this runs
    on one CPU, whose queue of received packets is first in, first out: a frame
    over a wire of our own arrives after all that was in the queue, so after as
    many of them as a packet takes hops that packet is through."""
    here = None

    def __init__(self):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        run('ip', 'link', 'add', 'barrier0', 'type', 'veth', 'peer', 'name', 'barrier1')
        self.ends = []
        for name in ('barrier0', 'barrier1'):
            write_knob('ipv6/conf/%s/disable_ipv6' % name, '1')
            run('ip', 'link', 'set', name, 'up')
            self.ends.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                           socket.htons(0x88b5)))
            self.ends[-1].bind((name, 0x88b5))
        self.ends[1].settimeout(10)

    def wait(self):
        for _ in range(HOPS):
            self.ends[0].send(b'\xff' * 6 + b'\2' * 6 + b'\x88\xb5' + bytes(46))
            self.ends[1].recv(64)


def inject(probes, wires):
    """probes: (wire, packet), numbered from 0; for each the set of wires that it
    came out of."""
    return inject_parts([(wire, [packet]) for wire, packet in probes], wires)


def inject_parts(probes, wires):
    """The same of probes of several packets: where something of each came out."""
    out, waiting = [set() for _ in probes], 0
    for number, (wire, packets) in enumerate(probes):
        for data in packets:
            wire.send(data)
        waiting += len(packets)
        if waiting >= BURST or number + 1 == len(probes):
            collect(out, wires)
            waiting = 0
    return out


def collect(out, wires):
    Barrier.here.wait()
    for wire in wires:
        for number in wire.seen():
            out[number].add(wire)


# ---- the program ----

def compiled(policy, device, *options):
    return run(CORDON, 'compile', *options, '--device', device, policy)


def verdicts(policy, questions, *options):
    """`allowed` or `denied` for each question, in order."""
    text = run(CORDON, 'query', *options, policy, '-',
               text=''.join(question + '\n' for question in questions))
    out = [line.split()[0] for line in text.splitlines() if line and line[0] != ' ']
    if len(out) != len(questions):
        raise RuntimeError('%d answers to %d questions' % (len(out), len(questions)))
    return out


ANSWERS = {ICMP: {8: 0, 13: 14, 15: 16, 17: 18}, ICMPV6: {128: 129, 139: 140}}


def reverse(flow):
    """The header of the answer; None for what has none."""
    source, destination, protocol, sport, dport = flow
    if protocol in ANSWERS:
        answer = ANSWERS[protocol].get(sport)
        return None if answer is None else (destination, source, protocol, answer, dport)
    return destination, source, protocol, dport, sport


def question(flow):
    source, destination, protocol, sport, dport = flow
    names = {TCP: 'tcp', UDP: 'udp', SCTP: 'sctp'}
    if protocol in names:
        service = '%s %d from %d' % (names[protocol], dport, sport)
    elif protocol in (ICMP, ICMPV6):
        service = '%s %d/%d' % ('icmp' if protocol == ICMP else 'icmpv6', sport, dport)
    else:
        service = 'proto %d' % protocol
    return '%s -> %s : %s' % (source, destination, service)
