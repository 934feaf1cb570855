# SPDX-License-Identifier: Apache-2.0
"""Configurations of FortiOS by other hands that look as if they said what the policy
says. A trap makes the device do something else, or leaves open whether it does: it is
never called equal. A twin writes the same in another way, and stays equal. What the
device does is that of the CLI Reference and the Administration Guide, 6.4 and 7.x."""
import os
import re
import subprocess
import sys
import tempfile

import mutations
from mutations import insert, swap

POLICY = '''policy "Riverside" { timezone "America/Chicago" }
zone operations level 3 { subnet 10.30.0.0/20 }
zone filling    level 2 { subnet 10.20.1.0/24 }
zone packaging  level 2 { subnet 10.20.2.0/24 }
schedule shift { weekly mon-fri 06:00 - 14:00 }
conduit supervisory between operations and filling, packaging {
    allow 10.30.0.20 -> 10.20.1.10 : tcp 502
    allow 10.30.0.20 -> 10.20.1.10 : tcp 21
    allow 10.30.0.40 -> 10.20.1.10 : tcp 102 { during shift }
}
device cell-fw {
    platform fortios
    interface port1 faces operations { address 10.30.0.1 }
    interface port2 faces filling, packaging { address 10.20.1.1, 10.20.2.1 }
}
'''
MANAGED = POLICY.replace('device cell-fw {', 'device cell-fw {\n    manage from 10.30.0.40 : ssh')

CONFIG = '''config system global
    set allow-traffic-redirect disable
    set ipv6-allow-traffic-redirect disable
    set timezone "America/Chicago"
end
config system interface
    edit "port1"
        set vdom "root"
        set ip 10.30.0.1 255.255.240.0
        set allowaccess ping ssh
        set type physical
    next
    edit "port2"
        set vdom "root"
        set ip 10.20.1.1 255.255.255.0
        set type physical
        set secondary-IP enable
        config secondaryip
            edit 1
                set ip 10.20.2.1 255.255.255.0
            next
        end
    next
    edit "port3"
        set vdom "root"
        set type physical
    next
end
config system session-helper
    edit 1
        set name ras
        set protocol 17
        set port 1719
    next
end
config firewall address
    edit "historian"
        set subnet 10.30.0.20 255.255.255.255
    next
    edit "ews"
        set subnet 10.30.0.40 255.255.255.255
    next
    edit "filler"
        set subnet 10.20.1.10 255.255.255.255
    next
end
config firewall service custom
    edit "modbus"
        set tcp-portrange 502
    next
    edit "ftp"
        set tcp-portrange 21
    next
    edit "s7"
        set tcp-portrange 102
    next
end
config firewall schedule recurring
    edit "shift"
        set start 06:00
        set end 14:00
        set day monday tuesday wednesday thursday friday
    next
end
config firewall policy
    edit 1
        set name "poll"
        set srcintf "port1"
        set dstintf "port2"
        set srcaddr "historian"
        set dstaddr "filler"
        set action accept
        set schedule "always"
        set service "modbus" "ftp"
    next
    edit 2
        set name "program"
        set srcintf "port1"
        set dstintf "port2"
        set srcaddr "ews"
        set dstaddr "filler"
        set action accept
        set schedule "shift"
        set service "s7"
    next
end
'''


def line(name, text):
    """A line more in the policy of that name."""
    return swap(r'(set name "%s"\n)' % name, r'\1        ' + text + r'\n')


def section(text):
    """A section more, before the policies."""
    return insert(r'^config firewall policy$', text)


def both(*mutators):
    def mutate(text):
        for each in mutators:
            text = each(text)
        return text
    return mutate


def again(name, with_line):
    """The policy of that name once more behind all of them."""
    def mutate(text):
        body = re.search(r'    edit \d+\n( +set name "%s"\n(?:.*\n)*?    next\n)' % name,
                         text).group(1)
        first = re.sub(r'set name ".*"\n', r'\g<0>        %s\n' % with_line, body, count=1)
        second = body.replace('"%s"' % name, '"%s-2"' % name)
        return text.replace('    edit 1\n' + body, '    edit 1\n' + first, 1)[:-4] + \
            '    edit 9\n' + second + 'end\n'
    return mutate


