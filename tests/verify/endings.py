# SPDX-License-Identifier: Apache-2.0
"""However the reading ends, what was learned is reported and the exit code tells:
signals, pipes, captures cut or missing, full disks."""
import gzip
import os
import shutil
import signal
import subprocess
import time

import stand

POLICY = """
zone ops  level 3 { subnet 10.3.0.0/16 }
zone line level 2 { subnet 10.2.0.0/16 }
conduit work between ops and line { allow ops -> line : tcp 443 }
"""
COUNT = 20


def packets(port=443, count=COUNT):
    return [stand.tcp('10.3.0.1', 40000 + number, '10.2.0.1', port) for number in range(count)]


def start(plant, *arguments, **options):
    return subprocess.Popen([stand.CORDON, 'verify', *arguments[:-1], plant.policy,
                             arguments[-1]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **options)


def check_signal(tap, plant, number, path, name):
    """The capture's beginning, and half a packet, then nothing more: waits on."""
    with open(plant.capture(packets()), 'rb') as file:
        data = file.read() + bytes(7)
    if path == '-':
        reader, writer = os.pipe()
        run = start(plant, '-', stdin=reader)
        os.close(reader)
    else:
        os.mkfifo(path)
        run = start(plant, path)
        writer = os.open(path, os.O_WRONLY)
    os.write(writer, data)
    time.sleep(0.5)
    waited = run.poll() is None
    run.send_signal(number)
    out, errors = run.communicate(timeout=60)
    os.close(writer)
    if path != '-':
        os.unlink(path)
    tap.check(waited and run.returncode == 2 and not errors and
              f'{COUNT} packets, ' in out and f'{COUNT} conform' in out and
              'Not seen: the verification was interrupted.' in out and
              out.endswith('incomplete\n'), name, run.returncode, out, errors)


def check_pipes(tap, plant):
    capture = plant.capture(packets(22))
    want = plant.run(capture).stdout
    with open(capture, 'rb') as file:
        run = plant.run('-', stdin=file)
    tap.equal((run.returncode, run.stdout), (1, want.replace(capture, '-')), 'standard input')
    shell = subprocess.run(
        ['bash', '-c', '"$0" verify "$1" <(gzip <"$2") </dev/null', stand.CORDON, plant.policy,
         capture], capture_output=True, text=True, check=False)
    tap.check(shell.returncode == 1 and f'{COUNT} violate' in shell.stdout,
              'a pipe that the shell names', shell.stdout, shell.stderr)


def check_several(tap, plant):
    """Files are one stream in time order, however they are named and packed."""
    timed = [(stand.START + number, data) for number, data in enumerate(packets(22))]
    whole = plant.capture(timed, 'whole.pcap')
    odd = plant.capture(timed[1::2], 'odd.pcap')
    even = plant.capture(timed[0::2], 'even.pcap')
    with open(odd, 'rb') as file, gzip.open(odd + '.gz', 'wb') as packed:
        packed.write(file.read())
    reports = [plant.run('--format', 'json', whole).stdout]
    for pair in ((odd + '.gz', even), (even, odd)):
        reports.append(subprocess.run([stand.CORDON, 'verify', '--format', 'json',
                                       plant.policy, *pair], capture_output=True, text=True,
                                      check=False).stdout)
    tap.check(reports[0].replace(whole, even) == reports[1] == reports[2],
              'several files as one stream', *reports)


def check_filter(tap, plant):
    """--bpf is tcpdump's filter."""
    capture = plant.capture(packets(22) + packets(443) + packets(80))
    if not shutil.which('tcpdump'):
        tap.skip('--bpf of a file', 'no tcpdump')
        return
    filtered = plant.path('filtered.pcap')
    subprocess.run(['tcpdump', '-nr', capture, '-w', filtered, 'tcp port 22 or port 443'],
                   capture_output=True, check=True)
    runs = [plant.run('--bpf', 'tcp port 22 or port 443', capture), plant.run(filtered)]
    tap.equal(runs[0].stdout, runs[1].stdout.replace(filtered, capture), '--bpf of a file')


def check_cut(tap, plant):
    capture = plant.capture(packets())
    size = os.path.getsize(capture)
    for name, length, seen in (('a packet', size - 7, COUNT - 1),
                               ('a packet header', size - 54 - 3, COUNT - 1)):
        os.truncate(capture, length)
        run = plant.run(capture)
        tap.check(run.returncode == 2 and f'{seen} packets, ' in run.stdout and
                  run.stdout.endswith('incomplete\n') and
                  f'traffic.pcap: the file ends in the middle of a packet, after packet {seen}'
                  in run.stderr, f'cut in the middle of {name}', run.stdout, run.stderr)


def check_missing(tap, plant):
    """One that cannot be read does not hide the others, nor is it forgotten."""
    capture = plant.capture(packets(22))
    run = subprocess.run([stand.CORDON, 'verify', plant.policy, plant.path('gone.pcap'),
                          plant.policy, capture], capture_output=True, text=True, check=False)
    tap.check(run.returncode == 2 and f'{COUNT} violate' in run.stdout and
              run.stderr.count('error:') == 2, 'unreadable captures beside another',
              run.stdout, run.stderr)


def check_full(tap, plant):
    capture = plant.capture(packets(22, 2000))
    with open('/dev/full', 'w', encoding='ascii') as full:
        run = subprocess.run([stand.CORDON, 'verify', plant.policy, capture], stdout=full,
                             stderr=subprocess.PIPE, text=True, check=False)
    tap.check(run.returncode == 2 and 'No space left on device' in run.stderr,
              'standard output is full', run.returncode, run.stderr)
    check_full_disk(tap, plant, capture)


def check_full_disk(tap, plant, capture):
    name = 'the disk for the evidence is full'
    disk = plant.path('disk')
    os.mkdir(disk)
    run = subprocess.run(
        [os.path.join(stand.SRCDIR, 'tests/kernel/namespaces'), 'sh', '-c',
         'mount -t tmpfs -o size=64k none "$1" || exit 9\n'
         '"$0" verify --evidence "$1/evidence.pcap" "$2" "$3"; code=$?\n'
         'ls -A "$1" >&2; exit $code', stand.CORDON, disk, plant.policy, capture],
        capture_output=True, text=True, check=False)
    if run.returncode == 77:
        tap.skip(name, run.stdout.strip())
        return
    tap.check(run.returncode == 2 and '2000 violate' in run.stdout and
              'the evidence could not be written: No space left on device' in run.stderr and
              'evidence.pcap' not in run.stderr, name, run.returncode, run.stdout, run.stderr)


def main():
    tap = stand.Tap()
    with stand.Stand(POLICY) as plant:
        check_signal(tap, plant, signal.SIGINT, plant.path('fifo'), 'SIGINT while reading')
        check_signal(tap, plant, signal.SIGTERM, plant.path('fifo'), 'SIGTERM while reading')
        check_signal(tap, plant, signal.SIGINT, '-', 'SIGINT at standard input')
        check_pipes(tap, plant)
        check_several(tap, plant)
        check_filter(tap, plant)
        check_cut(tap, plant)
        check_missing(tap, plant)
        check_full(tap, plant)
    tap.end()


main()
