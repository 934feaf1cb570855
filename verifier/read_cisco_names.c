/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for protocols, ports and ICMP messages: Cisco IOS Security Command
 * Reference, `permit (IP)` and `permit (IPv6)`; ASA CLI configuration guide,
 * "Addresses, Protocols, and Ports". */
#include "config.h"
#include "verifier/cisco.h"

#include <stdlib.h>
#include <string.h>

enum { TCP = 6, UDP = 17, BOTH = 0 };

struct word {
	const char *text;
	uint16_t number;
};

static const struct word protocols[] = {
	{ "ah", 51 },	 { "ahp", 51 },	  { "eigrp", 88 }, { "esp", 50 },    { "gre", 47 },
	{ "icmp", 1 },	 { "icmp6", 58 }, { "igmp", 2 },   { "igrp", 9 },    { "ipinip", 4 },
	{ "ipsec", 50 }, { "nos", 94 },	  { "ospf", 89 },  { "pcp", 108 },   { "pim", 103 },
	{ "pptp", 47 },	 { "sctp", 132 }, { "snp", 109 },  { "tcp", 6 },     { "udp", 17 },
};

bool cisco_protocol(const char *word, unsigned *protocol)
{
	uint32_t number;

	for (size_t i = 0; word != NULL && i < sizeof(protocols) / sizeof(*protocols); i++)
		if (cisco_same(protocols[i].text, word)) {
			*protocol = protocols[i].number;
			return true;
		}
	if (!cisco_number(word, UINT8_MAX, &number))
		return false;
	*protocol = number;
	return true;
}

/* ---- ports ---- */

struct port {
	const char *text;
	uint16_t number;
	uint8_t protocol; /* 0: of both */
};

static const struct port ports[] = {
	{ "aol", 5190, TCP },	    { "bgp", 179, TCP },	{ "biff", 512, UDP },
	{ "bootpc", 68, UDP },	    { "bootps", 67, UDP },	{ "chargen", 19, TCP },
	{ "cifs", 3020, BOTH },	    { "citrix-ica", 1494, TCP }, { "cmd", 514, TCP },
	{ "ctiqbe", 2748, TCP },    { "daytime", 13, TCP },	{ "discard", 9, BOTH },
	{ "dnsix", 195, UDP },	    { "domain", 53, BOTH },	{ "drip", 3949, TCP },
	{ "echo", 7, BOTH },	    { "exec", 512, TCP },	{ "finger", 79, TCP },
	{ "ftp", 21, TCP },	    { "ftp-data", 20, TCP },	{ "gopher", 70, TCP },
	{ "h323", 1720, TCP },	    { "hostname", 101, TCP },	{ "http", 80, BOTH },
	{ "https", 443, TCP },	    { "ident", 113, TCP },	{ "imap4", 143, TCP },
	{ "irc", 194, TCP },	    { "isakmp", 500, UDP },	{ "klogin", 543, TCP },
	{ "kshell", 544, TCP },	    { "ldap", 389, TCP },	{ "ldaps", 636, TCP },
	{ "login", 513, TCP },	    { "lotusnotes", 1352, TCP }, { "lpd", 515, TCP },
	{ "mobile-ip", 434, UDP },  { "msrpc", 135, TCP },	{ "nameserver", 42, UDP },
	{ "netbios-dgm", 138, UDP }, { "netbios-ns", 137, UDP }, { "netbios-ss", 139, UDP },
	{ "netbios-ssn", 139, TCP }, { "nfs", 2049, BOTH },	{ "nntp", 119, TCP },
	{ "non500-isakmp", 4500, UDP }, { "ntp", 123, UDP },	{ "onep-plain", 15001, TCP },
	{ "onep-tls", 15002, TCP }, { "pcanywhere-data", 5631, TCP },
	{ "pcanywhere-status", 5632, UDP }, { "pim-auto-rp", 496, BOTH },
	{ "pop2", 109, TCP },	    { "pop3", 110, TCP },	{ "pptp", 1723, TCP },
	{ "radius", 1645, UDP },    { "radius-acct", 1646, UDP }, { "rip", 520, UDP },
	{ "ripv6", 521, UDP },	    { "rsh", 514, TCP },	{ "rtsp", 554, BOTH },
	{ "secureid-udp", 5510, UDP }, { "sip", 5060, BOTH },	{ "smtp", 25, TCP },
	{ "snmp", 161, UDP },	    { "snmptrap", 162, UDP },	{ "sqlnet", 1521, TCP },
	{ "ssh", 22, TCP },	    { "sunrpc", 111, BOTH },	{ "syslog", 514, BOTH },
	{ "tacacs", 49, BOTH },	    { "tacacs-ds", 49, BOTH },	{ "talk", 517, BOTH },
	{ "telnet", 23, TCP },	    { "tftp", 69, UDP },	{ "time", 37, BOTH },
	{ "uucp", 540, TCP },	    { "vxlan", 4789, UDP },	{ "who", 513, UDP },
	{ "whois", 43, TCP },	    { "www", 80, BOTH },	{ "xdmcp", 177, UDP },
};

