# SPDX-License-Identifier: Apache-2.0
"""Compares the operations of industrial protocols with tshark's, capture by capture,
packet by packet.

judges/NAME.py says for one reader which fields of tshark tell its operations and how
they are numbered here, and names each capture in which the two still differ: how many
operations each sees that the other does not, who is right and why. A difference of
another size fails. Where the two tell an operation in different packets, all captures
(BY_PACKET) or those of a list (BY_CAPTURE) are compared as wholes. Captures are those of
the manifest that hold industrial frames, and others that a judge names (CAPTURES). One
whose protocol was captured at ports that nobody expects has a POLICY that expects it
there; one that has to remember what earlier packets told has begin(), which makes
operations() anew for each capture."""
import collections
import concurrent.futures
import csv
import importlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EMPTY = "zone plant level 2 { subnet 10.0.0.0/8 }\n"


def judges():
    names = sorted(name[:-3] for name in os.listdir(os.path.join(HERE, "judges"))
                   if name.endswith(".py"))
    sys.path.insert(0, os.path.join(HERE, "judges"))
    return {name: importlib.import_module(name) for name in names}


def tshark(path, fields):
    """For each packet its number and the values of each field."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=a",
               "-E", "aggregator=|", "-e", "frame.number"]
    for field in fields:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    for line in run.stdout.splitlines():
        number, *values = line.split("\t")
        yield int(number), {field: value.split("|") if value else []
                            for field, value in zip(fields, values)}


def theirs(path, wanted):
    """{judge: Counter of (packet, protocol, function)}"""
    fields = sorted({field for judge in wanted.values() for field in judge.FIELDS})
    counts = {name: collections.Counter() for name in wanted}
    tell = {name: judge.begin() if hasattr(judge, "begin") else judge.operations
            for name, judge in wanted.items()}
    for number, frame in tshark(path, fields):
        for name in wanted:
            for operation in tell[name](frame):
                counts[name][(number, *operation)] += 1
    return path, counts


def ours(program, policies, path, wanted):
    """As theirs(); judges of one policy are asked together."""
    counts = {}
    for policy, file in policies.items():
        same = {name: judge for name, judge in wanted.items() if policy_of(judge) == policy}
        counts.update(ours_with(program, file, path, same))
    return counts


def ours_with(program, policy, path, wanted):
    counts = {name: collections.Counter() for name in wanted}
    run = subprocess.run([program, policy, path], capture_output=True, text=True)
    for line in run.stdout.splitlines():
        parts = line.split("\t")
        if parts[1] == "content":
            continue
        function, carrier = (None if part == "-" else int(part) for part in (parts[3], parts[6]))
        for name, judge in wanted.items():
            operation = judge.here(parts[2], function, carrier, parts[4])
            if operation:
                counts[name][(int(parts[1]), *operation)] += 1
    return counts


def whole(counts):
    """Those of a capture, whatever their packets."""
    wholes = collections.Counter()
    for (_, *operation), count in counts.items():
        wholes[("-", *operation)] += count
    return wholes


def difference(a, b):
    return sum((a - b).values())


class Comparison:
    """What was compared for one reader."""

    def __init__(self, name, judge, root):
        self.name, self.judge, self.root = name, judge, root
        self.captures, self.operations = 0, 0
        self.wrong, self.explained = [], 0

    def add(self, path, tsharks, here):
        capture = os.path.relpath(path, self.root)
        if (not getattr(self.judge, "BY_PACKET", True) or
                capture in getattr(self.judge, "BY_CAPTURE", ())):
            tsharks, here = whole(tsharks), whole(here)
        seen = difference(tsharks, here), difference(here, tsharks)
        expected, why = self.judge.DEVIATIONS.get(capture, ((0, 0), ""))
        self.captures += bool(tsharks or here)
        self.operations += sum((tsharks & here).values())
        self.explained += seen == expected and seen != (0, 0)
        if seen != expected:
            first = sorted(((tsharks - here) + (here - tsharks)).items(), key=str)[:4]
            self.wrong.append(f"{capture}: only tshark {seen[0]}, only here {seen[1]}, "
                              f"explained {expected}: {first}")

    def tell(self, number):
        good = not self.wrong and self.operations > 0
        print(f"{'' if good else 'not '}ok {number} - {self.name}: {self.operations} operations "
              f"in {self.captures} captures are tshark's; "
              f"{self.explained} captures differ as explained")
        for line in self.wrong:
            print("# " + line)
        return good


def policy_of(judge):
    return getattr(judge, "POLICY", EMPTY)


def captures(root, wanted):
    named = {capture for judge in wanted.values() for capture in getattr(judge, "CAPTURES", ())}
    with open(os.path.join(root, "MANIFEST.tsv"), encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            if row["industrial_frames"] or row["file"] in named:
                yield os.path.join(root, row["file"])


def write_policies(folder, wanted):
    """{policy: file}"""
    files = {}
    for policy in {policy_of(judge) for judge in wanted.values()}:
        files[policy] = os.path.join(folder, f"{len(files)}.cordon")
        with open(files[policy], "w", encoding="utf-8") as file:
            file.write(policy)
    return files


def main(program, root, *names):
    wanted = {name: judge for name, judge in judges().items() if not names or name in names}
    comparisons = {name: Comparison(name, judge, root) for name, judge in wanted.items()}
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        policies = write_policies(folder, wanted)
        for path, counts in pool.map(lambda path: theirs(path, wanted), captures(root, wanted)):
            here = ours(program, policies, path, wanted)
            for name in wanted:
                comparisons[name].add(path, counts[name], here[name])
    print(f"1..{len(wanted)}")
    results = [comparisons[name].tell(number + 1) for number, name in enumerate(wanted)]
    sys.exit(not all(results))


main(*sys.argv[1:])
