# SPDX-License-Identifier: Apache-2.0
"""configs.py FOLDER: a folder a platform, files of configurations in each."""
import json
import os
import subprocess
import sys

CORDON = os.environ['CORDON']
count = failed = 0


def check(good, what):
    global count, failed
    count += 1
    failed += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', count, what))


def skip(what, why):
    global count
    count += 1
    print('ok %d - %s # SKIP %s' % (count, what, why))


def lines_of(path):
    with open(path, 'rb') as file:
        text = file.read()
    return text.count(b'\n') + (text != b'' and not text.endswith(b'\n'))


def read(platform, path):
    return subprocess.run([CORDON, 'audit', '--target', platform, '--format', 'json', path],
                          capture_output=True, text=True, check=False)


def account(platform, path, sums):
    name = '%s/%s' % (platform, os.path.basename(path))
    done = read(platform, path)
    if 'cannot be read' in done.stderr:
        skip(name, 'no reader for ' + platform)
        return
    if done.returncode != 0:
        check(False, '%s: %s' % (name, done.stderr.strip()[:200]))
        return
    answer = json.loads(done.stdout)
    lines = answer['lines']
    for kind, number in lines.items():
        sums[kind] = sums.get(kind, 0) + number
    listed = {one['line'] for one in answer['unread']}
    check(sum(lines.values()) == lines_of(path) and len(listed) <= lines['unknown'] + 1
          and (lines['unknown'] == 0) == (not listed),
          '%s: %d understood, %d without effect, %d not understood' % (
              name, lines['understood'], lines['irrelevant'], lines['unknown']))


def main():
    folder = sys.argv[1]
    for platform in sorted(os.listdir(folder)):
        sums = {}
        here = os.path.join(folder, platform)
        for path in sorted(os.listdir(here)) if os.path.isdir(here) else []:
            account(platform, os.path.join(here, path), sums)
        if sums:
            print('# %s: %s' % (platform, ', '.join('%d %s' % (number, kind)
                                                     for kind, number in sorted(sums.items()))))
    print('1..%d' % count)
    sys.exit(failed > 0)


main()
