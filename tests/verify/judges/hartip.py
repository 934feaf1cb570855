# SPDX-License-Identifier: Apache-2.0
"""HART-IP: tshark's commands of token-passing frames, and messages of the session. Of
commands above 255 tshark tells that they are extended."""
FIELDS = ["hart_ip.message_id", "hart_ip.pt.command"]
# capture: (only tshark, only here), why
UNKNOWN = "we are right: direct PDUs and audit logs, which tshark does not know"
TRACES = "cisagov_icsnpp-hart-ip/testing/traces/"
DEVIATIONS = {
    TRACES + "hart-ip_all_messageIDs.pcapng": ((0, 4), UNKNOWN),
    TRACES + "hart-ip_all_types_and_commands_sent.pcapng": ((0, 76), UNKNOWN),
    TRACES + "hart-ip_publish_and_keepAlive.pcapng": ((0, 2), UNKNOWN),
}
MESSAGES, TOKEN_PASSING, DIRECT, EXTENDED = 65280, 3, 4, 31


def operations(frame):
    for message in map(int, frame["hart_ip.message_id"]):
        if message not in (TOKEN_PASSING, DIRECT):
            yield "hart-ip", MESSAGES + message
    for command in frame["hart_ip.pt.command"]:
        yield "hart-ip", int(command)


def here(protocol, function, carrier, kind):
    if protocol != "hart-ip":
        return None
    return protocol, EXTENDED if 255 < function < MESSAGES else function
