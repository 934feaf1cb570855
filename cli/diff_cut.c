/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of observed conversations: those that only the old policy lets through
 * are cut. One entry for all that was seen between two ends at one service, or for one
 * kind of operation in it. */
#include "config.h"
#include "cli/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check.h"
#include "verifier/operation.h"

struct cutting {
	struct diff_run *run;
	struct naming *naming;
	struct origins *origins;
	size_t first; /* cuts from here on are of flows between the same ends */
	const struct traffic_flow *flow; /* the last of these */
};

/* ---- which change belongs to which entry ---- */

/* All but the source port. */
static bool flows_are_alike(const struct traffic_flow *a, const struct traffic_flow *b)
{
	struct traffic_flow_key x, y;

	if (a == NULL)
		return false;
	memcpy(&x, &a->key, sizeof(x));
	memcpy(&y, &b->key, sizeof(y));
	if (traffic_has_ports(a))
		x.src_port = y.src_port = 0;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

/* An operation is told with its conversation where that is cut as a whole. */
static bool change_is_whole(const struct traffic_change *change)
{
	return change->operation == NULL || change->header;
}

static bool cut_takes(const struct diff_cut *cut, const struct traffic_change *change,
		      const char *when)
{
	bool alike = (when == NULL) == (cut->when == NULL) &&
		     (when == NULL || strcmp(when, cut->when) == 0);

	if (!alike || cut->kind != change->kind || cut->whole != change_is_whole(change))
		return false;
	return cut->whole ||
	       (cut->operation->key.protocol == change->operation->key.protocol &&
		cut->operation->key.function == change->operation->key.function);
}

static struct diff_cut *cut_find(const struct cutting *cutting,
				 const struct traffic_change *change, const char *when)
{
	const struct diff_traffic *observed = &cutting->run->observed;

	for (size_t i = cutting->first; i < observed->cuts.len; i++)
		if (cut_takes(&observed->cuts.data[i], change, when))
			return &observed->cuts.data[i];
	return NULL;
}

/* ---- one entry ---- */

static const char *cut_end(const struct cutting *cutting, const struct traffic_flow *flow, int side)
{
	struct arena *arena = &cutting->run->arena;
	const struct flow header = traffic_header(flow, 0, 0);

	if (header.ethertype != 0) {
		const struct mac *mac = &flow->key.mac[side];
		const struct asset *asset = origin_only_asset(cutting->origins, *mac);
		return asset != NULL ? asset->name : mac_print(mac, arena_alloc(arena, MAC_TEXT));
	}
	return naming_host(cutting->naming,
			   side == JUDGE_INITIATOR ? header.source : header.destination,
			   arena_alloc(arena, ADDRESS_TEXT));
}

static const char *cut_port(const struct cutting *cutting, const struct traffic_flow *flow)
{
	const struct flow header = traffic_header(flow, flow->key.src_port, 0);

	return naming_service(cutting->naming, &header,
			      arena_alloc(&cutting->run->arena, NAMING_TEXT));
}

/* The flow of a change, with its operation in the numbers of one policy. What it is
 * about may be told by the other policy only. */
static struct flow change_flow(const struct traffic_change *change, enum diff_side side)
{
	struct flow flow = change->example[side];

	if (flow.unit == PARAMETER_NONE)
		flow.unit = change->example[!side].unit;
	if (flow.object == PARAMETER_NONE)
		flow.object = change->example[!side].object;
	return flow;
}

static struct diff_cut *cut_begin(struct cutting *cutting, const struct traffic_change *change,
				  const struct diff_row *row)
{
	enum diff_side side = change->kind == TRAFFIC_FREED ? DIFF_OLD : DIFF_NEW;
	struct diff_cut cut = {
		.kind = change->kind,
		.whole = change_is_whole(change),
		.from = cut_end(cutting, change->flow, JUDGE_INITIATOR),
		.to = cut_end(cutting, change->flow, JUDGE_RESPONDER),
		.service = cut_port(cutting, change->flow),
		.when = change->kind == TRAFFIC_KEPT ? row->when : NULL,
		.first = change->first,
		.last = change->last,
		.nearest = change->nearest,
		.row = row,
		.operation = change->operation,
		.flow = change_flow(change, side),
		.side = side,
		.asks = change->asks,
	};

	vec_push(&cutting->run->observed.cuts, cut);
	return &cutting->run->observed.cuts.data[cutting->run->observed.cuts.len - 1];
}

/* The model in whose words it is told: that of the policy that lets it through. */
static const struct model *cut_model(const struct cutting *cutting, const struct diff_cut *cut)
{
	return &cutting->run->policy[cut->kind == TRAFFIC_FREED ? DIFF_NEW : DIFF_OLD].model;
}

static void cut_add_operation(struct cutting *cutting, struct diff_cut *cut,
			      const struct traffic_operation *operation)
{
	const struct traffic *traffic = cutting->run->observed.traffic;
	const struct model *model = cut_model(cutting, cut);
	const char *text = traffic_operation_text(traffic, model, &operation->key,
						  &cutting->run->arena);

	cut->operation = operation;
	cut->classes |= traffic_operation_classes(traffic, model, &operation->key);
	for (int kind = 0; kind < PROTO_KINDS; kind++)
		cut->count[kind] += operation->count[kind];
	/* What an answer leaves out was asked for. */
	if (operation->key.answer && cut->operations.len > 0)
		return;
	for (size_t i = 0; i < cut->operations.len; i++)
		if (strcmp(cut->operations.data[i], text) == 0)
			return;
	vec_push(&cut->operations, text);
}

static void cut_add(struct cutting *cutting, struct diff_cut *cut,
		    const struct traffic_change *change)
{
	cut->first = change->first < cut->first ? change->first : cut->first;
	cut->last = change->last > cut->last ? change->last : cut->last;
	cut->partly |= change->partly;
	if (change->content != NULL)
		cut->conversations += change->content->conversations;
	else
		cut_add_operation(cutting, cut, change->operation);
	/* With an operation it can be asked about more exactly. */
	if (cut->flow.operation == OPERATION_PLAIN && change->operation != NULL)
		cut->flow = change_flow(change, cut->side);
}

static void cutting_take(struct cutting *cutting, const struct traffic_change *change,
			 const struct diff_row *row)
{
	const char *when = change->kind == TRAFFIC_KEPT ? row->when : NULL;
	struct diff_cut *cut = cut_find(cutting, change, when);

	if (cut == NULL)
		cut = cut_begin(cutting, change, row);
	cut_add(cutting, cut, change);
}

/* ---- rows that hold it ---- */

/* A row that holds the flow with its content, or else by its header. */
static const struct diff_row *change_row(const struct diff_run *run,
					 const struct traffic_change *change)
{
	bool opened = change->kind == TRAFFIC_FREED;
	const struct flow flow = change_flow(change, opened ? DIFF_NEW : DIFF_OLD);

	for (int content = 1; content >= 0; content--)
		for (size_t i = 0; i < run->diff.row_count; i++) {
			const struct diff_row *row = &run->diff.rows[i];
			if (row->kind == (opened ? DIFF_OPENED : DIFF_CLOSED) &&
			    diff_row_holds(&run->diff, row, &flow, content != 0))
				return row;
		}
	return NULL;
}

/* What is let through whenever it was seen may be closed at other times. Of conversations
 * in which operations were seen these tell. O(kept things x rows that close). */
static void cutting_take_kept(struct cutting *cutting, const struct traffic_change *change)
{
	const struct diff_run *run = cutting->run;
	const struct flow flow = change_flow(change, DIFF_OLD);

	for (size_t i = 0; i < run->diff.row_count; i++) {
		const struct diff_row *row = &run->diff.rows[i];
		bool speaks = change->operation != NULL || change->flow->operations == NULL;
		if (row->kind == DIFF_CLOSED && row->whole && speaks &&
		    diff_row_holds(&run->diff, row, &flow, true))
			cutting_take(cutting, change, row);
	}
}

static void cutting_add(struct cutting *cutting, const struct traffic_change *change)
{
	if (!flows_are_alike(cutting->flow, change->flow))
		cutting->first = cutting->run->observed.cuts.len;
	cutting->flow = change->flow;
	if (change->kind == TRAFFIC_KEPT)
		cutting_take_kept(cutting, change);
	else
		cutting_take(cutting, change, change_row(cutting->run, change));
}

/* ---- in words ---- */

/* "read, write"; housekeeping goes with any. */
static const char *classes_text(uint8_t classes, struct arena *arena)
{
	const char *text = "";

	for (int class = 0; class < CLASS_SESSION; class++)
		if ((classes >> class & 1) != 0)
			text = arena_printf(arena, "%s%s%s", text, *text != '\0' ? ", " : "",
					    operation_class_name((enum operation_class)class));
	return text;
}

static const char *said_text(const struct diff_cut *cut, struct arena *arena)
{
	if (cut->whole)
		return classes_text(cut->classes, arena);
	if (cut->operations.len == 1)
		return cut->operations.data[0];
	return arena_printf(arena, "%s and %zu more", cut->operations.data[0],
			    cut->operations.len - 1);
}

/* "modbus(read)", "modbus(read) on tcp 1502". */
static void cut_name(struct diff_run *run, struct diff_cut *cut)
{
	struct arena *arena = &run->arena;
	const char *port = cut->service, *said = cut->operations.len > 0 ? said_text(cut, arena) : "";

	if (*said != '\0' && strchr(port, ' ') != NULL)
		cut->service = arena_printf(
			arena, "%s(%s) on %s",
			traffic_name_text(run->observed.traffic, cut->operation->key.protocol), said,
			port);
	else if (*said != '\0')
		cut->service = arena_printf(arena, "%s(%s)", port, said);
	cut->seen = cut->whole && cut->conversations > 0
			    ? arena_printf(arena, "%" PRIu64 " conversation%s", cut->conversations,
					   cut->conversations == 1 ? "" : "s")
			    : operation_counts(cut->count, arena);
	if (cut->row != NULL) {
		cut->causes = cut->row->causes;
		cut->cause_count = cut->row->cause_count;
	}
}

static const char *cut_verb(const struct diff_cut *cut)
{
	switch (cut->kind) {
	case TRAFFIC_FREED: return "this lets through";
	case TRAFFIC_UNSURE: return "this may stop";
	default: return "this stops";
	}
}

/* Which day, or where the time of the day matters, when. */
static void cut_last_seen(struct strbuf *text, const struct diff_run *run,
			  const struct diff_cut *cut)
{
	char at[INSTANT_TEXT];

	instant_print(cut->last, run->policy[DIFF_OLD].model.timezone, at);
	if (cut->partly)
		strbuf_printf(text, ", at some of the times at which it was seen, the last %s", at);
	else
		strbuf_printf(text, ", last seen %.10s", at);
}

void diff_cut_text(struct strbuf *text, const struct diff_run *run, const struct diff_cut *cut)
{
	char at[INSTANT_TEXT];

	strbuf_printf(text, "%s %s -> %s : %s", cut_verb(cut), cut->from, cut->to, cut->service);
	if (cut->kind == TRAFFIC_KEPT && cut->when != NULL)
		strbuf_printf(text, ", %s, and not when it was seen", cut->when);
	else if (cut->kind == TRAFFIC_KEPT)
		strbuf_printf(text, ", from %s on, and not when it was seen",
			      instant_print(run->diff.at, run->policy[DIFF_NEW].model.timezone, at));
	strbuf_printf(text, ", %s", cut->seen);
	cut_last_seen(text, run, cut);
	if (cut->kind == TRAFFIC_UNSURE)
		strbuf_printf(text, "; %s", cut->nearest.reason);
}

size_t diff_count_cuts(const struct diff_run *run, enum traffic_change_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < run->observed.cuts.len; i++)
		count += run->observed.cuts.data[i].kind == kind;
	return count;
}

