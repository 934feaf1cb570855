# SPDX-License-Identifier: Apache-2.0
"""PROFINET: tshark's frame identifiers, and the services of DCP inside frames of it."""
FIELDS = ["pn_rt.frame_id", "pn_dcp.service_id"]
# capture: (only tshark, only here), why
DEVIATIONS = {}
SET = 4


def operations(frame):
    """Of DCP, the service counts, not the frame around it."""
    for service in frame["pn_dcp.service_id"]:
        yield "profinet-dcp", int(service, 0)
    if not frame["pn_dcp.service_id"]:
        for identifier in frame["pn_rt.frame_id"]:
            yield "profinet", int(identifier, 0)


def here(protocol, function, carrier, kind):
    """What a Set sets is numbered from 256."""
    if protocol == "profinet-dcp":
        return protocol, SET if function > 255 else function
    return (protocol, function) if protocol == "profinet" else None
