# SPDX-License-Identifier: Apache-2.0
"""Named faults in what was generated for IOS and ASA."""
import re

from mutations import Subject, doubled, report, swap


def after(pattern, lines):
    """Lines behind the last one that matches."""
    def mutate(text):
        places = list(re.finditer(pattern, text, re.M))
        if not places:
            return text
        end = places[-1].end()
        return text[:end] + '\n' + lines + text[end:]
    return mutate


def moved(pattern, target):
    """The first line that matches, taken away and put behind the first of the target."""
    def mutate(text):
        line = re.search(pattern, text, re.M)
        if not line:
            return text
        text = text[:line.start()] + text[line.end() + 1:]
        place = re.search(target, text, re.M)
        return text[:place.end()] + '\n' + line.group(0) + text[place.end():]
    return mutate


IOS = {
    'port': swap(r'eq 502\b', 'eq 503'),
    'port range': swap(r'range 8000 8010$', 'range 8000 8011'),
    'port range cut': swap(r'range 8000 8010$', 'range 8001 8010'),
    'port lost': swap(r' eq 502( log)?$', r'\1'),
    'source port lost from a reply': swap(r' eq 161 (host 10\.30)', r' \1'),
    'protocol': swap(r'permit udp (host 10\.30\.0\.20)', r'permit tcp \1'),
    'protocol widened': swap(r'permit tcp (host 10\.30\.0\.40 host 10\.20\.1\.10) eq 44818',
                             r'permit ip \1'),
    'permit for deny': swap(r'^ deny tcp any any log', ' permit tcp any any log'),
    'deny for permit': swap(r'^ permit tcp host 10\.30\.0\.20', ' deny tcp host 10.30.0.20'),
    'final deny opened': swap(r'^ deny ip any any log', ' permit ip any any log', 1),
    'deny rule lost': swap(r'^ deny udp .* host 10\.20\.1\.12 eq 161.*\n', ''),
    'permit rule lost': swap(r'^ permit tcp host 10\.30\.0\.20 .*eq 502.*\n', ''),
    'reply lost': swap(r'^ permit udp .*eq 161 host 10\.30\.0\.20\n', ''),
    'established lost': swap(r' established$', '', 1),
    'reply dropped': swap(r'^ permit tcp .*eq 502 .*established\n', ''),
    'errors lost': swap(r'^ permit icmp any .* unreachable\n', ''),
    'errors about answers lost': swap(
        r'^ permit icmp any object-group CORDON-errors-\S+ time-exceeded\n', ''),
    'errors to the device lost': swap(
        r'^ permit icmp any object-group CORDON-N-5880e2b181 unreachable\n', ''),
    'errors to everybody': swap(r'^( permit icmp any) host 10\.30\.0\.20 (unreachable)$',
                                r'\1 any \2'),
    'listeners to everybody': swap(r'^( permit icmp any) ff00::/8 (mld-report)$', r'\1 any \2'),
    'listeners of any kind': swap(r'^( permit icmp any ff00::/8) mld-report$', r'\1'),
    'discovery anywhere': swap(r'^( permit icmp) \S+ \S+ \S+ \S+ (nd-ns)$', r'\1 any any \2'),
    'host': swap(r'host 10\.30\.0\.20\b', 'host 10.30.0.21', 2),
    'group member': swap(r'^ host 10\.20\.1\.12$', ' host 10.20.1.13'),
    'group member lost': swap(r'^ host 10\.20\.1\.12\n', ''),
    'group widened': swap(r'^ host 10\.20\.1\.10$', ' 10.20.1.0 255.255.255.0'),
    'wildcard': swap(r'host 10\.30\.0\.40 host', '10.30.0.40 0.0.0.1 host'),
    'time range lost': swap(r' time-range \S+$', ''),
    'hours': swap(r'22:00 to 23:59', '21:00 to 23:59'),
    'day': swap(r'periodic Sunday', 'periodic Monday'),
    'date': swap(r'end 05:59 28 March 2027', 'end 05:59 28 May 2027'),
    'icmp type': swap(r' echo$', ' echo-reply'),
    'icmp type lost': swap(r'(permit icmp host 10\.30\.0\.40 host \S+) echo', r'\1'),
    'fragments dropped': swap(r'^(ip access-list extended \S+-Vlan30-A\n)',
                              r'\1 deny ip any any fragments\n'),
    'list not bound': swap(r'^ ip access-group \S+ in\n', ''),
    'list bound outbound': swap(r'^( ip access-group \S+) in$', r'\1 out'),
    'lists exchanged': swap(r'ip access-group CORDON-Vlan30-A', 'ip access-group CORDON-Vlan20-A'),
    'list not defined': swap(r'ip access-group CORDON-Vlan30-A', 'ip access-group CORDON-Vlan30-B'),
    'ipv6 list not bound': swap(r'^ ipv6 traffic-filter \S+ in\n', ''),
    'interface': swap(r'^interface Vlan30', 'interface Vlan31'),
    'manager': swap(r'permit tcp host 10\.30\.0\.40 (object-group \S+) eq 22',
                    r'permit tcp any \1 eq 22'),
    'the device opened': swap(r'^ deny (ip any object-group \S+ log)$', r' permit \1'),
    'neighbours dropped': swap(r'^ permit icmp .* nd-ns\n', ''),
    'routing dropped': swap(r'^ permit 89 .*\n', ''),
    'an unknown word': swap(r'eq 502( log)?$', r'eq 502 frobnicate'),
    'a condition': swap(r'eq 502 log$', 'eq 502 dscp ef log'),
    'translation': swap(r'^interface Vlan30', 'interface Vlan30\n ip nat inside'),
    'an entry before': doubled(r'^ permit ip any any$|^ deny ip any any log$',
                               r'^ permit tcp host 10\.30\.0\.20'),
    'a number before': after(r'^ deny ip any any log$', ' 5 permit ip any any'),
    'a number between': after(r'^ deny ip any any log$', ' 125 permit tcp any any'),
    'a number behind, in IPv6': after(r'^ deny ipv6 any any log$',
                                      ' permit ipv6 any any sequence 5'),
    'IPv6 in a list of IPv4': moved(r'^ permit tcp host 2001:db8:30::20 .* eq 502 log$',
                                    r'^ip access-list extended CORDON-Vlan30-A$'),
    'a group of the other family': swap(r'^( permit tcp) host 2001:\S+ host \S+ eq 502 log$',
                                        r'\1 object-group CORDON-N-ab2aaa0914 any eq 502'),
    'sessions filtered': swap(r'^end$', 'line vty 0 4\n access-class 10 in\nend'),
    'web sessions filtered': swap(r'^end$', 'ip http access-class 10\nend'),
    'a port of the switch': swap(
        r'^end$', 'ip access-list extended port\n deny ip any any\n'
        'ipv6 access-list port6\n deny ipv6 any any\ninterface GigabitEthernet1/0/1\n'
        ' switchport access vlan 30\n ip access-group port in\n ipv6 traffic-filter port6 in\nend'),
    'another interface with IPv6': swap(r'^end$', 'interface Vlan99\n ipv6 enable\nend'),
    'a list of both kinds': swap(r'^interface Vlan30', 'ip access-list standard '
                                 'CORDON-Vlan30-A\n permit any\ninterface Vlan30'),
    'resequenced': swap(r'^end$', 'ip access-list resequence CORDON-Vlan30-A 10 10\nend'),
    'an entry removed': after(r'^ deny ip any any log$', ' no 10'),
    'a reflexive list': swap(r'eq 502 log$', 'eq 502 log reflect conversations'),
    'a reflexive list taken in': after(r'^ip access-list extended \S+$', ' evaluate x'),
    'an entry cut off': after(r'^ip access-list extended \S+$', ' permit tcp any'),
    'another table': swap(r'^interface Vlan30', 'interface Vlan30\n vrf forwarding plant'),
    'sources checked': swap(r'^interface Vlan30', 'interface Vlan30\n ip verify unicast source '
                            'reachable-via rx'),
    'inspected': swap(r'^interface Vlan30', 'interface Vlan30\n ip inspect x in'),
    'in a zone': swap(r'^interface Vlan30', 'interface Vlan30\n zone-member security x'),
    'policed': swap(r'^interface Vlan30', 'interface Vlan30\n service-policy input x'),
    'a time that is empty': swap(r'^ (absolute|periodic) .*\n( periodic .*\n)*', ''),
    'a time that is not defined': swap(r'^time-range \S+', 'time-range other'),
}

