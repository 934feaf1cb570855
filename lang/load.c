/* SPDX-License-Identifier: Apache-2.0
 *
 * From a path to a tree: the prelude, the policy, its includes (relative to
 * the file that names them, each read once however it is written, cycles refused)
 * and inventories. */
#include "config.h"
#include "lang/parser.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/file.h"
#include "base/memory.h"
#include "lang/parse.h"

/* A file that was opened, by whichever of its paths. */
struct loaded {
	char *identity;
	const struct source *source; /* NULL: it could not be read */
	UT_hash_handle hh;
};

struct loader {
	struct policy_text *text;
	struct diags *diags;
	const struct policy_reader *reader;
	const struct source *open[PARSE_INCLUDES_MAX]; /* outermost first */
	size_t depth;
	size_t capacity; /* of text->sources */
	struct loaded *loaded; /* uthash, by identity */
};

static bool load_read_file(void *context, const char *path, char **bytes, size_t *length,
			   const char **why)
{
	struct file_text text;

	(void)context;
	if (!file_read(path, &text, why))
		return false;
	*bytes = text.bytes;
	*length = text.length;
	return true;
}

static char *load_identify_file(void *context, const char *path)
{
	(void)context;
	return realpath(path, NULL);
}

static struct loaded *load_find(struct loader *loader, const char *path)
{
	const struct policy_reader *reader = loader->reader;
	char *identity = reader->identify ? reader->identify(reader->context, path) : NULL;
	struct loaded *loaded;

	if (identity == NULL)
		identity = memory_strdup(path);
	HASH_FIND_STR(loader->loaded, identity, loaded);
	if (loaded != NULL) {
		free(identity);
		return loaded;
	}
	loaded = memory_array(1, sizeof(*loaded));
	loaded->identity = identity;
	HASH_ADD_KEYPTR(hh, loader->loaded, identity, strlen(identity), loaded);
	return loaded;
}

static void load_forget(struct loader *loader)
{
	struct loaded *loaded, *next;

	HASH_ITER(hh, loader->loaded, loaded, next) {
		HASH_DEL(loader->loaded, loaded);
		free(loaded->identity);
		free(loaded);
	}
}

static void load_keep(struct loader *loader, struct source *source)
{
	struct policy_text *text = loader->text;

	if (text->source_count == loader->capacity) {
		size_t capacity = loader->capacity ? 2 * loader->capacity : 8;
		struct source **list = arena_array(&text->arena, capacity, sizeof(*list));
		if (text->source_count > 0)
			memcpy(list, text->sources, text->source_count * sizeof(*list));
		text->sources = list;
		loader->capacity = capacity;
	}
	text->sources[text->source_count++] = source;
}

/* Reads and checks one file. `where`: the statement that names it. */
static struct source *load_source(struct loader *loader, const char *path, struct span where)
{
	struct arena *arena = &loader->text->arena;
	struct source *source = arena_alloc(arena, sizeof(*source));
	const char *why = "cannot be read";
	char *bytes = NULL;
	size_t length = 0;

	source->path = strcmp(path, "-") == 0 ? "<stdin>" : arena_strdup(arena, path);
	if (!loader->reader->read(loader->reader->context, path, &bytes, &length, &why)) {
		source->text = "";
		diag_add(loader->diags, FINDING_UNREADABLE,
			 where.source ? where : (struct span){ .source = source },
			 "cannot read %s: %s", source->path, why);
		if (where.source == NULL)
			load_keep(loader, source);
		return NULL;
	}
	char *copy = arena_alloc(arena, length + 1);
	if (length > 0)
		memcpy(copy, bytes, length);
	free(bytes);
	source->text = copy;
	source->length = length;
	load_keep(loader, source);
	return source_check(source, loader->diags) ? source : NULL;
}

static void load_parse(struct loader *loader, const struct source *source,
		       struct tree_statement **ring)
{
	struct parser parser = { .arena = &loader->text->arena, .diags = loader->diags,
				 .source = source, .loader = loader, .statements = *ring };

	loader->open[loader->depth++] = source;
	parser_run(&parser, START_POLICY);
	loader->depth--;
	*ring = parser.statements;
}

/* The directory of the including file is put before a relative path. */
static const char *load_path(struct parser *parser, const char *path)
{
	const char *slash = strrchr(parser->source->path, '/');

	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (path[0] == '/' || slash == NULL)
		return path;
	return arena_printf(parser->arena, "%.*s/%s", (int)(slash - parser->source->path),
			    parser->source->path, path);
}

