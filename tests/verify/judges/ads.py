# SPDX-License-Identifier: Apache-2.0
"""Beckhoff ADS: tshark's command identifiers. Functions here that index groups tell are
of one of three commands, of which reading and reading with writing are not told apart."""
FIELDS = ["ams.cmdid"]
# capture: (only tshark, only here), why
DEVIATIONS = {}
READ, WRITE, READ_WRITE, RELEASE = 2, 3, 9, 61446


def operations(frame):
    for command in map(int, frame["ams.cmdid"]):
        yield "ads", READ_WRITE if command == READ else command


def here(protocol, function, carrier, kind):
    if protocol != "ads":
        return None
    if function > READ_WRITE:
        function = WRITE if function == RELEASE or 8192 <= function < 16384 else READ_WRITE
    return protocol, READ_WRITE if function == READ else function
