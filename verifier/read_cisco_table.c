/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands that are no lists, groups or bindings: groups of commands that decide
 * nothing about the packets that are forwarded, each with the reason, and those
 * that may. A command of neither is unknown. Lines below a command are of its
 * kind, except below `interface`, whose commands have tables of their own. */
#include "config.h"
#include "verifier/cisco.h"

#include <string.h>

struct table {
	const char *reason;
	const char *const *commands; /* the words they begin with; NULL ends */
};

#define COMMANDS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* ---- commands at the margin ---- */

static const struct table harmless[] = {
	{ "it names the device or says how it is operated",
	  COMMANDS("hostname", "version", "ASA Version", "end", "banner", "boot", "service",
		   "clock", "ntp", "logging", "snmp-server", "snmp", "line", "username", "enable",
		   "aaa", "tacacs-server", "tacacs", "radius-server", "radius", "privilege",
		   "alias", "archive", "memory", "file", "exception", "scheduler", "process",
		   "hw-module", "module", "platform", "license", "diagnostic", "redundancy",
		   "prompt", "terminal", "pager", "passwd", "names", "domain-name", "dns",
		   "asdm", "ftp mode", "mtu", "console", "tftp-server", "event", "kron",
		   "buffers", "power", "environment", "vtp", "udld", "errdisable", "lldp", "cdp",
		   "monitor", "call-home", "smart-tunnel", "quota", "checksum", "Cryptochecksum",
		   "main-cpu", "parser", "upgrade", "warm-reboot", "config-register",
		   "crashinfo", "cluster run", "macro", "stack", "switch", "system",
		   "transceiver", "fabric", "facility-alarm", "firewall transparent off",
		   "firmware", "prompt", "jumbo-frame", "key chain", "key config-key",
		   "password", "security passwords", "login", "template", "flow-export",
		   "flow exporter", "flow monitor", "flow record", "flow-sampler", "sampler") },
	{ "it is for the management of the device, not for what it forwards",
	  COMMANDS("ssh", "http", "telnet", "icmp", "ip http", "ip ssh", "ip scp", "ip tftp",
		   "ip ftp", "ip domain", "ip domain-name", "ip domain-lookup", "ip name-server",
		   "ip host", "ip tacacs", "ip radius", "ip telnet", "ip finger", "ip rcmd",
		   "ip bootp", "ip sla", "ip identd", "management-access", "crypto key",
		   "crypto pki", "crypto ca", "dhcpd", "dhcprelay", "ip dhcp", "ipv6 dhcp",
		   "service-module", "track", "snmp-map", "username", "user-identity") },
	{ "it says where packets go, not which of them",
	  COMMANDS("router", "route", "ip route", "ipv6 route", "ip routing", "ipv6 unicast-routing",
		   "ip cef", "ipv6 cef", "ip classless", "ip subnet-zero", "ip default-gateway",
		   "ip default-network", "ip multicast-routing", "ip pim", "ip igmp", "ip dvmrp",
		   "ip mroute", "ip msdp", "ip prefix-list", "ipv6 prefix-list", "prefix-list",
		   "ip as-path", "ip community-list", "ip forward-protocol", "ipv6 router",
		   "ip local", "arp", "ip arp", "mls", "ip flow-export", "ip flow-cache",
		   "ip flow-top-talkers", "multicast-routing", "ipv6 multicast", "ipv6 mld",
		   "ipv6 host", "ipv6 hop-limit", "sla monitor", "fhrp", "ip source-route",
		   "ip options", "standby", "vrrp", "port-channel",
		   "lacp", "ip spd", "qos", "table-map", "frame-relay switching") },
	{ "it is of layer 2",
	  COMMANDS("vlan internal", "vlan access-log", "vlan dot1q", "vlan", "spanning-tree",
		   "mac address-table", "mac-address-table", "bridge", "dot1x system-auth-control",
		   "l2protocol-tunnel", "rep", "ethernet", "mac-address", "macsec") },
	{ "it is a definition that decides only where it is applied",
	  COMMANDS("class-map", "policy-map", "route-map", "crypto ipsec", "crypto isakmp",
		   "crypto ikev1", "crypto ikev2", "crypto map", "crypto dynamic-map",
		   "ip inspect name", "ip nat pool", "ip nat translation", "vlan access-map",
		   "zone security", "parameter-map", "group-policy", "tunnel-group", "webvpn",
		   "vpn-addr-assign", "vpn-sessiondb", "ip local pool", "ipv6 local pool",
		   "tcp-map", "regex", "dynamic-access-policy-record", "threat-detection",
		   "timeout", "ip nbar", "mac access-list", "ip vrf", "vrf definition",
		   "ip access-list logging", "ip access-list log-update", "access-list logging",
		   "ipv6 access-list log-update", "access-list alert-interval",
		   "access-list deny-flow-max", "access-list cached", "access-list compiled",
		   "ip access-list helper", "ip access-list persistent", "ip accounting",
		   "object-group-search", "arp permit-nonconnected", "ip auth-proxy",
		   "priority-queue", "xlate", "hw-switch", "ip kerberos") },
};

