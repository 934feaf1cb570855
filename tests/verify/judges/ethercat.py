# SPDX-License-Identifier: Apache-2.0
"""EtherCAT: tshark's commands, those that write to registers of a meaning of their own by
where they write."""
FIELDS = ["ecat.cmd", "ecat.ado"]
# capture: (only tshark, only here), why
DEVIATIONS = {}
WRITES = {2, 3, 5, 6, 8, 9, 13, 14}
LOGICAL = {10, 11, 12}  # without an address in a device
MEANINGS = {768: "al-control", 769: "esc-reset", **dict.fromkeys(range(770, 774), "eeprom")}


def meaning(command, address):
    if command not in WRITES:
        return command
    return ("al-control" if address == 0x120 else "esc-reset" if address == 0x40 else
            "eeprom" if 0x500 <= address < 0x510 else command)


def operations(frame):
    addresses = iter(frame["ecat.ado"])
    for text in frame["ecat.cmd"]:
        command = int(text, 0)
        address = 0 if command in LOGICAL else int(next(addresses), 0)
        yield "ethercat", meaning(command, address)


def here(protocol, function, carrier, kind):
    if protocol != "ethercat" or (function > 255 and function not in MEANINGS):
        return None
    return protocol, MEANINGS.get(function, function)
