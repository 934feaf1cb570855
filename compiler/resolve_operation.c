/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of protocols, and what a list of operations and parameters means in
 * them (doc/language-corners.md): the functions listed, of those that take the
 * parameters listed; values of one dimension are a union, dimensions intersect. */
#include "config.h"
#include "compiler/resolve_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/parameter.h"

/* ---- functions ---- */

static const struct set *function_find(struct resolve *r, const struct protocol *protocol,
				       const char *text)
{
	for (const struct tree_function *f = protocol->tree->functions; f; f = f->next)
		if (strcmp(f->name.text, text) == 0)
			return set_one(r->arena, f->lo, f->hi);
	return set_empty();
}

/* The same, reported if there is none. */
static const struct set *function_named(struct resolve *r, const struct protocol *protocol,
					const char *text, struct span where)
{
	const struct set *found = function_find(r, protocol, text);

	if (!set_is_empty(found))
		return found;
	struct diag *diag = diag_add(r->diags, FINDING_UNKNOWN_OPERATION, where,
				     "%s has no operation '%s'", protocol->name, text);
	meant_operation(r, diag, protocol, text);
	return found;
}

VEC_TYPE(function_list, const struct tree_function *);

static int function_by_name(const void *left, const void *right)
{
	const struct tree_function *a = *(const struct tree_function *const *)left;
	const struct tree_function *b = *(const struct tree_function *const *)right;
	int names = strcmp(a->name.text, b->name.text);

	return names != 0 ? names : (int)(a->name.where.line > b->name.where.line) -
					    (int)(a->name.where.line < b->name.where.line);
}

static int function_by_number(const void *left, const void *right)
{
	const struct tree_function *a = *(const struct tree_function *const *)left;
	const struct tree_function *b = *(const struct tree_function *const *)right;

	return (a->lo > b->lo) - (a->lo < b->lo);
}

static void function_twice(struct resolve *r, const struct tree_function *a,
			   const struct tree_function *b, const char *what)
{
	struct diag *diag = diag_add(r->diags, FINDING_DUPLICATE_NAME, b->name.where, "%s", what);

	diag_other(r->diags, diag, a->name.where, "it was given first here");
}

/* A name means one function, and a function is of one class. */
static void protocol_check(struct resolve *r, const struct tree_protocol *tree)
{
	struct function_list list = VEC_INIT;

	for (const struct tree_function *f = tree->functions; f != NULL; f = f->next)
		vec_push(&list, f);
	if (list.len > 1)
		qsort(list.data, list.len, sizeof(*list.data), function_by_name);
	for (size_t i = 1; i < list.len; i++)
		if (strcmp(list.data[i - 1]->name.text, list.data[i]->name.text) == 0)
			function_twice(r, list.data[i - 1], list.data[i],
				       "this operation is there already");
	if (list.len > 1)
		qsort(list.data, list.len, sizeof(*list.data), function_by_number);
	for (size_t i = 1, widest = 0; i < list.len; i++) {
		if (list.data[i]->lo <= list.data[widest]->hi &&
		    list.data[i]->class != list.data[widest]->class)
			function_twice(r, list.data[widest], list.data[i],
				       "this function is of another class already");
		if (list.data[i]->hi > list.data[widest]->hi)
			widest = i;
	}
	vec_free(&list);
}

static void protocol_functions(struct resolve *r, struct protocol *protocol)
{
	const struct set *classed = set_empty();

	for (int c = 0; c < CLASS_COUNT; c++) {
		VEC(struct range) ranges = VEC_INIT;
		for (const struct tree_function *f = protocol->tree->functions; f; f = f->next)
			if ((int)f->class == c)
				vec_push(&ranges, ((struct range){ f->lo, f->hi }));
		protocol->class[c] = set_from_ranges(r->arena, ranges.data, ranges.len);
		if (c != CLASS_OTHER)
			classed = set_union(r->arena, classed, protocol->class[c]);
		vec_free(&ranges);
	}
	protocol->class[CLASS_OTHER] = set_subtract(
		r->arena, set_one(r->arena, 0, FUNCTION_MAX), classed);
}

/* ---- parameters ---- */

/* Which functions take it. */
static const struct set *parameter_functions(struct resolve *r, const struct protocol *protocol,
					     const struct tree_parameter *tree)
{
	const struct set *functions = set_empty();

	if (tree->functions == NULL)
		return set_subtract(r->arena, set_one(r->arena, 0, FUNCTION_MAX),
				    protocol->class[CLASS_SESSION]);
	for (const struct tree_name *name = tree->functions; name != NULL; name = name->next)
		functions = set_union(r->arena, functions,
				      function_named(r, protocol, name->text, name->where));
	return functions;
}

