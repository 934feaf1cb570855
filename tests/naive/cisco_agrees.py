# SPDX-License-Identifier: Apache-2.0
"""The readers of IOS and ASA, the naive evaluator of access lists and the naive
evaluator of policies judge packets alike: random configurations of other hands, and
what `compile` makes of random policies."""
import cisco
import configured
from random_cisco import Maker


def packet_of(flow, clock, kind='first'):
    return cisco.Packet(flow.source[0], flow.source[1], flow.destination[1],
                        flow.protocol, flow.sport, flow.dport, kind, clock)


ANSWERS = {(1, 8): 0, (1, 13): 14, (1, 15): 16, (1, 17): 18, (58, 128): 129}


def answer_of(packet):
    """What answers the first packet of a flow; None: nothing does."""
    sport, dport = packet.dport, packet.sport
    if packet.protocol in (1, 58):
        if (packet.protocol, packet.sport) not in ANSWERS:
            return None
        sport, dport = ANSWERS[packet.protocol, packet.sport], packet.dport
    return packet._replace(
        source=packet.destination, destination=packet.source, sport=sport, dport=dport,
        kind='established' if packet.protocol == 6 else 'first')


def errors_about(packet, router):
    """What a router on the way may say of a packet to whoever sent it."""
    v6 = packet.version == 6
    for message in (1, 2, 3) if v6 else (3, 11):
        yield packet._replace(source=router, destination=packet.source,
                              protocol=58 if v6 else 1, sport=message, dport=0, kind='first')


def is_group(flow):
    version, address = flow.destination
    return address >> (28 if version == 4 else 120) == (0xe if version == 4 else 0xff)


def forwarded(policy, device, entry, flow):
    return [leave for leave in device.interfaces
            if leave != entry and policy.admits(device, entry, leave, flow)]


def faults(policy, device, lists, flow, clock):
    """What is wrong about one flow, at each interface it may come in by."""
    packet = packet_of(flow, clock)
    for entry in device.interfaces:
        outs = forwarded(policy, device, entry, flow)
        passes = lists.permits(entry, 'in', packet)
        if outs and not passes:
            yield entry, outs, 'an allowed flow is dropped'
        if passes and not outs and (flow.protocol == 6 or lists.asa):
            yield entry, outs, 'a denied flow passes'
        for leave in device.interfaces if is_group(flow) and passes else ():
            if leave != entry and leave not in outs and \
                    lists.permits(leave, 'out', packet) and flow.protocol == 6:
                yield entry, [leave], 'a packet to a group leaves'
        answer = answer_of(packet)
        for leave in outs if not lists.asa and answer and not is_group(flow) else ():
            if not lists.permits(leave, 'in', answer):
                yield entry, [leave], 'an answer is dropped'
            for error in errors_about(answer, packet.source):
                if not lists.permits(entry, 'in', error):
                    yield entry, [leave], 'an error about an answer is dropped'
        for leave in outs if not lists.asa and not is_group(flow) else ():
            for error in errors_about(packet, packet.destination):
                if not lists.permits(leave, 'in', error):
                    yield entry, [leave], 'an error is dropped'


class Cisco(configured.Platform):
    def __init__(self, name, file):
        self.name, self.file, self.asa = name, file, name == 'cisco-asa'

    def maker(self, seed):
        return Maker(seed, self.asa)

    def read(self, text):
        return cisco.Device(text, self.asa)

    def passes(self, device, entry, leave, packet):
        return device.permits(entry, 'in', packet) and device.permits(leave, 'out', packet)

    def faults(self, policy, device, made, flow, clock):
        return faults(policy, device, made, flow, clock)


if __name__ == '__main__':
    configured.judge([Cisco('cisco-ios', 'acl.ios'), Cisco('cisco-asa', 'acl.asa')], 240, 16)
