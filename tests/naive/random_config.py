# SPDX-License-Identifier: Apache-2.0
"""What the makers of random configurations share: choices that follow from the seed,
addresses and ports that lie close together, and packets at the edges of all that was
written."""
import ipaddress
import random


class ConfigMaker:
    """A subclass writes a configuration into `text`, by number() and port() alone."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numbers = {4: {0, 2 ** 32 - 1}, 6: {0, 2 ** 128 - 1}}
        self.ports = {0, 1, 65535}
        self.text = []

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, probability):
        return self.random.random() < probability

    def number(self, version):
        """One of 64 addresses; it and those around it are tried later."""
        low = self.random.randrange(64)
        value = (10 << 24) + low if version == 4 else (0x20010db8 << 96) + low
        self.numbers[version].update(
            max(0, value + d) for d in (-1, 0, 1, self.pick(4, 8, 16, 32)))
        return value

    def port(self):
        value = self.pick(22, 80, 443, self.random.randrange(65536))
        self.ports.update((max(0, value - 1), value, min(65535, value + 1)))
        return value

    def header(self):
        """(version, source, destination, protocol, source port or ICMP type,
        destination port or code)"""
        version = self.pick(4, 6)
        protocol = self.pick(6, 6, 17, 58 if version == 6 else 1, 50, 47, 132)
        numbers, ports = sorted(self.numbers[version]), sorted(self.ports)
        if protocol in (1, 58):
            sport, dport = self.pick(0, 1, 3, 8, 128, 129, 135), self.pick(0, 1, 4)
        elif protocol in (6, 17, 132):
            sport, dport = self.random.choice(ports), self.random.choice(ports)
        else:
            sport = dport = 0
        return (version, self.random.choice(numbers), self.random.choice(numbers), protocol,
                sport, dport)


def address_text(version, value):
    return str(ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value))
