# SPDX-License-Identifier: Apache-2.0
"""MQTT: tshark's message types. Acknowledgements are told here as what they answer,
deliveries as notices of subscriptions."""
FIELDS = ["mqtt.msgtype"]
# capture: (only tshark, only here), why
DEVIATIONS = {
    "ntop_nDPI/tests/cfgs/default/pcap/coap_mqtt.pcap":
        ((0, 44), "we are right: MQTT at port 17501, known by its CONNECT; tshark looks for it at "
         "registered ports only"),
}
ANSWERS = {1: 2, 3: 4, 6: 7, 8: 9, 10: 11, 12: 13}
PUBACK, PUBREC = 4, 5


def operations(frame):
    for kind in map(int, frame["mqtt.msgtype"]):
        yield "mqtt", PUBACK if kind == PUBREC else kind


def here(protocol, function, carrier, kind):
    if protocol != "mqtt":
        return None
    if kind == "notice" and function == 8:
        return protocol, 3
    answer = kind in ("response", "refusal")
    function = ANSWERS[function] if answer else function
    return protocol, PUBACK if function == PUBREC else function
