/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon verify`: captured or live traffic held against the policy. */
#include "config.h"
#include "cli/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "base/terminal.h"
#include "verifier/report.h"

enum {
	OPTION_EVIDENCE = OPTION_OWN,
	OPTION_COVERAGE,
	OPTION_CONVERSATIONS,
	OPTION_BPF,
	OPTION_MAX_CONVERSATIONS,
	OPTION_FRAGMENTS,
	OPTION_IDLE,
	OPTION_VIOLATIONS,
};

struct verify_command {
	struct policy policy;
	struct verify_options options;
	const char *interface;
	const char *filter;
	bool conversations; /* told one by one in the report */
};

static struct verify *volatile verify_running; /* for the signal handler alone */

static void verify_on_signal(int signal_number)
{
	(void)signal_number;
	if (verify_running != NULL)
		verify_interrupt(verify_running);
}

/* The first Ctrl-C ends the reading, and what was learned is reported; a second
 * one ends the program. */
static void verify_catch_signals(struct verify *verify)
{
	struct sigaction action = { .sa_handler = verify_on_signal,
				    .sa_flags = (int)SA_RESETHAND };

	verify_running = verify;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void verify_show_progress(const struct verify *verify)
{
	fprintf(stderr, "\r%" PRIu64 " packets", verify_packets(verify));
	fflush(stderr);
}

static bool verify_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || text[0] == '-' || value == 0 ||
	    value > most)
		return false;
	*out = value;
	return true;
}

static bool verify_limit(struct verify_command *command, int option, const char *value)
{
	uint64_t number;

	if (!verify_number(value, UINT32_MAX, &number)) {
		cli_usage_error(command->policy.verb, "'%s' is not a number above 0", value);
		command->policy.complained = true;
		return false;
	}
	switch (option) {
	case OPTION_MAX_CONVERSATIONS: command->options.limits.conversations = number; break;
	case OPTION_FRAGMENTS: command->options.limits.fragments = number; break;
	case OPTION_IDLE: command->options.limits.idle = (unsigned)number; break;
	case OPTION_VIOLATIONS: command->options.violation_limit = number; break;
	default: command->options.threads = number; break;
	}
	return true;
}

static bool verify_option(struct verify_command *command, int option)
{
	switch (option) {
	case 'i': command->interface = optarg; return true;
	case OPTION_EVIDENCE: command->options.evidence = optarg; return true;
	case OPTION_COVERAGE: command->options.coverage = true; return true;
	case OPTION_CONVERSATIONS: command->conversations = true; return true;
	case OPTION_BPF: command->filter = optarg; return true;
	case 'j':
	case OPTION_MAX_CONVERSATIONS:
	case OPTION_FRAGMENTS:
	case OPTION_IDLE:
	case OPTION_VIOLATIONS: return verify_limit(command, option, optarg);
	default: return policy_option(&command->policy, option);
	}
}

static bool verify_open(struct verify_command *command, struct capture *capture, char **files)
{
	struct diags *diags = &command->policy.diags;
	bool opened = false;

	if (command->interface != NULL) {
		opened = capture_add_interface(capture, command->interface, diags);
	} else {
		for (; *files != NULL; files++) /* one that cannot be read does not hide the rest */
			opened |= capture_add_file(capture, *files, diags);
	}
	return opened &&
	       (command->filter == NULL || capture_set_filter(capture, command->filter, diags));
}

static void verify_report(const struct verify *verify, enum policy_format format)
{
	if (format == FORMAT_TEXT) {
		report_text(verify, stdout);
		return;
	}
	json_t *report = report_json(verify);
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(report);
}

static int verify_exit_code(const struct verify *verify)
{
	switch (verify_summary(verify)->outcome) {
	case VERIFY_CONFORMANT: return EXIT_CLEAN;
	case VERIFY_VIOLATIONS: return EXIT_FINDINGS;
	default: return EXIT_UNABLE;
	}
}

static int verify_capture(struct verify_command *command, struct capture *capture)
{
	struct policy *policy = &command->policy;
	struct verify *verify =
		verify_create(&policy->model, capture, &command->options, &policy->diags);
	bool show = terminal_is_interactive(stderr);

	if (verify == NULL)
		return EXIT_UNABLE;
	verify_catch_signals(verify);
	bool kept = verify_run(verify, show ? verify_show_progress : NULL);
	verify_running = NULL;
	if (show)
		fputs("\r\033[K", stderr);
	verify_report(verify, policy->format);
	int code = verify_exit_code(verify);
	verify_destroy(verify);
	return kept ? cli_finish(policy->verb, code) : EXIT_UNABLE;
}

static int verify_run_command(struct verify_command *command, char **arguments)
{
	struct policy *policy = &command->policy;
	struct capture *capture;
	int code = EXIT_UNABLE;

	if (!policy_load(policy, arguments[0]))
		return policy_finish(policy, EXIT_UNABLE);
	command->options.mode = policy->mode;
	if (command->conversations) {
		command->options.traffic = traffic_create();
		traffic_tell_apart(command->options.traffic, &policy->model);
	}
	capture = capture_create();
	if (verify_open(command, capture, arguments + 1))
		code = verify_capture(command, capture);
	capture_destroy(capture);
	traffic_destroy(command->options.traffic);
	return policy_finish_result(policy, code);
}

static int verify_run_verb(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS,
		{ "interface", required_argument, NULL, 'i' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "evidence", required_argument, NULL, OPTION_EVIDENCE },
		{ "coverage", no_argument, NULL, OPTION_COVERAGE },
		{ "conversations", no_argument, NULL, OPTION_CONVERSATIONS },
		{ "bpf", required_argument, NULL, OPTION_BPF },
		{ "max-conversations", required_argument, NULL, OPTION_MAX_CONVERSATIONS },
		{ "max-fragments", required_argument, NULL, OPTION_FRAGMENTS },
		{ "max-idle", required_argument, NULL, OPTION_IDLE },
		{ "max-violations", required_argument, NULL, OPTION_VIOLATIONS },
		{ 0 },
	};
	struct verify_command command = { 0 };
	int option;

	policy_init(&command.policy, verb);
	while ((option = getopt_long(argc, argv, "hi:j:", options, NULL)) != -1)
		if (!verify_option(&command, option))
			return policy_abandon(&command.policy, option);
	if (command.conversations && command.policy.format != FORMAT_JSON)
		return cli_usage_error(verb, "--conversations goes with --format json");
	int wanted = command.interface != NULL ? 1 : 2;
	if (argc - optind < wanted)
		return cli_usage_error(verb, "a policy and a capture are needed");
	if (command.interface != NULL && argc - optind > 1)
		return cli_usage_error(verb, "captures and -i do not go together");
	return verify_run_command(&command, argv + optind);
}

const struct verb verb_verify = {
	"verify",
	"hold captured or live traffic against the policy",
	"[options] POLICY CAPTURE...\n"
	"       cordon verify [options] POLICY -i INTERFACE\n\n" POLICY_USAGE("text|json")
	"  -i, --interface NAME listen there; Ctrl-C ends it and reports\n"
	"  --bpf EXPR           only packets that match (pcap-filter(7))\n"
	"  --coverage           list rules that no traffic used and assets never seen\n"
	"  --conversations      tell every conversation in JSON, for cordon diff --traffic\n"
	"  --evidence FILE      write the packets of violating conversations (pcap)\n"
	"  --max-conversations N  size of the table; the report says when it was full\n"
	"  --max-fragments N    likewise\n"
	"  --max-violations N   likewise\n"
	"  --max-idle SECONDS   after which a silent conversation may give way\n"
	"  -j, --jobs N         at most N threads: with 2 one reads ahead, more do not help\n" CLI_USAGE,
	verify_run_verb,
};
