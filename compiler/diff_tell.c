/* SPDX-License-Identifier: Apache-2.0
 *
 * A row in words. Services are called as the rule calls them where that is just
 * what differs; else by transports, ports and operations. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <math.h>
#include <string.h>

#include "compiler/describe.h"

enum { CONTENTS_MAX = 4 };

struct tell {
	struct diff_rows *rows;
	const struct diff_told *told;
	enum diff_side side;          /* in whose words */
	const struct model *model;
	struct diff_part *parts;      /* in that policy's numbers of operations */
	struct diff_row row;
};

static const char *text_take(struct tell *tell, struct strbuf *text)
{
	const char *kept = arena_strdup(tell->rows->arena, strbuf_text(text));

	strbuf_release(text);
	return kept;
}

/* ---- ends ---- */

enum { EXCEPTIONS_MAX = 3 };

/* What a rule says of one of its ends, and what that holds. */
struct rule_end {
	struct span where;
	struct address_set addresses;
};

static struct rule_end rule_end_of(struct tell *tell, bool source)
{
	const struct rule *rule = diff_part_rule(&tell->told->parts[0]);
	struct rule_end end = { .addresses = address_set_empty() };

	if (rule == NULL || rule->implicit || tell->told->heap->rules.len > 1)
		return end;
	end.where = source ? rule->tree->source.where : rule->tree->destination.where;
	for (size_t p = 0; p < rule->pair_count; p++)
		end.addresses = address_set_union(
			tell->rows->arena, end.addresses,
			source ? rule->pairs[p].source : rule->pairs[p].destination.unicast);
	return end;
}

static size_t address_set_ranges(struct address_set set)
{
	return set.family[FAMILY_IPV4]->len + set.family[FAMILY_IPV6]->len;
}

/* As the rule writes it, with exceptions, where that is shorter than a list. */
static const char *tell_rule_end(struct tell *tell, const struct rule_end *end,
				 struct address_set addresses)
{
	struct arena *arena = tell->rows->arena;
	struct address_set missing = address_set_subtract(arena, end->addresses, addresses);
	size_t missing_count = address_set_ranges(missing);
	struct strbuf text = STRBUF_INIT;

	if (end->where.source == NULL || !address_set_is_subset(addresses, end->addresses) ||
	    missing_count > EXCEPTIONS_MAX || missing_count >= address_set_ranges(addresses))
		return NULL;
	strbuf_puts(&text, policy_span_text(arena, &tell->rows->causes->facts->lines, end->where));
	if (missing_count > 0) {
		strbuf_puts(&text, " except ");
		describe_addresses(&text, tell->model, missing);
	}
	return text_take(tell, &text);
}

static const char *tell_end(struct tell *tell, struct address_set addresses, bool source)
{
	struct strbuf text = STRBUF_INIT;

	describe_addresses(&text, tell->model, addresses);
	if (strchr(strbuf_text(&text), ',') != NULL) {
		struct rule_end end = rule_end_of(tell, source);
		const char *own = tell_rule_end(tell, &end, addresses);
		if (own != NULL && strlen(own) < text.len) {
			strbuf_release(&text);
			return own;
		}
	}
	return text_take(tell, &text);
}

/* ---- services as the rule calls them ---- */

static double sets_volume(const struct set *const *sets, size_t count)
{
	double volume = 1;

	for (size_t i = 0; i < count; i++)
		volume *= (double)set_size(sets[i]);
	return volume;
}

/* Housekeeping, which passes with any operation, is left out on both sides. */
static const struct set *without_session(struct tell *tell, const struct set *operations)
{
	if (set_covers_range(operations, 0, OPERATION_MAX))
		return operations;
	for (size_t p = 1; p < tell->model->protocol_count; p++)
		operations = set_subtract(
			tell->rows->arena, operations,
			model_session(tell->model, (uint16_t)p, tell->rows->arena));
	return operations;
}

static bool match_is_inside(struct tell *tell, const struct match *match,
			    const struct diff_part *part)
{
	return !match->ethertype_rule &&
	       set_is_subset(match->protocols, part->set[PART_PROTOCOL]) &&
	       set_is_subset(match->dst_ports, part->set[PART_DST_PORT]) &&
	       set_is_subset(match->src_ports, part->set[PART_SRC_PORT]) &&
	       set_is_subset(without_session(tell, match->operations),
			     without_session(tell, part->set[PART_OPERATION])) &&
	       set_is_subset(match->units, part->set[PART_UNIT]) &&
	       set_is_subset(match->objects, part->set[PART_OBJECT]);
}

