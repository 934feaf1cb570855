# SPDX-License-Identifier: Apache-2.0
"""Named faults in what was generated for FortiOS."""
import re

from mutations import Subject, insert, report, swap


def first_policy(line):
    """A line more in the first policy that accepts something without a schedule."""
    return swap(r'(set name "CORDON-poll[^\n]*\n)', r'\1        ' + line + r'\n')


def policy_id(text, name):
    """The number of the policy of that name, `poll` or `last`."""
    found = re.search(r'edit (\d+)\n +set name "CORDON-%s-' % name, text)
    return found.group(1) if found else '0'


def moved(how):
    """The policies in another order: `%(last)s` and `%(deny)s` are their numbers, and
    `%(before)s` that of the policy which stands before the last."""
    def mutate(text):
        ids = {'last': policy_id(text, 'last'), 'deny': policy_id(text, 'aab18f54b666')}
        return re.sub(r'^    move (\d+) before %(last)s\nend$' % ids,
                      lambda found: found.group(0)[:-len('end')] + how % dict(
                          ids, before=found.group(1)) + '\nend', text, flags=re.M)
    return mutate


MUTANTS = {
    'port': swap(r'tcp-portrange 502$', 'tcp-portrange 503'),
    'port range': swap(r'tcp-portrange 8000-8010', 'tcp-portrange 8000-8011'),
    'port range cut': swap(r'tcp-portrange 8000-8010', 'tcp-portrange 8001-8010'),
    'source port': swap(r'tcp-portrange 502$', 'tcp-portrange 502:1024-65535'),
    'another protocol of the same name': swap(r'^( +)(set tcp-portrange 502)$',
                                              r'\1\2\n\1set udp-portrange 502'),
    'protocol': swap(r'set udp-portrange 161', 'set tcp-portrange 161'),
    'protocol widened': swap(r'(edit "CORDON-tcp_502"\n).*\n.*tcp-portrange 502$',
                             r'\1        set protocol IP'),
    'service lost': swap(r'(set member "CORDON-tcp_44818") "CORDON-icmp_8"', r'\1'),
    'icmp type': swap(r'icmptype 8$', 'icmptype 0'),
    'icmp type lost': swap(r'^ +set icmptype 8\n', ''),
    'service negated': first_policy('set service-negate enable'),
    'all services': swap(r'set service "CORDON-tcp_502"', 'set service "ALL"'),
    'service not defined': swap(r'edit "CORDON-tcp_502"', 'edit "CORDON-tcp_503"'),
    'accept for deny': swap(r'set action deny', 'set action accept'),
    'deny for accept': swap(r'set action accept', 'set action deny'),
    'action lost': swap(r'^ +set action accept\n', ''),
    'last deny opened': swap(r'(set name "CORDON-last-(?:.*\n)*?.*set action )deny',
                             r'\1accept'),
    'policy disabled': swap(r'set status enable', 'set status disable', 1),
    'policy lost': swap(r'^    edit \d+\n        set name "CORDON-poll(?:.*\n)*?    next\n', ''),
    'last policy first': moved('    move %(last)s before %(deny)s'),
    'deny behind what it denies': moved('    move %(deny)s after %(before)s'),
    'all sources': swap(r'set srcaddr "CORDON-10\.30\.0\.20"', 'set srcaddr "all"'),
    'IPv6 lost': swap(r'^ +set srcaddr6 "CORDON-2001.*\n', ''),
    'IPv6 opened': swap(r'set dstaddr6 "CORDON-2001[^"]*"', 'set dstaddr6 "all"'),
    'source negated': first_policy('set srcaddr-negate enable'),
    'destination negated': first_policy('set dstaddr-negate enable'),
    'host': swap(r'subnet 10\.30\.0\.20 255', 'subnet 10.30.0.21 255'),
    'mask': swap(r'10\.30\.0\.20 255\.255\.255\.255', '10.30.0.20 255.255.255.254'),
    'range': swap(r'start-ip 10\.30\.0\.2$', 'start-ip 10.30.0.21'),
    'name of DNS': swap(r'set subnet 10\.30\.0\.20 .*', 'set type fqdn\n        set fqdn "a.example"'),
    'group member lost': swap(r'(set member "CORDON-10\.20\.1\.10") "CORDON-10\.20\.1\.12"', r'\1'),
    'group with an exclusion': swap(r'^( +set member "CORDON-10\.20\.1\.10" .*)$',
                                    r'\1\n        set exclude enable\n'
                                    r'        set exclude-member "CORDON-10.20.1.12"'),
    'interface': swap(r'set srcintf "port1"', 'set srcintf "port3"'),
    'interfaces exchanged': swap(r'set dstintf "port1"', 'set dstintf "port2"'),
    'interface lost': swap(r'set srcintf "port1"\n', ''),
    'schedule lost': swap(r'set schedule "CORDON-[^"]*"', 'set schedule "always"'),
    'never': swap(r'set schedule "always"', 'set schedule "none"'),
    'hours': swap(r'set end 14:00', 'set end 15:00'),
    'day': swap(r'set day monday tuesday', 'set day monday'),
    'overnight': swap(r'set end 14:00', 'set end 05:00'),
    'date': swap(r'set end 06:00 2026/06/07', 'set end 06:00 2026/06/08'),
    'schedule member lost': swap(r'(set member "CORDON-at_\S+") "CORDON-at_\S+"', r'\1'),
    'multicast group': swap(r'(multicastrange\n.*\n +set end-ip) 239\.1\.1\.5', r'\1 239.1.1.6'),
    'multicast port': swap(r'set end-port 5000', 'set end-port 5001'),
    'multicast lost': swap(r'^config firewall multicast-policy\n(?:.*\n)*?end\n', ''),
    'multicast opened': insert(r'^config firewall local-in-policy$', 'config firewall '
                               'multicast-policy\n    edit 1\n        set srcintf "any"\n'
                               '        set dstintf "any"\n        set srcaddr "all"\n'
                               '        set dstaddr "all"\n    next\nend\n'),
    'translation': swap(r'set nat disable', 'set nat enable'),
    'a virtual address': insert(r'^config firewall policy$', 'config firewall vip\n'
                                '    edit "v"\n        set extip 10.30.0.9\n    next\nend\n'),
    'content inspected': first_policy('set utm-status enable'),
    'users': first_policy('set groups "operators"'),
    'a service of the internet': first_policy('set internet-service enable'),
    'an unknown setting': first_policy('set frobnicate enable'),
    'asymmetric routes': insert(r'^config firewall policy$', 'config system settings\n'
                                '    set asymroute enable\nend\n'),
    'an open zone': insert(r'^config firewall policy$', 'config system zone\n    edit "z"\n'
                           '        set intrazone allow\n'
                           '        set interface "port1" "port2"\n    next\nend\n'),
    'a session helper': lambda text: insert(
        r'^config firewall policy$', 'config system session-helper\n    edit 1\n'
        '        set name tns\n        set protocol 6\n        set port 502\n    next\nend\n')(
            re.sub(r'^ +set helper disable\n', '', text, flags=re.M)),
    'policy before': insert(r'^    edit \d+\n +set name "CORDON-aab18f54b666-', '    edit 1\n        set srcintf "any"\n'
                            '        set dstintf "any"\n        set srcaddr "all"\n'
                            '        set dstaddr "all"\n        set action accept\n'
                            '        set schedule "always"\n        set service "HTTPS"\n'
                            '    next\n'),
    'manager': swap(r'(local-in-policy\n(?:.*\n)*?.*)set srcaddr "CORDON-10\.30\.0\.40"',
                    r'\1set srcaddr "all"'),
    'the device opened': swap(r'(config firewall local-in-policy\n(?:.*\n)*?.*action )deny',
                              r'\1accept'),
    'the device left alone': swap(r'^config firewall local-in-policy6\n(?:.*\n)*?end\n', ''),
}


if __name__ == '__main__':
    report([Subject('fortios', 'fortios', 'cell-fw', 'fortios.conf', MUTANTS)])
