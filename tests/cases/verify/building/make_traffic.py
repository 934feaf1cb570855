# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a dashboard that may read a building controller, and writes a set point and
restarts it."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_fieldbus as bus  # noqa: E402
import stand  # noqa: E402


def traffic():
    return bus.datagrams('10.3.0.10', 47808,
                         bus.confirmed(1, 12, bus.thing(0, 5), b'\x19\x55'),
                         (bus.apdu(0x30, 1, 12, bus.thing(0, 5)),),
                         bus.confirmed(2, 15, bus.written(2, 12)), (bus.apdu(0x20, 2, 15),),
                         bus.confirmed(3, 20), (bus.apdu(0x60, 3, 9),), server='10.1.0.1')


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
