# SPDX-License-Identifier: Apache-2.0
"""The reader of FortiOS, the naive evaluator of its configurations and the naive
evaluator of policies judge packets alike: random configurations of other hands, and
what `compile` makes of random policies. And a change leads there and back on a device
that refuses names it does not know and to delete what is in use."""
import os
import re

import agree
import configured
import fortios
from configured import read_file
from random_fortios import Maker


class FortiOS(configured.Platform):
    name, file = 'fortios', 'fortios.conf'

    def adapt(self, text):
        """Multicast policies cannot say all of it."""
        return re.sub(r'; multicast [^;}]*', '', text)

    def maker(self, seed):
        return Maker(seed)

    def read(self, text):
        return fortios.Device(text)

    def passes(self, device, entry, leave, packet):
        return device.permits(entry, leave, packet)

    def excused(self, device, entry, leave, answer):
        """An open zone goes before what its policies deny in no manual."""
        return device.same_open_zone(entry, leave) and answer == 'unknown'

    def faults(self, policy, device, made, flow, clock):
        """At each pair of interfaces."""
        packet = fortios.Packet(flow.source[0], flow.source[1], flow.destination[1],
                                flow.protocol, flow.sport, flow.dport, clock)
        for entry in device.interfaces:
            for leave in device.interfaces:
                allowed = policy.admits(device, entry, leave, flow)
                if allowed != made.permits(entry, leave, packet):
                    yield entry, leave, 'an allowed flow is dropped' if allowed \
                        else 'a denied flow passes'


# ---- a change, on a device that refuses what a device refuses ----

def compiled(folder, name, text, *options):
    folder.write(text)
    return configured.compiled(folder, name, *options)


def without_a_rule(generator, text):
    lines = text.splitlines()
    rules = [i for i, line in enumerate(lines) if line.strip().startswith(('allow', 'deny'))]
    del lines[generator.random.choice(rules)]
    return '\n'.join(lines) + '\n'


def settings(device):
    """The tables as they are on a device: unnamed defaults and empty tables are none."""
    return {path: [(name, sorted(entry.items())) for name, entry in table.items()]
            for path, table in device.tables.items() if table and 'global' not in path}


def names_of(tables):
    return {path: {name for name, _ in table} for path, table in tables.items()}


def without_order(tables):
    return {path: dict(table) for path, table in tables.items()}


def faults_of_change(before, change, fresh, back):
    """What is wrong about a device that had one text, got another, and went back; a third
    is made for a device that had none."""
    device, alone = fortios.Device(''), settings(fortios.Device(fresh))
    yield from device.apply(before)
    old = settings(device)
    yield from device.apply(change)
    new = settings(device)
    if new['firewall policy'] != alone['firewall policy']:
        yield 'the policies are not those of a device that had none'
    if names_of(new) != names_of(alone):
        yield 'something is left behind'
    yield from device.apply(back)
    new = settings(device)
    if without_order(new) != without_order(old) or new['firewall policy'] != old['firewall policy']:
        yield 'the way back does not lead back'


def change_device(folder, name, before, cut):
    """(faults, '') of one device, or (none, what `compile` said instead)."""
    path = os.path.join(folder.path, 'before.conf')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(read_file(before, name, FortiOS.file))
    then, errors = compiled(folder, 'then', cut, '--device', name, '--previous', path)
    if errors:
        return [], errors
    return list(faults_of_change(
        read_file(path), read_file(then, name, FortiOS.file),
        read_file(folder.path, 'fresh', name, FortiOS.file),
        read_file(then, name, 'rollback.conf'))), ''


def compare_change(platform, seed):
    generator, text, inventory = agree.generated(seed)
    text = platform.adapt(text)
    whole = platform.protected(text)
    cut = platform.protected(without_a_rule(generator, text))
    with agree.Folder(text, inventory) as folder:
        before, errors = compiled(folder, 'before', whole)
        if not errors:
            _, errors = compiled(folder, 'fresh', cut)
        names = sorted(os.listdir(before)) if not errors else []
        for name in names:
            faults, errors = change_device(folder, name, before, cut)
            if faults or errors:
                return 0, ['seed %d, %s: %s' % (seed, name, faults[:3] or errors)]
    return len(names), ['seed %d: %s' % (seed, errors)] if errors else []


# ---- emitted, read and proved ----

def prove(platform, seed):
    """The devices of one more policy, each proved equal by `compile` itself."""
    _, text, inventory = agree.generated(1000 + seed)
    with agree.Folder(text, inventory) as folder:
        out, errors = compiled(folder, 'out', platform.protected(platform.adapt(text)))
        devices = 0 if errors else len(os.listdir(out))
    return devices, ['seed %d: %s' % (1000 + seed, errors)] if errors else []


if __name__ == '__main__':
    configured.judge([FortiOS()], 300, 30, (compare_change, 30), (prove, 200))
