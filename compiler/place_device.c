/* SPDX-License-Identifier: Apache-2.0
 *
 * What a routed device has no part in. */
#include "config.h"
#include "compiler/place.h"

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
