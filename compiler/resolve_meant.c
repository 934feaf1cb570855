/* SPDX-License-Identifier: Apache-2.0
 *
 * What was meant by a name that a protocol does not have: a name that is written nearly
 * so, else one whose words hold those of the name, else what there is. */
#include "config.h"
#include "compiler/resolve_parts.h"

#include <string.h>

#include "base/strbuf.h"

VEC_TYPE(meant_names, const char *);

/* `length` bytes begin a word of a name in kebab-case at or behind `at`; what follows
 * that word, or NULL. */
static const char *meant_word(const char *at, const char *word, size_t length)
{
	while (at != NULL && *at != '\0') {
		if (strncmp(at, word, length) == 0)
			return at + strcspn(at, "-");
		at = strchr(at, '-');
		at += at != NULL;
	}
	return NULL;
}

/* `write-coil` is within `write-single-coil`. */
static bool meant_is_within(const char *name, const char *candidate)
{
	const char *at = candidate;

	for (size_t length; *name != '\0' && at != NULL; name += length + (name[length] != '\0')) {
		length = strcspn(name, "-_");
		at = meant_word(at + (*at == '-'), name, length);
	}
	return at != NULL;
}

static const char *meant_by_words(const char *name, const struct meant_names *names)
{
	const char *shortest = NULL;

	for (size_t i = 0; i < names->len; i++)
		if (meant_is_within(name, names->data[i]) &&
		    (shortest == NULL || strlen(names->data[i]) < strlen(shortest)))
			shortest = names->data[i];
	return shortest;
}

static void meant_list(struct resolve *r, struct diag *diag, const struct meant_names *names,
		       const char *where)
{
	enum { LISTED = 8 };
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < names->len && i < LISTED; i++)
		strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", names->data[i]);
	if (names->len > LISTED)
		strbuf_printf(&text, " and %zu more", names->len - LISTED);
	if (text.len > 0)
		diag_hint(r->diags, diag, "it has %s%s", strbuf_text(&text), where);
	strbuf_release(&text);
}

/* False: nothing is near. */
static bool meant_suggest(struct resolve *r, struct diag *diag, const char *name,
			  const struct meant_names *names)
{
	if (diag_suggest(r->diags, diag, name, names->data, names->len))
		return true;
	const char *within = strlen(name) > 1 ? meant_by_words(name, names) : NULL;
	if (within != NULL)
		diag_hint(r->diags, diag, "did you mean '%s'?", within);
	return within != NULL;
}

void meant_operation(struct resolve *r, struct diag *diag, const struct protocol *protocol,
		     const char *name)
{
	struct meant_names classes = VEC_INIT, names = VEC_INIT;

	for (int c = CLASS_READ; c < CLASS_SESSION; c++)
		if (protocol->class[c] != NULL && !set_is_empty(protocol->class[c]))
			vec_push(&classes, operation_class_name((enum operation_class)c));
	for (size_t i = 0; i < classes.len; i++)
		vec_push(&names, classes.data[i]);
	for (const struct tree_function *f = protocol->tree->functions; f != NULL; f = f->next)
		vec_push(&names, f->name.text);
	if (!meant_suggest(r, diag, name, &names))
		meant_list(r, diag, &classes, "; `cordon services` lists its operations");
	vec_free(&classes);
	vec_free(&names);
}

void meant_parameter(struct resolve *r, struct diag *diag, const struct protocol *protocol,
		     const char *name)
{
	struct meant_names names = VEC_INIT;

	for (size_t i = 0; i < protocol->parameter_count; i++)
		vec_push(&names, protocol->parameters[i].name);
	if (!meant_suggest(r, diag, name, &names))
		meant_list(r, diag, &names, "");
	vec_free(&names);
}
