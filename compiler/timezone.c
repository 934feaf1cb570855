/* SPDX-License-Identifier: Apache-2.0
 *
 * Time zones: the system's TZif files (RFC 8536), read here so that nothing
 * depends on the process's own zone. A loaded zone is a sorted table of spans,
 * each with one offset from UTC, that reaches to the year 10000: what the file
 * ends with as a rule (its footer) is written out. */
#include "config.h"
#include "compiler/activity.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "compiler/timezone.h"
#include "lang/lang.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
enum { DAY = 86400, LAST_YEAR = 10000, HEADER = 44, NAME_MAX_LENGTH = 64 };

struct zone_span { /* from `start` to the next span's */
	int64_t start;
	int32_t offset;
};

struct timezone_rules {
	const char *name;
	VEC(struct zone_span) spans; /* [0] starts at INT64_MIN */
};

static bool timezone_name_is_plain(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > NAME_MAX_LENGTH || name[0] == '/')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_+-/", name[i]))
			return false;
	return true;
}

/* ---- the binary file ---- */

struct tzif {
	const uint8_t *data; /* behind the header */
	size_t left;
	uint32_t isut, isstd, leap, times, types, chars;
	size_t width;        /* of a time: 4 in version 1 data, else 8 */
};

static int64_t tzif_number(const uint8_t *bytes, size_t width)
{
	uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | bytes[i];
	return (int64_t)value;
}

static size_t tzif_size(const struct tzif *block)
{
	return block->times * (block->width + 1) + block->types * (size_t)6 +
	       block->chars + block->leap * (block->width + 4) + block->isstd +
	       block->isut;
}

