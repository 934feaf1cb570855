# SPDX-License-Identifier: Apache-2.0
"""Layouts of a policy's text that all mean the same, made from its tokens alone:
comments wherever a line may end, blanks and tabs, statements on one line or on
many, CRLF, no newline at the end. And the comments of a text, in order."""
import re

TOKEN = re.compile(r'''
    (?P<comment>\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
  | (?P<newline>\n)
  | (?P<blank>[ \t\r]+)
  | (?P<arrow>->|=>|<=|>=)
  | (?P<mark>[{}();,=])
  | (?P<word>(?:(?!->|=>|<=|>=)[^\s\#"{}();,=])+)
''', re.X)
CONTINUES = {',', '=', '->', '=>', ':', '('}


def tokens(text):
    """(kind, text) of all tokens; kind 'end' is what ends a statement."""
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == 'newline' or token == ';':
            yield 'end', token
        elif kind == 'comment':
            yield kind, token.rstrip()
        elif kind != 'blank':
            yield kind, token


def comments(text):
    return [token for kind, token in tokens(text) if kind == 'comment']


class Layout:
    """Writes tokens again, with the space between them at random."""

    def __init__(self, random):
        self.random = random
        self.out = []
        self.number = 0
        self.parens = 0

    def chance(self, probability):
        return self.random.random() < probability

    def comment(self):
        self.number += 1
        return self.random.choice(('# c%d', '#c%d "x', '#  c%d { } ;', '## ü c%d\t')) % (
            self.number)

    def blank(self):
        return self.random.choice((' ', ' ', '  ', '\t', ' \t '))

    def line_break(self):
        """A newline, perhaps behind a comment, perhaps with lines of comments."""
        text = self.blank() + self.comment() if self.chance(.5) else ''
        text += '\n' * self.random.choice((1, 1, 2, 3))
        while self.chance(.3):
            text += self.blank() + self.comment() + '\n'
        return text

    def end(self):
        if self.parens or self.last in CONTINUES | {'{', ';', None}:
            return self.line_break() if self.chance(.5) else self.blank()
        return self.random.choice((self.line_break(), self.line_break(), ';', ' ; ', ';;',
                                   ';\n', ';' + self.line_break()))

    def between(self, token):
        """What stands between the last token and this one."""
        if self.last in (None, '\n', ';'):
            return self.blank() if self.chance(.2) else ''
        if self.last in CONTINUES and self.chance(.2):
            return self.line_break()
        if token in ',)' and self.chance(.7):
            return ''
        if self.parens and self.chance(.1):
            return self.line_break()
        return self.blank()

    def put(self, kind, token):
        if kind == 'comment':
            self.out.append(self.blank() + token)
        elif kind == 'end':
            if self.out and self.out[-1].lstrip().startswith('#'):
                self.out.append('\n')
            else:
                self.out.append(self.end())
        else:
            self.out.append(self.between(token) + token)
            self.parens += (token == '(') - (token == ')')
            self.last = token
            return
        if kind == 'end' and not self.parens and self.last not in CONTINUES | {'{'}:
            self.last = ';'

    def write(self, text):
        self.last = None
        for kind, token in tokens(text):
            self.put(kind, token)
        text = ''.join(self.out)
        if self.chance(.3):
            text = text.replace('\n', '\r\n')
        return text.rstrip('\r\n') if self.chance(.3) else text


def mangled(text, random):
    return Layout(random).write(text)
