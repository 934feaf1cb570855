# SPDX-License-Identifier: Apache-2.0
"""What the agreement tests share: random policies in files, flows as text, and
workers. A disagreement is shown with its seed and the smallest policy found
that still disagrees."""
import datetime
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile

import meaning as m
from generate import Generator, text_of
from naive import Policy

CORDON = os.environ.get('CORDON', './cordon')
SCALE = float(os.environ.get('CORDON_TEST_SCALE', '1'))
TRANSPORT_NAMES = {number: name for name, number in m.TRANSPORTS.items()}


def time_text(instant):
    return datetime.datetime.fromtimestamp(
        instant, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def service_text(flow):
    if flow.protocol in TRANSPORT_NAMES:
        return '%s %d from %d' % (TRANSPORT_NAMES[flow.protocol], flow.dport,
                                  flow.sport)
    if flow.protocol in (m.ICMP, m.ICMPV6):
        return '%s %d/%d' % ('icmp' if flow.protocol == m.ICMP else 'icmpv6',
                             flow.sport, flow.dport)
    return 'proto %d' % flow.protocol


def address_text(address):
    return text_of(*address)


def run(*arguments, text=None, program=CORDON):
    """(exit code, standard output, standard error)"""
    done = subprocess.run([program, *arguments], input=text, text=True,
                          capture_output=True, timeout=300, check=False)
    return done.returncode, done.stdout, done.stderr


def prelude():
    """What the program ships, as it is in the source tree."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, 'lang/prelude.cordon'), encoding='utf-8') as file:
        return file.read()


class Folder:
    """A policy in a folder of its own, removed in the end."""

    def __init__(self, policy, inventory):
        self.path = tempfile.mkdtemp(prefix='naive.')
        self.policy = os.path.join(self.path, 'policy.cordon')
        with open(os.path.join(self.path, 'assets.yaml'), 'w',
                  encoding='utf-8') as file:
            file.write(inventory)
        self.write(policy)

    def write(self, policy):
        with open(self.policy, 'w', encoding='utf-8') as file:
            file.write(policy)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)


def statement_end(lines, at):
    """The line after the statement that begins at a line."""
    if lines[at].rstrip().endswith('{'):
        while lines[at].strip() != '}':
            at += 1
    return at + 1


def shrink(text, still_fails):
    """Leaves out statements, then lines, as long as the disagreement stays."""
    lines = text.splitlines()
    for end_of in (statement_end, lambda _, at: at + 1):
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[end_of(lines, at):]
            if still_fails('\n'.join(fewer) + '\n'):
                lines = fewer
            else:
                at += 1
    return '\n'.join(lines) + '\n'


class Judge:
    """One way to ask the program about flows, held against the naive evaluator.
    A subclass gives `name`, and

        select(flows)              those of the flows that can be asked about
        answer(folder, flows)      what the program says; text: it could not tell
        expect(policy, flows)      what it should say
        differ(want, got, flows)   (first flow that shows a difference or None,
                                   what differs as text, '' for nothing)
        describe(flow)             the flow as lines for the reader"""

    name = None

    def select(self, flows):
        return flows

    def disagreement(self, folder, text, flow):
        """(naive, program) on one flow, or None; also if either cannot answer."""
        try:
            want = self.expect(load(folder, text), [flow])
        except (m.SourceError, KeyError, ValueError):
            return None
        got = self.answer(folder, [flow])
        return None if isinstance(got, str) or got == want else (want, got)

    def reproduction(self, seed, folder, text, flow):
        """The smallest policy found on which the flow is still judged apart."""
        def still_fails(fewer):
            folder.write(fewer)
            return self.disagreement(folder, prelude(), flow) is not None
        small = shrink(text, still_fails)
        folder.write(small)
        want, got = self.disagreement(folder, prelude(), flow) or ('?', '?')
        return 'seed %d: naive says %s, %s says %s\n%s\n%s' % (
            seed, want, self.name, got, self.describe(flow), small)

    def compare(self, seed, moments, count):
        """(flows compared, disagreements as text)"""
        generator, text, inventory = generated(seed)
        compared = 0
        with Folder(text, inventory) as folder:
            policy = load(folder, prelude())
            for moment in generator.moments(moments):
                flows = self.select(generator.flows(moment, count))
                got = self.answer(folder, flows)
                if isinstance(got, str):
                    return compared, ['seed %d: %s' % (seed, got)]
                flow, text_of_it = self.differ(self.expect(policy, flows), got, flows)
                if flow is not None:
                    return compared, [self.reproduction(seed, folder, text, flow)]
                if text_of_it:
                    return compared, ['seed %d: %s' % (seed, text_of_it)]
                compared += len(flows)
        return compared, []


def report(title, results, least):
    """One TAP check a group of seeds, one that enough was compared at all."""
    failures = [text for _, texts in results for text in texts]
    total = sum(count for count, _ in results)
    print('1..2')
    print('%sok 1 - %s: %d compared' % ('not ' if failures else '', title, total))
    for text in failures[:5]:
        print('\n'.join('# ' + line for line in text.splitlines()))
    print('%sok 2 - at least %d were compared' % (
        'not ' if total < least else '', least))
    return 1 if failures or total < least else 0


def over_seeds(work, seeds):
    with multiprocessing.Pool(2) as pool:
        return pool.map(work, seeds, chunksize=1)


def generated(seed):
    generator = Generator(seed)
    return generator, *generator.make()


def skip(reason):
    print('1..0 # SKIP ' + reason)
    sys.exit(0)


def load(folder, text):
    return Policy(folder.policy, text)
