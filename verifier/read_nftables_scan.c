/* SPDX-License-Identifier: Apache-2.0
 *
 * Scanner of the nftables reader: tokens that point into the text, and the
 * list of what could not be interpreted. The text is never changed and every
 * call moves on, so reading ends. */
#include "config.h"
#include "verifier/nft.h"

#include <string.h>

enum { UNKNOWN_LIMIT = 1000, LINE_SHOWN = 160 };

static bool scan_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_' || c == '/' || c == ':' || c == '*' ||
	       c == '+' || c == '$' || c == '?';
}

void nft_scan_init(struct nft_scan *scan, struct arena *arena, const struct source *source)
{
	*scan = (struct nft_scan){ .arena = arena, .source = source, .next = source->text,
				   .end = source->text + source->length, .line = 1 };
	vec_push(&scan->interfaces, "*");
	vec_push(&scan->interfaces, FILTER_SELF);
	scan->lines = (uint32_t)source_count_lines(source);
	scan->seen = arena_array(arena, scan->lines + 2, 1);
}

static const char *scan_line_end(const struct nft_scan *scan)
{
	const char *end = memchr(scan->next, '\n', (size_t)(scan->end - scan->next));

	return end != NULL ? end : scan->end;
}

/* `counter packets 0 bytes 0 # ...`: iptables counts right before what a rule does. */
static bool scan_is_counted(const struct nft_scan *scan)
{
	const char *at = scan->next, *start = scan->source->text;

	while (at > start && at[-1] == ' ')
		at--;
	while (at > start && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at - start >= 6 && memcmp(at - 6, "bytes ", 6) == 0;
}

/* Listings show what nft cannot print as a comment, which the rest of the rule may
 * follow: `# xt_recent`, `# match-set admins src counter packets 0 bytes 0 accept`.
 * How much of the comment at hand that is; 0: it is nothing but a comment. */
static size_t scan_hidden(const struct nft_scan *scan, enum token_kind *kind)
{
	static const char module[] = "# xt_", counter[] = " counter packets ";
	const char *end = scan_line_end(scan), *at;
	size_t left = (size_t)(end - scan->next), length = sizeof(module) - 1;

	*kind = TOKEN_HIDDEN;
	if (left > length && memcmp(scan->next, module, length) == 0) {
		if (scan->next[length] >= 'A' && scan->next[length] <= 'Z')
			*kind = TOKEN_HIDDEN_TARGET;
		while (length < left && scan_is_word(scan->next[length]))
			length++;
		return length;
	}
	at = memmem(scan->next, left, counter, sizeof(counter) - 1);
	if (at != NULL)
		return (size_t)(at - scan->next);
	*kind = TOKEN_HIDDEN_TARGET;
	if (!scan_is_counted(scan) || (left > 8 && memcmp(scan->next, "# handle", 8) == 0))
		return 0;
	return left;
}

static void scan_blanks(struct nft_scan *scan)
{
	while (scan->next < scan->end) {
		char c = *scan->next;
		enum token_kind kind;
		if (c == '#' && scan_hidden(scan, &kind) == 0) {
			scan->next = scan_line_end(scan);
		} else if (c == '\\' && scan->next + 1 < scan->end && scan->next[1] == '\n') {
			scan->next += 2;
			scan->line++;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			scan->next++;
		} else {
			return;
		}
	}
}

static void scan_string(struct nft_scan *scan)
{
	const char *start = ++scan->next;

	while (scan->next < scan->end && *scan->next != '"' && *scan->next != '\n')
		scan->next++;
	scan->token.kind = TOKEN_STRING;
	scan->token.text = start;
	scan->token.length = (uint32_t)(scan->next - start);
	if (scan->next < scan->end && *scan->next == '"')
		scan->next++;
}

/* `key: verdict`: a last colon is no part of the word, `2001:db8::` keeps it. */
static void scan_word(struct nft_scan *scan)
{
	const char *start = scan->next;

	while (scan->next < scan->end && scan_is_word(*scan->next))
		scan->next++;
	size_t length = (size_t)(scan->next - start);
	if (length > 1 && start[length - 1] == ':' && start[length - 2] != ':') {
		length--;
		scan->next--;
	}
	scan->token.kind = TOKEN_WORD;
	scan->token.text = start;
	scan->token.length = (uint32_t)length;
}

void nft_advance(struct nft_scan *scan)
{
	scan_blanks(scan);
	scan->token = (struct nft_token){ TOKEN_END, scan->next, 0, scan->line };
	if (scan->next >= scan->end)
		return;
	char c = *scan->next;
	if (c != '\n' && scan->seen[scan->line] == NFT_LINE_BLANK)
		scan->seen[scan->line] = NFT_LINE_READ;
	if (c == '"') {
		scan_string(scan);
	} else if (c == '#') {
		scan->token.length = (uint32_t)scan_hidden(scan, &scan->token.kind);
		scan->next += scan->token.length;
	} else if (scan_is_word(c)) {
		scan_word(scan);
	} else {
		scan->token.kind = c == '\n' ? TOKEN_NEWLINE : TOKEN_SIGN;
		scan->token.length = 1;
		scan->next++;
		if (c == '\n')
			scan->line++;
		else if ((c == '!' || c == '<' || c == '>' || c == '=') &&
			 scan->next < scan->end && *scan->next == '=') {
			scan->next++;
			scan->token.length = 2;
		}
	}
}

bool nft_is(const struct nft_scan *scan, const char *text)
{
	const struct nft_token *token = &scan->token;

	return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
	       token->text[0] == text[0] && token->length == strlen(text) &&
	       memcmp(token->text, text, token->length) == 0;
}

bool nft_accept(struct nft_scan *scan, const char *text)
{
	if (!nft_is(scan, text))
		return false;
	nft_advance(scan);
	return true;
}

void nft_skip_newlines(struct nft_scan *scan)
{
	while (scan->token.kind == TOKEN_NEWLINE)
		nft_advance(scan);
}

const char *nft_text(struct nft_scan *scan)
{
	return arena_strndup(scan->arena, scan->token.text, scan->token.length);
}

const char *nft_line_text(struct nft_scan *scan, uint32_t line)
{
	const char *start = scan->source->text, *end = start + scan->source->length;

	for (uint32_t at = 1; at < line && start != NULL && start < end; at++) {
		start = memchr(start, '\n', (size_t)(end - start));
		if (start != NULL)
			start++;
	}
	if (start == NULL || start >= end)
		return "";
	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	size_t length = 0;
	while (start + length < end && start[length] != '\n' && length < LINE_SHOWN)
		length++;
	return arena_strndup(scan->arena, start, length);
}

static void scan_unknown(struct nft_scan *scan, uint32_t line, const char *reason, bool bounded)
{
	if (line <= scan->lines)
		scan->seen[line] = NFT_LINE_UNKNOWN;
	for (size_t i = scan->unknown.len; i-- > 0;)
		if (scan->unknown.data[i].line == line &&
		    strcmp(scan->unknown.data[i].reason, reason) == 0)
			return;
	if (scan->unknown.len >= UNKNOWN_LIMIT)
		return;
	struct read_unknown unknown = { .line = line, .text = nft_line_text(scan, line),
					.reason = reason, .bounded = bounded,
					.file = scan->source->path };
	vec_push(&scan->unknown, unknown);
}

void nft_unknown(struct nft_scan *scan, uint32_t line, const char *reason)
{
	scan_unknown(scan, line, reason, false);
}

void nft_unknown_condition(struct nft_scan *scan, uint32_t line, const char *reason)
{
	scan_unknown(scan, line, reason, true);
}

void nft_unknown_forget(struct nft_scan *scan, uint32_t line)
{
	size_t kept = 0;

	if (scan->seen[line] != NFT_LINE_UNKNOWN)
		return;
	for (size_t i = 0; i < scan->unknown.len; i++)
		if (scan->unknown.data[i].line != line)
			scan->unknown.data[kept++] = scan->unknown.data[i];
	scan->unknown.len = kept;
	scan->seen[line] = NFT_LINE_READ;
}

void nft_skip_statement(struct nft_scan *scan)
{
	size_t depth = 0;

	while (scan->token.kind != TOKEN_END) {
		if (depth == 0 && (scan->token.kind == TOKEN_NEWLINE || nft_is(scan, ";") ||
				   nft_is(scan, "}")))
			return;
		if (nft_is(scan, "{"))
			depth++;
		else if (nft_is(scan, "}"))
			depth--;
		nft_advance(scan);
	}
}

void nft_refuse(struct nft_scan *scan, uint32_t line, const char *reason)
{
	nft_unknown(scan, line, reason);
	nft_skip_statement(scan);
}
