/* SPDX-License-Identifier: Apache-2.0
 *
 * Each thing that was seen is judged by both policies in each cell: between instants
 * at which a rule of either begins or ends, and between source ports that a rule of
 * either tells apart. In a cell both verdicts are one. */
#include "config.h"
#include "verifier/traffic_parts.h"

#include <string.h>

#include "base/memory.h"
#include "verifier/operation.h"

/* A saved report may say anything of times. */
enum { INSTANTS_MAX = 1 << 20, CELLS_MAX = 50000000 };

enum answer { ANSWER_DENIED, ANSWER_UNTOLD, ANSWER_ADMITTED };

struct verdicts {
	enum answer answer[TRAFFIC_SIDES];
	bool header[TRAFFIC_SIDES]; /* it is let through as a whole, or for some contents */
};

/* ---- one policy ---- */

struct observation traffic_observation(const struct traffic_subject *subject, const struct flow *flow)
{
	const struct traffic_flow_key *key = &subject->flow->key;
	struct observation observation = { .flow = *flow };

	observation.origin[JUDGE_INITIATOR] = (struct origin){ key->mac[JUDGE_INITIATOR],
							       key->vlan };
	observation.origin[JUDGE_RESPONDER].mac = key->mac[JUDGE_RESPONDER];
	if (subject->content != NULL)
		observation.silence = subject->content->silence;
	return observation;
}

/* Is a protocol among those that the policy expects at the port? */
static bool seat_expects(const struct inspect_expected *expected, size_t count, const char *name,
			 const struct traffic_seat *seat)
{
	const struct proto *proto = name != NULL ? proto_by_name(name) : NULL;
	uint16_t protocol = traffic_protocol_in(seat->model, name);

	for (size_t i = 0; i < count; i++)
		if ((proto != NULL && expected[i].proto == proto) ||
		    (protocol != 0 && expected[i].protocol == protocol))
			return true;
	return false;
}

static const struct inspect_expected *seat_expected(const struct traffic_seat *seat,
						    const struct flow *flow, size_t *count)
{
	return flow->ethertype != 0
		       ? inspect_ports_find(seat->ports, 0, flow->ethertype, count)
		       : inspect_ports_find(seat->ports, flow->protocol, flow->dst_port, count);
}

/* What was said, as this policy hears it: where it expects nothing, anything is fine. */
static enum answer seat_hear(const struct traffic_seat *seat, const struct traffic_comparing *c,
			     const struct traffic_subject *subject, const struct judge_decision *decision)
{
	const struct traffic_content *content = subject->content;
	const char *said = traffic_name_text(c->traffic, content->foreign ? content->instead
									  : content->protocol);
	const char *not = traffic_name_text(c->traffic, content->foreign ? content->protocol : 0);
	size_t count;
	const struct inspect_expected *expected = seat_expected(seat, &decision->flow, &count);

	if (count > 0 && !content->negotiated &&
	    (said != NULL ? !seat_expects(expected, count, said, seat)
			  : seat_expects(expected, count, not, seat)))
		return judge_allows_plain(seat->judge, &decision->flow) ? ANSWER_ADMITTED
									: ANSWER_DENIED;
	bool told = said != NULL || !content->foreign;
	return decision->by_operation && (content->unread || content->hidden || !told)
		       ? ANSWER_UNTOLD
		       : ANSWER_ADMITTED;
}

static bool seat_admits_header(const struct judge_decision *decision)
{
	return decision->judged && decision->verdict.allowed && decision->bound.rule == NULL;
}

static enum answer seat_judge_content(const struct traffic_seat *seat, const struct traffic_comparing *c,
				      const struct traffic_subject *subject, const struct flow *flow,
				      bool *header)
{
	struct observation observation = traffic_observation(subject, flow);
	struct judge_decision decision = judge_decide(seat->judge, &observation);

	*header = seat_admits_header(&decision);
	if (!decision.judged)
		return ANSWER_ADMITTED;
	if (!*header)
		return ANSWER_DENIED;
	return seat_hear(seat, c, subject, &decision);
}

struct judge_decision traffic_decide_operation(const struct traffic_seat *seat,
					    const struct traffic_subject *subject,
					    const struct flow *flow)
{
	const struct observation observation = traffic_observation(subject, flow);
	const struct observation asked =
		judge_side(&observation,
			   subject->operation->key.back ? JUDGE_RESPONDER : JUDGE_INITIATOR);

	return judge_decide(seat->judge, &asked);
}

