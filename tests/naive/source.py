# SPDX-License-Identifier: Apache-2.0
"""Reads policies for the naive evaluator, written from LANGUAGE.md alone.

A file becomes a list of statements; a statement is its words and, where it has
one, the statements of its braces. Nothing is looked up here. What LANGUAGE.md
calls an error raises SourceError: the random policies are all valid, so the
first error is enough."""
import os
import re

import yaml


class SourceError(Exception):
    pass


# `-` joins only before a letter, digit, `_` or (in IPv6 ranges) `:`; the run
# `22:00` is one token and the colon between blanks another.
TOKEN = re.compile(r'''
    (?P<blank>[ \t\r]+|\#[^\n]*)
  | (?P<newline>\n)
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<sign>->|=>|>=|<=|[{}(),;=<>@])
  | (?P<word>(?:[A-Za-z0-9_.:/]|-(?=[A-Za-z0-9_:]))+)
  | (?P<dash>-)
''', re.VERBOSE)
CONTINUES = (',', '=', '->', '=>', ':')


class Text(str):
    """A quoted string, so that it is never taken for a keyword."""


def tokens_of(text):
    """Words and signs; `;` ends a statement, also where a newline does."""
    out, depth, at = [], 0, 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise SourceError('unexpected %r' % text[at:at + 20])
        at = match.end()
        kind, word = match.lastgroup, match.group()
        if kind == 'newline':
            if depth == 0 and not (out and out[-1] in CONTINUES
                                   and not isinstance(out[-1], Text)):
                out.append(';')
        elif kind == 'string':
            out.append(Text(re.sub(r'\\(.)', r'\1', word[1:-1])))
        elif kind != 'blank':
            depth += {'(': 1, ')': -1}.get(word, 0)
            out.append(word)
    return out


class Words:
    """The words of one statement and a place in them."""

    def __init__(self, words):
        self.words, self.at, self.block = words, 0, None

    def peek(self, ahead=0):
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else None

    def next(self):
        if self.at >= len(self.words):
            raise SourceError('statement ends early: %s' % ' '.join(self.words))
        self.at += 1
        return self.words[self.at - 1]

    def take(self, *wanted):
        """True and one step on if the next word is one of those."""
        word = self.peek()
        if word in wanted and not isinstance(word, Text):
            self.at += 1
            return True
        return False

    def need(self, wanted):
        if not self.take(wanted):
            raise SourceError('%s wanted in: %s' % (wanted, ' '.join(self.words)))

    def list_of(self, item):
        out = [item(self)]
        while self.take(','):
            out.append(item(self))
        return out

    def names(self):
        return self.list_of(Words.next)

    def end(self):
        if self.at < len(self.words):
            raise SourceError('%r not expected in: %s'
                              % (self.peek(), ' '.join(self.words)))


def statements_of(tokens, at=0, inside=False):
    """(statements, place after them)"""
    out, words = [], []
    while at < len(tokens):
        token = tokens[at]
        sign = not isinstance(token, Text)
        at += 1
        if sign and token == '{':
            statement = Words(words)
            statement.block, at = statements_of(tokens, at, True)
            out.append(statement)
            words = []
        elif sign and token in ';}':
            if words:
                out.append(Words(words))
            words = []
            if token == '}':
                if not inside:
                    raise SourceError('} without {')
                return out, at
        else:
            words.append(token)
    if inside:
        raise SourceError('{ without }')
    if words:
        out.append(Words(words))
    return out, at


def inventory_of(path):
    """Records of `assets:`, a mapping from names."""
    with open(path, encoding='utf-8') as file:
        document = yaml.load(file, Loader=yaml.BaseLoader) or {}
    return [dict(body or {}, name=name)
            for name, body in (document.get('assets') or {}).items()]


def load_statements(path, seen=None):
    """(statements, inventory records) of a file and all it includes."""
    seen = set() if seen is None else seen
    path = os.path.realpath(path)
    if path in seen:
        raise SourceError('%s includes itself or is included twice' % path)
    seen.add(path)
    with open(path, encoding='utf-8') as file:
        found, _ = statements_of(tokens_of(file.read()))
    out, records = [], []
    for statement in found:
        if statement.take('include'):
            more, assets = load_statements(
                os.path.join(os.path.dirname(path), statement.next()), seen)
            out += more
            records += assets
        elif statement.take('inventory'):
            records += inventory_of(
                os.path.join(os.path.dirname(path), statement.next()))
        else:
            out.append(statement)
    return out, records
