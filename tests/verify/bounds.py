# SPDX-License-Identifier: Apache-2.0
"""Random rules of iptables, some with a condition that is not understood, against the
same rules where it holds and where it does not: what the reader says for certain holds
either way, and with one such rule nothing is left open that is the same either way.
Scaled by CORDON_TEST_SCALE, from seed CORDON_TEST_SEED on."""
import itertools
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ.get('SRCDIR', '.')
sys.path.insert(0, os.path.join(SOURCE, 'tests/kernel'))
sys.dont_write_bytecode = True
from random_iptables import WIRES, RandomIptables

SEED = int(os.environ.get('CORDON_TEST_SEED', '1'))
RULESETS = max(4, int(30 * float(os.environ.get('CORDON_TEST_SCALE', '1'))))
LISTED = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/naive/listed')
FLOWS = 300
AT = 1780272000
# Every wire is named, so that each is an interface of its own whatever rules are gone.
NAMED = ['*mangle', ':FORWARD ACCEPT [0:0]',
         *('-A FORWARD -i %s -j MARK --set-mark 1' % name for name in WIRES), 'COMMIT']
OPAQUE = ' -m u32 --u32 0x0=0x1'


def asked(folder, lines, questions):
    path = os.path.join(folder, 'rules')
    with open(path, 'w', encoding='ascii') as file:
        file.write('\n'.join(NAMED + lines) + '\n')
    done = subprocess.run([LISTED, 'iptables', path, 'UTC', str(AT), str(AT + 1)],
                          input=questions, text=True, capture_output=True, check=True)
    return done.stdout.split()


def opaque(line):
    """The condition stands before what the rule does."""
    at = max(line.rfind(' -j '), line.rfind(' -g '))
    return line[:at] + OPAQUE + line[at:]


def either_way(folder, lines, chosen, questions):
    """For each flow, the answers with every choice of the conditions."""
    answers = []
    for truth in itertools.product((True, False), repeat=len(chosen)):
        gone = {at for at, holds in zip(chosen, truth) if not holds}
        answers.append(asked(folder, [line for at, line in enumerate(lines) if at not in gone],
                             questions))
    return [set(each) for each in zip(*answers)]


def judge(seed, folder, opaques):
    """(answers, wrong ones, those left open without need)"""
    rules = RandomIptables(seed)
    lines = rules.text.splitlines()
    places = [at for at, line in enumerate(lines)
              if line.startswith('-A') and (' -j ' in line or ' -g ' in line)]
    chosen = rules.random.sample(places, min(opaques, len(places)))
    # A rule that is inserted at a number needs those before it.
    if any(line.startswith('-I') for line in lines):
        lines = [line.replace('-I', '-A', 1) if line.startswith('-I') else line for line in lines]
        lines = [' '.join(words[:2] + words[3:]) if words[0] == '-A' and len(words) > 2 and
                 words[2].isdigit() else line for line in lines for words in [line.split(' ')]]
    questions = ''.join('%s %s first %s %s %d %d %d %d\n' % (
        wire, rules.random.choice(WIRES), source, destination, protocol, sport, dport, AT)
        for wire, source, destination, protocol, sport, dport in
        (rules.flow() for _ in range(FLOWS)))
    said = asked(folder, [opaque(line) if at in chosen else line
                          for at, line in enumerate(lines)], questions)
    true = either_way(folder, lines, chosen, questions)
    wrong = [(one, answers) for one, answers in zip(said, true)
             if one != 'unknown' and answers != {one}]
    loose = [answers for one, answers in zip(said, true) if one == 'unknown' and
             len(answers) == 1]
    return len(said), wrong, loose


def main():
    print('1..3')
    total = {1: [0, 0, 0], 3: [0, 0, 0]}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(SEED, SEED + RULESETS):
            for opaques, sums in total.items():
                asked_of, wrong, loose = judge(seed, folder, opaques)
                sums[0] += asked_of
                sums[1] += len(wrong)
                sums[2] += len(loose)
                if wrong or (loose and opaques == 1):
                    print('# seed %d, %d opaque: %d wrong, %d loose' % (
                        seed, opaques, len(wrong), len(loose)))
    fine = [total[1][1] == 0, total[3][1] == 0, total[1][2] == 0]
    print('%sok 1 - one condition: %d answers hold' % ('' if fine[0] else 'not ', total[1][0]))
    print('%sok 2 - three conditions: %d answers hold, %d left open without need' % (
        '' if fine[1] else 'not ', total[3][0], total[3][2]))
    print('%sok 3 - one condition: none is left open without need' % (
        '' if fine[2] else 'not '))
    return 0 if all(fine) else 1


if __name__ == '__main__':
    sys.exit(main())
