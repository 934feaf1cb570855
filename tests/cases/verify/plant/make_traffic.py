#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes traffic.pcap: TCP handshakes, conformant and not (needs scapy)."""
from scapy.all import Ether, IP, TCP, wrpcap

CLIENT, SERVER = "02:00:00:00:00:01", "02:00:00:00:00:02"
START = 1795000000
HANDSHAKES = [
    ("10.30.0.20", "10.20.1.10", 502),    # the historian reads the filler
    ("10.30.0.20", "10.20.1.10", 22),     # not by SSH
    ("10.10.3.3", "10.20.1.10", 502),     # an office machine
    ("10.30.0.40", "10.20.1.10", 44818),  # programming outside the stop
    ("10.20.1.10", "10.30.0.20", 502),    # the other way round
    ("8.8.8.8", "10.30.0.20", 443),       # from outside
]


def handshake(number, client, server, port):
    out = Ether(src=CLIENT, dst=SERVER) / IP(src=client, dst=server)
    back = Ether(src=SERVER, dst=CLIENT) / IP(src=server, dst=client)
    sport = 40000 + number
    frames = [out / TCP(sport=sport, dport=port, flags="S"),
              back / TCP(sport=port, dport=sport, flags="SA"),
              out / TCP(sport=sport, dport=port, flags="A")]
    for i, frame in enumerate(frames):
        frame.time = START + number + i * 0.01
    return frames


wrpcap("traffic.pcap", [frame for number, (client, server, port) in enumerate(HANDSHAKES)
                        for frame in handshake(number, client, server, port)])
