# SPDX-License-Identifier: Apache-2.0
"""Every flow that a command shows can be pasted into `cordon query`, which agrees:
the witnesses of failed asserts, each step of a path; both sides of a `partly`; the
violations that `verify` tells how to ask about. Over random policies."""
import json
import os
import random
import re
import shlex
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'naive'))
import agree
import frames
import verify_agrees
from asserts_agree import AT, Small

POLICIES = max(1, int(150 * agree.SCALE))
CAPTURES = max(1, int(20 * agree.SCALE))
QUESTIONS, FLOWS, ASKED = 20, 150, 15
ALLOWED = ('must be denied is allowed', 'there is a path')


def verdict(folder, question, options=()):
    code, out, errors = agree.run('query', *options, folder.policy, question)
    return out.split(' ')[0] if code in (0, 1) else 'exit %d: %s' % (code, errors)


def expect(folder, wanted, question, options=()):
    """The disagreement as text, in a list."""
    got = verdict(folder, question, options)
    return [] if got == wanted else ['%s %s\nis %s, not %s' % (
        ' '.join(options), question, got, wanted)]


# ---- check ----

def options_of(text):
    given = shlex.split(text)
    if 'without' in given:
        given = given[:given.index('without')]
    return given if '--at' in given else ['--at', AT] + given


def steps_of(found):
    """(flow, options) of each step; a path's further ones stand in the message."""
    yield found['witness'], found.get('options', '')
    for step in re.findall(r'; then ([^;\[]+)', found['message']):
        flow, options = re.match(r'(.*?)(?: \((-.*|without.*)\))?$', step.strip()).groups()
        yield flow, options or ''


def try_asserts(folder, without_asserts):
    code, out, errors = agree.run('check', '--format', 'json', '--at', AT, folder.policy)
    if code not in (0, 1):
        return 1, ['check: exit %d: %s' % (code, errors)]
    failed = [each for each in json.loads(out)['findings']
              if each['name'] == 'ASSERT-FAILED' and 'witness' in each]
    folder.write(without_asserts)
    problems = []
    for each in failed:
        wanted = 'allowed' if any(text in each['message'] for text in ALLOWED) else 'denied'
        for flow, options in steps_of(each):
            # An assert looks at each zone of a group by itself; a flow goes to all.
            if ' -> 239.' in flow and wanted == 'allowed':
                continue
            problems += expect(folder, wanted, flow, options_of(options))
    return len(failed), problems


# ---- query ----

def try_sets(folder, small):
    questions = ['%s -> %s : %s' % (small.endpoints(small.zones), small.anywhere(),
                                    small.services()) for _ in range(QUESTIONS)]
    _, out, errors = agree.run('query', '--format', 'json', '--at', AT, folder.policy, '-',
                               text='\n'.join(questions) + '\n')
    if not out:
        return 0, ['query: ' + errors]
    count, problems = 0, []
    for answer in json.loads(out)['answers']:
        for word in ('allowed', 'denied'):
            if word in answer:
                count += 1
                problems += ['%s:\n%s' % (answer['question'], problem) for problem in expect(
                    folder, word, answer[word]['flow'], ('--at', AT))]
    return count, problems


def try_policy(seed):
    small = Small(seed)
    text = small.make()
    with agree.Folder(text, '') as folder:
        # An assert of an empty side is an error that would stop `query`.
        asserts, first = try_asserts(folder, re.sub('(?m)^assert.*\n', '', text))
        sets, second = try_sets(folder, small)
    problems = first + second
    return asserts + sets, ['seed %d: %s\n%s' % (seed, '\n'.join(problems), text)
                            ] if problems else []


# ---- verify ----

def try_capture(seed):
    generator, text, inventory = agree.generated(seed)
    moment = generator.moments(1)[0]
    flows = verify_agrees.distinct(generator.flows(moment, FLOWS))
    with agree.Folder(text, inventory) as folder:
        capture = os.path.join(folder.path, 'flows.pcap')
        frames.write_pcap(capture, verify_agrees.captured(flows))
        mode = ['--mode', moment[1]] if moment[1] else []
        _, out, _ = agree.run('verify', *mode, folder.policy, capture)
        asked = re.findall(r'^    ask      (cordon query .*)$', out, re.M)
        random.Random(seed).shuffle(asked)
        problems = []
        for line in asked[:ASKED]:
            words = shlex.split(line)
            problems += expect_not_allowed(folder, words[-1], words[2:-2])
    return min(len(asked), ASKED), ['seed %d: %s\n%s' % (seed, '\n'.join(problems), text)
                                    ] if problems else []


def expect_not_allowed(folder, question, options):
    """Its content was not seen: a deny of a whole protocol holds by the port, and
    other contents there may be allowed."""
    got = verdict(folder, question, options)
    return [] if got in ('denied', 'partly') else ['%s %s\nis %s' % (' '.join(options), question, got)]


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '9000'))
    results = agree.over_seeds(try_policy, range(first, first + POLICIES))
    results += agree.over_seeds(try_capture, range(first, first + CAPTURES))
    return agree.report('query agrees with every flow shown', results, 8 * POLICIES)


if __name__ == '__main__':
    sys.exit(main())
