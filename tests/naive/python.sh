# SPDX-License-Identifier: Apache-2.0
#
# Sourced: sets $python to an interpreter that can read YAML, or says why not.
python=
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'import yaml, zoneinfo' 2>/dev/null; then
		python=$candidate
		break
	fi
done
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
if [ -z "$python" ]; then
	echo "1..0 # SKIP no python3 that can import yaml (python3-yaml)"
	exit 0
fi
