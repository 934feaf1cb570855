/* SPDX-License-Identifier: Apache-2.0
 *
 * Each list of a pair of interfaces is swept twice (compiler/sweep.h). In a
 * region that one entry holds and that none before it meets, the entry decides;
 * those behind it are covered there. An entry is needed if somewhere, where it
 * decides, what comes behind it would decide otherwise. What is found about
 * entries is put together by line: a line is dead only if all entries that come
 * of it are. */
#include "config.h"
#include "verifier/analyse.h"

#include <string.h>

#include <uthash.h>

#include "compiler/sweep.h"

enum { BEHIND_KEPT = 64 };

/* What is known of one line of the configuration. */
struct line {
	struct {
		const struct source *source;
		uint32_t line;
	} key;
	struct span where;
	bool decides, needed, any, opposed;
	bool otherwise;                         /* the default of a list */
	struct span covers[ANALYSE_OTHERS];     /* earlier lines that decide for it */
	size_t cover_count;
	struct span correlates[ANALYSE_OTHERS];
	size_t correlate_count;
	UT_hash_handle hh;
};

struct analyse_run {
	struct arena *arena;
	const struct filter *filter;
	struct activity_cells cells;
	struct line *lines;
	enum family family;
	/* of the list at hand */
	const struct filter_entry *entries;
	VEC(struct space_rule) rules;
	struct line **line;  /* by entry */
	bool *decides;       /* by entry: it decides somewhere */
	bool *opposed;       /* by entry: somewhere an earlier one decides otherwise */
	bool only_list;      /* the pair has no other that must allow, too */
	bool keep_all;       /* an entry is uncertain: nothing is redundant beside it */
	bool complete;
	struct seen *seen;   /* lists that were analysed */
};

static struct line *line_of(struct analyse_run *run, const struct filter_entry *entry)
{
	struct line *line, key;

	memset(&key, 0, sizeof(key)); /* hashed whole, gaps too */
	key.key.source = entry->where.source;
	key.key.line = entry->where.line;
	HASH_FIND(hh, run->lines, &key.key, sizeof(key.key), line);
	if (line != NULL)
		return line;
	line = arena_alloc(run->arena, sizeof(*line));
	memcpy(&line->key, &key.key, sizeof(key.key));
	line->where = entry->where;
	HASH_ADD(hh, run->lines, key, sizeof(line->key), line);
	return line;
}

static bool span_is(const struct span *a, const struct span *b)
{
	return a->source == b->source && a->line == b->line;
}

static void spans_add(struct span *spans, size_t *count, struct span span)
{
	for (size_t i = 0; i < *count; i++)
		if (span_is(&spans[i], &span))
			return;
	if (*count < ANALYSE_OTHERS)
		spans[(*count)++] = span;
}

/* ---- the sweep ---- */

static const struct space_rule *item_rule(const struct sweep *sweep, uint32_t item)
{
	return sweep->items.data[item].rule;
}

static bool rule_within(const struct space_rule *inner, const struct space_rule *outer)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (!set_is_subset(inner->field[f], outer->field[f]))
			return false;
	return true;
}

/* `first` decides where `behind` would match, too. */
static void run_covered(struct analyse_run *run, const struct space_rule *first,
			const struct space_rule *behind)
{
	struct line *by = run->line[first->id], *line = run->line[behind->id];

	run->opposed[behind->id] |= first->allow != behind->allow;
	if (by == line)
		return;
	spans_add(line->covers, &line->cover_count, by->where);
	if (first->allow == behind->allow)
		return;
	line->opposed = true;
	if (line->correlate_count < ANALYSE_OTHERS && !rule_within(first, behind) &&
	    !rule_within(behind, first))
		spans_add(line->correlates, &line->correlate_count, by->where);
}

