# SPDX-License-Identifier: Apache-2.0
"""GOOSE and sampled values: frames of which tshark tells the application identifier;
they have no functions."""
FIELDS = ["goose.appid", "sv.appid"]
# capture: (only tshark, only here), why
DEVIATIONS = {}


def operations(frame):
    for field, protocol in ("goose.appid", "goose"), ("sv.appid", "sampled-values"):
        for _ in frame[field]:
            yield protocol, 0


def here(protocol, function, carrier, kind):
    return (protocol, function) if protocol in ("goose", "sampled-values") else None
