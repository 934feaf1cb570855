# SPDX-License-Identifier: Apache-2.0
"""Runs each command that a page shows after `$` and compares what it prints, both
streams together, with the lines below it; a line `...` stands for any lines. A
command that prints nothing must be shown so. With --update the page gets the
answers, except where it shortens them. Speaks TAP.

usage: readme.py [--update] PAGE    in a folder that holds what the page names"""

import re
import subprocess
import sys


def blocks(lines):
    """(place of the command, its text, place after its answer) for each command."""
    place = 0
    while place < len(lines):
        if not lines[place].startswith("    $ "):
            place += 1
            continue
        end = place + 1
        while end < len(lines) and re.match(r"    (?!\$ )|$", lines[end]):
            end += 1
        while end > place + 1 and not lines[end - 1]:
            end -= 1
        yield place, lines[place][6:], end
        place = end


def answer(command):
    run = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.stdout.rstrip("\n").split("\n") if run.stdout.strip() else []


def matches(shown, printed):
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n"
                      for line in shown)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def main():
    update, path = sys.argv[1] == "--update", sys.argv[-1]
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    page, done, number = [], 0, 0
    for place, command, end in blocks(lines):
        shown = [line[4:] for line in lines[place + 1:end]]
        printed = answer(command)
        number += 1
        passed = matches(shown, printed)
        print(f"{'ok' if passed else 'not ok'} {number} - {command.replace('#', '')}")
        if not passed:
            print("\n".join(f"# {line}" for line in printed))
        page += lines[done:place + 1]
        page += lines[place + 1:end] if passed or "..." in shown else [
            f"    {line}".rstrip() for line in printed]
        done = end
    print(f"1..{number}")
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(page + lines[done:]))


main()
