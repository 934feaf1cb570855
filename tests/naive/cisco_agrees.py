# SPDX-License-Identifier: Apache-2.0
"""The readers of IOS and ASA, the naive evaluator of access lists and the naive
evaluator of policies judge packets alike: random configurations of other hands, and
what `compile` makes of random policies."""
import datetime
import os
import re
import sys
import zoneinfo

import agree
import cisco
from random_cisco import Maker

LISTED = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/naive/listed')
CONFIGS = max(1, int(240 * agree.SCALE))
POLICIES = max(1, int(16 * agree.SCALE))
PACKETS, MOMENTS, FLOWS = 400, 3, 60
FROM, UNTIL = 1767225600, 1798761600  # the year 2026
FILES = {'cisco-ios': 'acl.ios', 'cisco-asa': 'acl.asa'}
ZONE = 'America/Chicago'


def wall_clock(instant, zone):
    return datetime.datetime.fromtimestamp(
        instant, zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)


def question(entry, leave, packet, instant):
    return '%s %s %s %s %s %d %d %d %d\n' % (
        entry, leave, packet.kind, agree.text_of(packet.version, packet.source),
        agree.text_of(packet.version, packet.destination), packet.protocol,
        packet.sport, packet.dport, instant)


# ---- the reader and the naive evaluator, on configurations of other hands ----

def compare_config(seed):
    platform = ('cisco-ios', 'cisco-asa')[seed % 2]
    maker = Maker(seed, platform == 'cisco-asa')
    text = maker.make()
    device = cisco.Device(text, maker.asa)
    asked = []
    for _ in range(PACKETS):
        instant = FROM + maker.random.randrange(90 * 86400)
        asked.append((maker.packet(wall_clock(instant, ZONE)), instant))
    with agree.Folder(text, '') as folder:
        code, out, errors = agree.run(
            platform, folder.policy, ZONE, str(FROM), str(UNTIL), program=LISTED,
            text=''.join(question('a', 'b', *each) for each in asked))
    found = out.split()
    if code or errors or len(found) != len(asked):
        return 0, ['seed %d: exit %d, %s\n%s' % (seed, code, errors[:800], text)]
    for (packet, instant), got in zip(asked, found):
        passes = device.permits('a', 'in', packet) and device.permits('b', 'out', packet)
        if ('allow' if passes else 'deny') != got:
            return 0, ['seed %d: naive says %s, the reader %s: %s%s' % (
                seed, passes, got, question('a', 'b', packet, instant), text)]
    return len(asked), []


# ---- what is compiled, and the policy ----

def for_platform(text, platform):
    """The same policy with devices that a list can protect."""
    lines, number, inside = [], 0, False
    for line in text.splitlines():
        inside = inside or line.startswith('device ')
        if inside and line.strip().startswith('interface '):
            number += 1
            line += ' { address 198.18.%d.1, 2001:db8:ffff::%d }' % (number, number)
        if inside and line.strip() == '}':
            lines.append('    manage from any : tcp 22, icmp echo-request')
            inside = False
        lines.append(line.replace('platform nftables', 'platform ' + platform))
    return '\n'.join(lines) + '\n'


def packet_of(flow, clock, kind='first'):
    return cisco.Packet(flow.source[0], flow.source[1], flow.destination[1],
                        flow.protocol, flow.sport, flow.dport, kind, clock)


ANSWERS = {(1, 8): 0, (1, 13): 14, (1, 15): 16, (1, 17): 18, (58, 128): 129}


def answer_of(packet):
    """What answers the first packet of a flow; None: nothing does."""
    sport, dport = packet.dport, packet.sport
    if packet.protocol in (1, 58):
        if (packet.protocol, packet.sport) not in ANSWERS:
            return None
        sport, dport = ANSWERS[packet.protocol, packet.sport], packet.dport
    return packet._replace(
        source=packet.destination, destination=packet.source, sport=sport, dport=dport,
        kind='established' if packet.protocol == 6 else 'first')


def is_group(flow):
    version, address = flow.destination
    return address >> (28 if version == 4 else 120) == (0xe if version == 4 else 0xff)


def forwarded(policy, device, entry, flow):
    return [leave for leave in device.interfaces
            if leave != entry and policy.admits(device, entry, leave, flow)]


def faults(policy, device, lists, flow, clock):
    """What is wrong about one flow, at each interface it may come in by."""
    packet = packet_of(flow, clock)
    for entry in device.interfaces:
        outs = forwarded(policy, device, entry, flow)
        passes = lists.permits(entry, 'in', packet)
        if outs and not passes:
            yield entry, outs, 'an allowed flow is dropped'
        if passes and not outs and (flow.protocol == 6 or lists.asa):
            yield entry, outs, 'a denied flow passes'
        for leave in device.interfaces if is_group(flow) and passes else ():
            if leave != entry and leave not in outs and \
                    lists.permits(leave, 'out', packet) and flow.protocol == 6:
                yield entry, [leave], 'a packet to a group leaves'
        answer = answer_of(packet)
        for leave in outs if not lists.asa and answer and not is_group(flow) else ():
            if not lists.permits(leave, 'in', answer):
                yield entry, [leave], 'an answer is dropped'


def compare_policy(seed):
    platform = ('cisco-ios', 'cisco-asa')[seed % 2]
    generator, text, inventory = agree.generated(seed)
    compared = 0
    with agree.Folder(text, inventory) as folder:
        policy = agree.load(folder, agree.prelude())
        folder.write(for_platform(text, platform))
        for mode in [None] + generator.modes:
            out = os.path.join(folder.path, 'out-%s' % mode)
            code, _, errors = agree.run(
                'compile', '--at', agree.time_text(FROM), '-o', out, folder.policy,
                *(('--mode', mode) if mode else ()))
            if code:
                return compared, ['seed %d: exit %d\n%s' % (seed, code, errors[-1500:])]
        for instant, mode in generator.moments(MOMENTS):
            if not FROM <= instant < UNTIL:
                continue
            clock = wall_clock(instant, generator.timezone)
            flows = generator.flows((instant, mode), FLOWS)
            for device in policy.devices:
                path = os.path.join(folder.path, 'out-%s' % mode, device.name,
                                    FILES[platform])
                with open(path, encoding='utf-8') as file:
                    lists = cisco.Device(file.read(), platform == 'cisco-asa')
                for flow in flows:
                    for entry, outs, fault in faults(policy, device, lists, flow, clock):
                        return compared, ['seed %d, %s %s -> %s at %s: %s: %s\n%s' % (
                            seed, device.name, entry, outs, agree.time_text(instant),
                            fault, flow, re.sub('^', '  ', text, flags=re.M))]
                    compared += len(device.interfaces)
    return compared, []


def main():
    if not os.path.exists(LISTED):
        agree.skip('tests/naive/listed is not built')
    results = agree.over_seeds(compare_config, range(CONFIGS))
    results += agree.over_seeds(compare_policy, range(POLICIES))
    return agree.report('packets judged alike', results,
                        int(100000 * min(1, agree.SCALE)))


if __name__ == '__main__':
    sys.exit(main())
