/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents as a list of operations has them: classes where a whole class is there,
 * else names; housekeeping is not told where there is more. */
#include "config.h"
#include "compiler/describe.h"

#include "compiler/parameter.h"

enum { NAMES_MAX = 6, FUNCTIONS = 65536 };

struct words {
	struct strbuf *text;
	size_t said, more;
};

static void word_add(struct words *words, const char *word)
{
	if (words->said == NAMES_MAX) {
		words->more++;
		return;
	}
	strbuf_printf(words->text, "%s%s", words->said++ > 0 ? ", " : "", word);
}

static void word_range(struct words *words, const char *name, u128 lo, u128 hi)
{
	struct strbuf word = STRBUF_INIT;

	strbuf_printf(&word, lo == hi ? "%s %u" : "%s %u-%u", name, (unsigned)lo, (unsigned)hi);
	word_add(words, strbuf_text(&word));
	strbuf_release(&word);
}

/* ---- functions ---- */

/* A name whose numbers are all here; *hi: the last of them. */
static const char *function_at(const struct protocol *protocol, const struct set *functions,
			       u128 lo, u128 *hi)
{
	const struct tree_function *f = protocol->tree != NULL ? protocol->tree->functions : NULL;

	for (; f != NULL; f = f->next)
		if (f->lo == lo && set_covers_range(functions, f->lo, f->hi)) {
			*hi = f->hi;
			return f->name.text;
		}
	return NULL;
}

static u128 function_next(const struct protocol *protocol, u128 lo, u128 hi)
{
	const struct tree_function *f = protocol->tree != NULL ? protocol->tree->functions : NULL;
	u128 end = hi;

	for (; f != NULL; f = f->next)
		if (f->lo > lo && f->lo <= end)
			end = f->lo - 1;
	return end;
}

static void words_of_functions(struct words *words, const struct protocol *protocol,
			       const struct set *functions)
{
	for (size_t i = 0; i < functions->len; i++)
		for (u128 at = functions->range[i].lo, hi; at <= functions->range[i].hi;
		     at = hi + 1) {
			const char *name = function_at(protocol, functions, at, &hi);
			if (name != NULL) {
				word_add(words, name);
				continue;
			}
			hi = function_next(protocol, at, functions->range[i].hi);
			word_range(words, "function", at, hi);
		}
}

static const struct set *words_of_classes(struct words *words, struct arena *arena,
					  const struct protocol *protocol,
					  const struct set *functions)
{
	for (int c = CLASS_READ; c < CLASS_SESSION; c++) {
		const struct set *class = protocol->class[c];
		if (class == NULL || set_is_empty(class) || !set_is_subset(class, functions))
			continue;
		word_add(words, operation_class_name((enum operation_class)c));
		functions = set_subtract(arena, functions, class);
	}
	return functions;
}

/* ---- parameters ---- */

static void words_of_parameter(struct words *words, struct arena *arena,
			       const struct parameter *p, const struct set *numbers)
{
	const struct set *own = set_intersect(
		arena, numbers, set_one(arena, (u128)p->base + p->lo, (u128)p->base + p->hi));

	for (size_t i = 0; i < own->len; i++)
		word_range(words, p->name, own->range[i].lo - p->base, own->range[i].hi - p->base);
	if (set_is_empty(own) && set_contains(numbers, PARAMETER_NONE)) {
		struct strbuf none = STRBUF_INIT;
		strbuf_printf(&none, "%s none", p->name);
		word_add(words, strbuf_text(&none));
		strbuf_release(&none);
	}
}

static void words_of_dimension(struct words *words, struct arena *arena,
			       const struct protocol *protocol, const struct set *functions,
			       enum parameter_dimension dimension, const struct set *numbers)
{
	if (set_covers_range(numbers, 0, PARAMETER_NONE))
		return;
	for (size_t i = 0; i < protocol->parameter_count; i++) {
		const struct parameter *p = &protocol->parameters[i];
		if (p->dimension == dimension && set_overlaps(p->functions, functions))
			words_of_parameter(words, arena, p, numbers);
	}
}

