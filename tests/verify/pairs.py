# SPDX-License-Identifier: Apache-2.0
"""All platforms agree: every device of random policies is made for all five, what was
made is read back, and each pair of the filters is compared directly, up to the declared
residue (pairs.c). Both families, schedules and dates, modes, groups, fragments, what is
for the device itself, and the monitoring stage. Scaled by CORDON_TEST_SCALE, from seed
CORDON_TEST_SEED on."""
import collections
import os
import random
import re
import sys

SOURCE = os.environ.get('SRCDIR', '.')
sys.path[:0] = [os.path.join(SOURCE, 'tests', room) for room in ('naive', 'kernel')]
sys.dont_write_bytecode = True
import agree
from random_policy import RandomPolicy

PAIRS = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/verify/pairs')
PLATFORMS = ('nftables', 'iptables', 'cisco-ios', 'cisco-asa', 'fortios')
SEED = int(os.environ.get('CORDON_TEST_SEED', '1'))
POLICIES = max(1, int(100 * agree.SCALE))
AT = 1767225600     # 2026 begins


class Plant:
    """A random policy each of whose devices is a cluster of one a platform."""

    def __init__(self, seed):
        self.random = random.Random('pairs %d' % seed)
        self.inventory = ''
        if seed % 3 == 0:
            text = RandomPolicy(seed).text
        else:
            _, text, self.inventory = agree.generated(seed)
        self.mode = self.random.choice(['-', 'startup', 'repair']) if seed % 3 else '-'
        self.monitor = self.chance(.2)
        if self.chance(.5):
            text = re.sub(r'; multicast [^;}]*', '', text)
        self.services = ', '.join(self.random.sample(
            ['tcp 22', 'tcp 443', 'udp 161', 'icmp echo-request', 'icmpv6 echo-request'], 2))
        self.text = re.sub(r'^device (\S+) \{\n(.*?)^\}', self.devices, text,
                           flags=re.M | re.S)

    def chance(self, probability):
        return self.random.random() < probability

    def devices(self, found):
        """Those of a redundant pair are devices of their own here."""
        name, body = found.groups()
        interfaces = re.findall(r'interface (\S+) faces (.*)', body)
        number = self.random.randrange(200)
        lines = ['    interface %s faces %s { address 198.18.%d.%d, 2001:db8:ffff:%x::%d }' % (
            interface, zones, number, at + 1, number, at + 1)
                 for at, (interface, zones) in enumerate(interfaces)]
        own = ['    manage from %s : %s' % (self.random.choice(
            ['any', re.split(', ', interfaces[0][1])[0]]), self.services)]
        own += ['    routing ospf, vrrp'] if self.chance(.4) else []
        fragments = ['    fragments deny'] if self.chance(.4) else []
        return '\n'.join(self.device(name, platform, lines, own, fragments)
                         for platform in PLATFORMS)

    def device(self, name, platform, lines, own, fragments):
        ios = platform == 'cisco-ios'
        only = ['    supports monitor-log'] + fragments if ios else []
        stage = ['    stage monitor'] if self.monitor else []
        # A FortiGate that monitors cannot protect itself, IOS must.
        own = [] if self.monitor and platform == 'fortios' else own
        return '\n'.join(['device %s-%s {' % (name, platform), '    platform ' + platform,
                          '    cluster ' + name, *stage, *only, *lines, *own, '}'])


def judge(folder, plant):
    code, out, errors = agree.run(folder.policy, str(AT), plant.mode, program=PAIRS)
    lines = out.splitlines()
    if code not in (0, 1) or not lines or not lines[-1].startswith('compared '):
        return 0, [], ['exit %d %s' % (code, errors[-1500:])]
    return int(lines[-1].split()[1]), [line for line in lines if line.startswith('refused')], [
        line for line in lines if line.startswith('differ')]


def kind_of(line):
    """The platforms and what they differ in."""
    return re.sub(r'.*?-([a-z-]+) \S+?-([a-z-]+): ([^:]*).*', r'\1 \2 \3', line)


def shrunk(folder, plant):
    """The smallest policy found that still shows a difference."""
    what = kind_of(judge(folder, plant)[2][0])
    def still_fails(fewer):
        folder.write(fewer)
        return what in map(kind_of, judge(folder, plant)[2])
    small = agree.shrink(plant.text, still_fails)
    folder.write(small)
    return judge(folder, plant)[2] + [small]


def compare(seed):
    """(pairs compared, faults, what was refused)"""
    plant = Plant(seed)
    with agree.Folder(plant.text, plant.inventory) as folder:
        compared, refused, faults = judge(folder, plant)
        if faults and faults[0].startswith('differ'):
            faults += shrunk(folder, plant)
    return compared, faults and ['seed %d, mode %s: %s' % (
        seed, plant.mode, '\n'.join(faults))], refused


def main():
    if not os.path.exists(PAIRS):
        agree.skip('tests/verify/pairs is not built')
    results = agree.over_seeds(compare, range(SEED, SEED + POLICIES))
    refused = collections.Counter(re.search('%s(?=:)' % '|'.join(PLATFORMS), line)[0]
                                  for _, _, lines in results for line in lines)
    print('# %d policies; devices that a platform refuses: %s' % (POLICIES, dict(refused)))
    return agree.report('pairs of platforms agree', [result[:2] for result in results],
                        6 * POLICIES)


if __name__ == '__main__':
    sys.exit(main())