static const struct table deciding[] = {
	{ "addresses are translated",
	  COMMANDS("ip nat", "nat", "static", "global", "nat-control", "ipv6 nat", "nat64",
		   "alias inside", "policy-nat") },
	{ "traffic is inspected or blocked",
	  COMMANDS("ip inspect", "ip tcp intercept", "zone-pair", "ip ips", "established", "fixup",
		   "filter", "shun", "ip audit", "ip verify", "ip urlfilter",
		   "ip tcp", "service-policy", "sysopt", "mls rate-limit", "mls acl",
		   "threat-detection scanning-threat shun") },
	{ "users are asked first",
	  COMMANDS("aaa authentication match", "aaa authentication include",
		   "aaa authentication exclude", "aaa authorization match",
		   "aaa authorization include", "aaa authorization exclude") },
	{ "a list on the wire of a VLAN decides as well", COMMANDS("vlan filter") },
	{ "what is for the device is filtered", COMMANDS("control-plane", "ip receive") },
	{ "another routing table, context or mode of the device is in use",
	  COMMANDS("context", "changeto", "mode multiple", "firewall transparent", "failover",
		   "access-group", "vrf", "ip policy", "ip local policy", "ipv6 local policy",
		   "traffic-zone", "zone", "tunnel", "mpls") },
};

/* ---- commands of an interface ---- */

static const struct table harmless_interface[] = {
	{ "it names the interface, or says how it is operated or counted",
	  COMMANDS("description", "bandwidth", "delay", "speed", "duplex", "media-type",
		   "negotiation", "mtu", "load-interval", "logging", "snmp", "keepalive",
		   "carrier-delay", "mdix", "power", "cdp", "lldp", "udld", "ip flow", "ipv6 flow",
		   "ip accounting", "clock", "hold-queue", "flowcontrol", "fair-queue",
		   "tx-ring-limit", "rx-ring-limit", "macro", "mac-address", "crc", "framing",
		   "cablelength", "linecode", "pos", "history", "management-only off", "physical-layer",
		   "link debounce", "dampening", "ip nbar", "service-module") },
	{ "it says where packets go, not which of them",
	  COMMANDS("ip helper-address", "ip directed-broadcast", "ip ospf", "ipv6 ospf", "ip pim",
		   "ip igmp", "ipv6 mld", "ipv6 pim", "ip cgmp", "ip dvmrp", "ip rip",
		   "ip eigrp", "ipv6 eigrp", "ip hello-interval", "ip hold-time",
		   "ip summary-address", "ip split-horizon", "ip router", "isis", "ip redirects",
		   "ip proxy-arp", "ip local-proxy-arp", "ip unreachables", "ip mask-reply",
		   "ip mtu", "ipv6 mtu", "ip tcp adjust-mss", "ip route-cache", "ip mroute-cache",
		   "ip multicast", "standby", "vrrp", "glbp", "arp", "ip arp", "ipv6 nd",
		   "ipv6 enable", "ipv6 redirects", "ipv6 unreachables", "ip dhcp", "ipv6 dhcp",
		   "ip bandwidth-percent", "ip rsvp", "ip sap", "ip sdr", "ip cef", "mls netflow",
		   "peer", "ppp", "dialer", "async", "group-range", "ip rtp", "tunnel",
		   "ip load-sharing", "bfd") },
	{ "it is of layer 2",
	  COMMANDS("switchport", "spanning-tree", "channel-group", "channel-protocol", "lacp",
		   "encapsulation", "vlan", "storm-control", "l2protocol-tunnel", "dot1x",
		   "authentication", "mab", "trust", "mls qos", "qos", "srr-queue",
		   "priority-queue", "wrr-queue", "rcv-queue", "tx-queue", "auto qos", "queue-set",
		   "port-channel", "bridge-group", "rep", "macsec", "mka", "service instance",
		   "ip dhcp snooping", "ip device tracking", "dsl", "pvc", "atm", "private-vlan") },
};