void diff_traffic_text(struct strbuf *text, const struct diff_run *run)
{
	const struct traffic_account *account = traffic_account(run->observed.traffic);
	const struct timezone_rules *timezone = run->policy[DIFF_OLD].model.timezone;
	size_t cut = diff_count_cuts(run, TRAFFIC_CUT);
	char at[INSTANT_TEXT];

	if (cut == 0)
		strbuf_puts(text, "nothing that was observed is cut");
	else
		strbuf_printf(text, "%zu cut of what was observed", cut);
	if (diff_count_cuts(run, TRAFFIC_UNSURE) > 0)
		strbuf_printf(text, ", %zu may be", diff_count_cuts(run, TRAFFIC_UNSURE));
	strbuf_printf(text, "; %" PRIu64 " conversation%s", account->conversations,
		      account->conversations == 1 ? "" : "s");
	if (account->packets > 0) {
		strbuf_printf(text, ", %s to ", instant_print(account->first, timezone, at));
		strbuf_puts(text, instant_print(account->last, timezone, at));
	}
	if (!account->complete)
		strbuf_puts(text, "; not all of the traffic could be seen");
}

/* ---- rows that cut what was observed ---- */

static void row_add_reason(struct diff_run *run, struct diff_row *row,
			   enum traffic_change_kind kind, enum diff_risk risk)
{
	struct strbuf text = STRBUF_INIT;
	size_t more = 0;

