/* SPDX-License-Identifier: Apache-2.0
 *
 * Session helpers. One lets in what a conversation announces (the data of FTP, the
 * media of SIP), whatever policies say of it. It follows what a policy accepts on its
 * port, unless the service switches it off or names another. A VDOM that lists none
 * has those of the factory (the default configuration of FortiOS 6.4.4), and SIP has a
 * gateway of its own unless `default-voip-alg-mode` says otherwise (Administration
 * Guide, "VoIP solutions"). Those of DNS let nothing in: they end a conversation. */
#include "config.h"
#include "verifier/fortios.h"

#include <netinet/in.h>
#include <string.h>

struct helper {
	const char *name;
	uint32_t protocol, port;
};

static const struct helper factory[] = {
	{ "pptp", IPPROTO_TCP, 1723 },	{ "h323", IPPROTO_TCP, 1720 },
	{ "ras", IPPROTO_UDP, 1719 },	{ "tns", IPPROTO_TCP, 1521 },
	{ "tftp", IPPROTO_UDP, 69 },	{ "rtsp", IPPROTO_TCP, 554 },
	{ "rtsp", IPPROTO_TCP, 7070 },	{ "rtsp", IPPROTO_TCP, 8554 },
	{ "ftp", IPPROTO_TCP, 21 },	{ "mms", IPPROTO_TCP, 1863 },
	{ "pmap", IPPROTO_TCP, 111 },	{ "pmap", IPPROTO_UDP, 111 },
	{ "sip", IPPROTO_UDP, 5060 },	{ "rsh", IPPROTO_TCP, 514 },
	{ "rsh", IPPROTO_TCP, 512 },	{ "dcerpc", IPPROTO_TCP, 135 },
	{ "dcerpc", IPPROTO_UDP, 135 }, { "mgcp", IPPROTO_UDP, 2427 },
	{ "mgcp", IPPROTO_UDP, 2727 },
};

static const struct helper gateway[] = { { "sip", IPPROTO_TCP, 5060 },
					 { "sip", IPPROTO_UDP, 5060 } };

static bool policy_is_helped(const struct fos_policy *policy, const struct helper *helper)
{
	for (size_t i = 0; i < policy->helped.len; i++)
		if (set_contains(policy->helped.data[i].protocols, helper->protocol) &&
		    set_contains(policy->helped.data[i].dst, helper->port))
			return true;
	return false;
}

/* The first policy that it follows; NULL: none. */
static const struct fos_policy *helped_by(const struct fos_vdom *vdom,
					  const struct helper *helper)
{
	for (size_t i = 0; i < vdom->through.len; i++)
		if (policy_is_helped(&vdom->through.data[i], helper))
			return &vdom->through.data[i];
	return NULL;
}

static void helpers_unlisted(const struct fos_vdom *vdom, const struct helper *list,
			     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct fos_policy *policy = helped_by(vdom, &list[i]);
		if (policy != NULL)
			fos_unknown(vdom->fortios, policy->statement,
				    arena_printf(vdom->fortios->arena,
						 "the session helper `%s` of the factory follows "
						 "it: " FOS_HELPED,
						 list[i].name),
				    false);
	}
}

static void helpers_listed(const struct fos_vdom *vdom, struct fos_table *table)
{
	static const char *const harmless[] = { "uuid", NULL };
	struct fos *fortios = vdom->fortios;

	for (struct fos_entry *e = table->first; e != NULL; e = e->next) {
		struct helper helper = { .name = fos_word(fortios, e, "name", "") };
		bool plain = fos_number(fos_word(fortios, e, "protocol", ""), UINT8_MAX,
					&helper.protocol) &&
			     fos_number(fos_word(fortios, e, "port", ""), UINT16_MAX,
					&helper.port);
		fos_rest(fortios, e, harmless, false);
		if (!plain)
			fos_unknown(fortios, e->statement, "its port is not understood", false);
		else if (strncmp(helper.name, "dns", 3) != 0 && helped_by(vdom, &helper) != NULL)
			fos_unknown(fortios, e->statement, FOS_HELPED, false);
	}
}

void fos_helpers(const struct fos_vdom *vdom)
{
	struct fos *fortios = vdom->fortios;
	struct fos_table *table =
		fos_table_find(fortios, vdom->name, "system session-helper");
	struct fos_table *settings = fos_table_find(fortios, vdom->name, "system settings");

	if (table != NULL)
		helpers_listed(vdom, table);
	else
		helpers_unlisted(vdom, factory, sizeof(factory) / sizeof(factory[0]));
	if (settings == NULL ||
	    !fos_is(fortios, &settings->own, "default-voip-alg-mode", "kernel-helper-based"))
		helpers_unlisted(vdom, gateway, sizeof(gateway) / sizeof(gateway[0]));
}
