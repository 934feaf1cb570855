/* SPDX-License-Identifier: Apache-2.0
 *
 * Logged denies that are gone, also where nothing opens by it: the flows that each
 * policy denies with a log are compared as if they were all that it allows. */
#include "config.h"
#include "compiler/diff_log.h"

static bool log_is(const struct rule *rule)
{
	return !rule->allow && rule->log;
}

/* The model with its logged denies alone, turned into allows. */
static struct model log_model(struct arena *arena, const struct model *model)
{
	struct model logs = *model;
	struct rule *rules = arena_array(arena, model->rule_count + 1, sizeof(*rules));

	logs.rule_count = logs.assertion_count = 0;
	for (size_t i = 0; i < model->rule_count; i++) {
		if (!log_is(&model->rules[i]))
			continue;
		struct rule *rule = &rules[logs.rule_count];
		*rule = model->rules[i];
		rule->allow = true;
		rule->index = (uint32_t)logs.rule_count++;
	}
	logs.rules = rules;
	return logs;
}

/* `lost`: by the index of a rule of the old logs. */
static void log_region(void *lost, const struct diff_region *region)
{
	if (region->kind == DIFF_CLOSED && region->rule[DIFF_OLD] != NULL)
		((bool *)lost)[region->rule[DIFF_OLD]->index] = true;
}

void diff_logs_lost(struct diff_lost_logs *lost, struct arena *arena,
		    const struct model *const models[DIFF_SIDES], int64_t at)
{
	struct model logs[DIFF_SIDES] = { log_model(arena, models[DIFF_OLD]),
					  log_model(arena, models[DIFF_NEW]) };
	const struct model *const compared[] = { &logs[DIFF_OLD], &logs[DIFF_NEW] };
	struct diff_space space;
	size_t count = logs[DIFF_OLD].rule_count, n = 0;

	if (count == 0)
		return;
	bool *gone = arena_array(arena, count, sizeof(*gone));
	diff_space_init(&space, arena, compared, at);
	diff_space_compare(&space, 0, log_region, gone);
	diff_space_release(&space);
	for (size_t i = 0; i < models[DIFF_OLD]->rule_count; i++)
		if (log_is(&models[DIFF_OLD]->rules[i]) && gone[n++])
			vec_push(lost, &models[DIFF_OLD]->rules[i]);
}
