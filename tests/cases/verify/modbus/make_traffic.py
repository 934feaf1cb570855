# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a historian that reads registers, writes two of them and stops the controller by
UMAS; an HMI that writes beyond the registers it may."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents as modbus  # noqa: E402
import stand  # noqa: E402


PLC = '10.1.0.1'


def traffic():
    historian = modbus.talk('10.3.0.10', modbus.read(1), (modbus.values(1),), modbus.write(2),
                            (modbus.written(2),), modbus.umas(3, 65), (modbus.umas(3, 0xfe),),
                            server=PLC)
    hmi = modbus.talk('10.3.0.20', modbus.write(1, 198, 4), (modbus.refused(1),), server=PLC)
    return historian + hmi


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
