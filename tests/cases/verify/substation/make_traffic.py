# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a gateway that may read a bay controller and operates a switch of it, and a
protection relay whose GOOSE is seen on the VLAN of another bay."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_fieldbus as bus  # noqa: E402
import isotsap as iso  # noqa: E402
import stand  # noqa: E402


def traffic():
    gateway = stand.talk('10.3.0.10', '10.1.1.1', 102, iso.connect(), (iso.connect(True),),
                         iso.mms_read(1, 'CSWI1$ST$Pos'), (iso.mms_values(1, True),),
                         iso.mms_write(2, 'CSWI1$CO$Pos$Oper'), (iso.mms_written(2, True),))
    goose = [frame for vlan in (11, 12) for frame in
             bus.joined(bus.GROUP, 0x88b8, bus.GOOSE, source='02:aa:00:00:01:01', vlans=[vlan])]
    return gateway + goose


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