static void parameter_twice(struct resolve *r, const struct protocol *protocol,
			    const struct tree_parameter *tree)
{
	for (const struct tree_parameter *t = protocol->tree->parameters; t != tree; t = t->next)
		if (strcmp(t->name.text, tree->name.text) == 0) {
			struct diag *diag =
				diag_add(r->diags, FINDING_DUPLICATE_NAME, tree->name.where,
					 "this parameter is there already");
			diag_other(r->diags, diag, t->name.where, "it was given first here");
			return;
		}
}

/* Values are told as the table of their protocol writes them. */
static bool parameter_is_hexadecimal(struct source_lines *lines, const struct tree_parameter *tree)
{
	size_t length;
	const char *text = source_text(lines, &tree->where, &length);

	return text != NULL && length > 1 && text[0] == '0' && (text[1] | 0x20) == 'x';
}

/* Lays the values of each dimension one parameter after the other. */
static void protocol_parameters(struct resolve *r, struct protocol *protocol)
{
	uint64_t next[PARAMETER_DIMENSIONS] = { 0 };
	struct source_lines lines = { NULL };
	struct parameter *parameters;
	size_t count = 0;

	for (const struct tree_parameter *t = protocol->tree->parameters; t != NULL; t = t->next)
		count++;
	parameters = arena_array(r->arena, count, sizeof(*parameters));
	for (const struct tree_parameter *t = protocol->tree->parameters; t != NULL; t = t->next) {
		uint64_t base = next[t->dimension];
		parameter_twice(r, protocol, t);
		if (base + t->hi >= PARAMETER_NONE) {
			diag_add(r->diags, FINDING_PARAMETER_RANGE, t->where,
				 "the values of %s are too many: less than 2^32 - 1 a dimension",
				 protocol->name);
			continue;
		}
		next[t->dimension] = base + t->hi + 1;
		parameters[protocol->parameter_count++] = (struct parameter){
			.name = t->name.text, .dimension = t->dimension,
			.base = (uint32_t)base, .lo = t->lo, .hi = t->hi,
			.hexadecimal = parameter_is_hexadecimal(&lines, t),
			.functions = parameter_functions(r, protocol, t),
		};
	}
	protocol->parameters = parameters;
	source_lines_release(&lines);
}

void resolve_table(struct resolve *r, struct protocol *protocol)
{
	protocol_check(r, protocol->tree);
	protocol_functions(r, protocol);
	protocol_parameters(r, protocol);
}

void resolve_told_apart(struct model *model)
{
	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t m = 0; m < model->rules[i].match_count; m++) {
			const struct match *match = &model->rules[i].matches[m];
			bool *told = model->protocols[match->protocol].told_apart;
			told[PARAMETER_UNIT] |=
				!set_covers_range(match->units, 0, PARAMETER_NONE);
			told[PARAMETER_OBJECT] |=
				!set_covers_range(match->objects, 0, PARAMETER_NONE);
		}
}

/* ---- lists of operations ---- */

enum { HINT_LENGTH = 100 };

/* One parameter as a list gives it, or what stands for a dimension not given. */
struct given {
	const struct parameter *parameter;
	const struct set *functions, *numbers;
	bool none;
};

struct operation_list {
	const struct protocol *protocol;
	const struct tree_operation *tree;
	const struct set *functions;
	VEC(struct given) given[PARAMETER_DIMENSIONS];
};

static const struct parameter *parameter_used(struct resolve *r, const struct protocol *protocol,
					      const struct tree_operation *o)
{
	const struct parameter *found = parameter_find(protocol, o->text);

	if (found != NULL)
		return found;
	struct diag *diag = diag_add(r->diags, FINDING_UNKNOWN_PARAMETER, o->where,
				     "%s has no parameter '%s'", protocol->name, o->text);
	meant_parameter(r, diag, protocol, o->text);
	return NULL;
}

static const struct set *parameter_numbers(struct resolve *r, const struct parameter *parameter,
					   const struct tree_operation *o)
{
	if (o->lo < parameter->lo || o->hi > parameter->hi) {
		diag_add(r->diags, FINDING_PARAMETER_RANGE, o->where,
			 "'%s' is %" PRIu32 " to %" PRIu32, parameter->name, parameter->lo,
			 parameter->hi);
		return set_empty();
	}
	return set_one(r->arena, (u128)parameter->base + o->lo, (u128)parameter->base + o->hi);
}