static bool tzif_header(struct tzif *block, const uint8_t *bytes, size_t length,
			size_t width)
{
	uint32_t counts[6];

	if (length < HEADER || memcmp(bytes, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < 6; i++) {
		counts[i] = (uint32_t)tzif_number(bytes + 20 + 4 * i, 4);
		if (counts[i] > 65536)
			return false;
	}
	*block = (struct tzif){ bytes + HEADER, length - HEADER, counts[0], counts[1],
				counts[2], counts[3], counts[4], counts[5], width };
	return block->types > 0 && tzif_size(block) <= block->left;
}

static int32_t tzif_offset(const struct tzif *block, size_t type)
{
	const uint8_t *types = block->data + block->times * (block->width + 1);
	return (int32_t)tzif_number(types + 6 * type, 4);
}

/* A zone that counts leap seconds ("right/...") is not the policy's clock. */
static bool tzif_spans(const struct tzif *block, struct timezone_rules *zone)
{
	if (block->leap != 0)
		return false;
	vec_push(&zone->spans,
		 ((struct zone_span){ INT64_MIN, tzif_offset(block, 0) }));
	for (size_t i = 0; i < block->times; i++) {
		size_t type = block->data[block->times * block->width + i];
		int64_t start = tzif_number(block->data + i * block->width, block->width);
		if (type >= block->types ||
		    start < zone->spans.data[zone->spans.len - 1].start)
			return false;
		vec_push(&zone->spans,
			 ((struct zone_span){ start, tzif_offset(block, type) }));
	}
	return true;
}

/* ---- the footer: a POSIX TZ string with the extensions of RFC 8536 3.3.1 ---- */

struct change_rule { /* Jn, n, or Mm.w.d */
	char kind;
	int day, month, week;
	int32_t time;
};

struct footer {
	int32_t standard, daylight;
	bool has_daylight;
	struct change_rule begin, end;
};

static bool footer_name(const char **text)
{
	const char *start = *text;

	if (**text == '<') {
		const char *close = strchr(*text, '>');
		if (close == NULL)
			return false;
		*text = close + 1;
		return true;
	}
	while ((**text >= 'A' && **text <= 'Z') || (**text >= 'a' && **text <= 'z'))
		++*text;
	return *text - start >= 3;
}

static bool footer_number(const char **text, int *out)
{
	const char *start = *text;

	for (*out = 0; **text >= '0' && **text <= '9' && *text - start < 4; ++*text)
		*out = *out * 10 + (**text - '0');
	return *text > start;
}

static bool footer_time(const char **text, int32_t *out)
{
	static const int units[] = { 3600, 60, 1 };
	int sign = **text == '-' ? -1 : 1, part;

	if (**text == '-' || **text == '+')
		++*text;
	*out = 0;
	for (size_t i = 0; i < 3; i++) {
		if (i > 0 && **text != ':')
			break;
		*text += i > 0;
		if (!footer_number(text, &part))
			return false;
		*out += sign * part * units[i];
	}
	return true;
}

static bool footer_month_rule(const char **text, struct change_rule *rule)
{
	if (!footer_number(text, &rule->month) || *(*text)++ != '.' ||
	    !footer_number(text, &rule->week) || *(*text)++ != '.' ||
	    !footer_number(text, &rule->day))
		return false;
	return rule->month >= 1 && rule->month <= 12 && rule->week >= 1 &&
	       rule->week <= 5 && rule->day <= 6;
}

static bool footer_rule(const char **text, struct change_rule *rule)
{
	*rule = (struct change_rule){ .kind = 'n', .time = 2 * 3600 };
	if (*(*text)++ != ',')
		return false;
	if (**text == 'M' || **text == 'J')
		rule->kind = *(*text)++;
	if (rule->kind == 'M' ? !footer_month_rule(text, rule)
			      : !footer_number(text, &rule->day))
		return false;
	if (**text != '/')
		return true;
	++*text;
	return footer_time(text, &rule->time);
}

static bool footer_parse(const char *text, struct footer *footer)
{
	*footer = (struct footer){ 0 };
	if (!footer_name(&text) || !footer_time(&text, &footer->standard))
		return false;
	footer->standard = -footer->standard; /* POSIX counts west of Greenwich */
	if (*text == '\0')
		return true;
	footer->has_daylight = true;
	footer->daylight = footer->standard + 3600;
	if (!footer_name(&text))
		return false;
	if (*text != ',') {
		if (!footer_time(&text, &footer->daylight))
			return false;
		footer->daylight = -footer->daylight;
	}
	return footer_rule(&text, &footer->begin) && footer_rule(&text, &footer->end) &&
	       *text == '\0';
}

static int32_t civil_day(int year, int month, int day)
{
	int32_t out = 0;
	date_from_civil(year, month, day, &out);
	return out;
}

/* The day, since 1970, on which a rule falls in a year. */
static int32_t change_day(const struct change_rule *rule, int year)
{
	int32_t january = civil_day(year, 1, 1), leap_day;

	if (rule->kind == 'n')
		return january + rule->day;
	if (rule->kind == 'J') /* 1..365, 29 February never counted */
		return january + rule->day - 1 +
		       (rule->day >= 60 && date_from_civil(year, 2, 29, &leap_day));
	int32_t first = civil_day(year, rule->month, 1);
	int32_t next = rule->month == 12 ? civil_day(year, 12, 31) + 1
					 : civil_day(year, rule->month + 1, 1);
	int weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday */
	int32_t day = first + (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
	return day < next ? day : day - 7;
}

static void footer_push(struct timezone_rules *zone, int64_t start, int32_t offset)
{
	const struct zone_span *last = &zone->spans.data[zone->spans.len - 1];

	if (start > last->start && offset != last->offset)
		vec_push(&zone->spans, ((struct zone_span){ start, offset }));
}

static void footer_year(struct timezone_rules *zone, const struct footer *footer, int year)
{
	int64_t begin = (int64_t)change_day(&footer->begin, year) * DAY +
			footer->begin.time - footer->standard;
	int64_t end = (int64_t)change_day(&footer->end, year) * DAY + footer->end.time -
		      footer->daylight;

	if (begin < end)
		footer_push(zone, begin, footer->daylight);
	footer_push(zone, end, footer->standard);
	if (begin >= end)
		footer_push(zone, begin, footer->daylight);
}

static void footer_expand(struct timezone_rules *zone, const struct footer *footer)
{
	int64_t last = zone->spans.data[zone->spans.len - 1].start;
	int year = 1970, month, day;

	if (!footer->has_daylight) {
		footer_push(zone, last == INT64_MIN ? last : last + 1, footer->standard);
		return;
	}
	if (last > 0)
		date_to_civil((int32_t)(last / DAY), &year, &month, &day);
	for (; year < LAST_YEAR; year++)
		footer_year(zone, footer, year);
}

/* What follows the data: newline, rule, newline. */
static bool tzif_footer(const struct tzif *block, struct timezone_rules *zone)
{
	const char *text = (const char *)block->data + tzif_size(block);
	size_t left = block->left - tzif_size(block);
	const char *end = left > 1 ? memchr(text + 1, '\n', left - 1) : NULL;
	char copy[128];
	struct footer footer;

	if (end == NULL || *text != '\n' || (size_t)(end - text) > sizeof(copy))
		return false;
	memcpy(copy, text + 1, (size_t)(end - text - 1));
	copy[end - text - 1] = '\0';
	if (copy[0] == '\0')
		return true;
	if (!footer_parse(copy, &footer))
		return false;
	footer_expand(zone, &footer);
	return true;
}

static bool timezone_read(struct timezone_rules *zone, const uint8_t *bytes, size_t length)
{
	struct tzif old, new;

	if (!tzif_header(&old, bytes, length, 4))
		return false;
	if (bytes[4] < '2')
		return tzif_spans(&old, zone);
	size_t skip = HEADER + tzif_size(&old);
	return tzif_header(&new, bytes + skip, length - skip, 8) &&
	       tzif_spans(&new, zone) && tzif_footer(&new, zone);
}

const struct timezone_rules *timezone_parse(struct arena *arena, const char *name,
					    const void *bytes, size_t length)
{
	struct timezone_rules work = { .name = name }, *zone = NULL;

	if (timezone_read(&work, bytes, length)) {
		zone = arena_copy(arena, &work, sizeof(work));
		zone->name = arena_strdup(arena, name);
		zone->spans.data = arena_copy(arena, work.spans.data,
					      work.spans.len * sizeof(*work.spans.data));
	}
	vec_free(&work.spans);
	return zone;
}

const struct timezone_rules *timezone_load(struct arena *arena, const char *name)
{
	const struct timezone_rules *zone = NULL;
	struct strbuf path = STRBUF_INIT;
	struct file_text text;
	const char *why;

	if (!timezone_name_is_plain(name))
		return NULL;
	strbuf_printf(&path, ZONE_DIRECTORY "%s", name);
	if (file_read(path.text, &text, &why)) {
		zone = timezone_parse(arena, name, text.bytes, text.length);
		file_text_release(&text);
	}
	strbuf_release(&path);
	return zone;
}

bool timezone_data_exists(void)
{
	struct file_text text;
	const char *why;

	if (!file_read(ZONE_DIRECTORY "UTC", &text, &why))
		return false;
	file_text_release(&text);
	return true;
}

/* ---- looking up ---- */

static size_t timezone_span(const struct timezone_rules *zone, int64_t instant)
{
	size_t lo = 0, hi = zone->spans.len; /* the answer lies in [lo, hi) */

	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (zone->spans.data[middle].start <= instant)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

int32_t timezone_offset(const struct timezone_rules *zone, int64_t instant)
{
	return zone->spans.data[timezone_span(zone, instant)].offset;
}

int64_t timezone_next_change(const struct timezone_rules *zone, int64_t instant)
{
	size_t next = timezone_span(zone, instant) + 1;
	return next < zone->spans.len ? zone->spans.data[next].start : INSTANT_NEVER;
}

/* The first instant whose date is DAY or later: where the clock skips midnight,
 * the skip. */
int64_t timezone_day_start(const struct timezone_rules *zone, int32_t day)
{
	int64_t local = (int64_t)day * DAY;
	size_t i = timezone_span(zone, local - 2 * DAY);

	while (i + 1 < zone->spans.len &&
	       zone->spans.data[i + 1].start + zone->spans.data[i].offset <= local)
		i++;
	int64_t start = local - zone->spans.data[i].offset;
	return start > zone->spans.data[i].start ? start : zone->spans.data[i].start;
}

struct wall_clock timezone_wall_clock(const struct timezone_rules *zone, int64_t instant)
{
	int64_t local = instant + timezone_offset(zone, instant);
	int64_t day = local / DAY - (local % DAY < 0);

	return (struct wall_clock){ (int32_t)day, (uint32_t)(local - day * DAY) };
}
