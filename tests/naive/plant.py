# SPDX-License-Identifier: Apache-2.0
"""Holds the naive evaluator against plant.flows, one check a flow, in TAP."""
import datetime
import os
import sys

import meaning as m
from naive import Flow, Policy

HERE = os.path.dirname(os.path.abspath(__file__))


def instant_of(text):
    return int(datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp())


def flow_of(fields):
    source, destination, protocol, sport, dport, content, instant, mode = fields
    name, _, function = content.partition('/')
    return Flow(m.address_of(source), m.address_of(destination), int(protocol),
                int(sport), int(dport),
                None if content == '-' else m.Content(name, int(function)),
                instant_of(instant), None if mode == '-' else mode)


def main():
    policy = Policy(os.path.join(HERE, 'plant.cordon'), '')
    with open(os.path.join(HERE, 'plant.flows'), encoding='utf-8') as file:
        lines = [line.split() for line in file
                 if line.strip() and not line.startswith('#')]
    print('1..%d' % len(lines))
    failed = 0
    for number, (verdict, header, *fields) in enumerate(lines, 1):
        flow = flow_of(fields)
        got = ['allow' if answer else 'deny'
               for answer in (policy.judge(flow), policy.judge_header(flow))]
        good = got == [verdict, header]
        failed += not good
        print('%sok %d - %s' % ('' if good else 'not ', number, ' '.join(fields)))
        if not good:
            print('# wanted %s %s, got %s %s' % (verdict, header, *got))
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
