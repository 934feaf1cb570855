/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of control-plane protocols, each from its specification. */
#include "config.h"
#include "compiler/routing.h"

#include <string.h>

enum { IGMP = 2, TCP = 6, UDP = 17, EIGRP = 88, OSPF = 89, PIM = 103, VRRP = 112 };

static const struct routing table[] = {
	{ "bfd", UDP, { 3784, 4784 }, { NULL }, true, "RFC 5881, section 4; RFC 5883, section 5" },
	{ "bgp", TCP, { 179 }, { NULL }, true, "RFC 4271, section 8.2.1" },
	{ "eigrp", EIGRP, { 0 }, { "224.0.0.10", "ff02::a" }, true, "RFC 7868, section 6.1" },
	{ "hsrp", UDP, { 1985 }, { "224.0.0.2", "224.0.0.102" }, false, "RFC 2281, section 5" },
	{ "hsrp", UDP, { 2029 }, { "ff02::66" }, false, "RFC 2281 and IANA's registry of ports" },
	{ "igmp", IGMP, { 0 }, { "224.0.0.1", "224.0.0.2", "224.0.0.22" }, true,
	  "RFC 3376, section 4" },
	{ "ldp", UDP, { 646 }, { "224.0.0.2", "ff02::2" }, true, "RFC 5036, section 2.4" },
	{ "ldp", TCP, { 646 }, { NULL }, true, "RFC 5036, section 2.5.2" },
	{ "ospf", OSPF, { 0 }, { "224.0.0.5", "224.0.0.6" }, true, "RFC 2328, appendix A.1" },
	{ "ospf", OSPF, { 0 }, { "ff02::5", "ff02::6" }, true, "RFC 5340, appendix A.1" },
	{ "pim", PIM, { 0 }, { "224.0.0.13", "ff02::d" }, true, "RFC 7761, section 4.9" },
	{ "rip", UDP, { 520 }, { "224.0.0.9" }, true, "RFC 2453, section 4" },
	{ "ripng", UDP, { 521 }, { "ff02::9" }, true, "RFC 2080, section 2.1" },
	{ "vrrp", VRRP, { 0 }, { "224.0.0.18", "ff02::12" }, false, "RFC 9568, section 5.1" },
};

const struct routing *routing_all(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

bool routing_known(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0)
			return true;
	return false;
}
