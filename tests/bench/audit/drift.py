#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""drift.py CONFIG: an IOS configuration after years of changes by hand. Its permits of
hosts stand in another order and without remarks; one in a hundred is gone, one has
another port, one is for a whole /24."""
import random
import re
import sys


def drifted(line, pick):
    chance = pick.random()
    if chance < .01:
        return []
    if chance < .02:
        line = re.sub(r' eq \d+', ' eq %d' % pick.randrange(65000), line)
    elif chance < .03:
        line = re.sub(r'host (\d+\.\d+\.\d+)\.\d+', r'\1.0 0.0.0.255', line, count=1)
    return [line]


def main():
    pick, run = random.Random(2), []
    with open(sys.argv[1], encoding='ascii') as file:
        for line in file:
            if line.startswith(' permit ') and ' host ' in line:
                run += drifted(line, pick)
            elif not line.startswith(' remark '):
                pick.shuffle(run)
                sys.stdout.writelines(run + [line])
                run = []


main()