static double match_volume(struct tell *tell, const struct match *match)
{
	const struct set *sets[] = { match->protocols, match->dst_ports, match->src_ports,
				     without_session(tell, match->operations), match->units,
				     match->objects };

	return sets_volume(sets, sizeof(sets) / sizeof(sets[0]));
}

static double part_volume(struct tell *tell, const struct diff_part *part)
{
	const struct set *sets[PART_CELL];

	memcpy(sets, part->set, sizeof(sets));
	sets[PART_OPERATION] = without_session(tell, sets[PART_OPERATION]);
	return sets_volume(sets, PART_CELL);
}

static bool row_has_match(struct tell *tell, const struct match *match)
{
	for (size_t i = 0; i < tell->told->part_count; i++)
		if (match_is_inside(tell, match, &tell->parts[i]))
			return true;
	return false;
}

/* A service of several transports is there if all of them are. */
static bool row_has_label(struct tell *tell, const struct rule *rule, const char *label)
{
	for (size_t m = 0; m < rule->match_count; m++)
		if (strcmp(rule->matches[m].label, label) == 0 &&
		    !row_has_match(tell, &rule->matches[m]))
			return false;
	return true;
}

/* False if what the row has is not just some of the rule's services, each whole. */
static bool tell_labels(struct tell *tell, const struct rule *rule, struct strbuf *text)
{
	const char *said = NULL;
	double volume = 0, matched = 0;

	for (size_t i = 0; i < tell->told->part_count; i++)
		volume += part_volume(tell, &tell->parts[i]);
	for (size_t m = 0; m < rule->match_count; m++) {
		const struct match *match = &rule->matches[m];
		if (!row_has_label(tell, rule, match->label))
			continue;
		matched += match_volume(tell, match);
		if (said == NULL || strcmp(said, match->label) != 0)
			strbuf_printf(text, "%s%s", said != NULL ? ", " : "", match->label);
		said = match->label;
	}
	return said != NULL && fabs(matched - volume) <= volume * 1e-9;
}

/* ---- services by ports and operations ---- */

static struct content part_content(const struct diff_part *part)
{
	return (struct content){ { part->set[PART_OPERATION], part->set[PART_UNIT],
				   part->set[PART_OBJECT] } };
}

static bool contents_alike(const struct diff_part *a, const struct diff_part *b)
{
	struct content x = part_content(a), y = part_content(b);

	return content_equal(&x, &y);
}

static void tell_transport(struct tell *tell, size_t first, struct strbuf *text)
{
	struct describe_service *services =
		arena_array(tell->rows->arena, tell->told->part_count, sizeof(*services));
	size_t count = 0;

	for (size_t i = first; i < tell->told->part_count; i++)
		if (contents_alike(&tell->parts[i], &tell->parts[first]))
			services[count++] = (struct describe_service){
				tell->parts[i].set[PART_PROTOCOL],
				tell->parts[i].set[PART_SRC_PORT],
				tell->parts[i].set[PART_DST_PORT],
			};
	describe_services(text, services, count);
}

static void words_join(struct strbuf *text, const struct describe_operations *words, size_t from)
{
	for (size_t i = from; i < words->len; i++)
		strbuf_printf(text, "%s%s", i > from ? ", " : "", words->data[i]);
}

/* One content and the services it is on. Of nearly all, what is not there is told. */
static void tell_content(struct tell *tell, size_t i, struct strbuf *text,
			 struct describe_operations *operations)
{
	struct content content = part_content(&tell->parts[i]);
	struct describe_operations except = VEC_INIT;
	size_t before = operations->len;

	describe_content(operations, tell->rows->arena, tell->model, &content);
	if (operations->len > before && strcmp(operations->data[before], "any other") == 0)
		describe_content_except(&except, tell->rows->arena, tell->model, &content);
	if (operations->len > before && except.len == 0) {
		words_join(text, operations, before);
		strbuf_puts(text, " on ");
	}
	tell_transport(tell, i, text);
	if (except.len > 0) {
		strbuf_puts(text, " except ");
		words_join(text, &except, 0);
	}
	vec_free(&except);
}

static bool content_came_before(const struct tell *tell, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (contents_alike(&tell->parts[k], &tell->parts[i]))
			return true;
	return false;
}

static void tell_contents(struct tell *tell, struct strbuf *text,
			  struct describe_operations *operations)
{
	size_t said = 0, more = 0;

