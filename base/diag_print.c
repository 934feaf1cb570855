/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics as text: the message, the line, a caret; a second place, a
 * witness, a hint. All of it goes out in one write, since standard error is not
 * buffered, and each source is walked once, however many of its lines are shown. */
#include "config.h"
#include "base/diag.h"

#include <stdlib.h>

#include "base/strbuf.h"
#include "base/terminal.h"
#include "base/utf8.h"

struct printer {
	struct strbuf out;
	struct source_lines lines;
	bool colour;
};

enum { SNIPPET_WIDTH = 160, SNIPPET_BEFORE = 60 };

/* The part of a line that is shown, and where in it the carets stand. */
struct snippet {
	const char *line;
	size_t start, end;   /* bytes of the line that are shown */
	size_t caret, after; /* bytes of the line that are marked */
};

static void printer_style(struct printer *printer, enum terminal_style style)
{
	if (printer->colour)
		strbuf_puts(&printer->out, terminal_sequence(style));
}

static enum terminal_style severity_style(enum severity severity)
{
	static const enum terminal_style styles[] = { STYLE_NOTE, STYLE_WARNING,
						      STYLE_ERROR, STYLE_ERROR };
	return styles[severity];
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool snippet_cut(struct snippet *snippet, const struct span *where, size_t length)
{
	size_t start = 0;

	if (length > SNIPPET_WIDTH && where->column > SNIPPET_BEFORE)
		start = where->column - SNIPPET_BEFORE;
	if (start > length)
		return false;
	while (start > 0 && start < length && is_continuation(snippet->line[start]))
		start--;
	snippet->start = start;
	snippet->end = length - start > SNIPPET_WIDTH ? start + SNIPPET_WIDTH : length;
	while (snippet->end < length && is_continuation(snippet->line[snippet->end]))
		snippet->end++;
	snippet->caret = where->column - 1;
	snippet->after = length;
	if (where->end_line == where->line && where->end_column > where->column)
		snippet->after = where->end_column - 1;
	else if (where->end_line <= where->line)
		snippet->after = where->column;
	return true;
}

/* How many bytes make the column at `i`, and what a terminal may see of them: a
 * byte that is no character, or a control character, is shown as '?'. */
static size_t snippet_column(const struct snippet *snippet, size_t i, const char **shown)
{
	const char *p = snippet->line + i;
	size_t length = utf8_length(p, snippet->end - i);
	unsigned char c = (unsigned char)p[0], next = length == 2 ? (unsigned char)p[1] : 0xff;
	bool control = (c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && next < 0xa0);

	*shown = length == 0 || control ? NULL : p;
	return length == 0 ? 1 : length;
}

static void print_line(struct printer *printer, const struct snippet *snippet)
{
	const char *shown;

	strbuf_puts(&printer->out, "    ");
	for (size_t i = snippet->start, step; i < snippet->end; i += step) {
		step = snippet_column(snippet, i, &shown);
		if (shown != NULL)
			strbuf_add(&printer->out, shown, step);
		else
			strbuf_putc(&printer->out, '?');
	}
	strbuf_putc(&printer->out, '\n');
}

static void print_caret(struct printer *printer, const struct snippet *snippet)
{
	const char *shown;
	size_t i = snippet->start, last = snippet->start + SNIPPET_WIDTH;

	strbuf_puts(&printer->out, "    ");
	for (; i < snippet->caret && i < snippet->end; i += snippet_column(snippet, i, &shown))
		strbuf_putc(&printer->out, snippet->line[i] == '\t' ? '\t' : ' ');
	printer_style(printer, STYLE_CARET);
	strbuf_putc(&printer->out, '^');
	i += i < snippet->end ? snippet_column(snippet, i, &shown) : 1;
	for (; i < snippet->after && i < last;
	     i += i < snippet->end ? snippet_column(snippet, i, &shown) : 1)
		strbuf_putc(&printer->out, '~');
	printer_style(printer, STYLE_NONE);
	strbuf_putc(&printer->out, '\n');
}

static void print_snippet(struct printer *printer, const struct span *where)
{
	size_t length = 0;
	struct snippet snippet = { .line = source_line(&printer->lines, where, &length) };

	if (snippet.line == NULL || !snippet_cut(&snippet, where, length))
		return;
	print_line(printer, &snippet);
	print_caret(printer, &snippet);
}

static void print_place(struct printer *printer, const struct span *where)
{
	if (where->source != NULL && where->line > 0)
		strbuf_printf(&printer->out, "%s:%u:%u: ", where->source->path, where->line,
			      where->column);
	else if (where->source != NULL)
		strbuf_printf(&printer->out, "%s: ", where->source->path);
	else
		strbuf_puts(&printer->out, "cordon: ");
}

static void print_head(struct printer *printer, const struct span *where,
		       enum severity severity, const char *message, const char *name)
{
	printer_style(printer, STYLE_BOLD);
	print_place(printer, where);
	printer_style(printer, STYLE_NONE);
	printer_style(printer, severity_style(severity));
	strbuf_puts(&printer->out, severity_word(severity));
	printer_style(printer, STYLE_NONE);
	strbuf_printf(&printer->out, ": %s", message);
	if (name != NULL)
		strbuf_printf(&printer->out, " [%s]", name);
	strbuf_putc(&printer->out, '\n');
	print_snippet(printer, where);
}

static void print_remark(struct printer *printer, const char *what, const char *text)
{
	if (text != NULL)
		strbuf_printf(&printer->out, "    %s: %s\n", what, text);
}

static void print_diag(struct printer *printer, const struct diag *diag)
{
	print_head(printer, &diag->where, diag->severity, diag->message,
		   finding_info(diag->id)->name);
	if (diag->other.source != NULL)
		print_head(printer, &diag->other, SEVERITY_NOTE, diag->other_label, NULL);
	print_remark(printer, "for example", diag->witness);
	print_remark(printer, "with", diag->options);
	print_remark(printer, "hint", diag->hint);
	print_remark(printer, "accepted", diag->accepted);
}

void diags_print(struct diags *diags, FILE *stream)
{
	struct printer printer = { .colour = terminal_has_colour(stream) };

	diags_sort(diags);
	for (size_t i = 0; i < diags->len; i++)
		print_diag(&printer, diags->list[i]);
	if (diags->limit_reached > 0)
		strbuf_printf(&printer.out, "cordon: %zu more diagnostics are not shown\n",
			      diags->limit_reached);
	fwrite(strbuf_text(&printer.out), 1, printer.out.len, stream);
	strbuf_release(&printer.out);
	source_lines_release(&printer.lines);
}
