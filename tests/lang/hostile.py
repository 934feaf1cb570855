# SPDX-License-Identifier: Apache-2.0
"""Input that nobody writes in good faith, or that a broken tool wrote: Cordon
ends with exit code 2 and a place, within bounds of processor time and memory,
whatever the verb. What is large but legal is read within the same bounds."""
import os
import re
import resource
import subprocess
import sys
import tempfile

CORDON = os.environ.get('CORDON', './cordon')
SECONDS, MEMORY = 20, 1 << 30
MIB = 1 << 20
PLACE = re.compile(r'^(\S+):(\d+):(\d+): error: .*\[([A-Z-]+)\]$', re.M)
PLANT = 'zone z level 2 { subnet 10.0.0.0/8 }\ninventory "assets.yaml"\n'


def laughs():
    lines = ['a: &a [' + 'ha, ' * 9 + 'ha]']
    for number in range(1, 10):
        lines.append('%c: &%c [%s]' % (97 + number, 97 + number, ', '.join(
            ['*' + chr(96 + number)] * 10)))
    return '\n'.join(lines) + '\nassets: *j\n'


def addresses(count, text):
    return ''.join(text.format(n, '10.%d.%d.%d' % (n >> 16, n >> 8 & 255, n & 255))
                   for n in range(1, count + 1))


