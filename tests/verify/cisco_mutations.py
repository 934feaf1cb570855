# SPDX-License-Identifier: Apache-2.0
"""Named faults in what was generated for IOS and ASA: `audit` calls the text equal
to the policy, and none of its mutants, or lists what else passes."""
import json
import os
import re
import subprocess
import sys
import tempfile

CORDON = os.environ.get('CORDON', './cordon')
SOURCE = os.environ.get('SRCDIR', '.')
AT = '2026-06-01T00:00:00Z'


def swap(old, new, nth=0):
    """The nth place at which a regular expression matches, replaced."""
    def mutate(text):
        places = list(re.finditer(old, text, re.M))
        if nth >= len(places):
            return text
        place = places[nth]
        return text[:place.start()] + place.expand(new) + text[place.end():]
    return mutate


def doubled(pattern, target):
    """The line that matches, once more before the line of the target."""
    def mutate(text):
        line = re.search(pattern, text, re.M)
        place = re.search(target, text, re.M)
        if not line or not place:
            return text
        return text[:place.start()] + line.group(0) + '\n' + text[place.start():]
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
    'service type': swap(r'^ service-object icmp 8$', ' service-object icmp 0'),
    'policy not applied': swap(r'^service-policy .*\n', ''),
    'same level': swap(r'^same-security-traffic .*\n', ''),
    'management opened': swap(r'(self-operations-A extended permit object-group \S+) host \S+',
                              r'\1 any4'),
    'control plane not bound': swap(r'^access-group \S+ in interface \S+ control-plane\n', ''),
    'routing dropped': swap(r'^access-list \S+ extended permit 89 .*\n', ''),
    'an unknown word': swap(r'eq 502 log$', 'eq 502 frobnicate'),
    'translation': swap(r'^end$', 'nat (filling,operations) source dynamic any interface\nend'),
    'an entry before': doubled(r'^access-list CORDON-operations-A extended deny ip any4.*$',
                               r'^access-list CORDON-operations-A extended permit tcp host'),
}


def audit(policy, device, *paths):
    done = subprocess.run(
        [CORDON, 'audit', '--at', AT, '--format', 'json', policy, '--device', device, *paths],
        capture_output=True, text=True, check=False, timeout=120)
    try:
        answer = json.loads(done.stdout)
        return answer['verdict'], answer['returns'], [
            (one['message'], [line['text'] for line in one['lines']])
            for one in answer['residue'] if 'message' in one]
    except (ValueError, KeyError):
        return 'no answer: ' + done.stderr[:300], None, None


def judge(case, device, file, mutants, companions=()):
    """Faults that were not noticed, as text."""
    policy = os.path.join(SOURCE, 'tests/cases/compile', case, 'plant.cordon')
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([CORDON, 'compile', '--at', AT, '-o', folder, policy], check=True,
                       capture_output=True)
        with open(os.path.join(folder, device, file), encoding='utf-8') as whole:
            text = whole.read()
        path = os.path.join(folder, 'mutant')
        beside = [os.path.join(folder, device, name) for name in companions]
        for name, mutate in [('nothing', lambda text: text)] + list(mutants.items()):
            mutant = mutate(text)
            with open(path, 'w', encoding='utf-8') as out:
                out.write(mutant)
            answer = audit(policy, device, path, *beside)
            verdict = answer[0]
            if name == 'nothing':
                plain = answer
                if verdict != 'equal':
                    faults.append('the text itself is %s' % verdict)
            elif mutant == text:
                faults.append('%s changes nothing' % name)
            elif verdict not in ('different', 'not-proved') and (
                    verdict != 'equal' or answer[1:] == plain[1:]):
                faults.append('%s is %s' % (name, verdict))
    return faults


def main():
    print('1..2')
    code = 0
    for number, (platform, case, device, file, mutants) in enumerate((
            ('cisco-ios', 'cisco-ios', 'cell-sw', 'acl.ios', IOS),
            ('cisco-asa', 'cisco-asa', 'cell-fw', 'acl.asa', ASA)), 1):
        faults = judge(case, device, file, mutants)
        print('%sok %d - %s: each of %d kinds of fault is noticed' % (
            'not ' if faults else '', number, platform, len(mutants)))
        for fault in faults:
            print('# ' + fault)
            code = 1
    return code


if __name__ == '__main__':
    sys.exit(main())
