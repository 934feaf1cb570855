/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device is asked for beyond forwarding: what is not enforced is an
 * error, never passed over. */
#include "config.h"
#include "compiler/place.h"

static bool place_refuse(struct diags *diags, const struct device *device, struct span where,
			 const char *what)
{
	struct diag *diag = diag_add(diags, FINDING_UNSUPPORTED_DEVICE, where,
				     "device %s: no configuration enforces `%s`", device->name, what);

	diag->subject = device->name;
	return false;
}

bool place_check_device(const struct device *device, struct diags *diags)
{
	const struct tree_device *tree = device->tree;
	bool accepted = true;

	if (tree->inspect_operations)
		accepted = place_refuse(diags, device, tree->inspect_where, "inspect operations");
	return accepted;
}

static bool place_has_stations(const struct rule *rule)
{
	for (size_t i = 0; i < rule->match_count; i++)
		if (rule->matches[i].ethertype_rule)
			return true;
	return false;
}

/* A routed device carries IP alone. */
void place_explain_stations(struct place *place)
{
	for (size_t i = 0; i < place->rule_count; i++) {
		const struct rule *rule = place->rules[i].rule;
		if (rule->allow && !rule->implicit && place_has_stations(rule))
			place_remainder(place, "ethertype", rule,
					arena_printf(place->arena,
						     "a routed device carries IP alone: the "
						     "ethertypes of '%s' do not cross it",
						     rule->label));
	}
}