/* How many items can decide from `from` on: up to the first that holds all. */
static size_t items_deciding(const struct sweep *sweep, const uint32_t *items, size_t from,
			     size_t len, unsigned field)
{
	for (size_t i = from; i < len; i++)
		if (sweep->items.data[items[i]].depth <= field)
			return i + 1;
	return len;
}

/* The first item holds the region: it decides, and covers those behind. */
static size_t judge_decided(struct sweep *sweep, uint32_t *items, size_t len)
{
	struct analyse_run *run = sweep->context;
	const struct space_rule *first = item_rule(sweep, items[0]);

	run->decides[first->id] = true;
	for (size_t i = 1; i < len; i++)
		run_covered(run, first, item_rule(sweep, items[i]));
	return 0;
}

static size_t judge(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	struct analyse_run *run = sweep->context;
	size_t end = items_deciding(sweep, items, 0, len, field);

	if (len == 0)
		return 0;
	if (end == 1 && sweep->items.data[items[0]].depth <= field)
		return judge_decided(sweep, items, len);
	if (len - end <= BEHIND_KEPT)
		return len;
	/* Too many to follow: that one holds all of them here is enough to know. */
	for (size_t i = end; i < len; i++)
		run_covered(run, item_rule(sweep, items[end - 1]), item_rule(sweep, items[i]));
	return end;
}

/* What comes behind the entry that decides: all the same, all otherwise, or both.
 * To meet the default is to be decided otherwise: a last deny says what it says
 * on purpose. */
static void items_verdicts(const struct sweep *sweep, const uint32_t *items, size_t len,
			   unsigned field, bool allow, bool can[2])
{
	size_t end = items_deciding(sweep, items, 1, len, field);

	can[false] = can[true] = false;
	for (size_t i = 1; i < end; i++)
		can[item_rule(sweep, items[i])->allow] = true;
	if (end == 1 || sweep->items.data[items[end - 1]].depth > field)
		can[!allow] = true;
}

/* The second sweep: is each entry needed? Beside it stand those that decide
 * something, and those that would decide otherwise were it not there. */
static size_t judge_needed(struct sweep *sweep, uint32_t *items, size_t len, unsigned field)
{
	struct analyse_run *run = sweep->context;
	size_t end = items_deciding(sweep, items, 0, len, field);
	bool can[2];

	if (len == 0)
		return 0;
	if (end != 1 || sweep->items.data[items[0]].depth > field)
		return items_deciding(sweep, items, end, len, field);
	const struct space_rule *first = item_rule(sweep, items[0]);
	struct line *line = run->line[first->id];
	if (line->needed)
		return 0;
	items_verdicts(sweep, items, len, field, first->allow, can);
	if (!can[first->allow])
		line->needed = true;
	if (!can[!first->allow] || line->needed)
		return 0;
	return items_deciding(sweep, items, 1, len, field);
}

/* ---- lists ---- */

