# SPDX-License-Identifier: Apache-2.0
"""BACnet/IP: tshark's service choices, and the refusals beside them, which name their
service or not; functions of the virtual link and messages of the network layer that
carry no service. Further segments of a service are not operations of their own."""
FIELDS = ["bvlc.function", "bacnet.mesgtyp", "bacapp.type", "bacapp.confirmed_service",
          "bacapp.unconfirmed_service", "bacapp.sequence_number"]
# capture: (only tshark, only here), why
DEVIATIONS = {
    "cisagov_icsnpp-bacnet/testing/traces/bacnet_error_reject_abort.pcap": (
        (2, 0), "a rejection and an abort (44, 45) of requests that the capture does not "
        "hold: they name an invoke identifier, no service; nothing is told"),
}
LINK, ACKNOWLEDGEMENTS, REFUSALS, SEGMENT_ACK = range(512, 521), (3, 7), ("5", "6", "7"), "4"


def link(function):
    """Results name nothing, and other functions carry a message."""
    if function in ACKNOWLEDGEMENTS:
        return function - 1
    return function if function in (1, 2, 5, 6, 8) else None


def operations(frame):
    """(protocol, function) of each operation in a packet, from tshark's fields."""
    for function in frame["bvlc.function"]:
        if link(int(function, 16)) is not None:
            yield "bacnet", 512 + link(int(function, 16))
    if not frame["bvlc.function"]:
        return  # BACnet over Ethernet, ARCNET or MS/TP
    for message in frame["bacnet.mesgtyp"]:
        yield "bacnet", 768 + int(message, 0)
    if set(frame["bacapp.type"]) & set(REFUSALS):
        yield "bacnet", "refusal"
    elif not [each for each in frame["bacapp.sequence_number"] if each != "0"]:
        for field, more in ("bacapp.confirmed_service", 0), ("bacapp.unconfirmed_service", 256):
            for service in frame[field] if frame["bacapp.type"] != [SEGMENT_ACK] else ():
                yield "bacnet", more + int(service)


def here(protocol, function, carrier, kind):
    """The same for an operation read here; None: tshark tells none such."""
    if protocol != "bacnet" or (function in LINK and kind == "refusal"):
        return None
    return protocol, "refusal" if kind == "refusal" else function
