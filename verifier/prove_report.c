/* SPDX-License-Identifier: Apache-2.0
 *
 * The questions whose answers are a report. Each compares two sides:
 *
 *   what is admitted     the policy      with  the configuration
 *   stateless: others    the policy, its replies and errors  with  the configuration
 *   stateless: returns   the replies     with  the configuration
 *   stateless: fragments the policy and its replies, whatever the ports, likewise
 *
 * Where conditions were not interpreted, the configuration lies between a lower
 * and an upper bound. What the upper bound lacks is missing, what the lower one
 * has is excess, for certain; what lies between the two is possible. */
#include "config.h"
#include "verifier/prove_rows.h"

enum { TCP = 6, NOT_ASKED = -1 };

struct answers {
	struct prove_run run;
	struct prove_rows *rows;
	const struct filter *intent, *read;
	bool bounds;  /* they differ */
	bool residue; /* is asked for */
};

static struct prove_source source_intent(const struct answers *a, enum prove_shape shape,
					 uint8_t term)
{
	return (struct prove_source){ a->intent, true, shape, BOUND_UPPER, term, false };
}

static struct prove_source source_read(const struct answers *a, enum prove_bound bound,
				       uint8_t term)
{
	return (struct prove_source){ a->read, false, SHAPE_PLAIN, bound, term, false };
}

static void answers_ask(struct answers *a, struct prove_question question, int left, int right,
			bool certain)
{
	prove_rows_ask(a->rows, &a->run, &question, (struct prove_asked){ left, right, certain });
}

/* What the policy, in `shapes`, has and the configuration has not. */
static void answers_lacks(struct answers *a, struct range protocols,
			  const enum prove_shape *shapes, size_t count, int kind)
{
	for (size_t i = 0; i < count; i++) {
		struct prove_question certain = {
			.left = { source_intent(a, shapes[i], 0) }, .left_count = 1,
			.right = { source_read(a, BOUND_UPPER, 0) }, .right_count = 1,
			.protocols = protocols,
		};
		answers_ask(a, certain, kind, NOT_ASKED, true);
		if (!a->bounds)
			continue;
		struct prove_question possible = {
			.left = { source_intent(a, shapes[i], 0), source_read(a, BOUND_UPPER, 0) },
			.left_count = 2,
			.right = { source_read(a, BOUND_LOWER, 0) }, .right_count = 1,
			.protocols = protocols,
		};
		answers_ask(a, possible, kind, NOT_ASKED, false);
	}
}

static unsigned outline_report(void *context, const struct space_difference *difference)
{
	struct answers *a = context;

	(void)difference;
	return a->run.listener.kinds = 0; /* of the other pairs nothing is asked, either */
}

/* True if not even the outline of the errors about flows and answers has anything that
 * the configuration lacks: then they do not, and need not be asked about rule by rule. */
static bool answers_has_errors(struct answers *a, struct range protocols)
{
	struct prove_question question = {
		.left = { source_intent(a, SHAPE_OWN_ERRORS, 0),
			  source_intent(a, SHAPE_ERRORS_ON, 1) },
		.right = { source_read(a, BOUND_LOWER, 0) },
		.left_count = 2, .right_count = 1, .protocols = protocols,
	};
	bool before = a->run.undecided;

	question.left[0].outline = question.left[1].outline = true;
	a->run.undecided = false;
	a->run.listener = (struct space_listener){ SPACE_LEFT, outline_report, a };
	prove_ask(&a->run, &question);
	bool has = a->run.listener.kinds != 0 && !a->run.undecided;
	a->run.undecided = before;
	return has;
}

/* What the configuration has and none of the policy's `shapes` has. */
static void answers_exceeds(struct answers *a, struct range protocols,
			    const enum prove_shape *shapes, size_t count, int kind)
{
	struct prove_question question = {
		.right = { source_read(a, BOUND_LOWER, 0) }, .right_count = 1,
		.left_count = count, .protocols = protocols,
	};

	if (kind == PROVE_RESIDUE && !a->residue)
		return;
	for (size_t i = 0; i < count; i++) {
		question.left[i] = source_intent(a, shapes[i], (uint8_t)i);
		question.left[i].outline = shapes[i] == SHAPE_ERRORS;
	}
	answers_ask(a, question, NOT_ASKED, kind, true);
	if (!a->bounds)
		return;
	question.right[0] = source_read(a, BOUND_UPPER, 0);
	question.left[question.left_count++] = source_read(a, BOUND_LOWER, (uint8_t)count);
	answers_ask(a, question, NOT_ASKED, kind, false);
}

/* What the configuration has of `shape` and the policy's `allowed` have not. */
static void answers_beyond(struct answers *a, struct range protocols, enum prove_shape shape)
{
	struct prove_question question = {
		.left = { source_read(a, BOUND_UPPER, 0), source_intent(a, shape, 0) },
		.right = { source_intent(a, SHAPE_PLAIN, 0) },
		.left_count = 2, .right_count = 1, .protocols = protocols,
	};

	if (a->residue)
		answers_ask(a, question, PROVE_RESIDUE, NOT_ASKED, true);
}

static void answers_begin(struct answers *a, struct arena *arena, const struct filter *intent,
			  const struct filter *read)
{
	a->intent = intent;
	a->read = read;
	a->bounds = prove_has_uncertain(read);
	prove_run_init(&a->run, arena, intent, read);
}

static void answers_end(struct answers *a, struct prove_report *report, bool *undecided)
{
	report->rules += a->run.rules;
	*undecided |= a->run.undecided;
	prove_run_release(&a->run);
}

