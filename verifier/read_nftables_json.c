/* SPDX-License-Identifier: Apache-2.0
 *
 * `nft -j list ruleset` (libnftables-json(5)) written as the text that says the
 * same, so that there is one reader of what chains mean: an object a line. What
 * is not known here becomes a word that the reader of text does not know either,
 * and so is listed as such. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

#include <jansson.h>

#include "base/strbuf.h"

enum { JSON_DEPTH = 64 };

struct writer {
	struct strbuf text;
	int depth;
};

static void write_value(struct writer *w, json_t *value);

static const char *object_text(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* The one key of an object; NULL if it is none. */
static const char *only_key(json_t *object)
{
	void *iterator = json_is_object(object) ? json_object_iter(object) : NULL;

	return iterator != NULL ? json_object_iter_key(iterator) : NULL;
}

/* What stood in a string must not end it, nor the line. */
static void write_quoted(struct writer *w, const char *text)
{
	strbuf_putc(&w->text, '"');
	for (; *text != '\0'; text++)
		strbuf_putc(&w->text, *text == '"' || (unsigned char)*text < ' ' ? '_' : *text);
	strbuf_putc(&w->text, '"');
}

/* A name, which nft does not quote; anything else than a name is not known. */
static void write_name(struct writer *w, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:\\";

	if (*text == '\0' || text[strspn(text, plain)] != '\0')
		write_quoted(w, text);
	else
		strbuf_puts(&w->text, text);
}

/* ---- values ---- */

static void write_string(struct writer *w, const char *text)
{
	if (*text == '@') {
		strbuf_putc(&w->text, '@');
		write_name(w, text + 1);
	} else if (strcmp(text, "*") == 0) {
		strbuf_putc(&w->text, '*');
	} else {
		write_quoted(w, text);
	}
}

static void write_list(struct writer *w, json_t *list, const char *between)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i > 0)
			strbuf_puts(&w->text, between);
		write_value(w, json_array_get(list, i));
	}
}

/* Bounds stand in one word, or are two dates. */
static void write_bound(struct writer *w, json_t *value)
{
	const char *text = json_string_value(value);

	if (text != NULL && strchr(text, ' ') == NULL)
		write_name(w, text);
	else
		write_value(w, value);
}

static void write_range(struct writer *w, json_t *range)
{
	write_bound(w, json_array_get(range, 0));
	strbuf_putc(&w->text, '-');
	write_bound(w, json_array_get(range, 1));
}

static void write_prefix(struct writer *w, json_t *prefix)
{
	write_bound(w, json_object_get(prefix, "addr"));
	strbuf_printf(&w->text, "/%lld",
		      (long long)json_integer_value(json_object_get(prefix, "len")));
}

static void write_ct(struct writer *w, json_t *ct)
{
	const char *key = object_text(ct, "key"), *family = object_text(ct, "family");

	strbuf_puts(&w->text, "ct");
	if (*object_text(ct, "dir") != '\0') {
		strbuf_putc(&w->text, ' ');
		write_name(w, object_text(ct, "dir"));
	}
	if (*family != '\0')
		strbuf_puts(&w->text, strcmp(family, "ip6") == 0 ? " ip6" : " ip");
	for (size_t length; *key != '\0'; key += length + (key[length] == ' ')) {
		char word[32] = "";
		length = strcspn(key, " ");
		memcpy(word, key, length < sizeof(word) - 1 ? length : sizeof(word) - 1);
		strbuf_putc(&w->text, ' ');
		write_name(w, word);
	}
}

static void write_payload(struct writer *w, json_t *payload)
{
	if (*object_text(payload, "base") != '\0') {
		strbuf_printf(&w->text, "@%.2s,%lld,%lld", object_text(payload, "base"),
			      (long long)json_integer_value(json_object_get(payload, "offset")),
			      (long long)json_integer_value(json_object_get(payload, "len")));
		return;
	}
	write_name(w, object_text(payload, "protocol"));
	strbuf_putc(&w->text, ' ');
	write_name(w, object_text(payload, "field"));
}

static bool write_verdict(struct writer *w, const char *key, json_t *value)
{
	static const char *const plain[] = { "accept", "drop", "return", "continue" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(key, plain[i]) == 0)
			return strbuf_puts(&w->text, key), true;
	if (strcmp(key, "jump") != 0 && strcmp(key, "goto") != 0)
		return false;
	strbuf_printf(&w->text, "%s ", key);
	write_name(w, object_text(value, "target"));
	return true;
}

/* An element of a map is a list of two: its key and what it maps to. */
static void write_element(struct writer *w, json_t *element)
{
	if (!json_is_array(element) || json_array_size(element) != 2) {
		write_value(w, element);
		return;
	}
	write_value(w, json_array_get(element, 0));
	strbuf_puts(&w->text, " : ");
	write_value(w, json_array_get(element, 1));
}

