/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon query`: what the policy says of a question. One header (an address
 * each side, one port each) is judged through the flow index; any other
 * question is decided by the joint partition, exactly: the policy's rules
 * against the same rules behind the question as one rule. */
#include "config.h"
#include "cli/policy.h"
#include "cli/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "compiler/space.h"

VEC_TYPE(space_rules, struct space_rule);

struct query {
	struct policy *policy;
	struct flow_index *index;
	struct topology *topology;
	struct arena arena;              /* of one question */
	struct assertion question;
	bool has_allowed, has_denied, failed;
	struct flow allowed, denied;     /* witnesses */
	struct space_rules rules[FAMILY_COUNT]; /* [0] is the question's place */
	bool rules_made;
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

static void query_allowed(struct query *q, const struct flow *flow, u128 operation)
{
	if (!q->has_allowed)
		q->allowed = *flow, q->allowed.operation = (operation_id)operation;
	q->has_allowed = true;
}

static void query_denied(struct query *q, const struct flow *flow, u128 operation)
{
	if (!q->has_denied)
		q->denied = *flow, q->denied.operation = (operation_id)operation;
	q->has_denied = true;
}

/* No flow is of both families. */
static bool query_one(struct query *q, const struct match *m)
{
	struct flow flow;

	if (!query_header(q, m, &flow))
		return false;
	if (flow.source.family != flow.destination.family || !m->family[flow.source.family])
		return true;
	const struct set *contents = flow_contents(q->index, &flow, &q->arena);
	const struct set *yes = set_intersect(&q->arena, m->operations, contents);
	const struct set *no = set_subtract(&q->arena, m->operations, contents);
	if (!set_is_empty(yes))
		query_allowed(q, &flow, set_min(yes));
	if (!set_is_empty(no))
		query_denied(q, &flow, set_min(no));
	return true;
}

/* ---- sets ---- */

static bool rule_is_active_now(const struct query *q, const struct rule *rule)
{
	int mode = q->policy->mode;

	if (rule->modes != MODE_EVERY && (mode < 0 || !(rule->modes >> mode & 1)))
		return false;
	return activity_at(rule->activity, q->policy->at);
}

static void space_add(struct query *q, enum family family, bool allow, uint32_t id,
		      const struct pair *pair, const struct match *m)
{
	struct space_rule rule = { .allow = allow, .id = id };

	if (m->ethertype_rule || !m->family[family])
		return;
	rule.field[FIELD_PROTOCOL] = m->protocols;
	rule.field[FIELD_DESTINATION] = pair->destination.unicast.family[family];
	rule.field[FIELD_SOURCE] = pair->source.family[family];
	rule.field[FIELD_DST_PORT] = m->dst_ports;
	rule.field[FIELD_SRC_PORT] = m->src_ports;
	rule.field[FIELD_OPERATION] = m->operations;
	rule.field[FIELD_CELL] = set_one(&q->policy->model.arena, 0, UINT32_MAX);
	for (int f = 0; f < FIELD_COUNT; f++)
		if (set_is_empty(rule.field[f]))
			return;
	vec_push(&q->rules[family], rule);
}

static void space_add_rule(struct query *q, const struct rule *rule)
{
	if (!rule_is_active_now(q, rule))
		return;
	for (size_t p = 0; p < rule->pair_count; p++)
		for (size_t m = 0; m < rule->match_count; m++)
			for (int family = 0; family < FAMILY_COUNT; family++)
				space_add(q, (enum family)family, rule->allow, rule->index,
					  &rule->pairs[p], &rule->matches[m]);
}

/* Denies outrank allows; nothing else orders rules. */
static void space_make(struct query *q)
{
	const struct model *model = &q->policy->model;
	const struct space_rule place = { 0 };

	if (q->rules_made)
		return;
	q->rules_made = true;
	for (int family = 0; family < FAMILY_COUNT; family++)
		vec_push(&q->rules[family], place);
	for (int allow = 0; allow < 2; allow++)
		for (size_t i = 0; i < model->rule_count; i++)
			if (model->rules[i].allow == allow)
				space_add_rule(q, &model->rules[i]);
}

struct witness {
	const struct query *query;
	enum family family;
	struct flow flow;
};

/* The lower edge of a box is a flow of it; an ephemeral port reads better. */
static bool witness_take(void *context, const struct space_difference *difference)
{
	struct witness *w = context;
	const struct range *box = difference->box.field;
	u128 port = box[FIELD_SRC_PORT].lo;

	if (port < 50000 && box[FIELD_SRC_PORT].hi >= 50000)
		port = 50000;
	w->flow = (struct flow){
		.source = { box[FIELD_SOURCE].lo, w->family },
		.destination = { box[FIELD_DESTINATION].lo, w->family },
		.protocol = (uint8_t)box[FIELD_PROTOCOL].lo,
		.src_port = (uint16_t)port,
		.dst_port = (uint16_t)box[FIELD_DST_PORT].lo,
		.operation = (operation_id)box[FIELD_OPERATION].lo,
		.instant = w->query->policy->at,
		.mode = w->query->policy->mode,
		.sender = ZONE_NONE,
	};
	return false;
}

/* Is there a flow of the question that the policy decides otherwise? */
static enum space_result space_ask(struct query *q, const struct space_rule *question,
				   enum family family, bool allow, struct witness *witness)
{
	struct space_rules *rules = &q->rules[family];
	struct space_box box = space_box_all(family);

	rules->data[0] = *question;
	rules->data[0].allow = allow;
	rules->data[0].id = SPACE_NO_RULE - 1;
	struct space_list left = { rules->data + 1, rules->len - 1, false };
	struct space_list right = { rules->data, rules->len, false };
	*witness = (struct witness){ .query = q, .family = family };
	return space_compare(&left, &right, &box, 0, witness_take, witness);
}

static void query_family(struct query *q, const struct match *m, enum family family,
			 const struct address_set *to)
{
	struct pair pair = q->question.pair;
	struct witness witness;
	size_t len = q->rules[family].len;

	pair.destination.unicast = *to;
	space_add(q, family, true, 0, &pair, m);
	if (q->rules[family].len == len)
		return;
	struct space_rule question = q->rules[family].data[--q->rules[family].len];
	for (int allow = 0; allow < 2; allow++) {
		enum space_result result = space_ask(q, &question, family, allow, &witness);
		if (result == SPACE_UNDECIDED)
			q->failed = true;
		if (result != SPACE_DIFFERENT)
			continue;
		if (allow)
			query_denied(q, &witness.flow, witness.flow.operation);
		else
			query_allowed(q, &witness.flow, witness.flow.operation);
	}
}

static void query_sets(struct query *q, const struct match *m)
{
	struct address_set to = address_set_subtract(&q->arena,
						     q->question.pair.destination.unicast,
						     q->question.pair.destination.literal);

	space_make(q);
	for (int family = 0; family < FAMILY_COUNT; family++)
		query_family(q, m, (enum family)family, &to);
}

/* ---- answers ---- */

static const char *query_word(const struct query *q)
{
	if (q->has_allowed && q->has_denied)
		return "partly";
	return q->has_allowed ? "allowed" : "denied";
}

static void header_text(const struct flow *flow, struct strbuf *out)
{
	static const struct { uint8_t number; const char *name; } names[] = {
		{ 6, "tcp" }, { 17, "udp" }, { 132, "sctp" }, { 33, "dccp" }, { 136, "udplite" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == flow->protocol) {
			strbuf_printf(out, "%s %u from %u", names[i].name, flow->dst_port,
				      flow->src_port);
			return;
		}
	if (flow->protocol == 1 || flow->protocol == 58)
		strbuf_printf(out, "%s %u/%u", flow->protocol == 1 ? "icmp" : "icmpv6",
			      flow->src_port, flow->dst_port);
	else
		strbuf_printf(out, "proto %u", flow->protocol);
}

static void flow_text(const struct query *q, const struct flow *flow, struct strbuf *out)
{
	const struct model *model = &q->policy->model;
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];
	uint32_t protocol = flow->operation >> 16;

	strbuf_printf(out, "%s -> %s : ", address_print(&flow->source, source),
		      address_print(&flow->destination, destination));
	if (protocol != 0 && protocol < model->protocol_count)
		strbuf_printf(out, "%s(function %u) on ", model->protocols[protocol].name,
			      flow->operation & 0xffff);
	header_text(flow, out);
}

static void witness_text(const struct query *q, const char *what, const struct flow *flow)
{
	struct verdict verdict = flow_judge(q->index, flow);
	struct strbuf text = STRBUF_INIT;

	flow_text(q, flow, &text);
	printf("  %s: %s\n", what, text.text);
	if (verdict.rule == NULL)
		printf("    no rule allows it\n");
	else
		printf("    %s:%u: %s\n", verdict.rule->where.source->path,
		       verdict.rule->where.line, verdict.rule->label);
	way_print(&q->policy->model, q->topology, verdict.source_zone,
		  verdict.destination_zone, stdout);
	strbuf_release(&text);
}

static json_t *witness_json(const struct query *q, const struct flow *flow)
{
	struct verdict verdict = flow_judge(q->index, flow);
	struct strbuf text = STRBUF_INIT;
	json_t *out = json_object();

	flow_text(q, flow, &text);
	json_object_set_new(out, "flow", json_string(text.text));
	if (verdict.rule != NULL) {
		json_object_set_new(out, "rule", json_string(verdict.rule->identity));
		json_object_set_new(out, "file", json_string(verdict.rule->where.source->path));
		json_object_set_new(out, "line", json_integer(verdict.rule->where.line));
	}
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
			return query_refuse(q, tree, "a question is about IP, not an ethertype");
		if (!query_one(q, &a->matches[i]))
			query_sets(q, &a->matches[i]);
	}
	if (q->failed)
		return query_refuse(q, tree, "not decided within the budget of regions");
	return q->has_allowed || q->has_denied ||
	       query_refuse(q, tree, "no flow of one address family fits this question; "
				     "ask about groups from one address");
}

static bool query_ask(struct query *q, const char *question)
{
	struct policy *policy = q->policy;
	struct tree_assert *tree = policy_text_question(&policy->text, question, &policy->diags);
	bool answered = false;

	arena_init(&q->arena);
	q->has_allowed = q->has_denied = q->failed = false;
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
	for (int family = 0; family < FAMILY_COUNT; family++)
		vec_free(&q.rules[family]);
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
