#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# `cordon verify` of small Modbus packets, whose operations are judged, beside tcpdump in
# the same run: ten million in 400 conversations, one million and thirteen million in
# 1.1 million: run.sh [BUILDDIR]. Needs 1.1 GB in $TMPDIR, tcpdump and GNU time. The fraction
# that is reading is measured by reading the same file and doing nothing with its
# packets. Of two threads the busier one bounds the speed. Packets a second are those
# of the CPU time, which other work on the machine does not change. The last line is
# for a policy that allows nothing: a million conversations, each in breach.
build=${1:-.}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

cat >"$work/plant.cordon" <<'END'
zone office level 4 { subnet 10.0.0.0/9 }
zone plant level 2 { subnet 10.128.0.0/9 }
conduit work between office and plant { allow office -> plant : modbus(read) }
END

# cpu NAME COMMAND...: seconds of CPU and peak kilobytes into $work/NAME
cpu() {
	name=$1
	shift
	/usr/bin/env time -f '%U %S %M %e' -o "$work/$name" "$@" >/dev/null 2>&1
	[ $? -le 1 ] || exit 2
}

${CC:-cc} -O2 -o "$work/generate" "$here/generate.c" || exit 2
for size in '10000000 400' '1000000 90000' '13000000 1100000'; do
	"$work/generate" "$work/capture.pcap" $size || exit 2
	cat "$work/capture.pcap" >/dev/null
	cpu tcpdump tcpdump -nr "$work/capture.pcap" -w /dev/null 'tcp port 502'
	cpu reading "$build/tests/verify/conversations" -r "$work/capture.pcap"
	cpu cordon "$build/cordon" verify "$work/plant.cordon" "$work/capture.pcap"
	cpu ahead "$build/cordon" verify -j 2 "$work/plant.cordon" "$work/capture.pcap"
	cat "$work/tcpdump" "$work/reading" "$work/cordon" "$work/ahead" |
		awk -v size="$size" '
		{ cpu[NR] = $1 + $2; peak[NR] = $3; wall[NR] = $4 }
		END {
			split(size, n, " ")
			printf "%d packets, %d conversations: %.2f s CPU, %.2f of tcpdump", n[1], n[2],
				cpu[3], cpu[3] / cpu[1]
			printf ", %.2f million packets a second, %.0f MB", n[1] / 1e6 / cpu[3],
				peak[3] / 1024
			printf ", reading %.0f %%", 100 * cpu[2] / cpu[3]
			printf "; -j 2: %.2f of the CPU, %.2f of the time\n", cpu[4] / cpu[3], wall[4] / wall[3]
		}'
done
echo 'zone nowhere level 1 { subnet 192.0.2.0/24 }' >"$work/nothing.cordon"
cpu breach "$build/cordon" verify --max-violations 1000000 "$work/nothing.cordon" \
	"$work/capture.pcap"
tail -n1 "$work/breach" | awk '{ printf "a million in breach: %.2f s CPU, %.0f MB\n", $1 + $2, $3 / 1024 }'
