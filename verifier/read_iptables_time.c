/* SPDX-License-Identifier: Apache-2.0
 *
 * The conditions of -m time as instants, the way the kernel's xt_time decides
 * them: in UTC, both ends of the day's hours inside, the days of the week and of
 * the month those of the packet's own day, or with --contiguous, after midnight,
 * of the day before. */
#include "config.h"
#include "verifier/iptables.h"

#include <string.h>
#include <time.h>

enum { DAY = 86400, WEEK = 7, TIME_OPTIONS = 10 };

VEC_TYPE(range_list, struct range);

/* ---- options ---- */

static bool time_date(const char *text, int64_t *out)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d" };

	for (size_t i = 0; i < 3; i++) {
		struct tm tm = { .tm_mday = 1 };
		const char *end = strptime(text, forms[i], &tm);
		if (end != NULL && *end == '\0')
			return *out = timegm(&tm), true;
	}
	return false;
}

static bool time_of_day(const char *text, uint32_t *out)
{
	uint32_t part[3] = { 0, 0, 0 };
	static const uint32_t most[3] = { 23, 59, 59 };
	size_t count = 0;

	for (; count < 3; count++) {
		size_t length = strcspn(text, ":");
		if (!ipt_value_number(text, length, most[count], &part[count]))
			return false;
		text += length;
		if (*text == '\0')
			break;
		text++;
	}
	*out = part[0] * 3600 + part[1] * 60 + part[2];
	return count == 1 || count == 2;
}

static bool time_weekday(const char *text, size_t length, uint32_t *out)
{
	static const char names[] = "MoTuWeThFrSaSu";

	if (ipt_value_number(text, length, WEEK, out))
		return *out > 0;
	for (uint32_t i = 0; i < WEEK && (length == 2 || length == 3); i++)
		if (strncasecmp(text, names + 2 * i, 2) == 0)
			return *out = i + 1, true;
	return false;
}

static bool time_days(const char *text, bool month, uint32_t *out)
{
	uint32_t day;

	*out = 0;
	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		if (month ? !ipt_value_number(text, length, 31, &day) || day == 0 :
			    !time_weekday(text, length, &day))
			return false;
		*out |= UINT32_C(1) << day;
		text += length + (text[length] == ',');
	}
	return true;
}

static bool time_list(struct ipt_rule *rule, bool month)
{
	uint32_t days = 0, all = month ? ~UINT32_C(1) : 0xfe;

	if (!time_days(ipt_rule_word(rule), month, &days))
		return false;
	days = rule->negated ? all & ~days : days;
	if (month)
		rule->time.monthdays = days;
	else
		rule->time.weekdays = (uint8_t)days;
	return true;
}

static bool time_value(struct ipt_rule *rule, size_t option)
{
	switch (option) {
	case 0: return time_date(ipt_rule_word(rule), &rule->time.from);
	case 1: return time_date(ipt_rule_word(rule), &rule->time.until);
	case 2: return time_of_day(ipt_rule_word(rule), &rule->time.start);
	case 3: return time_of_day(ipt_rule_word(rule), &rule->time.stop);
	case 4: return time_list(rule, false);
	case 5: return time_list(rule, true);
	case 6: rule->time.contiguous = true; return true;
	case 7: return true;
	default: return false; /* by the kernel's time zone, which the dump does not show */
	}
}

bool ipt_time_option(struct ipt_rule *rule, const char *option)
{
	static const char *const names[TIME_OPTIONS] = {
		"--datestart", "--datestop", "--timestart", "--timestop", "--weekdays",
		"--monthdays", "--contiguous", "--utc", "--kerneltz", "--localtz",
	};

	for (size_t i = 0; i < TIME_OPTIONS; i++) {
		if (strcmp(names[i], option) != 0)
			continue;
		rule->time.given = true;
		if (!time_value(rule, i))
			ipt_rule_uncertain(rule, "the time is not understood");
		return true;
	}
	return false;
}

/* ---- windows ---- */

static bool day_counts(const struct ipt_time *time, int64_t day)
{
	time_t instant = day * DAY;
	struct tm tm;
	uint32_t weekday = (uint32_t)((day + 3) % WEEK + 1);

	if ((time->weekdays >> weekday & 1) == 0)
		return false;
	if (time->monthdays == ~UINT32_C(1))
		return true;
	gmtime_r(&instant, &tm);
	return (time->monthdays >> tm.tm_mday & 1) != 0;
}

static void window_add(struct range_list *out, int64_t day, uint32_t first, uint32_t last)
{
	struct range range = { (u128)(day * DAY + first), (u128)(day * DAY + last) };

	if (day >= 0)
		vec_push(out, range);
}

/* Where the end is not behind the start, the hours reach over midnight. */
static void day_windows(struct range_list *out, const struct ipt_time *time, int64_t day)
{
	bool counts = day_counts(time, day);

	if (time->start < time->stop) {
		if (counts)
			window_add(out, day, time->start, time->stop);
		return;
	}
	if (counts)
		window_add(out, day, time->start, DAY - 1);
	if (time->contiguous ? day_counts(time, day - 1) : counts)
		window_add(out, day, 0, time->stop);
}

/* The kernel compares whole seconds: of a second, both counts that the instants of
 * nft.h have are inside or neither is. */
static const struct set *windows_instants(struct arena *arena, const struct set *seconds)
{
	struct range_list ranges = VEC_INIT;

	for (size_t i = 0; i < seconds->len; i++) {
		struct range range = { seconds->range[i].lo * 2, seconds->range[i].hi * 2 + 1 };
		vec_push(&ranges, range);
	}
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	return set;
}

const struct set *ipt_time_windows(struct arena *arena, const struct ipt_time *time, int64_t at,
				   int64_t horizon)
{
	struct range_list ranges = VEC_INIT;
	int64_t from = time->from > at ? time->from : at;
	int64_t until = time->until < horizon ? time->until : horizon;

	for (int64_t day = from / DAY; from >= 0 && day * DAY <= until; day++)
		day_windows(&ranges, time, day);
	const struct set *set = set_from_ranges(arena, ranges.data, ranges.len);
	vec_free(&ranges);
	if (time->from > time->until || time->until < 0)
		return set_empty();
	set = set_intersect(arena, set,
			    set_one(arena, (u128)(time->from > 0 ? time->from : 0),
				    (u128)time->until));
	return windows_instants(arena, set);
}
