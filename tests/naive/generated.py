# SPDX-License-Identifier: Apache-2.0
"""The random policies are worth comparing on: the same seed gives the same
text, and the flows meet every kind of answer between zones and inside them."""
import collections
import sys

import agree

# Only a plain deny of a protocol, or housekeeping alone, makes a header narrower.
LEAST = {'header narrower': 1}
SEEDS, MOMENTS, FLOWS = range(1, 31), 6, 300


def kinds_of(policy, flow):
    """What is special about a flow and the answers it gets."""
    start, ends = policy.locations(flow.source, flow.destination, None)
    place = 'inside' if ends == (start,) else 'across'
    verdict, header = policy.judge(flow), policy.judge_header(flow)
    yield place, verdict
    if verdict != header:
        yield 'header wider' if header else 'header narrower', True
    if agree.m.in_any(agree.m.GROUPS, flow.destination):
        yield 'group', verdict
    if flow.source[0] == 6:
        yield 'IPv6', verdict
    if policy.judge_contents(flow) == 'partly':
        yield 'partly', True


def placed(policy, flow):
    return any(policy.admits(device, entry, leave, flow)
               for device in policy.devices for entry in device.interfaces
               for leave in device.interfaces)


def count(seed):
    generator, text, inventory = agree.generated(seed)
    kinds = collections.Counter()
    with agree.Folder(text, inventory) as folder:
        policy = agree.load(folder, '')
    for moment in generator.moments(MOMENTS):
        for number, flow in enumerate(generator.flows(moment, FLOWS)):
            kinds.update(kinds_of(policy, flow))
            if number < 30:
                kinds['placed', placed(policy, flow)] += 1
    return kinds


def main():
    repeated = agree.generated(7)[1:] == agree.generated(7)[1:]
    total = sum(agree.over_seeds(count, SEEDS), collections.Counter())
    wanted = [(place, verdict) for place in ('inside', 'across', 'group', 'IPv6',
                                             'placed') for verdict in (True, False)]
    wanted += [('header wider', True), ('header narrower', True), ('partly', True)]
    print('1..%d' % (len(wanted) + 1))
    print('%sok 1 - one seed, one policy' % ('' if repeated else 'not '))
    few = 0
    for number, kind in enumerate(wanted, 2):
        good = total[kind] >= LEAST.get(kind[0], 50)
        few += not good
        print('%sok %d - %s %s: %d flows' % ('' if good else 'not ', number, *kind,
                                             total[kind]))
    return 1 if few or not repeated else 0


if __name__ == '__main__':
    sys.exit(main())
