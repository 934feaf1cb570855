# SPDX-License-Identifier: Apache-2.0
"""Compares conversations with tshark's, capture by capture.

What is compared: packets and bytes (frame lengths) of every TCP and UDP 5-tuple
and of every pair of IP addresses, both directions together. tshark tells every
frame; this script adds them up. Left out on both sides, and counted:

- frames of link types that are not decoded (LINKS says which are);
- ICMP errors: they belong to the conversation they quote;
- address pairs that occur in frames with several IP headers (tunnels), because
  each header is a conversation there;
- 5-tuples whose address pair had fragments: later fragments carry no ports, so
  only the pair can be compared.

EXPLAINED names what still differs, and why."""
import collections
import concurrent.futures
import os
import subprocess
import sys

FIELDS = ("frame.encap_type frame.len ip.src ip.dst ipv6.src ipv6.dst "
          "tcp.srcport tcp.dstport udp.srcport udp.dstport icmp.type icmpv6.type "
          "ip.frag_offset ip.flags.mf ipv6.fraghdr.nxt").split()
# wiretap's numbers: Ethernet, raw IP (three), null, loop, Linux cooked v1 and v2.
LINKS = {"1", "7", "15", "25", "46", "129", "130", "210"}
ERRORS = {"icmp.type": {"3", "4", "5", "11", "12"}, "icmpv6.type": {"1", "2", "3", "4"}}

VENDOR = "an encapsulation that is not decoded here: told as a layer-2 conversation"
ORPHAN = "later fragments whose first is not in the capture are counted apart"
BIG = "a length of zero (BIG TCP), behind which tshark reads nothing"
BROKEN = "headers that contradict themselves: each gives up at another point"
VERSION = "a version of the format that libpcap, too, refuses, and tshark reads on"
LIBPCAP = "the-tcpdump-group_libpcap/tests/"
TCPDUMP, ZEEK = "the-tcpdump-group_tcpdump/tests/", "zeek_zeek/testing/btest/Traces/"
EXPLAINED = {
    LIBPCAP + "pcap-invalid-version-2.pcap": VERSION,
    TCPDUMP + "arista_ether.pcap": VENDOR + " (Arista's time stamps)",
    TCPDUMP + "babel_update_oobr.pcap": ORPHAN,
    TCPDUMP + "bigtcp-ipv4-vxlan-ipv4.pcap": BIG,
    TCPDUMP + "bigtcp-ipv6-geneve-ipv6.pcap": BIG,
    TCPDUMP + "bigtcp-ipv6-vxlan-ipv6.pcap": BIG,
    TCPDUMP + "bigtcp-ipv6.pcap": BIG,
    TCPDUMP + "ipv6_frag6_negative_len.pcap": ORPHAN,
    TCPDUMP + "isakmp-ikev1_n_print-oobr.pcap": ORPHAN,
    TCPDUMP + "isakmp-various-oobr.pcap": ORPHAN,
    TCPDUMP + "macsec-integonly.pcap": VENDOR + " (MACsec)",
    TCPDUMP + "macsec-short-longer.pcap": VENDOR + " (MACsec)",
    TCPDUMP + "macsec-short-shorter.pcap": VENDOR + " (MACsec)",
    TCPDUMP + "macsec-short-valid.pcap": VENDOR + " (MACsec)",
    TCPDUMP + "nsh.pcap": VENDOR + " (network service header)",
    TCPDUMP + "vxlan_port_8472.pcap": "VXLAN on Linux's old port, which tshark leaves closed",
    ZEEK + "ipv6-fragmented-dns.pcap": ORPHAN,
    ZEEK + "ipv6-mobility-dst-opts.pcap": "tshark stops at a mobility header before UDP",
    ZEEK + "pbb-recursive-frames.pcapng": VENDOR + " (provider backbone bridging)",
    ZEEK + "trunc/ipv4-internally-truncated-header.pcap":
        "a header cut in its options, whose addresses are still read here",
    ZEEK + "trunc/mpls-6in6-broken.pcap": BROKEN,
    ZEEK + "trunc/mpls-6in6-broken.pcap.gz": BROKEN,
    ZEEK + "vntag_vlan_sandwich_clean.pcap": VENDOR + " (VN-Tag)",
}