/* From open[first] down to the file being read, which includes open[first]. */
static void load_report_cycle(struct parser *parser, size_t first, struct span where)
{
	const struct loader *loader = parser->loader;
	struct strbuf chain = STRBUF_INIT;

	for (size_t i = first + 1; i < loader->depth; i++)
		strbuf_printf(&chain, "%s%s", i == first + 1 ? " through " : ", ",
			      loader->open[i]->path);
	diag_add(parser->diags, FINDING_INCLUDE_CYCLE, where, "%s includes itself%s",
		 loader->open[first]->path, strbuf_text(&chain));
	strbuf_release(&chain);
}

/* Whether a file not read yet may be opened; says so if it is being read. */
static bool load_may_open(struct parser *parser, const struct loaded *loaded, struct span where)
{
	struct loader *loader = parser->loader;

	for (size_t i = 0; i < loader->depth; i++)
		if (loaded->source != NULL && loader->open[i] == loaded->source) {
			load_report_cycle(parser, i, where);
			return false;
		}
	if (loaded->source != NULL)
		return false;
	if (loader->depth < PARSE_INCLUDES_MAX)
		return true;
	diag_add(parser->diags, FINDING_LIMIT, where, "includes are nested more than %d deep",
		 PARSE_INCLUDES_MAX);
	return false;
}

/* The source that a statement names; NULL if it was read before, may not be
 * opened or cannot be read, or if the parser follows nothing. */
static const struct source *load_named(struct parser *parser, const char *name,
				       struct span where)
{
	struct loader *loader = parser->loader;

	if (loader == NULL)
		return NULL;
	if (*name == '\0') {
		parser_error(parser, where, "this path is empty");
		return NULL;
	}
	const char *path = load_path(parser, name);
	struct loaded *loaded = load_find(loader, path);
	if (!load_may_open(parser, loaded, where))
		return NULL;
	return loaded->source = load_source(loader, path, where);
}

void loader_include(struct parser *parser, const char *name, struct span where)
{
	const struct source *source = load_named(parser, name, where);

	if (source != NULL)
		load_parse(parser->loader, source, &parser->statements);
}

void loader_inventory(struct parser *parser, const char *name, struct span where)
{
	const struct source *source = load_named(parser, name, where);

	if (source != NULL)
		inventory_load(source, parser->arena, parser->diags, &parser->statements);
}

static void load_prelude(struct loader *loader)
{
	struct source *source = arena_alloc(&loader->text->arena, sizeof(*source));
	struct tree_statement *ring = NULL;

	source->path = "<prelude>";
	source->text = prelude_text(&source->length);
	load_parse(loader, source, &ring);
	list_close(ring);
	loader->text->prelude = ring;
}

bool policy_text_load_with(struct policy_text *text, const char *path,
			   const struct policy_reader *reader, struct diags *diags)
{
	struct loader loader = { .text = text, .diags = diags, .reader = reader };
	struct tree_statement *ring = NULL;

	*text = (struct policy_text){ 0 };
	arena_init(&text->arena);
	load_prelude(&loader);
	struct source *source = load_source(&loader, path, (struct span){ 0 });
	load_find(&loader, path)->source = source;
	if (source != NULL)
		load_parse(&loader, source, &ring);
	load_forget(&loader);
	list_close(ring);
	text->statements = ring;
	return diags_count(diags, SEVERITY_FATAL) == 0;
}

bool policy_text_load(struct policy_text *text, const char *path, struct diags *diags)
{
	static const struct policy_reader reader = { .read = load_read_file,
						     .identify = load_identify_file };

	return policy_text_load_with(text, path, &reader, diags);
}

void policy_text_release(struct policy_text *text)
{
	arena_release(&text->arena);
	*text = (struct policy_text){ 0 };
}

struct tree_assert *policy_text_question(struct policy_text *text, const char *question,
					 struct diags *diags)
{
	struct source *source = arena_alloc(&text->arena, sizeof(*source));
	struct parser parser = { .arena = &text->arena, .diags = diags, .source = source };

	source->path = "<question>";
	source->text = arena_strdup(&text->arena, question);
	source->length = strlen(question);
	if (!source_check(source, diags) || !parser_run(&parser, START_QUESTION))
		return NULL;
	return parser.question;
}
