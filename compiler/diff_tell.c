/* SPDX-License-Identifier: Apache-2.0
 *
 * A row in words. Services are called as the rule calls them where that is just
 * what differs; else by transports, ports and operations. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <ctype.h>
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

static const struct set *rule_end_stations(struct tell *tell, const struct rule *rule, bool source)
{
	struct arena *arena = tell->rows->arena;
	const struct set *all = set_empty();

	for (size_t p = 0; p < rule->pair_count; p++)
		all = set_union(arena, all,
				diff_stations_of(&tell->rows->space->stations, arena, tell->side,
						 source ? rule->pairs[p].source_zones
							: rule->pairs[p].destination.zones));
	return all;
}

static struct rule_end rule_end_of(struct tell *tell, bool source)
{
	const struct rule *rule = diff_part_rule(&tell->told->parts[0]);
	struct rule_end end = { .addresses = address_set_empty() };

	if (rule == NULL || rule->implicit)
		return end;
	end.where = source ? rule->tree->source.where : rule->tree->destination.where;
	if (tell->told->ends->link) {
		end.addresses.family[FAMILY_IPV4] = rule_end_stations(tell, rule, source);
		return end;
	}
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

static void tell_set(struct tell *tell, struct strbuf *text, struct address_set addresses)
{
	if (tell->told->ends->link)
		diff_stations_tell(tell->rows->space, tell->side, addresses.family[FAMILY_IPV4], text);
	else
		describe_addresses(text, tell->model, addresses);
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
		tell_set(tell, &text, missing);
	}
	return text_take(tell, &text);
}

static const char *tell_end(struct tell *tell, struct address_set addresses, bool source)
{
	struct strbuf text = STRBUF_INIT;

	tell_set(tell, &text, addresses);
	if (strchr(strbuf_text(&text), ',') != NULL || isdigit((unsigned char)*strbuf_text(&text))) {
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
	const struct set *sets[PART_SETS];

	if (match->ethertype_rule != part->link)
		return false;
	diff_match_sets(match, tell->rows->arena, sets);
	for (int p = 0; p < PART_CELL; p++)
		if (p == PART_OPERATION ? !set_is_subset(without_session(tell, sets[p]),
							 without_session(tell, part->set[p]))
					: !set_is_subset(sets[p], part->set[p]))
			return false;
	return true;
}

static double services_volume(struct tell *tell, const struct set *const *of)
{
	const struct set *sets[PART_CELL];

	memcpy(sets, of, sizeof(sets));
	sets[PART_OPERATION] = without_session(tell, sets[PART_OPERATION]);
	return sets_volume(sets, PART_CELL);
}

/* Of what a match and a part share. */
static double match_volume(struct tell *tell, const struct match *match,
			   const struct diff_part *part)
{
	const struct set *sets[PART_SETS];

	diff_match_sets(match, tell->rows->arena, sets);
	for (int p = 0; p < PART_CELL; p++)
		sets[p] = set_intersect(tell->rows->arena, sets[p], part->set[p]);
	return services_volume(tell, sets);
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
		if (rule->matches[m].ethertype_rule == tell->told->ends->link &&
		    strcmp(rule->matches[m].label, label) == 0 &&
		    !row_has_match(tell, &rule->matches[m]))
			return false;
	return true;
}

/* Each part by itself: of few operations there is too little beside what has them all. */
static bool labels_cover(struct tell *tell, const struct rule *rule, const bool *said)
{
	for (size_t i = 0; i < tell->told->part_count; i++) {
		const struct diff_part *part = &tell->parts[i];
		double volume = services_volume(tell, part->set), matched = 0;
		for (size_t m = 0; m < rule->match_count; m++)
			if (said[m])
				matched += match_volume(tell, &rule->matches[m], part);
		if (fabs(matched - volume) > volume * 1e-9)
			return false;
	}
	return true;
}

