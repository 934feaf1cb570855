# SPDX-License-Identifier: Apache-2.0
"""Named faults in what `compile` makes: `audit` calls the text itself equal to the
policy, and none of its mutants, or lists what else passes. A mutant is a function of the
text; one that changes nothing is a fault, too."""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

CORDON = os.environ.get('CORDON', './cordon')
SOURCE = os.environ.get('SRCDIR', '.')
AT = '2026-06-01T00:00:00Z'

# What a case of tests/cases/compile makes for a device, and its mutants by name;
# companions are files that `audit` is given beside it.
Subject = collections.namedtuple('Subject', 'title case device file mutants companions',
                                 defaults=[()])


# ---- mutants ----

def swap(old, new, nth=0):
    """The nth place at which a regular expression matches, replaced."""
    def mutate(text):
        places = list(re.finditer(old, text, re.M))
        if nth >= len(places):
            return text
        place = places[nth]
        return text[:place.start()] + place.expand(new) + text[place.end():]
    return mutate


def insert(before, more):
    """Text before the first place at which a regular expression matches."""
    def mutate(text):
        place = re.search(before, text, re.M)
        return text[:place.start()] + more + text[place.start():] if place else text
    return mutate


def doubled(pattern, target):
    """The line that matches, once more before the line of the target."""
    def mutate(text):
        line = re.search(pattern, text, re.M)
        return insert(target, line.group(0) + '\n')(text) if line else text
    return mutate


# ---- the judge ----

def audit(policy, device, *paths):
    """(verdict, returns, residue) as far as they tell one text from another."""
    done = subprocess.run(
        [CORDON, 'audit', '--at', AT, '--format', 'json', policy, '--device', device, *paths],
        capture_output=True, text=True, check=False, timeout=120)
    try:
        answer = json.loads(done.stdout)
        return answer['verdict'], answer['returns'], [
            (one['message'], [line['text'] for line in one['lines']])
            for one in answer['residue'] if 'message' in one]
    except (ValueError, KeyError):
        return 'no answer: ' + done.stderr[:300], None, None


def is_noticed(plain, answer):
    return answer[0] in ('different', 'not-proved') or (
        answer[0] == 'equal' and answer[1:] != plain[1:])


def faults_of(subject):
    """Mutants that were not noticed, as text."""
    policy = os.path.join(SOURCE, 'tests/cases/compile', subject.case, 'plant.cordon')
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([CORDON, 'compile', '--at', AT, '-o', folder, policy], check=True,
                       capture_output=True)
        made = os.path.join(folder, subject.device)
        with open(os.path.join(made, subject.file), encoding='utf-8') as whole:
            text = whole.read()
        path = os.path.join(folder, 'mutant')

        def audited(mutant):
            with open(path, 'w', encoding='utf-8') as out:
                out.write(mutant)
            return audit(policy, subject.device, path,
                         *(os.path.join(made, name) for name in subject.companions))

        plain = audited(text)
        if plain[0] != 'equal':
            yield 'the text itself is %s' % plain[0]
        for name, mutate in subject.mutants.items():
            mutant = mutate(text)
            if mutant == text:
                yield '%s changes nothing' % name
                continue
            answer = audited(mutant)
            if not is_noticed(plain, answer):
                yield '%s is %s' % (name, answer[0])


def report(subjects, *checks):
    """A check a subject; each further one is (name, whether it holds)."""
    lines = []
    for subject in subjects:
        faults = list(faults_of(subject))
        lines.append(('%s: each of %d kinds of fault is noticed' % (
            subject.title, len(subject.mutants)), faults))
    lines += [(name, [] if holds else ['it does not hold']) for name, holds in checks]
    print('1..%d' % len(lines))
    for number, (name, faults) in enumerate(lines, 1):
        print('%sok %d - %s' % ('not ' if faults else '', number, name))
        for fault in faults:
            print('# ' + fault)
    sys.exit(any(faults for _, faults in lines))
