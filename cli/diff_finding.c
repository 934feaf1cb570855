/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings and answers of asserts that are not the same in both policies. A
 * finding is known by its name, what it is about and what it says, wherever it
 * stands; an assert by its `id` or its text. */
#include "config.h"
#include "cli/diff.h"
#include "compiler/diff_log.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/memory.h"

/* ---- findings ---- */

struct known_finding {
	size_t count; /* in the policy that was read first */
	UT_hash_handle hh;
	char key[];
};

static char *finding_key(struct arena *arena, const struct diag *diag)
{
	return arena_printf(arena, "%d|%s|%s|%s|%s", diag->id, diag->subject ? diag->subject : "",
			    diag->about ? diag->about : "", diag->message,
			    diag->accepted != NULL ? "accepted" : "");
}

static void known_count(struct known_finding **table, struct arena *arena,
			const struct diag *diag)
{
	char *key = finding_key(arena, diag);
	size_t length = strlen(key);
	struct known_finding *known;

	HASH_FIND(hh, *table, key, length, known);
	if (known == NULL) {
		known = arena_alloc(arena, sizeof(*known) + length + 1);
		memcpy(known->key, key, length + 1);
		HASH_ADD_KEYPTR(hh, *table, known->key, length, known);
	}
	known->count++;
}

/* Those of one policy that the other has not. Accepted ones do not count. */
static void findings_only(struct diff_run *run, enum diff_side side)
{
	const struct diags *mine = &run->policy[side].diags, *others = &run->policy[!side].diags;
	struct known_finding *table = NULL, *known;

	for (size_t i = 0; i < others->len; i++)
		known_count(&table, &run->arena, others->list[i]);
	for (size_t i = 0; i < mine->len; i++) {
		char *key = finding_key(&run->arena, mine->list[i]);
		HASH_FIND_STR(table, key, known);
		if (known != NULL && known->count > 0)
			known->count--;
		else if (mine->list[i]->accepted == NULL)
			vec_push(&run->findings, ((struct diff_finding){ mine->list[i], side }));
	}
	HASH_CLEAR(hh, table);
}

static bool texts_equal(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* The same finding about the same thing, in other words: it names rules that are
 * written in another way. */
static bool finding_is_reworded(const struct diff_finding *a, const struct diff_finding *b)
{
	return a->side != b->side && a->diag->id == b->diag->id &&
	       texts_equal(a->diag->subject, b->diag->subject) &&
	       texts_equal(a->diag->about, b->diag->about);
}

static void finding_drop(struct diff_run *run, size_t i)
{
	run->findings.len--;
	memmove(&run->findings.data[i], &run->findings.data[i + 1],
		(run->findings.len - i) * sizeof(*run->findings.data));
}

/* Where no flow changes, what one went and came of is no news. Quadratic in findings
 * that only one of the policies has, and of these a refactoring makes few. */
static void findings_pair(struct diff_run *run)
{
	for (size_t i = 0; i < run->findings.len; i++)
		for (size_t k = i + 1; k < run->findings.len; k++)
			if (finding_is_reworded(&run->findings.data[i], &run->findings.data[k])) {
				finding_drop(run, k);
				finding_drop(run, i--);
				break;
			}
}

/* A rule of the other policy that says the same but for its modifiers, or NULL. */
static const struct rule *rule_alike(const struct model *model, const struct rule *rule)
{
	for (size_t i = 0; i < model->rule_count; i++)
		if (strcmp(model->rules[i].label, rule->label) == 0)
			return &model->rules[i];
	return NULL;
}

/* At the deny without its log, if it stands, else where it stood. */
static void findings_of_logs(struct diff_run *run)
{
	const struct model *const models[] = { &run->policy[DIFF_OLD].model,
					       &run->policy[DIFF_NEW].model };
	struct diff_lost_logs lost = VEC_INIT;

	diff_logs_lost(&lost, &run->arena, models, run->policy[DIFF_NEW].at);
	for (size_t i = 0; i < lost.len; i++) {
		const struct rule *rule = lost.data[i], *now = rule_alike(models[DIFF_NEW], rule);
		struct diag *diag = diag_add(&run->policy[DIFF_NEW].diags,
					     FINDING_LOGGED_DENY_REMOVED,
					     now != NULL ? now->where : rule->where,
					     "what '%s' denied with a log is not logged any more",
					     rule->label);
		vec_push(&run->findings, ((struct diff_finding){ diag, DIFF_NEW }));
	}
	vec_free(&lost);
}

void diff_find_findings(struct diff_run *run)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		diags_sort(&run->policy[side].diags);
	findings_only(run, DIFF_NEW);
	findings_only(run, DIFF_OLD);
	if (run->diff.verdict == DIFF_SAME)
		findings_pair(run);
	findings_of_logs(run);
}

/* ---- asserts ---- */

const char *diff_answer_name(enum diff_answer answer)
{
	static const char *const names[] = { "absent", "holds", "not-enforced", "fails",
					     "undecided" };

	return names[answer];
}

static bool span_equal(const struct span *a, const struct span *b)
{
	return a->source == b->source && a->line == b->line && a->column == b->column;
}

static enum diff_answer assert_answer(const struct policy *policy,
				      const struct assertion *assertion)
{
	enum diff_answer answer = ANSWER_HOLDS;

	for (size_t i = 0; i < policy->diags.len; i++) {
		const struct diag *diag = policy->diags.list[i];
		if (!span_equal(&diag->where, &assertion->tree->where))
			continue;
		if (diag->id == FINDING_ASSERT_FAILED)
			return ANSWER_FAILS;
		if (diag->id == FINDING_ASSERT_UNDECIDED || diag->id == FINDING_EMPTY_SIDE)
			return ANSWER_UNDECIDED;
		if (diag->id == FINDING_ASSERT_NOT_ENFORCED)
			answer = ANSWER_NOT_ENFORCED;
	}
	return answer;
}

struct known_assert {
	struct diff_assert told;
	const char *key;
	UT_hash_handle hh;
};

static const char *assert_key(struct diff_run *run, const struct assertion *assertion,
			      const char *text)
{
	const struct tree_name *id = assertion->tree->modifiers.id;

	return id != NULL ? arena_printf(&run->arena, "id %s", id->text) : text;
}

static void assert_take(struct diff_run *run, struct known_assert **table,
			struct source_lines *lines, enum diff_side side, size_t i)
{
	const struct assertion *assertion = &run->policy[side].model.assertions[i];
	const char *text = policy_span_text(&run->arena, lines, assertion->tree->where);
	const char *key = assert_key(run, assertion, text);
	struct known_assert *known;

	HASH_FIND_STR(*table, key, known);
	if (known == NULL) {
		known = arena_alloc(&run->arena, sizeof(*known));
		known->key = key;
		HASH_ADD_KEYPTR(hh, *table, known->key, strlen(key), known);
	}
	known->told.text = text;
	known->told.where[side] = assertion->tree->where;
	known->told.answer[side] = assert_answer(&run->policy[side], assertion);
}

void diff_find_asserts(struct diff_run *run)
{
	struct known_assert *table = NULL, *known, *next;
	struct source_lines lines = { NULL };

	for (int side = DIFF_NEW; side >= DIFF_OLD; side--)
		for (size_t i = 0; i < run->policy[side].model.assertion_count; i++)
			assert_take(run, &table, &lines, (enum diff_side)side, i);
	HASH_ITER(hh, table, known, next)
		if (known->told.answer[DIFF_OLD] != known->told.answer[DIFF_NEW])
			vec_push(&run->asserts, known->told);
	HASH_CLEAR(hh, table);
	source_lines_release(&lines);
}