static int port_order(const void *key, const void *member)
{
	return strcmp(key, ((const struct port *)member)->text);
}

bool cisco_port(unsigned protocol, const char *word, uint32_t *port)
{
	if (word == NULL)
		return false;
	if (cisco_number(word, UINT16_MAX, port))
		return true;
	const struct port *found = bsearch(word, ports, sizeof(ports) / sizeof(*ports),
					   sizeof(*ports), port_order);
	bool known = found != NULL && (found->protocol == BOTH || protocol == BOTH ||
				       found->protocol == protocol);
	if (known)
		*port = found->number;
	return known;
}

/* ---- ICMP ---- */

struct message {
	const char *text;
	int16_t type, code; /* -1: any */
};

static const struct message messages_four[] = {
	{ "administratively-prohibited", 3, 13 }, { "alternate-address", 6, -1 },
	{ "conversion-error", 31, -1 },		  { "dod-host-prohibited", 3, 10 },
	{ "dod-net-prohibited", 3, 9 },		  { "echo", 8, -1 },
	{ "echo-reply", 0, -1 },		  { "general-parameter-problem", 12, 0 },
	{ "host-isolated", 3, 8 },		  { "host-precedence-unreachable", 3, 14 },
	{ "host-redirect", 5, 1 },		  { "host-tos-redirect", 5, 3 },
	{ "host-tos-unreachable", 3, 12 },	  { "host-unknown", 3, 7 },
	{ "host-unreachable", 3, 1 },		  { "information-reply", 16, -1 },
	{ "information-request", 15, -1 },	  { "mask-reply", 18, -1 },
	{ "mask-request", 17, -1 },		  { "mobile-redirect", 32, -1 },
	{ "net-redirect", 5, 0 },		  { "net-tos-redirect", 5, 2 },
	{ "net-tos-unreachable", 3, 11 },	  { "net-unreachable", 3, 0 },
	{ "network-unknown", 3, 6 },		  { "no-room-for-option", 12, 2 },
	{ "option-missing", 12, 1 },		  { "packet-too-big", 3, 4 },
	{ "parameter-problem", 12, -1 },	  { "port-unreachable", 3, 3 },
	{ "precedence-unreachable", 3, 15 },	  { "protocol-unreachable", 3, 2 },
	{ "reassembly-timeout", 11, 1 },	  { "redirect", 5, -1 },
	{ "router-advertisement", 9, -1 },	  { "router-solicitation", 10, -1 },
	{ "source-quench", 4, -1 },		  { "source-route-failed", 3, 5 },
	{ "time-exceeded", 11, -1 },		  { "timestamp-reply", 14, -1 },
	{ "timestamp-request", 13, -1 },	  { "traceroute", 30, -1 },
	{ "ttl-exceeded", 11, 0 },		  { "unreachable", 3, -1 },
};

static const struct message messages_six[] = {
	{ "beyond-scope", 1, 2 },	    { "destination-unreachable", 1, 3 },
	{ "echo", 128, -1 },		    { "echo-reply", 129, -1 },
	{ "echo-request", 128, -1 },	    { "header", 4, 0 },
	{ "hop-limit", 3, 0 },		    { "membership-query", 130, -1 },
	{ "membership-reduction", 132, -1 }, { "membership-report", 131, -1 },
	{ "mld-query", 130, -1 },	    { "mld-reduction", 132, -1 },
	{ "mld-report", 131, -1 },	    { "mldv2", 143, -1 },
	{ "nd-na", 136, -1 },		    { "nd-ns", 135, -1 },
	{ "neighbor-advertisement", 136, -1 }, { "neighbor-redirect", 137, -1 },
	{ "neighbor-solicitation", 135, -1 }, { "next-header", 4, 1 },
	{ "no-admin", 1, 1 },		    { "no-route", 1, 0 },
	{ "packet-too-big", 2, -1 },	    { "parameter-option", 4, 2 },
	{ "parameter-problem", 4, -1 },	    { "port-unreachable", 1, 4 },
	{ "reassembly-timeout", 3, 1 },	    { "redirect", 137, -1 },
	{ "renum-command", 138, 0 },	    { "renum-result", 138, 1 },
	{ "renum-seq-number", 138, 255 },   { "router-advertisement", 134, -1 },
	{ "router-renumbering", 138, -1 },  { "router-solicitation", 133, -1 },
	{ "time-exceeded", 3, -1 },	    { "unreachable", 1, -1 },
};

bool cisco_icmp(enum family family, const char *word, int *type, int *code)
{
	bool four = family == FAMILY_IPV4;
	const struct message *table = four ? messages_four : messages_six;
	size_t count = four ? sizeof(messages_four) / sizeof(*messages_four) :
			      sizeof(messages_six) / sizeof(*messages_six);
	uint32_t number;

	*code = -1;
	if (cisco_number(word, UINT8_MAX, &number)) {
		*type = (int)number;
		return true;
	}
	for (size_t i = 0; word != NULL && i < count; i++)
		if (cisco_same(table[i].text, word)) {
			*type = table[i].type;
			*code = table[i].code;
			return true;
		}
	return false;
}
