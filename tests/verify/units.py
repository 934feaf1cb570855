# SPDX-License-Identifier: Apache-2.0
"""The text that `compile` makes for a platform as units: what comes and goes as a whole,
with the rules it names and the names it defines and mentions. Frames of units, such as
`config` and `end`, and comments belong to none."""
import re
import typing


class Unit(typing.NamedTuple):
    place: str                      # what it stands in, whose order counts
    lines: tuple
    owners: frozenset = frozenset() # identities of rules, without the number that tells
                                    # rules of one text apart
    defines: tuple = ()             # names to which it gives a meaning
    inside: str = ''                # the name of the chain, set or list that it stands in
    kind: str = ''                  # of IOS: 'replies', 'errors'


WORD = re.compile(r'[^\s",@]+')


def owned(words):
    return frozenset(re.sub(r'-\d+$', '', word) for word in words)


def mentions(unit):
    return {word for line in unit.lines for word in WORD.findall(line)} - set(unit.defines)


# ---- nftables ----

def nftables_block(lines):
    kind, name = re.match(r'\t(set|chain|map|ct timeout) (\S+) \{$', lines[0]).groups()
    yield Unit('blocks', (lines[0],), defines=(name,))
    for line in lines[1:]:
        comment = re.search(r' comment "([^"]*)"', line)
        if line.strip() not in ('elements = {', '}'):
            yield Unit('%s %s' % (kind, name), (line.rstrip(','),),
                       owned(comment[1].split() if comment else ()), inside=name)


def nftables(text):
    block = None
    for line in text.splitlines():
        if re.match(r'\t(set|chain|map|ct timeout) \S+ \{$', line):
            block = []
        if block is not None:
            block.append(line)
            if line == '\t}':
                yield from nftables_block(block)
                block = None
        elif line and not line.lstrip().startswith('#'):
            yield Unit('between', (line,))


# ---- iptables ----

def iptables(text):
    """A rule stands in its chain, whose name it does not mention but by a jump."""
    for line in text.splitlines():
        declared = re.match(r':(\S+) ', line)
        rule = re.match(r'-A (\S+)( .*)', line)
        comment = re.search(r' --comment "([^"]*)"', line)
        if declared:
            yield Unit('chains', (line,), defines=(declared[1],))
        elif rule:
            yield Unit('chain ' + rule[1], (rule[2],),
                       owned(comment[1].split() if comment else ()), inside=rule[1])
        elif not line.startswith('#'):
            yield Unit('between', (line,))


# ---- IOS and ASA ----

BLOCK = re.compile(r'(?:object-group \S+|time-range|ip access-list extended|ipv6 access-list'
                   r'|interface) (\S+)$')
OF_RULE = re.compile(r'(?:(?:replies|for the device) of )?(\S+(?:; \S+)*) '
                     r'(?:allow|deny|manage|routing|neighbour) ')


def under(remark):
    """What a remark says of itself and of the entries behind it."""
    found = OF_RULE.match(remark)
    return {'owners': owned(found[1].split('; ')) if found else frozenset(),
            'kind': 'replies' if remark.startswith('replies of ') else
                    'errors' if remark == 'errors' else ''}


def cisco_entries(lines):
    """Units of [(list, line)]: each under the remark before it."""
    said, last = under(''), None
    for name, line in lines:
        entry = not line.startswith('remark ')
        if not entry or name != last:
            said = under('' if entry else line[len('remark '):])
        last = name
        yield Unit('list ' + name, (line,), inside=name, **said)


def cisco_block(block):
    name = BLOCK.match(block[0])
    if name and 'access-list' in block[0]:
        yield Unit('lists', (block[0],), defines=(name[1],))
        yield from cisco_entries([(name[1], line.strip()) for line in block[1:]])
    elif name and not block[0].startswith('interface'):
        kind = 'errors' if name[1].startswith('CORDON-errors') else ''
        yield Unit(block[0].split()[0], tuple(block), defines=(name[1],), kind=kind)
    else:
        for line in block:
            yield Unit(block[0] if name else 'between', (line,))


def cisco(text):
    block, flat = [], []
    for line in text.splitlines():
        entry = re.match(r'access-list (\S+) (.*)', line)
        if entry:
            flat.append(entry.groups())
            continue
        if line.startswith('!'):
            continue
        if not line.startswith(' ') and block:
            yield from cisco_block(block)
            block = []
        block.append(line)
    yield from cisco_block(block) if block else ()
    yield from cisco_entries(flat)


# ---- FortiOS ----

def fortios_entry(table, lines):
    name = lines[0].strip()[len('edit '):].strip('"')
    said = re.search(r'^ +set comments "(?:CORDON-)?(.*)"$', '\n'.join(lines), re.M)
    owners = owned(part.split()[0] for part in said[1].split('; ')) if said else frozenset()
    return Unit(table, tuple(lines), owners, (name,))


def fortios(text):
    table, entry = '', None
    for line in text.splitlines():
        word = line.split()[0] if line.strip() else ''
        if line.startswith('#') or word in ('end', ''):
            continue
        if line.startswith('config '):
            table = line[len('config '):]
        elif line.startswith('    edit '):
            entry = [line]
        elif line == '    next':
            yield fortios_entry(table, entry + [line])
            entry = None
        elif entry is not None:
            entry.append(line)
        else:
            yield Unit('%s %s' % (word, table), (line,))