static enum answer seat_judge_operation(const struct traffic_seat *seat, const struct traffic_comparing *c,
					const struct traffic_subject *subject, const struct flow *flow,
					bool *header)
{
	struct judge_decision decision = traffic_decide_operation(seat, subject, flow);
	struct proto_operation seen;
	struct inspect_operation operation;

	*header = seat_admits_header(&decision);
	if (!decision.judged)
		return ANSWER_ADMITTED;
	if (!*header)
		return ANSWER_DENIED;
	if (!traffic_operation_in(c->traffic, seat->model, &subject->operation->key, &seen,
				  &operation))
		return decision.by_operation ? ANSWER_UNTOLD : ANSWER_ADMITTED;
	return operation_judge(seat->judge->index, seat->model, &decision.flow, &operation).allowed
		       ? ANSWER_ADMITTED
		       : ANSWER_DENIED;
}

static struct verdicts compare_at(const struct traffic_comparing *c, const struct traffic_subject *subject,
				  const struct flow *flow)
{
	struct verdicts verdicts;

	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		const struct traffic_seat *seat = &c->seat[side];
		verdicts.answer[side] =
			subject->content != NULL
				? seat_judge_content(seat, c, subject, flow, &verdicts.header[side])
				: seat_judge_operation(seat, c, subject, flow,
						       &verdicts.header[side]);
	}
	return verdicts;
}

/* ---- what of both verdicts comes ---- */

/* In the mode, and between the zones, in which the policy judges the flow. */
static struct contents seat_contents(const struct traffic_seat *seat,
				     const struct traffic_subject *subject, const struct flow *flow,
				     struct arena *arena)
{
	const struct observation observation = traffic_observation(subject, flow);
	struct judge_decision decision = judge_decide(seat->judge, &observation);

	return flow_contents(seat->judge->index, &decision.flow, arena);
}

/* Contents that neither policy can be held against: the new one cuts none if it allows
 * every content that the old one allows. */
static bool contents_may_be_cut(const struct traffic_comparing *c,
				const struct traffic_subject *subject, const struct flow *flow)
{
	struct arena arena;

	if (!c->same_numbers)
		return true;
	arena_init(&arena);
	struct contents rest = seat_contents(&c->seat[TRAFFIC_BEFORE], subject, flow, &arena);
	struct contents allowed = seat_contents(&c->seat[TRAFFIC_AFTER], subject, flow, &arena);
	for (size_t i = 0; i < allowed.len; i++)
		rest = contents_subtract(&arena, rest, allowed.parts[i]);
	bool cut = !contents_are_empty(rest);
	arena_release(&arena);
	return cut;
}

static enum traffic_change_kind change_of_denied(const struct verdicts *verdicts)
{
	enum answer after = verdicts->answer[TRAFFIC_AFTER];
	bool opens = verdicts->header[TRAFFIC_AFTER] &&
		     (after == ANSWER_ADMITTED ||
		      (after == ANSWER_UNTOLD && !verdicts->header[TRAFFIC_BEFORE]));

	return opens ? TRAFFIC_FREED : TRAFFIC_KINDS;
}

/* TRAFFIC_KINDS: nothing changes. Of contents that cannot be read the header decides:
 * nothing can pass any more, or something now can. */
static enum traffic_change_kind change_of(const struct traffic_comparing *c,
					  const struct traffic_subject *subject,
					  const struct flow *flow, const struct verdicts *verdicts)
{
	enum answer after = verdicts->answer[TRAFFIC_AFTER];

	if (verdicts->answer[TRAFFIC_BEFORE] == ANSWER_DENIED)
		return change_of_denied(verdicts);
	if (after == ANSWER_DENIED)
		return TRAFFIC_CUT;
	return after == ANSWER_UNTOLD && contents_may_be_cut(c, subject, flow) ? TRAFFIC_UNSURE
									       : TRAFFIC_KEPT;
}

/* ---- cells ---- */

static int64_t cell_end(const struct traffic_comparing *c, int64_t instant)
{
	size_t lo = 0, hi = c->instants.len;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		if (c->instants.data[middle] <= instant)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < c->instants.len ? c->instants.data[lo] : INSTANT_NEVER;
}

/* What one time cell shows: of several source ports the change that all have, or that
 * some have. */
struct shown {
	enum traffic_change_kind kind;
	bool all;           /* source ports */
	bool header;
	struct flow flow;
};

