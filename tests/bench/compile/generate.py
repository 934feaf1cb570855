#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""generate.py RULES: a policy of so many rules, each 5 sources x 5 destinations
x 2 ports, or `--single` of each, for one device. `--target PLATFORM` is its platform.
`--anonymous` prints the same as nftables rules with one anonymous concatenated set
each, for comparison."""
import random
import sys


EACH = 1 if '--single' in sys.argv else 5


def rules(count):
    pick = random.Random(1)
    for _ in range(count):
        sources, destinations = (
            [f"10.{low + pick.randrange(128)}.{pick.randrange(256)}.{pick.randrange(256)}"
             for _ in range(EACH)] for low in (0, 128))
        port = pick.randrange(1, 60000)
        yield sources, destinations, [port, port + 3] if EACH > 1 else [port]


def policy(count):
    print('zone office level 3 { subnet 10.0.0.0/9 }')
    print('zone plant level 2 { subnet 10.128.0.0/9 }')
    print('conduit work between office and plant {')
    for sources, destinations, ports in rules(count):
        print(f"    allow {', '.join(sources)} -> {', '.join(destinations)} : "
              + ', '.join(f"tcp {port}" for port in ports))
    target = sys.argv[sys.argv.index('--target') + 1] if '--target' in sys.argv else 'nftables'
    print('}\ndevice fw {\n    platform ' + target)
    own = target == 'cisco-ios'  # its lists decide about what is for the device, too
    print('    interface eth0 faces office' + ' { address 10.0.0.1 }' * own)
    print('    interface eth1 faces plant' + ' { address 10.128.0.1 }' * own)
    print('    manage from office : ssh\n' * own + '}')


def anonymous(count):
    print('table inet anonymous {\n\tchain forward {')
    print('\t\ttype filter hook forward priority filter; policy drop;')
    for sources, destinations, ports in rules(count):
        elements = ', '.join(f"{source} . {destination} . {number}"
                             for source in sources for destination in destinations
                             for number in ports)
        print(f"\t\tip saddr . ip daddr . tcp dport {{ {elements} }} accept")
    print('\t}\n}')


(anonymous if '--anonymous' in sys.argv else policy)(int(sys.argv[1]))