/* `none` is every number that a function has no name for: of functions that take the
 * same parameters the same numbers. `next` is the first one not yet looked at. */
static void list_add_none(struct resolve *r, struct operation_list *list, struct given none,
			  size_t next)
{
	const struct protocol *protocol = list->protocol;

	for (; next < protocol->parameter_count && !set_is_empty(none.functions); next++) {
		const struct parameter *p = &protocol->parameters[next];
		struct given taken = none;
		if (p->dimension != none.parameter->dimension)
			continue;
		taken.functions = set_intersect(r->arena, none.functions, p->functions);
		taken.numbers = set_subtract(r->arena, none.numbers,
					     set_one(r->arena, (u128)p->base + p->lo,
						     (u128)p->base + p->hi));
		none.functions = set_subtract(r->arena, none.functions, p->functions);
		list_add_none(r, list, taken, next + 1);
	}
	if (!set_is_empty(none.functions))
		vec_push(&list->given[none.parameter->dimension], none);
}

static void list_add_values(struct resolve *r, struct operation_list *list,
			    const struct parameter *parameter, const struct set *numbers)
{
	enum parameter_dimension d = parameter->dimension;

	for (size_t i = 0; i < list->given[d].len; i++) {
		struct given *given = &list->given[d].data[i];
		if (given->parameter != parameter || given->none)
			continue;
		given->numbers = set_union(r->arena, given->numbers, numbers);
		return;
	}
	vec_push(&list->given[d], ((struct given){ .parameter = parameter, .numbers = numbers,
						   .functions = parameter->functions }));
}

static void list_add_parameter(struct resolve *r, struct operation_list *list,
			       const struct tree_operation *o)
{
	const struct parameter *parameter = parameter_used(r, list->protocol, o);
	struct given none = { .none = true, .parameter = parameter,
			      .numbers = r->all_parameters };

	if (parameter == NULL)
		return;
	none.functions = parameter->functions;
	if (o->none)
		list_add_none(r, list, none, 0);
	else
		list_add_values(r, list, parameter, parameter_numbers(r, parameter, o));
}

static const struct set *operation_functions(struct resolve *r, const struct protocol *protocol,
					     const struct tree_operation *o)
{
	switch (o->kind) {
	case OPERATION_CLASS:
		return protocol->class[o->class];
	case OPERATION_ANY:
		return set_one(r->arena, 0, FUNCTION_MAX);
	case OPERATION_FUNCTION:
		return set_one(r->arena, o->number, o->number);
	case OPERATION_NAME:
		return function_find(r, protocol, o->text);
	case OPERATION_PARAMETER:
		break;
	}
	return set_empty();
}

/* A list of nothing but parameters means every function that takes them. */
static void list_read(struct resolve *r, struct operation_list *list)
{
	bool any = true;

	list->functions = set_empty();
	for (const struct tree_operation *o = list->tree; o != NULL; o = o->next) {
		if (o->kind == OPERATION_PARAMETER) {
			list_add_parameter(r, list, o);
			continue;
		}
		any = false;
		if (o->kind == OPERATION_NAME)
			function_named(r, list->protocol, o->text, o->where);
		list->functions = set_union(r->arena, list->functions,
					    operation_functions(r, list->protocol, o));
	}
	if (any && list->tree != NULL)
		list->functions = set_one(r->arena, 0, FUNCTION_MAX);
}

static bool function_takes(const struct operation_list *list, enum parameter_dimension dimension,
			   const struct set *functions)
{
	for (size_t i = 0; i < list->given[dimension].len; i++)
		if (set_overlaps(functions, list->given[dimension].data[i].functions))
			return true;
	return list->given[dimension].len == 0 || set_is_empty(functions);
}

static void function_hint(struct resolve *r, struct diag *diag,
			  const struct operation_list *list, const struct set *functions)
{
	struct strbuf taken = STRBUF_INIT;

	for (size_t i = 0; i < list->protocol->parameter_count; i++) {
		const struct parameter *p = &list->protocol->parameters[i];
		if (taken.len < HINT_LENGTH && set_overlaps(functions, p->functions))
			strbuf_printf(&taken, "%s%s", taken.len > 0 ? ", " : "", p->name);
	}
	if (taken.len > 0)
		diag_hint(r->diags, diag, "it takes %s", strbuf_text(&taken));
	else
		diag_hint(r->diags, diag, "it takes no parameter");
	strbuf_release(&taken);
}

