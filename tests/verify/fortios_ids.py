# SPDX-License-Identifier: Apache-2.0
"""Numbers and names of what is generated for FortiOS stay as they are when something
else changes, and the device takes every text: no character of a comment that it
refuses, no name that is too long."""
import os
import re
import subprocess
import sys
import tempfile

import mutations

POLICY = '''policy "Riverside"
zone operations level 3 {{ subnet 10.30.0.0/20 }}
zone filling    level 2 {{ subnet 10.20.1.0/24 }}
asset historian in operations {{ address 10.30.0.20 }}
asset plc-1     in filling    {{ address 10.20.1.10; role plc }}
{assets}
conduit supervisory between operations and filling {{
    {rules}
}}
device cell-fw {{
    platform fortios
    interface port1 faces operations
    interface port2 faces filling
}}
'''


def compiled(rules, assets=''):
    """{rule and services: (number, name)} of the policies."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'plant.cordon')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(POLICY.format(rules='\n    '.join(rules), assets=assets))
        done = subprocess.run([mutations.CORDON, 'compile', '--at', mutations.AT,
                               '--device', 'cell-fw', path],
                              capture_output=True, text=True, check=False)
    if done.returncode:
        return {}, done.stderr
    found = re.findall(r'^    edit (\d+)\n +set name "(CORDON-([^"]+?)-[0-9a-f]{10})"\n'
                       r'(?:.*\n)*?        set service "([^"]+)"', done.stdout, re.M)
    return {(rule, service): (number, name) for number, name, rule, service in found}, \
        done.stdout


SERVICES = ['poll-1', 'poll-2', 'poll-3']
DEFINED = ['service poll-1 = tcp 502', 'service poll-2 = udp 161 idle 8h',
           'service poll-3 = tcp 102 idle 9h']


def rules(services, more=()):
    return ['allow historian -> @plc : %s { id poll }' % ', '.join(services),
            'deny historian -> plc-1 : tcp 7', *more]


def faults():
    defined = '\n'.join(DEFINED)
    before, text = compiled(rules(SERVICES), defined)
    if len(before) != 5:
        yield 'five policies were expected: ' + text
        return
    changes = {
        'a service goes': (rules(SERVICES[1:]), defined),
        'another service goes': (rules(SERVICES[:1]), defined),
        'a rule comes': (rules(SERVICES, ['allow historian -> @plc : tcp 80']), defined),
        'an asset comes': (rules(SERVICES), defined + '\nasset plc-2 in filling '
                           '{ address 10.20.1.12; role plc }'),
    }
    for what, change in changes.items():
        after, text = compiled(*change)
        kept = set(before) & set(after)
        if len(kept) < 3:
            yield '%s: too little is left: %s' % (what, text)
        for key in kept:
            if before[key] != after[key]:
                yield '%s: %s was %s, is %s' % (what, key, before[key], after[key])


def refused():
    """Comments and names as a device takes them."""
    long = 'allow level >= 3 -> level <= 2 : tcp 80 { reason "not \\"quoted\\""; id ' + \
        'n' * 60 + ' }'
    _, text = compiled([long, 'allow historian -> @plc : tcp 502'])
    if 'set name' not in text:
        yield text
    for word, value in re.findall(r'^ +(?:set )?(name|comments|edit) "(.*)"$', text, re.M):
        if re.search(r'[<>"\'\\]', value):
            yield '%s holds what is refused: %s' % (word, value)
        if len(value) > {'name': 35, 'comments': 1023, 'edit': 79}[word]:
            yield '%s is too long: %s' % (word, value)


def main():
    print('1..2')
    code = 0
    for number, (what, found) in enumerate((
            ('numbers stay when something else changes', list(faults())),
            ('the device takes all texts', list(refused()))), 1):
        print('%sok %d - fortios: %s' % ('not ' if found else '', number, what))
        for fault in found:
            print('# ' + fault.replace('\n', '\n# '))
            code = 1
    return code


if __name__ == '__main__':
    sys.exit(main())
