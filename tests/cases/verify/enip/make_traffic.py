# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a historian that reads a tag, writes another among reads of one packet and is
refused, and an HMI that programs the controller."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_enip as enip  # noqa: E402
import stand  # noqa: E402


def conversation(client, port, *said):
    return stand.talk(client, '10.1.0.1', 44818, *said, sport=port)


def traffic():
    historian = conversation(
        '10.3.0.10', 50001, enip.unit(enip.READ), (enip.unit(enip.VALUE),),
        enip.unit(enip.multiple(enip.READ, enip.WRITE), 2),
        (enip.unit(enip.reply(10, enip.packet(enip.VALUE, enip.reply(0x4d, status=5)), 0x1e), 2),))
    hmi = conversation('10.3.0.20', 50002, enip.unit(enip.WRITE), (enip.unit(enip.reply(0x4d)),),
                       enip.unit(enip.service(8, b'\x20\x68\x24\x01'), 2),
                       (enip.unit(enip.reply(8), 2),))
    return historian + hmi


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
