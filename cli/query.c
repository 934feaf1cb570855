/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon query`: what the policy says of a question. One header (an address
 * each side, one port each) is judged through the flow index; any other
 * question is decided as an assert is, by the joint partition; frames of an
 * ethertype, which have zones and no addresses, zone by zone. */
#include "config.h"
#include "cli/policy.h"
#include "cli/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "compiler/assertion.h"
#include "compiler/check.h"
#include "compiler/parameter.h"

struct query {
	struct policy *policy;
	struct flow_index *index;
	struct topology *topology;
	struct arena arena;              /* of one question */
	struct assertion question;
	bool has_allowed, has_denied, failed;
	struct flow allowed, denied;     /* witnesses */
	bool unclear;                    /* a shared group hides the answer */
	struct arena cells_arena;        /* of the policy's space, made when first needed */
	struct policy_cells cells;
	struct policy_space space;
	bool space_made;
	json_t *answers;
};

/* ---- one header ---- */

static bool set_is_one(const struct set *set)
{
	return set->len == 1 && set->range[0].lo == set->range[0].hi;
}

static bool addresses_are_one(struct address_set set, struct address *out)
{
	const struct set *v4 = set.family[FAMILY_IPV4], *v6 = set.family[FAMILY_IPV6];

	if (v4->len + v6->len != 1 || !set_is_one(v4->len ? v4 : v6))
		return false;
	out->family = v4->len ? FAMILY_IPV4 : FAMILY_IPV6;
	out->value = set_min(v4->len ? v4 : v6);
	return true;
}

/* Where a protocol has no ports, no rule tells them apart. */
static bool ports_are_one(const struct match *m, const struct set *ports)
{
	u128 protocol = set_min(m->protocols);

	if (set_is_one(ports))
		return true;
	return protocol != 6 && protocol != 17 && protocol != 132 && protocol != 33 &&
	       protocol != 136 && protocol != 1 && protocol != 58;
}

static bool query_header(const struct query *q, const struct match *m, struct flow *flow)
{
	const struct pair *pair = &q->question.pair;

	*flow = (struct flow){ .instant = q->policy->at, .mode = q->policy->mode,
			       .sender = ZONE_NONE };
	if (!addresses_are_one(pair->source, &flow->source) ||
	    !addresses_are_one(pair->destination.unicast, &flow->destination) ||
	    !set_is_one(m->protocols) || !ports_are_one(m, m->src_ports) ||
	    !ports_are_one(m, m->dst_ports))
		return false;
	flow->protocol = (uint8_t)set_min(m->protocols);
	flow->src_port = (uint16_t)set_min(m->src_ports);
	flow->dst_port = (uint16_t)set_min(m->dst_ports);
	return true;
}

static void query_keep(struct query *q, struct flow *witness, const struct flow *flow)
{
	*witness = *flow;
	flow_make_telling(q->index, witness);
}

static void query_allowed(struct query *q, const struct flow *flow)
{
	if (!q->has_allowed)
		query_keep(q, &q->allowed, flow);
	q->has_allowed = true;
}

static void query_denied(struct query *q, const struct flow *flow)
{
	if (!q->has_denied)
		query_keep(q, &q->denied, flow);
	q->has_denied = true;
}

/* Contents of a header that get one verdict. */
static void query_contents(struct query *q, struct flow flow, struct contents contents,
			   void (*verdict)(struct query *q, const struct flow *flow))
{
	const struct model *model = &q->policy->model;

	if (contents_are_empty(contents))
		return;
	flow_set_operation(&flow, contents_point(model, contents));
	verdict(q, &flow);
}

/* One header, with the contents that are asked about. */
static void query_judge(struct query *q, const struct match *m, const struct flow *flow)
{
	struct contents allowed = flow_contents(q->index, flow, &q->arena);
	struct contents no = contents_of(&q->arena, content_of(m));
	struct contents yes = contents_intersect(&q->arena, no, allowed);

	for (size_t i = 0; i < allowed.len; i++)
		no = contents_subtract(&q->arena, no, allowed.parts[i]);
	query_contents(q, *flow, yes, query_allowed);
	query_contents(q, *flow, no, query_denied);
}

/* No flow is of both families. */
static bool query_one(struct query *q, const struct match *m)
{
	struct flow flow;

	if (!query_header(q, m, &flow))
		return false;
	if (flow.source.family == flow.destination.family && m->family[flow.source.family])
		query_judge(q, m, &flow);
	return true;
}

/* ---- frames of an ethertype ---- */

/* Until one is allowed and one is denied: that comes soon where there are many zones. */
static void query_link(struct query *q, const struct match *m)
{
	const struct pair *pair = &q->question.pair;
	struct flow flow = { .instant = q->policy->at, .mode = q->policy->mode,
			     .sender = ZONE_NONE, .ethertype = m->ethertype };
	zone_id zones = (zone_id)q->policy->model.zone_count;

	for (flow.l2_source = 0; flow.l2_source < zones; flow.l2_source++)
		for (flow.l2_destination = 0; flow.l2_destination < zones; flow.l2_destination++)
			if (zone_set_has(pair->source_zones, flow.l2_source) &&
			    zone_set_has(pair->destination.zones, flow.l2_destination) &&
			    !(q->has_allowed && q->has_denied))
				query_judge(q, m, &flow);
}

/* ---- sets ---- */

static void space_make(struct query *q)
{
	const struct policy *policy = q->policy;

	if (q->space_made)
		return;
	q->space_made = true;
	arena_init(&q->cells_arena);
	policy_cells_make(&q->cells, &q->cells_arena, &policy->model, policy->at, policy->mode);
	policy_space_init(&q->space, &policy->model, &q->cells);
}

static void space_release(struct query *q)
{
	if (!q->space_made)
		return;
	policy_space_release(&q->space);
	arena_release(&q->cells_arena);
}

/* A flow of the question that has not the wanted verdict, now. */
static bool space_ask(struct query *q, const struct match *m, const struct pair *pair,
		      bool wanted, struct flow *flow)
{
	u128 now = (u128)(q->policy->mode + 1);
	struct question question = { .pair = pair, .matches = m, .match_count = 1,
				     .cells = set_one(&q->arena, now, now), .wanted = wanted };
	struct proof_witness witness;
	enum proof proof = question_prove(&q->space, &question, 0, &witness);

	q->failed |= proof == PROOF_UNDECIDED;
	if (proof == PROOF_FAILS)
		*flow = witness.flow;
	return proof == PROOF_FAILS;
}

/* Groups that several zones declare: where one of these allows a flow, another
 * may deny it. */
static struct address_set groups_shared(struct query *q)
{
	const struct model *model = &q->policy->model;
	struct address_set once = address_set_empty(), twice = address_set_empty();

	for (size_t z = 0; z < model->zone_count; z++) {
		struct address_set groups = model->zones[z].multicast;
		twice = address_set_union(&q->arena, twice,
					  address_set_intersect(&q->arena, once, groups));
		once = address_set_union(&q->arena, once, groups);
	}
	return twice;
}

/* Is any flow allowed? Those to shared groups come last: if there is nothing
 * but one that its other zones deny, the answer is not known. */
static void query_any_allowed(struct query *q, const struct match *m)
{
	struct pair pair = q->question.pair;
	struct destination *to = &pair.destination;
	struct flow flow;

	to->excluded = address_set_union(&q->arena, to->excluded, groups_shared(q));
	if (space_ask(q, m, &pair, false, &flow))
		query_allowed(q, &flow);
	else if (space_ask(q, m, &q->question.pair, false, &flow)) {
		if (flow_judge(q->index, &flow).allowed)
			query_allowed(q, &flow);
		else
			q->unclear = true;
	}
}

static struct zone_set every_zone(struct query *q)
{
	size_t count = q->policy->model.zone_count, words = (count + 63) / 64;
	uint64_t *bits = arena_array(&q->arena, words, sizeof(*bits));

	for (size_t z = 0; z < count; z++)
		bits[z / 64] |= UINT64_C(1) << z % 64;
	return (struct zone_set){ bits, count };
}

/* The shared groups that the question goes to, at every zone that declares them. */
static struct destination groups_everywhere(struct query *q)
{
	const struct destination *to = &q->question.pair.destination;
	const struct model *model = &q->policy->model;
	struct address_set shared = groups_shared(q), groups = address_set_empty();

	for (size_t z = 0; z < model->zone_count; z++) {
		struct address_set here = model->zones[z].multicast;
		if (!zone_set_has(to->zones, (zone_id)z))
			here = zone_set_has(to->literal_zones, (zone_id)z)
				       ? address_set_intersect(&q->arena, here, to->literal)
				       : address_set_empty();
		groups = address_set_union(&q->arena, groups,
					   address_set_intersect(&q->arena, here, shared));
	}
	return (struct destination){ .unicast = address_set_empty(),
				     .literal = groups,
				     .literal_zones = every_zone(q),
				     .excluded = to->excluded };
}

/* Is any flow denied? One to a shared group may be by a zone not asked about. */
static void query_any_denied(struct query *q, const struct match *m)
{
	struct pair pair = q->question.pair;
	struct flow flow;

	bool denied = space_ask(q, m, &pair, true, &flow);
	if (!denied) {
		pair.destination = groups_everywhere(q);
		denied = space_ask(q, m, &pair, true, &flow);
	}
	if (denied)
		query_denied(q, &flow);
}

static void query_sets(struct query *q, const struct match *m)
{
	space_make(q);
	query_any_allowed(q, m);
	query_any_denied(q, m);
}

/* ---- answers ---- */

static const char *query_word(const struct query *q)
{
	if (q->has_allowed && q->has_denied)
		return "partly";
	return q->has_allowed ? "allowed" : "denied";
}

static void witness_text(const struct query *q, const char *what, const struct flow *flow)
{
	struct verdict verdict = flow_judge(q->index, flow);
	struct strbuf text = STRBUF_INIT;

	check_flow_text(&text, &q->policy->model, flow);
	printf("  %s: %s\n", what, text.text);
	if (verdict.rule == NULL)
		printf(verdict.allowed ? "    traffic within the zone\n" : "    no rule allows it\n");
	else
		printf("    %s:%u: %s\n", verdict.rule->where.source->path,
		       verdict.rule->where.line, verdict.rule->label);
	if (flow->ethertype == 0) /* no device routes the others */
		way_print(&q->policy->model, q->topology, verdict.source_zone,
			  verdict.destination_zone, stdout);
	strbuf_release(&text);
}

/* Where rules tell its values apart; null: the operation has none. */
static void witness_parameter(json_t *out, const struct model *model, const struct flow *flow,
			      enum parameter_dimension dimension)
{
	const struct protocol *protocol = &model->protocols[flow->operation >> 16];
	uint32_t number = dimension == PARAMETER_UNIT ? flow->unit : flow->object, value;
	const struct parameter *parameter;

	if (!parameter_matters(model, flow->operation, dimension))
		return;
	parameter = parameter_at(protocol, dimension, flow->operation & 0xffff, number, &value);
	json_object_set_new(out, parameter_dimension_name(dimension),
			    parameter == NULL
				    ? json_null()
				    : json_pack("{s:s, s:I}", "name", parameter->name, "value",
						(json_int_t)value));
}

static json_t *witness_json(const struct query *q, const struct flow *flow)
{
	struct verdict verdict = flow_judge(q->index, flow);
	struct strbuf text = STRBUF_INIT;
	json_t *out = json_object();

	check_flow_text(&text, &q->policy->model, flow);
	json_object_set_new(out, "flow", json_string(text.text));
	if (flow->operation >> 16 < q->policy->model.protocol_count)
		for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
			witness_parameter(out, &q->policy->model, flow,
					  (enum parameter_dimension)d);
	if (verdict.rule != NULL) {
		json_object_set_new(out, "rule", json_string(verdict.rule->identity));
		json_object_set_new(out, "file", json_string(verdict.rule->where.source->path));
		json_object_set_new(out, "line", json_integer(verdict.rule->where.line));
	}
	if (flow->ethertype == 0)
		json_object_set_new(out, "devices",
				    way_json(&q->policy->model, q->topology, verdict.source_zone,
					     verdict.destination_zone));
	strbuf_release(&text);
	return out;
}

static void query_print(struct query *q, const char *question)
{
	if (q->policy->format == FORMAT_JSON) {
		json_t *answer = json_object();
		json_object_set_new(answer, "question", json_string(question));
		json_object_set_new(answer, "verdict", json_string(query_word(q)));
		if (q->has_allowed)
			json_object_set_new(answer, "allowed", witness_json(q, &q->allowed));
		if (q->has_denied)
			json_object_set_new(answer, "denied", witness_json(q, &q->denied));
		json_array_append_new(q->answers, answer);
		return;
	}
	printf("%s %s\n", query_word(q), question);
	if (q->has_allowed)
		witness_text(q, "yes", &q->allowed);
	if (q->has_denied)
		witness_text(q, "no", &q->denied);
}

/* ---- asking ---- */

static bool query_refuse(struct query *q, const struct tree_assert *tree, const char *why)
{
	diag_add(&q->policy->diags, FINDING_UNANSWERABLE, tree->where, "%s", why);
	return false;
}

static bool query_decide(struct query *q, const struct tree_assert *tree)
{
	struct assertion *a = &q->question;

	if (a->activity != NULL || a->modes != MODE_EVERY)
		return query_refuse(q, tree, "a question's time and mode are --at and --mode");
	for (size_t i = 0; i < a->match_count; i++) {
		if (a->matches[i].ethertype_rule)
			query_link(q, &a->matches[i]);
		else if (!query_one(q, &a->matches[i]))
			query_sets(q, &a->matches[i]);
	}
	if (q->failed)
		return query_refuse(q, tree, "not decided within the budget of regions");
	if (q->unclear && !q->has_allowed)
		return query_refuse(q, tree, "zones decide differently about a group of theirs; "
					     "ask about one group from one address and port");
	return q->has_allowed || q->has_denied ||
	       query_refuse(q, tree, "no flow of one address family fits this question");
}

static bool query_ask(struct query *q, const char *question)
{
	struct policy *policy = q->policy;
	struct tree_assert *tree = policy_text_question(&policy->text, question, &policy->diags);
	bool answered = false;

	arena_init(&q->arena);
	q->has_allowed = q->has_denied = q->failed = q->unclear = false;
	if (tree != NULL &&
	    model_resolve_question(&policy->model, tree, &q->question, &policy->diags) &&
	    query_decide(q, tree)) {
		query_print(q, question);
		answered = true;
	}
	arena_release(&q->arena);
	return answered;
}

static int query_lines(struct query *q)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int code = EXIT_CLEAN;

	while ((length = getline(&line, &size, stdin)) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0' && line[0] != '#' && !query_ask(q, line))
			code = EXIT_UNABLE;
	}
	free(line);
	return code;
}

static int query_single(struct query *q, const char *question)
{
	if (!query_ask(q, question))
		return EXIT_UNABLE;
	return q->has_allowed && !q->has_denied ? EXIT_CLEAN : EXIT_FINDINGS;
}

static void query_json(struct query *q)
{
	json_t *result = json_object();

	json_object_set_new(result, "schema", json_string("cordon/query/1"));
	json_object_set(result, "answers", q->answers);
	json_dumpf(result, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(result);
}

static int query_policy(struct policy *policy, const char *question)
{
	struct query q = { .policy = policy, .answers = json_array() };

	q.index = flow_index_create(&policy->model);
	q.topology = topology_create(&policy->model);
	int code = strcmp(question, "-") == 0 ? query_lines(&q) : query_single(&q, question);
	if (policy->format == FORMAT_JSON)
		query_json(&q);
	flow_index_destroy(q.index);
	topology_destroy(q.topology);
	space_release(&q);
	json_decref(q.answers);
	return code;
}

static int query_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = { POLICY_OPTIONS, { 0 } };
	struct policy policy;
	int option, code = EXIT_UNABLE;

	policy_init(&policy, verb);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!policy_option(&policy, option))
			return policy_abandon(&policy, option);
	if (argc - optind != 2) {
		policy_finish(&policy, EXIT_UNABLE);
		return cli_usage_error(verb, "a policy and a question are needed");
	}
	if (strcmp(argv[optind], "-") == 0 && strcmp(argv[optind + 1], "-") == 0) {
		policy_finish(&policy, EXIT_UNABLE);
		return cli_usage_error(verb, "standard input cannot be both policy and questions");
	}
	if (policy_load(&policy, argv[optind]))
		code = query_policy(&policy, argv[optind + 1]);
	else
		code = EXIT_CLEAN; /* the diagnostics make it */
	/* Warnings about the policy are `check`'s to tell. */
	policy.quiet = !policy.strict && diags_count(&policy.diags, SEVERITY_ERROR) == 0;
	return policy_finish_result(&policy, code);
}

const struct verb verb_query = {
	"query",
	"the verdict on a flow, or on sets of flows",
	"[options] POLICY 'SRC -> DST : SERVICE' | POLICY -\n\n" POLICY_USAGE("text|json") CLI_USAGE,
	query_run,
};