	for (size_t i = 0; i < tell->told->part_count; i++) {
		if (content_came_before(tell, i))
			continue;
		if (said == CONTENTS_MAX) {
			more++;
			continue;
		}
		if (said++ > 0)
			strbuf_puts(text, "; ");
		tell_content(tell, i, text, operations);
	}
	if (more > 0)
		strbuf_printf(text, " and %zu more", more);
}

static void tell_service(struct tell *tell)
{
	const struct rule *rule = diff_part_rule(&tell->told->parts[0]);
	struct describe_operations operations = VEC_INIT;
	struct strbuf text = STRBUF_INIT, labels = STRBUF_INIT;

	tell_contents(tell, &text, &operations);
	if (rule != NULL && (tell->told->whole || tell->told->heap->rules.len == 1) &&
	    tell_labels(tell, rule, &labels)) {
		strbuf_release(&text);
		text = labels;
		labels = (struct strbuf)STRBUF_INIT;
	}
	tell->row.service = text_take(tell, &text);
	strbuf_release(&labels);
	tell->row.operations = arena_copy(tell->rows->arena, operations.data,
					  operations.len * sizeof(*operations.data));
	tell->row.operation_count = operations.len;
	vec_free(&operations);
}

/* ---- when ---- */

static void when_names(struct strbuf *text, const char *word, const struct tree_name *names)
{
	for (const struct tree_name *n = names; n != NULL; n = n->next)
		strbuf_printf(text, "%s%s%s", n == names && text->len > 0 ? " " : "",
			      n == names ? word : ", ", n->text);
}

static void when_date(struct strbuf *text, const char *word, int32_t day)
{
	int year, month, of_month;

	date_to_civil(day, &year, &month, &of_month);
	strbuf_printf(text, "%s%s%04d-%02d-%02d", text->len > 0 ? " " : "", word, year, month,
		      of_month);
}

static void when_modifiers(struct strbuf *text, const struct tree_modifiers *m)
{
	when_names(text, "during ", m->during);
	if (m->from.given)
		when_date(text, "from ", m->from.day);
	if (m->until.given)
		when_date(text, "until ", m->until.day);
	when_names(text, "in ", m->in);
}

static bool names_equal(const struct tree_name *a, const struct tree_name *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (strcmp(a->text, b->text) != 0)
			return false;
	return a == b;
}

static bool dates_equal(const struct tree_date *a, const struct tree_date *b)
{
	return a->given == b->given && (!a->given || a->day == b->day);
}

/* What one rule's time is without another's. Where they differ in one date, that is
 * all there is to say of the other. */
static void when_without(struct strbuf *text, const struct tree_modifiers *has,
			 const struct tree_modifiers *lacks)
{
	static const struct tree_modifiers always;
	bool during = lacks->during == NULL || (has != NULL && names_equal(has->during, lacks->during));
	bool in = lacks->in == NULL || (has != NULL && names_equal(has->in, lacks->in));
	const struct tree_modifiers *own = has != NULL ? has : &always;
	struct strbuf rest = STRBUF_INIT;

	when_modifiers(text, own);
	if (during && in && lacks->until.given &&
	    (!lacks->from.given || dates_equal(&own->from, &lacks->from))) {
		when_date(text, "after ", lacks->until.day);
	} else if (during && in && lacks->from.given && !lacks->until.given) {
		when_date(text, "before ", lacks->from.day);
	} else {
		when_modifiers(&rest, lacks);
		strbuf_printf(text, "%sexcept %s", text->len > 0 ? ", " : "", strbuf_text(&rest));
	}
	strbuf_release(&rest);
}

static const struct set *rule_cells(const struct diff_rows *rows, enum diff_side side,
				    const struct rule *rule)
{
	return rows->space->cells[side].active[rule->index];
}

/* The rule that lets it through, without the time of what does so, or denies it, in
 * the other policy. */
static bool when_by_rules(struct diff_rows *rows, const struct diff_part *part,
			  struct strbuf *text)
{
	enum diff_side side = part->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	const struct rule *rule = part->rule[side], *other;
	const struct set *cells = part->set[PART_CELL];

	if (rule == NULL || rule->implicit)
		return false;
	const struct set *active = rule_cells(rows, side, rule);
	if (set_equal(active, cells)) {
		when_modifiers(text, &rule->tree->modifiers);
		return true;
	}
	const struct rule *candidates[] = { diff_causes_other(rows->causes, side, rule),
					    part->rule[!side] };
	for (int i = 0; i < 2; i++) {
		other = candidates[i];
		if (other == NULL || other->implicit)
			continue;
		const struct set *there = rule_cells(rows, (enum diff_side)!side, other);
		if (!set_equal(set_subtract(rows->arena, active, there), cells))
			continue;
		when_without(text, &rule->tree->modifiers, &other->tree->modifiers);
		return true;
	}
	return false;
}

