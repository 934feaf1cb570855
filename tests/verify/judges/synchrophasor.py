# SPDX-License-Identifier: Apache-2.0
"""IEEE C37.118: tshark's frame types, and the words of commands."""
FIELDS = ["synphasor.frtype", "synphasor.command"]
# capture: (only tshark, only here), why
DEVIATIONS = {}
COMMAND, COMMANDS = 4, 256


def operations(frame):
    words = iter(frame["synphasor.command"])
    for kind in frame["synphasor.frtype"]:
        kind = int(kind, 0)
        yield "synchrophasor", COMMANDS + int(next(words), 0) if kind == COMMAND else kind


def here(protocol, function, carrier, kind):
    return (protocol, function) if protocol == "synchrophasor" else None
