/* SPDX-License-Identifier: Apache-2.0
 *
 * Names within a platform's character set and length. A text that is a name
 * already stays as it is; every other one keeps what fits of it and ends in `-`
 * and digits of its SHA-256. A name so depends on its own text alone, however
 * many others there are, and no two texts share one. */
#ifndef BACKENDS_NAMES_H
#define BACKENDS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct name_rules {
	size_t longest;     /* bytes; at least 16 */
	const char *also;   /* characters allowed beside ASCII letters, digits and `-` */
	bool letter_first;
};

/* In the arena. Within the rules for any text, the empty one included. */
const char *names_make(struct arena *arena, const struct name_rules *rules, const char *text);

/* A name for content: `stem` and digits of the digest of `content`. Equal
 * contents share their name, different ones never. */
const char *names_of_content(struct arena *arena, const struct name_rules *rules,
			     const char *stem, const char *content);

#endif