static void write_elements(struct writer *w, json_t *elements)
{
	strbuf_puts(&w->text, "{ ");
	for (size_t i = 0; i < json_array_size(elements); i++) {
		write_element(w, json_array_get(elements, i));
		strbuf_puts(&w->text, ", ");
	}
	if (!json_is_array(elements) && elements != NULL)
		write_value(w, elements);
	strbuf_puts(&w->text, "}");
}

/* `tcp flags & (fin | syn)`, the bits as a list or one by one. */
static void write_operation(struct writer *w, const char *sign, json_t *sides)
{
	json_t *bits = json_array_get(sides, 1);

	if (strcmp(sign, "|") == 0) {
		strbuf_putc(&w->text, '(');
		write_list(w, sides, " | ");
		strbuf_putc(&w->text, ')');
		return;
	}
	write_value(w, json_array_get(sides, 0));
	strbuf_puts(&w->text, " & (");
	if (json_is_array(bits))
		write_list(w, bits, " | ");
	else
		write_value(w, bits);
	strbuf_putc(&w->text, ')');
}

static void write_object(struct writer *w, json_t *object)
{
	const char *key = only_key(object);
	json_t *value = key != NULL ? json_object_get(object, key) : NULL;

	if (key == NULL)
		strbuf_puts(&w->text, "unknown");
	else if (strcmp(key, "payload") == 0 && (json_object_get(value, "field") != NULL ||
						 json_object_get(value, "base") != NULL))
		write_payload(w, value);
	else if (strcmp(key, "meta") == 0)
		strbuf_puts(&w->text, "meta "), write_name(w, object_text(value, "key"));
	else if (strcmp(key, "ct") == 0)
		write_ct(w, value);
	else if (strcmp(key, "prefix") == 0)
		write_prefix(w, value);
	else if (strcmp(key, "range") == 0)
		write_range(w, value);
	else if (strcmp(key, "concat") == 0)
		write_list(w, value, " . ");
	else if (strcmp(key, "set") == 0)
		write_elements(w, value);
	else if (strcmp(key, "elem") == 0)
		write_value(w, json_object_get(value, "val"));
	else if (strcmp(key, "&") == 0 || strcmp(key, "|") == 0)
		write_operation(w, key, value);
	else if (!write_verdict(w, key, value))
		strbuf_puts(&w->text, "unknown "), write_quoted(w, key);
}

static void write_value(struct writer *w, json_t *value)
{
	if (++w->depth > JSON_DEPTH)
		strbuf_puts(&w->text, "unknown");
	else if (json_is_string(value))
		write_string(w, json_string_value(value));
	else if (json_is_integer(value))
		strbuf_printf(&w->text, "%lld", (long long)json_integer_value(value));
	else if (json_is_array(value))
		write_list(w, value, ",");
	else if (json_is_object(value))
		write_object(w, value);
	else
		strbuf_puts(&w->text, "unknown");
	w->depth--;
}

/* ---- statements ---- */

static void write_match(struct writer *w, json_t *match)
{
	const char *sign = object_text(match, "op");
	bool plain = strcmp(sign, "==") == 0 || strcmp(sign, "in") == 0;

	write_value(w, json_object_get(match, "left"));
	strbuf_putc(&w->text, ' ');
	if (strcmp(sign, "==") == 0 &&
	    json_object_get(json_object_get(match, "left"), "&") != NULL)
		strbuf_puts(&w->text, "== ");
	else if (!plain)
		strbuf_printf(&w->text, "%.2s ", sign);
	write_value(w, json_object_get(match, "right"));
}

static void write_vmap(struct writer *w, json_t *vmap)
{
	write_value(w, json_object_get(vmap, "key"));
	strbuf_puts(&w->text, " vmap ");
	write_value(w, json_object_get(vmap, "data"));
}

static void write_limit(struct writer *w, json_t *limit)
{
	if (!json_is_object(limit)) {
		strbuf_puts(&w->text, "limit name "), write_value(w, limit);
		return;
	}
	strbuf_printf(&w->text, "limit rate %s%lld/%s", json_is_true(json_object_get(limit, "inv"))
			      ? "over " : "",
		      (long long)json_integer_value(json_object_get(limit, "rate")),
		      *object_text(limit, "per") ? object_text(limit, "per") : "second");
}

static void write_log(struct writer *w, json_t *log)
{
	strbuf_puts(&w->text, "log");
	if (*object_text(log, "prefix") == '\0')
		return;
	strbuf_puts(&w->text, " prefix ");
	write_quoted(w, object_text(log, "prefix"));
}

