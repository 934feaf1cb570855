# SPDX-License-Identifier: Apache-2.0
"""The filters that devices get and the naive evaluator admit the same packets:
random policies and topologies, every pair of interfaces of every device."""
import os
import sys

import agree

PLACED = os.path.join(os.environ.get('BUILDDIR', '.'), 'tests/naive/placed')
POLICIES = max(1, int(100 * agree.SCALE))
MOMENTS, FLOWS, MOST = 8, 150, 10000
FROM, UNTIL = 1767225600, 1798761600  # the year 2026


def arrivals(policy, flows):
    """(device, in, out, flow): by every pair of interfaces."""
    return [(device, entry, leave, flow) for flow in flows
            for device in policy.devices for entry in device.interfaces
            for leave in device.interfaces if entry != leave]


def question(arrival):
    device, entry, leave, flow = arrival
    return '%s %s %s %s %s %d %d %d %d %s' % (
        device.name, entry, leave, agree.address_text(flow.source),
        agree.address_text(flow.destination), flow.protocol, flow.sport, flow.dport,
        flow.instant, flow.mode or '-')


def answers(folder, asked):
    code, out, errors = agree.run(
        folder.policy, str(FROM), str(UNTIL), program=PLACED,
        text=''.join(question(arrival) + '\n' for arrival in asked))
    found = out.split()
    if code != 0 or len(found) != len(asked):
        return 'exit %d, %d answers to %d questions\n%s' % (
            code, len(found), len(asked), errors[:2000])
    return found


def expected(policy, arrival):
    return 'allow' if policy.admits(*arrival) else 'deny'


def disagreement(folder, prelude, asked):
    """(naive, placed) of the same packet in the policy of the folder, or None."""
    name, entry, leave, flow = asked[0].name, *asked[1:]
    try:
        policy = agree.load(folder, prelude)
        device = next(each for each in policy.devices if each.name == name)
        arrival = device, entry, leave, flow
        want = expected(policy, arrival)
    except (agree.m.SourceError, KeyError, ValueError, StopIteration):
        return None
    got = answers(folder, [arrival])
    return None if isinstance(got, str) or got[0] == want else (want, got[0])


def reproduction(seed, folder, text, prelude, arrival):
    def still_fails(fewer):
        folder.write(fewer)
        return disagreement(folder, prelude, arrival) is not None
    small = agree.shrink(text, still_fails)
    folder.write(small)
    want, got = disagreement(folder, prelude, arrival) or ('?', '?')
    return 'seed %d: naive says %s, the filter says %s\n%s\n%s\n%s' % (
        seed, want, got, agree.time_text(arrival[3].instant), question(arrival), small)


def compare(seed):
    """(packets compared, disagreements as text)"""
    generator, text, inventory = agree.generated(seed)
    prelude = agree.prelude()
    with agree.Folder(text, inventory) as folder:
        policy = agree.load(folder, prelude)
        asked = arrivals(policy, [flow for moment in generator.moments(MOMENTS)
                                  for flow in generator.flows(moment, FLOWS)])[:MOST]
        found = answers(folder, asked)
        if isinstance(found, str):
            return 0, ['seed %d: %s' % (seed, found)]
        for arrival, got in zip(asked, found):
            if got != expected(policy, arrival):
                return 0, [reproduction(seed, folder, text, prelude, arrival)]
        return len(asked), []


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '1000'))
    results = agree.over_seeds(compare, range(first, first + POLICIES))
    return agree.report('placed filters agree with the naive evaluator', results,
                        POLICIES * 9000)


if __name__ == '__main__':
    sys.exit(main())