/* False if what the row has is not just some of the rule's services, each whole. */
static bool tell_labels(struct tell *tell, const struct rule *rule, struct strbuf *text)
{
	bool *said = arena_array(tell->rows->arena, rule->match_count + 1, sizeof(*said));
	const char *last = NULL;

	for (size_t m = 0; m < rule->match_count; m++) {
		const struct match *match = &rule->matches[m];
		said[m] = match->ethertype_rule == tell->told->ends->link &&
			  row_has_label(tell, rule, match->label);
		if (!said[m])
			continue;
		if (last == NULL || strcmp(last, match->label) != 0)
			strbuf_printf(text, "%s%s", last != NULL ? ", " : "", match->label);
		last = match->label;
	}
	return last != NULL && labels_cover(tell, rule, said);
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

static void tell_ethertypes(struct tell *tell, size_t first, struct strbuf *text)
{
	const struct set *ethertypes = set_empty();

	for (size_t i = first; i < tell->told->part_count; i++)
		if (contents_alike(&tell->parts[i], &tell->parts[first]))
			ethertypes = set_union(tell->rows->arena, ethertypes,
					       tell->parts[i].set[PART_DST_PORT]);
	diff_ethertypes_tell(ethertypes, tell->rows->arena, text);
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

/* The protocol that a content is of, if it is of one only. */
static const struct protocol *content_protocol(const struct tell *tell, const struct content *content)
{
	const struct set *operations = content->field[CONTENT_OPERATION];
	size_t p = (size_t)(set_min(operations) >> 16);

	if (p == 0 || p >= tell->model->protocol_count ||
	    operations->range[operations->len - 1].hi >> 16 != p)
		return NULL;
	return &tell->model->protocols[p];
}

/* Does some part with the content of the first have all of a port that is registered? */
static bool service_has(const struct tell *tell, size_t first,
			const struct set *const on[PART_SETS])
{
	for (size_t i = first; i < tell->told->part_count; i++) {
		bool has = contents_alike(&tell->parts[i], &tell->parts[first]);
		for (int p = PART_PROTOCOL; p <= PART_SRC_PORT && has; p++)
			has = set_is_subset(on[p], tell->parts[i].set[p]);
		if (has)
			return true;
	}
	return false;
}

/* On the ports of its protocol a content is where its name says: they need no words. */
static bool service_is_registered(const struct tell *tell, size_t first,
				  const struct protocol *protocol)
{
	double there = 0, registered = 0;

	for (size_t i = 0; i < protocol->on_count; i++) {
		const struct set *sets[PART_SETS];
		diff_match_sets(&protocol->on[i], tell->rows->arena, sets);
		if (protocol->on[i].ethertype_rule != tell->told->ends->link ||
		    !service_has(tell, first, sets))
			return false;
		registered += sets_volume(sets, PART_SRC_PORT + 1);
	}
	for (size_t i = first; i < tell->told->part_count; i++)
		if (contents_alike(&tell->parts[i], &tell->parts[first]))
			there += sets_volume(tell->parts[i].set, PART_SRC_PORT + 1);
	return registered > 0 && there <= registered;
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
	const struct protocol *protocol = content_protocol(tell, &content);
	if (operations->len > before && except.len == 0)
		words_join(text, operations, before);
	if (protocol == NULL || !service_is_registered(tell, i, protocol)) {
		strbuf_puts(text, operations->len > before && except.len == 0 ? " on " : "");
		if (tell->told->ends->link)
			tell_ethertypes(tell, i, text);
		else
			tell_transport(tell, i, text);
	}
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

/* As the rule calls them that lets it through, or that of the other policy, which
 * denies it. */
static bool tell_service_labels(struct tell *tell, struct strbuf *text)
{
	const struct diff_part *part = &tell->told->parts[0];
	const struct rule *rules[] = { part->rule[tell->side], part->rule[!tell->side] };

	if (!tell->told->whole && tell->told->heap->rules.len != 1)
		return false;
	for (int i = 0; i < 2; i++) {
		bool speaks = i == 0 || tell->rows->space->protocols.same;
		strbuf_reset(text);
		if (rules[i] != NULL && speaks && tell_labels(tell, rules[i], text))
			return true;
	}
	return false;
}

static void tell_service(struct tell *tell)
{
	struct describe_operations operations = VEC_INIT;
	struct strbuf text = STRBUF_INIT, labels = STRBUF_INIT;

	tell_contents(tell, &text, &operations);
	if (tell_service_labels(tell, &labels))
		tell->row.service = text_take(tell, &labels);
	else
		tell->row.service = arena_strdup(tell->rows->arena, strbuf_text(&text));
	strbuf_release(&text);
	strbuf_release(&labels);
	tell->row.operations = arena_copy(tell->rows->arena, operations.data,
					  operations.len * sizeof(*operations.data));
	tell->row.operation_count = operations.len;
	vec_free(&operations);
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

/* What programs read of the ends; the numbers of stations are of no use to others. */
static void tell_stations(struct tell *tell)
{
	struct address_set *const ends[] = { &tell->row.source, &tell->row.destination };

	for (int end = 0; end < DIFF_ENDS; end++) {
		tell->row.stations[end] = diff_stations_names(tell->rows->space, tell->side,
							      ends[end]->family[FAMILY_IPV4]);
		*ends[end] = address_set_empty();
	}
}

void diff_row_tell(struct diff_rows *rows, const struct diff_told *told)
{
	const struct diff_heap *heap = told->heap;
	enum diff_side side = heap->kind == DIFF_OPENED ? DIFF_NEW : DIFF_OLD;
	struct tell tell = { .rows = rows, .told = told, .side = side,
			     .model = rows->space->model[side] };
	struct diff_row *row = &tell.row;

	*row = (struct diff_row){
		.kind = heap->kind, .whole = told->whole, .link = told->ends->link,
		.source = told->ends->source, .destination = told->ends->destination, .causes = heap->causes,
		.cause_count = heap->cause_count, .rule_count = told->whole ? parts_rules(told) : heap->rules.len,
		.decided = { told->parts[0].rule[DIFF_OLD], told->parts[0].rule[DIFF_NEW] },
		.conduit = diff_part_conduit(&told->parts[0]),
	};
	tell_parts(&tell);
	row->from = tell_end(&tell, told->ends->source, true);
	row->to = tell_end(&tell, told->ends->destination, false);
	row->when = diff_when_text(rows, told->whole ? &told->parts[0] : told->ends);
	tell_service(&tell);
	row->parts = tell.parts;
	row->part_count = told->part_count;
	diff_flow_choose(rows, told->sample, row);
	if (row->link)
		tell_stations(&tell);
	if (heap->kind == DIFF_OPENED)
		diff_risk_assess(rows, told, row);
	vec_push(&rows->list, *row);
}
