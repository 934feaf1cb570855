/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks placed filters about single packets:
 *
 *     placed POLICY FROM UNTIL < QUESTIONS
 *
 * A question is `DEVICE IN OUT SOURCE DESTINATION PROTOCOL SPORT DPORT INSTANT
 * MODE`, one a line, MODE `-` for none, INSTANT in seconds within [FROM, UNTIL).
 * The answer is `allow` or `deny`: what the device does with the packet by the
 * filter that filter_place() gives it, and by nothing else. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "compiler/filter.h"
#include "compiler/model.h"
#include "compiler/space.h"
#include "lang/lang.h"
#include "tests/naive/filter_admits.h"

enum { NAME = 64, LINE = 1024 };

struct question {
	char device[NAME], in[NAME], out[NAME], mode[NAME];
	char source_text[ADDRESS_TEXT], destination_text[ADDRESS_TEXT];
	struct address source, destination;
	unsigned protocol, sport, dport;
	int64_t instant;
};

/* The filters of one mode; those of a policy are made when first asked for. */
struct placed {
	int mode;
	struct filter *filters; /* one a device */
	struct placed *next;
};

struct asker {
	struct arena arena;
	struct policy_text text;
	struct model model;
	struct diags diags;
	struct place_options options;
	struct placed *placed;
};

static struct placed *placed_find(struct asker *asker, int mode)
{
	for (struct placed *placed = asker->placed; placed; placed = placed->next)
		if (placed->mode == mode)
			return placed;
	struct placed *placed = arena_alloc(&asker->arena, sizeof(*placed));
	const struct model *model = &asker->model;
	placed->mode = mode;
	placed->filters = arena_alloc(&asker->arena,
				      (model->device_count + 1) * sizeof(*placed->filters));
	asker->options.mode = mode;
	for (size_t i = 0; i < model->device_count; i++)
		filter_place(&placed->filters[i], &asker->arena, model, &model->devices[i],
			     &asker->options);
	placed->next = asker->placed;
	asker->placed = placed;
	return placed;
}

static bool source_behind(const struct filter *filter, const struct question *question)
{
	for (size_t i = 0; i < filter->interface_count; i++)
		if (strcmp(filter->interfaces[i].name, question->in) == 0)
			return address_set_contains(filter->interfaces[i].behind,
						    question->source);
	return false;
}

static bool device_admits(const struct filter *filter, const struct question *question)
{
	struct filter_packet packet = {
		question->in, question->out, question->source, question->destination,
		question->protocol, question->sport, question->dport, question->instant,
	};

	return source_behind(filter, question) && filter_admits(filter, &packet);
}

static bool question_read(const char *line, struct question *question)
{
	if (sscanf(line, "%63s %63s %63s %47s %47s %u %u %u %" SCNd64 " %63s",
		   question->device, question->in, question->out, question->source_text,
		   question->destination_text, &question->protocol, &question->sport,
		   &question->dport, &question->instant, question->mode) != 10)
		return false;
	const char *source = question->source_text, *destination = question->destination_text;
	return address_parse(source, strlen(source), &question->source) &&
	       address_parse(destination, strlen(destination), &question->destination);
}

static const char *answer(struct asker *asker, const struct question *question)
{
	const struct model *model = &asker->model;
	bool none = strcmp(question->mode, "-") == 0;
	struct placed *placed = placed_find(
		asker, none ? -1 : model_mode_by_name(model, question->mode));
	if (!placed)
		return NULL;
	for (size_t i = 0; i < model->device_count; i++)
		if (strcmp(model->devices[i].name, question->device) == 0)
			return device_admits(&placed->filters[i], question) ? "allow"
									    : "deny";
	return NULL;
}

static int answer_all(struct asker *asker)
{
	char line[LINE];
	while (fgets(line, sizeof(line), stdin)) {
		struct question question;
		const char *text = question_read(line, &question) ? answer(asker, &question)
								  : NULL;
		if (!text) {
			fprintf(stderr, "cannot answer: %s", line);
			return 2;
		}
		puts(text);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: placed POLICY FROM UNTIL\n", stderr);
		return 2;
	}
	struct asker asker = { .options = { .at = strtoll(argv[2], NULL, 10),
					    .horizon = strtoll(argv[3], NULL, 10) } };
	arena_init(&asker.arena);
	diags_init(&asker.diags);
	int status = 2;
	bool loaded = policy_text_load(&asker.text, argv[1], &asker.diags);
	if (model_resolve(&asker.model, &asker.text, &asker.diags) && loaded)
		status = answer_all(&asker);
	if (status != 0)
		diags_print(&asker.diags, stderr);
	model_release(&asker.model);
	policy_text_release(&asker.text);
	diags_release(&asker.diags);
	arena_release(&asker.arena);
	return status;
}