def tshark(path):
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=a",
               "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return path, [dict(zip(FIELDS, line.split("\t"))) for line in run.stdout.splitlines()]


def addresses(frame):
    pairs = []
    for family in ("ip", "ipv6"):
        sources = frame[family + ".src"].split(",") if frame[family + ".src"] else []
        targets = frame[family + ".dst"].split(",") if frame[family + ".dst"] else []
        pairs += list(zip(sources, targets))
    return pairs


def both_ways(a, b):
    return (a, b) if a <= b else (b, a)


class Count:
    def __init__(self):
        self.tuples = collections.Counter()
        self.pairs = collections.Counter()
        self.tunnelled, self.fragmented = set(), set()

    def add(self, key, table, packets, size):
        table[key, "packets"] += packets
        table[key, "bytes"] += size

    def frame(self, frame):
        pairs = addresses(frame)
        if frame["frame.encap_type"] not in LINKS or not pairs:
            return
        if any(set(frame[kind].split(",")) & types for kind, types in ERRORS.items()):
            return
        if len(pairs) > 1:
            self.tunnelled |= {both_ways(*pair) for pair in pairs}
            return
        (source, target), size = pairs[0], int(frame["frame.len"])
        pair = both_ways(source, target)
        self.add(pair, self.pairs, 1, size)
        if frame["ip.frag_offset"] not in ("", "0") or frame["ip.flags.mf"] in ("1", "True") \
                or frame["ipv6.fraghdr.nxt"]:
            self.fragmented.add(pair)
        for name in ("tcp", "udp"):
            ports = frame[name + ".srcport"], frame[name + ".dstport"]
            if all(ports) and "," not in ports[0]:
                ends = both_ways((source, int(ports[0])), (target, int(ports[1])))
                self.add((name,) + ends, self.tuples, 1, size)

    def conversation(self, line):
        (kind, protocol, source, sport, target, dport, p0, b0, p1, b1, flags) = line
        if kind == "link" or (protocol == "1" and sport in ERRORS["icmp.type"]) or \
                (protocol == "58" and sport in ERRORS["icmpv6.type"]):
            return
        packets, size = int(p0) + int(p1), int(b0) + int(b1)
        self.add(both_ways(source, target), self.pairs, packets, size)
        name = {"6": "tcp", "17": "udp"}.get(protocol)
        if name and not int(flags) & 8:
            ends = both_ways((source, int(sport)), (target, int(dport)))
            self.add((name,) + ends, self.tuples, packets, size)


def differences(theirs, ours):
    for table in ("pairs", "tuples"):
        left, right = getattr(theirs, table), getattr(ours, table)
        for key in sorted(set(left) | set(right), key=str):
            ends = key[0]
            pair = ends if table == "pairs" else both_ways(ends[1][0], ends[2][0])
            if pair in theirs.tunnelled or (table == "tuples" and pair in theirs.fragmented):
                continue
            if left[key] != right[key]:
                yield f"{key}: tshark {left[key]}, here {right[key]}"


def own_counts(program, paths):
    counts = collections.defaultdict(Count)
    run = subprocess.run([program] + paths, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        path, *rest = line.split("\t")
        if rest[0] != "total":
            counts[path].conversation(rest)
    return counts


def judge(number, name, found):
    reason = EXPLAINED.get(name)
    if reason:
        print(f"{'ok' if found else 'not ok'} {number} - {name}: differs, as {reason}")
    else:
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for difference in found[:5]:
            print("#", difference)


def main(program, captures):
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(captures)
                   for name in names if not name.endswith((".tsv", ".md", ".txt")))
    ours = own_counts(program, paths)
    print(f"1..{len(paths)}")
    compared = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, (path, frames) in enumerate(pool.map(tshark, paths), 1):
            theirs = Count()
            for frame in frames:
                theirs.frame(frame)
            compared += len(theirs.tuples) // 2
            judge(number, os.path.relpath(path, captures),
                  list(differences(theirs, ours[path])))
    print(f"# {compared} TCP and UDP conversations compared")


main(*sys.argv[1:])