/* A list that was analysed, by what it is made of. */
struct seen {
	uint64_t hash;
	UT_hash_handle hh;
};

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t entry_hash(uint64_t hash, const struct filter_entry *entry)
{
	const struct set *const sets[] = {
		entry->source.family[0], entry->source.family[1],
		entry->destination.family[0], entry->destination.family[1],
		entry->protocols, entry->src_ports, entry->dst_ports,
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		hash = hash_word(hash, set_hash(sets[i]));
	hash = hash_word(hash, entry->where.line);
	hash = hash_word(hash, entry->payload);
	return hash_word(hash, (uint64_t)entry->activity << 2 | (uint64_t)entry->allow << 1 |
				       (uint64_t)entry->uncertain);
}

/* Many pairs of interfaces have the same list; once is enough. */
static bool list_is_new(struct analyse_run *run, const struct filter_pair *pair)
{
	struct seen *seen;
	uint64_t hash = pair->entry_count;

	for (size_t i = 0; i < pair->entry_count; i++)
		hash = entry_hash(hash, &pair->entries[i]);
	HASH_FIND(hh, run->seen, &hash, sizeof(hash), seen);
	if (seen != NULL)
		return false;
	seen = arena_alloc(run->arena, sizeof(*seen));
	seen->hash = hash;
	HASH_ADD(hh, run->seen, hash, sizeof(seen->hash), seen);
	return true;
}

static struct space_rule rule_of(struct analyse_run *run, uint32_t index)
{
	const struct filter_entry *entry = &run->entries[index];
	struct space_rule rule = { .allow = entry->allow, .id = index };

	rule.field[FIELD_PROTOCOL] = entry->protocols;
	rule.field[FIELD_SOURCE] = entry->source.family[run->family];
	rule.field[FIELD_DESTINATION] = entry->destination.family[run->family];
	rule.field[FIELD_SRC_PORT] = entry->src_ports;
	rule.field[FIELD_DST_PORT] = entry->dst_ports;
	rule.field[FIELD_OPERATION] = set_one(run->arena, 0, 0);
	rule.field[FIELD_UNIT] = rule.field[FIELD_OBJECT] = rule.field[FIELD_OPERATION];
	rule.field[FIELD_CELL] = activity_cells_of(&run->cells, run->arena, true, entry);
	return rule;
}

static bool rule_is_empty(const struct space_rule *rule)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule->field[f]))
			return true;
	return false;
}

static void list_sweep(struct analyse_run *run, sweep_judge *how)
{
	struct space_list list = { run->rules.data, run->rules.len, false };
	struct space_box box = space_box_all(run->family);
	struct sweep sweep;

	box.field[FIELD_OPERATION].hi = 0;
	box.field[FIELD_UNIT].hi = box.field[FIELD_OBJECT].hi = 0;
	box.field[FIELD_CELL].hi = run->cells.count - 1;
	sweep_init(&sweep, &box, 0);
	sweep_add(&sweep, &list, 0);
	run->complete &= sweep_run(&sweep, how, run);
	sweep_release(&sweep);
}

static void list_family(struct analyse_run *run, const struct filter_pair *pair)
{
	size_t kept = 0;

	run->rules.len = 0;
	for (size_t i = 0; i < pair->entry_count; i++) {
		struct space_rule rule = rule_of(run, (uint32_t)i);
		if (!pair->entries[i].uncertain && !rule_is_empty(&rule))
			vec_push(&run->rules, rule);
	}
	list_sweep(run, judge);
	for (size_t i = 0; i < run->rules.len; i++)
		if (run->decides[run->rules.data[i].id] || run->opposed[run->rules.data[i].id])
			run->rules.data[kept++] = run->rules.data[i];
	run->rules.len = kept;
	if (!run->keep_all)
		list_sweep(run, judge_needed);
}

static bool entry_is_any(const struct filter_entry *entry)
{
	bool any = false;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		u128 max = address_max((enum family)f);
		any |= set_covers_range(entry->source.family[f], 0, max) &&
		       set_covers_range(entry->destination.family[f], 0, max);
	}
	return any && entry->allow && !entry->uncertain && entry->activity == 0 && entry->payload == 0 &&
	       set_contains(entry->protocols, 6) && set_contains(entry->protocols, 17) &&
	       set_covers_range(entry->src_ports, 0, UINT16_MAX) &&
	       set_covers_range(entry->dst_ports, 0, UINT16_MAX);
}

static void list_analyse(struct analyse_run *run, const struct filter_pair *pair)
{
	run->entries = pair->entries;
	run->line = memory_array(pair->entry_count + 1, sizeof(struct line *));
	run->decides = memory_array(pair->entry_count + 1, sizeof(bool));
	run->opposed = memory_array(pair->entry_count + 1, sizeof(bool));
	run->keep_all = false;
	for (size_t i = 0; i < pair->entry_count; i++) {
		run->line[i] = line_of(run, &pair->entries[i]);
		run->line[i]->otherwise |= pair->entries[i].otherwise;
		run->line[i]->any |= run->only_list && entry_is_any(&pair->entries[i]);
		run->decides[i] = pair->entries[i].uncertain;
		run->keep_all |= pair->entries[i].uncertain;
	}
	for (int family = 0; family < FAMILY_COUNT; family++) {
		run->family = (enum family)family;
		list_family(run, pair);
	}
	for (size_t i = 0; i < pair->entry_count; i++) {
		run->line[i]->decides |= run->decides[i];
		run->line[i]->needed |= run->keep_all;
	}
	free(run->decides);
	free(run->opposed);
	free(run->line);
}

