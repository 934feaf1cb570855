/* SPDX-License-Identifier: Apache-2.0
 *
 * What is grave about flows that open. Levels are those of the new policy; what a
 * group's flows cross is told by the zones that declare it. */
#include "config.h"
#include "compiler/diff_parts.h"

#include <string.h>

#include "compiler/check_parts.h"
#include "compiler/crossing.h"

static const struct {
	const char *name, *text;
} risks[RISK_COUNT] = {
#define DIFF_RISK(id, name, text) { name, text },
	DIFF_RISKS(DIFF_RISK)
#undef DIFF_RISK
};

const char *diff_risk_name(enum diff_risk risk)
{
	return risks[risk].name;
}

const char *diff_risk_text(enum diff_risk risk)
{
	return risks[risk].text;
}

bool diff_risk_by_name(const char *name, enum diff_risk *risk)
{
	for (int r = 0; r < RISK_COUNT; r++)
		if (strcmp(risks[r].name, name) == 0) {
			*risk = (enum diff_risk)r;
			return true;
		}
	return false;
}

struct assessment {
	struct diff_rows *rows;
	const struct diff_told *told;
	const struct model *model;
	const char *reasons[RISK_COUNT];
};

static void assess(struct assessment *a, enum diff_risk risk, const char *detail)
{
	if (a->reasons[risk] == NULL)
		a->reasons[risk] = arena_printf(a->rows->arena, "%s: %s", risks[risk].text,
						detail);
}

/* ---- where from and where to ---- */

static void side_add_addresses(struct crossing_side *side, const struct diff_rows *rows,
			       struct address_set addresses)
{
	const struct model *model = side->model;
	struct address_set groups = rows->space->space[DIFF_NEW].nowhere;

	for (int f = 0; f < FAMILY_COUNT; f++)
		crossing_side_add_set(side, (enum family)f,
				      set_subtract(rows->arena, addresses.family[f],
						   groups.family[f]));
	if (!address_set_overlaps(addresses, groups))
		return;
	for (size_t z = 0; z < model->zone_count; z++)
		if (address_set_overlaps(addresses, model->zones[z].multicast))
			crossing_side_add(side, (zone_id)z);
}

static void side_add_stations(struct crossing_side *side, const struct diff_rows *rows,
			      const struct set *stations)
{
	for (size_t i = 0; i < stations->len; i++)
		for (u128 s = stations->range[i].lo; s <= stations->range[i].hi; s++)
			crossing_side_add(side, rows->space->stations.list[s].zone[DIFF_NEW]);
}

static void side_add(struct crossing_side *side, const struct diff_rows *rows,
		     const struct diff_part *part, struct address_set end)
{
	if (part->link)
		side_add_stations(side, rows, end.family[FAMILY_IPV4]);
	else
		side_add_addresses(side, rows, end);
}

static void assess_crossing(struct assessment *a, const struct crossings *crossings,
			    enum crossing_kind kind, enum diff_risk risk)
{
	struct strbuf text = STRBUF_INIT;

	if (!crossings_have(crossings, kind))
		return;
	crossing_text(&text, a->model, crossings, kind);
	assess(a, risk, strbuf_text(&text));
	strbuf_release(&text);
}

static void assess_external(struct assessment *a)
{
	const struct zone *external = &a->model->zones[a->model->zone_count - 1];

	if (a->told->ends->link)
		return;
	bool to = address_set_overlaps(a->told->ends->destination, external->owned);
	bool from = address_set_overlaps(a->told->ends->source, external->owned);

	if (from || to)
		assess(a, RISK_EXTERNAL, from && to ? "from outside in and from inside out"
					 : from     ? "from outside in"
						    : "from inside out");
}

/* ---- which services ---- */

/* Ports that carry other than an industrial protocol. */
static void assess_services(struct assessment *a, enum check_risky kind, enum diff_risk risk)
{
	struct check_ports *ports =
		arena_array(a->rows->arena, a->told->part_count, sizeof(*ports));
	struct strbuf text = STRBUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < a->told->part_count; i++) {
		const struct diff_part *part = &a->told->parts[i];
		if (set_contains(part->set[PART_OPERATION], OPERATION_PLAIN))
			ports[count++] = (struct check_ports){ part->set[PART_PROTOCOL],
							       part->set[PART_DST_PORT] };
	}
	check_risky_text(&text, kind, ports, count);
	if (text.len > 0)
		assess(a, risk, strbuf_text(&text));
	strbuf_release(&text);
}

