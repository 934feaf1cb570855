# SPDX-License-Identifier: Apache-2.0
"""Random policies for iptables: what is made of each is read back and proved equal to
it, is the same made again, and changes in the lines of one rule where one changes.
Scaled by CORDON_TEST_SCALE, from seed CORDON_TEST_SEED on."""
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SRCDIR', '.')
sys.path.insert(0, os.path.join(SOURCE, 'tests/kernel'))
sys.dont_write_bytecode = True
from random_policy import RandomPolicy

CORDON = os.environ.get('CORDON', './cordon')
SEED = int(os.environ.get('CORDON_TEST_SEED', '1'))
POLICIES = max(1, int(200 * float(os.environ.get('CORDON_TEST_SCALE', '1'))))
FILES = ('iptables.rules', 'ip6tables.rules')


def compiled(folder, text, *options):
    """The lines of both files, or what was said instead."""
    path, out = os.path.join(folder, 'policy'), os.path.join(folder, 'out')
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)
    done = subprocess.run([CORDON, 'compile', '--at', '2026-06-01T00:00:00Z', '-o', out, *options, path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        return [line for line in done.stderr.splitlines() if 'error' in line][:3], False
    lines = []
    for name in FILES:
        with open(os.path.join(out, 'fw', name), encoding='utf-8') as file:
            lines += file.read().splitlines()
    return lines, True


def edited(policy):
    """The same policy with one more conduit's rule, which the others do not touch."""
    zones = list(policy.zones)
    return policy.text.replace('device fw', 'conduit more between %s and %s {\n    allow %s -> '
                               '%s : tcp 3, tcp 5 { id more }\n}\ndevice fw' % (
                                   *zones[:2], *zones[:2]))


def foreign(before, after):
    """Lines that came or went and are not of the rule `more`."""
    changed = set(before) ^ set(after)
    return [line for line in changed if '"more"' not in line and
            not line.startswith(':cordon-more') and not line.startswith('#')]


def judge(seed, folder):
    policy = RandomPolicy(seed, 'iptables')
    lines, fine = compiled(folder, policy.text)
    if not fine:
        return lines
    if compiled(folder, policy.text)[0] != lines:
        return ['not the same twice']
    monitored, fine = compiled(folder, policy.text, '--stage', 'monitor')
    if not fine or any(line.endswith('-j DROP') for line in monitored):
        return ['monitoring: ' + line for line in monitored[:3]]
    after, fine = compiled(folder, edited(policy))
    if not fine:
        return after
    # Where the pair had no rule before, its chain is new.
    return [line for line in foreign(lines, after) if not line.startswith(':cordon-eth') and
            ' -g cordon-eth' not in line]


def main():
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(SEED, SEED + POLICIES):
            faults += ['seed %d: %s' % (seed, fault) for fault in judge(seed, folder)]
    print('1..1\n%sok 1 - %d random policies proved, made alike twice, and changed where one '
          'rule was added' % ('not ' if faults else '', POLICIES))
    for fault in faults[:20]:
        print('# ' + fault)
    return bool(faults)


if __name__ == '__main__':
    sys.exit(main())
