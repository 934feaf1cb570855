/* SPDX-License-Identifier: Apache-2.0
 *
 * Between scanner and grammar: raw text to tokens with their values. */
#include "config.h"
#include "lang/token.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *const keyword_texts[] = {
#define KEYWORD(token, text) text,
#include "lang/keywords.def"
#undef KEYWORD
};

static const struct keyword {
	int token;
	size_t length;
} keywords[] = {
#define KEYWORD(token, text) { token, sizeof(text) - 1 },
#include "lang/keywords.def"
#undef KEYWORD
};

const size_t keyword_count = sizeof(keywords) / sizeof(keywords[0]);

int keyword_token(const char *word, size_t length)
{
	for (size_t i = 0; i < keyword_count; i++)
		if (keywords[i].length == length && memcmp(keyword_texts[i], word, length) == 0)
			return keywords[i].token;
	return 0;
}

/* No token but a newline spans lines, and newlines are tokens of their own. */
void token_advance(struct parser *parser, size_t length, struct span *where)
{
	bool newline = parser->source->text[parser->offset] == '\n';

	*where = (struct span){ parser->source, parser->line, parser->column,
				parser->line, parser->column + (uint32_t)length };
	parser->offset += length;
	parser->column += (uint32_t)length;
	if (newline) {
		parser->line++;
		parser->column = 1;
	}
}

static bool is_blank_at(const struct parser *parser, size_t offset)
{
	const struct source *source = parser->source;

	return offset >= source->length || strchr(" \t\r\n", source->text[offset]) != NULL;
}

static int token_colon_blanks(struct parser *parser, const struct span *where)
{
	parser_error(parser, *where, "the colon before services needs a blank on each side");
	return SYNTAX_ERROR;
}

int token_colon(struct parser *parser, const struct span *where)
{
	size_t start = parser->offset - 1;

	if (start > 0 && is_blank_at(parser, start - 1) && is_blank_at(parser, start + 1))
		return ':';
	return token_colon_blanks(parser, where);
}

int token_string(struct parser *parser, const char *text, size_t length,
		 union parse_value *value, const struct span *where)
{
	char *out = arena_alloc(parser->arena, length);
	size_t used = 0;

	for (size_t i = 1; i < length - 1; i++) {
		if (text[i] == '\\' && text[++i] != '"' && text[i] != '\\') {
			struct diag *diag = parser_error(
				parser, *where, "'\\%c' is not an escape", text[i]);
			diag_hint(parser->diags, diag,
				  "strings escape only \\\" and \\\\");
			return SYNTAX_ERROR;
		}
		out[used++] = text[i];
	}
	value->text = out;
	return STRING;
}

int token_string_open(struct parser *parser, const struct span *where)
{
	parser_error(parser, *where, "this string has no closing quote on its line");
	return SYNTAX_ERROR;
}

int token_tag(struct parser *parser, const char *text, size_t length,
	      union parse_value *value, const struct span *where)
{
	if (memchr(text, '/', length) != NULL) {
		parser_error(parser, *where, "a role or tag holds no '/'");
		return SYNTAX_ERROR;
	}
	value->text = arena_strndup(parser->arena, text + 1, length - 1);
	return TAG;
}

int token_word(struct parser *parser, const char *text, size_t length,
	       union parse_value *value)
{
	int keyword = keyword_token(text, length);

	value->text = arena_strndup(parser->arena, text, length);
	if (keyword != 0)
		return keyword;
	return memchr(text, '/', length) ? INTERFACE_NAME : WORD;
}

