/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a configuration of FortiOS, as `show` prints it or as commands that make
 * one. The device keeps state: answers and errors of an admitted flow pass, unless
 * a setting says otherwise. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

/* ---- settings of the whole ---- */

static const char *const harmless_global[] = {
	"admin*", "alias", "hostname", "gui-*", "language", "timezone", "dst", "cfg-*", "cli-*",
	"switch-controller*", "wireless-*", "ssl-*", "strong-crypto", "revision-*", "reboot-*",
	"pre-login-banner", "post-login-banner", "proxy-*", "miglog*", "log-*", "fgd-*", "fds-*",
	"virtual-server-*", "two-factor-*", "management-*", "vdom-mode", "daily-restart",
	"restart-time", "radius-port", "refresh", "sslvpn-*", "sys-*", "memory-use-*", "url-filter-*",
	"user-*", "scanunit-count", "ipsec-*", "lldp-*", "disk-usage", "fortiextender*", "br-fdb-*",
	"arp-max-entry", "ndp-max-entry", "block-session-timer", "check-*", "compliance-check*",
	"device-*", "edit-vdom-prompt", "endpoint-control-*", "faz-*", "forti*", "ha-*", "honor-df",
	"hardware-*", "ip-*", "max-*", "mc-ttl-notchange", "optimize*", "per-user-*", "tcp-*timer",
	"udp-idle-timer", "tftp", "phase1-rekey", "private-data-encryption", "policy-auth-concurrent",
	"quic-*", "remoteauthtimeout", "security-rating-*", "send-pmtu-icmp", "dh-params",
	"auth-*", "av-*", "autorun-*", "avatar-*", "batch-*", "bfd-*", "clt-cert-req", "cpu-*",
	"csr-*", "cert-*", "dnsproxy-*", "extender-*", "failtime",
	"interval", "internet-service-*", "ipv6-accept-dad", "irq-*", "login-timestamp", "object-*",
	"reset-sessionless-tcp", "snat-route-change", "special-file-*", "speedtest-*",
	"split-port", "ssd-*", "ssh-*", "traffic-priority*", "usb-*", "vip-arp-range", "wad-*",
	"wifi-*", "wimax-*", "fec-port", "httpd-*", "pmtu-discovery", "accelerated-*",
	"airplane-mode", "application-bandwidth-tracking", "cloud-communication", "cmdbsvr-affinity",
	"early-tcp-npu-session", "delay-tcp-npu-session", "igmp-state-limit", "interface-subnet-usage",
	"internal-switch-*", "ipv6-allow-anycast-probe", "ipv6-allow-multicast-probe",
	"ipv6-fragment-timeout", "ipv6-snat-route-change", "ldapconntimeout", "legacy-poe-*",
	"long-vdom-name", "multi-factor-authentication", "npu-neighbor-update", "purdue-level",
	"rest-api-key-*", "scim-*", "sflowd-*", "show-backplane-intf", "split-port-mode",
	"strict-dirty-session-check", "syslog-affinity", "tcp-option", "telemetry-*", "upgrade-report",
	"virtual-switch-vlan", "vpn-ems-sn-check", NULL
};

static const char *const harmless_settings[] = {
	"comments", "gui-*", "vdom-type", "lan-extension-*", "opmode", "inspection-mode", "sip-*",
	"default-voip-alg-mode", "bfd*", "utf8-*", "ecmp-max-paths", "v4-ecmp-mode", "mac-ttl",
	"fw-session-hairpin", "snat-hairpin-traffic", "prp-trailer-action", "dhcp-*", "dhcp6-*",
	"dyn-addr-session-check", "default-policy-expiry-days", "email-portal-check-dns",
	"gateway*", "ip", "ip6", "device", "manageip*", "implicit-allow-dns", "lldp-*", "link-down-access",
	"location-id", "log*", "discovered-*", "nat46-*", "nat64-*", "allow-*", "auxiliary-session",
	"ses-denied-traffic", "ses-denied-multicast-traffic", "session-insert-trial", "hyperscale-*",
	"ike-*", "ipv6-*", "multicast-ttl-notchange", "strict-src-check", "detect-unknown-esp",
	"block-land-attack", "application-bandwidth-tracking",
	"vpn-stats-*", "internet-service-*", "h323-direct-model", "policy-offload-level", NULL
};

/* A value of `system settings` with which policies do not decide as they are read. */
static const struct {
	const char *name, *value, *reason;
} doubts[] = {
	{ "opmode", "transparent", "interfaces are joined without routing" },
	{ "ngfw-mode", "policy-based", "policies ask for applications" },
	{ "central-nat", "enable", "addresses are translated" },
	{ "multicast-skip-policy", "enable", "multicast is forwarded without a policy" },
	{ "multicast-forward", "disable", "no multicast is forwarded" },
	{ "asymroute", "enable", "packets without a conversation are forwarded" },
	{ "asymroute6", "enable", "packets without a conversation are forwarded" },
	{ "asymroute-icmp", "enable", "packets without a conversation are forwarded" },
	{ "asymroute6-icmp", "enable", "packets without a conversation are forwarded" },
	{ "tcp-session-without-syn", "enable", "TCP begins without SYN" },
	{ "vdom-type", "lan-extension", "interfaces are joined without routing" },
	{ "status", "disable", "the VDOM forwards nothing" },
};

/* One of the two tables of policies counts, and this says which (6.2). */
static void consolidated_read(struct fos *fortios, struct fos_table *table)
{
	bool doubtful = false;
	bool on = fos_on(fortios, &table->own, "consolidated-firewall-mode", false, &doubtful);
	const struct fos_table *other = fos_table_find(
		fortios, table->vdom, on ? "firewall policy" : "firewall consolidated policy");

	if (other != NULL && other->first != NULL)
		fos_unknown(fortios, other->first->statement,
			    "`consolidated-firewall-mode` says that these policies do not count",
			    false);
}

