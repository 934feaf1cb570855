#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# diff of two policies with 5,000 and 50,000 rules, each 5 sources x 5 destinations x
# 2 ports, of which one rule has another port; then of a group of 200 hosts in 500
# rules that gains one; each beside checking both policies, five times: run.sh
# [BUILDDIR]. Needs 100 MB in $TMPDIR.
build=${1:-.}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

# cpu NAME COMMAND...: seconds of CPU and peak kilobytes appended to $work/NAME
cpu() {
	name=$1
	shift
	/usr/bin/env time -q -a -f '%U %S %M' -o "$work/$name" "$@" >"$work/output" 2>&1
	[ $? -le 1 ] || exit 2
}

# tell WHAT: the diff beside the checks
tell() {
	awk -v what="$1" 'FILENAME ~ /checks$/ { checks += $1 + $2; next }
		{ cpu = $1 + $2; peak = $3 }
		END { printf "%s: %.2f s CPU, %.0f MB, %.2f of checking both (%.2f s)\n",
			what, cpu, peak / 1024, cpu / (checks + 0.001), checks }' "$work/checks" "$work/diff"
}

# compare WHAT: old.cordon and new.cordon
compare() {
	for run in 1 2 3 4 5; do
		rm -f "$work/checks" "$work/diff"
		cpu checks "$build/cordon" check "$work/old.cordon"
		cpu checks "$build/cordon" check "$work/new.cordon"
		cpu diff "$build/cordon" diff "$work/old.cordon" "$work/new.cordon"
		tell "$1"
	done
	grep -E '^[0-9]+ opened' "$work/output"
}

for rules in 5000 50000; do
	python3 "$here/../compile/generate.py" $rules >"$work/old.cordon" || exit 2
	awk -v at=$((rules / 2)) '/^ *allow / && ++n == at { sub(/tcp [0-9]+/, "tcp 22") } 1' \
		"$work/old.cordon" >"$work/new.cordon"
	compare "$rules rules, one changed"
done

awk 'BEGIN { print "zone hosts level 3 { subnet 10.30.0.0/16 }"
	print "zone cells level 2 { subnet 10.20.0.0/16 }"
	printf "group many = 10.30.1.1"
	for (i = 2; i <= 200; i++) printf ", 10.30.1.%d", i
	print "\nconduit work between hosts and cells {"
	for (i = 0; i < 500; i++)
		printf "    allow many -> 10.20.%d.%d : tcp %d\n", i / 200, i % 200 + 1, 1000 + i
	print "}" }' >"$work/old.cordon"
sed 's/^group many = /&10.30.7.7, /' "$work/old.cordon" >"$work/new.cordon"
compare "a group of 200 hosts in 500 rules, one more"