def in_vdoms(text):
    """All of it in VDOM root, as it is written where there are several."""
    parts = re.split(r'(?m)^(?=config )', text)
    glob = [part for part in parts if part.startswith(('config system global',
                                                       'config system interface'))]
    rest = [part for part in parts if part and part not in glob]
    return 'config vdom\nedit root\nnext\nedit other\nnext\nend\nconfig global\n' + \
        ''.join(glob) + 'end\nconfig vdom\nedit root\n' + ''.join(rest) + 'end\n'


def with_other(text):
    """Beside VDOM root another one, with an interface and policies of its own."""
    text = swap(r'(    edit "port2"\n)', r'    edit "port9"\n        set vdom "other"\n'
                r'        set type physical\n    next\n\1')(text)
    return text + '''config vdom
edit other
config firewall vip
    edit "v"
        set extip 192.0.2.1
    next
end
config firewall policy
    edit 1
        set srcintf "port9"
        set dstintf "port9"
        set srcaddr "all"
        set dstaddr "v"
        set action accept
        set schedule "always"
        set service "ALL"
        set nat enable
    next
end
end
'''


EXTRA = '''        set srcintf "port1"
        set dstintf "port2"
        set srcaddr "all"
        set dstaddr "filler"
        set action accept
        set schedule "always"
        set service "modbus"
'''

