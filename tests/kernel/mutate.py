# SPDX-License-Identifier: Apache-2.0
"""Random faults in the text of a ruleset, whatever its form: words and lines go,
come twice, change places, become others of their sort, or change by a little.
All of it follows from the seed."""
import ipaddress
import random
import re

WORD = re.compile(r'"[^"]*"|[^\s{};,"]+|[{};,]')
ADDRESS = re.compile(r'[0-9a-f]*:[0-9a-f:]+|\d+\.\d+\.\d+\.\d+')
NUMBER = re.compile(r'\d+')
# Words that an emitter could mix up.
CONFUSED = [
    ('saddr', 'daddr'), ('sport', 'dport'), ('original', 'reply'), ('accept', 'drop'),
    ('accept', 'return'), ('drop', 'return'), ('accept', 'continue'), ('ip', 'ip6'),
    ('new', 'established'), ('new', 'invalid'), ('related', 'untracked'),
    ('related', 'established'), ('icmp', 'ipv6-icmp'), ('icmp', 'tcp'), ('tcp', 'udp'),
    ('udp', 'sctp'), ('iifname', 'oifname'), ('!=', '=='), ('forward', 'input'),
    ('jump', 'goto'), ('proto-src', 'proto-dst'), ('filter', 'raw'), ('vmap', '@flows'),
    ('th', 'udp'), ('interval', 'constant'), ('direction', 'state'), ('0', '1')]


def sort_of(word):
    if word[0] == '"':
        return 'string'
    if word in '{};,':
        return word
    if ADDRESS.match(word):
        return 'ip6' if ':' in word else 'ip'
    if word[0].isdigit():
        return 'number'
    return 'name' if '/' in word else 'word'


class Mutator:
    KINDS = ['delete-word', 'double-word', 'other-word', 'confuse', 'confuse',
             'change-number', 'change-number', 'change-address', 'change-address',
             'delete-line', 'delete-line', 'double-line', 'swap-lines', 'swap-words',
             'delete-words', 'move-line']

    def __init__(self, text, seed):
        self.random = random.Random(seed)
        self.lines = text.splitlines()
        body = [at for at, line in enumerate(self.lines)
                if line.strip() and line.strip()[0] not in '#}']
        # The few lines of chains and maps weigh as much as all elements.
        self.rules = [at for at in body if not re.search(r'[\d:] \. ', self.lines[at])]
        self.elements = sorted(set(body) - set(self.rules)) or self.rules
        self.words = {}
        for at in body:
            for word in WORD.findall(self.lines[at]):
                self.words.setdefault(sort_of(word), set()).add(word)
        self.words = {sort: sorted(words) for sort, words in self.words.items()}

    def mutant(self):
        """(kind, text, the lines changed, old and new)"""
        while True:
            kind = self.random.choice(self.KINDS)
            at = self.random.choice(self.random.choice([self.rules, self.elements]))
            lines = list(self.lines)
            self.change(kind, lines, at)
            if lines != self.lines:
                changed = sorted(set(self.lines) ^ set(lines)) or [self.lines[at]]
                return kind, '\n'.join(lines) + '\n', changed

    def change(self, kind, lines, at):
        if kind == 'delete-line':
            del lines[at]
        elif kind == 'double-line':
            lines.insert(at, lines[at])
        elif kind == 'swap-lines':
            lines[at - 1:at + 1] = lines[at - 1:at + 1][::-1]
        elif kind == 'move-line':
            line = lines.pop(at)
            lines.insert(self.random.choice([self.random.choice(self.rules), at + 1,
                                             at - 2, at + 7]), line)
        else:
            lines[at] = self.changed_line(kind, lines[at])

    def changed_line(self, kind, line):
        spots = [match.span() for match in WORD.finditer(line)]
        if not spots:
            return line
        if kind == 'swap-words' and len(spots) > 1:
            return self.swapped(line, *sorted(self.random.sample(spots, 2)))
        if kind == 'delete-words':
            first = self.random.randrange(len(spots))
            last = min(first + self.random.randint(1, 5), len(spots) - 1)
            return line[:spots[first][0]] + line[spots[last][0]:]
        start, end = self.random.choice(self.fitting(kind, line, spots) or spots)
        return line[:start] + self.changed_word(kind, line[start:end]) + line[end:]

    @staticmethod
    def swapped(line, one, other):
        (a, b), (c, d) = one, other
        return line[:a] + line[c:d] + line[b:c] + line[a:b] + line[d:]

    @staticmethod
    def fitting(kind, line, spots):
        """The words that such a change can change."""
        fits = {'change-number': NUMBER.search, 'change-address': ADDRESS.match,
                'confuse': lambda word: any(word in pair for pair in CONFUSED)}
        return [spot for spot in spots
                if kind in fits and fits[kind](line[spot[0]:spot[1]])]

    def changed_word(self, kind, word):
        if kind == 'delete-word':
            return ''
        if kind == 'double-word':
            return word + ' ' + word
        if kind == 'other-word':
            return self.random.choice(self.words[sort_of(word)])
        if kind == 'confuse':
            others = [pair[1 - pair.index(word)] for pair in CONFUSED if word in pair]
            return self.random.choice(others) if others else word
        if kind == 'change-number' and NUMBER.search(word):
            return self.changed_number(word)
        if kind == 'change-address' and ADDRESS.match(word):
            return self.changed_address(word)
        return word

    def changed_number(self, word):
        """One of the word's numbers; of an address that is a part or its prefix."""
        match = self.random.choice(list(NUMBER.finditer(word)))
        number = int(match.group())
        new = self.random.choice([number + 1, max(number - 1, 0), number * 2, number // 2,
                                  number ^ 1, self.random.randrange(256), 65535])
        return word[:match.start()] + str(new) + word[match.end():]

    def changed_address(self, word):
        match = self.random.choice(list(ADDRESS.finditer(word)))
        try:
            address = ipaddress.ip_address(match.group())
        except ValueError:
            return word
        bit = self.random.choice([0, 1, self.random.randrange(address.max_prefixlen)])
        new = type(address)(int(address) ^ 1 << bit)
        return word[:match.start()] + str(new) + word[match.end():]


def mentioned(lines):
    """The addresses at and around the edges of what the lines hold, and numbers."""
    addresses, numbers = set(), set()
    for word in WORD.findall(' '.join(lines)):
        if ADDRESS.match(word):
            for end in ends_of(word):
                for near in (int(end) - 1, int(end), int(end) + 1):
                    if 0 < near < 2 ** end.max_prefixlen:
                        addresses.add(type(end)(near))
        elif word[0] != '"':
            numbers |= {int(number) for number in NUMBER.findall(word) if len(number) < 6}
    return addresses, numbers


def ends_of(word):
    try:
        if '/' in word:
            network = ipaddress.ip_network(word, strict=False)
            return [network[0], network[-1]]
        return [ipaddress.ip_address(part) for part in word.split('-')]
    except ValueError:
        return []