static void shown_add(const struct traffic_comparing *c, const struct traffic_subject *subject,
		      const struct flow *flow, struct shown *shown, bool first)
{
	struct verdicts verdicts = compare_at(c, subject, flow);
	enum traffic_change_kind kind = change_of(c, subject, flow, &verdicts);

	shown->all &= first || kind == shown->kind;
	if (first || kind < shown->kind) {
		shown->kind = kind;
		shown->flow = *flow;
		shown->header = verdicts.header[TRAFFIC_BEFORE] != verdicts.header[TRAFFIC_AFTER];
	}
}

static struct shown show(const struct traffic_comparing *c, const struct traffic_subject *subject,
			 int64_t instant)
{
	const struct traffic_flow *flow = subject->flow;
	struct shown shown = { .all = true };
	uint32_t port = traffic_has_ports(flow) ? flow->src_first : flow->key.src_port;
	bool first = true;

	do {
		struct flow header = traffic_header(flow, (uint16_t)port, instant);
		shown_add(c, subject, &header, &shown, first);
		first = false;
		port = traffic_next_port(c->traffic, (uint16_t)port);
	} while (traffic_has_ports(flow) && port <= flow->src_last);
	return shown;
}

/* A change as far as it is told; of each kind one. */
struct telling {
	struct traffic_change change[TRAFFIC_KINDS];
	bool told[TRAFFIC_KINDS];
	bool others[TRAFFIC_KINDS]; /* seen at times at which it is not so */
};

static void telling_add(struct telling *telling, const struct shown *shown,
			enum traffic_doubt doubt, int64_t first, int64_t last)
{
	enum traffic_change_kind kind = shown->kind;

	if (kind == TRAFFIC_UNSURE)
		doubt = DOUBT_CONTENT;
	if (doubt != DOUBT_NONE && kind == TRAFFIC_CUT)
		kind = TRAFFIC_UNSURE;
	for (int k = 0; k < TRAFFIC_KINDS; k++)
		telling->others[k] |= k != (int)kind;
	if (kind == TRAFFIC_KINDS || (doubt != DOUBT_NONE && kind != TRAFFIC_UNSURE))
		return;
	struct traffic_change *change = &telling->change[kind];
	if (!telling->told[kind] || first < change->first) {
		change->first = first;
		change->example[TRAFFIC_BEFORE] = shown->flow;
		change->header = shown->header;
		change->doubt = doubt;
	}
	if (!telling->told[kind] || last > change->last)
		change->last = last;
	telling->told[kind] = true;
}

/* The ends of a stretch were seen; what lies between only where it is dense, in cells
 * longer than its pauses. */
static void tell_stretch(struct traffic_comparing *c, const struct traffic_subject *subject,
			 const struct traffic_stretch *stretch, struct telling *telling)
{
	int64_t from = stretch->first, next;

	for (; from <= stretch->last && c->left > 0; from = next, c->left--) {
		next = cell_end(c, from);
		bool ends = from == stretch->first || next > stretch->last;
		bool sure = ends || (stretch->dense && next - from > TRAFFIC_PAUSE);
		struct shown shown = show(c, subject, from);
		telling_add(telling, &shown,
			    !shown.all ? DOUBT_PORT : !sure ? DOUBT_TIME : DOUBT_NONE, from,
			    next > stretch->last ? stretch->last : next - 1);
		if (next == INSTANT_NEVER)
			return;
	}
}

/* ---- the whole ---- */

static void compare_subject(struct traffic_comparing *c, const struct traffic_subject *subject,
			    struct telling *telling)
{
	*telling = (struct telling){ .told = { false } };
	for (size_t i = 0; i < subject->times->len; i++)
		tell_stretch(c, subject, &subject->times->data[i], telling);
}

/* What is cut for sure is told as such alone, and what is kept only where nothing
 * else is told. */
static bool telling_counts(const struct telling *telling, enum traffic_change_kind kind)
{
	bool counts = telling->told[kind];

	if (kind == TRAFFIC_UNSURE)
		counts &= !telling->told[TRAFFIC_CUT];
	for (int k = 0; k < TRAFFIC_KEPT && kind == TRAFFIC_KEPT; k++)
		counts &= !telling->told[k];
	return counts;
}

static void take_changes(const struct traffic_comparing *c, const struct traffic_subject *subject,
			 struct telling *telling)
{
	for (int kind = 0; kind < TRAFFIC_KINDS; kind++) {
		struct traffic_change *change = &telling->change[kind];
		if (!telling_counts(telling, (enum traffic_change_kind)kind))
			continue;
		change->kind = (enum traffic_change_kind)kind;
		change->flow = subject->flow;
		change->content = subject->content;
		change->operation = subject->operation;
		change->partly = telling->others[kind];
		traffic_explain(c, subject, change);
		vec_push(c->changes, *change);
	}
}

