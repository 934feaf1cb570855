#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check, compile and proof of policies with 5,000 and 50,000 rules, each 5 sources
# x 5 destinations x 2 ports; then how long nft takes to check the ruleset of the
# smaller one, beside the same as one anonymous concatenated set a rule, five times;
# then compiling it for each platform: run.sh [BUILDDIR]. Needs root or user namespaces
# for nft, and 1 GB in $TMPDIR.
build=${1:-.}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

# cpu NAME COMMAND...: seconds of CPU and peak kilobytes into $work/NAME
cpu() {
	name=$1
	shift
	/usr/bin/env time -f '%U %S %M' -o "$work/$name" "$@" >/dev/null 2>&1 || exit 2
}

for rules in 5000 50000; do
	python3 "$here/generate.py" $rules >"$work/policy.cordon" || exit 2
	cpu check "$build/cordon" check "$work/policy.cordon"
	cpu compile "$build/cordon" compile -o "$work/$rules" "$work/policy.cordon"
	cat "$work/check" "$work/compile" | awk -v n=$rules '
		{ cpu[NR] = $1 + $2; peak = $3 }
		END {
			printf "%d rules: check %.2f s, compile with check and proof %.2f s CPU, %.0f MB\n",
				n, cpu[1], cpu[2], peak / 1024
		}'
done
python3 "$here/generate.py" 5000 --anonymous >"$work/anonymous.nft" || exit 2
for run in 1 2 3 4 5; do
	cpu sets unshare -n nft -c -f "$work/5000/fw/ruleset.nft"
	cpu anonymous unshare -n nft -c -f "$work/anonymous.nft"
	cat "$work/sets" "$work/anonymous" | awk '
		{ cpu[NR] = $1 + $2 }
		END { printf "nft -c: %.2f s CPU, %.2f of one anonymous set a rule (%.2f s)\n",
			cpu[1], cpu[1] / cpu[2], cpu[2] }'
done

# CPU, memory and lines of each platform, and its CPU beside that of nftables
for platform in nftables iptables cisco-ios cisco-asa fortios; do
	python3 "$here/generate.py" 5000 --target $platform >"$work/policy.cordon" || exit 2
	cpu $platform.cpu "$build/cordon" compile -o "$work/$platform" "$work/policy.cordon"
	lines=$(find "$work/$platform/fw" -type f ! -name manifest.json ! -name apply \
		-exec cat {} + | grep -c .)
	awk -v platform=$platform -v lines="$lines" '
		{ cpu[NR] = $1 + $2; peak[NR] = $3 }
		END {
			printf "%s, 5000 rules: %.2f s CPU, %.2f of nftables, %.0f MB, %d lines\n",
				platform, cpu[1], cpu[1] / cpu[2], peak[1] / 1024, lines
		}' "$work/$platform.cpu" "$work/nftables.cpu"
done