TRAPS = {
    # commands that do not do what they seem to
    'two new policies by edit 0': lambda text: text + (
        'config firewall policy\n    edit 0\n' + EXTRA + '    next\n    edit 0\n'
        '        set srcintf "port3"\n        set dstintf "port3"\n        set srcaddr "all"\n'
        '        set dstaddr "all"\n        set schedule "always"\n'
        '        set service "modbus"\n    next\nend\n'),
    'an entry opened within another': swap(
        r'(    edit 2\n)(        set name "program"\n)', r'    edit 2\n    edit 7\n\2'),
    'a section within an entry': swap(
        r'(edit "filler"\n.*\n)    next\nend\n',
        r'\1        config firewall policy\n            edit 1\n            next\n'
        r'        end\n    next\nend\n'),
    'the text is cut': lambda text: text[:-len('    next\nend\n')],
    'a line is cut': lambda text: text[:-len('    next\nend\n')] + '        set comments "',
    'an entry is taken back': swap(r'(set name "program"\n(?:.*\n)*?)    next', r'\1    abort'),
    'a member is taken out': swap(r'(set service "modbus" "ftp"\n)',
                                  r'\1        unselect service "ftp"\n'),
    'an incomplete line': line('poll', 'append'),
    # words that are not whole
    'a disabled policy': line('poll', 'set status disable'),
    'a policy disabled in short': line('poll', 'set status dis'),
    'a deny in short before an accept': section(
        'config firewall policy\n    edit 8\n' + EXTRA.replace('accept', 'den') +
        '    next\n    move 8 before 1\nend\n'),
    'a source negated in short': line('poll', 'set srcaddr-negate ena'),
    # what happens to what a policy accepts
    'inspected, and accepted behind': again('poll', 'set utm-status enable'),
    'into a tunnel, and accepted behind': both(
        again('poll', 'set comments "x"'), swap('set action accept', 'set action ipsec')),
    'users, and accepted behind for some': line('poll', 'set groups "operators"'),
    'until a date': both(line('poll', 'set policy-expiry enable'),
                         line('poll', 'set policy-expiry-date 2026-01-01')),
    'whoever answers': line('poll', 'set permit-any-host enable'),
    'by a tag': both(line('poll', 'set sgt-check enable'), line('poll', 'set sgt 7')),
    'once a page is read': line('poll', 'set disclaimer enable'),
    'without a schedule': swap(r'        set schedule "always"\n', ''),
    'a virtual address before': both(
        swap(r'set dstaddr "filler"', 'set dstaddr "outside"'),
        section('config firewall vip\n    edit "outside"\n        set extip 10.20.1.10\n'
                '        set mappedip "10.20.1.11"\n        set extintf "any"\n    next\nend\n')),
    'groups pass': lambda text: text + 'config firewall multicast-policy\n    edit 1\n' +
                   '        set srcintf "port1"\n        set dstintf "port2"\n'
                   '        set srcaddr "all"\n        set dstaddr "all"\n    next\nend\n',
    'IPv6 passes': lambda text: text + 'config firewall policy6\n    edit 1\n' +
                   EXTRA.replace('"filler"', '"all"') + '    next\nend\n',
    'all are purged': lambda text: text + 'config firewall policy\n    purge\nend\n',
    'by reputation': line('poll', 'set reputation-minimum 3'),
    'translated': line('poll', 'set nat enable'),
    # session helpers
    'the helpers of the factory': swap(r'^config system session-helper\n(?:.*\n)*?end\n', ''),
    'a helper': swap(r'set name ras\n +set protocol 17\n +set port 1719',
                     'set name ftp\n        set protocol 6\n        set port 21'),
    'a helper that a service names': swap(r'(edit "modbus"\n)',
                                          r'\1        set helper ftp\n'),
    'a helper of this VDOM': both(
        in_vdoms, swap(r'set name ras\n +set protocol 17\n +set port 1719',
                       'set name ftp\n        set protocol 6\n        set port 21'),
        lambda text: text + 'config vdom\nedit other\nconfig system session-helper\n'
        '    edit 1\n        set name ras\n        set protocol 17\n        set port 1719\n'
        '    next\nend\nend\n'),
    # what the whole device does
    'source ports of all services': swap(r'(config system global\n)',
                                         r'\1    set default-service-source-port 1024-65535\n'),
    'back by the same interface, as always': swap(r'^ +set allow-traffic-redirect .*\n', ''),
    'back by the same interface': swap(r'set allow-traffic-redirect disable',
                                       'set allow-traffic-redirect enable'),
    'the clock of another place': swap(r'"America/Chicago"', '"America/New_York"'),
    'the clock of an unknown place': swap(r'^ +set timezone.*\n', ''),
    'the VDOM is off': section('config system settings\n    set status disable\nend\n'),
    'joined as one switch': section('config system switch-interface\n    edit "lan"\n'
                                    '        set vdom "root"\n        set member "port1" "port2"\n'
                                    '    next\nend\n'),
    'joined as ports of one switch': section(
        'config system virtual-switch\n    edit "lan"\n        config port\n'
        '            edit "port1"\n            next\n            edit "port2"\n'
        '            next\n        end\n    next\nend\n'),
    'parts of a bundle': swap(r'(    edit "port3"\n)', '    edit "both"\n        set vdom "root"\n'
                              '        set type aggregate\n'
                              '        set member "port1" "port2"\n    next\n\\1'),
    'broadcasts pass': swap(r'(    edit "port1"\n)', r'\1        set broadcast-forward enable\n'),
    'VDOMs that a processor joins': both(
        swap(r'(    edit "port3"\n)', '    edit "npu0_vlink0"\n        set vdom "root"\n    next\n'
             '    edit "npu0_vlink1"\n        set vdom "other"\n    next\n\\1'), in_vdoms),
    'another VDOM, that is joined': both(
        in_vdoms, with_other,
        swap(r'^config global\n', 'config global\nconfig system vdom-link\n    edit "between"\n'
             '    next\nend\n')),
    'a translation within the VDOM': both(in_vdoms, with_other,
                                          swap(r'set vdom "root"', 'set vdom "other"')),
    'VDOMs that are joined': both(
        swap(r'(edit "port2"\n +set vdom )"root"', r'\1"other"'), in_vdoms,
        swap(r'^config global\n', 'config global\nconfig system vdom-link\n    edit "between"\n'
             '    next\nend\n')),
    'a proxy for others': section('config firewall proxy-policy\n    edit 1\n'
                                  '        set proxy explicit-web\n        set action accept\n'
                                  '    next\nend\n'),
    'an interface that is down': swap(r'(edit "port2"\n)', r'\1        set status down\n'),
    'two kinds of policy tables': section(
        'config system settings\n    set consolidated-firewall-mode enable\nend\n'),
    'policies that ask for applications': section(
        'config system settings\n    set ngfw-mode policy-based\nend\n'),
    # objects
    'UDP-Lite, too': swap(r'(edit "modbus"\n.*\n)', r'\1        set udplite-portrange 502\n'),
    'an address that hosts register': swap(r'(edit "historian"\n)',
                                           r'\1        set type dynamic\n'),
    'another address of the same name': section(
        'config firewall address\n    rename "historian" to "old"\n    edit "historian"\n'
        '        set subnet 10.30.0.21 255.255.255.255\n    next\nend\n'),
    'a group of one, and not of another': both(
        section('config firewall addrgrp\n    edit "some"\n        set member "historian" "ews"\n'
                '        set exclude ena\n        set exclude-member "ews"\n    next\nend\n'),
        swap(r'set srcaddr "historian"', 'set srcaddr "some"')),
    'always is not always': section(
        'config firewall schedule recurring\n    edit "always"\n'
        '        set day monday\n    next\nend\n'),
    'a service of some hosts': swap(r'(edit "modbus"\n)', r'\1        set fqdn "a.example"\n'),
}

