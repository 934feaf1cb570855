# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a control centre that may read three outstations, and operates each: by IEC
60870-5-104, by DNP3, and by OPC UA, where it is refused."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_scada as scada  # noqa: E402
import stand  # noqa: E402


CENTRE = '10.3.0.10'


def traffic():
    telecontrol = stand.talk(CENTRE, '10.1.0.1', 2404, scada.apdu(100, 6, 0),
                             (scada.apdu(100, 7, 0),), scada.apdu(45, 6, 17),
                             (scada.apdu(45, 7, 17),))
    pump = stand.talk(CENTRE, '10.1.0.2', 20000, scada.fragment(1), (scada.response(),),
                      scada.fragment(5, 2), (scada.response(2),))
    station = stand.talk(CENTRE, '10.1.0.3', 4840, scada.message(2, 631), (scada.result(2, 634),),
                         scada.message(3, 673), (scada.result(3, 397, 0x801f0000),))
    return telecontrol + pump + station


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
