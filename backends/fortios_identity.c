/* SPDX-License-Identifier: Apache-2.0
 *
 * Which policy is which, whatever the others are. A policy is known by its table and
 * interfaces, the rules it comes from, and what it says of them beside addresses:
 * those may change, and others of the same rules come and go, and it stays the same
 * policy. Only where all this is shared the addresses tell apart, and then how many
 * came before. Its number is a digest of that; where two digests meet, the order of
 * the texts decides, never that of the policy.
 *
 * A name has up to 35 characters; only a policy of IPv4 multicast and one for the
 * device is told by its comment. Neither holds quotes, `<` or `>`: a device refuses
 * them (FortiOS Administration Guide 7.x, "Text strings"). */
#include "config.h"
#include "backends/fortios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/sha256.h"

enum { POLICY_NAME = 35 };

static const uint32_t first_id = 1000000000, id_count = 3000000000;
static const char would_drop_words[] = "would drop: ";

/* ---- texts ---- */

const char *fortios_rules_text(struct fortios *fortios, const struct filter_entry *entry,
			       bool labels)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < entry->rule_count; i++) {
		const struct rule *rule = entry->rules[i];
		strbuf_printf(&text, "%s%s", i > 0 ? "; " : "", rule->identity);
		if (labels && rule->label != NULL)
			strbuf_printf(&text, " %s", rule->label);
	}
	const char *made = arena_strdup(fortios->arena, strbuf_text(&text));
	strbuf_release(&text);
	return made;
}

/* In words what the device takes no sign for. */
static void print_plain(struct strbuf *text, const char *label)
{
	static const struct {
		const char *sign, *word;
	} signs[] = { { "->", "to" }, { ">=", "from" }, { "<=", "up to" },
		      { ">", "" },    { "<", "" },	{ "\"", "" },	   { "'", "" } };
	const size_t count = sizeof(signs) / sizeof(signs[0]);

	while (*label != '\0') {
		size_t i = 0;
		while (i < count && strncmp(label, signs[i].sign, strlen(signs[i].sign)) != 0)
			i++;
		if (i == count) {
			strbuf_putc(text, *label++);
			continue;
		}
		strbuf_puts(text, signs[i].word);
		label += strlen(signs[i].sign);
	}
}

/* Cut to what a comment holds, never within a character. */
void fortios_print_comment(struct strbuf *text, const char *comment, bool would_drop)
{
	struct strbuf whole = STRBUF_INIT;
	size_t length;

	strbuf_puts(&whole, would_drop ? would_drop_words : "");
	print_plain(&whole, comment);
	length = whole.len;
	if (length > FORTIOS_COMMENT_MAX)
		for (length = FORTIOS_COMMENT_MAX;
		     length > 0 && ((unsigned char)whole.text[length] & 0xc0) == 0x80;)
			length--;
	if (whole.len > length)
		whole.text[length] = '\0';
	strbuf_puts(text, "        set comments ");
	fortios_quote(text, strbuf_text(&whole));
	strbuf_putc(text, '\n');
	strbuf_release(&whole);
}

static const char *with_name(struct fortios *fortios, const struct fortios_policy *policy)
{
	struct arena *arena = fortios->arena;
	const char *before = policy->would_drop ? would_drop_words : "";
	const struct name_rules rules = { POLICY_NAME - strlen(before), "_.", false };
	const char *stem = arena_printf(arena, FORTIOS_OURS "%s", policy->named);

	return arena_printf(arena, "        set name \"%s%s\"\n%s", before,
			    names_of_content(arena, &rules, stem, policy->key), policy->body);
}

/* ---- keys ---- */

static int key_order(const void *left, const void *right)
{
	const struct fortios_policy *a = *(const struct fortios_policy *const *)left;
	const struct fortios_policy *b = *(const struct fortios_policy *const *)right;
	int order = strcmp(a->key, b->key);

	if (order == 0)
		order = strcmp(a->sides, b->sides);
	if (order == 0) /* in an order that does not depend on that of the sort */
		order = a < b ? -1 : a > b;
	return order;
}

/* Sorted policies: no two have the same key then. */
static void keys_part(struct fortios *fortios, struct fortios_policy **sorted, size_t count)
{
	for (size_t i = 0, next; i < count; i = next) {
		const char *key = sorted[i]->key;
		size_t twins = 0;
		for (next = i + 1; next < count && strcmp(sorted[next]->key, key) == 0;)
			next++;
		for (size_t k = i; next - i > 1 && k < next; k++) {
			bool twin = k > i && strcmp(sorted[k]->sides, sorted[k - 1]->sides) == 0;
			twins = twin ? twins + 1 : 0;
			sorted[k]->key = arena_printf(fortios->arena, "%s\n%s%zu", key,
						      sorted[k]->sides, twins);
		}
	}
}

/* ---- numbers ---- */

static uint32_t digest_id(const char *key, unsigned attempt)
{
	struct sha256 hash;
	char digest[SHA256_TEXT], short_digest[16] = "", count = (char)attempt;

	sha256_init(&hash);
	sha256_add(&hash, key, strlen(key));
	if (attempt > 0)
		sha256_add(&hash, &count, 1);
	sha256_final(&hash, digest);
	memcpy(short_digest, digest, 15);
	return first_id + (uint32_t)(strtoull(short_digest, NULL, 16) % id_count);
}

struct taken_id {
	uint32_t id;
	UT_hash_handle hh;
};

/* Numbers of others on the device are taken, too. */
static bool id_is_free(struct fortios *fortios, struct taken_id **taken,
		       const struct fortios_policy *policy, uint32_t id)
{
	struct taken_id *found;
	char name[16];

	HASH_FIND(hh, *taken, &id, sizeof(id), found);
	if (found != NULL)
		return false;
	snprintf(name, sizeof(name), "%u", id);
	struct fortios_old *old = fortios_previous_find(&fortios->previous, policy->table, name);
	return old == NULL || old->ours;
}

static void ids_give(struct fortios *fortios, struct fortios_policy **sorted, size_t count)
{
	struct taken_id *taken = NULL;

	for (size_t i = 0; i < count; i++) {
		struct taken_id *mine = arena_alloc(fortios->arena, sizeof(*mine));
		unsigned attempt = 0;
		do
			mine->id = digest_id(sorted[i]->key, attempt++);
		while (!id_is_free(fortios, &taken, sorted[i], mine->id));
		sorted[i]->id = mine->id;
		HASH_ADD(hh, taken, id, sizeof(mine->id), mine);
	}
	HASH_CLEAR(hh, taken);
}

void fortios_identify(struct fortios *fortios, struct fortios_policies *policies)
{
	struct fortios_policy **sorted =
		arena_array(fortios->arena, policies->len + 1, sizeof(struct fortios_policy *));

	for (size_t i = 0; i < policies->len; i++)
		sorted[i] = &policies->data[i];
	if (policies->len > 0)
		qsort(sorted, policies->len, sizeof(struct fortios_policy *), key_order);
	keys_part(fortios, sorted, policies->len);
	ids_give(fortios, sorted, policies->len);
	for (size_t i = 0; i < policies->len; i++)
		if (sorted[i]->named != NULL)
			sorted[i]->body = with_name(fortios, sorted[i]);
}
