# SPDX-License-Identifier: Apache-2.0
"""`cordon diff --traffic`: what of observed conversations a change cuts, from a capture
and from a saved verification, which knows less of times, ports and contents."""
import json
import os
import random
import struct
import subprocess

import stand

HEAD = """policy "traffic" { timezone UTC }
protocol acme "not read" {
    on tcp 4000
    read get 1
    write set 2
}
service quiet = udp 700
service ring = udp 700 idle 1h
service alt-modbus = modbus on tcp 9999
service alt-fins = fins on udp 9998
schedule window { daily 10:20 - 10:40; daily 11:50 - 12:10 }
schedule night { daily 22:00 - 04:00 }
schedule day { daily 04:00 - 22:00 }
zone ops  level 3 { subnet 10.3.0.0/16; vlan 30 }
zone line level 2 { subnet 10.2.0.0/16; vlan 20 }
asset historian in ops { address 10.3.0.1; mac 02:00:00:00:00:91 }
asset plc in line { address 10.2.0.1; mac 02:00:00:00:00:92 }
conduit work between ops and line {
%s
}
"""
AT = '2026-11-24T00:00:00Z'
TEN = stand.at('2026-11-18T10:00:00+00:00')
HOUR, DAY = 3600, 86400
CLIENT, SERVER = '10.3.0.1', '10.2.0.1'
ALLOW = 'allow historian -> plc : '


def modbus(function, first, count=1, unit=1):
    body = struct.pack('>BHH', function, first, count)
    return struct.pack('>HHHB', 7, 0, len(body) + 1, unit) + body


READ, WRITE = modbus(3, 100, 4), modbus(6, 100)
FINS_STOP = bytes.fromhex('80000200010000020000' '0402')
REFUSED = (struct.pack('>HHHBBB', 7, 0, 3, 1, 0x86, 2),)


def datagram(port=700, sport=40000):
    return stand.udp(CLIENT, sport, SERVER, port)


def timed(start, step, packets):
    return [(start + step * i, packet) for i, packet in enumerate(packets)]


def polls(start, step, count, port=700):
    return timed(start, step, [datagram(port)] * count)


def talk(port, *said, start=TEN, **how):
    return timed(start, 1, stand.talk(CLIENT, SERVER, port, *said, **how))


CYCLIC = stand.ethernet('02:00:00:00:00:91', '02:00:00:00:00:92', [], 0x8892, bytes(46))
TO_PLC = 'historian -> plc : '
UNREAD = '; what was said could not be read'
TIME = '; whether it was seen at such a time is not known'
STOPS, MAY = 'this stops ' + TO_PLC, 'this may stop ' + TO_PLC
WAS_SEEN = ', at some of the times at which it was seen, the last 2026-11-18T'