/* Decimal or 0x digits up to 32 bits; *used: how many bytes were taken. */
static bool token_digits(const char *text, size_t length, uint32_t *out, size_t *used)
{
	bool hex = length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value = 0;
	size_t i = hex ? 2 : 0;

	for (; i < length; i++) {
		if (!(hex ? isxdigit((unsigned char)text[i]) : isdigit((unsigned char)text[i])))
			break;
		int digit = isdigit((unsigned char)text[i]) ? text[i] - '0' :
							      (text[i] | 0x20) - 'a' + 10;
		value = value * (hex ? 16 : 10) + (uint64_t)digit;
		if (value > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)value;
	*used = i;
	return i > (hex ? 2 : 0);
}

static int token_date(struct parser *parser, const char *text,
		      union parse_value *value, const struct span *where)
{
	int year = 0, month = 0, day = 0;

	sscanf(text, "%4d-%2d-%2d", &year, &month, &day);
	if (date_from_civil(year, month, day, &value->day))
		return DATE;
	parser_error(parser, *where, "there is no day %.10s", text);
	return SYNTAX_ERROR;
}

static bool is_date(const char *text, size_t length)
{
	if (length != 10)
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* `8000-8010` or `3/4`: two numbers around a separator. */
static int token_pair(const char *text, size_t length, union parse_value *value)
{
	size_t first, second;

	if (!token_digits(text, length, &value->pair.lo, &first) || first + 1 >= length)
		return 0;
	if (!token_digits(text + first + 1, length - first - 1, &value->pair.hi, &second) ||
	    first + 1 + second != length)
		return 0;
	if (text[first] == '-')
		return NUMBER_RANGE;
	return text[first] == '/' ? NUMBER_SLASH : 0;
}

static int token_duration(const char *text, size_t length, union parse_value *value)
{
	static const char units[] = "smhd";
	static const uint32_t seconds[] = { 1, 60, 3600, 86400 };
	const char *unit = strchr(units, text[length - 1]);
	uint64_t total;

	if (unit == NULL || *unit == '\0')
		return 0;
	total = (uint64_t)value->number * seconds[unit - units];
	if (total == 0 || total > UINT32_MAX)
		return 0;
	value->number = (uint32_t)total;
	return DURATION;
}

static bool level_parse(const char *text, size_t length, enum level *out)
{
	for (int level = 0; level < LEVEL_COUNT; level++) {
		const char *name = level_name((enum level)level);
		if (strlen(name) == length && memcmp(name, text, length) == 0) {
			*out = (enum level)level;
			return true;
		}
	}
	return false;
}

/* `1..3.5` or `3.5`. */
static int token_level(const char *text, size_t length, union parse_value *value)
{
	const char *dots = memmem(text, length, "..", 2);
	size_t first = dots ? (size_t)(dots - text) : length;

	if (!level_parse(text, first, &value->levels.lo))
		return 0;
	value->levels.hi = value->levels.lo;
	if (dots == NULL)
		return LEVEL_NUMBER;
	return level_parse(dots + 2, length - first - 2, &value->levels.hi) ? LEVEL_RANGE : 0;
}

/* Why a run that looks like an address is none. */
static const char *token_address_reason(const char *text, size_t length)
{
	char copy[ADDRESS_RANGE_TEXT];
	struct address lo, hi;
	const char *slash = memchr(text, '/', length), *dash = memchr(text, '-', length);

	if (length >= sizeof(copy))
		return "is too long for an address";
	if (slash != NULL && address_parse(text, (size_t)(slash - text), &lo)) {
		snprintf(copy, sizeof(copy), "%.*s", (int)(text + length - slash - 1), slash + 1);
		int bits = atoi(copy);
		return bits >= 0 && bits <= (int)address_bits(lo.family) && *copy != '0' ?
			       "has bits set beyond its prefix length" :
			       "has an impossible prefix length";
	}
	if (dash != NULL && address_parse(text, (size_t)(dash - text), &lo) &&
	    address_parse(dash + 1, (size_t)(text + length - dash - 1), &hi))
		return lo.family == hi.family ? "ends before it begins" : "mixes IPv4 and IPv6";
	return "is not an address, prefix or range";
}

static bool looks_like_address(const char *text, size_t length)
{
	unsigned dots = 0;

	for (size_t i = 0; i < length; i++)
		if (text[i] == '.')
			dots++;
		else if (!isdigit((unsigned char)text[i]) && text[i] != '/' && text[i] != '-')
			return false;
	return dots >= 3;
}

static int token_not_address(struct parser *parser, const char *text, size_t length,
			     const struct span *where)
{
	parser_error(parser, *where, "'%.*s' %s", length > 80 ? 80 : (int)length, text,
		     token_address_reason(text, length));
	return SYNTAX_ERROR;
}

static int token_compound(const char *text, size_t length, union parse_value *value)
{
	int token = token_pair(text, length, value);

	if (token == 0)
		token = token_level(text, length, value);
	return token;
}

/* `interface 0/1` in a device: what follows is a name, whatever it looks like. */
static bool token_names_interface(const struct parser *parser)
{
	return parser->last == KW_INTERFACE && parser->device != NULL;
}

int token_number(struct parser *parser, const char *text, size_t length,
		 union parse_value *value, const struct span *where)
{
	size_t used = 0;

	if (token_names_interface(parser)) {
		value->text = arena_strndup(parser->arena, text, length);
		return INTERFACE_NAME;
	}
	bool digits = token_digits(text, length, &value->number, &used);

	if (digits && used == length)
		return NUMBER;
	if (digits && used + 1 == length && token_duration(text, length, value))
		return DURATION;
	if (is_date(text, length))
		return token_date(parser, text, value, where);
	if (address_range_parse(text, length, &value->range))
		return ADDRESS;
	if (mac_parse(text, length, &value->mac))
		return MAC;
	int token = token_compound(text, length, value);
	if (token != 0)
		return token;
	if (looks_like_address(text, length))
		return token_not_address(parser, text, length, where);
	value->text = arena_strndup(parser->arena, text, length);
	return INTERFACE_NAME;
}

static bool token_time(const char *text, size_t length, uint32_t *minute)
{
	if (length != 5 || text[2] != ':' || !isdigit((unsigned char)text[0]) ||
	    !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[3]) ||
	    !isdigit((unsigned char)text[4]))
		return false;
	uint32_t hours = (uint32_t)(text[0] - '0') * 10 + (uint32_t)(text[1] - '0');
	uint32_t minutes = (uint32_t)(text[3] - '0') * 10 + (uint32_t)(text[4] - '0');
	*minute = hours * 60 + minutes;
	return minutes < 60 && *minute <= 24 * 60;
}

int token_run(struct parser *parser, const char *text, size_t length,
	      union parse_value *value, const struct span *where)
{
	const char *colon = memchr(text, ':', length);
	bool single = memchr(colon + 1, ':', length - (size_t)(colon + 1 - text)) == NULL;

	if (token_time(text, length, &value->number))
		return TIME;
	if (mac_parse(text, length, &value->mac))
		return MAC;
	if (address_range_parse(text, length, &value->range))
		return ADDRESS;
	if (single && !isdigit((unsigned char)text[0]))
		return token_colon_blanks(parser, where);
	if (single && length >= 11 && text[5] == '-' && token_time(text, 5, &value->number)) {
		parser_error(parser, *where, "a span of time has blanks around its '-'");
		return SYNTAX_ERROR;
	}
	struct diag *diag = parser_error(parser, *where,
					 "'%.*s' is no IPv6 address, MAC or time of day",
					 length > 80 ? 80 : (int)length, text);
	diag_hint(parser->diags, diag,
		  "an unspaced run with a ':' must be one of them; the colon before "
		  "services has blanks on both sides");
	return SYNTAX_ERROR;
}

int token_stray(struct parser *parser, const char *text, size_t length,
		const struct span *where)
{
	parser_error(parser, *where, "'%.*s' has no meaning here", length > 40 ? 40 : (int)length,
		     text);
	return SYNTAX_ERROR;
}