	for (size_t i = 0; i < run->observed.cuts.len; i++) {
		const struct diff_cut *cut = &run->observed.cuts.data[i];
		if (cut->row != row || cut->kind != kind || text.len > 0) {
			more += cut->row == row && cut->kind == kind;
			continue;
		}
		strbuf_printf(&text, "%s: %s -> %s : %s", diff_risk_text(risk), cut->from, cut->to,
			      cut->service);
		cut_last_seen(&text, run, cut);
	}
	if (more > 0)
		strbuf_printf(&text, ", and %zu more", more);
	if (text.len > 0)
		diff_row_add_reason(&run->diff, row, risk, strbuf_text(&text));
	strbuf_release(&text);
}

/* Rows move when they are put in order. */
static void rows_add_reasons(struct diff_run *run)
{
	for (size_t i = 0; i < run->diff.row_count; i++) {
		struct diff_row *row = &run->diff.rows[i];
		if (row->kind != DIFF_CLOSED)
			continue;
		row_add_reason(run, row, TRAFFIC_CUT, RISK_CUT);
		row_add_reason(run, row, TRAFFIC_UNSURE, RISK_MAY_CUT);
		run->observed.closed_seen += row->reason_count > 0;
	}
	for (size_t i = 0; i < run->observed.cuts.len; i++)
		run->observed.cuts.data[i].row = NULL;
	diff_sort(&run->diff);
}

