# SPDX-License-Identifier: Apache-2.0
"""The reader of FortiOS, the naive evaluator of its configurations and the naive
evaluator of policies judge packets alike: random configurations of other hands, and
what `compile` makes of random policies. And a change leads there and back on a device
that refuses names it does not know and to delete what is in use."""
import datetime
import os
import re
import sys
import zoneinfo

import agree
import fortios
from random_fortios import Maker

LISTED = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/naive/listed')
CONFIGS = max(1, int(300 * agree.SCALE))
POLICIES = max(1, int(30 * agree.SCALE))
PROOFS = max(1, int(200 * agree.SCALE))
PACKETS, MOMENTS, FLOWS = 400, 3, 60
FROM, UNTIL = 1767225600, 1798761600  # the year 2026
ZONE = 'America/Chicago'


def wall_clock(instant, zone):
    return datetime.datetime.fromtimestamp(
        instant, zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)


def question(entry, leave, packet, instant):
    return '%s %s first %s %s %d %d %d %d\n' % (
        entry, leave, agree.text_of(packet.version, packet.source),
        agree.text_of(packet.version, packet.destination), packet.protocol,
        packet.sport, packet.dport, instant)


# ---- the reader and the naive evaluator, on configurations of other hands ----

def compare_config(seed):
    maker = Maker(seed)
    text = maker.make()
    device = fortios.Device(text)
    asked = []
    for _ in range(PACKETS):
        instant = FROM + maker.random.randrange(90 * 86400)
        entry, leave = maker.random.sample(maker.INTERFACES, 2)
        asked.append((entry, leave, maker.packet(wall_clock(instant, ZONE)), instant))
    with agree.Folder(text, '') as folder:
        code, out, errors = agree.run(
            'fortios', folder.policy, ZONE, str(FROM), str(UNTIL), program=LISTED,
            text=''.join(question(*each) for each in asked))
    found = out.split()
    if code or errors or len(found) != len(asked):
        return 0, ['seed %d: exit %d, %s\n%s' % (seed, code, errors[:800], text)]
    for (entry, leave, packet, instant), got in zip(asked, found):
        passes = device.permits(entry, leave, packet)
        # An open zone goes before what its policies deny in no manual.
        open_zone = device.same_open_zone(entry, leave) and got == 'unknown'
        if ('allow' if passes else 'deny') != got and not open_zone:
            return 0, ['seed %d: naive says %s, the reader %s: %s%s' % (
                seed, passes, got, question(entry, leave, packet, instant), text)]
    return len(asked), []


# ---- what is compiled, and the policy ----

def for_platform(text):
    """The same policy for FortiGates, whose multicast policies cannot say all of it,
    that protect themselves."""
    text = re.sub(r'; multicast [^;}]*', '', text)
    lines, number, inside = [], 0, False
    for line in text.splitlines():
        inside = inside or line.startswith('device ')
        if inside and line.strip().startswith('interface '):
            number += 1
            line += ' { address 198.18.%d.1, 2001:db8:ffff::%d }' % (number, number)
        if inside and line.strip() == '}':
            lines.append('    manage from any : tcp 22, icmp echo-request')
            inside = False
        lines.append(line.replace('platform nftables', 'platform fortios'))
    return '\n'.join(lines) + '\n'


def packet_of(flow, clock):
    return fortios.Packet(flow.source[0], flow.source[1], flow.destination[1],
                          flow.protocol, flow.sport, flow.dport, clock)


def faults(policy, device, made, flow, clock):
    """What is wrong about one flow, at each pair of interfaces."""
    packet = packet_of(flow, clock)
    for entry in device.interfaces:
        for leave in device.interfaces:
            allowed = policy.admits(device, entry, leave, flow)
            if allowed != made.permits(entry, leave, packet):
                yield entry, leave, 'an allowed flow is dropped' if allowed \
                    else 'a denied flow passes'


