# SPDX-License-Identifier: Apache-2.0
"""A random policy, the router that `cordon compile` makes of it, and a wire to
each of its interfaces."""
import os

import probe
from random_policy import RandomPolicy


class RandomPlant:
    # By iptables an error about a conversation that was admitted passes, whatever
    # interface it comes in by, as the remainder `ongoing` of the manifest says: a
    # rule there takes one network of a conversation's source and one of its
    # destination, so that every entry would have to stand there once more.
    errors_by_any_wire = False

    def __init__(self, seed, folder, target='nftables'):
        self.policy = RandomPolicy(seed, target)
        self.errors_by_any_wire = target == 'iptables'
        self.path = os.path.join(folder, '%d.cordon' % seed)
        with open(self.path, 'w', encoding='ascii') as file:
            file.write(self.policy.text)
        self.router = 'fw%d' % seed
        probe.add_router(self.router)
        self.wires = {name: probe.Wire(self.router, name, self.policy.routes(name))
                      for name in self.policy.interfaces()}
        self.all_wires = list(self.wires.values())
        with probe.inside(self.router):
            self.forget = probe.Flush()

    def load(self):
        probe.load(self.router, probe.compiled(self.path, 'fw'))

    def close(self):
        self.forget.close()
        for wire in self.all_wires:
            wire.close()
        probe.remove_router(self.router)

    def home(self, address):
        """The wire that an address lies behind; None where it has none."""
        return self.wires.get(self.policy.wire_of.get(self.policy.zone_of(address)))

    def verdicts(self, flows):
        return probe.verdicts(self.path, [probe.question(flow) for flow in flows])

    def expected(self, flow, wire, verdict):
        """The interface that it must come out of, or None."""
        come, go = self.home(flow[0]), self.home(flow[1])
        if verdict != 'allowed' or come is not wire or go in (None, come):
            return None
        return go.interface

    @staticmethod
    def wrong_of(flow, wire, want, out):
        got = {one.interface for one in out}
        if got == ({want} if want else set()):
            return None
        return '%s, in by %s: out by %s, not %s' % (
            probe.question(flow), wire.interface, sorted(got) or 'none', want or 'none')
