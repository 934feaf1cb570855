# SPDX-License-Identifier: Apache-2.0
"""`cordon fmt`: what it writes means the same as what it read, holds the same
comments in the same order, and is left alone by a second run. Held on every
policy in the source tree and on random ones, as they are and in random layouts.

Meaning is what the program says of a policy, without places: the findings, the
zones and conduits as drawn, what is compiled, answers about random flows."""
import json
import os
import random
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'naive'))
import agree
import query_agrees
from layout import comments, mangled

ROOT = os.path.dirname(os.path.dirname(HERE))
AT = '2026-11-01T00:00:00Z'
SEEDS = max(1, int(20 * agree.SCALE))
LAYOUTS = 2
FLOWS = 200
PLACE = re.compile(r'(\.cordon):\d+(:\d+)?')


# ---- meaning ----

def without_places(value):
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()
                if key not in ('line', 'column', 'digest')}
    if isinstance(value, list):
        return [without_places(item) for item in value]
    return PLACE.sub(r'\1', value) if isinstance(value, str) else value


def answer(*arguments, text=None):
    code, out, errors = agree.run(*arguments, text=text)
    return code, without_places(json.loads(out)) if out.startswith('{') else PLACE.sub(
        r'\1', out), PLACE.sub(r'\1', errors) if code == 2 and not out else ''


def meaning(folder, policy, questions):
    """What the program says; nothing of it depends on the layout."""
    path = os.path.join(folder, policy)
    said = [answer('check', '--format', 'json', '--at', AT, path)]
    if said[0][0] == 2:
        return said
    said.append(answer('graph', '--format', 'dot', path))
    said.append(answer('compile', '--format', 'json', '--at', AT, path)[:2])
    out = os.path.join(folder, 'out')
    agree.run('compile', '-o', out, '--at', AT, path)
    for place, _, names in sorted(os.walk(out)):
        for name in sorted(names):
            with open(os.path.join(place, name), encoding='utf-8') as file:
                text = file.read()
            said.append(text if name != 'manifest.json' else without_places(
                json.loads(text)))
            said[-1] = PLACE.sub(r'\1', said[-1]) if isinstance(said[-1], str) else said[-1]
    shutil.rmtree(out, ignore_errors=True)
    if questions:
        said.append(answer('query', '--at', AT, path, '-', text=questions))
    return said


# ---- one policy ----

def read(path):
    with open(path, encoding='utf-8', newline='') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8', newline='') as file:
        file.write(text)


def sources(folder):
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder)
                  for name in names if name.endswith('.cordon'))


def format_all(folder):
    """Formats every file of a folder; what is wrong with one, or None."""
    for path in sources(folder):
        if agree.run('fmt', path)[0] == 2:
            continue
        before = read(path)
        agree.run('fmt', '-i', path)
        after = read(path)
        if comments(before.replace('\r', '')) != comments(after):
            return 'comments of %s differ:\n%s\n----\n%s' % (
                os.path.basename(path), before, after)
        if '\r' in after:
            return 'a carriage return is left:\n' + after
        if agree.run('fmt', '--check', path)[0] != 0:
            return 'formatted twice it differs:\n' + after
    return None


def difference(before, after):
    for one, other in zip(before, after):
        if one != other:
            one, other = str(one), str(other)
            at = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), 0)
            return '%s\n----\n%s' % (one[max(0, at - 200):at + 200],
                                     other[max(0, at - 200):at + 200])
    return 'one says more'


def compare(folder, policy, questions):
    """Formats a folder and compares; what is wrong, or None."""
    before = meaning(folder, policy, questions)
    text = read(os.path.join(folder, policy))
    problem = format_all(folder)
    if problem is None and before != (after := meaning(folder, policy, questions)):
        problem = 'the meaning differs:\n%s\n%s' % (difference(before, after), text)
    return problem


def lay_out(folder, chooser):
    for path in sources(folder):
        if agree.run('fmt', path)[0] == 0:
            write(path, mangled(read(path), chooser))


def try_layouts(original, policy, questions, seed):
    """The first problem of a folder as it is or in a random layout, in a list."""
    chooser = random.Random(seed)
    meant = problem = None
    with tempfile.TemporaryDirectory(prefix='format.') as place:
        folder = os.path.join(place, 'plant')
        for number in range(1 + LAYOUTS):
            shutil.copytree(original, folder)
            if number > 0:
                lay_out(folder, chooser)
            said = meaning(folder, policy, questions)
            meant = meant or said
            if said != meant:
                problem = 'another layout means something else:\n%s\n%s' % (
                    difference(meant, said), read(os.path.join(folder, policy)))
            problem = problem or compare(folder, policy, questions)
            if problem:
                return [problem]
            shutil.rmtree(folder)
    return []


# ---- all of them ----

def try_seed(seed):
    generator, text, inventory = agree.generated(seed)
    moment = generator.moments(1)[0]
    questions = ''.join(query_agrees.question(flow) + '\n'
                        for flow in generator.flows(moment, FLOWS))
    with agree.Folder(text, inventory) as folder:
        return ['seed %d: %s' % (seed, problem) for problem in try_layouts(
            folder.path, os.path.basename(folder.policy), questions, seed)]


def try_file(path):
    """With the files around it: includes and inventories are relative."""
    return ['%s: %s' % (os.path.relpath(path, ROOT), problem)
            for problem in try_layouts(os.path.dirname(path), os.path.basename(path), '',
                                       path)]


def written():
    folders = ('tests/cases', 'tests/naive', 'tests/kernel', 'examples', 'lang')
    return [path for folder in folders for path in sources(os.path.join(ROOT, folder))
            if agree.run('fmt', path)[0] == 0]


def report(number, title, results):
    problems = [problem for problems in results for problem in problems]
    print('%sok %d - %s: %d policies' % ('not ' if problems else '', number, title,
                                         len(results)))
    for problem in problems[:5]:
        print('\n'.join('# ' + line for line in problem[:4000].splitlines()))
    return bool(problems)


def main():
    first = int(os.environ.get('CORDON_TEST_SEED', '7000'))
    print('1..2')
    failed = report(1, 'policies of the tree', agree.over_seeds(try_file, written()))
    failed |= report(2, 'random policies', agree.over_seeds(
        try_seed, range(first, first + SEEDS)))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
