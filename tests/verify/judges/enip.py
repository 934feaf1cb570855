# SPDX-License-Identifier: Apache-2.0
"""EtherNet/IP: tshark's CIP services, those inside others alike, and encapsulation
commands but for the two that carry CIP. No capture holds PCCC."""
FIELDS = ["cip.sc", "enip.command"]
CARRIERS = 0x6f, 0x70
# capture: (only tshark, only here), why
DEVIATIONS = {
    "ntop_nDPI/tests/cfgs/default/pcap/toca-boca.pcap":
        ((15, 0), "we are right: a game at udp 5055 whose client happens to have port 44818; "
         "what tshark takes for commands are 65535, 60231 and 0 with lengths that do not fit"),
}


def operations(frame):
    for code in frame["cip.sc"]:
        yield "cip", int(code, 0)
    for command in frame["enip.command"]:
        if int(command, 0) not in CARRIERS:
            yield "enip", int(command, 0)


def here(protocol, function, carrier, kind):
    """Functions of one class are class * 256 + service, what Execute PCCC carries has its
    service, and 0xe200 and up are commands."""
    if protocol != "cip" or function is None or 0xe101 <= function <= 0xe103:
        return None
    if function >> 8 == 0xe2:
        return "enip", function & 0xff
    return "cip", carrier if carrier is not None else function & 0x7f