/* ---- contents ---- */

static const struct set *functions_of(struct arena *arena, const struct set *operations, size_t p)
{
	u128 base = operation_id_of((uint16_t)p, 0);
	const struct set *own =
		set_intersect(arena, operations, set_one(arena, base, base + FUNCTIONS - 1));
	struct range *ranges = arena_array(arena, own->len + 1, sizeof(*ranges));

	for (size_t i = 0; i < own->len; i++)
		ranges[i] = (struct range){ own->range[i].lo - base, own->range[i].hi - base };
	return set_from_ranges(arena, ranges, own->len);
}

static void protocol_words(struct strbuf *text, struct arena *arena,
			   const struct protocol *protocol, const struct set *functions,
			   const struct content *content)
{
	const struct set *session = protocol->class[CLASS_SESSION], *rest = functions;
	struct words words = { text, 0, 0 };
	bool all = set_covers_range(functions, 0, FUNCTIONS - 1);

	if (!all)
		rest = words_of_classes(&words, arena, protocol, functions);
	if (!all && session != NULL && (words.said > 0 || !set_is_subset(rest, session)))
		rest = set_subtract(arena, rest, session);
	if (!all)
		words_of_functions(&words, protocol, rest);
	words_of_dimension(&words, arena, protocol, functions, PARAMETER_UNIT,
			   content->field[CONTENT_UNIT]);
	words_of_dimension(&words, arena, protocol, functions, PARAMETER_OBJECT,
			   content->field[CONTENT_OBJECT]);
	if (words.more > 0)
		strbuf_printf(text, " and %zu more", words.more);
}

static void protocol_add(struct describe_operations *list, struct arena *arena,
			 const struct protocol *protocol, const struct set *functions,
			 const struct content *content)
{
	struct strbuf words = STRBUF_INIT;

	protocol_words(&words, arena, protocol, functions, content);
	vec_push(list, words.len > 0 ? arena_printf(arena, "%s(%s)", protocol->name,
						    strbuf_text(&words))
				     : arena_strdup(arena, protocol->name));
	strbuf_release(&words);
}

/* What stays together whatever rules say has no names. */
static bool content_is_whole(const struct content *content)
{
	return set_covers_range(content->field[CONTENT_OPERATION], 0, OPERATION_MAX) &&
	       set_covers_range(content->field[CONTENT_UNIT], 0, PARAMETER_NONE) &&
	       set_covers_range(content->field[CONTENT_OBJECT], 0, PARAMETER_NONE);
}

void describe_content(struct describe_operations *list, struct arena *arena,
		      const struct model *model, const struct content *content)
{
	const struct set *operations = content->field[CONTENT_OPERATION];
	u128 known = ((u128)model->protocol_count << 16) - 1;
	bool others = known < OPERATION_MAX && set_covers_range(operations, known + 1, OPERATION_MAX);

	if (content_is_whole(content))
		return;
	if (set_contains(operations, OPERATION_PLAIN))
		vec_push(list, others ? "any other" : "plain");
	for (size_t p = 1; p < model->protocol_count; p++) {
		const struct set *functions = functions_of(arena, operations, p);
		if (!set_is_empty(functions) &&
		    !(others && set_covers_range(functions, 0, FUNCTIONS - 1)))
			protocol_add(list, arena, &model->protocols[p], functions, content);
	}
	if (list->len == 0)
		vec_push(list, "of no known protocol");
}

void describe_content_except(struct describe_operations *list, struct arena *arena,
			     const struct model *model, const struct content *content)
{
	struct content rest = content_all(arena);

	rest.field[CONTENT_OPERATION] = set_subtract(arena, rest.field[CONTENT_OPERATION],
						     content->field[CONTENT_OPERATION]);
	if (!set_is_empty(rest.field[CONTENT_OPERATION]))
		describe_content(list, arena, model, &rest);
}
