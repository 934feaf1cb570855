# SPDX-License-Identifier: Apache-2.0
"""The context manager of PROFINET IO: tshark's operation numbers of calls without
connections at its interfaces and the endpoint mapper's, in requests, responses, faults
and rejections; further fragments are not operations of their own."""
FIELDS = ["dcerpc.ver", "dcerpc.pkt_type", "dcerpc.opnum", "dcerpc.dg_if_id",
          "dcerpc.dg_frag_num", "dcerpc.dg_flags1_frag"]
# capture: (only tshark, only here), why
DEVIATIONS = {}
INTERFACES = {f"dea0000{each}-6c97-11d1-8271-00a02442df7d": 0 for each in (1, 2, 3, 4)}
INTERFACES["e1af8308-5d1f-11c9-91a4-08002b14a0fa"] = 256
CALLS = {"0", "2", "3", "6"}


def operations(frame):
    rows = zip(frame["dcerpc.ver"], frame["dcerpc.pkt_type"], frame["dcerpc.opnum"],
               frame["dcerpc.dg_if_id"], frame["dcerpc.dg_frag_num"])
    for version, kind, number, interface, fragment in rows:
        if version == "4" and kind in CALLS and interface in INTERFACES and fragment == "0":
            yield "profinet-cm", int(number) + INTERFACES[interface]


def here(protocol, function, carrier, kind):
    return (protocol, function) if protocol == "profinet-cm" else None
