# SPDX-License-Identifier: Apache-2.0
"""Rulesets that inspect operations, with one thing changed: a condition left out, a
constant, an element of a set, a verdict, a chain on the way. None may still be proved
equal to the policy. Some of each protocol, by CORDON_TEST_SEED; CORDON_TEST_MUTANTS says
how many, 0 all of them."""
import os
import random
import re
import subprocess
import sys
import tempfile

CORDON = os.environ.get("CORDON", os.path.join(os.environ.get("BUILDDIR", "."), "cordon"))
CASE = os.path.join(os.environ.get("SRCDIR", "."), "tests/cases/compile/inspect/plant.cordon")
AT = ("--at", "2026-11-01T00:00:00Z")
# What may be left out or changed in a rule that accepts.
FIELD = r"(?:@[it]h,\d+,\d+|ip6? length)"
PARTS = [r"@nh,\d+,8 0x\w+ ", r"@th,104,8 & 0x\w+ == 0x0 ", r"@th,32,16 0x8 ",
         r"@ih,\d+,\d+ & 0x\w+ == 0x\w+ ", r"@ih,\d+,\d+ 0x[\w-]+ ",
         r"@ih,\d+,\d+ \{ [^}]* \} ", FIELD + r"(?: \. " + FIELD + r")* @inspect/\S+ "]
MUTANTS = int(os.environ.get("CORDON_TEST_MUTANTS", "60"))
# One service each: what several let through is not missed where one does not.
ALLOWS = {
    "iec104": "iec104(control, ca 258)",
    "dnp3": "dnp3(control, outstation 1025)",
    "bacnet": "bacnet(read, write)",
    "s7comm": "s7comm(read, write, start-program)",
    "cip": "cip(read, write, program)",
}
POLICY = """
zone office level 3 { subnet 10.1.0.0/16, fd00:1::/64 }
zone cell level 2 { subnet 10.2.0.0/16, fd00:2::/64 }
conduit c between office and cell { allow office -> cell : %s }
device cell-fw {
    platform nftables
    inspect operations
    interface eth0 faces office
    interface eth1 faces cell
}
"""


def compiled(directory, policy):
    subprocess.run([CORDON, "compile", *AT, "-o", directory, policy], check=True,
                   capture_output=True)
    with open(os.path.join(directory, "cell-fw/ruleset.nft"), encoding="ascii") as file:
        return file.read().split("\n")


def equal(directory, policy, lines):
    path = os.path.join(directory, "mutant.nft")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines))
    nothing = []
    for command in ("iptables-legacy-save", "ip6tables-legacy-save"):
        nothing.append(os.path.join(directory, command))
        with open(nothing[-1], "w", encoding="ascii"):
            pass
    done = subprocess.run([CORDON, "audit", *AT, policy, "--device", "cell-fw", path, *nothing],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"audit: {done.returncode}: {done.stderr}")
    return " equal to the policy" in done.stdout and "not proved" not in done.stdout


def with_line(lines, at, line):
    return lines[:at] + ([line] if line is not None else []) + lines[at + 1:]


def of_rules(lines):
    """Each condition of each rule left out, and its constant another."""
    for at, line in enumerate(lines):
        if "counter accept" not in line or "@th," not in line:
            continue
        yield f"line {at + 1} left out", with_line(lines, at, None)
        yield f"line {at + 1} drops", with_line(lines, at, line.replace("accept", "drop"))
        for found in (found for part in PARTS for found in re.finditer(part, line)):
            rest = line[:found.start()] + line[found.end():]
            yield f"line {at + 1} without {found[0]}", with_line(lines, at, rest)
            other = re.sub(r"& 0x\w+|\{ 0x\w+", lambda m: m[0][:2] + "0x1", found[0])
            other = re.sub(r"0x\w+ $", "0x3 ", other)
            if other != found[0]:
                yield (f"line {at + 1} with {other}",
                       with_line(lines, at, line[:found.start()] + other + line[found.end():]))


def of_sets(lines, seeded):
    """Elements of each set left out and changed; of large sets some."""
    inside = None
    for at, line in enumerate(lines):
        if line.startswith("\tset inspect/"):
            inside = line.split()[1]
        elif line == "\t}":
            inside = None
        elif inside is not None and line.startswith("\t\t\t0x"):
            if re.search("/(frame|io)/", inside) and seeded.random() > 0.02:
                continue
            if "/length/" in inside and seeded.random() > 0.03:
                continue
            elements = line.strip().rstrip(",").split(", ")
            some = seeded.randrange(len(elements))
            yield (f"{inside} without {elements[some]}",
                   with_line(lines, at, "\t\t\t" + "".join(
                       f"{e}, " for i, e in enumerate(elements) if i != some)))
            last = re.sub(r"\w+$", "0xf9", elements[some])
            if last != elements[some]:
                elements[some] = last
                yield f"{inside} with {last}", with_line(lines, at,
                                                        "\t\t\t" + ", ".join(elements) + ",")


def of_ways(lines):
    """Past the chain, by another one, or accepted at the end instead of refused."""
    chains = re.findall(r"^\tchain (inspect/\S+)", "\n".join(lines), re.M)
    for at, line in enumerate(lines):
        found = re.search(r"jump (inspect/\S+)$", line)
        if found is not None:
            yield (f"line {at + 1} accepts", with_line(lines, at, line[:found.start()] + "accept"))
            yield f"line {at + 1} left out", with_line(lines, at, None)
            for chain in chains:
                if chain != found[1]:
                    yield (f"line {at + 1} jumps to {chain}",
                           with_line(lines, at, line[:found.start()] + f"jump {chain}"))
        if line.endswith("jump refuse/reset"):
            yield (f"line {at + 1} accepts",
                   with_line(lines, at, line.replace("jump refuse/reset", "accept")))
        if "reject with tcp reset" in line:
            yield f"line {at + 1} accepts", with_line(lines, at, "\t\tcounter accept")
        if "ct state { new, established, related }" in line:
            yield ("established is accepted before it is looked at",
                   lines[:at] + ["\t\tct state established accept"] + lines[at:])


def judge(number, name, policy, seeded):
    """True if no mutant is proved equal."""
    with tempfile.TemporaryDirectory() as directory:
        lines = compiled(directory, policy)
        print("ok" if equal(directory, policy, lines) else "not ok",
              f"{2 * number + 1} - {name}: as compiled it is equal")
        mutants = [*of_rules(lines), *of_sets(lines, seeded), *of_ways(lines)]
        chosen = seeded.sample(mutants, min(MUTANTS or len(mutants), len(mutants)))
        survivors = [what for what, mutant in chosen if equal(directory, policy, mutant)]
    for what in survivors:
        print(f"# proved equal: {what}")
    print("ok" if len(mutants) > 50 and not survivors else "not ok",
          f"{2 * number + 2} - {name}: none of {len(chosen)} mutants is, of {len(mutants)}",
          flush=True)
    return not survivors


def main():
    seeded = random.Random(int(os.environ.get("CORDON_TEST_SEED", "1")))
    print(f"1..{2 * len(ALLOWS) + 2}")
    good = [judge(0, "modbus", CASE, seeded)]
    with tempfile.TemporaryDirectory() as directory:
        policy = os.path.join(directory, "plant.cordon")
        for number, (name, allow) in enumerate(ALLOWS.items(), 1):
            with open(policy, "w", encoding="ascii") as file:
                file.write(POLICY % allow)
            good.append(judge(number, name, policy, seeded))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