/* Did the old policy let through anything that was done in the flow? */
static bool operations_passed(const struct traffic_comparing *c, const struct traffic_flow *flow)
{
	for (const struct traffic_operation *o = flow->operations; o != NULL; o = o->next) {
		const struct traffic_subject subject = { flow, NULL, o, &o->times };
		const struct traffic_stretch *stretch = &o->times.data[0];
		struct flow header = traffic_header(
			flow, traffic_has_ports(flow) ? flow->src_first : flow->key.src_port,
			stretch->first);
		bool passes;
		if (seat_judge_operation(&c->seat[TRAFFIC_BEFORE], c, &subject, &header, &passes) !=
		    ANSWER_DENIED)
			return true;
	}
	return flow->operations == NULL;
}

static void compare_flow(struct traffic_comparing *c, const struct traffic_flow *flow)
{
	struct telling telling;
	bool passed = operations_passed(c, flow);

	for (size_t i = 0; i < flow->contents.len; i++) {
		const struct traffic_content *content = &flow->contents.data[i];
		const struct traffic_subject subject = { flow, content, NULL, &content->times };
		compare_subject(c, &subject, &telling);
		/* Of a conversation that did only what it must not, nothing is lost. */
		if (!passed && content->protocol != 0)
			telling.told[TRAFFIC_CUT] = telling.told[TRAFFIC_UNSURE] = false;
		take_changes(c, &subject, &telling);
	}
	for (const struct traffic_operation *o = flow->operations; o != NULL; o = o->next) {
		const struct traffic_subject subject = { flow, NULL, o, &o->times };
		compare_subject(c, &subject, &telling);
		take_changes(c, &subject, &telling);
	}
}

static void seat_init(struct traffic_seat *seat, const struct model *model, int mode)
{
	const struct judge_options options = { .mode = mode };

	*seat = (struct traffic_seat){ .model = model, .judge = judge_create(model, &options),
			       .ports = inspect_ports_create(model) };
}

static void seat_release(struct traffic_seat *seat)
{
	judge_destroy(seat->judge);
	inspect_ports_destroy(seat->ports);
}

static bool numbers_are_same(const struct model *a, const struct model *b)
{
	bool same = a->protocol_count == b->protocol_count;

	for (size_t p = 0; same && p < a->protocol_count; p++)
		same = strcmp(a->protocols[p].name, b->protocols[p].name) == 0 &&
		       parameters_equal(&a->protocols[p], &b->protocols[p]);
	return same;
}

/* Every instant of the traffic's at which a rule of either policy begins or ends. */
static void collect_instants(struct traffic_comparing *c)
{
	const struct traffic_account *account = traffic_account(c->traffic);

	for (int64_t at = account->first; at <= account->last && c->instants.len < INSTANTS_MAX;) {
		int64_t next = INSTANT_NEVER;
		for (int side = 0; side < TRAFFIC_SIDES; side++) {
			int64_t change = judge_next_change(c->seat[side].judge, at);
			next = change < next ? change : next;
		}
		if (next == INSTANT_NEVER)
			return;
		vec_push(&c->instants, next);
		at = next;
	}
}

void traffic_compare(struct traffic *traffic, const struct model *const models[TRAFFIC_SIDES],
		     const int modes[TRAFFIC_SIDES], struct traffic_changes *changes,
		     struct arena *arena)
{
	struct traffic_comparing c = { .traffic = traffic, .changes = changes, .arena = arena,
			       .left = CELLS_MAX };
	size_t count;
	struct traffic_flow **flows = traffic_sorted(traffic, &count);

	for (int side = 0; side < TRAFFIC_SIDES; side++)
		seat_init(&c.seat[side], models[side], modes[side]);
	c.same_numbers = numbers_are_same(models[TRAFFIC_BEFORE], models[TRAFFIC_AFTER]);
	collect_instants(&c);
	for (size_t i = 0; i < count; i++)
		compare_flow(&c, flows[i]);
	if (c.left == 0 || c.instants.len == INSTANTS_MAX)
		traffic_account(traffic)->complete = false;
	for (int side = 0; side < TRAFFIC_SIDES; side++)
		seat_release(&c.seat[side]);
	vec_free(&c.instants);
}