/* ---- findings ---- */

VEC_TYPE(findings, struct analyse_finding);

static void finding_add(struct findings *out, const struct line *line, enum analyse_kind kind,
			const struct span *others, size_t count)
{
	struct analyse_finding finding = { .kind = kind, .where = line->where,
					   .other_count = count };

	for (size_t i = 0; i < count; i++)
		finding.others[i] = others[i];
	vec_push(out, finding);
}

static void line_findings(const struct line *line, struct findings *out)
{
	if (line->where.line == 0)
		return; /* of no line: nothing stands in the way there */
	if (line->any && line->decides)
		finding_add(out, line, ANALYSE_ANY, NULL, 0);
	if (line->otherwise)
		return;
	if (!line->decides)
		finding_add(out, line, line->opposed ? ANALYSE_SHADOWED : ANALYSE_COVERED,
			    line->covers, line->cover_count);
	else if (!line->needed)
		finding_add(out, line, ANALYSE_REDUNDANT, NULL, 0);
	else if (line->correlate_count > 0)
		finding_add(out, line, ANALYSE_CORRELATED, line->correlates,
			    line->correlate_count);
}

static int finding_order(const void *left, const void *right)
{
	const struct analyse_finding *a = left, *b = right;
	int order = 0;

	if (a->where.source != NULL && b->where.source != NULL)
		order = strcmp(a->where.source->path, b->where.source->path);
	if (order == 0)
		order = (a->where.line > b->where.line) - (a->where.line < b->where.line);
	return order != 0 ? order : (int)a->kind - (int)b->kind;
}

static void unused_findings(const struct read_result *read, struct findings *out)
{
	for (size_t i = 0; i < read->unused_count; i++) {
		struct analyse_finding finding = { .kind = ANALYSE_UNUSED,
						   .where = read->unused[i].where,
						   .name = read->unused[i].name };
		vec_push(out, finding);
	}
}

static void run_filter(struct analyse_run *run, const struct filter *filter)
{
	run->filter = filter;
	if (filter->activity_count == 0)
		return;
	activity_cells_make(&run->cells, run->arena, filter, filter);
	for (size_t i = 0; i < filter->pair_count; i++) {
		run->only_list = filter->pairs[i].also == NULL;
		for (const struct filter_pair *p = &filter->pairs[i]; p != NULL; p = p->also)
			if (list_is_new(run, p))
				list_analyse(run, p);
	}
}

void analyse(struct analysis *analysis, struct arena *arena, const struct read_result *read)
{
	struct analyse_run run = { .arena = arena, .complete = true };
	struct findings out = VEC_INIT;

	run_filter(&run, &read->filter);
	if (read->stateless)
		run_filter(&run, &read->established);
	for (const struct line *line = run.lines; line != NULL; line = line->hh.next)
		line_findings(line, &out);
	unused_findings(read, &out);
	if (out.len > 0)
		qsort(out.data, out.len, sizeof(*out.data), finding_order);
	*analysis = (struct analysis){
		.findings = out.len > 0 ? arena_copy(arena, out.data, out.len * sizeof(*out.data))
					: NULL,
		.count = out.len, .complete = run.complete,
	};
	vec_free(&out);
	vec_free(&run.rules);
	HASH_CLEAR(hh, run.lines);
	HASH_CLEAR(hh, run.seen);
}
