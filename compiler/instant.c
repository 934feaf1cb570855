/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants as RFC 3339 writes them, years 1970 to 9999. */
#include "config.h"
#include "compiler/activity.h"

#include <stdio.h>
#include <string.h>

#include "compiler/timezone.h"
#include "lang/lang.h"

enum { DAY = 86400 };

/* Exactly `count` digits; moves the text on. */
static bool instant_digits(const char **text, int count, int *out)
{
	for (*out = 0; count > 0; count--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (**text - '0');
	}
	return true;
}

static bool instant_char(const char **text, const char *any_of)
{
	if (**text == '\0' || strchr(any_of, **text) == NULL)
		return false;
	++*text;
	return true;
}

static bool instant_date(const char **text, int32_t *day)
{
	int year, month, day_of_month;

	return instant_digits(text, 4, &year) && instant_char(text, "-") &&
	       instant_digits(text, 2, &month) && instant_char(text, "-") &&
	       instant_digits(text, 2, &day_of_month) &&
	       date_from_civil(year, month, day_of_month, day);
}

/* A fraction of a second is read and dropped: instants are whole seconds. The 60th
 * is a leap second (RFC 3339 5.6), which no clock here counts: the second after it. */
static bool instant_time(const char **text, int *second_of_day)
{
	int hour, minute, second, digit;

	if (!instant_digits(text, 2, &hour) || !instant_char(text, ":") ||
	    !instant_digits(text, 2, &minute) || !instant_char(text, ":") ||
	    !instant_digits(text, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	if (instant_char(text, ".")) {
		if (!instant_digits(text, 1, &digit))
			return false;
		while (**text >= '0' && **text <= '9')
			++*text;
	}
	*second_of_day = hour * 3600 + minute * 60 + second;
	return true;
}

static bool instant_offset(const char **text, int *offset)
{
	int hour, minute, sign = **text == '-' ? -1 : 1;

	*offset = 0;
	if (instant_char(text, "Zz"))
		return true;
	if (!instant_char(text, "+-") || !instant_digits(text, 2, &hour) ||
	    !instant_char(text, ":") || !instant_digits(text, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*offset = sign * (hour * 3600 + minute * 60);
	return true;
}

bool instant_parse(const char *text, int64_t *out)
{
	const char *seconds = text + 17;
	int32_t day;
	int second, offset;

	if (!instant_date(&text, &day) || !instant_char(&text, "Tt ") ||
	    !instant_time(&text, &second) || !instant_offset(&text, &offset) ||
	    *text != '\0')
		return false;
	*out = (int64_t)day * DAY + second - offset;
	return *seconds < '6' || *out % DAY == 0; /* leap seconds end a day of UTC */
}

/* An offset that is not whole minutes (before standard time) has no place in
 * RFC 3339: such an instant is shown in UTC. */
char *instant_print(int64_t instant, const struct timezone_rules *zone, char *buffer)
{
	int32_t offset = zone ? timezone_offset(zone, instant) : 0;
	int year, month, day;

	if (offset % 60 != 0)
		offset = 0, zone = NULL;
	int64_t local = instant + offset;
	int64_t days = local / DAY - (local % DAY < 0);
	int second = (int)(local - days * DAY);
	int minutes = (offset < 0 ? -offset : offset) / 60;

	date_to_civil((int32_t)days, &year, &month, &day);
	int used = snprintf(buffer, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year,
			    month, day, second / 3600, second / 60 % 60, second % 60);
	if (zone == NULL)
		snprintf(buffer + used, INSTANT_TEXT - (size_t)used, "Z");
	else
		snprintf(buffer + used, INSTANT_TEXT - (size_t)used, "%c%02d:%02d",
			 offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
	return buffer;
}
