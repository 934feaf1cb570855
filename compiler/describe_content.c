/* SPDX-License-Identifier: Apache-2.0
 *
 * Contents as a list of operations has them: classes where a whole class is there,
 * else names; housekeeping is not told where there is more. Values of parameters are
 * told with their functions, or those that are missing. */
#include "config.h"
#include "compiler/describe.h"

#include "compiler/parameter.h"

enum { NAMES_MAX = 6, VALUES_MAX = 8, FUNCTIONS = 65536 };

/* Words of one kind; of too many the first are told. */
struct words {
	struct strbuf *text;
	size_t said, more, most;
};

static void word_add(struct words *words, const char *word)
{
	if (words->said == words->most) {
		words->more++;
		return;
	}
	strbuf_printf(words->text, "%s%s", words->text->len > 0 ? ", " : "", word);
	words->said++;
}

static void words_end(struct words *words, size_t most)
{
	if (words->more > 0)
		strbuf_printf(words->text, " and %zu more", words->more);
	*words = (struct words){ .text = words->text, .most = most };
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

/* Of each class those functions count that take the parameters beside it. */
static const struct set *words_of_classes(struct words *words, struct arena *arena,
					  const struct protocol *protocol,
					  const struct set *functions, const struct set *taking)
{
	for (int c = CLASS_READ; c < CLASS_SESSION; c++) {
		const struct set *class = protocol->class[c] == NULL
						  ? set_empty()
						  : set_intersect(arena, protocol->class[c], taking);
		if (set_is_empty(class) || !set_is_subset(class, functions))
			continue;
		word_add(words, operation_class_name((enum operation_class)c));
		functions = set_subtract(arena, functions, class);
	}
	return functions;
}

/* ---- parameters ---- */

/* How the numbers of a dimension are told: not at all, one by one, or those that are
 * missing. */
enum dimension_form { FORM_OPEN, FORM_ONLY, FORM_EXCEPT, FORMS };

struct dimension {
	const struct protocol *protocol;
	enum parameter_dimension kind;
	const struct set *functions; /* whose numbers these are */
	const struct set *numbers;
	bool may[FORMS];
};

static const struct set *parameter_own(struct arena *arena, const struct parameter *p,
				       const struct set *numbers)
{
	return set_intersect(arena, numbers,
			     set_one(arena, (u128)p->base + p->lo, (u128)p->base + p->hi));
}

static bool parameter_is_of(const struct dimension *d, const struct parameter *p)
{
	return p->dimension == d->kind && set_overlaps(p->functions, d->functions);
}

static const struct set *numbers_missing(struct arena *arena, const struct dimension *d)
{
	return set_subtract(arena, set_one(arena, 0, PARAMETER_NONE), d->numbers);
}

static bool dimension_has(struct arena *arena, const struct dimension *d, const struct set *numbers)
{
	if (set_contains(numbers, PARAMETER_NONE))
		return true;
	for (size_t i = 0; i < d->protocol->parameter_count; i++)
		if (parameter_is_of(d, &d->protocol->parameters[i]) &&
		    !set_is_empty(parameter_own(arena, &d->protocol->parameters[i], numbers)))
			return true;
	return false;
}

/* The functions that have any of these numbers; the others have none of a list. */
static const struct set *dimension_taking(struct arena *arena, const struct dimension *d)
{
	const struct set *taking = set_empty();

	for (size_t i = 0; i < d->protocol->parameter_count; i++) {
		const struct parameter *p = &d->protocol->parameters[i];
		if (parameter_is_of(d, p) &&
		    (set_contains(d->numbers, PARAMETER_NONE) ||
		     !set_is_empty(parameter_own(arena, p, d->numbers))))
			taking = set_union(arena, taking, p->functions);
	}
	return taking;
}

static struct dimension dimension_of(struct arena *arena, const struct protocol *protocol,
				     enum parameter_dimension kind, const struct set *functions,
				     const struct set *numbers)
{
	struct dimension d = { protocol, kind, functions, numbers, { false } };
	bool none = set_contains(numbers, PARAMETER_NONE);

	d.may[FORM_OPEN] = !dimension_has(arena, &d, numbers_missing(arena, &d));
	d.may[FORM_EXCEPT] = !d.may[FORM_OPEN] && none;
	d.may[FORM_ONLY] = !d.may[FORM_OPEN] &&
			   (!none || set_is_subset(functions, dimension_taking(arena, &d)));
	return d;
}

static void word_parameter(struct words *words, const struct parameter *p, uint32_t lo,
			   uint32_t hi)
{
	struct strbuf word = STRBUF_INIT;

	parameter_print(&word, p, lo, hi);
	word_add(words, strbuf_text(&word));
	strbuf_release(&word);
}

static void words_of_parameter(struct words *words, const struct parameter *p,
			       const struct set *own)
{
	for (size_t i = 0; i < own->len; i++)
		word_parameter(words, p, (uint32_t)(own->range[i].lo - p->base),
			       (uint32_t)(own->range[i].hi - p->base));
}

static void word_none(struct words *words, const struct parameter *p)
{
	struct strbuf none = STRBUF_INIT;

	strbuf_printf(&none, "%s none", p->name);
	word_add(words, strbuf_text(&none));
	strbuf_release(&none);
}

static void words_of_dimension(struct words *words, struct arena *arena,
			       const struct dimension *d, const struct set *numbers)
{
	for (size_t i = 0; i < d->protocol->parameter_count; i++) {
		const struct parameter *p = &d->protocol->parameters[i];
		if (!parameter_is_of(d, p))
			continue;
		words_of_parameter(words, p, parameter_own(arena, p, numbers));
		if (set_contains(numbers, PARAMETER_NONE))
			word_none(words, p);
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

/* Housekeeping goes with the rest, where there is any. */
static const struct set *functions_spoken(struct arena *arena, const struct protocol *protocol,
					  const struct set *functions)
{
	const struct set *session = protocol->class[CLASS_SESSION];

	if (session == NULL || set_is_subset(functions, session))
		return functions;
	return set_subtract(arena, functions, session);
}

static bool functions_are_all(const struct protocol *protocol, const struct set *spoken,
			      struct arena *arena)
{
	const struct set *all = set_one(arena, 0, FUNCTIONS - 1);

	return set_is_subset(functions_spoken(arena, protocol, all), spoken);
}

static void protocol_exceptions(struct strbuf *text, struct arena *arena,
				const struct dimension *d)
{
	struct strbuf list = STRBUF_INIT;
	struct words except = { .text = &list, .most = VALUES_MAX };

	words_of_dimension(&except, arena, d, numbers_missing(arena, d));
	words_end(&except, VALUES_MAX);
	strbuf_printf(text, "%s except %s", text->len > 0 ? "" : "any", strbuf_text(&list));
	strbuf_release(&list);
}

static void protocol_in_forms(struct strbuf *text, struct arena *arena,
			      const struct dimension dimensions[PARAMETER_DIMENSIONS],
			      const enum dimension_form forms[PARAMETER_DIMENSIONS])
{
	const struct protocol *protocol = dimensions[0].protocol;
	const struct set *functions = dimensions[0].functions;
	const struct set *taking = set_one(arena, 0, FUNCTIONS - 1);
	struct words words = { .text = text, .most = NAMES_MAX };

	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		if (forms[d] == FORM_ONLY)
			taking = set_intersect(arena, taking,
					       dimension_taking(arena, &dimensions[d]));
	if (!functions_are_all(protocol, functions, arena)) {
		if (set_overlaps(functions, taking))
			functions = set_intersect(arena, functions, taking);
		functions = words_of_classes(&words, arena, protocol, functions, taking);
		words_of_functions(&words, protocol, functions);
	}
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++) {
		words_end(&words, VALUES_MAX);
		if (forms[d] == FORM_ONLY)
			words_of_dimension(&words, arena, &dimensions[d], dimensions[d].numbers);
	}
	words_end(&words, VALUES_MAX);
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		if (forms[d] == FORM_EXCEPT)
			protocol_exceptions(text, arena, &dimensions[d]);
}

/* A list has one `except`: what it takes out is of one dimension. */
static bool forms_fit(const struct dimension dimensions[PARAMETER_DIMENSIONS],
		      const enum dimension_form forms[PARAMETER_DIMENSIONS])
{
	size_t except = 0;

	for (int d = 0; d < PARAMETER_DIMENSIONS; d++) {
		except += forms[d] == FORM_EXCEPT;
		if (!dimensions[d].may[forms[d]])
			return false;
	}
	return except < 2;
}

/* In the form that is shortest. Where none is exact, numbers are told one by one. */
static void protocol_words(struct strbuf *text, struct arena *arena,
			   const struct protocol *protocol, const struct set *functions,
			   const struct content *content)
{
	const struct set *spoken = functions_spoken(arena, protocol, functions);
	const struct dimension dimensions[PARAMETER_DIMENSIONS] = {
		dimension_of(arena, protocol, PARAMETER_UNIT, spoken,
			     content->field[CONTENT_UNIT]),
		dimension_of(arena, protocol, PARAMETER_OBJECT, spoken,
			     content->field[CONTENT_OBJECT]),
	};
	const enum dimension_form only[] = { FORM_ONLY, FORM_ONLY };
	struct strbuf words = STRBUF_INIT;
	bool told = false;

	for (int form = 0; form < FORMS * FORMS; form++) {
		enum dimension_form forms[] = { (enum dimension_form)(form % FORMS),
						(enum dimension_form)(form / FORMS) };
		if (!forms_fit(dimensions, forms))
			continue;
		strbuf_reset(&words);
		protocol_in_forms(&words, arena, dimensions, forms);
		if (told && words.len >= text->len)
			continue;
		strbuf_reset(text);
		strbuf_puts(text, strbuf_text(&words));
		told = true;
	}
	if (!told)
		protocol_in_forms(text, arena, dimensions, only);
	strbuf_release(&words);
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
