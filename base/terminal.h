/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream can show: colour only on a terminal and without NO_COLOR. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum terminal_style {
	STYLE_NONE,
	STYLE_BOLD,
	STYLE_ERROR,
	STYLE_WARNING,
	STYLE_NOTE,
	STYLE_GOOD,
	STYLE_CARET,
};

bool terminal_is_interactive(FILE *stream); /* progress may be shown */
bool terminal_has_colour(FILE *stream);
/* The escape sequence that starts a style; STYLE_NONE resets. */
const char *terminal_sequence(enum terminal_style style);
/* The same where the stream has colour, else "". */
const char *terminal_style(FILE *stream, enum terminal_style style);

#endif
