/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions of a rule on bytes of the packet. One by one they say little; together
 * they may say that a packet carries nothing, or one whole request that ends with it
 * (compiler/payload.h). A rule that lacks one of the conditions this takes matches
 * these packets for certain, and others perhaps; one with a condition more, or with a
 * set that lacks an element, matches these packets or fewer. */
#include "config.h"
#include "verifier/nft_eval.h"

#include <string.h>

#include "compiler/payload.h"

enum { TCP = 6, IP_HEADER = 20, WORD = 4, WORD_SHIFT = 4, DOFF_LEAST = 5, DOFF_COUNT = 11,
       IPV4_PLAIN = 0x45, FLAG_SYN = 0x02, FLAG_URG = 0x20, BITS = 8 };

enum payload_fact {
	FACT_PLAIN = 1,     /* an IP header of the usual form */
	FACT_NO_URG = 2,
	FACT_NO_SYN = 4,
	FACT_EMPTY = 8,     /* headers as long as the packet */
	FACT_FRAME = 16,    /* a request that ends with the packet */
	FACT_NUMBER = 32,   /* the protocol's own number */
};
enum { FACTS_EMPTY = FACT_PLAIN | FACT_NO_URG | FACT_EMPTY,
       FACTS_FRAME = FACT_PLAIN | FACT_NO_URG | FACT_NO_SYN | FACT_FRAME | FACT_NUMBER };

struct payload_read {
	struct nft_eval *eval;
	const struct payload_protocol *protocol;
	unsigned facts[FAMILY_COUNT];
	bool family[FAMILY_COUNT];      /* may hold for packets of it */
	unsigned length;                /* 0: not compared */
	const struct payload_form *counted; /* NULL: not compared */
	const struct set *functions;    /* NULL: not compared */
	bool units;                     /* these are units and functions as one number */
	bool narrow;                    /* it may hold for fewer */
};

bool nft_match_is_raw(const struct nft_match *match)
{
	return !match->flags && match->fields > 0 && match->selector[0] >= NFT_RAW_FIRST;
}

/* ---- one condition ---- */

static void read_family(struct payload_read *read, enum family family, unsigned fact)
{
	read->facts[family] |= fact;
	read->family[family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4] = false;
}

static void read_fact(struct payload_read *read, unsigned fact)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		read->facts[family] |= fact;
}

/* The values of a condition with one selector. */
static const struct set *raw_values(struct payload_read *read, const struct nft_match *match,
				    const struct nft_set *set)
{
	const struct set *values = set_empty();

	if (match->values != NULL)
		return match->values;
	for (size_t i = 0; i < set->rows.len; i++)
		values = set_union(read->eval->arena, values,
				   set->pool[0].set[set->rows.data[i].value[0]]);
	return values;
}

static bool is_one(const struct set *set, u128 value)
{
	return set->len == 1 && set->range[0].lo == value && set->range[0].hi == value;
}

static bool read_masked(struct payload_read *read, const struct nft_match *match,
			const struct set *values)
{
	if (match->selector[0] != NFT_RAW_FLAGS || !is_one(values, 0))
		return false;
	read_fact(read, ((match->mask & FLAG_URG) != 0 ? FACT_NO_URG : 0) |
			((match->mask & FLAG_SYN) != 0 ? FACT_NO_SYN : 0));
	return (match->mask & ~(unsigned)(FLAG_URG | FLAG_SYN)) == 0;
}

static bool read_length(struct payload_read *read, const struct set *values)
{
	if (read->length != 0 || set_size(values) != 1)
		return false;
	read->length = (unsigned)values->range[0].lo;
	return true;
}

/* A protocol number of 0 with the length behind it, as nft joins the two. */
static bool read_numbered(struct payload_read *read, const struct set *values)
{
	bool told = set_size(values) == 1 && values->range[0].lo <= UINT16_MAX;

	read_fact(read, told ? FACT_NUMBER : 0);
	return told && read_length(read, values);
}

static bool read_functions(struct payload_read *read, const struct set *values, bool units)
{
	if (read->functions != NULL)
		return false;
	read->functions = values;
	read->units = units;
	return true;
}