/* A class may hold functions that take no such parameter; one that is named may not. */
static bool list_check_functions(struct resolve *r, const struct operation_list *list)
{
	size_t before = r->diags->len;

	for (const struct tree_operation *o = list->tree; o != NULL; o = o->next) {
		if (o->kind != OPERATION_NAME && o->kind != OPERATION_FUNCTION)
			continue;
		const struct set *functions = operation_functions(r, list->protocol, o);
		for (int d = 0; d < PARAMETER_DIMENSIONS; d++) {
			if (function_takes(list, (enum parameter_dimension)d, functions))
				continue;
			struct diag *diag = diag_add(
				r->diags, FINDING_UNSUPPORTED_PARAMETER, o->where,
				"this operation of %s takes no '%s'", list->protocol->name,
				list->given[d].data[0].parameter->name);
			function_hint(r, diag, list, functions);
		}
	}
	return r->diags->len == before;
}

static void list_check_parameters(struct resolve *r, const struct operation_list *list)
{
	for (const struct tree_operation *o = list->tree; o != NULL; o = o->next) {
		const struct parameter *parameter =
			o->kind == OPERATION_PARAMETER ? parameter_find(list->protocol, o->text)
						       : NULL;
		if (parameter != NULL && !set_is_empty(list->functions) &&
		    !set_overlaps(list->functions, parameter->functions)) {
			struct diag *diag = diag_add(
				r->diags, FINDING_UNSUPPORTED_PARAMETER, o->where,
				"no operation of this list takes '%s'", o->text);
			function_hint(r, diag, list, list->functions);
		}
	}
}

static const struct set *operations_shifted(struct resolve *r, const struct protocol *protocol,
					    const struct set *functions)
{
	struct set *shifted = arena_copy(r->arena, functions,
					 sizeof(*functions) +
						 functions->len * sizeof(struct range));
	u128 base = operation_id_of((uint16_t)(protocol - r->model->protocols), 0);

	for (size_t i = 0; i < shifted->len; i++) {
		shifted->range[i].lo += base;
		shifted->range[i].hi += base;
	}
	return shifted;
}

/* A dimension that is not given is open. */
static void list_open(struct resolve *r, struct operation_list *list)
{
	struct given all = { .functions = set_one(r->arena, 0, FUNCTION_MAX),
			     .numbers = r->all_parameters };

	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		if (list->given[d].len == 0)
			vec_push(&list->given[d], all);
}

static struct contents list_products(struct resolve *r, const struct operation_list *list)
{
	struct contents contents = contents_none();

	for (size_t u = 0; u < list->given[PARAMETER_UNIT].len; u++)
		for (size_t o = 0; o < list->given[PARAMETER_OBJECT].len; o++) {
			const struct given *unit = &list->given[PARAMETER_UNIT].data[u];
			const struct given *object = &list->given[PARAMETER_OBJECT].data[o];
			const struct set *functions = set_intersect(
				r->arena, list->functions,
				set_intersect(r->arena, unit->functions, object->functions));
			struct content product = { { operations_shifted(r, list->protocol,
									functions),
						     unit->numbers, object->numbers } };
			if (!content_is_empty(&product))
				contents = contents_add(r->arena, contents, product);
		}
	return contents;
}

static struct contents list_contents(struct resolve *r, const struct protocol *protocol,
				     const struct tree_operation *tree)
{
	struct operation_list list = { .protocol = protocol, .tree = tree };

	list_read(r, &list);
	if (list_check_functions(r, &list))
		list_check_parameters(r, &list);
	list_open(r, &list);
	struct contents contents = list_products(r, &list);
	for (int d = 0; d < PARAMETER_DIMENSIONS; d++)
		vec_free(&list.given[d]);
	return contents;
}

struct contents operations_of(struct resolve *r, const struct tree_service *s, uint16_t index,
			      enum service_use use)
{
	const struct protocol *protocol = &r->model->protocols[index];
	struct content session = { { operations_shifted(r, protocol,
							protocol->class[CLASS_SESSION]),
				     r->all_parameters, r->all_parameters } };
	size_t before = r->diags->len;
	struct contents contents = list_contents(r, protocol, s->operations);
	struct contents except = list_contents(r, protocol, s->operations_except);

	for (size_t i = 0; i < except.len; i++)
		contents = contents_subtract(r->arena, contents, except.parts[i]);
	if (use != USE_QUESTION)
		contents = contents_subtract(r->arena, contents, session);
	if (contents_are_empty(contents) && r->diags->len == before)
		diag_add(r->diags, FINDING_EMPTY_OPERATIONS, s->where,
			 "this list names no operation of %s", protocol->name);
	if (use == USE_ALLOW)
		contents = contents_add(r->arena, contents, session);
	return contents;
}
