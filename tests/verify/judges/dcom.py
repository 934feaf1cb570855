# SPDX-License-Identifier: Apache-2.0
"""OPC Classic over DCOM: tshark's operation numbers of DCE/RPC over TCP connections, at the
interface that the bind or alter-context named which it shows, and its types of units that
are no calls. tshark numbers an answer where it saw the request, as is done here; a request at
an interface that was named before the capture began has no number here."""
FIELDS = ["tcp.stream", "smb.cmd", "smb2.cmd", "dcerpc.ver", "dcerpc.pkt_type", "dcerpc.opnum",
          "dcerpc.cn_ctx_id", "dcerpc.cn_bind_to_uuid", "dcerpc.cn_flags.first_frag"]
TRACES = "zeek_zeek/testing/btest/Traces/"
# None of them is OPC, but all are DCE/RPC: the calls of Exchange, of a domain's logon and of
# activation, plain, authenticated and encrypted.
CAPTURES = {TRACES + "dce-rpc/" + name for name in (
    "mapi.pcap", "dce_rpc_netlogon.pcapng", "dce_rpc_ntlm.pcapng", "kerberos135_auth.pcapng")}
POLICY = """
zone plant level 2 { subnet 10.0.0.0/8 }
service calls = opc-classic on tcp 135, tcp 1032, tcp 4997, tcp 49676, tcp 58772
conduit calls between plant and external { allow plant -> external : calls }
"""
# capture: (only tshark, only here), why
DEVIATIONS = {
    TRACES + "dce-rpc/mapi.pcap":
        ((0, 5), "we are right: requests of a client whose port happens to be 1153, which "
         "tshark takes for a malformed C12.22"),
    TRACES + "modbus/modbus-and-non-modbus-p502.pcap":
        ((1, 0), "both are right: a bind to the port of Modbus, which is read as Modbus and told "
         "to be something else"),
}
INTERFACES = {
    "e1af8308-5d1f-11c9-91a4-08002b14a0fa": 0x01, "99fcfec4-5260-101b-bbcb-00aa0021347a": 0x02,
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": 0x03, "000001a0-0000-0000-c000-000000000046": 0x04,
    "00000131-0000-0000-c000-000000000046": 0x05, "00000143-0000-0000-c000-000000000046": 0x05,
}
FOREIGN = 0xfe
# Types of units: answers are told as what they answer.
UNITS = {11: 11, 12: 11, 13: 11, 14: 14, 15: 14, 16: 16, 17: 17, 18: 18, 19: 19}
CALLS = {0, 2, 3}


def begin():
    """Interfaces by conversation and context."""
    known = {}

    def operations(frame):
        if frame["smb.cmd"] or frame["smb2.cmd"] or "5" not in frame["dcerpc.ver"]:
            return
        stream = frame["tcp.stream"][0]
        contexts, numbers = iter(frame["dcerpc.cn_ctx_id"]), iter(frame["dcerpc.opnum"])
        if frame["dcerpc.cn_bind_to_uuid"]:
            known.update(((stream, context), INTERFACES.get(uuid, FOREIGN)) for context, uuid in
                         zip(contexts, frame["dcerpc.cn_bind_to_uuid"]))
        for kind, first in zip(map(int, frame["dcerpc.pkt_type"]),
                               frame["dcerpc.cn_flags.first_frag"]):
            if kind in UNITS:
                yield "opc-classic", 0xff00 | UNITS[kind]
                continue
            interface, number = known.get((stream, next(contexts, None))), next(numbers, None)
            if kind not in CALLS or first == "0" or number is None:
                continue
            if interface is not None:
                yield "opc-classic", interface << 8 | int(number)
            elif kind == 0:
                yield "opc-classic", None

    return operations


def here(protocol, function, carrier, kind):
    return (protocol, function) if protocol == "opc-classic" else None