static void settings_read(struct fos *fortios, struct fos_table *table)
{
	consolidated_read(fortios, table);
	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (fos_is(fortios, &table->own, doubts[i].name, doubts[i].value))
			fos_unknown(fortios,
					fos_get(fortios, &table->own, doubts[i].name)->statement,
					doubts[i].reason, false);
	fos_rest(fortios, &table->own, harmless_settings, false);
}

static void global_read(struct fos *fortios, struct fos_table *table)
{
	fos_word(fortios, &table->own, "allow-traffic-redirect", NULL);
	fos_word(fortios, &table->own, "ipv6-allow-traffic-redirect", NULL);
	fos_word(fortios, &table->own, "anti-replay", NULL); /* drops what is out of turn */
	fos_rest(fortios, &table->own, harmless_global, false);
}

/* ---- interfaces ---- */

static const char *const harmless_interface[] = {
	"type", "alias", "description", "role", "snmp-index", "mtu", "mtu-override", "speed",
	"allowaccess", "ip6-allowaccess", "interface", "vlanid", "vlan-protocol", "member",
	"lacp-*", "algorithm", "min-links*", "link-up-delay", "lldp-*", "device-identification*",
	"device-user-identification", "fortilink*", "switch-controller-*", "auto-auth-extension-device",
	"mode", "dhcp-*", "dhcp6-*", "defaultgw", "dns-server-*", "distance", "priority", "username",
	"password", "idle-timeout", "estimated-*", "inbandwidth", "outbandwidth", "egress-*",
	"ingress-*", "monitor-bandwidth", "macaddr", "color", "uuid", "ap-discover", "arpforward",
	"ndiscforward", "wins-ip", "icmp-send-redirect",
	"icmp-accept-redirect", "preserve-session-route", "src-check", "remote-ip", "management-ip",
	"detect*", "gwdetect", "ping-serv-status", "ha-priority", "fail-*", "fail*", "external",
	"sflow-*", "sample-*", "polling-interval", "netflow-sampler", "bfd*", "tcp-mss", "mediatype",
	"stp", "trunk", "subst*", "aggregate", "redundant-interface", "trust-ip*", "vrrp-*",
	"secondary-IP", "explicit-*", "proxy-captive-portal", "ip-managed-by-fortiipam",
	"cli-conn-status", "devindex", "weight", "internal", "ike-saml-server", "ipunnumbered",
	"swc-*", "ip6-*", "autoconf", "nd-*", "ra-send-mtu", "unique-autoconf-addr", "cli-*",
	"measured-*", "bandwidth-*", "auth-type", "pppoe-*", "pptp-*", "lcp-*", "service-name",
	"ac-name", "disc-retry-timeout", "padt-retry-timeout", "dedicated-to", "l2tp-client",
	"phy-mode", "forward-error-correction", "wifi-*", "vdom", "status", "ip", NULL
};

/* Captive portals, lists of hardware addresses, taps and other tables of routes. */
static void interface_read(struct fos *fortios, struct fos_entry *entry)
{
	for (struct fos_table *t = entry->tables; t != NULL; t = t->next)
		t->judged = true;
	fos_rest(fortios, entry, harmless_interface, false);
	for (struct fos_table *t = entry->tables; t != NULL; t = t->next) {
		fos_rest(fortios, &t->own, harmless_interface, false);
		for (struct fos_entry *e = t->first; e != NULL; e = e->next)
			interface_read(fortios, e);
	}
}

static void rest_read(struct fos *fortios)
{
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next) {
		if (strcmp(t->path, "system settings") == 0)
			settings_read(fortios, t);
		else if (strcmp(t->path, "system global") == 0)
			global_read(fortios, t);
		else if (strcmp(t->path, "system interface") == 0)
			for (struct fos_entry *e = t->first; e != NULL; e = e->next)
				interface_read(fortios, e);
	}
}

/* ---- the whole ---- */

static void fos_begin(struct fos *fortios)
{
	struct filter_activity always = {
		set_one(fortios->arena, (u128)fortios->input->at,
			(u128)(fortios->input->horizon - 1)),
		"always"
	};

	fortios->full_ports = set_one(fortios->arena, 0, UINT16_MAX);
	fortios->full_protocols = set_one(fortios->arena, 0, UINT8_MAX);
	for (int f = 0; f < FAMILY_COUNT; f++)
		fortios->all[f] = set_one(fortios->arena, 0, address_max((enum family)f));
	fortios->source_ports = fortios->full_ports;
	vec_push(&fortios->activities, always);
	fos_scan(fortios);
}

bool read_fortios(struct read_result *result, struct arena *arena,
		  const struct read_input *input, struct diags *diags)
{
	struct fos fortios = { .arena = arena, .input = input, .result = result,
				   .source = &input->files[0] };

	*result = (struct read_result){ 0 };
	fos_begin(&fortios);
	bool found = fos_grow(&fortios);
	if (found) {
		fos_default_ports(&fortios);
		fos_pairs(&fortios);
		fos_objects(&fortios);
		fos_all_services(&fortios);
		fos_schedules(&fortios);
		rest_read(&fortios);
		fos_leftovers(&fortios);
	} else {
		diag_add(diags, FINDING_SYNTAX, (struct span){ fortios.source, 1, 1, 1, 1 },
			 "this is not a FortiOS configuration: it has no `config` section");
	}
	fos_finish(&fortios);
	fos_release(&fortios);
	return found;
}
