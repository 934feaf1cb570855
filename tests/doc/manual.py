# SPDX-License-Identifier: Apache-2.0
"""The manual pages: they are clean mdoc(7), tell the options that --help tells,
have an entry for each finding, and every example in them works."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ['SRCDIR']
BUILD = os.environ['BUILDDIR']
CORDON = os.environ['CORDON']
PLANT = os.path.join(ROOT, 'examples/bottling')
FINDINGS = os.path.join(BUILD, 'doc/cordon-findings.7')
PROTOCOLS = os.path.join(BUILD, 'doc/cordon-protocols.7')
AT = '2026-11-24T08:00:00Z'
# What depends on the machine that looks: other pages, the system's name.
PASSED_OVER = re.compile('outdated mandoc.db|referenced manual not found|'
                         'operating system|legacy man')


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def pages():
    folder = os.path.join(ROOT, 'doc')
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)
                  if re.fullmatch(r'cordon.*\.[157]', name)) + [FINDINGS, PROTOCOLS]


def verbs():
    return re.findall(r'^  (\w+) ', run(CORDON, '--help').stdout, re.M)


def page_of(verb):
    return os.path.join(ROOT, 'doc/cordon-%s.1' % verb)


# ---- each check gives what is wrong, as lines ----

def clean():
    if shutil.which('mandoc'):
        command = ['mandoc', '-Tlint', '-Wstyle']
    elif shutil.which('groff'):
        command = ['groff', '-mdoc', '-ww', '-z']
    else:
        return None
    told = [run(*command, page) for page in pages()]
    return [line for done in told for line in (done.stdout + done.stderr).splitlines()
            if not PASSED_OVER.search(line)]


def every_verb():
    missing = [verb for verb in verbs() if not os.path.exists(page_of(verb))]
    overview = read(os.path.join(ROOT, 'doc/cordon.1'))
    return missing + ['cordon(1) does not tell of ' + verb for verb in verbs()
                      if '.Xr cordon-%s 1' % verb not in overview]


def options_of_help(verb):
    lines = re.findall(r'^  (-.*)$', run(CORDON, verb, '--help').stdout, re.M)
    form = re.compile(r'(?:(-\w), )?(--[\w-]+)(?: ([A-Z.]+|\w+(?:\|\w+)+))? ')
    return {(match[1], match[2], (match[3] or '').lower() if '|' in (match[3] or '') else
             bool(match[3])) for match in map(form.match, lines) if match}


def options_of_page(verb):
    found = set()
    for line in re.findall(r'^\.It (Fl .*)$', read(page_of(verb)), re.M):
        line = line.replace(' Ns | Ns Cm ', '|')
        short = re.match(r'Fl (\w) , ', line)
        rest = re.search(r'(?:^Fl|,) (-[\w-]+)(.*)$', line)
        value = rest[2].replace(' Cm ', '').replace(' Ar ', 'Ar ').strip()
        found.add(('-' + short[1] if short else None, '-' + rest[1],
                   value if '|' in value else bool(value)))
    return found


def same_options():
    problems = []
    for verb in verbs():
        told, written = options_of_help(verb), options_of_page(verb)
        problems += ['%s: only --help has %s' % (verb, option) for option in told - written]
        problems += ['%s: only the page has %s' % (verb, option)
                     for option in written - told]
        if len(told) < 2:
            problems.append('%s: --help was not understood' % verb)
    return problems


def every_finding():
    names = re.findall(r'^(\S+)  ', run(CORDON, 'explain').stdout, re.M)
    text = read(FINDINGS)
    return ['%s has no entry' % name for name in names
            if not re.search(r'^\.It Sy %s Pq' % name, text, re.M)] or (
        [] if len(names) > 40 else ['only %d findings' % len(names)])


def decimal(text):
    """Numbers that the table writes in hexadecimal, as JSON has them."""
    return re.sub(r'\b0x[0-9a-f]+\b', lambda found: str(int(found[0], 16)), text)


def every_protocol():
    """With each function and parameter, its numbers and its class."""
    out = run(CORDON, 'services', '--format', 'json').stdout
    sections = dict(re.findall(r'^\.Ss (\S+)\n(.*?)^\.El$',
                               read(PROTOCOLS).replace('\\-', '-'), re.M | re.S))
    problems = []
    for protocol in json.loads(out)['protocols']:
        entries = re.findall(r'^\.It Ic (\S+)\n(.*?)(?=^\.It|\Z)',
                             sections.get(protocol['name'], ''), re.M | re.S)
        rows = [(each['operation'], each) for each in protocol['functions']]
        rows += [(each['dimension'], each) for each in protocol['parameters']]
        for key, row in rows:
            numbers = '%d-%d' % (row['first'], row['last'])
            numbers = numbers if row['first'] < row['last'] else str(row['first'])
            if not any(key == kind and '%s %s' % (row['name'], numbers) in re.split(
                    r', ', decimal(' '.join(text.split()))) for kind, text in entries):
                problems.append('%s: no %s %s %s' % (protocol['name'], key, row['name'],
                                                     numbers))
    return problems or ([] if len(sections) > 20 else ['only %d protocols' % len(sections)])


def language_examples():
    page = read(os.path.join(ROOT, 'doc/cordon-policy.5'))
    files = {'vendors.cordon': ''}
    for name, text in re.findall(
            r'^\.\\" example (\S+)\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$', page, re.M | re.S):
        files[name] = files.get(name, '') + text.replace('\\e', '\\')
    with tempfile.TemporaryDirectory(prefix='manual.') as folder:
        for name, text in files.items():
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
                file.write(text)
        checked = run(CORDON, 'check', '--strict', '--at', AT, 'plant.cordon', cwd=folder)
        laid = run(CORDON, 'fmt', '--check', 'plant.cordon', cwd=folder)
    problems = [] if page.count('.Bd -literal') > 10 else ['no examples were found']
    if checked.returncode != 0:
        problems += ['exit %d' % checked.returncode] + checked.stderr.splitlines()
    return problems + (['the layout is not canonical'] if laid.returncode else [])


def commands():
    for page in pages():
        for line in re.findall(r'^\.Dl \$ (.*)$', read(page), re.M):
            yield os.path.basename(page), line


def command_examples():
    problems, count = [], 0
    with tempfile.TemporaryDirectory(prefix='manual.') as place:
        environment = dict(os.environ, PATH=place + ':' + os.environ['PATH'])
        os.symlink(CORDON, os.path.join(place, 'cordon'))
        for page, line in commands():
            folder = os.path.join(place, 'plant')
            shutil.copytree(PLANT, folder)
            with open(os.path.join(folder, 'questions'), 'w', encoding='utf-8') as file:
                file.write('historian -> plc-filler : modbus(read)\n')
            done = run('sh', '-c', line, cwd=folder, env=environment)
            if done.returncode not in (0, 1):
                problems += ['%s: %s: exit %d' % (page, line, done.returncode)]
                problems += done.stderr.splitlines()
            shutil.rmtree(folder)
            count += 1
    return problems if count > 10 else problems + ['only %d commands' % count]


CHECKS = [
    ('the pages are clean mdoc', clean),
    ('every verb has a page', every_verb),
    ('the pages tell the options that --help tells', same_options),
    ('every finding has an entry', every_finding),
    ('every protocol has its functions and parameters', every_protocol),
    ('the examples of the language make up a policy', language_examples),
    ('the commands of the examples do their job', command_examples),
]


def main():
    failed = 0
    print('1..%d' % len(CHECKS))
    for number, (title, check) in enumerate(CHECKS, 1):
        problems = check()
        if problems is None:
            print('ok %d - %s # SKIP neither mandoc nor groff is here' % (number, title))
            continue
        failed += bool(problems)
        print('%sok %d - %s' % ('not ' if problems else '', number, title))
        for line in problems[:40]:
            print('# ' + line)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
