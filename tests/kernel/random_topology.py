# SPDX-License-Identifier: Apache-2.0
"""Random plants of several devices: rows, rings, devices side by side and redundant
pairs; segments that hold one zone or several; zones nested in zones, on the segment of
the outer one or behind a device of their own. Half of the devices are nftables, half
iptables. Packets go by one of the ways that the plant has; turn() takes others."""
import ipaddress
import os

import probe
from random_plant import RandomPlant
from random_policy import RandomPolicy
from segment import Segment, Sender
from xtables import FAMILIES, restore

LEAST, MOST = 3, 6          # devices


class Device:
    def __init__(self, name, cluster, faces):
        self.name, self.cluster, self.faces = name, cluster, faces   # segment -> zones

    def text(self, platform):
        lines = ['device %s {' % self.name, '    platform ' + platform]
        lines += ['    cluster ' + self.cluster] if self.cluster else []
        lines += ['    interface %s faces %s' % (segment, ', '.join(zones))
                  for segment, zones in self.faces.items()]
        return lines + ['}']


class TopologyPolicy(RandomPolicy):
    """Its `interfaces` are the segments, and a device calls its own after them."""
    CONDUITS = 5, 9

    def make_zones(self):
        self.named = {}          # segment -> the zones that a device says it faces there
        self.nested = self.more_ways = 0
        for number in range(self.random.randint(3, 5)):
            self.named['s%d' % number] = []
            for _ in range(self.pick(1, 1, 2)):
                self.new_zone('s%d' % number)
        for name in list(self.zones):
            while self.zones[name][0].prefixlen < 28 and self.chance(.45):
                name = self.nest(name)
        if self.chance(.6):
            self.named['ext0'], self.wire_of['external'] = ['external'], 'ext0'
        self.edges['external'] = [ipaddress.ip_address(text) for text in (
            '198.51.100.7', '203.0.113.0', '9.255.255.255', '2001:db8::7')]

    def new_zone(self, segment):
        number = len(self.zones) + 1
        self.zone('z%d' % number, ['10.%d.0.0/%d' % (number, self.pick(20, 24, 26)),
                                   'fd00:%x::/%d' % (number, self.pick(48, 64, 112))], segment)
        self.named[segment].append('z%d' % number)

    def nest(self, outer):
        """Its first or last addresses are a zone of their own: on the same segment,
        where devices name it or do not, or on another one."""
        name, first = '%s-in' % outer, self.chance(.5)
        networks = []
        for network in self.zones[outer]:
            length = min(network.prefixlen + self.random.randint(1, 4), network.max_prefixlen - 1)
            size = 1 << network.max_prefixlen - length
            base = int(network[0] if first else network[-1]) & ~(size - 1)
            networks.append('%s/%d' % (type(network[0])(base), length))
        segment = self.random.choice(list(self.named)) if self.chance(.5) else self.wire_of[outer]
        self.zone(name, networks, segment)
        if segment != self.wire_of[outer] or self.chance(.3):
            self.named[segment].append(name)
        self.nested += 1
        return name

    # ---- devices ----

    def make_device(self):
        self.devices = []
        rest = list(self.named)
        self.random.shuffle(rest)
        joined = [rest.pop()]
        while rest:
            count = self.pick(1, 1, 2)
            self.join([self.random.choice(joined)] + rest[:count])
            joined, rest = joined + rest[:count], rest[count:]
        while len(self.devices) < LEAST or (len(self.devices) < MOST and self.chance(.6)):
            self.side_by_side(joined)
        platforms = ['nftables', 'iptables'] * MOST
        platforms = platforms[self.pick(0, 1):]
        self.platform_of = {}
        for device, platform in zip(self.devices, platforms):
            self.platform_of[device.name] = platform
            self.lines += device.text(platform)

    def side_by_side(self, segments):
        """One more of a pair, or another way between segments."""
        single = [device for device in self.devices if not device.cluster]
        if single and self.chance(.4):
            device = self.random.choice(single)
            device.cluster = 'pair-' + device.name
            self.devices.append(Device('fw%d' % len(self.devices), device.cluster, device.faces))
        else:
            self.more_ways += 1
            self.join(self.random.sample(segments, self.pick(2, 2, min(3, len(segments)))))

    def join(self, segments):
        """The first device of a segment names all its zones, others some of them."""
        faces = {}
        for segment in segments:
            zones = self.named[segment]
            known = any(segment in device.faces for device in self.devices)
            faces[segment] = self.random.sample(zones, self.random.randint(1, len(zones))) \
                if known else zones
        self.devices.append(Device('fw%d' % len(self.devices), None, faces))

    # ---- ways ----

    def tree(self):
        """Of each pair one device, and of all ways one between any two segments: the
        segments that each device joins."""
        ends, tree = {}, {}

        def root(end):
            while end in ends:
                end = ends[end]
            return end

        for device, segment in self.random.sample(self.links(), len(self.links())):
            one, other = root(('device', device)), root(('segment', segment))
            if one != other:
                ends[one] = other
                tree.setdefault(device, []).append(segment)
        return tree

    def links(self):
        """(device, segment) of the devices that are active."""
        active = {}
        for device in self.random.sample(self.devices, len(self.devices)):
            active.setdefault(device.cluster or device.name, device)
        return [(device.name, segment) for device in active.values() for segment in device.faces]

    def cut_off(self, segment, router):
        """The segments that are reached from this one by way of the device alone."""
        cluster = next(device.cluster or device.name for device in self.devices
                       if device.name == router)
        near, more = {segment}, True
        while more:
            more = set().union(*(device.faces for device in self.devices
                                 if (device.cluster or device.name) != cluster and
                                 near & set(device.faces))) - near
            near |= more
        return set(self.named) - near


