/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon diff`: what a change of policy opens and closes, and what stands beside
 * that: findings, answers of asserts, generated configurations. */
#include "config.h"
#include "cli/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compiler/check.h"

enum { OPTION_EXIT_CODE = OPTION_OWN, OPTION_FAIL_ON, OPTION_GIT, OPTION_GUARD, OPTION_TRAFFIC };

/* ---- gates ---- */

static bool gate_wrong(struct diff_run *run, const char *word)
{
	struct strbuf names = STRBUF_INIT;

	for (int r = 0; r < RISK_COUNT; r++)
		strbuf_printf(&names, ", %s", diff_risk_name((enum diff_risk)r));
	cli_usage_error(run->policy[DIFF_NEW].verb,
			"--fail-on: '%s' is none of opened, closed, any%s", word,
			strbuf_text(&names));
	strbuf_release(&names);
	run->policy[DIFF_NEW].complained = true;
	return false;
}

static bool gate_is_of_traffic(enum diff_risk risk)
{
	return risk == RISK_CUT || risk == RISK_MAY_CUT;
}

/* `opened`, or a risk. */
static bool gate_named(const char *word, struct diff_gate *gate)
{
	static const char *const opened = "opened:";
	bool prefixed = strncmp(word, opened, strlen(opened)) == 0;

	*gate = (struct diff_gate){ .kind = DIFF_OPENED };
	gate->every = strcmp(word, "opened") == 0;
	if (gate->every)
		return true;
	if (!diff_risk_by_name(prefixed ? word + strlen(opened) : word, &gate->risk))
		return false;
	if (gate_is_of_traffic(gate->risk))
		gate->kind = DIFF_CLOSED;
	return !prefixed || gate->kind == DIFF_OPENED;
}

/* One word of `opened:it-to-ot,program`: what closes has the risks of traffic only. */
static bool gate_word(struct diff_run *run, const char *word)
{
	bool any = strcmp(word, "any") == 0;
	struct diff_gate gate;

	if (any || strcmp(word, "closed") == 0)
		vec_push(&run->gates, ((struct diff_gate){ DIFF_CLOSED, .every = true }));
	if (strcmp(word, "closed") == 0)
		return true;
	if (!gate_named(any ? "opened" : word, &gate))
		return gate_wrong(run, word);
	vec_push(&run->gates, gate);
	return true;
}

static bool gates_read(struct diff_run *run, const char *text)
{
	char *copy = memory_strdup(text), *rest = copy, *word;
	bool fine = true;

	while (fine && (word = strsep(&rest, ",")) != NULL)
		fine = gate_word(run, word);
	free(copy);
	return fine;
}

const struct diff_gate *diff_gate_of(const struct diff_run *run, const struct diff_row *row)
{
	for (size_t g = 0; g < run->gates.len; g++) {
		const struct diff_gate *gate = &run->gates.data[g];
		bool trips = gate->every;
		for (size_t i = 0; i < row->reason_count && !trips; i++)
			trips = row->reasons[i].risk == gate->risk;
		if (trips && gate->kind == row->kind)
			return gate;
	}
	return NULL;
}

static bool gates_ask_traffic(const struct diff_run *run)
{
	bool ask = false;

	for (size_t g = 0; g < run->gates.len; g++)
		ask |= !run->gates.data[g].every && gate_is_of_traffic(run->gates.data[g].risk);
	return ask;
}

/* What is closed at every time from now on is cut, also where it was seen before that. */
bool diff_cut_fails(const struct diff_run *run, const struct diff_cut *cut)
{
	bool cuts = cut->kind == TRAFFIC_CUT || (cut->kind == TRAFFIC_KEPT && cut->when == NULL);
	bool fails = false;

	for (size_t g = 0; g < run->gates.len; g++) {
		const struct diff_gate *gate = &run->gates.data[g];
		fails |= !gate->every &&
			 ((cuts && gate->risk == RISK_CUT) ||
			  (cut->kind == TRAFFIC_UNSURE && gate->risk == RISK_MAY_CUT));
	}
	return fails;
}

/* ---- the job ---- */

static bool diff_option(struct diff_run *run, int option)
{
	switch (option) {
	case OPTION_EXIT_CODE: run->exit_code = true; return true;
	case OPTION_FAIL_ON: return gates_read(run, optarg);
	case OPTION_TRAFFIC: vec_push(&run->observed.paths, optarg); return true;
	case OPTION_GUARD: run->guard.path = optarg; return true;
	case OPTION_GIT: run->git = optarg; return true;
	default: return policy_option(&run->policy[DIFF_NEW], option);
	}
}

/* Both policies are read from the repository, by the paths they have there. */
static bool diff_open_git(struct diff_run *run, const char *paths[DIFF_SIDES])
{
	const char *why = "";

	if (!git_open(&run->repository, run->trees, run->git, paths[DIFF_OLD], &why)) {
		fprintf(stderr, "cordon diff: --git %s: %s\n", run->git, why);
		return false;
	}
	for (int side = 0; side < DIFF_SIDES; side++) {
		run->policy[side].reader = &run->trees[side].reader;
		paths[side] = run->trees[side].path;
	}
	return true;
}

/* A mode that only one of the policies has is one in which no rule of the other is. */
static bool diff_find_mode(struct diff_run *run)
{
	struct policy *new = &run->policy[DIFF_NEW];

	if (new->mode_name == NULL || new->mode >= 0 || run->policy[DIFF_OLD].mode >= 0)
		return true;
	new->mode_elsewhere = false;
	return policy_find_mode(new);
}

static bool diff_load(struct diff_run *run, char **arguments)
{
	const char *paths[DIFF_SIDES] = { arguments[0], arguments[1] };
	struct policy *old = &run->policy[DIFF_OLD], *new = &run->policy[DIFF_NEW];
	bool loaded = true;

	old->at = new->at;
	old->mode_name = new->mode_name;
	if (run->git != NULL && !diff_open_git(run, paths))
		return false;
	for (int side = 0; side < DIFF_SIDES; side++) {
		run->policy[side].mode_elsewhere = true;
		loaded &= policy_load(&run->policy[side], paths[side]);
	}
	return loaded && diff_find_mode(run);
}

static void diff_compare(struct diff_run *run)
{
	const struct model *const models[] = { &run->policy[DIFF_OLD].model,
					       &run->policy[DIFF_NEW].model };
	struct diff_options options = { .at = run->policy[DIFF_NEW].at };

	for (int side = 0; side < DIFF_SIDES; side++) {
		struct policy *policy = &run->policy[side];
		struct check_options check = { .at = policy->at, .mode = policy->mode };
		check_policy(&policy->model, &check, &policy->diags);
		policy->quiet = true;
	}
	diff_make(&run->diff, models, &options);
	if (run->observed.traffic != NULL)
		diff_find_cuts(run);
	diff_find_findings(run);
	diff_find_asserts(run);
	diff_find_devices(run);
}

static bool finding_trips(const struct diff_run *run, const struct diff_finding *finding)
{
	bool trips = run->policy[DIFF_NEW].strict && finding->side == DIFF_NEW;

	for (size_t g = 0; g < run->gates.len; g++)
		trips |= finding->diag->id == FINDING_LOGGED_DENY_REMOVED &&
			 !run->gates.data[g].every && run->gates.data[g].risk == RISK_LOGGED_DENY;
	return trips;
}

static int diff_code(const struct diff_run *run)
{
	bool trips = false;

	if (run->diff.verdict == DIFF_UNDECIDED)
		return EXIT_UNABLE;
	for (size_t i = 0; i < run->diff.row_count; i++)
		trips |= diff_gate_of(run, &run->diff.rows[i]) != NULL;
	for (size_t i = 0; i < run->observed.cuts.len; i++)
		trips |= diff_cut_fails(run, &run->observed.cuts.data[i]);
	for (size_t i = 0; i < run->findings.len; i++)
		trips |= finding_trips(run, &run->findings.data[i]);
	return trips || (run->exit_code && run->diff.verdict != DIFF_SAME) ? EXIT_FINDINGS
									    : EXIT_CLEAN;
}

static int diff_policies(struct diff_run *run)
{
	static void (*const print[])(struct diff_run *, FILE *) = {
		[FORMAT_TEXT] = diff_print_text,
		[FORMAT_JSON] = diff_print_json,
		[FORMAT_SARIF] = diff_print_sarif,
		[FORMAT_MARKDOWN] = diff_print_markdown,
	};

	if (run->observed.paths.len > 0 && !diff_load_traffic(run))
		return EXIT_UNABLE;
	diff_compare(run);
	if (run->guard.path != NULL)
		diff_find_guard(run);
	print[run->policy[DIFF_NEW].format](run, stdout);
	int code = diff_code(run);
	diff_release(&run->diff);
	int guarded = run->guard.path != NULL ? diff_finish_guard(run) : EXIT_CLEAN;
	return guarded > code ? guarded : code;
}

static void run_release(struct diff_run *run)
{
	for (size_t d = 0; d < run->devices.len; d++) {
		struct diff_device *device = &run->devices.data[d];
		for (size_t f = 0; f < device->files.len; f++)
			vec_free(&device->files.data[f].changes);
		vec_free(&device->files);
	}
	vec_free(&run->devices);
	vec_free(&run->asserts);
	vec_free(&run->findings);
	vec_free(&run->gates);
	diff_release_traffic(run);
	if (run->git != NULL)
		git_release(&run->repository, run->trees);
	arena_release(&run->arena);
}

/* What the policies are found to be does not make the exit code; that they cannot be
 * used does. */
static int run_finish(struct diff_run *run, int code)
{
	int worst = code, traffic = diags_exit_code(&run->observed.diags, false);

	diags_print(&run->observed.diags, stderr);
	worst = traffic > worst ? traffic : worst;
	run_release(run);
	for (int side = 0; side < DIFF_SIDES; side++) {
		struct policy *policy = &run->policy[side];
		int own = policy->quiet ? EXIT_CLEAN : code;
		if (policy->quiet) {
			diags_release(&policy->diags);
			diags_init(&policy->diags);
		}
		own = policy_finish_result(policy, own);
		worst = own > worst ? own : worst;
	}
	return worst;
}

static bool diff_arguments(const struct diff_run *run, int count, char **arguments)
{
	const char *wrong = NULL;
	int inputs = 0;

	for (int i = 0; i < count; i++)
		inputs += strcmp(arguments[i], "-") == 0;
	for (size_t i = 0; i < run->observed.paths.len; i++)
		inputs += strcmp(run->observed.paths.data[i], "-") == 0;
	if (count != (run->git != NULL ? 1 : 2))
		wrong = run->git != NULL ? "--git takes one policy" : "two policies are needed";
	else if (run->git != NULL && strcmp(arguments[0], "-") == 0)
		wrong = "--git takes a file of the repository";
	else if (inputs > 1)
		wrong = "standard input can be read once only";
	else if (run->observed.paths.len == 0 && gates_ask_traffic(run))
		wrong = "--fail-on cut and may-cut go with --traffic";
	if (wrong != NULL)
		cli_usage_error(run->policy[DIFF_NEW].verb, "%s", wrong);
	return wrong == NULL;
}

static int diff_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS,
		{ "exit-code", no_argument, NULL, OPTION_EXIT_CODE },
		{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
		{ "guard", required_argument, NULL, OPTION_GUARD },
		{ "traffic", required_argument, NULL, OPTION_TRAFFIC },
		{ "git", required_argument, NULL, OPTION_GIT },
		{ 0 },
	};
	struct diff_run run = { .exit_code = false };
	int option;

	for (int side = 0; side < DIFF_SIDES; side++)
		policy_init(&run.policy[side], verb);
	run.policy[DIFF_NEW].formats |= 1 << FORMAT_SARIF | 1 << FORMAT_MARKDOWN;
	arena_init(&run.arena);
	diags_init(&run.observed.diags);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
		if (!diff_option(&run, option)) {
			run_release(&run);
			diags_release(&run.policy[DIFF_OLD].diags);
			return policy_abandon(&run.policy[DIFF_NEW], option);
		}
	if (!diff_arguments(&run, argc - optind, argv + optind))
		return run_finish(&run, EXIT_UNABLE);
	return run_finish(&run, diff_load(&run, argv + optind) ? diff_policies(&run)
							       : EXIT_UNABLE);
}

const struct verb verb_diff = {
	.name = "diff",
	.summary = "what a change of policy opens and closes",
	.usage = "[options] OLD NEW\n"
		 "       cordon diff [options] --git REV[..REV] POLICY\n\n" POLICY_USAGE("text|json|markdown|sarif")
		 "  --exit-code          exit 1 when flows changed\n"
		 "  --guard FILE         prove the asserts of FILE, which are not the author's, for NEW\n"
		 "  --traffic FILE       say what the change cuts of a capture, or of what\n"
		 "                       cordon verify --conversations --format json saved\n"
		 "  --git RANGE          POLICY at REV..REV, or at REV and in the working tree\n"
		 "  --fail-on RISKS      exit 1 when such flows changed: opened, closed, or like\n"
		 "                       opened:it-to-ot,program\n" CLI_USAGE,
	.run = diff_run,
};
