# SPDX-License-Identifier: Apache-2.0
"""`cordon verify` of captures made here and the naive evaluator find the same
conversations in breach: random and boundary flows over random policies, a
capture for each moment, about half of the conversations with an answer.

A capture shows no operations, so what counts is the header. Lone ICMP replies
and errors belong to conversations that are not there, and GRE holds other
packets: neither is the first packet of a flow."""
import collections
import json
import os
import sys

import agree
import frames

POLICIES = max(1, int(100 * agree.SCALE))
MOMENTS, FLOWS = 10, 300
LEAST = 2000 * POLICIES
GRE = 47
DENIALS = {'not-allowed', 'denied', 'outside-time'}


def may_begin(flow):
    if flow.protocol in (frames.ICMP, frames.ICMPV6):
        return (flow.protocol, flow.sport) in frames.QUERIES
    return flow.protocol != GRE


def ends(flow):
    """What makes two packets one conversation, whoever sent them."""
    return flow.protocol, frozenset([(flow.source, flow.sport),
                                     (flow.destination, flow.dport)])


def distinct(flows):
    found = {}
    for flow in filter(may_begin, flows):
        found.setdefault(ends(flow), flow)
    return list(found.values())


def key(flow):
    """What `violations` are aggregated by."""
    icmp = flow.protocol in (frames.ICMP, frames.ICMPV6)
    return (agree.address_text(flow.source), agree.address_text(flow.destination),
            flow.protocol, flow.dport, flow.sport if icmp else None)


def key_of(witness):
    icmp = witness['proto'] in (frames.ICMP, frames.ICMPV6)
    return (witness['src'], witness['dst'], witness['proto'], witness['dport'],
            witness['sport'] if icmp else None)


def is_answered(flow, number):
    unicast = flow.destination not in ((4, 0xffffffff),) and not (
        frames.mac_of(flow.destination)[0] & 1)
    return unicast and flow.protocol < 100 and flow.protocol != 89 and number % 2


def captured(flows):
    instant = flows[0].instant
    for number, flow in enumerate(flows):
        yield instant, 2 * number, frames.frame(flow, number)
        if is_answered(flow, number):
            yield instant, 2 * number + 1, frames.frame(flow, number, answer=True)


class Verify(agree.Judge):
    name = 'verify'

    def select(self, flows):
        return distinct(flows)

    def answer(self, folder, flows):
        """Conversations in breach by key()."""
        capture = os.path.join(folder.path, 'flows.pcap')
        frames.write_pcap(capture, captured(flows))
        options = ['--mode', flows[0].mode] if flows[0].mode else []
        code, out, errors = agree.run('verify', '--format', 'json', *options,
                                      folder.policy, capture)
        if code not in (0, 1):
            return 'exit %d\n%s%s' % (code, errors[:1000], out[:1000])
        report = json.loads(out)
        if report['summary']['conversations'] != len(flows):
            return '%d conversations of %d were seen' % (
                report['summary']['conversations'], len(flows))
        found = collections.Counter()
        for violation in report['violations']:
            if violation['kind'] not in DENIALS:
                return 'no flow here is ' + violation['kind']
            found[key_of(violation['witness'])] += violation['conversations']
        return found

    def expect(self, policy, flows):
        return collections.Counter(
            key(flow) for flow in flows if not policy.judge_header(flow))

    def differ(self, want, got, flows):
        keys = {each for each in want.keys() | got.keys() if want[each] != got[each]}
        return (next((flow for flow in flows if key(flow) in keys), None),
                'verify tells of %s' % keys if keys else '')

    def describe(self, flow):
        return '%s\n%s' % (agree.time_text(flow.instant), flow)


def compare(seed):
    return Verify().compare(seed, MOMENTS, FLOWS)


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '2000'))
    results = agree.over_seeds(compare, range(first, first + POLICIES))
    return agree.report('verify agrees with the naive evaluator', results, LEAST)


if __name__ == '__main__':
    sys.exit(main())