static const struct table deciding_interface[] = {
	{ "addresses are translated", COMMANDS("ip nat", "ipv6 nat", "nat64") },
	{ "sources that are not routed back are dropped",
	  COMMANDS("ip verify", "ipv6 verify", "ip verify unicast") },
	{ "packets go where a policy says", COMMANDS("ip policy", "ipv6 policy") },
	{ "traffic is inspected or blocked",
	  COMMANDS("ip inspect", "ip ips", "zone-member", "ip urlfilter", "ip auth-proxy",
		   "ip admission", "service-policy", "rate-limit", "traffic-shape", "ip virtual",
		   "mac access-group", "ip port access-group", "ip audit", "ipv6 inspect",
		   "ip access-group common", "management-only", "ip source-guard",
		   "ip verify source", "cts", "traffic-zone", "zone-member") },
	{ "packets are enciphered, and only some come in", COMMANDS("crypto") },
	{ "the interface is of another routing table",
	  COMMANDS("ip vrf", "vrf", "ip unnumbered", "ipv6 unnumbered", "mpls", "xconnect") },
};

#define TABLES(table) table, sizeof(table) / sizeof(table[0])

/* The reason of the longest command that the line begins with; *length is its. */
static const char *table_find(const struct table *tables, size_t count,
			      const struct cisco_line *line, size_t first, size_t *length)
{
	const char *reason = NULL;

	*length = 0;
	for (size_t i = 0; i < count; i++)
		for (const char *const *c = tables[i].commands; *c != NULL; c++)
			if (strlen(*c) > *length && cisco_begins(line, first, *c)) {
				*length = strlen(*c);
				reason = tables[i].reason;
			}
	return reason;
}

/* True if the line decides nothing; else *reason, NULL where it is not known. */
static bool line_is_harmless(const struct cisco_line *line, bool interface, const char **reason)
{
	bool negated = cisco_word_is(line, 0, "no") || cisco_word_is(line, 0, "default");
	size_t may, not;
	const char *harmless_because;

	*reason = interface ? table_find(TABLES(deciding_interface), line, negated, &may)
			    : table_find(TABLES(deciding), line, negated, &may);
	harmless_because = interface ? table_find(TABLES(harmless_interface), line, negated, &not)
				     : table_find(TABLES(harmless), line, negated, &not);
	if (negated) /* what would decide is off */
		return *reason != NULL || harmless_because != NULL;
	return harmless_because != NULL && not > may;
}

void cisco_classify(struct cisco *cisco, const struct cisco_line *head,
		    const struct cisco_line *line)
{
	bool interface = head != NULL && cisco_word_is(head, 0, "interface");
	const struct cisco_line *command = head != NULL && !interface ? head : line;
	const char *reason;

	if (line_is_harmless(command, interface, &reason))
		cisco_mark(cisco, line, MARK_IRRELEVANT);
	else if (head != NULL && !interface)
		cisco_mark(cisco, line, MARK_UNKNOWN); /* its head is listed */
	else
		cisco_unknown(cisco, line, reason != NULL ? reason :
							    "the command is not known");
}
