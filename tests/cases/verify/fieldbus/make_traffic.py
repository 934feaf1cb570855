# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a service laptop that may look for devices, and renames one and writes a record
of it; an EtherCAT master that may read objects, and sets one and loads firmware."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_fieldbus as bus  # noqa: E402
import stand  # noqa: E402


LAPTOP, DRIVE = '02:aa:00:00:03:01', '02:aa:00:00:01:01'
FIRMWARE = bus.mail(4, b'\2\0\0\0\0\0drive.efw')


def traffic():
    named = bus.joined(DRIVE, 0x8892, bus.dcp(5, 0, (0xffff, b''), identifier=0xfefe),
                       bus.dcp(4, 0, bus.NAME), (bus.dcp(4, 1, bus.answered(0x0202)),),
                       source=LAPTOP)
    record = bus.datagrams('10.3.0.10', 34964, bus.call(0, 2, bus.arguments(bus.record(100, kind=9))),
                           bus.call(0, 3, bus.arguments(bus.record(100, b'1234'))),
                           server='10.1.0.1', client_port=50000)
    return named + record + bus.ring(bus.asked(bus.UP), (bus.heard(bus.UPLOADED),),
                                     bus.asked(bus.DOWN), (bus.heard(bus.DOWNLOADED),),
                                     bus.asked(FIRMWARE))


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
