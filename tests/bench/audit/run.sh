#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# audit of IOS access lists with some 100,000 entries, each of one host and port, as
# they were compiled from a policy and after changes by hand: against the policy and
# alone, beside compiling the same policy; then of the iptables-save with 5,500 rules
# among the shared configurations, if it is there, beside what iptables-restore takes
# to test the rules of it that name no MAC address (these were made unreadable), five
# times: run.sh [BUILDDIR]. Needs root or user namespaces for iptables-restore, and
# 100 MB in $TMPDIR.
build=${1:-.}
here=$(cd "$(dirname "$0")" && pwd)
shared=$here/../../../../shared/configs/iptables
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

# cpu NAME COMMAND...: seconds of CPU and peak kilobytes into $work/NAME; findings are
# no failure
cpu() {
	name=$1
	shift
	/usr/bin/env time -q -f '%U %S %M' -o "$work/$name" "$@" >"$work/output" 2>&1
	[ $? -le 1 ] || exit 2
}

# tell WHAT NAME YARDSTICK WORDS
tell() {
	cat "$work/$2" "$work/$3" | awk -v what="$1" -v words="$4" '
		{ cpu[NR] = $1 + $2; peak[NR] = $3 }
		END { printf "%s: %.2f s CPU, %.0f MB, %.2f of %s (%.2f s)\n",
			what, cpu[1], peak[1] / 1024, cpu[1] / cpu[2], words, cpu[2] }'
}

python3 "$here/../compile/generate.py" 12500 --target cisco-ios --single >"$work/policy.cordon" ||
	exit 2
cpu compile "$build/cordon" compile -o "$work/out" "$work/policy.cordon"
python3 "$here/drift.py" "$work/out/fw/acl.ios" >"$work/drifted.ios" || exit 2
for config in out/fw/acl.ios drifted.ios; do
	entries=$(grep -Ec '^ (permit|deny) ' "$work/$config")
	cpu audit "$build/cordon" audit --device fw "$work/policy.cordon" "$work/$config"
	tell "${config##*/}, $entries entries, against the policy" audit compile compiling
	cpu audit "$build/cordon" audit --target cisco-ios "$work/$config"
	tell "${config##*/}, $entries entries, alone" audit compile compiling
done

for dump in "$shared"/*; do
	[ -f "$dump" ] || continue
	[ "$(grep -c "^-A" "$dump")" -ge 5000 ] || continue
	grep -v -e --mac-source "$dump" >"$work/tested"
	for run in 1 2 3 4 5; do
		cpu audit "$build/cordon" audit "$dump"
		cpu restore unshare -n iptables-restore --test "$work/tested"
		tell "iptables-save, $(grep -c '^-A' "$dump") rules, alone" audit restore \
			"iptables-restore --test of $(grep -c '^-A' "$work/tested") rules"
	done
done
