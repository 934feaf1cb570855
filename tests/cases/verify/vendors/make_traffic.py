# SPDX-License-Identifier: Apache-2.0
"""Writes traffic.pcap: a recorder that may read controllers of five makers, and writes to, stops and
sets up one each."""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'verify'))
import contents_vendors as makers  # noqa: E402
import stand  # noqa: E402


RECORDER = '10.3.0.10'


def traffic():
    return [packet for host, port, said in (
        (1, 9600, (makers.words(0x0101, 100, 8), (makers.response(0x0101),),
                   makers.request(0x0402), (makers.response(0x0402),))),
        (2, 5007, (makers.slmp(0x0401, makers.device(100, 8)), (makers.slmp_end(),),
                   makers.slmp(0x1401, makers.device(100, 2) + bytes(4)), (makers.slmp_end(),))),
        (3, 48898, (makers.ams_read(0x4020), (makers.ams_result(2),), makers.ams_write(0x4020),
                    (makers.ams_result(3, 0x704),))),
        (4, 5094, (makers.command(3), (makers.answer(3),), makers.command(35, bytes(9)),
                   (makers.answer(35),))),
        (5, 18245, (makers.srtp_request(2, 4), (makers.srtp_response(2),),
                    makers.srtp_request(3, 35), (makers.srtp_response(3),))),
    ) for packet in stand.talk(RECORDER, f'10.1.0.{host}', port, *said)]


def main():
    with stand.Stand('') as plant:
        shutil.copy(plant.capture(traffic()), os.path.join(HERE, 'traffic.pcap'))


main()
