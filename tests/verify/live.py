# SPDX-License-Identifier: Apache-2.0
"""Listening on an interface, for real: in a network namespace, a veth pair to a host
in another one. What is reported equals what a capture of the same traffic tells;
Ctrl-C ends it, busy or quiet; a vanished interface is told.

Runs itself again inside `unshare -n` or, for others than root, `unshare -rn`; skipped
where neither is possible."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import stand

POLICY = """
zone ops  level 3 { subnet 10.0.0.1/32 }
zone line level 2 { subnet 10.0.0.2/32 }
conduit work between ops and line { allow ops -> line : tcp 443, icmp echo-request }
"""
SERVER = """
import socket, threading
def serve(port):
    listener = socket.create_server(('10.0.0.2', port))
    while True:
        with listener.accept()[0] as talk:
            talk.sendall(talk.recv(100))
for port in (443, 8080):
    threading.Thread(target=serve, args=(port,)).start()
"""
CLIENT = """
import socket, sys
for port in (443, 443, 8080):
    with socket.create_connection(('10.0.0.2', port), timeout=10) as talk:
        talk.sendall(b'hello')
        while talk.recv(100):
            pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'lost', ('10.0.0.2', 9))
"""


def ip(*words):
    subprocess.run(['ip', *words], check=True, capture_output=True)


class Peer:
    """The host at the other end of v0."""

    def __init__(self):
        quiet = 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; '
        subprocess.run(['sh', '-c', quiet], check=True)
        self.life = subprocess.Popen(['unshare', '-n', 'sh', '-c', quiet + 'echo; exec sleep 300'],
                                     stdout=subprocess.PIPE)
        self.life.stdout.readline()
        self.server = None

    def inside(self, *command):
        return ['nsenter', '-t', str(self.life.pid), '-n', *command]

    def connect(self):
        ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns',
           str(self.life.pid))
        ip('addr', 'add', '10.0.0.1/24', 'dev', 'v0')
        ip('link', 'set', 'v0', 'up')
        for words in (('addr', 'add', '10.0.0.2/24', 'dev', 'v1'), ('link', 'set', 'v1', 'up'),
                      ('link', 'set', 'lo', 'up')):
            subprocess.run(self.inside('ip', *words), check=True)
        self.server = subprocess.Popen(self.inside(sys.executable, '-c', SERVER))
        wait_for(lambda: subprocess.run(
            [sys.executable, '-c', CLIENT], capture_output=True, check=False).returncode == 0)

    def close(self):
        for process in (self.server, self.life):
            if process:
                process.terminate()
                process.wait()


def wait_for(ready):
    for _ in range(100):
        if ready():
            return
        time.sleep(0.1)
    raise TimeoutError('the namespace is not ready')


def is_listening(process):
    """One of its descriptors is a packet socket."""
    with open('/proc/net/packet', encoding='ascii') as file:
        sockets = {f'socket:[{line.split()[-1]}]' for line in file.readlines()[1:]}
    folder = f'/proc/{process.pid}/fd'
    try:
        return any(os.readlink(os.path.join(folder, each)) in sockets
                   for each in os.listdir(folder))
    except OSError:
        return False


def await_listening(process):
    wait_for(lambda: is_listening(process) or process.poll() is not None)
    time.sleep(0.3)  # it is bound a moment later
    return process


def listen(plant, *options):
    return await_listening(subprocess.Popen(
        [stand.CORDON, 'verify', '--format', 'json', *options, plant.policy, '-i', 'v0'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def end(run, number=signal.SIGINT):
    run.send_signal(number)
    out, errors = run.communicate(timeout=20)
    return run.returncode, out, errors


def talk():
    subprocess.run([sys.executable, '-c', CLIENT], check=True)
    if shutil.which('ping'):
        subprocess.run(['ping', '-c', '2', '-i', '0.2', '10.0.0.2'], capture_output=True,
                       check=True)
    time.sleep(0.6)  # packets are handed on after LIVE_WAIT at the latest


def dumper(path, words):
    """tcpdump gives up its privileges, which it cannot in a user namespace."""
    if os.environ['CORDON_LIVE'] == 'root':
        return ['tcpdump', '-Z', 'root', '--immediate-mode', '-U', '-n', '-i', 'v0', '-w', path,
                *words]
    return ['dumpcap', '-q', '-i', 'v0', '-w', path, *(['-f', words[0]] if words else [])]


def check_equal(tap, plant, words, name):
    """The live report is that of tcpdump's capture."""
    path = plant.path('tcpdump.pcap')
    dump = await_listening(subprocess.Popen(dumper(path, words), stderr=subprocess.PIPE,
                                            text=True))
    filters = ['--bpf', words[0]] if words else []
    runs = [listen(plant, *filters), listen(plant, *filters, '-j', '2')]
    talk()
    reports = [end(run) for run in runs]
    dump.terminate()
    said = dump.communicate()[1]
    want = plant.run('--format', 'json', path)
    told = want.stdout.replace(path, 'v0')
    enough = json.loads(told)['summary']['packets'] > 20
    tap.check(enough and all(each == (1, told, '') for each in reports), name, said, told, *reports)


def check_quiet(tap, plant, number, name):
    started = time.time()
    code, out, _ = end(listen(plant), number)
    tap.check(code == 0 and json.loads(out)['summary']['outcome'] == 'conformant' and
              time.time() - started < 10, name, code, out)


def check_vanished(tap, plant, *options):
    run = listen(plant, *options)
    talk()
    ip('link', 'del', 'v0')
    out, errors = run.communicate(timeout=20)
    summary = json.loads(out)['summary']
    tap.check(run.returncode == 2 and summary['outcome'] == 'incomplete' and
              summary['packets'] > 20 and summary['violations'] == 2 and 'v0: ' in errors,
              'a vanished interface' + ' beside a reading thread' * bool(options),
              run.returncode, out, errors)


def check_refused(tap, plant):
    run = subprocess.run([stand.CORDON, 'verify', plant.policy, '-i', 'nosuch0'],
                         capture_output=True, text=True, check=False)
    tap.check(run.returncode == 2 and 'nosuch0: cannot listen' in run.stderr and not run.stdout,
              'an interface that is not there', run.stdout, run.stderr)


def inside():
    tap, peer = stand.Tap(), Peer()
    try:
        with stand.Stand(POLICY) as plant:
            peer.connect()
            tool = dumper('', [])[0]
            if shutil.which(tool):
                check_equal(tap, plant, [], 'live as a capture of the same traffic')
                check_equal(tap, plant, ['tcp port 443 or udp'], '--bpf live')
            else:
                tap.skip('live as a capture of the same traffic', f'no {tool}')
            check_quiet(tap, plant, signal.SIGINT, 'Ctrl-C on a quiet interface')
            check_quiet(tap, plant, signal.SIGTERM, 'SIGTERM on a quiet interface')
            check_refused(tap, plant)
            check_vanished(tap, plant)
            peer.server.terminate()
            peer.connect()
            check_vanished(tap, plant, '-j', '2')
    finally:
        peer.close()
    tap.end()


def main():
    if 'CORDON_LIVE' in os.environ:
        inside()
    for who, options in (('root', '-n'), ('user', '-rn')):
        if subprocess.run(['unshare', options, 'ip', 'link', 'add', 'v0', 'type', 'veth'],
                          capture_output=True, check=False).returncode == 0:
            os.execvpe('unshare', ['unshare', options, sys.executable, __file__],
                       dict(os.environ, CORDON_LIVE=who))
    print('1..0 # SKIP no network namespace with a veth pair is possible here')


main()
