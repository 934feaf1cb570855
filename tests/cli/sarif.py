# SPDX-License-Identifier: Apache-2.0
"""`check --format sarif` is SARIF 2.1.0 (OASIS, 2020) for every policy of the cases
and the examples. The shape is written down here from the standard's sections and
its schema: which properties an object may and must have, of which type, with which
values. What Cordon does not write is not known here, and would be found."""
import glob
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.environ['SRCDIR']
CORDON = os.environ['CORDON']
AT = '2026-11-01T00:00:00Z'
# RFC 3986, 4.1: a URI reference; a colon in the first segment would be a scheme.
URI = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*$")


class Shape:
    """An object: its required and optional properties, and no others."""

    def __init__(self, required, optional=None, one_of=()):
        self.required, self.optional = required, optional or {}
        self.one_of = one_of

    def problems(self, value, where):
        if not isinstance(value, dict):
            return ['%s is no object' % where]
        found = ['%s has no %s' % (where, key) for key in self.required if key not in value]
        if self.one_of and not any(key in value for key in self.one_of):
            found.append('%s has none of %s' % (where, self.one_of))
        for key, item in value.items():
            kind = self.required.get(key, self.optional.get(key))
            found += (['%s has an unknown %s' % (where, key)] if kind is None
                      else problems_of(kind, item, where + '.' + key))
        return found


class List:
    def __init__(self, kind, unique=False):
        self.kind, self.unique = kind, unique

    def problems(self, value, where):
        if not isinstance(value, list):
            return ['%s is no array' % where]
        texts = [json.dumps(item, sort_keys=True) for item in value]
        found = (['%s repeats itself' % where]
                 if self.unique and len(set(texts)) < len(texts) else [])
        for number, item in enumerate(value):
            found += problems_of(self.kind, item, '%s[%d]' % (where, number))
        return found


class Values:
    def __init__(self, *values):
        self.values = values

    def problems(self, value, where):
        return [] if value in self.values else ['%s is %r' % (where, value)]


class Matching:
    def __init__(self, pattern):
        self.pattern = pattern

    def problems(self, value, where):
        return [] if isinstance(value, str) and self.pattern.match(value) else [
            '%s is %r' % (where, value)]


class Positive:
    def problems(self, value, where):
        return [] if isinstance(value, int) and value >= 1 else ['%s is %r' % (where, value)]


class Anything:
    def problems(self, value, where):
        return [] if isinstance(value, dict) else ['%s is no object' % where]


def problems_of(kind, value, where):
    return kind.problems(value, where)


TEXT = Matching(re.compile(r'(?s).'))                                   # not empty
MESSAGE = Shape({'text': TEXT})                                         # 3.11
REGION = Shape({'startLine': Positive()},                               # 3.30
               {'startColumn': Positive(), 'endLine': Positive(), 'endColumn': Positive()})
PHYSICAL = Shape({}, {'artifactLocation': Shape({'uri': Matching(URI)}),  # 3.4
                      'region': REGION}, one_of=('artifactLocation', 'address'))  # 3.29
LOCATION = Shape({}, {'physicalLocation': PHYSICAL, 'message': MESSAGE})  # 3.28
LEVEL = Values('none', 'note', 'warning', 'error')
RULE = Shape({'id': TEXT}, {                                            # 3.49
    'fullDescription': MESSAGE, 'shortDescription': MESSAGE, 'help': MESSAGE,
    'defaultConfiguration': Shape({}, {'level': LEVEL})})
DRIVER = Shape({'name': TEXT}, {'rules': List(RULE, True),              # 3.19
                                'version': TEXT, 'semanticVersion': TEXT})
SUPPRESSION = Shape({'kind': Values('inSource', 'external')},           # 3.35
                    {'justification': TEXT})
RESULT = Shape({'message': MESSAGE, 'ruleId': TEXT}, {                  # 3.27
    'level': LEVEL, 'locations': List(LOCATION), 'relatedLocations': List(LOCATION, True),
    'suppressions': List(SUPPRESSION, True)})
RUN = Shape({'tool': Shape({'driver': DRIVER}), 'results': List(RESULT)}, {  # 3.14
    'columnKind': Values('utf16CodeUnits', 'unicodeCodePoints'), 'properties': Anything()})
LOG = Shape({'version': Values('2.1.0'), 'runs': List(RUN)},            # 3.13
            {'$schema': Matching(re.compile(r'^https://[!-~]+sarif[!-~]+\.json$'))})


