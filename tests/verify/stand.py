# SPDX-License-Identifier: Apache-2.0
"""The stand on which `cordon verify` is tried: a policy as text, frames written
byte by byte, and what the program says of them. Tests speak TAP."""
import datetime
import ipaddress
import json
import os
import struct
import subprocess
import sys
import tempfile

SRCDIR = os.environ.get('SRCDIR') or os.path.join(os.path.dirname(__file__), '..', '..')
sys.path.insert(0, os.path.join(SRCDIR, 'tests', 'naive'))
import frames  # noqa: E402

CORDON = os.environ.get('CORDON', 'cordon')
SYN, ACK, FIN, PSH = 0x02, 0x10, 0x01, 0x08
START = 1795000000  # a Wednesday in November 2026, 11:06:40 UTC


def at(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def address(text):
    parsed = ipaddress.ip_address(text)
    return parsed.version, int(parsed)


def mac(text):
    return bytes.fromhex(text.replace(':', ''))


def ethernet(source, target, vlans, ethertype, body):
    """vlans: (type, VLAN) from outside inwards, or VLANs of type 0x8100."""
    tags = b''
    for tag in vlans:
        kind, vlan = tag if isinstance(tag, tuple) else (0x8100, tag)
        tags += struct.pack('>HH', kind, vlan)
    return mac(target) + mac(source) + tags + struct.pack('>H', ethertype) + body


def packet(source, target, protocol, body):
    return frames.packet(address(source), address(target), protocol, body)


def frame(source, target, protocol, body, smac='02:00:00:00:00:01',
          dmac='02:00:00:00:00:02', vlans=()):
    ethertype = 0x0800 if address(source)[0] == 4 else 0x86dd
    return ethernet(smac, dmac, vlans, ethertype, packet(source, target, protocol, body))


def tcp(source, sport, target, dport, flags=SYN, payload=b'', sequence=1, **where):
    header = frames.tcp(sport, dport, flags)
    return frame(source, target, frames.TCP,
                 header[:4] + struct.pack('>I', sequence % 2**32) + header[8:] + payload, **where)


class Talk:
    """A TCP conversation: frames of its handshake and of what both sides say."""

    def __init__(self, client, sport, server, dport):
        self.ends = (client, sport), (server, dport)
        self.next = [1000, 2000]

    def say(self, side, payload=b'', flags=ACK):
        (source, sport), (target, dport) = self.ends[side], self.ends[1 - side]
        made = tcp(source, sport, target, dport, flags, payload, self.next[side])
        self.next[side] += len(payload) + (flags & SYN != 0)
        return made

    def begin(self):
        return [self.say(0, flags=SYN), self.say(1, flags=SYN | ACK), self.say(0)]

    def ask(self, payload):
        return self.say(0, payload)

    def answer(self, payload):
        return self.say(1, payload)


def udp(source, sport, target, dport, payload=b'data', **where):
    header = struct.pack('>HHHH', sport, dport, 8 + len(payload), 0)
    return frame(source, target, frames.UDP, header + payload, **where)


def datagrams(client, server, port, *said, sport=40000):
    """said: as in talk()."""
    return [udp(server, port, client, sport, *each) if isinstance(each, tuple)
            else udp(client, sport, server, port, each) for each in said]


def talk(client, server, port, *said, handshake=True, sport=40000):
    """A whole conversation. said: bytes of the client, or (bytes of the server,)."""
    talk = Talk(client, sport, server, port)
    packets = talk.begin() if handshake else []
    return packets + [talk.answer(*each) if isinstance(each, tuple) else talk.ask(each)
                      for each in said]


def pieces(data, *sizes):
    """Bytes in segments of these sizes, and the rest."""
    at = 0
    for size in sizes:
        yield data[at:at + size]
        at += size
    yield data[at:]


def contents(report):
    """(kind, operation, (requests, responses, refusals)) of each violation."""
    for each in report['violations']:
        counts = each.get('operations')
        yield (each['kind'], each['operation'],
               counts and tuple(counts[kind] for kind in ('requests', 'responses', 'refusals')))


class Stand:
    """A folder with a policy; captures are written into it."""

    def __init__(self, policy):
        self.folder = tempfile.TemporaryDirectory()
        self.policy = self.path('plant.cordon')
        with open(self.policy, 'w', encoding='utf-8') as file:
            file.write(policy)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def capture(self, packets, name='traffic.pcap'):
        """packets: frames, a second apart, or (instant, frame)."""
        timed = [each if isinstance(each, tuple) else (START + i, each)
                 for i, each in enumerate(packets)]
        frames.write_pcap(self.path(name), [(int(instant), int(instant % 1 * 1000000), data)
                                            for instant, data in timed])
        return self.path(name)

    def run(self, *arguments, **options):
        return subprocess.run([CORDON, 'verify', *arguments[:-1], self.policy, arguments[-1]],
                              capture_output=True, text=True, timeout=120, check=False,
                              **options)

    def report(self, packets, *options):
        """(exit code, the JSON report)"""
        run = self.run('--format', 'json', *options, self.capture(packets))
        if not run.stdout:
            return run.returncode, {'stderr': run.stderr}
        return run.returncode, json.loads(run.stdout)


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, passed, text, *notes):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {text}")
        if not passed:
            for note in notes:
                for line in str(note).splitlines():
                    print('#', line)

    def equal(self, got, want, text):
        self.check(got == want, text, f'want {want!r}', f'got  {got!r}')

    def skip(self, text, why):
        self.count += 1
        print(f'ok {self.count} - {text} # SKIP {why}')

    def end(self):
        print(f'1..{self.count}')
        sys.exit(self.failed > 0)


def check_contents(tap, plant, cases):
    """cases: (what, packets, violations as contents() tells them, conversations that
    conform, those that are undetermined, operations)."""
    for name, packets, violations, conformant, undetermined, operations in cases:
        code, report = plant.report(packets)
        summary = report['summary']
        tap.equal((list(contents(report)), summary['conformant'],
                   summary['operations_uninspected'], summary['operations'], code),
                  (violations, conformant, undetermined, operations, int(bool(violations))),
                  name)