/* Older versions print null, which hides even whether it is a match. */
static void write_xt(struct writer *w, json_t *xt)
{
	bool match = strcmp(object_text(xt, "type"), "match") == 0;

	strbuf_puts(&w->text, match ? "xt match " : "xt target ");
	write_quoted(w, object_text(xt, "name"));
}

/* "tcp reset" is one word of JSON and two of text. */
static void write_reject(struct writer *w, json_t *reject)
{
	const char *type = object_text(reject, "type");

	strbuf_puts(&w->text, "reject");
	if (strcmp(type, "tcp reset") == 0)
		strbuf_puts(&w->text, " with tcp reset");
	else if (*type != '\0')
		strbuf_puts(&w->text, " with "), write_name(w, type),
			strbuf_puts(&w->text, " "),
			write_value(w, json_object_get(reject, "expr"));
}

static void write_mangle(struct writer *w, json_t *mangle)
{
	write_value(w, json_object_get(mangle, "key"));
	strbuf_puts(&w->text, " set ");
	write_value(w, json_object_get(mangle, "value"));
}

/* Statements that the reader of text knows by their first words alone. */
static const char *const worded[][2] = {
	{ "masquerade", "masquerade" }, { "snat", "snat" },	  { "dnat", "dnat" },
	{ "redirect", "redirect" },	{ "notrack", "notrack" }, { "tproxy", "tproxy" },
	{ "synproxy", "synproxy" },	{ "dup", "dup" },	  { "fwd", "fwd" },
	{ "queue", "queue" },		{ "flow", "flow add" },
	{ "ct timeout", "ct timeout set" }, { "ct helper", "ct helper set" },
	{ "counter", "counter" }, { "quota", "quota" },
};

static void write_statement(struct writer *w, json_t *statement)
{
	const char *key = only_key(statement);
	json_t *value = key != NULL ? json_object_get(statement, key) : NULL;

	if (key == NULL)
		key = "";
	if (strcmp(key, "match") == 0) {
		write_match(w, value);
	} else if (strcmp(key, "vmap") == 0) {
		write_vmap(w, value);
	} else if (strcmp(key, "limit") == 0) {
		write_limit(w, value);
	} else if (strcmp(key, "log") == 0) {
		write_log(w, value);
	} else if (strcmp(key, "xt") == 0) {
		write_xt(w, value);
	} else if (strcmp(key, "reject") == 0) {
		write_reject(w, value);
	} else if (strcmp(key, "set") == 0) {
		strbuf_puts(&w->text, "add "), write_value(w, json_object_get(value, "set"));
	} else if (strcmp(key, "mangle") == 0) {
		write_mangle(w, value);
	} else if (!write_verdict(w, key, value)) {
		for (size_t i = 0; i < sizeof(worded) / sizeof(worded[0]); i++)
			if (strcmp(key, worded[i][0]) == 0) {
				strbuf_puts(&w->text, worded[i][1]);
				return;
			}
		strbuf_puts(&w->text, "unknown ");
		write_quoted(w, key);
	}
}

/* ---- objects ---- */

static void write_where(struct writer *w, json_t *object, const char *table)
{
	write_name(w, object_text(object, "family"));
	strbuf_putc(&w->text, ' ');
	write_name(w, object_text(object, table));
}

static void write_chain(struct writer *w, json_t *chain)
{
	strbuf_puts(&w->text, "table ");
	write_where(w, chain, "table");
	strbuf_puts(&w->text, " { chain ");
	write_name(w, object_text(chain, "name"));
	strbuf_puts(&w->text, " { ");
	if (json_object_get(chain, "hook") != NULL) {
		strbuf_puts(&w->text, "type ");
		write_name(w, object_text(chain, "type"));
		strbuf_puts(&w->text, " hook ");
		write_name(w, object_text(chain, "hook"));
		strbuf_printf(&w->text, " priority %lld; ",
			      (long long)json_integer_value(json_object_get(chain, "prio")));
		if (*object_text(chain, "policy") != '\0') {
			strbuf_puts(&w->text, "policy ");
			write_name(w, object_text(chain, "policy"));
			strbuf_puts(&w->text, "; ");
		}
	}
	strbuf_puts(&w->text, "} }\n");
}

static void write_types(struct writer *w, json_t *type)
{
	if (json_is_string(type))
		write_name(w, json_string_value(type));
	for (size_t i = 0; i < json_array_size(type); i++) {
		if (i > 0)
			strbuf_puts(&w->text, " . ");
		write_name(w, json_is_string(json_array_get(type, i))
				      ? json_string_value(json_array_get(type, i))
				      : "");
	}
}

/* A list, or of newer versions the only one by itself. */
static void write_flags(struct writer *w, json_t *flags)
{
	if (json_is_string(flags))
		strbuf_puts(&w->text, "flags "), write_name(w, json_string_value(flags)),
			strbuf_puts(&w->text, "; ");
	if (json_array_size(flags) == 0)
		return;
	strbuf_puts(&w->text, "flags ");
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const char *flag = json_string_value(json_array_get(flags, i));
		strbuf_puts(&w->text, i > 0 ? ", " : "");
		write_name(w, flag != NULL ? flag : "unknown");
	}
	strbuf_puts(&w->text, "; ");
}