# name: (policy, the finding, its line and column; None: a legal file)
POLICIES = {
    'a byte order mark': (b'\xef\xbb\xbfmode m\n', 'ENCODING 1:1'),
    'UTF-16': ('mode m\n'.encode('utf-16'), 'ENCODING 1:1'),
    'Latin-1': (b'mode m "gr\xfc\xdf"\n', 'ENCODING 1:11'),
    'an overlong sequence': (b'mode m # \xc0\xaf\n', 'ENCODING 1:10'),
    'a surrogate': (b'mode m # \xed\xa0\x80\n', 'ENCODING 1:10'),
    'a NUL byte': (b'mode m\nmode\0 n\n', 'ENCODING 2:5'),
    'an escape character': (b'mode m\n\x1b[2J\n', 'ENCODING 2:1'),
    'a control sequence of ISO 6429': (b'mode m \xc2\x9b2J\n', 'ENCODING 1:8'),
    'a mark of direction': ('mode m # \u202etxet\n', 'ENCODING 1:10'),
    'a lone carriage return': (b'mode m\rmode n\n', 'ENCODING 1:7'),
    'a line of 10 MB': ('# ' + 'x' * 10 * MIB, 'LIMIT 1:1048577'),
    'a name of 1 MB': ('mode ' + 'x' * (MIB - 10), None),
    'a string of 1 MB that does not end': (
        'mode m "' + '\\"' * (MIB // 2 - 10), 'SYNTAX 1:8'),
    '100,000 nested braces': ('zone z level 2 ' + '{' * 100000, 'SYNTAX 1:17'),
    '100,000 nested blocks': ('zone z level 2 {\n' * 100000, 'SYNTAX 2:1'),
    '100,000 closing braces': ('}' * 100000, 'SYNTAX 1:1'),
    '100,000 nested parentheses': (
        'deny any -> any : modbus' + '(' * 100000, 'SYNTAX 1:26'),
    '100,000 times except': (
        'deny any ' + 'except any ' * 50000 + '-> any : any\n', 'SYNTAX 1:21'),
    'a million semicolons': (';' * 1000000 + '\n', None),
    'a million statements that mean nothing': ('bogus\n' * 1000000, 'SYNTAX 1:1'),
    'a million modes': (''.join('mode m%d\n' % n for n in range(1000000)), None),
    'a million members of a group': (
        'zone z level 2 { subnet 10.0.0.0/8 }\ngroup g = 10.0.0.0' +
        addresses(1000000, ',\n{1}') + '\n', None),
    '20,000 unknown names among 20,000': (
        'zone z level 2\n' + addresses(20000, 'asset plc-number-{0} in z\n') +
        'group g = z' + addresses(20000, ',\nplc-numbr-{0}') + '\n', None),
}
FILES = {
    'an include of itself': ('include "././policy.cordon"\n', 'INCLUDE-CYCLE 1:9'),
    'an include of itself by another way': (
        'include "below/../policy.cordon"\n', 'INCLUDE-CYCLE 1:9'),
    'an include of itself through a link': (
        'include "here/policy.cordon"\n', 'INCLUDE-CYCLE 1:9'),
    'a folder': ('mode m\ninclude "."\n', 'UNREADABLE 2:9'),
    'a file that is not there': ('inventory "none.yaml"\n', 'UNREADABLE 1:11'),
    'a pipe that nobody writes to': ('include "pipe"\n', 'UNREADABLE 1:9'),
    'a device without an end': ('include "/dev/zero"\n', 'UNREADABLE 1:9'),
    'a path of a million characters': (
        'include "%s"\n' % ('x' * 1000000), 'UNREADABLE 1:9'),
}
INVENTORIES = {
    'aliases that explode': (laughs(), 'SYNTAX 1:4'),
    'an anchor': ('assets: &a {}\n', 'SYNTAX 1:9'),
    'a tag': ('assets:\n  p: !!python/object/apply:os.system {zone: z}\n',
              'SYNTAX 2:6'),
    '100,000 nested sequences': ('assets: {p: ' + '[' * 100000, 'SYNTAX 1:13'),
    '100,000 nested mappings': ('assets: ' + '{p: ' * 100000, 'SYNTAX 1:14'),
    '3,000 nested blocks': (
        'assets:\n' + ''.join(' ' * n + ' p:\n' for n in range(3000)), 'SYNTAX 3:3'),
    'a key given twice': ('assets:\n  p:\n    zone: z\n    zone: z\n', 'SYNTAX 4:5'),
    'no zone': ('assets:\n  p: {address: 10.0.0.1}\n', 'SYNTAX 2:3'),
    'an unknown key': ('assets:\n  p: {zone: z, adress: 10.0.0.1}\n', 'SYNTAX 2:16'),
    'an unknown key behind an umlaut': (
        'assets:\n  p: {zone: z, os: "ü", adress: 1}\n', 'SYNTAX 2:26'),
    'a sequence': ('- p\n- q\n', 'SYNTAX 1:1'),
    'a scalar': ('hello\n', 'SYNTAX 1:1'),
    'a sequence as a key': ('assets:\n  ? [p, q]\n  : {zone: z}\n', 'SYNTAX 2:5'),
    'a merge key': ('assets:\n  p:\n    zone: z\n    <<: {os: x}\n', 'SYNTAX 4:5'),
    'a tab': ('assets:\n\tp: {zone: z}\n', 'SYNTAX 2:1'),
    'a mapping that does not end': ('assets: {p: {zone: z\n', 'SYNTAX 2:1'),
    'another version of YAML': ('%YAML 9.9\n---\nassets: {}\n', 'SYNTAX 1:1'),
    'a NUL byte': (b'assets:\n  p\0: {zone: z}\n', 'ENCODING 2:4'),
    'Latin-1': (b'assets: {p: {zone: z, os: "\xfc"}}\n', 'ENCODING 1:28'),
    'UTF-16': ('assets: {}\n'.encode('utf-16'), 'ENCODING 1:1'),
    'a line of 10 MB': ('# ' + 'x' * 10 * MIB, 'LIMIT 1:1048577'),
    'a line separator of Unicode': (
        'assets:\n  p: {zone: z, os: "\u2028 ", adress: 1}\n', 'SYNTAX 2:28'),
    '30,000 assets on one line': ('assets: {' + addresses(
        30000, 'a{0}: {{zone: z, os: ü}}, ') + '}\n', None),
    '200,000 assets': ('assets:\n' + addresses(
        200000, '  a{0}: {{zone: z, address: {1}}}\n'), None),
}


def bound_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def is_sanitized():
    """AddressSanitizer's shadow does not fit in any bound, and takes its time."""
    return subprocess.run([CORDON, '--version'], preexec_fn=bound_memory, check=False,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0


FACTOR = 5 if is_sanitized() else 1


def bound():
    resource.setrlimit(resource.RLIMIT_CPU, (FACTOR * SECONDS, FACTOR * SECONDS))
    if FACTOR == 1:
        bound_memory()


def run(folder, verb):
    """(exit code, diagnostics as text)"""
    try:
        return run_bounded(folder, verb)
    except subprocess.TimeoutExpired:
        return 'no end', ''


def run_bounded(folder, verb):
    done = subprocess.run(
        [CORDON, verb, os.path.join(folder, 'policy.cordon')],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding='utf-8',
        errors='surrogateescape', check=False,
        preexec_fn=bound, timeout=3 * FACTOR * SECONDS, stdin=subprocess.DEVNULL)
    return done.returncode, done.stderr


def write(folder, name, content):
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def complaint(code, errors, wanted, verb):
    """What is wrong with a run, or None."""
    if wanted is None:
        return None if code in (0, 1) else 'exit %s' % code
    if code != 2:
        return 'exit %s, not 2' % code
    places = ['%s %s:%s' % (name, line, column)
              for _, line, column, name in PLACE.findall(errors)]
    if wanted not in places:
        return '%s: %s is not among %s' % (verb, wanted, places[:5])
    if re.search('[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]', errors):
        return 'what is printed is no text for a terminal'
    return None


def prepare(folder):
    os.mkfifo(os.path.join(folder, 'pipe'))
    os.symlink('.', os.path.join(folder, 'here'))
    os.mkdir(os.path.join(folder, 'below'))


def attempt(contents, wanted, verbs):
    with tempfile.TemporaryDirectory(prefix='hostile.') as folder:
        prepare(folder)
        for name, content in contents.items():
            write(folder, name, content)
        for verb in verbs:
            code, errors = run(folder, verb)
            problem = complaint(code, errors, wanted, verb)
            if problem:
                return '%s\n%s' % (problem, errors[:1000])
    return None


def trials():
    """(title, files, what is found where, verbs)"""
    for name, (text, wanted) in POLICIES.items():
        yield name, {'policy.cordon': text}, wanted, ('check', 'fmt')
    for name, (text, wanted) in FILES.items():
        yield name, {'policy.cordon': text}, wanted, ('check',)
    for name, (text, wanted) in INVENTORIES.items():
        yield 'YAML: ' + name, {'policy.cordon': PLANT, 'assets.yaml': text}, wanted, (
            'check',)


def main():
    failed = 0
    tried = list(trials())
    print('1..%d' % len(tried))
    for number, (title, contents, wanted, verbs) in enumerate(tried, 1):
        problem = attempt(contents, wanted, verbs)
        failed += problem is not None
        print('%sok %d - %s' % ('not ' if problem else '', number, title))
        for line in (problem or '').splitlines():
            print('# ' + line[:300].encode('utf-8', 'replace').decode())
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
