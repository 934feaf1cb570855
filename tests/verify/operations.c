/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the operations of captures, one a line, for comparison with another
 * analyser: file, packet, protocol, function ("-": hidden), kind, side that sent it
 * (i, r), carrier ("-": none), unit ("-": none), what it is about. Each capture is
 * read by itself, with the ports of POLICY and the prelude. After each capture, one
 * line a conversation that is read or whose port expects something: what it is.
 * With -q nothing is printed. operations [-q] POLICY CAPTURE... */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verifier/inspect.h"

struct dump {
	const struct model *model;
	const char *file;
	struct inspect *inspect;
	bool quiet;
	int side; /* of the packet being read */
};

static const char *const dump_kinds[] = { "request", "response", "refusal", "notice" };

static const char *dump_protocol(const struct dump *dump, operation_id operation)
{
	return dump->model->protocols[operation >> 16].name;
}

static void dump_operation(void *context, const struct conversation *slice,
			   const struct capture_packet *packet,
			   const struct inspect_operation *operation)
{
	const struct dump *dump = context;
	const struct proto_operation *seen = operation->seen;

	(void)slice;
	if (dump->quiet || seen->more)
		return;
	printf("%s\t%" PRIu64 "\t%s\t", dump->file, packet->number,
	       dump_protocol(dump, operation->operation));
	printf(seen->hidden ? "-" : "%u", seen->function);
	printf("\t%s\t%c\t", dump_kinds[seen->kind], dump->side == FROM_INITIATOR ? 'i' : 'r');
	printf(operation->carrier == OPERATION_PLAIN ? "-\t" : "%u\t", seen->carrier);
	printf(seen->has_unit ? "%" PRIu32 "\t" : "-\t", seen->unit);
	for (size_t i = 0; i < seen->span_count; i++)
		printf("%s %" PRIu32 "-%" PRIu32 ";", seen->span[i].space, seen->span[i].first,
		       seen->span[i].last);
	putchar('\n');
}

static bool dump_content(void *context, struct conversation *slice, int side,
			 const struct decode_flow *flow, const struct capture_packet *packet)
{
	struct dump *dump = context;

	dump->side = side;
	return inspect_packet(dump->inspect, slice, side, flow, packet);
}

static void dump_end(void *context, struct conversation *slice, bool last)
{
	const struct dump *dump = context;

	if (!last)
		return;
	inspect_finish(dump->inspect, slice);
	struct inspect_content content = inspect_content(dump->inspect, slice);
	if (!dump->quiet && content.protocol != 0)
		printf("%s\tcontent\t%s\t%u\t%u\t%s%s%s%s\t%s\t%" PRIu64 "\n", dump->file,
		       dump->model->protocols[content.protocol].name, slice->initiator_port,
		       slice->responder_port, content.expected ? "expected " : "unexpected ",
		       content.confirmed ? "confirmed " : "", content.foreign ? "foreign " : "",
		       content.hidden ? "hidden " : "",
		       dump->model->protocols[content.instead].name, content.operations);
	inspect_forget(slice);
}

static void dump_file(struct dump dump, struct diags *diags)
{
	const struct inspect_events reads = { .context = &dump, .operation = dump_operation };
	const struct conversation_events events = { .context = &dump, .content = dump_content,
						    .end = dump_end };
	struct conversations *table = conversations_create(NULL, &events);
	struct capture *capture = capture_create();
	struct capture_packet packet;

	dump.inspect = inspect_create(dump.model, &reads);
	if (capture_add_file(capture, dump.file, diags))
		while (capture_next(capture, &packet, diags) == CAPTURE_PACKET)
			conversations_add(table, &packet);
	conversations_finish(table);
	conversations_destroy(table);
	capture_destroy(capture);
	inspect_destroy(dump.inspect);
}

int main(int argc, char **argv)
{
	bool quiet = argc > 1 && strcmp(argv[1], "-q") == 0;
	struct policy_text text;
	struct model model;
	struct diags diags;

	if (argc < 2 + quiet)
		return 2;
	diags_init(&diags);
	bool parsed = policy_text_load(&text, argv[1 + quiet], &diags);
	if (model_resolve(&model, &text, &diags) && parsed)
		for (int i = 2 + quiet; i < argc; i++)
			dump_file((struct dump){ .model = &model, .file = argv[i], .quiet = quiet },
				  &diags);
	diags_sort(&diags);
	diags_print(&diags, stderr);
	int status = diags_exit_code(&diags, false);
	model_release(&model);
	policy_text_release(&text);
	diags_release(&diags);
	return status;
}
