# SPDX-License-Identifier: Apache-2.0
"""What the hosts of a staged plant serve. Each function starts a server and returns
when it listens: where Debian has a real one it is that (pymodbus, OpenSSH, dnsmasq,
snmpd, mosquitto, Python's own HTTP and TLS), else a dialogue of the protocol's own
first messages."""

import http.server
import os
import socket
import socketserver
import ssl
import subprocess
import threading
import time

FOLDER = "/run"  # of this run alone: keys and settings


def wait_for(port, kind=socket.SOCK_STREAM):
    """Until something listens there; of datagrams the kernel's table tells."""
    for _ in range(200):
        if kind == socket.SOCK_STREAM:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
        elif any(f":{port:04X} " in line for table in ("udp", "udp6")
                 for line in open(f"/proc/self/net/{table}", encoding="ascii")):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def in_thread(function, *words):
    threading.Thread(target=function, args=words, daemon=True).start()


def setting(name, text):
    path = os.path.join(FOLDER, f"{os.getpid()}-{name}")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


def daemon(*words):
    subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)


# ---- industrial ----

def modbus(port=502):
    from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                    ModbusSlaveContext)
    from pymodbus.server import StartTcpServer

    block = ModbusSequentialDataBlock(0, list(range(200)))
    slave = ModbusSlaveContext(di=block, co=block, hr=block, ir=block)
    in_thread(lambda: StartTcpServer(
        context=ModbusServerContext(slaves=slave, single=True), address=("0.0.0.0", port)))
    wait_for(port)


def dialogue(port, answer, greeting=b""):
    """Greets (unless empty), and answers each request with the same message."""
    class Dialogue(socketserver.BaseRequestHandler):
        def handle(self):
            if greeting:
                self.request.sendall(greeting)
            while self.request.recv(512):
                self.request.sendall(answer)

    class Server(socketserver.ThreadingTCPServer):
        address_family, allow_reuse_address = socket.AF_INET6, True

    in_thread(Server(("::", port), Dialogue).serve_forever)
    wait_for(port)


def mqtt(port, tls=False):
    text = f"listener {port}\nallow_anonymous true\nuser root\n"
    if tls:
        text += "certfile %s\nkeyfile %s\n" % certificate()
    daemon("mosquitto", "-c", setting("mosquitto.conf", text))
    wait_for(port)


# ---- offices, domains, networks ----

class QuietPages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        page = b'{"line": 1, "good": 41872, "rejects": 17}\n'
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


class Pages(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def certificate():
    """(certificate, key), the same for every host of this run."""
    paths = os.path.join(FOLDER, "certificate"), os.path.join(FOLDER, "key")
    if not os.path.exists(paths[0]):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-subj", "/CN=plant.example", "-days", "1",
                        "-keyout", paths[1], "-out", paths[0]],
                       check=True, stderr=subprocess.DEVNULL)
    return paths


def https(port=443):
    server = Pages(("::", port), QuietPages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    in_thread(server.serve_forever)
    wait_for(port)


def ssh(port=22):
    key = os.path.join(FOLDER, f"{os.getpid()}-host-key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    os.makedirs("/run/sshd", exist_ok=True)  # where it gives up its privileges
    daemon("/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", key, "-p", str(port),
           "-o", "PidFile=none", "-o", "PasswordAuthentication=no")
    wait_for(port)


def dns(domain, address):
    daemon("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
           "--no-hosts", "--user=root", "--pid-file=", f"--address=/{domain}/{address}")
    wait_for(53)


def snmp():
    path = setting("snmpd.conf", "rocommunity plant-read\nagentaddress udp:161\n"
                   "sysName switch\n")
    daemon("snmpd", "-f", "-C", "-c", path, "-Lo", "-p", path + ".pid")
    wait_for(161, socket.SOCK_DGRAM)


def datagrams(port, answer=None):
    """Answers each datagram with what `answer` makes of it, or takes it and is silent."""
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.bind(("::", port))

    def serve():
        while True:
            request, client = server.recvfrom(2048)
            if answer:
                server.sendto(answer(request), client)

    in_thread(serve)
