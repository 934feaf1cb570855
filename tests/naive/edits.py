# SPDX-License-Identifier: Apache-2.0
"""Random edits of policies as text that mean nothing: other names, another order, layout
or division into files, groups and services for what they hold and the other way round,
rules and conduits divided, halves for prefixes. Those of one fact are in facts.py."""
import ipaddress
import re

from agree import statement_end

RENAMED = re.compile(r'\b(?:zone-\d(?:-cell)?|asset-\d|group-\d|conduit-\d)\b')
WORDS = ['shift', 'weekend', 'nightly', 'outage', 'web', 'line-a']
RULE = re.compile(r'^( *)(allow|deny) (.+?) -> (.+?) : (.+?)( \{.*\})?$')
PLAIN_LIST = re.compile(r'^(?:asset-\d|[\da-f.:]+)(?:, (?:asset-\d|[\da-f.:]+))+$')


class Edit:
    """A policy in parts; `told`: what was done to it."""

    def __init__(self, random, text, inventory):
        self.random = random
        self.lines, self.inventory, self.files = text.splitlines(), inventory, {}
        self.fact, self.broadcasts, self.told = None, [], []

    def text(self):
        return '\n'.join(self.lines) + '\n'

    def statements(self):
        """[(first line, line after it)] of the top level."""
        out, at = [], 0
        while at < len(self.lines):
            end = statement_end(self.lines, at)
            out.append((at, end))
            at = end
        return out

    def rules(self):
        return [(at, RULE.match(line)) for at, line in enumerate(self.lines)
                if RULE.match(line)]

    def lines_of(self, word):
        return [at for at, line in enumerate(self.lines) if line.startswith(word + ' ')]

    def write_rule(self, at, rule, **parts):
        names = ['indent', 'verb', 'source', 'destination', 'services', 'modifiers']
        values = dict(zip(names, rule.groups(default='')), **parts)
        self.lines[at] = '%(indent)s%(verb)s %(source)s -> %(destination)s : ' \
                         '%(services)s%(modifiers)s' % values

    # ---- that mean nothing ----

    def rename(self):
        names = sorted(set(RENAMED.findall(self.text()))) + WORDS
        chosen = {name: 'renamed-%d' % n for n, name in enumerate(names)
                  if self.random.random() < .6}
        form = re.compile(r'(?<![\w.-])(?:%s)(?![\w.-])' % '|'.join(
            map(re.escape, sorted(chosen, key=len, reverse=True)) or ['$^']))

        def other(text):
            return form.sub(lambda match: chosen[match.group()], text)
        self.lines = other(self.text()).splitlines()
        self.inventory = other(self.inventory)

    def reorder(self):
        parts = [self.lines[at:end] for at, end in self.statements()]
        for part in parts:
            if part[0].startswith('conduit'):
                inner = part[1:-1]
                self.random.shuffle(inner)
                part[1:-1] = inner
        self.random.shuffle(parts)
        self.lines = [line for part in parts for line in part]

    def reformat(self):
        out = []
        for line in self.lines:
            if self.random.random() < .2:
                out += ['', '# a remark about what follows']
            line = re.sub(r' -> ', lambda _: self.random.choice([' -> ', '  ->  ']), line)
            out.append(line + self.random.choice(['', '', '   ', ' # so it is']))
        self.lines = out

    def split(self):
        kept, moved = [], []
        for at, end in self.statements():
            (moved if self.random.random() < .4 else kept).extend(self.lines[at:end])
        moved_text = [line for line in moved if not line.startswith('inventory')]
        kept += [line for line in moved if line.startswith('inventory')]
        self.files['part.cordon'] = '\n'.join(moved_text) + '\n'
        self.lines = kept + ['include "part.cordon"']

    def halve(self):
        """The halves bring the directed broadcast of the lower one."""
        at = self.random.choice(self.lines_of('zone'))
        match = re.search(r'10\.\d+\.\d+\.\d+/(\d+)', self.lines[at])
        if match is None or int(match[1]) > 29:
            return
        low, high = ipaddress.ip_network(match[0]).subnets()
        if str(low.broadcast_address) in self.text() + self.inventory:
            return
        self.broadcasts.append(str(low.broadcast_address))
        self.lines[at] = self.lines[at].replace(match[0], '%s, %s' % (low, high), 1)

    def regroup(self):
        for at, rule in self.rules():
            if PLAIN_LIST.match(rule[3]) and self.random.random() < .7:
                name = 'list-of-%d' % at
                self.write_rule(at, rule, source=name)
                self.lines.append('group %s = %s' % (name, rule[3]))

    def dissolve(self):
        """A group's members in its place."""
        for at in self.lines_of('group'):
            name, members = re.match(r'group (\S+) = (.*)', self.lines[at]).groups()
            for place, rule in self.rules():
                if self.random.random() < .7:
                    self.write_rule(place, rule, **{
                        end: re.sub(r'(?<![\w-])%s(?![\w-])' % name, members, rule[group])
                        for end, group in (('source', 3), ('destination', 4))})

    def spell_out(self):
        """A service's transports in its place, where `on` does not take them up."""
        name, definition = re.match(r'service (\S+) = (.*)',
                                    self.lines[self.lines_of('service')[0]]).groups()
        for at, rule in self.rules():
            if ' on ' not in rule[5] and self.random.random() < .7:
                self.write_rule(at, rule, services=re.sub(
                    r'(?<![\w-])%s(?![\w-])' % name, definition, rule[5]))

    def divide(self):
        """One rule for each service, or for each source."""
        at, rule = self.random.choice(self.rules())
        part = self.random.choice(['source', 'services'])
        value = rule[3 if part == 'source' else 5]
        if '(' in value or ' except ' in value or (part == 'services' and re.search(
                r', \d|^\d| on ', value)):
            return
        pieces = value.split(', ')
        self.write_rule(at, rule, **{part: pieces[0]})
        for piece in pieces[1:]:
            self.lines.insert(at, self.lines[at])
            self.write_rule(at, rule, **{part: piece})

    def divide_conduit(self):
        """Some of its rules in another conduit between the same zones."""
        parts = [part for part in self.statements()
                 if self.lines[part[0]].startswith('conduit') and part[1] - part[0] > 3]
        if not parts:
            return
        at, end = self.random.choice(parts)
        head = re.sub(r'^conduit \S+', 'conduit conduit-more', self.lines[at])
        moved = self.lines[at + 1:at + 2]
        del self.lines[at + 1]
        self.lines += [head, *moved, '}']

    def enlist(self):
        """An asset's statement in the inventory, or none of it."""
        if not self.inventory or not self.lines_of('asset'):
            return
        at = self.random.choice(self.lines_of('asset'))
        found = re.match(r'asset (\S+) in (.*?) \{ address (.*?); role (\S+?)(?:; tag (\S+))? \}',
                         self.lines[at])
        if not found:
            return
        name, zones, addresses, role, tag = found.groups()
        self.inventory += '  %s:\n    zone: [%s]\n    address: [%s]\n    role: %s\n' % (
            name, zones, ', '.join('"%s"' % each for each in addresses.split(', ')), role)
        self.inventory += '    tag: %s\n' % tag if tag else ''
        del self.lines[at]

    def repeat(self):
        at, _ = self.random.choice(self.rules())
        self.lines.insert(at, self.lines[at])

    MEANINGLESS = ['enlist', 'rename', 'reorder', 'dissolve', 'regroup', 'spell_out', 'divide',
                   'divide_conduit', 'repeat', 'halve', 'split', 'reformat']

    def make(self, _):
        chosen = [name for name in self.MEANINGLESS if self.random.random() < .4]
        for name in chosen or ['rename']:
            getattr(self, name)()
            self.told.append(name)
