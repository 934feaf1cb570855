# SPDX-License-Identifier: Apache-2.0
"""What the agreement tests of platforms share whose configurations a naive evaluator
reads: the program's reader and the evaluator judge packets alike over random
configurations of other hands, and the evaluator judges as the policy says what
`compile` makes of random policies."""
import datetime
import functools
import os
import re
import sys
import zoneinfo

import agree

LISTED = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/naive/listed')
PACKETS, MOMENTS, FLOWS = 400, 3, 60
FROM, UNTIL = 1767225600, 1798761600  # the year 2026
ZONE = 'America/Chicago'


class Platform:
    """A subclass gives `name`, as in a policy, `file`, which `compile` writes, and

        maker(seed)         a maker of a random configuration: make(), and then way() and
                            packet(clock), at the edges of what it says
        read(text)          the naive evaluator of a configuration
        passes(device, entry, leave, packet)
                            what that says
        faults(policy, device, made, flow, clock)
                            (way in, way out, what is wrong) of one flow, where the naive
                            evaluator of what was made does not say what the policy does

    and, where they are not these:"""

    name = file = None

    def adapt(self, text):
        """The random policy as this platform can carry it."""
        return text

    def excused(self, device, entry, leave, answer):
        """The reader need not say what the naive evaluator does."""
        return False

    def protected(self, text):
        """The same policy on devices of this platform that protect themselves."""
        lines, number, inside = [], 0, False
        for line in text.splitlines():
            inside = inside or line.startswith('device ')
            if inside and line.strip().startswith('interface '):
                number += 1
                line += ' { address 198.18.%d.1, 2001:db8:fffe::%d }' % (number, number)
            if inside and line.strip() == '}':
                lines.append('    manage from any : tcp 22, icmp echo-request')
                inside = False
            lines.append(line.replace('platform nftables', 'platform ' + self.name))
        return '\n'.join(lines) + '\n'


def wall_clock(instant, zone):
    return datetime.datetime.fromtimestamp(
        instant, zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)


# ---- configurations of other hands ----

def question(entry, leave, packet, instant):
    return '%s %s %s %s %s %d %d %d %d\n' % (
        entry, leave, getattr(packet, 'kind', 'first'),
        agree.text_of(packet.version, packet.source),
        agree.text_of(packet.version, packet.destination), packet.protocol,
        packet.sport, packet.dport, instant)


def questions(maker):
    for _ in range(PACKETS):
        instant = FROM + maker.random.randrange(90 * 86400)
        yield *maker.way(), maker.packet(wall_clock(instant, ZONE)), instant


def compare_config(platform, seed):
    maker = platform.maker(seed)
    text = maker.make()
    device = platform.read(text)
    asked = list(questions(maker))
    with agree.Folder(text, '') as folder:
        code, out, errors = agree.run(
            platform.name, folder.policy, ZONE, str(FROM), str(UNTIL), program=LISTED,
            text=''.join(question(*each) for each in asked))
    found = out.split()
    if code or errors or len(found) != len(asked):
        return 0, ['seed %d: exit %d, %s\n%s' % (seed, code, errors[:800], text)]
    for each, answer in zip(asked, found):
        passes = platform.passes(device, *each[:3])
        if ('allow' if passes else 'deny') != answer and \
                not platform.excused(device, *each[:2], answer):
            return 0, ['%s, seed %d: naive says %s, the reader %s: %s%s' % (
                platform.name, seed, passes, answer, question(*each), text)]
    return len(asked), []


# ---- what is compiled, and the policy ----

def compiled(folder, name, *options):
    """What was written for each device into a folder of the folder: (path, '') or
    (path, what was said instead)."""
    out = os.path.join(folder.path, name)
    code, _, errors = agree.run('compile', '--at', agree.time_text(FROM), '-o', out,
                                folder.policy, *options)
    return out, 'exit %d\n%s' % (code, errors[-1500:]) if code else ''


def read_file(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


def compare_devices(platform, policy, out, flows, clock):
    """(flows compared at all ways in, the first fault as text or None)"""
    compared = 0
    for device in policy.devices:
        made = platform.read(read_file(out, device.name, platform.file))
        for flow in flows:
            for entry, leave, fault in platform.faults(policy, device, made, flow, clock):
                return compared, '%s %s -> %s: %s: %s' % (device.name, entry, leave, fault, flow)
            compared += len(device.interfaces)
    return compared, None


def compare_policy(platform, seed):
    generator, text, inventory = agree.generated(seed)
    text = platform.adapt(text)
    compared, out = 0, {}
    with agree.Folder(text, inventory) as folder:
        policy = agree.load(folder, agree.prelude())
        folder.write(platform.protected(text))
        for mode in [None] + generator.modes:
            out[mode], errors = compiled(folder, 'out-%s' % mode,
                                         *(('--mode', mode) if mode else ()))
            if errors:
                return compared, ['%s, seed %d: %s' % (platform.name, seed, errors)]
        for instant, mode in generator.moments(MOMENTS):
            if not FROM <= instant < UNTIL:
                continue
            count, fault = compare_devices(
                platform, policy, out[mode], generator.flows((instant, mode), FLOWS),
                wall_clock(instant, generator.timezone))
            compared += count
            if fault:
                return compared, ['%s, seed %d, at %s: %s\n%s' % (
                    platform.name, seed, agree.time_text(instant), fault,
                    re.sub('^', '  ', text, flags=re.M))]
    return compared, []


# ---- the whole ----

def scaled(count):
    return range(max(1, int(count * agree.SCALE)))


def over(work, platforms, count):
    """The results of work(platform, seed) over as many seeds, the platforms in turn."""
    results = []
    for at, platform in enumerate(platforms):
        results += agree.over_seeds(functools.partial(work, platform),
                                    scaled(count)[at::len(platforms)])
    return results


def judge(platforms, configs, policies, *more):
    """Runs and reports all of it; each of `more` is (work, count)."""
    if not os.path.exists(LISTED):
        agree.skip('tests/naive/listed is not built')
    results = []
    for work, count in ((compare_config, configs), (compare_policy, policies), *more):
        results += over(work, platforms, count)
    sys.exit(agree.report('packets judged alike', results,
                          int(100000 * min(1, agree.SCALE))))