def compare_policy(seed):
    generator, text, inventory = agree.generated(seed)
    compared = 0
    text = re.sub(r'; multicast [^;}]*', '', text)
    with agree.Folder(text, inventory) as folder:
        policy = agree.load(folder, agree.prelude())
        folder.write(for_platform(text))
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
                                    'fortios.conf')
                with open(path, encoding='utf-8') as file:
                    made = fortios.Device(file.read())
                for flow in flows:
                    for entry, leave, fault in faults(policy, device, made, flow, clock):
                        return compared, ['seed %d, %s %s -> %s at %s: %s: %s\n%s' % (
                            seed, device.name, entry, leave, agree.time_text(instant),
                            fault, flow, re.sub('^', '  ', text, flags=re.M))]
                    compared += len(device.interfaces) ** 2
    return compared, []


# ---- a change, on a device that refuses what a device refuses ----

def compiled(folder, text, previous=None):
    folder.write(text)
    out = os.path.join(folder.path, 'out-%s' % (previous is not None))
    more = ()
    if previous is not None:
        path = os.path.join(folder.path, 'before.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(previous[1])
        more = ('--device', previous[0], '--previous', path)
    code, _, errors = agree.run('compile', '--at', agree.time_text(FROM), '-o', out,
                                folder.policy, *more)
    return out, errors[-1500:] if code else ''


def read_file(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


def without_a_rule(generator, text):
    lines = text.splitlines()
    rules = [i for i, line in enumerate(lines) if line.strip().startswith(('allow', 'deny'))]
    del lines[generator.random.choice(rules)]
    return '\n'.join(lines) + '\n'


def settings(device):
    """The tables as they are on a device: unnamed defaults and empty tables are none."""
    return {path: [(name, sorted(entry.items())) for name, entry in table.items()]
            for path, table in device.tables.items() if table and 'global' not in path}


def compare_change(seed):
    generator, text, inventory = agree.generated(seed)
    whole, cut = for_platform(text), for_platform(without_a_rule(generator, text))
    with agree.Folder(text, inventory) as folder:
        out, errors = compiled(folder, whole)
        names = sorted(os.listdir(out)) if not errors else []
        for name in names:
            before = read_file(out, name, 'fortios.conf')
            then, errors = compiled(folder, cut, (name, before))
            if errors:
                break
            device = fortios.Device('')
            faults = list(device.apply(before))
            old = settings(device)
            faults += device.apply(read_file(then, name, 'fortios.conf'))
            fresh, errors = compiled(folder, cut)
            alone = fortios.Device(read_file(fresh, name, 'fortios.conf'))
            if settings(device)['firewall policy'] != settings(alone)['firewall policy']:
                faults.append('the policies are not those of a device that had none')
            if settings(device).keys() != settings(alone).keys() or any(
                    dict(settings(device)[path]).keys() != dict(settings(alone)[path]).keys()
                    for path in settings(alone)):
                faults.append('something is left behind')
            faults += device.apply(read_file(then, name, 'rollback.conf'))
            if {path: dict(table) for path, table in settings(device).items()} != \
                    {path: dict(table) for path, table in old.items()} or \
                    settings(device)['firewall policy'] != old['firewall policy']:
                faults.append('the way back does not lead back')
            if faults:
                return 0, ['seed %d, %s: %s' % (seed, name, faults[:3])]
    return len(names), ['seed %d: %s' % (seed, errors)] if errors else []


# ---- emitted, read and proved ----

def prove(seed):
    """The devices of one more policy, each proved equal by `compile` itself."""
    _, text, inventory = agree.generated(1000 + seed)
    with agree.Folder(text, inventory) as folder:
        out, errors = compiled(folder, for_platform(text))
        devices = 0 if errors else len(os.listdir(out))
    return devices, ['seed %d: %s' % (1000 + seed, errors)] if errors else []


def main():
    if not os.path.exists(LISTED):
        agree.skip('tests/naive/listed is not built')
    results = agree.over_seeds(compare_config, range(CONFIGS))
    results += agree.over_seeds(compare_policy, range(POLICIES))
    results += agree.over_seeds(compare_change, range(POLICIES))
    results += agree.over_seeds(prove, range(PROOFS))
    return agree.report('packets judged alike', results,
                        int(100000 * min(1, agree.SCALE)))


if __name__ == '__main__':
    sys.exit(main())
