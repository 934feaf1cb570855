# SPDX-License-Identifier: Apache-2.0
"""IEC 60870-5-104: tshark's type identifications."""
FIELDS = ["iec60870_asdu.typeid"]
# capture: (only tshark, only here), why
DEVIATIONS = {}


def operations(frame):
    for kind in frame["iec60870_asdu.typeid"]:
        yield "iec104", int(kind)


def here(protocol, function, carrier, kind):
    if protocol != "iec104":
        return None
    return protocol, function % 256  # freezing counters is 256 more
