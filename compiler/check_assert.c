/* SPDX-License-Identifier: Apache-2.0
 *
 * Asserts are answered twice. By intent, one that fails is an error. What is
 * denied by intent may pass all the same where nothing enforces it: that is a
 * warning. An assert of `allow` has one answer, for more passes as enforced,
 * never less. */
#include "config.h"
#include "compiler/check_parts.h"

#include "compiler/enforced.h"
#include "compiler/reach.h"

/* Made with the first assert that wants it. */
struct check_spaces {
	struct policy_space *intent;
	struct enforced enforced[ENFORCED_USES];
	bool made[ENFORCED_USES];
	const struct check_options *options;
	struct flow_index *index;
};

static struct enforced *check_enforced(struct check_spaces *spaces, enum enforced_use use)
{
	if (!spaces->made[use])
		enforced_init(&spaces->enforced[use], spaces->intent, use);
	spaces->made[use] = true;
	return &spaces->enforced[use];
}

/* The time and mode of the flow, where they are not those of the command. */
static void check_witness_options(struct strbuf *text, const struct check_spaces *spaces,
				  const struct flow *flow)
{
	const struct model *model = spaces->intent->model;
	char at[INSTANT_TEXT];

	if (flow->instant != spaces->options->at)
		strbuf_printf(text, "--at %s", instant_print(flow->instant, model->timezone, at));
	if (flow->mode != spaces->options->mode)
		strbuf_printf(text, "%s%s%s", text->len > 0 ? " " : "",
			      flow->mode < 0 ? "without --mode" : "--mode ",
			      flow->mode < 0 ? "" : model->modes[flow->mode].name);
}

/* So that `query` gives it the verdict it has. */
static struct flow check_telling(struct check_spaces *spaces, struct flow flow)
{
	if (spaces->index == NULL)
		spaces->index = flow_index_create(spaces->intent->model);
	flow_make_telling(spaces->index, &flow);
	return flow;
}

static void check_witness_text(struct diags *diags, struct diag *diag,
			       struct check_spaces *spaces,
			       const struct proof_witness *witness)
{
	struct flow flow = check_telling(spaces, witness->flow);
	struct strbuf text = STRBUF_INIT;

	check_flow_text(&text, spaces->intent->model, &flow);
	diag_witness(diags, diag, "%s", strbuf_text(&text));
	strbuf_reset(&text);
	check_witness_options(&text, spaces, &witness->flow);
	if (text.len > 0)
		diag->options = arena_strdup(&diags->arena, strbuf_text(&text));
	strbuf_release(&text);
}

/* ---- why ---- */

static void check_why_intent(struct diags *diags, struct diag *diag,
			     const struct proof_witness *witness)
{
	if (witness->rule == NULL)
		return;
	if (witness->rule->implicit)
		diag_hint(diags, diag, "traffic inside a zone is allowed");
	else
		diag_other(diags, diag, witness->rule->where, "%s",
			   witness->rule->allow ? "this rule lets it through"
						: "this rule denies it");
}

static const char *check_inspection(const struct model *model)
{
	for (size_t i = 0; i < model->device_count; i++)
		if (model->devices[i].tree->inspect_operations)
			return "no device on every path tells this from what it allows";
	return "no device inspects operations";
}

static void check_why_enforced(struct diags *diags, struct diag *diag,
			       const struct model *model, const struct proof_witness *witness)
{
	zone_id from = model_zone_of(model, witness->flow.source), to = witness->place;

	if (to == ZONE_NONE)
		to = model_zone_of(model, witness->flow.destination);
	if (witness->rule == NULL)
		diag_hint(diags, diag, "no device stands between %s and %s",
			  model->zones[from].name, model->zones[to].name);
	else if (witness->rule->implicit)
		diag_hint(diags, diag,
			  "traffic inside a zone is allowed, and %s", check_inspection(model));
	else
		diag_other(diags, diag, witness->rule->where,
			   "this rule opens the port, and %s", check_inspection(model));
}

static void check_unproved(struct diags *diags, const struct assertion *assertion,
			   enum proof proof)
{
	if (proof == PROOF_EMPTY)
		diag_add(diags, FINDING_EMPTY_SIDE, assertion->tree->where,
			 "the assert speaks of no flow at all");
	if (proof == PROOF_UNDECIDED)
		diag_add(diags, FINDING_ASSERT_UNDECIDED, assertion->tree->where,
			 "the assert could not be proved within the budget");
}

static void check_unproved_enforced(struct diags *diags, const struct assertion *assertion,
				    enum proof proof)
{
	if (proof == PROOF_UNDECIDED)
		diag_add(diags, FINDING_ASSERT_NOT_ENFORCED, assertion->tree->where,
			 "as enforced, the assert could not be proved within the budget");
}

/* ---- single flows ---- */

static void check_flows_enforced(struct check_spaces *spaces, const struct assertion *assertion,
				 struct diags *diags)
{
	struct proof_witness witness;
	enum proof proof =
		enforced_prove(check_enforced(spaces, ENFORCED_FLOWS), assertion, &witness);

