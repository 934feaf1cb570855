# SPDX-License-Identifier: Apache-2.0
"""What is no first packet of a flow, whole, in a random plant: answers, errors
about flows, fragments, and TCP of sessions that never began, beside what `query`
says. `pairs` are flows and the wires they were sent in by, `came_out` the wires
that each came out of."""
import odd_packets
import probe


class Item:
    """A probe: `make(number)` gives its packets, which must come out of `want`."""

    def __init__(self, text, flow, wire, make, want):
        self.text, self.flow, self.wire = text, flow, wire
        self.make, self.want = make, want


def send(plant, items):
    """What came out elsewhere than it should."""
    out = probe.inject_parts([(item.wire, item.make(number))
                              for number, item in enumerate(items)], plant.all_wires)
    return [item.text + ' ' + wrong for item, got in zip(items, out)
            for wrong in [plant.wrong_of(item.flow, item.wire, item.want, got)] if wrong]


# ---- answers ----

def answers(plant, pairs, came_out):
    """(number of what it answers, flow, wire in, expected wire out) of each answer
    that a wire can send."""
    out = []
    for number, (flow, come) in enumerate(pairs):
        back, wire = probe.reverse(flow), plant.home(flow[1])
        if back and wire not in (None, come) and flow[2] != probe.SCTP:
            out.append((number, back, wire, come if came_out[number] else None))
    return out


def send_answers(plant, asked):
    """(what each came out of, the wrong)"""
    verdicts = plant.verdicts([one[1] for one in asked])
    out = probe.inject([(wire, probe.packet(back, at, number))
                        for at, (number, back, wire, _) in enumerate(asked)],
                       plant.all_wires)
    wrong = []
    for (_, back, wire, came), verdict, got in zip(asked, verdicts, out):
        want = came.interface if came else None
        if want is None and back[2] != probe.TCP:
            want = plant.expected(back, wire, verdict)   # a flow of its own
        wrong.append(plant.wrong_of(back, wire, want, got))
    return out, ['answer ' + text for text in wrong if text]


# ---- errors ----

def error_source(plant, flow, wire):
    """The responder, or another host behind that interface."""
    policy = plant.policy
    behind = [edge for edge in policy.all_edges if edge.version == flow[0].version
              and plant.home(edge) is wire]
    return policy.random.choice(behind) if behind and policy.chance(.5) else flow[1]


def is_followed(flow):
    """Connection tracking knows a conversation of it, which errors can speak of."""
    return flow[2] not in probe.ANSWERS or flow[3] in probe.ANSWERS[flow[2]]


def error_item(plant, flow, quoted, wire, want):
    source = error_source(plant, flow, wire)
    kind = plant.policy.random.choice(odd_packets.ERRORS[flow[0].version])
    own = (source, flow[0], probe.ICMP if flow[0].version == 4 else probe.ICMPV6, *kind[:2])
    return Item('error about %s:' % probe.question(flow), own, wire,
                lambda at: [odd_packets.error(source, quoted, kind, at)], want)


def errors(plant, pairs, came_out):
    """Errors that quote flows which passed or did not, by the wire that the flow went
    out by or another. Those of no conversation are judged by their own header."""
    items, alone = [], []
    for number, (flow, come) in enumerate(pairs):
        go, passed = plant.home(flow[1]), came_out[number]
        if go in (None, come) or not (passed or plant.policy.chance(.1)):
            continue
        wire = plant.policy.random.choice(plant.all_wires) if plant.policy.chance(.3) else go
        follows = passed and (wire is go or plant.errors_by_any_wire)
        want = come.interface if follows else None
        items.append(error_item(plant, flow, probe.packet(flow, number), wire, want))
        if not passed or not is_followed(flow):
            alone.append(items[-1])
    for item, verdict in zip(alone, plant.verdicts([item.flow for item in alone])):
        item.want = plant.expected(item.flow, item.wire, verdict)
    return items


def errors_back(plant, asked, came_out):
    """Errors that quote answers go on to the responder."""
    return [error_item(plant, back, probe.packet(back, at, number), came, wire.interface)
            for at, (number, back, wire, came) in enumerate(asked)
            if came and came_out[at] and is_followed(back)]


# ---- fragments ----

def is_cut(flow):
    return flow[2] in (probe.TCP, probe.UDP, 89) or flow[2:4] in (
        (probe.ICMP, 8), (probe.ICMPV6, 128))


def passes(flow, how):
    """RFC 8200 4.5: the first fragment holds all headers; IPv4 has no such rule."""
    return how in odd_packets.WHOLE and not (
        how == 'tiny' and flow[0].version == 6 and flow[2] == probe.TCP)


def fragments(plant, pairs, verdicts):
    """Whole packets in pieces are judged as the packet; pieces alone never pass."""
    items = []
    for (flow, wire), verdict in zip(pairs, verdicts):
        if not is_cut(flow) or (verdict == 'denied' and plant.policy.chance(.8)):
            continue
        how = plant.policy.pick(*odd_packets.WHOLE * 2, *odd_packets.PARTS)
        want = plant.expected(flow, wire, verdict) if passes(flow, how) else None
        items.append(Item('%s fragments:' % how, flow, wire, lambda at, flow=flow, how=how:
                          odd_packets.fragments(flow, at, how), want))
    return items


# ---- out of state ----

def strangers(plant, pairs, verdicts):
    """TCP packets of sessions that never began: only what connection tracking takes
    for an older session is judged as one, all else is dropped."""
    items = []
    for (flow, wire), verdict in zip(pairs, verdicts):
        if flow[2] != probe.TCP or (verdict == 'denied' and plant.policy.chance(.7)):
            continue
        name = plant.policy.pick(*odd_packets.STRANGERS)
        want = plant.expected(flow, wire, verdict) if name in odd_packets.BEGINS else None
        items.append(Item('%s of no session:' % name, flow, wire,
                          lambda at, flow=flow, flags=odd_packets.STRANGERS[name]:
                          [odd_packets.stranger(flow, at, flags)], want))
    return items


def send_pieces(plant, pairs):
    """What begins no flow that is there. (packets of each kind, the wrong)"""
    verdicts = plant.verdicts([flow for flow, _ in pairs])
    counts, wrong = {}, []
    for kind, items in (('in fragments', fragments(plant, pairs, verdicts)),
                        ('out of state', strangers(plant, pairs, verdicts))):
        plant.forget()
        wrong += send(plant, items)
        counts[kind] = len(items)
    return counts, wrong
