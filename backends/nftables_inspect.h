/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of what nftables inspects: shared by nftables_inspect.c, which prints the
 * chains, and nftables_inspect_set.c, which prints the sets they ask. */
#ifndef BACKENDS_NFTABLES_INSPECT_H
#define BACKENDS_NFTABLES_INSPECT_H

#include "backends/nftables.h"
#include "compiler/payload.h"

enum { INSPECT_BITS = 8, INSPECT_KEY = 4, INSPECT_UDP = FAMILY_COUNT };

/* A form whose frames a payload holds, in part or in full. */
struct inspect_form {
	const struct payload_protocol *protocol;
	const struct payload_form *form;
	const struct payload_part *parts;
	size_t count;
	bool all_units;    /* the parts are for every unit, which is not looked at */
	const char *chain; /* of the payload */
};

/* Bytes that tell the function, then the unit, the high byte of which stands behind its
 * low one and comes first here; none: the form has one function. */
struct inspect_key {
	unsigned at[INSPECT_KEY];
	size_t fields;
};

extern const char *const inspect_family_names[INSPECT_UDP + 1]; /* and "udp" */

struct inspect_key inspect_key_of(const struct inspect_form *form);
void inspect_print_key(struct strbuf *text, const struct inspect_key *key);
/* `@ih,32,16`. */
void inspect_print_number(struct strbuf *text, struct payload_number number);
/* The form's name below the chain's: of its carrier and its body. */
void inspect_print_form_name(struct strbuf *text, const struct payload_form *form);

/* Packets that carry nothing. */
void inspect_print_empty_sets(struct strbuf *text);
/* Frames of a length as packets of a family, or as datagrams: `family` INSPECT_UDP. */
void inspect_print_length_set(struct strbuf *text, const struct payload_protocol *protocol,
			      const struct payload_length *length, int family);
/* Lengths with the counts that they follow from. */
void inspect_print_count_set(struct strbuf *text, const struct payload_protocol *protocol,
			     const struct payload_length *length,
			     const struct payload_count *count);
void inspect_print_key_set(struct strbuf *text, struct arena *arena,
			   const struct inspect_form *form);

#endif