class Wire(Segment):
    """A segment of the plant; what its hosts send goes to the router on the way."""

    def __init__(self, plant, segment):
        self.plant, self.interface = plant, segment
        super().__init__([(device.name, segment) for device in plant.policy.devices
                          if segment in device.faces])

    def send(self, packet):
        four = packet[0] >> 4 == 4
        target = ipaddress.ip_address(packet[16:20] if four else packet[24:40])
        Sender(self, self.plant.first_router(self, self.plant.home(target))).send(packet)


class RandomTopology(RandomPlant):
    def __init__(self, seed, folder, variants):
        self.policy = TopologyPolicy(seed)
        self.path = os.path.join(folder, 'plant%d.cordon' % seed)
        with open(self.path, 'w', encoding='ascii') as file:
            file.write(self.policy.text)
        self.routers = [device.name for device in self.policy.devices]
        self.variants, self.loaded = variants, {}
        for router in self.routers:
            probe.add_router(router)
        self.wires = {segment: Wire(self, segment) for segment in self.policy.named}
        self.all_wires = list(self.wires.values())
        self.flushes = []
        for router in self.routers:
            with probe.inside(router):
                self.flushes.append(probe.Flush())

    def forget(self):
        for flush in self.flushes:
            flush()

    def load(self):
        """nftables, and iptables of each variant in turn."""
        out, turn = self.path + '.out', self.policy.random.randrange(len(self.variants))
        probe.run(probe.CORDON, 'compile', '-o', out, self.path)
        for router in self.routers:
            folder = os.path.join(out, router)
            if self.policy.platform_of[router] == 'nftables':
                probe.load(router, read(folder, 'ruleset.nft'))
                self.loaded[router] = 'nftables'
                continue
            variant = self.variants[turn % len(self.variants)]
            turn += 1
            for family in FAMILIES:
                restore(router, variant, family, read(folder, family + '.rules'), '--noflush')
            self.loaded[router] = 'iptables-' + variant

    def close(self):
        for flush in self.flushes:
            flush.close()
        for wire in self.all_wires:
            wire.close()
        for router in self.routers:
            probe.remove_router(router)

    # ---- the ways that packets take ----

    def turn(self):
        self.tree = self.policy.tree()
        for router in self.tree:
            self.add_routes(router)
        self.forget()

    def way(self, segment, target):
        """The routers from one segment to the other."""
        ways = [(segment, [])]
        for here, routers in ways:
            if here == target:
                return routers
            ways += [(there, routers + [router]) for router, joined in self.tree.items()
                     if here in joined and router not in routers
                     for there in joined if there != here]
        return []

    def first_router(self, wire, target):
        way = self.way(wire.interface, target.interface) if target else []
        return way[0] if way else next(router for router, joined in self.tree.items()
                                       if wire.interface in joined)

    def add_routes(self, router):
        lines = []
        for target, wire in self.wires.items():
            for here in self.tree[router]:
                way = self.way(here, target)
                if way and way[0] == router:
                    continue
                place = self.wires[here].place_of(way[0]) if way else -1
                lines += ['route replace %s via %s' % (
                    net, self.wires[here].address(place, 6 if ':' in net else 4))
                    for net in self.policy.routes(target)]
                break
        probe.run('ip', '-n', router, '-batch', '-', text='\n'.join(lines) + '\n')

    def expected(self, flow, wire, verdict):
        """The broadcast address of a sender's network is in its zone, even where a zone
        nested there owns that address: what is sent to it crosses no device."""
        networks = self.policy.zones.get(self.policy.zone_of(flow[0]), [])
        local = any(network.version == 4 and network.prefixlen < 31 and
                    network.broadcast_address == flow[1] for network in networks)
        return None if local else super().expected(flow, wire, verdict)

    def strange_wires(self, source, target):
        """Where a source does not lie behind: the first device must drop it."""
        home, go = self.home(source), self.home(target)
        return [wire for wire in self.all_wires if wire not in (home, go) and (
            home is None or self.is_cut_off(wire, home, self.first_router(wire, go)))]

    def is_cut_off(self, wire, home, router):
        return home.interface in self.policy.cut_off(wire.interface, router)


def read(*names):
    with open(os.path.join(*names), encoding='utf-8') as file:
        return file.read()