def inside(document, folder):
    """What the shape cannot say: rules that are there, lines that are there."""
    found = []
    for run in document['runs']:
        ids = [rule['id'] for rule in run['tool']['driver'].get('rules', [])]
        found += ['two rules are %s' % each for each in set(ids) if ids.count(each) > 1]
        for result in run['results']:
            if result['ruleId'] not in ids:
                found.append('no rule is %s' % result['ruleId'])
            for location in result['locations'] + result.get('relatedLocations', []):
                found += outside(location['physicalLocation'], folder)
    return found


def outside(place, folder):
    uri, region = place['artifactLocation']['uri'], place['region']
    path = os.path.join(folder, re.sub('%(..)', lambda m: chr(int(m[1], 16)), uri))
    if uri.startswith('%3C') or not os.path.exists(path):
        return [] if uri.startswith('%3C') else ['there is no %s' % uri]
    with open(path, encoding='utf-8', errors='replace') as file:
        lines = file.read().split('\n')
    if region['startLine'] > len(lines):
        return ['%s has no line %d' % (uri, region['startLine'])]
    if region['startColumn'] > len(lines[region['startLine'] - 1]) + 1:
        return ['%s:%d has no column %d' % (uri, region['startLine'], region['startColumn'])]
    return []


def policies():
    for folder in ('tests/cases/*/*', 'examples/*', 'tests/kernel', 'tests/naive'):
        yield from sorted(glob.glob(os.path.join(ROOT, folder, '*.cordon')))


def check(path):
    folder, name = os.path.split(path)
    return judged(folder, 'check', name)


def compare(old):
    """`diff`, both ways: a policy and what it became."""
    folder = os.path.dirname(old)
    seen = ['--traffic', 'seen.json'] if os.path.exists(
        os.path.join(folder, 'seen.json')) else []
    both = [judged(folder, 'diff', *seen, *names) for names in (
        ('old.cordon', 'new.cordon'), ('new.cordon', 'old.cordon'))]
    return sum(count for count, _ in both), [each for _, found in both for each in found]


def judged(folder, verb, *names):
    done = subprocess.run([CORDON, verb, '--format', 'sarif', '--at', AT, *names], cwd=folder,
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2) or done.stderr:
        return 0, ['exit %d %s' % (done.returncode, done.stderr[:200])]
    document = json.loads(done.stdout)
    found = problems_of(LOG, document, 'log')
    return len(document['runs'][0]['results']), found or inside(document, folder)


def notices():
    """The shape itself is tried: each of these is found."""
    good = {'version': '2.1.0', 'runs': [{'tool': {'driver': {'name': 'x', 'rules': [
        {'id': 'A'}]}}, 'results': [{'ruleId': 'A', 'message': {'text': 'm'}, 'locations': [
            {'physicalLocation': {'artifactLocation': {'uri': 'a%20b'},
                                  'region': {'startLine': 1, 'startColumn': 1}}}]}]}]}
    changes = [
        ('"2.1.0"', '"2.1"'), ('"text"', '"txt"'), ('"a%20b"', '"a b"'),
        ('"startLine": 1', '"startLine": 0'), ('"startColumn": 1', '"startColumn": "1"'),
        ('"name": "x"', '"nam": "x"'), ('"message": {"text": "m"}, ', ''),
        ('"artifactLocation": {"uri": "a%20b"}, ', ''), ('"ruleId": "A"', '"level": "info"'),
        ('"runs": [', '"runs": {}, "run": ['),
    ]
    text = json.dumps(good)
    missed = [new for old, new in changes if old not in text or not problems_of(
        LOG, json.loads(text.replace(old, new)), 'log')]
    return missed + problems_of(LOG, good, 'log')


def main():
    paths = list(policies())
    print('1..4')
    missed = notices()
    print('%sok 1 - what is not SARIF is noticed %s' % ('not ' if missed else '', missed or ''))
    with ThreadPoolExecutor(2) as pool:
        checked = list(zip(paths, pool.map(check, paths)))
    bad = [(path, found) for path, (_, found) in checked if found]
    print('%sok 2 - %d policies give SARIF' % ('not ' if bad else '', len(paths)))
    for path, found in bad[:10]:
        print('# %s: %s' % (os.path.relpath(path, ROOT), '; '.join(found[:5])))
    results = sum(count for _, (count, _) in checked)
    print('%sok 3 - %d results in all' % ('' if results > 200 else 'not ', results))
    changes = [(path, *compare(path)) for path in sorted(
        glob.glob(os.path.join(ROOT, 'tests/cases/diff/*/old.cordon')))]
    wrong = [each for each in changes if each[2]] or sum(each[1] for each in changes) < 10
    print('%sok 4 - %d changes of policy give SARIF' % ('not ' if wrong else '', len(changes)))
    if wrong:
        print('#', wrong)
    return 1 if bad or missed or results <= 200 or wrong else 0


if __name__ == '__main__':
    sys.exit(main())
