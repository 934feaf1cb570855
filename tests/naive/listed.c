/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks configurations that were read about single packets:
 *
 *     listed PLATFORM CONFIG TIMEZONE FROM UNTIL < QUESTIONS
 *
 * A question is `IN OUT KIND SOURCE DESTINATION PROTOCOL SPORT DPORT INSTANT`, one a
 * line, KIND `first`, `established` or `fragment`, INSTANT in seconds within [FROM,
 * UNTIL). The answer is `allow`, `deny`, or `unknown` where what passes lies between
 * two bounds. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "verifier/read.h"

enum { NAME = 64, LINE = 1024 };

struct question {
	char in[NAME], out[NAME], kind[NAME];
	char source_text[ADDRESS_TEXT], destination_text[ADDRESS_TEXT];
	struct address source, destination;
	unsigned protocol, sport, dport;
	int64_t instant;
};

static bool entry_holds(const struct filter *filter, const struct filter_entry *entry,
			const struct question *question)
{
	const struct filter_activity *activity = &filter->activities[entry->activity];

	return address_set_contains(entry->source, question->source) &&
	       address_set_contains(entry->destination, question->destination) &&
	       set_contains(entry->protocols, question->protocol) &&
	       set_contains(entry->src_ports, question->sport) &&
	       set_contains(entry->dst_ports, question->dport) &&
	       (entry->activity == 0 ||
		set_contains(activity->windows, (u128)question->instant));
}

static bool list_allows(const struct filter *filter, const struct filter_pair *pair,
			const struct question *question, bool upper)
{
	for (size_t i = 0; i < pair->entry_count; i++) {
		const struct filter_entry *entry = &pair->entries[i];
		if ((!entry->uncertain || entry->allow == upper) &&
		    entry_holds(filter, entry, question))
			return entry->allow;
	}
	return false;
}

static bool pair_allows(const struct filter *filter, const struct question *question, bool upper)
{
	for (size_t i = 0; i < filter->pair_count; i++) {
		const struct filter_pair *pair = &filter->pairs[i];
		if (strcmp(pair->in, question->in) != 0 || strcmp(pair->out, question->out) != 0)
			continue;
		for (; pair != NULL; pair = pair->also)
			if (!list_allows(filter, pair, question, upper))
				return false;
		return true;
	}
	return false;
}

static bool question_read(const char *line, struct question *question)
{
	return sscanf(line, "%63s %63s %63s %47s %47s %u %u %u %" SCNd64, question->in,
		      question->out, question->kind, question->source_text,
		      question->destination_text, &question->protocol, &question->sport,
		      &question->dport, &question->instant) == 9 &&
	       address_parse(question->source_text, strlen(question->source_text),
			     &question->source) &&
	       address_parse(question->destination_text, strlen(question->destination_text),
			     &question->destination);
}

static void answer(const struct read_result *read, const struct question *question)
{
	const struct filter *filter = strcmp(question->kind, "established") == 0
					      ? &read->established
				      : strcmp(question->kind, "fragment") == 0 ? &read->fragments
										: &read->filter;
	bool upper = pair_allows(filter, question, true);

	if (upper != pair_allows(filter, question, false))
		puts("unknown");
	else
		puts(upper ? "allow" : "deny");
}

static int ask(const struct reader *reader, const struct read_input *input, struct arena *arena)
{
	struct read_result read = { 0 };
	struct question question;
	struct diags diags;
	char line[LINE];

	diags_init(&diags);
	bool known = reader_read(reader, &read, arena, input, &diags);
	diags_print(&diags, stderr);
	for (size_t i = 0; i < read.unknown_count; i++)
		fprintf(stderr, "%u: %s: %s\n", read.unknown[i].line, read.unknown[i].reason,
			read.unknown[i].text);
	while (known && fgets(line, sizeof(line), stdin) != NULL) {
		if (!question_read(line, &question)) {
			fprintf(stderr, "no question: %s", line);
			known = false;
			break;
		}
		answer(&read, &question);
	}
	diags_release(&diags);
	return known ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const struct reader *reader = argc == 6 ? reader_find(argv[1]) : NULL;
	struct file_text text;
	const char *why = NULL;
	struct arena arena;

	if (reader == NULL || !file_read(argv[2], &text, &why)) {
		fprintf(stderr, "usage: listed PLATFORM CONFIG TIMEZONE FROM UNTIL\n");
		return EXIT_FAILURE;
	}
	arena_init(&arena);
	struct model *model = arena_alloc(&arena, sizeof(*model));
	model->timezone = timezone_load(&arena, argv[3]);
	struct source source = { argv[2], text.bytes, text.length };
	struct read_input input = { .files = &source, .file_count = 1, .model = model,
				    .at = atoll(argv[4]), .horizon = atoll(argv[5]) };
	int code = ask(reader, &input, &arena);
	arena_release(&arena);
	file_text_release(&text);
	return code;
}