ASA = {
    'port': swap(r'eq 502\b', 'eq 503'),
    'port range': swap(r'range 8000 8010', 'range 8000 8011'),
    'port lost': swap(r' eq 502 log$', ' log'),
    'protocol': swap(r'permit udp', 'permit tcp'),
    'protocol widened': swap(r'permit tcp (.*) eq 502', r'permit ip \1'),
    'service': swap(r'eq 44818', 'eq 44819'),
    'service lost': swap(r'^ service-object icmp 8\n', ''),
    'service type widened': swap(r'^ service-object icmp 8$', ' service-object icmp'),
    'permit for deny': swap(r'deny ip any4 any4 log', 'permit ip any4 any4 log'),
    'deny for permit': swap(r'extended permit tcp host', 'extended deny tcp host'),
    'final deny opened for IPv6': swap(r'deny ip any6 any6', 'permit ip any6 any6'),
    'deny rule lost': swap(r'^access-list \S+ extended deny udp .*\n', ''),
    'permit rule lost': swap(r'^access-list \S+ extended permit tcp .*\n', ''),
    'inactive': swap(r'eq 502 log$', 'eq 502 log inactive'),
    'any for a host': swap(r'host 10\.30\.0\.20 object-group', 'any4 object-group'),
    'host': swap(r'host 10\.30\.0\.20\b', 'host 10.30.0.21'),
    'group member': swap(r'network-object host 10\.20\.1\.12', 'network-object host 10.20.1.13'),
    'group member lost': swap(r'^ network-object host 10\.20\.1\.12\n', ''),
    'group widened': swap(r'network-object host 10\.20\.1\.10',
                          'network-object 10.20.1.0 255.255.255.0'),
    'group not defined': swap(r'^object-group network \S+', 'object-group network other'),
    'time range lost': swap(r' time-range \S+$', ''),
    'hours': swap(r'22:00 to 23:59', '21:00 to 23:59'),
    'date': swap(r'end 05:59 28 March 2027', 'end 05:59 28 May 2027'),
    'list not bound': swap(r'^access-group \S+ in interface operations\n', ''),
    'list bound outbound': swap(r'^(access-group \S+) in (interface filling)$', r'\1 out \2'),
    'lists exchanged': swap(r'access-group CORDON-operations-A', 'access-group CORDON-filling-A'),
    'list not defined': swap(r'access-group CORDON-operations-A', 'access-group other'),
    'interface': swap(r'interface operations$', 'interface outside'),
    'icmp not inspected': swap(r'^  inspect icmp\n', ''),
    'icmp errors not inspected': swap(r'^  inspect icmp error\n', ''),
    'a port of two numbers': swap(r'eq 502\b', 'eq kerberos'),
    'service type': swap(r'^ service-object icmp 8$', ' service-object icmp 0'),
    'policy not applied': swap(r'^service-policy .*\n', ''),
    'same level': swap(r'^same-security-traffic .*\n', ''),
    'management opened': swap(r'^(access-list CORDON-self-operations-A) ',
                              r'\1 extended permit udp any4 any4 eq 161\n\1 '),
    'control plane not bound': swap(r'^access-group \S+ in interface \S+ control-plane\n', ''),
    'routing dropped': swap(r'^access-list \S+ extended permit 89 .*\n', ''),
    'an unknown word': swap(r'eq 502 log$', 'eq 502 frobnicate'),
    'translation': swap(r'^end$', 'nat (filling,operations) source dynamic any interface\nend'),
    'an entry before': doubled(r'^access-list CORDON-operations-A extended deny ip any4.*$',
                               r'^access-list CORDON-operations-A extended permit tcp host'),
    'a line put before': after(
        r'^access-list CORDON-operations-A .*$',
        'access-list CORDON-operations-A line 1 extended permit ip any4 any4'),
    'an entry removed': after(
        r'^access-list CORDON-operations-A .*$',
        'no access-list CORDON-operations-A extended deny ip any4 any4 log'),
    'overridden by users': swap(r'^(access-group CORDON-operations-A in interface operations)$',
                                r'\1 per-user-override'),
    'a tunnel past the lists': swap(r'^end$', 'crypto map m interface filling\nend'),
    'a portal past the lists': swap(r'^end$', 'webvpn\n enable filling\nend'),
    'users asked': swap(r'^end$', 'aaa authentication match x filling LOCAL\nend'),
    'scanners shunned': swap(r'^end$', 'threat-detection scanning-threat shun\nend'),
    'policed': swap(r'^(  inspect icmp)$', r'\1\n  police input 8000'),
    'connections limited': swap(r'^(  inspect icmp)$', r'\1\n  set connection conn-max 1'),
    'dropped by a module': swap(r'^(  inspect icmp)$', r'\1\n  ips inline fail-close'),
    'inspected by a map': swap(r'^(  inspect icmp)$', r'\1\n  inspect http strict'),
    'inspected for a few': swap(r' match default-inspection-traffic', ' match access-list x'),
    'ssh opened': swap(r'^(ssh) \S+ \S+ operations$', r'\1 0.0.0.0 0.0.0.0 operations'),
    'ssh opened elsewhere': swap(r'^(ssh \S+ \S+) operations$',
                                 r'\1 operations\n\1 filling'),
    'ssh closed': swap(r'^ssh \S+ \S+ operations\n', ''),
    'telnet opened': swap(r'^end$', 'telnet 10.20.1.0 255.255.255.0 filling\nend'),
    'web opened': swap(r'^end$', 'http server enable\nhttp 10.20.1.0 255.255.255.0 '
                       'filling\nend'),
    'echoes refused': swap(r'^icmp permit (host \S+ 8)', r'icmp deny \1'),
    'echoes refused before': swap(r'^icmp permit (host)', r'icmp deny any operations\n'
                                  r'icmp permit \1'),
    'echoes lost': swap(r'^icmp permit host \S+ 8 operations\n', ''),
    'neighbours refused': swap(r'^(ipv6 icmp) permit any 135', r'\1 deny any 135'),
    'only management': swap(r'^end$', 'interface Ethernet1\n nameif filling\n '
                            'management-only\nend'),
    'a name for another address': swap(r'^access-list', 'name 10.9.9.9 x\nname 10.8.8.8 x\n'
                                       'access-list'),
    'a time that is not defined': swap(r'^time-range \S+', 'time-range other'),
}


if __name__ == '__main__':
    report([Subject('cisco-ios', 'cisco-ios', 'cell-sw', 'acl.ios', IOS),
            Subject('cisco-asa', 'cisco-asa', 'cell-fw', 'acl.asa', ASA)])
