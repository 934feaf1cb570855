/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream can show. */
#include "config.h"
#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_is_interactive(FILE *stream)
{
	return isatty(fileno(stream)) == 1;
}

bool terminal_has_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color != NULL && no_color[0] != '\0')
		return false;
	if (term == NULL || strcmp(term, "dumb") == 0)
		return false;
	return terminal_is_interactive(stream);
}

const char *terminal_sequence(enum terminal_style style)
{
	static const char *const sequences[] = {
		[STYLE_NONE] = "\033[0m",     [STYLE_BOLD] = "\033[1m",
		[STYLE_ERROR] = "\033[1;31m", [STYLE_WARNING] = "\033[1;33m",
		[STYLE_NOTE] = "\033[1;36m",  [STYLE_GOOD] = "\033[1;32m",
		[STYLE_CARET] = "\033[1;32m",
	};
	return sequences[style];
}

const char *terminal_style(FILE *stream, enum terminal_style style)
{
	return terminal_has_colour(stream) ? terminal_sequence(style) : "";
}