static bool read_single(struct payload_read *read, const struct nft_match *match,
			const struct set *values)
{
	if (match->mask != 0)
		return read_masked(read, match, values);
	switch (match->selector[0]) {
	case NFT_RAW_IP:
		read_family(read, FAMILY_IPV4, is_one(values, IPV4_PLAIN) ? FACT_PLAIN : 0);
		return is_one(values, IPV4_PLAIN);
	case NFT_RAW_IP6:
		read_family(read, FAMILY_IPV6, is_one(values, TCP) ? FACT_PLAIN : 0);
		return is_one(values, TCP);
	case NFT_RAW_NUMBER:
		read_fact(read, is_one(values, 0) ? FACT_NUMBER : 0);
		return is_one(values, 0);
	case NFT_RAW_NUMBER_LENGTH: return read_numbered(read, values);
	case NFT_RAW_LENGTH: return read_length(read, values);
	case NFT_RAW_UNIT: return read_functions(read, values, true);
	case NFT_RAW_FUNCTION: return read_functions(read, values, false);
	default: return false;
	}
}

/* ---- concatenations ---- */

/* A row of single values; false: it has others. */
static bool row_values(const struct nft_set *set, const struct nft_row *row, unsigned *out)
{
	for (size_t i = 0; i < set->fields; i++) {
		const struct set *values = set->pool[i].set[row->value[i]];
		if (set_size(values) != 1)
			return false;
		out[i] = (unsigned)values->range[0].lo;
	}
	return !row->uncertain;
}

/* Whether a row is one that a whole set has, and which of them: less than `total`. */
typedef bool row_expected(const struct payload_read *read, enum family family,
			  const unsigned *values, size_t *which);

struct rows_whole {
	row_expected *expected;
	size_t total;
	enum family family;
};

/* True if every row is an expected one; *complete: all of them are there. */
static bool rows_are(const struct payload_read *read, const struct nft_set *set,
		     const struct rows_whole *whole, bool *complete)
{
	bool *seen = memory_array(whole->total + 1, sizeof(*seen)), sound = true;
	unsigned values[NFT_FIELDS];
	size_t count = 0, which;

	for (size_t i = 0; i < set->rows.len && sound; i++) {
		sound = row_values(set, &set->rows.data[i], values) &&
			whole->expected(read, whole->family, values, &which);
		if (sound && !seen[which]) {
			seen[which] = true;
			count++;
		}
	}
	*complete = count == whole->total;
	free(seen);
	return sound;
}

static unsigned headers(enum family family, unsigned doff)
{
	return (family == FAMILY_IPV4 ? IP_HEADER : 0) + doff * WORD;
}

static bool doff_index(unsigned byte, size_t *which)
{
	*which = (byte >> WORD_SHIFT) - DOFF_LEAST;
	return (byte & 0xf) == 0 && *which < DOFF_COUNT;
}

static bool row_is_empty(const struct payload_read *read, enum family family,
			 const unsigned *values, size_t *which)
{
	(void)read;
	return doff_index(values[0], which) &&
	       values[1] == headers(family, values[0] >> WORD_SHIFT);
}

static bool row_is_frame(const struct payload_read *read, enum family family,
			 const unsigned *values, size_t *which)
{
	const struct payload_protocol *protocol = read->protocol;
	unsigned length = values[2];

	if (!doff_index(values[0], which) || length < protocol->shortest ||
	    length > protocol->longest)
		return false;
	*which += (size_t)(length - protocol->shortest) * DOFF_COUNT;
	return values[1] == headers(family, values[0] >> WORD_SHIFT) + protocol->header + length;
}

static bool row_is_counted(const struct payload_read *read, enum family family,
			   const unsigned *values, size_t *which)
{
	const struct payload_form *form = read->counted;

	(void)family;
	*which = values[1] - 1;
	return *which < form->most && values[0] == form->base + values[1];
}

static bool read_table(struct payload_read *read, const struct nft_set *set,
		       struct rows_whole whole, unsigned fact)
{
	bool complete = false, sound = rows_are(read, set, &whole, &complete);

	read_family(read, whole.family, sound ? fact : 0);
	return sound && complete;
}

