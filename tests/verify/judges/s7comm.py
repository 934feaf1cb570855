# SPDX-License-Identifier: Apache-2.0
"""S7 communication: tshark's functions of jobs and acknowledgements, its groups and
subfunctions of user data."""
FIELDS = ["s7comm.param.func", "s7comm.param.userdata.funcgroup",
          "s7comm.param.userdata.subfunc", "s7comm.param.modetrans.subfunc"]
# Captures whose frames without S7 communication were taken out: what is behind such a gap
# is read when the other side acknowledges it, in a later packet.
BY_CAPTURE = {"ITI_ICS-Security-Tools/pcaps/s7/" + name for name in (
    "step7_s300_AuthPassword.pcapng", "step7_s300_download.pcapng",
    "tia_s300_downloadHwConfig.pcapng", "tia_s300_downloadOb1.pcapng",
    "tia_s300_flashLed.pcapng", "tia_s300_goOnline.pcapng",
    "wincc_s300_setup-alarm-read-write.pcapng", "wincc_s300_setup-alarm-read.pcapng",
    "wincc_s300_setup-alarm-read_2.pcapng", "wincc_s400_production.pcapng")}
# capture: (only tshark, only here), why
DEVIATIONS = {
    "ITI_ICS-Security-Tools/pcaps/s7/S7Comm/s7comm_clean.pcap":
        ((0, 12), "we are right: 12 answers were captured behind the packets that acknowledge "
         "them; tshark calls those spurious retransmissions and does not read them"),
    "ITI_ICS-Security-Tools/pcaps/s7/snap7_s300_everything.pcapng":
        ((0, 1), "both: an acknowledgement without parameters refuses a job; here it is told as "
         "what it refuses, tshark tells an error code alone"),
}


def operations(frame):
    for code in frame["s7comm.param.func"]:
        yield "s7comm", int(code, 0)
    for mode in frame["s7comm.param.modetrans.subfunc"]:
        yield "s7comm", 0x1000 | int(mode, 0)
    groups = [int(group, 0) for group in frame["s7comm.param.userdata.funcgroup"]]
    for group, function in zip((group for group in groups if group != 0),
                               frame["s7comm.param.userdata.subfunc"]):
        yield "s7comm", 0x1000 | group << 8 | int(function, 0)


def here(protocol, function, carrier, kind):
    """PI services are one function to tshark."""
    if protocol != "s7comm":
        return None
    return protocol, 0x28 if function >> 8 == 0x28 else function
