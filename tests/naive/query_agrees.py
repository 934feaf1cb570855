# SPDX-License-Identifier: Apache-2.0
"""`cordon query POLICY -` and the naive evaluator answer random and boundary
flows over random policies alike. A flow is asked without its operation, which
means all of them, and with one where it is of a protocol the policy knows."""
import os
import re
import sys

import agree
import meaning as m
from generate import PROTOCOL
from source import statements_of, tokens_of

ANSWER = re.compile(r'\b(allowed|denied|partly)\b')
POLICIES = max(1, int(100 * agree.SCALE))
MOMENTS, FLOWS = 10, 800


def acme():
    words = statements_of(tokens_of(PROTOCOL))[0][0]
    words.need('protocol')
    return m.read_protocol(words)


ACME = acme()


def operation_text(content):
    """Just this content: `none` where it has not what its function takes."""
    words = ['function %d' % content.function]
    for dimension, value in ('unit', content.unit), ('object', content.object):
        taken = ACME.taken(dimension, content.function)
        if taken:
            words.append('%s %s' % (value or (taken[0], 'none')))
    return '%s(%s)' % (content.protocol, ', '.join(words))


def question(flow):
    service = agree.service_text(flow)
    if asks_operation(flow):
        service = '%s on %s' % (operation_text(flow.content), service)
    return '%s -> %s : %s' % (agree.address_text(flow.source),
                              agree.address_text(flow.destination), service)


def asks_operation(flow):
    return (flow.content is not None and flow.content[0] == 'acme'
            and flow.protocol in (6, 17))


def expected(policy, flow):
    if asks_operation(flow):
        return 'allowed' if policy.judge(flow) else 'denied'
    return policy.judge_contents(flow)


class Query(agree.Judge):
    name = 'query'

    def answer(self, folder, flows):
        """The verdicts in order."""
        instant, mode = flows[0].instant, flows[0].mode
        options = ['--at', agree.time_text(instant)]
        options += ['--mode', mode] if mode else []
        code, out, errors = agree.run(
            'query', *options, folder.policy, '-',
            text=''.join(question(flow) + '\n' for flow in flows))
        found = [match.group(1) for match in map(ANSWER.search, out.splitlines()) if match]
        if code != 0 or len(found) != len(flows):
            return 'exit %d, %d answers to %d questions\n%s' % (
                code, len(found), len(flows), errors[:2000])
        return found

    def expect(self, policy, flows):
        return [expected(policy, flow) for flow in flows]

    def differ(self, want, got, flows):
        return next((flow for flow, w, g in zip(flows, want, got) if w != g), None), ''

    def describe(self, flow):
        return '--at %s%s\n%s' % (agree.time_text(flow.instant),
                                  ' --mode ' + flow.mode if flow.mode else '',
                                  question(flow))


def compare(seed):
    return Query().compare(seed, MOMENTS, FLOWS)


def main():
    code, _, _ = agree.run('query', '--help')
    if code == 2:
        agree.skip('this program has no verb `query`')
    first = int(os.environ.get('CORDON_TEST_SEED', '1'))
    results = agree.over_seeds(compare, range(first, first + POLICIES))
    return agree.report('query agrees with the naive evaluator', results,
                        POLICIES * MOMENTS * FLOWS)


if __name__ == '__main__':
    sys.exit(main())
