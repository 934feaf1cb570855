# SPDX-License-Identifier: Apache-2.0
"""First messages of protocols for which Debian has no server or no client, byte for
byte as their standards define them: a question, and its answer."""

import struct
import time

# SMB 2 negotiate, [MS-SMB2] 2.2.3, dialect 2.0.2.
SMB = bytes.fromhex(
    "00000068fe534d4240000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000000000000000000000000000000000002400020001"
    "00000000000000000000000000000000000000000000000000000000000002021002")
# EtherNet/IP RegisterSession (ODVA volume 2, 2-4.4); the answer carries a handle.
ENIP = bytes.fromhex("65000400000000000000000000000000000000000000000001000000")
ENIP_ANSWER = bytes.fromhex("65000400010000000000000000000000000000000000000001000000")
# COTP connection request and confirm (ISO 8073) to rack 0, slot 1.
COTP = bytes.fromhex("0300001611e00000000100c0010ac1020100c2020101")
COTP_ANSWER = bytes.fromhex("0300001611d00001000200c0010ac1020100c2020101")
# OPC UA Hello and Acknowledge (part 6, 7.1.2.3).
OPCUA = (b"HELF" + struct.pack("<IIIIIII", 60, 0, 65536, 65536, 0, 0, 28) +
         b"opc.tcp://plant.example:4840")
OPCUA_ANSWER = b"ACKF" + struct.pack("<IIIIII", 28, 0, 65536, 65536, 0, 0)
# IEC 60870-5-104 STARTDT act and con.
IEC104 = bytes.fromhex("680407000000")
IEC104_ANSWER = bytes.fromhex("68040b000000")
# DNP3 request link status and its answer, outstation 1, master 3 (IEEE 1815, 9.2).
DNP3 = bytes.fromhex("056405c901000300753e")
DNP3_ANSWER = bytes.fromhex("0564050b03000100fbfa")
# RDP connection request and confirm ([MS-RDPBCGR] 2.2.1.1), TLS offered.
RDP = bytes.fromhex("030000130ee000000000000100080001000000")
RDP_ANSWER = bytes.fromhex("030000130ed000001234000200080001000000")
# BACnet ReadProperty of the device's object name, and the answer's start.
BACNET = bytes.fromhex("810a001101040005010c0c023fffff194d")
BACNET_ANSWER = bytes.fromhex("810a001a010030010c0c02000001194d3e7506006169722d313f")
# PROFINET DCP identify of all stations, in its Ethernet frame's payload.
DCP_IDENTIFY = bytes.fromhex("fefe05000000000100800004ffff0000") + b"\0" * 30
SYSLOG = b"<134>1 2026-11-24T10:15:00Z %s plant 1 - - batch 4711 started"


def ntp():
    """A client's question, RFC 5905 section 7.3."""
    return b"\x23" + b"\0" * 39 + struct.pack("!Q", int((time.time() + 2208988800) * 2**32))


def ntp_answer(request):
    """A server's reply of stratum 1, from its own receiver."""
    now = struct.pack("!Q", int((time.time() + 2208988800) * 2**32))
    return (b"\x24\x01\x06\xec" + b"\0" * 8 + b"GPS\0" + now + request[40:48] + now + now)
