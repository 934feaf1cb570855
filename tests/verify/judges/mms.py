# SPDX-License-Identifier: Apache-2.0
"""MMS: tshark's services of confirmed requests and responses, its unconfirmed services,
and other PDUs."""
PDUS = {"mms.initiate_RequestPDU_element": 520, "mms.initiate_ResponsePDU_element": 520,
        "mms.initiate_ErrorPDU_element": 520, "mms.conclude_RequestPDU_element": 523,
        "mms.conclude_ResponsePDU_element": 523, "mms.conclude_ErrorPDU_element": 523,
        "mms.cancel_RequestPDU": 517, "mms.cancel_ResponsePDU": 517,
        "mms.cancel_ErrorPDU_element": 517}
FIELDS = ["mms.confirmedServiceRequest", "mms.confirmedServiceResponse",
          "mms.unconfirmedService", *PDUS]
# capture: (only tshark, only here), why
DEVIATIONS = {
    "ntop_nDPI/tests/cfgs/default/pcap/iso9506-1-mms.pcap":
        ((0, 1), "both: an error names no service; here it is told as the request of its "
         "number, tshark tells an error alone"),
}
SERVICES = 768  # from here on: reads and writes of IEC 61850's objects


def operations(frame):
    for field in "mms.confirmedServiceRequest", "mms.confirmedServiceResponse":
        for code in frame[field]:
            yield "mms", int(code)
    for code in frame["mms.unconfirmedService"]:
        yield "mms", 256 + int(code)
    for field, number in PDUS.items():
        for _ in frame[field]:
            yield "mms", number


def here(protocol, function, carrier, kind):
    if protocol != "mms":
        return None
    return protocol, function & 0xff if function >= SERVICES else function