static bool column_is_whole(const struct diff_rows *rows, const struct set *cells, uint32_t column)
{
	const struct policy_cells *of = &rows->space->cells[DIFF_OLD];

	for (uint32_t cell = column; cell < of->count; cell += of->columns)
		if (!set_contains(cells, cell))
			return false;
	return true;
}

/* Modes at every time, else only an instant. */
static void when_by_cells(struct diff_rows *rows, const struct diff_part *part,
			  struct strbuf *text)
{
	const struct policy_cells *cells = &rows->space->cells[DIFF_OLD];
	const struct set *set = part->set[PART_CELL];
	size_t whole = 0;
	char at[INSTANT_TEXT];

	for (uint32_t c = 0; c < cells->columns; c++)
		whole += column_is_whole(rows, set, c);
	if (whole * (cells->count / cells->columns) != (size_t)set_size(set)) {
		uint32_t first = (uint32_t)set_min(set) / cells->columns;
		strbuf_printf(text, "at some times, first seen at %s",
			      instant_print(cells->example[first],
					    rows->space->model[DIFF_NEW]->timezone, at));
		return;
	}
	bool without = column_is_whole(rows, set, 0);
	strbuf_puts(text, without ? "without a mode" : "");
	for (uint32_t c = 1; c < cells->columns; c++)
		if (column_is_whole(rows, set, c))
			strbuf_printf(text, "%s%s", text->len > 0 ? ", " : "in ",
				      diff_column_name(rows->space, c));
}

const char *diff_when_text(struct diff_rows *rows, const struct diff_part *part)
{
	struct strbuf text = STRBUF_INIT;
	const char *kept = NULL;

	if (set_covers_range(part->set[PART_CELL], 0, rows->space->cells[DIFF_OLD].count - 1))
		return NULL;
	if (!when_by_rules(rows, part, &text))
		when_by_cells(rows, part, &text);
	if (text.len > 0)
		kept = arena_strdup(rows->arena, strbuf_text(&text));
	strbuf_release(&text);
	return kept;
}

/* ---- the whole row ---- */

static void tell_parts(struct tell *tell)
{
	tell->parts = arena_copy(tell->rows->arena, tell->told->parts,
				 tell->told->part_count * sizeof(*tell->parts));
	for (size_t i = 0; i < tell->told->part_count; i++)
		tell->parts[i].set[PART_OPERATION] =
			diff_space_operations(tell->rows->space, tell->rows->arena, tell->side,
					      tell->parts[i].set[PART_OPERATION]);
}

/* How many rules let the parts of a row through. */
static size_t parts_rules(const struct diff_told *told)
{
	size_t count = 0;

	for (size_t i = 0; i < told->part_count; i++) {
		bool before = diff_part_rule(&told->parts[i]) == NULL;
		for (size_t k = 0; k < i && !before; k++)
			before = diff_part_rule(&told->parts[k]) == diff_part_rule(&told->parts[i]);
		count += !before;
	}
	return count;
}

void diff_row_tell(struct diff_rows *rows, const struct diff_told *told)
{
	const struct diff_heap *heap = told->heap;
	enum diff_side side = heap->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	struct tell tell = { .rows = rows, .told = told, .side = side,
			     .model = rows->space->model[side] };
	struct diff_row *row = &tell.row;

	*row = (struct diff_row){
		.kind = heap->kind, .whole = told->whole, .source = told->ends->source,
		.destination = told->ends->destination, .causes = heap->causes,
		.cause_count = heap->cause_count, .rule_count = told->whole ? parts_rules(told) : heap->rules.len,
		.decided = { told->parts[0].rule[DIFF_OLD], told->parts[0].rule[DIFF_NEW] },
		.conduit = diff_part_conduit(&told->parts[0]),
	};
	tell_parts(&tell);
	row->from = tell_end(&tell, told->ends->source, true);
	row->to = tell_end(&tell, told->ends->destination, false);
	row->when = diff_when_text(rows, told->whole ? &told->parts[0] : told->ends);
	tell_service(&tell);
	diff_flow_choose(rows, told->sample, row->flow, &row->mode);
	if (heap->kind == DIFF_OPENED)
		diff_risk_assess(rows, told, row);
	vec_push(&rows->list, *row);
}
