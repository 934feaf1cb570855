# SPDX-License-Identifier: Apache-2.0
"""What the hosts of a staged plant ask of each other; a server that does not answer
is an error, so that a capture never holds less than its script says."""

import http.client
import random
import socket
import ssl
import struct
import subprocess
import time
import urllib.request

from stage.network import PROFINET


def modbus_client(server, port):
    from pymodbus.client import ModbusTcpClient

    client = ModbusTcpClient(server, port=port)
    if not client.connect():
        raise RuntimeError(f"{server} does not answer")
    return client


def poll(server, times=1, port=502, pause=0.1):
    """Reads ten holding registers, as a historian does."""
    client = modbus_client(server, port)
    for _ in range(times):
        if client.read_holding_registers(10, 10, slave=1).isError():
            raise RuntimeError(f"{server} answered with an exception")
        time.sleep(pause)
    client.close()


def write(server, register, value):
    client = modbus_client(server, 502)
    if client.write_register(register, value, slave=1).isError():
        raise RuntimeError(f"{server} answered with an exception")
    client.close()


def trusting():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def browse(server, port=443):
    host = f"[{server}]" if ":" in server else server
    with urllib.request.urlopen(f"https://{host}:{port}/line/1", context=trusting()) as page:
        page.read()


def watch(server, times, pause):
    """One session that asks for a page again and again."""
    connection = http.client.HTTPSConnection(server, context=trusting())
    for _ in range(times):
        connection.request("GET", "/line/1")
        connection.getresponse().read()
        time.sleep(pause)
    connection.close()


def talk(server, port, lines, greeted=False, pause=0):
    """Reads the greeting if there is one, then says each line and reads the answer."""
    with socket.create_connection((server, port), timeout=5) as connection:
        if greeted:
            connection.recv(512)
        for line in lines:
            connection.sendall(line)
            if not connection.recv(512):
                raise RuntimeError(f"{server} hung up")
            time.sleep(pause)


def ask(server, port, request):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((server, port))
        client.send(request)
        client.recv(2048)


def tell(server, port, message, times=1):
    """A message that nobody answers: syslog, traps, video."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        for _ in range(times):
            client.sendto(message, (server, port))
            time.sleep(0.02)


def run(*words):
    subprocess.run(words, check=True, timeout=10, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def ping(server):
    run("ping", "-c", "2", "-i", "0.2", server)


def snmp_name(server):
    run("snmpget", "-v2c", "-c", "plant-read", server, "1.3.6.1.2.1.1.5.0")


def publish(server, port, topic, message, certificate=None):
    tls = ["--cafile", certificate, "--insecure"] if certificate else []
    run("mosquitto_pub", "-h", server, "-p", str(port), "-t", topic, "-m", message, *tls)


def dns_question(name):
    """One address record, RFC 1035 section 4.1."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", random.getrandbits(16), 0x0100, 1, 0, 0, 0) + (
        labels + b"\0\0\1\0\1")


def resolve(server, name):
    ask(server, 53, dns_question(name))


def say_on_wire(message):
    """A PROFINET frame to all stations."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("eth0", PROFINET))
        here = wire.getsockname()[4]
        wire.send(bytes.fromhex("010ecf000000") + here + struct.pack("!H", PROFINET) + message)