static int cut_order(const void *left, const void *right)
{
	const struct diff_cut *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = (int)b->whole - (int)a->whole;
	if (order == 0)
		order = strcmp(a->from, b->from);
	if (order == 0)
		order = strcmp(a->to, b->to);
	if (order == 0)
		order = strcmp(a->service, b->service);
	return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

void diff_find_cuts(struct diff_run *run)
{
	struct diff_traffic *observed = &run->observed;
	const struct model *const models[] = { &run->policy[DIFF_OLD].model,
					       &run->policy[DIFF_NEW].model };
	const int modes[] = { run->policy[DIFF_OLD].mode, run->policy[DIFF_NEW].mode };
	struct cutting cutting = { .run = run, .naming = naming_create(models[DIFF_OLD]),
				   .origins = origins_create(models[DIFF_OLD]) };

	traffic_compare(observed->traffic, models, modes, &observed->changes, &run->arena);
	for (size_t i = 0; i < observed->changes.len; i++)
		cutting_add(&cutting, &observed->changes.data[i]);
	naming_destroy(cutting.naming);
	origins_destroy(cutting.origins);
	for (size_t i = 0; i < observed->cuts.len; i++)
		cut_name(run, &observed->cuts.data[i]);
	rows_add_reasons(run);
	if (observed->cuts.len > 0)
		qsort(observed->cuts.data, observed->cuts.len, sizeof(*observed->cuts.data),
		      cut_order);
}
