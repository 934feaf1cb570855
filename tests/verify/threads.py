# SPDX-License-Identifier: Apache-2.0
"""A thread that reads ahead changes nothing of what is printed: on captures made here,
plain, packed, damaged, several at once and with jumbo packets, and on those at hand."""
import gzip
import os
import random
import subprocess

import stand

POLICY = """
policy "threads" { timezone "UTC" }
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16; inventory complete }
schedule minute { daily 11:07 - 11:08 }
conduit work between ops and line { allow ops -> line : tcp 443, tcp 80 { during minute } }
"""
CAPTURES = 60


def traffic(count, seed):
    chance = random.Random(seed)
    for number in range(count):
        frame = stand.tcp(f'10.3.0.{chance.randrange(1, 9)}', chance.randrange(40000, 40050),
                          f'10.2.0.{chance.randrange(1, 9)}', chance.choice((443, 80, 22)),
                          chance.choice((2, 16, 17)))
        yield stand.START + number / 50, frame + bytes(chance.choice((0, 0, 9, 60000)))


def compare(tap, plant, name, captures):
    """Both with the report, the diagnostics, the exit code and the evidence."""
    told = []
    for threads in ('1', '2', '8'):
        evidence = plant.path(f'evidence-{threads}.pcap')
        run = subprocess.run(
            [stand.CORDON, 'verify', '-j', threads, '--coverage', '--format', 'json',
             '--evidence', evidence, plant.policy, *captures], capture_output=True, timeout=120,
            check=False)
        with open(evidence, 'rb') as file:
            told.append((run.returncode, run.stdout, run.stderr, file.read()))
    tap.check(told[0] == told[1] == told[2], name,
              *[b'\n'.join(each[1:3]).decode(errors='replace') for each in told])


def check_own(tap, plant):
    one = plant.capture(traffic(20000, 1), 'one.pcap')
    two = plant.capture(traffic(3000, 2), 'two.pcap')
    compare(tap, plant, 'one capture', [one])
    compare(tap, plant, 'two captures', [one, two])
    with open(one, 'rb') as file, gzip.open(one + '.gz', 'wb') as packed:
        packed.write(file.read())
    compare(tap, plant, 'a packed capture', [one + '.gz'])
    os.truncate(one, os.path.getsize(one) // 2)
    compare(tap, plant, 'a capture that is cut, beside another', [one, two])
    compare(tap, plant, 'no packets', [plant.capture([], 'none.pcap')])


def at_hand():
    top = os.path.join(os.environ.get('SHARED', ''), 'captures')
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(top)
                   for name in names if not name.endswith(('.tsv', '.md', '.txt')))
    return random.Random(3).sample(paths, min(CAPTURES, len(paths)))


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        check_own(tap, plant)
        for path in at_hand():
            compare(tap, plant, os.path.basename(path), [path])
    tap.end()


main()
