/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounds of silence, and their breach in words. */
#include "config.h"
#include "verifier/silence.h"

#include <inttypes.h>

uint32_t silence_least(const struct model *model)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < model->rule_count; i++) {
		const struct rule *rule = &model->rules[i];
		for (size_t k = 0; rule->allow && k < rule->match_count; k++) {
			uint32_t seconds = rule->matches[k].idle_seconds;
			if (seconds != 0 && seconds < least)
				least = seconds;
		}
	}
	return least;
}

static void silence_visit(void *context, const struct rule *rule, const struct match *match,
			  bool active)
{
	struct silence_bound *bound = context;
	bool first = bound->rule == NULL || rule->index < bound->rule->index;

	if (!rule->allow || !active || match->idle_seconds == 0)
		return;
	if (match->idle_seconds > bound->seconds ||
	    (match->idle_seconds == bound->seconds && first))
		*bound = (struct silence_bound){ rule, match->idle_seconds };
}

struct silence_bound silence_broken(const struct flow_index *index, const struct flow *flow,
				    uint32_t silence)
{
	struct silence_bound bound = { NULL, 0 };

	flow_rules_visit(index, flow, silence_visit, &bound);
	return silence > bound.seconds ? bound : (struct silence_bound){ NULL, 0 };
}

/* "9 h 10 min": without the units of which there are none. */
static const char *silence_words(uint32_t seconds, struct arena *arena)
{
	static const struct { uint32_t seconds; const char *name; } units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	const char *words = "";

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint32_t count = seconds / units[i].seconds;
		seconds %= units[i].seconds;
		if (count != 0)
			words = arena_printf(arena, "%s%s%" PRIu32 " %s", words,
					     *words != '\0' ? " " : "", count, units[i].name);
	}
	return words;
}

struct nearest silence_nearest(const struct silence_bound *bound, uint32_t silence,
			       struct arena *arena)
{
	return (struct nearest){
		.rule = bound->rule,
		.where = bound->rule->where,
		.reason = arena_printf(
			arena,
			"silent for %s, this rule lets its conversations be silent for %s",
			silence_words(silence, arena), silence_words(bound->seconds, arena)),
	};
}
