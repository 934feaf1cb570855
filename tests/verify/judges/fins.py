# SPDX-License-Identifier: Apache-2.0
"""Omron FINS: tshark's command codes, of commands and responses alike."""
FIELDS = ["omron.command"]
# capture: (only tshark, only here), why
DEVIATIONS = {}


def operations(frame):
    for code in frame["omron.command"]:
        yield "fins", int(code, 0)


def here(protocol, function, carrier, kind):
    if protocol != "fins":
        return None
    return protocol, function & ~0x4000  # messages cleared by Message Read
