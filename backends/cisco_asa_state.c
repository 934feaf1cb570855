/* SPDX-License-Identifier: Apache-2.0
 *
 * What an ASA lets through beside its lists. Without inspection an ICMP answer is a
 * packet of its own, and errors about other protocols are dropped; between interfaces
 * of one level, and back by the same one, nothing passes unless the device is told so
 * (ASA CLI configuration guide, "Inspection of Basic Internet Protocols" and
 * "Allowing Same Security Level Communication"). */
#include "config.h"
#include "backends/cisco_asa.h"

#include <string.h>

#define CLASS "class inspection_default"

static const char *const inspections[] = { "inspect icmp", "inspect icmp error" };

/* The way back forgets the inspections that were not there, and no others. */
static void state_back(struct asa *asa, const char *policy)
{
	struct cisco_change *change = &asa->change;
	const char *head = arena_printf(asa->arena, "policy-map %s", policy);
	bool there[] = { false, false };

	for (size_t i = 0; i < 2; i++)
		there[i] = cisco_previous_holds(change->previous, head, CLASS, inspections[i]);
	if (there[0] && there[1])
		return;
	strbuf_printf(&change->back_new_objects, "%s\n " CLASS "\n", head);
	for (size_t i = 0; i < 2; i++)
		if (!there[i])
			strbuf_printf(&change->back_new_objects, "  no %s\n", inspections[i]);
}

static bool has_hairpin(const struct filter *filter)
{
	for (size_t i = 0; i < filter->pair_count; i++)
		if (strcmp(filter->pairs[i].in, filter->pairs[i].out) == 0)
			return true;
	return false;
}

void asa_print_state(struct asa *asa, struct strbuf *text)
{
	struct cisco_change *change = &asa->change;
	const char *policy = cisco_previous_take(change->previous, asa->arena, NULL,
						 "service-policy", "global");
	bool applied = policy != NULL;

	if (!applied)
		policy = "global_policy";
	cisco_change_command(change, text, "same-security-traffic permit inter-interface");
	if (has_hairpin(asa->filter))
		cisco_change_command(change, text,
				     "same-security-traffic permit intra-interface");
	strbuf_printf(text,
		      "class-map inspection_default\n match default-inspection-traffic\n"
		      "policy-map %s\n " CLASS "\n  %s\n  %s\nservice-policy %s global\n",
		      policy, inspections[0], inspections[1], policy);
	if (!applied)
		strbuf_printf(&change->back_new_objects, "no service-policy %s global\n", policy);
	state_back(asa, policy);
}