# (what, rules before, rules after, packets, texts from the capture, from the saved
# verification where these are others)
CASES = [
    ('a conversation', [ALLOW + 'tcp 80'], [ALLOW + 'tcp 81'], talk(80),
     [STOPS + 'http, 1 conversation, last seen 2026-11-18']),
    ('the other one stays', [ALLOW + 'tcp 80', ALLOW + 'tcp 81'], [ALLOW + 'tcp 80'], talk(80),
     []),
    ('what neither allows', [ALLOW + 'tcp 80'], [ALLOW + 'tcp 81'], talk(82), []),
    ('what is allowed now', [ALLOW + 'tcp 80'], [ALLOW + 'tcp 81'], talk(81),
     ['this lets through ' + TO_PLC + 'tcp 81, 1 conversation, last seen 2026-11-18']),
    ('sessions add up', [ALLOW + 'tcp 80'], [ALLOW + 'tcp 81'],
     talk(80) + talk(80, sport=40001, start=TEN + DAY),
     [STOPS + 'http, 2 conversations, last seen 2026-11-19']),
    ('reads', [ALLOW + 'modbus'], [ALLOW + 'modbus(write)'], talk(502, READ, WRITE),
     [STOPS + 'modbus(read-holding-registers, unit 1, holding 100-103), 1 request, no answer seen, '
      'last seen 2026-11-18']),
    ('writes, and their answers', [ALLOW + 'modbus'], [ALLOW + 'modbus(read)'],
     talk(502, READ, WRITE, REFUSED),
     [STOPS + 'modbus(write-single-register, unit 1, holding 100), 1 request, 1 refused, '
      'last seen 2026-11-18']),
    ('by register', [ALLOW + 'modbus'], [ALLOW + 'modbus(any, holding 0-101)'],
     talk(502, READ, WRITE),
     [STOPS + 'modbus(read-holding-registers, unit 1, holding 100-103), 1 request, no answer seen, '
      'last seen 2026-11-18']),
    ('by unit', [ALLOW + 'modbus'], [ALLOW + 'modbus(any, unit 2)'],
     talk(502, modbus(3, 1, unit=2), modbus(3, 1, unit=3)),
     [STOPS + 'modbus(read-holding-registers, unit 3, holding 1), 1 request, no answer seen, '
      'last seen 2026-11-18']),
    ('all of a conversation names what it did', [ALLOW + 'modbus'], [ALLOW + 'tcp 80'],
     talk(502, READ, WRITE), [STOPS + 'modbus(read, write), 1 conversation, last seen 2026-11-18']),
    ('what was wrong before is no loss', [ALLOW + 'modbus(read)'], [ALLOW + 'tcp 80'],
     talk(502, WRITE), []),
    ('another content', [ALLOW + 'tcp 502'], [ALLOW + 'modbus'],
     talk(502, b'GET / HTTP/1.0\r\n\r\n', (b'HTTP/1.0 200 OK\r\n\r\n',)),
     [STOPS + 'modbus, 1 conversation, last seen 2026-11-18']),
    ('contents that nobody reads', [ALLOW + 'tcp 4000'], [ALLOW + 'acme(read)'],
     talk(4000, b'0123456789'), [MAY + 'acme, 1 conversation, last seen 2026-11-18' + UNREAD]),
    ('... of which all are allowed', [ALLOW + 'acme(read)'], [ALLOW + 'acme(read, write)'],
     talk(4000, b'0123456789'), []),
    ('... of which fewer are', [ALLOW + 'acme(read, write)'], [ALLOW + 'acme(read)'],
     talk(4000, b'0123456789'), [MAY + 'acme, 1 conversation, last seen 2026-11-18' + UNREAD]),
    ('... of which none is', [ALLOW + 'acme(read, write)'], [ALLOW + 'tcp 81'],
     talk(4000, b'0123456789'), [STOPS + 'acme, 1 conversation, last seen 2026-11-18']),
    ('a port that is industrial now', [ALLOW + 'tcp 9999'], [ALLOW + 'alt-modbus(read)'],
     talk(9999, READ, WRITE),
     [STOPS + 'modbus(write-single-register, unit 1, holding 100) on tcp 9999, 1 request, '
      'no answer seen, last seen 2026-11-18']),
    ('... and was not read', [ALLOW + 'udp 9998'], [ALLOW + 'alt-fins(read)'],
     timed(TEN, 1, [stand.udp(CLIENT, 40000, SERVER, 9998, FINS_STOP)]),
     [STOPS + 'fins(stop, node 1) on udp 9998, 1 request, no answer seen, last seen 2026-11-18'],
     [MAY + 'udp 9998, 1 conversation, last seen 2026-11-18' + UNREAD]),
    ('until a date', [ALLOW + 'quiet'], [ALLOW + 'quiet { until 2026-11-18 }'],
     polls(TEN, DAY, 3),
     [STOPS + 'quiet, 1 conversation, at some of the times at which it was seen, the last '
      '2026-11-20T10:00:00+00:00']),
    ('a dense conversation, in a window', [ALLOW + 'quiet'],
     [ALLOW + 'quiet', 'deny historian -> plc : quiet { during window }'], polls(TEN, 30, 240),
     [STOPS + 'quiet, 1 conversation' + WAS_SEEN + '11:59:30+00:00'],
     [STOPS + 'quiet, 1 conversation' + WAS_SEEN + '11:59:30+00:00']),
    ('an hourly one, beside a window', [ALLOW + 'quiet'],
     [ALLOW + 'quiet', 'deny historian -> plc : quiet { during window }'], polls(TEN, HOUR, 2),
     ['this stops ' + TO_PLC + 'quiet, during window, and not when it was seen, 1 conversation, '
      'last seen 2026-11-18'],
     [MAY + 'quiet, 1 conversation' + WAS_SEEN + '10:39:59+00:00' + TIME]),
    ('an hourly one, within', [ALLOW + 'quiet'],
     [ALLOW + 'quiet', 'deny historian -> plc : quiet { during window }'], polls(TEN, HOUR, 4),
     [STOPS + 'quiet, 1 conversation' + WAS_SEEN + '12:00:00+00:00'],
     [MAY + 'quiet, 1 conversation' + WAS_SEEN + '12:09:59+00:00' + TIME]),
    ('more stretches than are kept', [ALLOW + 'quiet'],
     [ALLOW + 'quiet', 'deny historian -> plc : quiet { from 2026-11-19 }'],
     [each for n in range(200) for each in
      timed(TEN + 600 * n, 1, [datagram(sport=41000 + n)] * 2)],
     [STOPS + 'quiet, 200 conversations, at some of the times at which it was seen, the last '
      '2026-11-19T19:10:01+00:00']),
    ('at night alone', [ALLOW + 'quiet'], [ALLOW + 'quiet { during day }'], polls(TEN, 1, 2),
     ['this stops ' + TO_PLC + 'quiet, except during day, and not when it was seen, 1 conversation, '
      'last seen 2026-11-18']),
    ('from now on', [ALLOW + 'quiet'], [ALLOW + 'quiet { until 2026-11-20 }'], polls(TEN, 1, 2),
     ['this stops ' + TO_PLC + 'quiet, from 2026-11-24T00:00:00+00:00 on, and not when it was '
      'seen, 1 conversation, last seen 2026-11-18']),
    ('too silent now', [ALLOW + 'quiet'], [ALLOW + 'ring'], polls(TEN, 2 * HOUR, 2),
     [STOPS + 'quiet, 1 conversation, last seen 2026-11-18']),
    ('not so silent', [ALLOW + 'quiet'], [ALLOW + 'ring'], polls(TEN, HOUR, 2), []),
    ('from a source port', [ALLOW + 'udp 700'], [ALLOW + 'udp 700 from 40000'],
     timed(TEN, 1, [datagram(), datagram(sport=40001)]),
     [STOPS + 'quiet, 1 conversation, last seen 2026-11-18'],
     [MAY + 'quiet, 2 conversations, last seen 2026-11-18'
      '; whether it came from such a source port is not known']),
    ('between stations', ['allow ops -> line : ethertype 0x8892'],
     ['allow ops -> line : ethertype 0x8893'], timed(TEN, 1, [CYCLIC] * 2),
     [STOPS + 'profinet, 1 conversation, '
      'last seen 2026-11-18']),
]


