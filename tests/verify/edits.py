# SPDX-License-Identifier: Apache-2.0
"""Local edits: a policy rule that is taken out of a random policy changes only the
lines of the rulesets that carry its identity or that of a rule whose elements it
shares, and what names a set that only one of the two rulesets has. All other lines
stay, in their order."""
import os
import random
import re
import sys

import agree

POLICIES = max(1, int(40 * agree.SCALE))
START = int(os.environ.get('CORDON_TEST_SEED', '1'))
EDITS = 4
AT = '2026-03-01T00:00:00Z'
BLOCK = re.compile(r'\t(set|chain|map|ct timeout) (\S+) \{$')
COMMENT = re.compile(r' comment "([^"]*)"')


def identities(line):
    """Two rules of the same text differ by a number, which an edit may change."""
    found = COMMENT.search(line)
    return {re.sub(r'-\d+$', '', word) for word in found[1].split()} if found else set()


def blocks(text):
    """name -> its lines; what stands between is one block more, without the comments
    that name times."""
    out, name = {}, 'between'
    for line in text.splitlines():
        start = BLOCK.match(line)
        if not line or line.startswith('\t# '):
            continue
        if start:
            name = '%s %s' % start.groups()
        out.setdefault(name, []).append(line)
        if line == '\t}':
            name = 'between'
    return out


def in_order(one, other):
    """What both have stands in the same order."""
    both = set(one) & set(other)
    return [line for line in one if line in both] == [
        line for line in other if line in both]


def named(line):
    """The blocks that a line of a chain or a map mentions."""
    return {'set ' + name for name in re.findall(r'@(\S+)', line)} | {
        'chain ' + name for name in re.findall(r'jump (\S+?),?$', line)} | {
        'ct timeout ' + name for name in re.findall(r'timeout set "(\S+)"', line)}


def sharing(texts, own):
    """The identities that stand beside those of the rule."""
    found = set(own)
    for text in texts:
        for line in text.splitlines():
            if identities(line) & own:
                found |= identities(line)
    return found


def strays(before, after, own):
    """Changed lines that have nothing to do with the rule."""
    near, out = sharing((before, after), own), []
    one, other = blocks(before), blocks(after)
    if not in_order(list(one), list(other)):
        out.append('blocks in another order')
    for name in {**one, **other}:
        a, b = one.get(name, []), other.get(name, [])
        if not in_order(a, b):
            out.append('%s: in another order' % name)
        only_one = name not in one or name not in other
        for line in sorted(set(a) ^ set(b)):
            carried = identities(line)
            frame = line.strip() in ('elements = {', '}')
            if carried & near or (not carried and (only_one or frame)):
                continue
            if not any((block in one) != (block in other) for block in named(line)):
                out.append('%s: %s' % (name, line.strip()))
    return out


def compiled(folder, device):
    code, out, errors = agree.run('compile', '--device', device, '--at', AT, folder.policy)
    if code != 0:
        raise RuntimeError(errors[-1000:])
    return out


def with_identity(lines, number, folder, device):
    """The ruleset with the rule, which gets an identity that is known."""
    line = lines[number]
    rule = line[:-2] + '; id edited }' if line.endswith(' }') else line + ' { id edited }'
    folder.write('\n'.join(lines[:number] + [rule] + lines[number + 1:]) + '\n')
    return compiled(folder, device)


def editable(lines):
    """Rules whose own elements are in the text: denies of operations have none, but
    narrow the allows that they speak of."""
    return [number for number, line in enumerate(lines)
            if re.match(r'\s*(allow|deny) ', line)
            and not (line.strip().startswith('deny') and 'acme' in line)]


def judge(seed):
    pick = random.Random(seed)
    _, text, inventory = agree.generated(seed)
    lines, edits, wrong = text.splitlines(), 0, []
    devices = re.findall(r'^device (\S+)', text, re.M)
    with agree.Folder(text, inventory) as folder:
        for number in pick.sample(editable(lines), min(EDITS, len(editable(lines)))):
            for device in devices:
                before = with_identity(lines, number, folder, device)
                folder.write('\n'.join(lines[:number] + lines[number + 1:]) + '\n')
                after = compiled(folder, device)
                found = strays(before, after, {'edited'})
                edits += before != after
                wrong += ['seed %d, %s, without line %d\n%s\n%s' % (
                    seed, device, number + 1, lines[number].strip(),
                    '\n'.join(found[:5]))] if found else []
    return edits, wrong


def main():
    results = agree.over_seeds(judge, range(START, START + POLICIES))
    return agree.report('edits that changed a ruleset', results, POLICIES)


sys.exit(main())
