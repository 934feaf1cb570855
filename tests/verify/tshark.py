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

EXPLAINED names what still differs, capture by capture: who is right and why, and
how many packets each counts that the other does not, by address pair and by
5-tuple. A difference of another size fails."""
import collections
import concurrent.futures
import os
import subprocess
import sys

FIELDS = ("frame.encap_type frame.len ip.src ip.dst ipv6.src ipv6.dst "
          "tcp.srcport tcp.dstport udp.srcport udp.dstport icmp.type icmpv6.type "
          "ip.frag_offset ip.flags.mf ipv6.fraghdr.nxt").split()
UNITS = ("packets", "bytes")
# wiretap's numbers: Ethernet, raw IP (three), null, loop, Linux cooked v1 and v2.
LINKS = {"1", "7", "15", "25", "46", "129", "130", "210"}
ERRORS = {"icmp.type": {"3", "4", "5", "11", "12"}, "icmpv6.type": {"1", "2", "3", "4"}}

VENDOR = ("tshark is right: it knows {}, which is not decoded here and is told as a "
          "conversation of layer 2")
ORPHAN = ("both are right: by address these fragments belong to the pair, but their first, "
          "which has the ports, is not in the capture, so that here they are counted apart")
BIG = ("we are right: a length of zero is that of a packet longer than 64 KiB (Linux BIG TCP, "
       "RFC 2675), behind which tshark 4.0 reads nothing")
BROKEN = "nobody is right: the headers contradict themselves, and each gives up elsewhere"
LIBPCAP = "the-tcpdump-group_libpcap/tests/"
TCPDUMP, ZEEK = "the-tcpdump-group_tcpdump/tests/", "zeek_zeek/testing/btest/Traces/"
# capture: (only tshark by pair, only here, only tshark by 5-tuple, only here), why
EXPLAINED = {
    LIBPCAP + "pcap-invalid-version-2.pcap":
        ((1, 0, 1, 0), "we are right: libpcap, too, refuses this version of the format, "
         "which tshark reads"),
    TCPDUMP + "arista_ether.pcap": ((12, 0, 0, 0), VENDOR.format("Arista's time stamps")),
    TCPDUMP + "babel_update_oobr.pcap": ((2, 0, 0, 0), ORPHAN),
    TCPDUMP + "bigtcp-ipv4-vxlan-ipv4.pcap": ((0, 1, 0, 1), BIG),
    TCPDUMP + "bigtcp-ipv6-geneve-ipv6.pcap": ((0, 0, 0, 1), BIG),
    TCPDUMP + "bigtcp-ipv6-vxlan-ipv6.pcap": ((0, 1, 0, 2), BIG),
    TCPDUMP + "bigtcp-ipv6.pcap": ((0, 0, 0, 1), BIG),
    TCPDUMP + "ipv6_frag6_negative_len.pcap": ((1, 0, 0, 0), ORPHAN),
    TCPDUMP + "isakmp-ikev1_n_print-oobr.pcap": ((1, 0, 0, 0), ORPHAN),
    TCPDUMP + "isakmp-various-oobr.pcap": ((1, 0, 0, 0), ORPHAN),
    TCPDUMP + "macsec-integonly.pcap":
        ((1, 0, 0, 0), VENDOR.format("MACsec without encryption")),
    TCPDUMP + "macsec-short-longer.pcap":
        ((1, 0, 1, 0), VENDOR.format("MACsec without encryption")),
    TCPDUMP + "macsec-short-shorter.pcap":
        ((1, 0, 1, 0), VENDOR.format("MACsec without encryption")),
    TCPDUMP + "macsec-short-valid.pcap":
        ((1, 0, 1, 0), VENDOR.format("MACsec without encryption")),
    TCPDUMP + "nsh.pcap": ((1, 0, 1, 0), VENDOR.format("the network service header")),
    TCPDUMP + "vxlan_port_8472.pcap":
        ((0, 8, 0, 0), "we are right: Linux's VXLAN has this port by default, and tshark "
         "knows 4789 only"),
    ZEEK + "ipv6-fragmented-dns.pcap": ((1, 0, 0, 0), ORPHAN),
    ZEEK + "ipv6-mobility-dst-opts.pcap":
        ((0, 0, 0, 1), "we are right: a mobility header is an extension header (RFC 7045), "
         "and UDP follows; tshark stops at it"),
    ZEEK + "pbb-recursive-frames.pcapng":
        ((1, 0, 1, 0), VENDOR.format("provider backbone bridging")),
    ZEEK + "trunc/ipv4-internally-truncated-header.pcap":
        ((0, 1, 0, 0), "we are right: the header is cut in its options, behind the addresses"),
    ZEEK + "trunc/mpls-6in6-broken.pcap": ((1, 1, 0, 0), BROKEN),
    ZEEK + "trunc/mpls-6in6-broken.pcap.gz": ((1, 1, 0, 0), BROKEN),
    ZEEK + "vntag_vlan_sandwich_clean.pcap": ((1, 0, 1, 0), VENDOR.format("VN-Tag")),
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
        self.orphaned = 0

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


def differing(theirs, ours):
    """(table, what is counted, by tshark, here)"""
    for table in ("pairs", "tuples"):
        left, right = getattr(theirs, table), getattr(ours, table)
        for key in sorted(set(left) | set(right), key=str):
            ends = key[0]
            pair = ends if table == "pairs" else both_ways(ends[1][0], ends[2][0])
            if pair in theirs.tunnelled or (table == "tuples" and pair in theirs.fragmented):
                continue
            if left[key] != right[key]:
                yield table, key, left[key], right[key]


def sizes(found):
    """Packets that only tshark counts, and only we, by pair and by 5-tuple."""
    only = collections.Counter()
    for table, (_, unit), left, right in found:
        if unit == "packets":
            only[table, left > right] += abs(left - right)
    return tuple(only[table, ours] for table in ("pairs", "tuples") for ours in (True, False))


def own_counts(program, paths):
    counts = collections.defaultdict(Count)
    run = subprocess.run([program] + paths, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        path, *rest = line.split("\t")
        if rest[0] == "total":
            counts[path].orphaned = int(rest[7])
        else:
            counts[path].conversation(rest)
    return counts


def judge(number, name, found, orphaned):
    size, reason = EXPLAINED.get(name, ((0, 0, 0, 0), ""))
    keys = [{key for _, (key, unit), *_ in found if unit == each} for each in UNITS]
    passed = sizes(found) == size and bool(found) == bool(reason) and keys[0] == keys[1]
    if reason is ORPHAN:
        passed = passed and size[0] == orphaned
    print(f"{'ok' if passed else 'not ok'} {number} - {name}" +
          (f": differs, as {reason}" if reason else ""))
    if not passed:
        print(f"# {sizes(found)} packets differ, {size} are explained; {orphaned} fragments"
              " without their first")
        for _, key, left, right in found[:5]:
            print(f"# {key}: tshark {left}, here {right}")


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
                  list(differing(theirs, ours[path])), ours[path].orphaned)
    print(f"# {compared} TCP and UDP conversations compared")


main(*sys.argv[1:])