def written(plant, name, rules):
    path = plant.path(name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(HEAD % '\n'.join('    ' + rule for rule in rules))
    return path


def diff(*arguments):
    return subprocess.run([stand.CORDON, 'diff', '--at', AT, *arguments], capture_output=True,
                          text=True, timeout=120, check=False)


def save(plant, capture):
    run = plant.run('--conversations', '--format', 'json', capture)
    path = plant.path('saved.json')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(run.stdout)
    return path


def answers(policy, witness):
    run = subprocess.run([stand.CORDON, 'query', '--at', witness['at'], policy,
                          witness['question']], capture_output=True, text=True, timeout=120,
                         check=False)
    return run.stdout.split(' ')[0] or run.stderr


def told(old, new, traffic):
    run = diff('--format', 'json', '--traffic', traffic, old, new)
    if not run.stdout:
        return run.stderr[:500]
    traffic = json.loads(run.stdout)['traffic']
    for kind, before, after in ('cut', old, new), ('let_through', new, old):
        for witness in (each['witness'] for each in traffic[kind]):
            if witness['question'] and (answers(after, witness) != 'denied' or
                                        answers(before, witness) == 'denied'):
                return 'query says otherwise of ' + witness['question']
    return [each['text'] for kind in ('cut', 'let_through', 'undetermined', 'other_times')
            for each in traffic[kind]]


def check_case(tap, name, before, after, packets, captured, saved=None):
    with stand.Stand(HEAD % '\n'.join(before)) as plant:
        old, new = plant.policy, written(plant, 'new.cordon', after)
        capture = plant.capture(packets)
        tap.equal(told(old, new, capture), captured, name)
        tap.equal(told(old, new, save(plant, capture)), captured if saved is None else saved,
                  name + ', saved')


def check_mode(tap):
    """Contents that cannot be read, of which both policies allow the same in a mode."""
    before = [ALLOW + 'acme(read) { in repair }', ALLOW + 'acme(write)']
    after = [ALLOW + 'acme(read, write) { in repair }']
    head = HEAD.replace('zone ops ', 'mode repair\nzone ops ')
    with stand.Stand(head % '\n'.join(before)) as plant:
        new = plant.path('new.cordon')
        with open(new, 'w', encoding='utf-8') as file:
            file.write(head % '\n'.join(after))
        capture = plant.capture(talk(4000, b'0123456789'))
        run = diff('--format', 'json', '--mode', 'repair', '--traffic', capture,
                   plant.policy, new)
        traffic = json.loads(run.stdout)['traffic']
        tap.equal([traffic[kind] for kind in ('cut', 'undetermined')], [[], []],
                  'contents are compared in the mode')


def check_gates(tap):
    with stand.Stand(HEAD % (ALLOW + 'quiet, tcp 4000')) as plant:
        old = plant.policy
        gone = written(plant, 'gone.cordon', [ALLOW + 'acme(read)'])
        later = written(plant, 'later.cordon', [ALLOW + 'quiet, tcp 4000 { until 2026-11-20 }'])
        night = written(plant, 'night.cordon', [ALLOW + 'quiet, tcp 4000 { during day }'])
        capture = plant.capture(polls(TEN, 1, 2) + talk(4000, b'0123456789'))
        for gate, new, code in [('cut', gone, 1), ('cut', old, 0), ('cut', later, 1),
                                ('cut', night, 0), ('may-cut', gone, 1), ('may-cut', later, 0),
                                ('closed:cut', gone, 2), ('opened:program,cut', gone, 1),
                                ('opened:cut', gone, 2), ('closed:program', gone, 2)]:
            run = diff('--fail-on', gate, '--traffic', capture, old, new)
            tap.equal(run.returncode, code, '--fail-on %s, %s' % (gate, os.path.basename(new)))
        tap.equal(diff('--fail-on', 'cut', old, gone).returncode, 2, '--fail-on without --traffic')
        both = diff('--format', 'json', '--traffic', capture, '--traffic',
                    save(plant, capture), old, gone)
        tap.equal(json.loads(both.stdout)['traffic']['conversations'], 4, 'two files add up')


def mutated(rand, text):
    """A report that somebody has damaged."""
    at = rand.randrange(len(text))
    kind = rand.randrange(4)
    if kind == 0:
        return text[:at]
    if kind == 1:
        return text[:at] + rand.choice('{}[],:"0-.et\n') + text[at + 1:]
    lines = text.splitlines()
    at = rand.randrange(len(lines))
    if kind == 2:
        del lines[at]
    else:
        name = lines[at].split(':')[0]
        lines[at] = name + ': ' + rand.choice(['null', '-1', '99999999999', '"x"', '[]', '{}',
                                               'true', '1e9', '"9999-12-31T23:59:59Z"']) + ','
    return '\n'.join(lines)


def check_damage(tap):
    rand = random.Random(7)
    wrong = []
    with stand.Stand(HEAD % (ALLOW + 'modbus, quiet')) as plant:
        new = written(plant, 'new.cordon', [ALLOW + 'modbus(read, unit 1) { during day }'])
        capture = plant.capture(talk(502, READ, WRITE, REFUSED) + polls(TEN, 7000, 9))
        with open(save(plant, capture), encoding='utf-8') as file:
            text = file.read()
        for _ in range(int(300 * float(os.environ.get('CORDON_TEST_SCALE', '1')))):
            with open(plant.path('bad.json'), 'w', encoding='utf-8') as file:
                file.write(mutated(rand, text))
            run = diff('--traffic', plant.path('bad.json'), plant.policy, new)
            if run.returncode not in (0, 2) or (run.returncode == 2) != ('bad.json' in run.stderr):
                wrong.append('exit %d: %s' % (run.returncode, run.stderr))
    tap.check(not wrong, 'damaged reports are refused or harmless', *wrong[:3])


def main():
    tap = stand.Tap()
    for case in CASES:
        check_case(tap, *case)
    check_mode(tap)
    check_gates(tap)
    check_damage(tap)
    tap.end()


main()
