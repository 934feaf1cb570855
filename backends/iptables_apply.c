/* SPDX-License-Identifier: Apache-2.0
 *
 * The script that loads both families, waits to be confirmed and goes back. */
#include "config.h"
#include "backends/iptables.h"

static void print_load(struct strbuf *text)
{
	strbuf_puts(text,
"#!/bin/sh\n"
"# Loads iptables.rules and ip6tables.rules and goes back by itself unless confirmed\n"
"# in time.\n"
"#\n"
"#     ./apply [SECONDS]     load; goes back after SECONDS (default 60)\n"
"#     ./apply confirm       keep what was loaded, remove chains no longer used\n"
"#     ./apply revert        go back now\n"
"#\n"
"# Only the table filter is touched. $IPTABLES and $IP6TABLES name other programs than\n"
"# iptables and ip6tables, such as iptables-legacy and ip6tables-legacy.\n"
"set -u\n"
"here=$(cd \"$(dirname \"$0\")\" && pwd) || exit 2\n"
"state=${CORDON_STATE:-/run/cordon}\n"
"four=${IPTABLES:-iptables}\n"
"six=${IP6TABLES:-ip6tables}\n"
"\n"
"say() {\n"
"\techo \"apply: $*\" >&2\n"
"}\n"
"\n"
"revert() {\n"
"\t[ -f \"$state/before.ip6tables\" ] || { say 'nothing to go back to'; return 2; }\n"
"\t\"$four-restore\" <\"$state/before.iptables\" || return 2\n"
"\t\"$six-restore\" <\"$state/before.ip6tables\" || return 2\n"
"\trm -f \"$state/before.iptables\" \"$state/before.ip6tables\" \"$state/waiting\"\n"
"\tsay 'went back to what was there before'\n"
"}\n"
"\n"
"load() { # SECONDS\n"
"\tmkdir -p \"$state\" || exit 2\n"
"\t[ ! -f \"$state/waiting\" ] || { say 'a load waits to be confirmed'; exit 2; }\n"
"\t\"$four-restore\" --test --noflush <\"$here/iptables.rules\" || exit 2\n"
"\t\"$six-restore\" --test --noflush <\"$here/ip6tables.rules\" || exit 2\n"
"\t# Once loaded, nothing may end this before the clock runs.\n"
"\ttrap '' HUP INT TERM PIPE\n"
"\t\"$four-save\" -t filter >\"$state/before.iptables\" || exit 2\n"
"\t\"$six-save\" -t filter >\"$state/before.ip6tables\" || exit 2\n"
"\tif ! \"$four-restore\" --noflush <\"$here/iptables.rules\" ||\n"
"\t    ! \"$six-restore\" --noflush <\"$here/ip6tables.rules\"; then\n"
"\t\trevert\n"
"\t\texit 2\n"
"\tfi\n"
"\techo $$ >\"$state/waiting\"\n"
"\t(\n"
"\t\tsleep \"$1\"\n"
"\t\t[ ! -f \"$state/waiting\" ] || [ \"$(cat \"$state/waiting\")\" != $$ ] || revert\n"
"\t) </dev/null >/dev/null 2>&1 &\n"
"\tsay \"loaded; run '$0 confirm' within $1 seconds to keep it\"\n"
"}\n"
"\n");
}

static void print_commands(struct strbuf *text)
{
	strbuf_puts(text,
"# Chains of an earlier version that the files do not name, in one commit: emptied\n"
"# first, for they name one another.\n"
"retire() { # PROGRAM FILE\n"
"\told=$(\"$1-save\" -t filter | sed -n 's/^:\\(cordon-[^ ]*\\) .*/\\1/p' |\n"
"\t\twhile read -r chain; do\n"
"\t\t\tgrep -qF \":$chain \" \"$2\" || echo \"$chain\"\n"
"\t\tdone)\n"
"\t[ -n \"$old\" ] || return 0\n"
"\t{\n"
"\t\techo '*filter'\n"
"\t\tprintf -- '-F %s\\n' $old\n"
"\t\tprintf -- '-X %s\\n' $old\n"
"\t\techo COMMIT\n"
"\t} | \"$1-restore\" --noflush\n"
"}\n"
"\n"
"case ${1-60} in\n"
"confirm)\n"
"\t[ -f \"$state/waiting\" ] || { say 'nothing waits to be confirmed'; exit 2; }\n"
"\trm -f \"$state/waiting\" \"$state/before.iptables\" \"$state/before.ip6tables\"\n"
"\tretire \"$four\" \"$here/iptables.rules\" && retire \"$six\" \"$here/ip6tables.rules\" ||\n"
"\t\tsay 'chains no longer used remain'\n"
"\tsay 'confirmed'\n"
"\t;;\n"
"revert) revert ;;\n"
"*[!0-9]* | '')\n"
"\tsay \"usage: $0 [SECONDS | confirm | revert]\"\n"
"\texit 2\n"
"\t;;\n"
"*) load \"${1-60}\" ;;\n"
"esac\n");
}

void iptables_print_apply(struct strbuf *text)
{
	print_load(text);
	print_commands(text);
}