static const enum prove_shape plain[] = { SHAPE_PLAIN };
static const enum prove_shape replies[] = { SHAPE_REPLIES };
static const enum prove_shape both_ways[] = { SHAPE_PLAIN, SHAPE_REPLIES };
static const enum prove_shape packets[] = { SHAPE_PLAIN, SHAPE_REPLIES, SHAPE_ERRORS,
					    SHAPE_NEIGHBOURS };
static const enum prove_shape errors[] = { SHAPE_OWN_ERRORS, SHAPE_ERRORS_ON };
static const enum prove_shape hosts[] = { SHAPE_HOSTS, SHAPE_HOSTS_BACK };

/* The same question while the bounds are one: both answers in one walk. */
static void answers_admission(struct answers *a, struct range protocols)
{
	struct prove_question question = {
		.left = { source_intent(a, SHAPE_PLAIN, 0) }, .left_count = 1,
		.right = { source_read(a, BOUND_UPPER, 0) }, .right_count = 1,
		.protocols = protocols,
	};

	if (!a->bounds) {
		answers_ask(a, question, PROVE_MISSING, PROVE_EXCESS, true);
		return;
	}
	answers_lacks(a, protocols, plain, 1, PROVE_MISSING);
	answers_exceeds(a, protocols, plain, 1, PROVE_EXCESS);
}

/* Of other protocols the packets that start a flow and those that answer one
 * cannot be told apart. */
static void answers_stateless(struct answers *a, struct range protocols)
{
	answers_lacks(a, protocols, plain, 1, PROVE_MISSING);
	answers_lacks(a, protocols, replies, 1, PROVE_RETURNS);
	if (!answers_has_errors(a, protocols))
		answers_lacks(a, protocols, errors, 2, PROVE_RETURNS);
	answers_exceeds(a, protocols, packets, 4, PROVE_EXCESS);
	answers_beyond(a, protocols, SHAPE_REPLIES);
	answers_beyond(a, protocols, SHAPE_ERRORS);
	answers_beyond(a, protocols, SHAPE_NEIGHBOURS);
}

/* The policy says so of the device: `fragments deny`. */
static bool drops_fragments(const struct filter *intent)
{
	return intent->model_device != NULL && intent->model_device->tree->fragments_deny;
}

static void report_stateless(struct prove_report *report, struct answers *a,
			     struct arena *arena, const struct filter *intent,
			     const struct read_result *read, bool *undecided)
{
	struct range tcp = { TCP, TCP }, all = { 0, UINT8_MAX };

	answers_begin(a, arena, intent, &read->filter);
	answers_admission(a, tcp);
	answers_stateless(a, (struct range){ 0, TCP - 1 });
	answers_stateless(a, (struct range){ TCP + 1, UINT8_MAX });
	answers_end(a, report, undecided);

	answers_begin(a, arena, intent, &read->established);
	answers_lacks(a, tcp, plain, 1, PROVE_RETURNS);
	answers_lacks(a, tcp, replies, 1, PROVE_RETURNS);
	answers_exceeds(a, tcp, both_ways, 2, PROVE_RESIDUE);
	answers_end(a, report, undecided);

	answers_begin(a, arena, intent, &read->fragments);
	if (!drops_fragments(intent))
		answers_lacks(a, all, both_ways, 2, PROVE_FRAGMENTS);
	answers_exceeds(a, all, hosts, 2, PROVE_RESIDUE);
	answers_end(a, report, undecided);
}

static enum prove_verdict report_verdict(const struct prove_report *report,
					 const struct read_result *read, bool undecided)
{
	enum prove_verdict verdict = undecided ? PROVE_UNDECIDED : PROVE_EQUAL;

	for (size_t i = 0; i < read->unknown_count; i++)
		if (!read->unknown[i].bounded)
			verdict = PROVE_UNDECIDED;
	for (size_t i = 0; i < read->absent_count; i++)
		if (!read->absent[i].none)
			verdict = PROVE_UNDECIDED;
	for (size_t i = 0; i < read->return_count; i++)
		if (!read->returns[i].bounded)
			return PROVE_DIFFERENT;
		else
			verdict = PROVE_UNDECIDED;
	for (size_t i = 0; i < report->row_count; i++) {
		if (report->rows[i].kind == PROVE_RESIDUE)
			continue;
		if (report->rows[i].certain)
			return PROVE_DIFFERENT;
		verdict = PROVE_UNDECIDED;
	}
	return report->more_decide ? PROVE_DIFFERENT : verdict;
}

static void report_make(struct prove_report *report, struct answers *a, struct arena *arena,
			const struct filter *intent, const struct read_result *read)
{
	bool undecided = false;

	*report = (struct prove_report){ .verdict = PROVE_EQUAL };
	if (read->stateless) {
		report_stateless(report, a, arena, intent, read, &undecided);
	} else {
		answers_begin(a, arena, intent, &read->filter);
		answers_admission(a, (struct range){ 0, UINT8_MAX });
		answers_end(a, report, &undecided);
	}
	prove_rows_finish(a->rows, report);
	prove_rows_destroy(a->rows);
	report->verdict = report_verdict(report, read, undecided);
	if (intent->monitor != read->filter.monitor)
		report->verdict = PROVE_DIFFERENT;
}

void prove_report(struct prove_report *report, struct arena *arena, const struct model *model,
		  const struct filter *intent, const struct read_result *read)
{
	struct answers a = { .rows = prove_rows_create(arena, model), .residue = true };

	report_make(report, &a, arena, intent, read);
}

void prove_decisive(struct prove_report *report, struct arena *arena, const struct model *model,
		    const struct filter *intent, const struct read_result *read)
{
	struct answers a = { .rows = prove_rows_create(arena, model), .residue = false };

	report_make(report, &a, arena, intent, read);
}