static unsigned count_place(enum nft_selector selector)
{
	switch (selector) {
	case NFT_RAW_COUNT8: return 8;
	case NFT_RAW_COUNT12: return 12;
	case NFT_RAW_COUNT16: return 16;
	default: return 0;
	}
}

/* Lengths beside counts: the form of the protocol that has them so. */
static bool read_counted(struct payload_read *read, const struct nft_match *match,
			 const struct nft_set *set)
{
	const struct payload_protocol *protocol = read->protocol;
	unsigned at = count_place(match->selector[1]);
	bool complete = false;

	if (at == 0 || read->counted != NULL)
		return false;
	for (size_t i = 0; i < protocol->span_count; i++) {
		const struct payload_form *form = protocol->spans[i].form;
		struct rows_whole whole = { row_is_counted, form->most, FAMILY_IPV4 };
		read->counted = form;
		if (form->count_at == at && rows_are(read, set, &whole, &complete) && complete)
			return true;
	}
	read->counted = NULL;
	return false;
}

static bool read_several(struct payload_read *read, const struct nft_match *match,
			 const struct nft_set *set)
{
	const enum nft_selector *s = match->selector;
	enum family family = s[1] == NFT_IP_LENGTH ? FAMILY_IPV4 : FAMILY_IPV6;
	size_t lengths = (size_t)read->protocol->longest - read->protocol->shortest + 1;

	if (match->fields == 2 && s[0] == NFT_RAW_LENGTH)
		return read_counted(read, match, set);
	if (s[0] != NFT_RAW_DOFF || (s[1] != NFT_IP_LENGTH && s[1] != NFT_IP6_LENGTH))
		return false;
	if (match->fields == 2)
		return read_table(read, set,
				  (struct rows_whole){ row_is_empty, DOFF_COUNT, family },
				  FACT_EMPTY);
	return match->fields == 3 && s[2] == NFT_RAW_LENGTH &&
	       read_table(read, set,
			  (struct rows_whole){ row_is_frame, lengths * DOFF_COUNT, family },
			  FACT_FRAME);
}

/* False: it narrows in a way that is not told. */
static bool read_condition(struct payload_read *read, struct nft_match *match)
{
	struct nft_set *set = match->values == NULL ? nft_match_set(read->eval, match) : NULL;

	if (match->negated || match->vmap || (set == NULL && match->values == NULL))
		return false;
	if (match->fields == 1)
		return read_single(read, match, raw_values(read, match, set));
	return match->mask == 0 && read_several(read, match, set);
}

/* ---- what they say together ---- */

struct payload_points {
	VEC(struct range) certain, possible;
};

/* Of the form that goes with a function the length or the count is compared. */
static bool form_is_compared(const struct payload_read *read, const struct payload_form *form)
{
	if (form->length != 0)
		return read->length == form->length && read->counted == NULL;
	return read->counted == (form->count_at != 0 ? form : NULL) && read->length == 0;
}

/* Nothing but the frame's own length is compared. */
static bool form_is_open(const struct payload_read *read)
{
	return read->length == 0 && read->counted == NULL;
}

static const struct set *functions_units(struct payload_read *read, unsigned function)
{
	const struct payload_protocol *protocol = read->protocol;
	VEC(struct range) units = VEC_INIT;

	for (unsigned u = 0; u < protocol->units; u++) {
		struct range one = { u, u };
		if (set_contains(read->functions, read->units ? u << BITS | function : function))
			vec_push(&units, one);
	}
	const struct set *set = set_from_ranges(read->eval->arena, units.data, units.len);
	vec_free(&units);
	return set;
}

/* True if nothing but requests of the function's own form can match. */
static bool read_function(struct payload_read *read, unsigned function,
			  struct payload_points *points)
{
	const struct payload_form *form = payload_form_of(read->protocol, function);
	const struct set *units = functions_units(read, function);
	bool exact = form != NULL && form_is_compared(read, form);

	for (size_t i = 0; i < units->len && form != NULL; i++) {
		struct range frames = payload_frames(read->protocol, function, units->range[i]);
		if ((exact || form_is_open(read)) && !read->narrow)
			vec_push(&points->certain, frames);
		else
			vec_push(&points->possible, frames);
	}
	return set_is_empty(units) || exact;
}

