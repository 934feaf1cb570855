# SPDX-License-Identifier: Apache-2.0
"""OPC UA: tshark's identifiers of services. Answers are told here as what they answer,
and faults as refusals of it."""
FIELDS = ["opcua.servicenodeid.numeric", "opcua.ServiceResult"]
# capture: (only tshark, only here), why
GAP = ("we are right: the rest of a message is missing, but its beginning tells the service; "
       "tshark waits for all of it")
TRACES = "cisagov_icsnpp-opcua-binary/pcaps/"
DEVIATIONS = {
    TRACES + "opcua_with-gap.pcap": ((0, 1), GAP),
    TRACES + "opcua_with-gap_with-handshake.pcap": ((0, 1), GAP),
}
LATER = {12208: 12209, 12211: 12212}
REQUESTS = {422, 428, 437, 446, 452, 461, 467, 473, 479, 488, 494, 500, 506, 527, 533, 554, 560,
            566, 615, 621, 631, 664, 673, 700, 712, 751, 763, 769, 775, 781, 787, 793, 799, 826,
            832, 841, 847, *LATER}


def operations(frame):
    """A response that carries a bad result refuses, as a fault does."""
    results = iter(frame["opcua.ServiceResult"])
    for number in map(int, frame["opcua.servicenodeid.numeric"]):
        bad = number not in REQUESTS and int(next(results, "0"), 0) >> 31
        yield "opcua", 397 if bad else number


def here(protocol, function, carrier, kind):
    if protocol != "opcua" or function is None:
        return None
    if kind == "response":
        return protocol, LATER.get(function, function + 3)
    return protocol, 397 if kind == "refusal" else function
