/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of a few dozen entries, searched from their beginning. */
#include "config.h"
#include "verifier/proto/notes.h"

/* In the place of the same number, else of the oldest. */
void notes_keep(struct note *notes, size_t count, uint8_t *next, struct note note)
{
	for (size_t i = 0; i < count; i++) {
		if (notes[i].meaning != 0 && notes[i].number == note.number) {
			notes[i] = note;
			return;
		}
	}
	notes[*next] = note;
	*next = (uint8_t)((*next + 1u) % count);
}

uint16_t notes_find(const struct note *notes, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (notes[i].meaning != 0 && notes[i].number == number)
			return notes[i].meaning;
	return 0;
}
