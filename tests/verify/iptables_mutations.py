# SPDX-License-Identifier: Apache-2.0
"""Named faults in what was generated for iptables, of either family."""
from mutations import Subject, doubled, faults_of, report, swap

FINAL = r'^-A FORWARD -j DROP$'
FOUR = {
    'port': swap(r'--dport 502\b', '--dport 503'),
    'port range': swap(r'--dport 8000:8010', '--dport 8000:8011'),
    'port range cut': swap(r'--dport 8000:8010', '--dport 8001:8010'),
    'port lost': swap(r' -m tcp --dport 502', ''),
    'source port for destination port': swap(r'--dport 502', '--sport 502'),
    'port negated': swap(r'--dport 502', '! --dport 502'),
    'several ports': swap(r'-m tcp --dport 502', '-m multiport --dports 502,503'),
    'protocol': swap(r'-p udp -m udp --dport 161 (.*)ACCEPT|-p udp -m udp --dport 161 (.*allow)',
                     r'-p tcp -m tcp --dport 161 \1\2'),
    'protocol lost': swap(r' -p tcp -m tcp --dport 44818', ''),
    'accept for deny': swap(r'(--dport 161 .*) -j cordon-refuse', r'\1 -j ACCEPT'),
    'deny for accept': swap(r'(--dport 8000:8010 .*) -j ACCEPT', r'\1 -j DROP'),
    'return for accept': swap(r'(--dport 8000:8010 .*) -j ACCEPT', r'\1 -j RETURN'),
    'final drop opened': swap(FINAL, '-A FORWARD -j ACCEPT'),
    'final drop returns': swap(r'^-A cordon-refuse -j DROP', '-A cordon-refuse -j ACCEPT'),
    'final drop and policy lost': lambda text: swap(
        FINAL + r'\n', '')(swap(r'^:FORWARD DROP', ':FORWARD ACCEPT')(text)),
    'deny rule lost': swap(r'^-A .* --dport 161 .* -j cordon-refuse\n', '', 1),
    'accept rule lost': swap(r'^-A .* --dport 8000:8010 .*\n', ''),
    'jump to the rule lost': swap(r'^-A cordon-self -i eth1 .*\n', ''),
    'chain not defined': swap(r'-j cordon-pairs', '-j cordon-other'),
    'pair lost': swap(r'^-A cordon-pairs -i eth1 .*\n', ''),
    'interfaces exchanged': swap(r'-i eth0 -o eth1', '-i eth1 -o eth0'),
    'interface lost': swap(r'-i eth0 -o eth1', '-o eth1'),
    'interface': swap(r'-i eth0 -o eth1', '-i eth2 -o eth1'),
    'interface wildcard': swap(r'-i eth0 -o eth1', '-i eth0 -o eth+'),
    'interface negated': swap(r'-i eth0 -o eth1', '! -i eth1 -o eth1'),
    'host': swap(r'-s 10\.30\.0\.20 ', '-s 10.30.0.21 '),
    'host widened': swap(r'-s 10\.30\.0\.20 ', '-s 10.30.0.20/31 '),
    'host lost': swap(r'-s 10\.30\.0\.20 ', ''),
    'host negated': swap(r'-s 10\.30\.0\.20 ', '! -s 10.30.0.20 '),
    'range': swap(r'224\.0\.0\.5-224\.0\.0\.6', '224.0.0.5-224.0.0.5'),
    'range widened': swap(r'224\.0\.0\.5-224\.0\.0\.6', '224.0.0.4-224.0.0.6'),
    'icmp type': swap(r'--icmp-type 8', '--icmp-type 0'),
    'icmp type lost': swap(r'-m icmp --icmp-type 8 ', ''),
    'time lost': swap(r' -m time .* --weekdays Sun', ''),
    'hours': swap(r'--timestart 03:00:00', '--timestart 02:00:00'),
    'second': swap(r'--timestop 10:59:59', '--timestop 11:00:00'),
    'second less': swap(r'--timestop 10:59:59', '--timestop 10:59:58'),
    'first second': swap(r'--timestart 03:00:00', '--timestart 03:00:01'),
    'day': swap(r'--weekdays Sun', '--weekdays Mon'),
    'date': swap(r'--datestop 2027-03-28', '--datestop 2027-05-28'),
    'local time': swap(r'-m time', '-m time --kerneltz'),
    'answers dropped': swap(r'^-A FORWARD .* --ctdir REPLY .*\n', ''),
    'answers in both directions': swap(r'ESTABLISHED --ctdir REPLY', 'ESTABLISHED'),
    'errors dropped': swap(r'^-A FORWARD -p icmp .*RELATED.*\n', ''),
    'related of every protocol': swap(r'-p icmp -m conntrack --ctstate RELATED',
                                      '-m conntrack --ctstate RELATED'),
    'only new': swap(r'--ctstate NEW,RELATED,ESTABLISHED', '--ctstate NEW,RELATED'),
    'untracked passes': swap(FINAL, '-A FORWARD -m conntrack --ctstate UNTRACKED -j ACCEPT\n'
                             '-A FORWARD -j DROP'),
    'a condition': swap(r'--dport 502 ', '--dport 502 -m mac --mac-source 02:00:00:00:00:01 '),
    'a rate': swap(r'--dport 502 ', '--dport 502 -m limit --limit 1/sec '),
    'an unknown word': swap(r'--dport 502 ', '--dport 502 --frobnicate 1 '),
    'a set that is not there': swap(r'--dport 502 ', '--dport 502 -m set --match-set x src '),
    'a queue': swap(r'(--dport 8000:8010 .*) -j ACCEPT', r'\1 -j NFQUEUE --queue-num 0'),
    'an unknown target': swap(r'(--dport 8000:8010 .*) -j ACCEPT', r'\1 -j FROBNICATE'),
    'translation': swap(r'^COMMIT$', 'COMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p '
                        'tcp -j DNAT --to-destination 10.20.1.10\nCOMMIT'),
    'not tracked': swap(r'^COMMIT$', 'COMMIT\n*raw\n:PREROUTING ACCEPT [0:0]\n'
                        '-A PREROUTING -j CT --notrack\nCOMMIT'),
    'dropped in mangle': swap(r'^COMMIT$', 'COMMIT\n*mangle\n:FORWARD ACCEPT [0:0]\n'
                              '-A FORWARD -s 10.30.0.20 -j DROP\nCOMMIT'),
    'dropped in raw': swap(r'^COMMIT$', 'COMMIT\n*raw\n:PREROUTING ACCEPT [0:0]\n'
                           '-A PREROUTING -p udp -j DROP\nCOMMIT'),
    'the device opened': swap(r'^-A INPUT -j DROP', '-A INPUT -j ACCEPT'),
    'manager': swap(r'-s 10\.30\.0\.40 -d 10\.30\.0\.1 ', '-d 10.30.0.1 '),
    'routing dropped': swap(r'^-A \S+ -d 10\.30\.0\.1 -p 89 .*\n', ''),
    'an entry before': swap(r'^-A FORWARD -p icmp', '-I FORWARD -s 10.30.0.20 -j ACCEPT\n'
                            '-A FORWARD -p icmp'),
    'inserted': swap(r'^COMMIT$', '-I FORWARD -s 10.30.0.20 -j ACCEPT\nCOMMIT'),
    'flushed': swap(r'^COMMIT$', '-F cordon-pairs\nCOMMIT'),
    'a rule before another': doubled(r'^-A \S+ -s 10\.30\.0\.20 -d 10\.20\.1\.12 -p udp .*$',
                                     r'^-A \S+ -s 10\.30\.0\.0 -d 10\.20\.1\.12 -p udp'),
}
SIX = {
    'host': swap(r'-s 2001:db8:30::20', '-s 2001:db8:30::21'),
    'prefix': swap(r'-s 2001:db8:30::20', '-s 2001:db8:30::20/127'),
    'port': swap(r'--dport 502\b', '--dport 503'),
    'neighbours dropped': swap(r'^.*--icmpv6-type 135 .*\n', ''),
    'final drop opened': swap(FINAL, '-A FORWARD -j ACCEPT'),
    'errors dropped': swap(r'^-A FORWARD -p ipv6-icmp .*RELATED.*\n', ''),
}


def main():
    four = Subject('IPv4', 'iptables', 'cell-fw', 'iptables.rules', FOUR,
                   ['ip6tables.rules', '/dev/null'])
    six = Subject('IPv6', 'iptables', 'cell-fw', 'ip6tables.rules', SIX,
                  ['iptables.rules', '/dev/null'])
    alone = list(faults_of(four._replace(mutants={}, companions=('/dev/null',))))
    report([four, six], ('without the other family nothing is proved',
                         alone == ['the text itself is not-proved']))


if __name__ == '__main__':
    main()
