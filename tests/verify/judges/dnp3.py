# SPDX-License-Identifier: Apache-2.0
"""DNP3: tshark's function codes of application fragments. tshark tells a fragment in
the packet that ends it, we in the one that begins it: captures are compared, not packets."""
FIELDS = ["dnp3.al.func"]
BY_PACKET = False
# capture: (only tshark, only here), why
DEVIATIONS = {
    "cisagov_icsnpp-dnp3/testing/traces/dnp3_example.pcap":
        ((1, 5), "we are right: tshark loses four fragments whose transport sequence runs over "
         "from 63 to 0, and joins a response to a fragment of 100 packets earlier, whose "
         "bytes it then reads as a confirmation"),
    "zeek_zeek/testing/btest/Traces/dnp3/dnp3-flowbuffer-overflow-assert.pcap":
        ((0, 1), "we are right: a fragment begins, with its function, and never ends; tshark "
         "waits for all of it"),
    "ntop_nDPI/tests/cfgs/default/pcap/dnp3.pcap":
        ((28, 0), "we are right: the capture holds each packet three times, and tshark reads "
         "what it calls fast retransmissions again"),
}


def operations(frame):
    for code in frame["dnp3.al.func"]:
        yield "dnp3", int(code)


def here(protocol, function, carrier, kind):
    """Answers are told here as what they answer."""
    if protocol != "dnp3":
        return None
    return protocol, 129 if kind in ("response", "refusal") else function