	check_unproved_enforced(diags, assertion, proof);
	if (proof != PROOF_FAILS)
		return;
	struct diag *diag = diag_add(diags, FINDING_ASSERT_NOT_ENFORCED,
				     assertion->tree->where,
				     "as enforced, a flow that must be denied passes");
	check_witness_text(diags, diag, spaces, &witness);
	check_why_enforced(diags, diag, spaces->intent->model, &witness);
}

static void check_flows(struct check_spaces *spaces, const struct assertion *assertion,
			struct diags *diags)
{
	struct proof_witness witness;
	bool deny = assertion->kind == ASSERT_DENY;
	enum proof proof = assertion_prove(spaces->intent, assertion, spaces->options->budget, &witness);

	check_unproved(diags, assertion, proof);
	if (proof == PROOF_HOLDS && deny)
		check_flows_enforced(spaces, assertion, diags);
	if (proof != PROOF_FAILS)
		return;
	struct diag *diag = diag_add(
		diags, FINDING_ASSERT_FAILED, assertion->tree->where, "by intent, %s",
		deny ? "a flow that must be denied is allowed"
		     : "a flow that must be allowed is denied");
	check_witness_text(diags, diag, spaces, &witness);
	check_why_intent(diags, diag, &witness);
}

/* ---- paths ---- */

/* A flow of a chain but the first. */
static void check_chain_text(struct strbuf *text, struct check_spaces *spaces,
			     const struct flow *step)
{
	struct flow flow = check_telling(spaces, *step);
	struct strbuf options = STRBUF_INIT;

	strbuf_puts(text, "; then ");
	check_flow_text(text, spaces->intent->model, &flow);
	check_witness_options(&options, spaces, &flow);
	if (options.len > 0)
		strbuf_printf(text, " (%s)", strbuf_text(&options));
	strbuf_release(&options);
}

static struct diag *check_chain(struct check_spaces *spaces,
				const struct assertion *assertion,
				const struct reach_chain *chain, bool enforced,
				struct diags *diags)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 1; i < chain->len; i++)
		check_chain_text(&text, spaces, &chain->flows[i].flow);
	struct diag *diag = diag_add(
		diags, enforced ? FINDING_ASSERT_NOT_ENFORCED : FINDING_ASSERT_FAILED,
		assertion->tree->where, "%s, there is a path of %zu flow%s%s",
		enforced ? "as enforced" : "by intent", chain->len,
		chain->len == 1 ? "" : "s", strbuf_text(&text));
	check_witness_text(diags, diag, spaces, &chain->flows[0]);
	strbuf_release(&text);
	return diag;
}

/* What opens the path is the first flow that no rule allows. */
static void check_why_path(struct diags *diags, struct diag *diag, const struct model *model,
			   const struct reach_chain *chain)
{
	for (size_t i = 0; i < chain->len; i++)
		if (chain->flows[i].rule == NULL) {
			check_why_enforced(diags, diag, model, &chain->flows[i]);
			return;
		}
}

static enum proof check_path(struct check_spaces *spaces, const struct assertion *assertion,
			     bool enforced, struct diags *diags)
{
	struct policy_space *space =
		enforced ? &check_enforced(spaces, ENFORCED_CHAINS)->space : spaces->intent;
	uint64_t budget = enforced ? 0 : spaces->options->budget;
	struct reach_chain chain;
	struct arena arena;

	arena_init(&arena);
	enum proof proof = reach_prove(space, assertion, budget, &arena, &chain);
	if (proof == PROOF_FAILS) {
		struct diag *diag = check_chain(spaces, assertion, &chain, enforced, diags);
		if (enforced)
			check_why_path(diags, diag, space->model, &chain);
		else
			check_why_intent(diags, diag, &chain.flows[0]);
	}
	arena_release(&arena);
	return proof;
}

static void check_paths(struct check_spaces *spaces, const struct assertion *assertion,
			struct diags *diags)
{
	enum proof proof = check_path(spaces, assertion, false, diags);

	check_unproved(diags, assertion, proof);
	if (proof != PROOF_HOLDS)
		return;
	proof = check_path(spaces, assertion, true, diags);
	check_unproved_enforced(diags, assertion, proof);
}

/* The findings from `first` on are about an assert, by its `id` where it has one. */
static void check_about_assert(const struct assertion *assertion, struct diags *diags,
			       size_t first)
{
	const struct tree_name *id = assertion->tree->modifiers.id;

	for (size_t i = first; id != NULL && i < diags->len; i++)
		diags->list[i]->subject = id->text;
}

void check_asserts(struct policy_space *space, const struct check_options *options,
		   struct diags *diags)
{
	struct check_spaces spaces = { .intent = space, .options = options };

	for (size_t i = 0; i < space->model->assertion_count; i++) {
		const struct assertion *assertion = &space->model->assertions[i];
		size_t first = diags->len;
		if (assertion->kind == ASSERT_NO_PATH)
			check_paths(&spaces, assertion, diags);
		else
			check_flows(&spaces, assertion, diags);
		check_about_assert(assertion, diags, first);
	}
	if (spaces.index != NULL)
		flow_index_destroy(spaces.index);
	for (int use = 0; use < ENFORCED_USES; use++)
		if (spaces.made[use])
			enforced_release(&spaces.enforced[use]);
}