static bool part_has_class(const struct diff_part *part, const struct protocol *protocol, size_t p,
			   enum operation_class class)
{
	const struct set *functions = protocol->class[class];
	u128 base = operation_id_of((uint16_t)p, 0);
	bool spoken = !set_contains(part->set[PART_OPERATION], OPERATION_PLAIN) ||
		      diff_part_is_on(part, protocol);

	for (size_t i = 0; spoken && functions != NULL && i < functions->len; i++)
		if (set_overlaps_range(part->set[PART_OPERATION], base + functions->range[i].lo,
				       base + functions->range[i].hi))
			return true;
	return false;
}

static void assess_operations(struct assessment *a, enum operation_class class,
			      enum diff_risk risk)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t p = 1; p < a->model->protocol_count; p++) {
		bool has = false;
		for (size_t i = 0; i < a->told->part_count && !has; i++)
			has = part_has_class(&a->told->parts[i], &a->model->protocols[p], p, class);
		if (has)
			strbuf_printf(&text, "%s%s", text.len > 0 ? ", " : "",
				      a->model->protocols[p].name);
	}
	if (text.len > 0)
		assess(a, risk, strbuf_text(&text));
	strbuf_release(&text);
}

/* ---- what is gone ---- */

static int64_t rule_until(const struct rule *rule)
{
	int64_t from, until = INSTANT_NEVER;

	if (rule->activity != NULL)
		activity_bounds(rule->activity, &from, &until);
	return until;
}

static void assess_expiry(struct assessment *a, const struct rule *new)
{
	const struct rule *old;

	if (new == NULL || new->implicit || rule_until(new) != INSTANT_NEVER)
		return;
	old = diff_causes_other(a->rows->causes, DIFF_NEW, new);
	if (old != NULL && rule_until(old) != INSTANT_NEVER)
		assess(a, RISK_EXPIRY, new->label);
}

static void assess_deny(struct assessment *a, const struct rule *old)
{
	if (old == NULL || old->allow || !old->log)
		return;
	const struct rule *new = diff_causes_other(a->rows->causes, DIFF_OLD, old);
	if (new == NULL || new->allow || !new->log)
		assess(a, RISK_LOGGED_DENY, old->label);
}

static void assess_rules(struct assessment *a)
{
	for (size_t i = 0; i < a->told->part_count; i++) {
		assess_expiry(a, a->told->parts[i].rule[DIFF_NEW]);
		assess_deny(a, a->told->parts[i].rule[DIFF_OLD]);
	}
}

void diff_risk_assess(struct diff_rows *rows, const struct diff_told *told, struct diff_row *row)
{
	struct assessment a = { .rows = rows, .told = told, .model = rows->space->model[DIFF_NEW] };
	struct crossing_side from, to;
	struct crossings crossings;

	crossings_init(&crossings);
	for (size_t i = 0; i < told->part_count; i++) {
		crossing_side_init(&from, a.model);
		crossing_side_init(&to, a.model);
		side_add(&from, rows, &told->parts[i], told->parts[i].source);
		side_add(&to, rows, &told->parts[i], told->parts[i].destination);
		crossings_add(&crossings, &from, &to);
	}
	assess_crossing(&a, &crossings, CROSSING_UPWARD, RISK_UPWARD);
	assess_crossing(&a, &crossings, CROSSING_BYPASS, RISK_BYPASS);
	assess_crossing(&a, &crossings, CROSSING_IT_OT, RISK_IT_OT);
	assess_external(&a);
	assess_operations(&a, CLASS_PROGRAM, RISK_PROGRAM);
	assess_operations(&a, CLASS_CONTROL, RISK_CONTROL);
	assess_operations(&a, CLASS_WRITE, RISK_WRITE);
	assess_services(&a, CHECK_LATERAL, RISK_LATERAL);
	assess_services(&a, CHECK_CLEARTEXT, RISK_CLEARTEXT);
	assess_rules(&a);
	struct diff_reason *reasons = arena_array(rows->arena, RISK_COUNT, sizeof(*reasons));
	for (int r = 0; r < RISK_COUNT; r++)
		if (a.reasons[r] != NULL)
			reasons[row->reason_count++] =
				(struct diff_reason){ (enum diff_risk)r, a.reasons[r] };
	row->reasons = reasons;
}
