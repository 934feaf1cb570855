/* SPDX-License-Identifier: Apache-2.0
 *
 * The proofs of `check`, turned into findings. */
#include "config.h"
#include "compiler/check_parts.h"

#include <inttypes.h>
#include <string.h>

#include "compiler/needed.h"
#include "compiler/parameter.h"

enum { EXPIRY_WARNING = 30 * 86400 };

/* ---- flows as text ---- */

static const char *transport_name(uint8_t protocol)
{
	switch (protocol) {
	case 6: return "tcp";
	case 17: return "udp";
	case 33: return "dccp";
	case 132: return "sctp";
	case 136: return "udplite";
	default: return NULL;
	}
}

static void service_text(struct strbuf *text, const struct model *model,
			 const struct flow *flow)
{
	const char *transport = transport_name(flow->protocol);
	uint32_t protocol = flow->operation >> 16;

	if (protocol != 0 && protocol < model->protocol_count && transport != NULL) {
		struct operation_point point = { flow->operation, flow->unit, flow->object };
		operation_question_text(text, model, &point);
		strbuf_puts(text, " on ");
	}
	if (transport != NULL)
		strbuf_printf(text, "%s %u from %u", transport, flow->dst_port,
			      flow->src_port);
	else if ((flow->protocol == 1 || flow->protocol == 58) && flow->src_port < 256 &&
		 flow->dst_port < 256)
		strbuf_printf(text, "%s %u/%u", flow->protocol == 1 ? "icmp" : "icmpv6",
			      flow->src_port, flow->dst_port);
	else
		strbuf_printf(text, "proto %u", flow->protocol);
}

/* Between zones: nobody writes MACs in a rule. */
static void link_text(struct strbuf *text, const struct model *model, const struct flow *flow)
{
	struct operation_point point = { flow->operation, flow->unit, flow->object };
	uint32_t protocol = flow->operation >> 16;

	strbuf_printf(text, "%s -> %s : ", model->zones[flow->l2_source].name,
		      model->zones[flow->l2_destination].name);
	if (protocol != 0 && protocol < model->protocol_count) {
		operation_question_text(text, model, &point);
		strbuf_puts(text, " on ");
	}
	strbuf_printf(text, "ethertype 0x%04x", flow->ethertype);
}

void check_flow_text(struct strbuf *text, const struct model *model, const struct flow *flow)
{
	char from[ADDRESS_TEXT], to[ADDRESS_TEXT];

	if (flow->ethertype != 0) {
		link_text(text, model, flow);
		return;
	}
	strbuf_printf(text, "%s -> %s : ", address_print(&flow->source, from),
		      address_print(&flow->destination, to));
	service_text(text, model, flow);
}

/* ---- rules ---- */

void check_about_rule(struct diag *diag, const struct rule *rule)
{
	diag->subject = rule->identity;
	diag->about = rule->conduit != NULL ? rule->conduit->name : NULL;
}

static void check_needed_rule(const struct model *model, const struct rule *rule,
			      const struct needed_rule *answer, struct diags *diags)
{
	bool denied = answer->needed == NEEDED_DENIED;
	struct diag *diag = diag_add(
		diags, denied ? FINDING_RULE_DENIED : FINDING_RULE_REDUNDANT, rule->where,
		denied ? "every flow of this rule is denied"
		       : "other rules already cover every flow of this rule");

	check_about_rule(diag, rule);
	if (answer->other == NEEDED_NO_RULE)
		return;
	const struct rule *other = &model->rules[answer->other];
	if (other->implicit)
		diag_hint(diags, diag, "traffic inside a zone is allowed");
	else
		diag_other(diags, diag, other->where, "this rule covers some of them");
}

static bool is_unneeded(const struct needed_rule *answer)
{
	return answer->needed == NEEDED_NOT || answer->needed == NEEDED_DENIED;
}

/* Of rules that say the same all but the first are reported as duplicates; the
 * first is unneeded only if none of them is needed. */
static void check_settle(const uint32_t *first, size_t count, struct needed_rule *answers)
{
	for (size_t i = 0; i < count; i++)
		if (first[i] != i && !is_unneeded(&answers[i]))
			answers[first[i]] = answers[i];
}

/* Rules for an ethertype hold no point of the packet space and are not asked. */
static void check_needed(const struct policy_space *space, uint64_t budget, struct diags *diags)
{
	const struct model *model = space->model;
	struct needed_rule *answers = memory_array(model->rule_count + 1, sizeof(*answers));
	uint32_t *first = memory_array(model->rule_count + 1, sizeof(*first));
	bool complete = needed_find(space, budget, answers);

	check_duplicates(model, first, diags);
	check_settle(first, model->rule_count, answers);
	if (!complete)
		diag_add(diags, FINDING_REDUNDANCY_UNDECIDED, (struct span){ 0 },
			 "which rules are redundant was not decided within the budget");
	for (size_t i = 0; i < model->rule_count && complete; i++)
		if (!model->rules[i].implicit && first[i] == i && is_unneeded(&answers[i]))
			check_needed_rule(model, &model->rules[i], &answers[i], diags);
	free(answers);
	free(first);
}

/* Over for good: its dates and those of its schedules have passed. */
static bool rule_is_over(const struct rule *rule, int64_t at)
{
	return !activity_at(rule->activity, at) &&
	       activity_next_change(rule->activity, at) == INSTANT_NEVER;
}

static void check_expiry(const struct rule *rule, int64_t at, struct diags *diags)
{
	int64_t from, until;
	struct diag *diag = NULL;

	if (rule->activity == NULL || rule->implicit)
		return;
	activity_bounds(rule->activity, &from, &until);
	if (rule_is_over(rule, at))
		diag = diag_add(diags, FINDING_RULE_EXPIRED, rule->where,
				"this rule has expired");
	else if (until != INSTANT_NEVER && until - at <= EXPIRY_WARNING)
		diag = diag_add(diags, FINDING_RULE_EXPIRING, rule->where,
				"this rule expires within 30 days");
	else if (until != INSTANT_NEVER && !rule->allow)
		diag = diag_add(diags, FINDING_DENY_EXPIRES, rule->where,
				"this deny ends, and what it forbids may open then");
	if (diag != NULL)
		check_about_rule(diag, rule);
}

void check_policy(const struct model *model, const struct check_options *options,
		  struct diags *diags)
{
	struct policy_space space;
	struct policy_cells cells;
	struct arena arena;

	arena_init(&arena);
	policy_cells_make(&cells, &arena, model, options->at, options->mode);
	policy_space_init(&space, model, &cells);
	check_asserts(&space, options, diags);
	check_needed(&space, options->budget, diags);
	for (size_t i = 0; i < model->rule_count; i++)
		check_expiry(&model->rules[i], options->at, diags);
	check_rules(model, diags);
	check_assets(model, diags);
	check_inventories(model, diags);
	check_topology(model, diags);
	check_exceptions(model, options->at, diags);
	policy_space_release(&space);
	arena_release(&arena);
}