static void read_frames(struct payload_read *read, unsigned facts,
			struct payload_points *points)
{
	struct range rest = { PAYLOAD_REST, PAYLOAD_REST };
	bool only = (facts & FACTS_FRAME) == FACTS_FRAME;

	for (unsigned function = 0; function < 1 << BITS; function++)
		only &= read_function(read, function, points);
	if (!only)
		vec_push(&points->possible, rest);
}

static void read_nothing(struct payload_read *read, unsigned facts,
			 struct payload_points *points)
{
	struct range empty = { PAYLOAD_EMPTY, PAYLOAD_EMPTY };
	struct range rest = { PAYLOAD_REST, PAYLOAD_REST };

	if (read->narrow)
		vec_push(&points->possible, empty);
	else
		vec_push(&points->certain, empty);
	if ((facts & FACTS_EMPTY) != FACTS_EMPTY)
		vec_push(&points->possible, rest);
}

static void read_points(struct payload_read *read, enum family family,
			struct payload_points *points)
{
	unsigned facts = read->facts[family];
	struct range all = { 0, PAYLOAD_END - 1 };

	if ((facts & FACT_EMPTY) != 0 && read->functions == NULL && form_is_open(read))
		read_nothing(read, facts, points);
	else if ((facts & FACT_EMPTY) == 0 && read->functions != NULL)
		read_frames(read, facts, points);
	else
		vec_push(&points->possible, all);
}

static void read_push(struct payload_read *read, const struct nft_product *from,
		      const struct set *points, bool uncertain, struct nft_products *out)
{
	struct nft_product product = *from;
	struct arena *arena = read->eval->arena;

	product.key[KEY_PAYLOAD] = set_intersect(arena, product.key[KEY_PAYLOAD], points);
	product.uncertain = product.uncertain || uncertain;
	if (!set_is_empty(product.key[KEY_PAYLOAD]))
		vec_push(out, product);
}

static void read_product(struct payload_read *read, const struct nft_product *in,
			 enum family family, struct nft_products *out)
{
	struct arena *arena = read->eval->arena;
	struct payload_points points = { VEC_INIT, VEC_INIT };
	struct nft_product product = *in;

	product.key[KEY_FAMILY] = set_intersect(arena, in->key[KEY_FAMILY],
						set_one(arena, (u128)family, (u128)family));
	if (set_is_empty(product.key[KEY_FAMILY]))
		return;
	read_points(read, family, &points);
	const struct set *certain =
		set_from_ranges(arena, points.certain.data, points.certain.len);
	const struct set *possible =
		set_from_ranges(arena, points.possible.data, points.possible.len);
	read_push(read, &product, certain, false, out);
	read_push(read, &product, set_subtract(arena, possible, certain), true, out);
	vec_free(&points.certain);
	vec_free(&points.possible);
}

/* Offsets are told of TCP, and of what the initiator sends. */
static bool product_is_told(const struct nft_eval *eval, const struct nft_product *product)
{
	return eval->scenario->travel == TRAVEL_ORIGINAL &&
	       is_one(product->key[KEY_PROTOCOL], TCP);
}

static void read_conditions(struct payload_read *read, const struct nft_rule *rule)
{
	for (struct nft_match *match = rule->matches; match != NULL; match = match->next) {
		if (!nft_match_is_raw(match) || read_condition(read, match))
			continue;
		read->narrow = true;
		nft_unknown_condition(&read->eval->ruleset->scan, rule->line,
				      "a condition on bytes of the packet is not followed");
	}
}

void nft_payload_apply(struct nft_eval *eval, const struct nft_rule *rule,
		       struct nft_products *in, struct nft_products *out)
{
	struct payload_read read = { .eval = eval, .family = { true, true } };
	size_t count;

	read.protocol = payload_protocols(&count);
	read_conditions(&read, rule);
	for (size_t i = 0; i < in->len; i++)
		if (!product_is_told(eval, &in->data[i]))
			read_push(&read, &in->data[i], in->data[i].key[KEY_PAYLOAD], true, out);
		else
			for (int family = 0; family < FAMILY_COUNT; family++)
				if (read.family[family])
					read_product(&read, &in->data[i], (enum family)family,
						     out);
}