# What was compiled, beside the settings of the same device.
SELF_TRAPS = {
    'only by the interface for management': swap(
        r'(local-in-policy\n    edit \d+\n)', r'\1        set ha-mgmt-intf-only enable\n'),
    'ssh is not answered there': swap(r'set allowaccess ping ssh', 'set allowaccess ping'),
    'ssh answers on another port': swap(r'(config system global\n)',
                                        r'\1    set admin-ssh-port 2222\n'),
    'patched on the way': swap(r'(local-in-policy\n    edit \d+\n)',
                               r'\1        set virtual-patch enable\n'),
    'the last deny of the device is off': swap(
        r'set status enable(\n +set comments "CORDON-everything else")', r'set status disable\1'),
}

TWINS = {
    'as it is': lambda text: text,
    'in VDOMs': in_vdoms,
    'the way of 7.6': swap(r'(edit "modbus"\n)',
                           r'\1        set protocol TCP/UDP/UDP-Lite/SCTP\n'),
    'the way of 6.4': swap(r'(edit "modbus"\n)', r'\1        set protocol TCP/UDP/SCTP\n'),
    'source ports as they are': swap(r'(config system global\n)',
                                     r'\1    set default-service-source-port 1-65535\n'),
    'no helper follows': both(
        swap(r'^config system session-helper\n(?:.*\n)*?end\n', ''),
        swap(r'(edit "ftp"\n)', r'\1        set helper disable\n')),
    'an unused helper': swap(r'set name ras\n +set protocol 17\n +set port 1719',
                             'set name ftp\n        set protocol 6\n        set port 2121'),
    'switched on': line('poll', 'set status enable'),
    'not negated': line('poll', 'set srcaddr-negate disable'),
    'never expires': line('poll', 'set policy-expiry disable'),
    'out and in again': swap(r'(set service "modbus" "ftp"\n)',
                             r'\1        unselect service "ftp"\n        append service "ftp"\n'),
    'an interface of nobody as a switch': section(
        'config system switch-interface\n    edit "lan"\n        set vdom "root"\n'
        '        set member "port3"\n    next\nend\n'),
    'a bundle of others': swap(r'(    edit "port1"\n)', '    edit "both"\n        set vdom "root"\n'
                               '        set type aggregate\n'
                               '        set member "port3" "port4"\n    next\n\\1'),
    'a link of the processor within one VDOM': both(
        swap(r'(    edit "port3"\n)', '    edit "npu0_vlink0"\n        set vdom "root"\n    next\n'
             '    edit "npu0_vlink1"\n        set vdom "root"\n    next\n\\1'), in_vdoms),
    'a group without another': both(
        section('config firewall addrgrp\n    edit "some"\n        set member "historian" "ews"\n'
                '        set exclude enable\n        set exclude-member "ews"\n    next\nend\n'),
        swap(r'set srcaddr "historian"', 'set srcaddr "some"')),
    'an address of another name': both(
        section('config firewall policy\n    edit 1\n        set srcaddr "historian"\n'
                '    next\nend\nconfig firewall address\n    rename "historian" to "old"\nend\n'),
        swap(r'(set name "poll"\n(?:.*\n)*?.*set srcaddr )"historian"', r'\1"old"')),
    'another VDOM': lambda text: with_other(in_vdoms(text)),
    'by the name of a zone': both(
        lambda text: text.replace('dstintf "port2"', 'dstintf "lines"'),
        section('config system zone\n    edit "lines"\n        set interface "port2"\n'
                '    next\nend\n')),
    'a virtual address of nobody': section('config firewall vip\nend\n'),
    'a zone of SD-WAN': both(
        lambda text: text.replace('dstintf "port2"', 'dstintf "overlay"'),
        section('config system sdwan\n    set status enable\n    config zone\n'
                '        edit "virtual-wan-link"\n        next\n        edit "overlay"\n'
                '        next\n    end\n    config members\n        edit 1\n'
                '            set interface "port2"\n            set zone "overlay"\n'
                '        next\n    end\nend\n')),
    'a policy of one service each by edit 0': both(
        swap(r'set service "modbus" "ftp"', 'set service "modbus"'),
        lambda text: text + 'config firewall policy\n    edit 0\n' +
        EXTRA.replace('"all"', '"historian"').replace('modbus', 'ftp') + '    next\n'
        '    edit 0\n' + EXTRA.replace('accept', 'deny') + '    next\nend\n'),
}


