# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: an HMI that starts the filler, and then deletes a block of it by
the same function; a historian that reads a block it may not, and tries to stop it."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import isotsap as iso  # noqa: E402
import stand  # noqa: E402


def conversation(client, port, *said):
    talk = stand.Talk(client, port, '10.1.0.1', 102)
    return talk.begin() + [talk.answer(*each) if isinstance(each, tuple) else talk.ask(each)
                           for each in (iso.connect(), (iso.connect(True),), *said)]


def main():
    hmi = conversation('10.3.0.20', 50001, iso.pi(1, b'P_PROGRAM'), (iso.acknowledge(1, 0x28),),
                       iso.pi(2, b'_DELE', b'\x01\x000800005P'), (iso.acknowledge(2, 0x28),))
    historian = conversation(
        '10.3.0.10', 50002, iso.s7_read(1, iso.block(5), iso.block(6)),
        (iso.s7_values(1, 0xff, 0xff),), iso.s7_read(2, iso.block(5), iso.block(9)),
        (iso.s7_values(2, 0xff, 0xff),), iso.job(3, 0x29, b'\x00\x00\x00\x00\x00\x09P_PROGRAM'),
        (iso.s7(2, 3, b'', error=0x8104),))
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(hmi + historian), os.path.join(HERE, 'traffic.pcap'))


main()
