# SPDX-License-Identifier: Apache-2.0
"""Modbus: tshark's function codes, of requests, responses and exceptions alike."""
FIELDS = ["modbus.func_code"]
# capture: (only tshark, only here), why
DEVIATIONS = {}


def operations(frame):
    """(protocol, function) of each operation in a packet, from tshark's fields."""
    for code in frame["modbus.func_code"]:
        yield "modbus", int(code)


def here(protocol, function, carrier, kind):
    """The same for an operation read here; None: tshark tells none such."""
    if protocol == "umas":
        return "modbus", carrier
    if protocol != "modbus":
        return None
    return protocol, 43 if function > 255 else function  # transports of function 43
