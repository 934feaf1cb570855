#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""generate.py RULES: a policy of so many rules, each 5 sources x 5 destinations
x 2 ports, for one device. `--target PLATFORM` is its platform. `--anonymous` prints
the same as nftables rules with one anonymous concatenated set each, for comparison."""
import random
import sys


def rules(count):
    pick = random.Random(1)
    for _ in range(count):
        yield ([f"10.{pick.randrange(128)}.{pick.randrange(256)}.{pick.randrange(256)}"
                for _ in range(5)],
               [f"10.{128 + pick.randrange(128)}.{pick.randrange(256)}.{pick.randrange(256)}"
                for _ in range(5)],
               pick.randrange(1, 60000))


def policy(count):
    print('zone office level 3 { subnet 10.0.0.0/9 }')
    print('zone plant level 2 { subnet 10.128.0.0/9 }')
    print('conduit work between office and plant {')
    for sources, destinations, port in rules(count):
        print(f"    allow {', '.join(sources)} -> {', '.join(destinations)} : "
              f"tcp {port}, tcp {port + 3}")
    target = sys.argv[sys.argv.index('--target') + 1] if '--target' in sys.argv else 'nftables'
    print('}\ndevice fw {\n    platform ' + target)
    print('    interface eth0 faces office\n    interface eth1 faces plant\n}')


def anonymous(count):
    print('table inet anonymous {\n\tchain forward {')
    print('\t\ttype filter hook forward priority filter; policy drop;')
    for sources, destinations, port in rules(count):
        elements = ', '.join(f"{source} . {destination} . {number}"
                             for source in sources for destination in destinations
                             for number in (port, port + 3))
        print(f"\t\tip saddr . ip daddr . tcp dport {{ {elements} }} accept")
    print('\t}\n}')


(anonymous if '--anonymous' in sys.argv else policy)(int(sys.argv[1]))