def compiled(folder):
    """The configuration of the device that protects itself, and its settings."""
    policy = os.path.join(folder, 'plant.cordon')
    with open(policy, 'w', encoding='utf-8') as file:
        file.write(MANAGED)
    subprocess.run([mutations.CORDON, 'compile', '--at', mutations.AT, '-o', folder, policy],
                   capture_output=True, check=True)
    with open(os.path.join(folder, 'cell-fw', 'fortios.conf'), encoding='utf-8') as file:
        text = re.sub(r'config firewall address\n(?:.*\n)*', '', CONFIG) + file.read()
    return re.sub(r'    edit "port3"\n(?:.*\n)*?    next\n', '', text)


def verdicts(policy, whole, cases):
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ('plant.cordon', 'device')]
        with open(names[0], 'w', encoding='utf-8') as file:
            file.write(policy)
        for name, mutate in cases.items():
            text = mutate(whole)
            with open(names[1], 'w', encoding='utf-8') as file:
                file.write(text)
            yield name, text == whole, mutations.audit(names[0], 'cell-fw', names[1])[0]


def main():
    with tempfile.TemporaryDirectory() as folder:
        own = compiled(folder)
    groups = ((POLICY, CONFIG, TRAPS, ('different', 'not-proved')),
              (MANAGED, own, SELF_TRAPS, ('different', 'not-proved')),
              (POLICY, CONFIG, TWINS, ('equal',)),
              (MANAGED, own, {name: TWINS[name] for name in ('as it is', 'another VDOM')},
               ('equal',)))
    print('1..%d' % sum(len(cases) for _, _, cases, _ in groups))
    number = code = 0
    for policy, whole, cases, right in groups:
        for name, same, verdict in verdicts(policy, whole, cases):
            number += 1
            fine = verdict in right and (not same or name == 'as it is')
            code = code if fine else 1
            print('%sok %d - %s: %s%s' % ('' if fine else 'not ', number, name, verdict,
                                          ', nothing was changed' if same else ''))
    return code


if __name__ == '__main__':
    sys.exit(main())
