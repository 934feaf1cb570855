# SPDX-License-Identifier: Apache-2.0
"""EtherCAT: tshark's commands."""
FIELDS = ["ecat.cmd"]
# capture: (only tshark, only here), why
DEVIATIONS = {}


def operations(frame):
    for command in frame["ecat.cmd"]:
        yield "ethercat", int(command, 0)


def here(protocol, function, carrier, kind):
    return (protocol, function) if protocol == "ethercat" and function < 256 else None
