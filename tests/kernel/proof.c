/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof's side of tests/kernel/mutants.test:
 *
 *     proof POLICY DEVICE AT < COMMANDS
 *
 * `ruleset PATH` reads a configuration, compares it with the policy at the device
 * as `cordon compile` does, by both engines, and answers with one line `equal`,
 * `different` or `unproved LINE REASON`; after `different` come lines
 * `witness IN OUT SOURCE DESTINATION PROTOCOL SPORT DPORT INSTANT missing|excess`,
 * at the end of each answer one of `.`. `packet IN OUT SOURCE DESTINATION
 * PROTOCOL SPORT DPORT INSTANT` answers `allow`, `deny` or `maybe`: what the last
 * ruleset does with it as it was read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "compiler/filter.h"
#include "compiler/model.h"
#include "lang/lang.h"
#include "tests/naive/filter_admits.h"
#include "verifier/prove.h"
#include "verifier/read.h"

enum { NAME = 64, LINE = 1024 };

struct judge {
	struct arena arena, scratch; /* the policy's, the last ruleset's */
	struct policy_text text;
	struct model model;
	struct diags diags;
	struct filter intent;
	struct file_text file;
	struct source source;
	struct read_result read;
};

static void print_witness(const struct prove_witness *witness)
{
	const struct flow *flow = &witness->flow;
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];

	printf("witness %s %s %s %s %u %u %u %" PRId64 " %s\n", witness->in, witness->out,
	       address_print(&flow->source, source),
	       address_print(&flow->destination, destination), flow->protocol, flow->src_port,
	       flow->dst_port, flow->instant, witness->intended ? "missing" : "excess");
}

static bool judge_compare(struct judge *judge)
{
	struct prove_result proof;

	prove_equal(&proof, &judge->scratch, &judge->intent, &judge->read.filter);
	if (proof.verdict !=
	    prove_equal_by_diagram(&judge->scratch, &judge->intent, &judge->read.filter)) {
		fputs("the two engines disagree\n", stderr);
		return false;
	}
	if (proof.verdict == PROVE_UNDECIDED)
		puts("unproved 0 undecided");
	else
		puts(proof.verdict == PROVE_EQUAL ? "equal" : "different");
	for (size_t i = 0; i < proof.witness_count; i++)
		print_witness(&proof.witnesses[i]);
	return true;
}

static bool judge_ruleset(struct judge *judge, const char *path)
{
	struct diags diags;
	const char *why;
	bool good = true;

	file_text_release(&judge->file);
	arena_release(&judge->scratch);
	arena_init(&judge->scratch);
	diags_init(&diags);
	if (!file_read(path, &judge->file, &why))
		return false;
	judge->source = (struct source){ path, judge->file.bytes, judge->file.length };
	judge->read = (struct read_result){ 0 };
	struct read_input input = { .files = &judge->source, .file_count = 1,
				    .model = &judge->model,
				    .device = judge->intent.model_device,
				    .at = judge->intent.at, .horizon = judge->intent.horizon,
				    .monitor = judge->intent.monitor };
	if (!read_nftables(&judge->read, &judge->scratch, &input, &diags))
		puts("unproved 0 no configuration");
	else if (judge->read.unknown_count > 0)
		printf("unproved %u %s\n", judge->read.unknown[0].line,
		       judge->read.unknown[0].reason);
	else if (!judge->read.filter.returns_pass)
		puts("unproved 0 replies");
	else
		good = judge_compare(judge);
	puts(".");
	diags_release(&diags);
	return good;
}

/* What the reader calls an interface: its name, the longest wildcard that stands
 * for it, or any other. */
static const char *judge_name(const struct judge *judge, const char *name)
{
	const char *best = "*";

	for (size_t i = 0; i < judge->read.interface_count; i++) {
		const char *known = judge->read.interfaces[i];
		size_t length = strlen(known);
		if (strcmp(known, name) == 0)
			return known;
		if (known[length - 1] == '*' && strncmp(known, name, length - 1) == 0 &&
		    length > strlen(best))
			best = known;
	}
	return best;
}

static bool judge_packet(const struct judge *judge, const char *line)
{
	char in[NAME], out[NAME], source[ADDRESS_TEXT], destination[ADDRESS_TEXT];
	struct filter_packet packet = { .in = in, .out = out };

	if (sscanf(line, "packet %63s %63s %47s %47s %u %u %u %" SCNd64, in, out, source,
		   destination, &packet.protocol, &packet.sport, &packet.dport,
		   &packet.instant) != 8 ||
	    !address_parse(source, strlen(source), &packet.source) ||
	    !address_parse(destination, strlen(destination), &packet.destination))
		return false;
	packet.in = judge_name(judge, in);
	packet.out = judge_name(judge, out);
	bool most = filter_admits_bound(&judge->read.filter, &packet, true);
	bool least = filter_admits_bound(&judge->read.filter, &packet, false);
	puts(most != least ? "maybe" : most ? "allow" : "deny");
	return true;
}

static bool judge_all(struct judge *judge)
{
	char line[LINE], path[LINE];

	while (fgets(line, sizeof(line), stdin)) {
		bool good = sscanf(line, "ruleset %1023s", path) == 1
				    ? judge_ruleset(judge, path)
				    : judge_packet(judge, line);
		if (!good) {
			fprintf(stderr, "cannot answer: %s", line);
			return false;
		}
		fflush(stdout);
	}
	return true;
}

static bool judge_load(struct judge *judge, const char *policy, const char *device,
		       const char *at)
{
	struct place_options options = { .at = strtoll(at, NULL, 10), .mode = -1 };
	bool loaded = policy_text_load(&judge->text, policy, &judge->diags);

	if (!model_resolve(&judge->model, &judge->text, &judge->diags) || !loaded)
		return false;
	for (size_t i = 0; i < judge->model.device_count; i++)
		if (strcmp(judge->model.devices[i].name, device) == 0) {
			filter_place(&judge->intent, &judge->arena, &judge->model,
				     &judge->model.devices[i], &options);
			return true;
		}
	return false;
}

int main(int argc, char **argv)
{
	struct judge judge = { 0 };

	if (argc != 4) {
		fputs("usage: proof POLICY DEVICE AT\n", stderr);
		return 2;
	}
	arena_init(&judge.arena);
	arena_init(&judge.scratch);
	diags_init(&judge.diags);
	bool good = judge_load(&judge, argv[1], argv[2], argv[3]) && judge_all(&judge);
	if (!good)
		diags_print(&judge.diags, stderr);
	file_text_release(&judge.file);
	model_release(&judge.model);
	policy_text_release(&judge.text);
	diags_release(&judge.diags);
	arena_release(&judge.scratch);
	arena_release(&judge.arena);
	return good ? 0 : 2;
}
