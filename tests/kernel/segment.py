# SPDX-License-Identifier: Apache-2.0
"""Networks that several routers share."""
import socket
import struct

import probe


class Segment:
    """A zone's network: a bridge with a port for each router that faces the zone.
    We are the bridge's own station, and stand for all the zone's hosts."""
    count = 0

    def __init__(self, members):
        Segment.count += 1
        self.number, self.members = Segment.count % 255, members
        self.name, self.station = 'lan%d' % Segment.count, probe.mac(self.number, 1)
        probe.run('ip', 'link', 'add', self.name, 'address', self.station, 'type', 'bridge',
                  'mcast_snooping', '0')
        probe.write_knob('ipv6/conf/%s/disable_ipv6' % self.name, '1')
        probe.run('ip', 'link', 'set', self.name, 'up')
        for place, (router, interface) in enumerate(members):
            self.plug_in(place, router, interface)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((self.name, 0))
        self.socket.setblocking(False)

    def address(self, place, family):
        """Of our station: place -1."""
        return ('fd00:fe:%x::%d' if family == 6 else '169.254.%d.%d') % (self.number, place + 2)

    def plug_in(self, place, router, interface):
        port = '%sp%d' % (self.name, place)
        probe.run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', interface,
                  'address', probe.mac(self.number, place + 2), 'netns', router)
        probe.run('ip', 'link', 'set', port, 'master', self.name, 'up')
        lines = ['link set %s up' % interface,
                 'addr add %s/24 dev %s' % (self.address(place, 4), interface),
                 'addr add %s/64 dev %s nodad' % (self.address(place, 6), interface)]
        lines += ['neigh replace %s lladdr %s dev %s nud permanent' % (
            self.address(other, family), probe.mac(self.number, other + 2), interface)
            for other in range(-1, len(self.members)) if other != place
            for family in (4, 6)]
        probe.run('ip', '-n', router, '-batch', '-', text='\n'.join(lines) + '\n')

    def place_of(self, router):
        return [name for name, _ in self.members].index(router)

    def seen(self):
        """The numbers of the packets that came to our station since last asked."""
        numbers = set()
        while True:
            try:
                frame, address = self.socket.recvfrom(2048)
            except BlockingIOError:
                return numbers
            if address[2] == socket.PACKET_HOST and not probe.of_router(frame):
                numbers |= {int(number, 16) for number in probe.NUMBERED.findall(frame)}

    def close(self):
        self.socket.close()
        probe.run('ip', 'link', 'del', self.name)


class Sender:
    """A host of a segment that sends by way of one of its routers."""

    def __init__(self, segment, router):
        self.segment = segment
        self.header = bytes.fromhex((probe.mac(segment.number, segment.place_of(router) + 2) +
                                     segment.station).replace(':', ''))

    def send(self, packet):
        kind = probe.IPV4 if packet[0] >> 4 == 4 else probe.IPV6
        self.segment.socket.send(self.header + struct.pack('!H', kind) + packet)
