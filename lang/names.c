/* SPDX-License-Identifier: Apache-2.0
 *
 * The language's closed vocabularies and civil dates. */
#include "config.h"
#include "lang/lang.h"

const char *level_name(enum level level)
{
	static const char *const names[LEVEL_COUNT] = { "0", "1", "2", "3", "3.5", "4", "5" };
	return names[level];
}

const char *operation_class_name(enum operation_class class)
{
	static const char *const names[CLASS_COUNT] = { "read",    "write", "control",
							"program", "other", "session" };
	return names[class];
}

static bool year_is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from civil, after Hinnant's "chrono-compatible low-level date
 * algorithms": eras of 400 years, years beginning in March. */
bool date_from_civil(int year, int month, int day, int32_t *out)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > lengths[month - 1] + (month == 2 && year_is_leap(year)))
		return false;
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400, year_of_era = y - era * 400;
	int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	*out = era * 146097 + day_of_era - 719468;
	return true;
}

void date_to_civil(int32_t day, int *year, int *month, int *day_of_month)
{
	int shifted = day + 719468;
	int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int day_of_era = shifted - era * 146097;
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			   day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int shifted_month = (5 * day_of_year + 2) / 153;

	*day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	*month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

const char *parameter_dimension_name(enum parameter_dimension dimension)
{
	return dimension == PARAMETER_UNIT ? "unit" : "object";
}