static void write_set(struct writer *w, json_t *set, bool map)
{
	strbuf_puts(&w->text, "table ");
	write_where(w, set, "table");
	strbuf_puts(&w->text, map ? " { map " : " { set ");
	write_name(w, object_text(set, "name"));
	strbuf_puts(&w->text, " { type ");
	write_types(w, json_object_get(set, "type"));
	if (map) {
		strbuf_puts(&w->text, " : ");
		write_name(w, object_text(set, "map"));
	}
	strbuf_puts(&w->text, "; ");
	write_flags(w, json_object_get(set, "flags"));
	if (json_object_get(set, "timeout") != NULL)
		strbuf_puts(&w->text, "timeout 1s; ");
	if (json_object_get(set, "elem") != NULL) {
		strbuf_puts(&w->text, "elements = ");
		write_elements(w, json_object_get(set, "elem"));
		strbuf_puts(&w->text, "; ");
	}
	strbuf_puts(&w->text, "} }\n");
}

static void write_rule(struct writer *w, json_t *rule)
{
	json_t *statements = json_object_get(rule, "expr");

	strbuf_puts(&w->text, "add rule ");
	write_where(w, rule, "table");
	strbuf_putc(&w->text, ' ');
	write_name(w, object_text(rule, "chain"));
	for (size_t i = 0; i < json_array_size(statements); i++) {
		strbuf_putc(&w->text, ' ');
		write_statement(w, json_array_get(statements, i));
	}
	if (*object_text(rule, "comment") != '\0') {
		strbuf_puts(&w->text, " comment ");
		write_quoted(w, object_text(rule, "comment"));
	}
	strbuf_putc(&w->text, '\n');
}

static void write_table(struct writer *w, json_t *table)
{
	strbuf_puts(&w->text, "table ");
	write_where(w, table, "name");
	strbuf_puts(&w->text, " { ");
	write_flags(w, json_object_get(table, "flags"));
	strbuf_puts(&w->text, "}\n");
}

/* Objects that a rule only refers to. */
static bool is_referred(const char *key)
{
	static const char *const words[] = { "metainfo", "counter", "quota", "ct helper",
					     "ct timeout", "ct expectation", "limit",
					     "secmark", "synproxy", "flowtable" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(key, words[i]) == 0)
			return true;
	return false;
}

static void write_top(struct writer *w, json_t *object)
{
	const char *key = only_key(object);
	json_t *value = key != NULL ? json_object_get(object, key) : NULL;

	if (key == NULL)
		strbuf_puts(&w->text, "unknown\n");
	else if (strcmp(key, "table") == 0)
		write_table(w, value);
	else if (strcmp(key, "chain") == 0)
		write_chain(w, value);
	else if (strcmp(key, "set") == 0 || strcmp(key, "map") == 0)
		write_set(w, value, *key == 'm');
	else if (strcmp(key, "rule") == 0)
		write_rule(w, value);
	else if (!is_referred(key))
		strbuf_puts(&w->text, "unknown "), write_quoted(w, key),
			strbuf_putc(&w->text, '\n');
}

bool nft_is_json(const struct source *source)
{
	size_t at = 0;

	while (at < source->length && strchr(" \t\r\n", source->text[at]) != NULL &&
	       source->text[at] != '\0')
		at++;
	return at < source->length && source->text[at] == '{';
}

const struct source *nft_json_text(struct arena *arena, const struct source *source,
				   struct diags *diags)
{
	struct source *out = arena_alloc(arena, sizeof(*out));
	struct writer writer = { STRBUF_INIT, 0 };
	json_error_t error;
	json_t *root = json_loadb(source->text, source->length, 0, &error);
	json_t *list = json_object_get(root, "nftables");

	if (root == NULL || !json_is_array(list)) {
		uint32_t line = root == NULL && error.line > 0 ? (uint32_t)error.line : 1;
		diag_add(diags, FINDING_SYNTAX, (struct span){ source, line, 1, line, 1 },
			 root == NULL ? "this is not JSON: %s"
				      : "this is not an nftables ruleset: no list 'nftables'%s",
			 root == NULL ? error.text : "");
		json_decref(root);
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(list); i++)
		write_top(&writer, json_array_get(list, i));
	out->path = arena_printf(arena, "%s as text", source->path);
	out->text = arena_strndup(arena, strbuf_text(&writer.text), writer.text.len);
	out->length = writer.text.len;
	strbuf_release(&writer.text);
	json_decref(root);
	return out;
}
