/* SPDX-License-Identifier: Apache-2.0
 *
 * Schedules as sets of instants, by the clock of the policy's time zone. Recurring:
 * on each of its days from `start` until `end`, on the next day where that is not
 * later; the two the same are 24 hours (CLI Reference, "firewall schedule
 * recurring"). One-time: from one date to another. A group: any of its members. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

#include "lang/lang.h"

enum { DAYS = 7, DAY_MINUTES = 1440, WEEK_MINUTES = DAYS * DAY_MINUTES, YEAR_FIRST = 1970,
       YEAR_LAST = 2100 };

static const char recurring[] = "firewall schedule recurring";
static const char onetime[] = "firewall schedule onetime";
static const char groups[] = "firewall schedule group";
static const char *const harmless[] = { "uuid", "color", "fabric-object", "expiration-days",
					"label-day", "comment", NULL };

static const struct timezone_rules *time_zone(struct fos *fortios)
{
	const struct model *model = fortios->input->model;

	if (model != NULL && model->timezone != NULL)
		return model->timezone;
	return timezone_load(fortios->arena, "UTC");
}

static const struct set *windows_of(struct fos *fortios, const struct tree_window *list)
{
	const struct tree_window *const schedules[] = { list };
	const struct timezone_rules *zone = time_zone(fortios);
	struct window_list made = VEC_INIT;
	VEC(struct range) ranges = VEC_INIT;

	if (zone == NULL)
		return NULL;
	activity_windows(activity_make(fortios->arena, zone, NULL, NULL, schedules, 1),
			 fortios->input->at, fortios->input->horizon, &made);
	for (size_t i = 0; i < made.len; i++) {
		struct range range = { (u128)made.data[i].start, (u128)(made.data[i].end - 1) };
		vec_push(&ranges, range);
	}
	const struct set *set = set_from_ranges(fortios->arena, ranges.data, ranges.len);
	vec_free(&made);
	vec_free(&ranges);
	return set;
}

/* ---- clocks ---- */

static bool read_part(const char **at, uint32_t most, uint32_t *out)
{
	const char *start = *at;

	*out = 0;
	while (**at >= '0' && **at <= '9' && *at - start < 5)
		*out = *out * 10 + (uint32_t)(*(*at)++ - '0');
	return *at > start && *out <= most;
}

static bool read_clock(const char *at, uint32_t *minute)
{
	uint32_t hour, rest;

	if (!read_part(&at, 23, &hour) || *at++ != ':' || !read_part(&at, 59, &rest) ||
	    *at != '\0')
		return false;
	*minute = hour * 60 + rest;
	return true;
}

/* hh:mm yyyy/mm/dd */
static bool read_instant(const struct fos_setting *setting, int32_t *day, uint32_t *minute)
{
	uint32_t year, month, number;

	if (setting == NULL || setting->count != 2 || !read_clock(setting->values[0], minute))
		return false;
	const char *at = setting->values[1];
	return read_part(&at, YEAR_LAST, &year) && *at++ == '/' && read_part(&at, 12, &month) &&
	       *at++ == '/' && read_part(&at, 31, &number) && *at == '\0' && year >= YEAR_FIRST &&
	       date_from_civil((int)year, (int)month, (int)number, day);
}

static bool read_day(const char *word, unsigned *day)
{
	static const char *const names[DAYS] = { "monday", "tuesday",  "wednesday", "thursday",
						 "friday", "saturday", "sunday" };

	for (*day = 0; *day < DAYS; (*day)++)
		if (strcmp(names[*day], word) == 0)
			return true;
	return false;
}

/* ---- schedules ---- */

static const struct set *read_recurring(struct fos *fortios, struct fos_entry *entry)
{
	const struct fos_setting *days = fos_get(fortios, entry, "day");
	struct tree_window windows[DAYS];
	uint32_t start, end;
	size_t count = 0;
	unsigned day, seen = 0;

	if (!read_clock(fos_word(fortios, entry, "start", "00:00"), &start) ||
	    !read_clock(fos_word(fortios, entry, "end", "00:00"), &end))
		return NULL;
	end += end <= start ? DAY_MINUTES : 0;
	for (size_t i = 0; days != NULL && i < days->count; i++) {
		if (strcmp(days->values[i], "none") == 0)
			continue;
		if (!read_day(days->values[i], &day))
			return NULL;
		if (seen >> day & 1)
			continue;
		seen |= 1U << day;
		uint32_t until = day * DAY_MINUTES + end;
		windows[count++] = (struct tree_window){
			.kind = WINDOW_WEEKLY,
			.start_minute = day * DAY_MINUTES + start,
			.end_minute = until > WEEK_MINUTES ? until - WEEK_MINUTES : until,
		};
	}
	for (size_t i = 1; i < count; i++)
		windows[i - 1].next = &windows[i];
	return count > 0 ? windows_of(fortios, &windows[0]) : set_empty();
}

static const struct set *read_onetime(struct fos *fortios, struct fos_entry *entry)
{
	struct tree_window window = { .kind = WINDOW_DATED };

	if (!read_instant(fos_get(fortios, entry, "start"), &window.start_day,
			  &window.start_minute) ||
	    !read_instant(fos_get(fortios, entry, "end"), &window.end_day,
			  &window.end_minute))
		return NULL;
	if (window.start_day > window.end_day ||
	    (window.start_day == window.end_day && window.start_minute >= window.end_minute))
		return NULL;
	return windows_of(fortios, &window);
}

static void schedule_resolve(struct fos *fortios, struct fos_entry *entry, bool dated)
{
	if (entry->resolved)
		return;
	entry->resolved = true;
	entry->windows = dated ? read_onetime(fortios, entry) : read_recurring(fortios, entry);
	if (entry->windows == NULL)
		fos_unknown(fortios, entry->statement, "the time is not understood", true);
	if (fos_rest(fortios, entry, harmless, true))
		entry->windows = NULL;
	entry->uncertain = entry->windows == NULL;
}

static struct fos_entry *schedule_find(struct fos *fortios, const char *vdom,
					   const char *name)
{
	struct fos_entry *entry =
		fos_entry_find(fos_table_find(fortios, vdom, recurring), name);
	bool dated = entry == NULL;

	if (dated)
		entry = fos_entry_find(fos_table_find(fortios, vdom, onetime), name);
	if (entry != NULL)
		schedule_resolve(fortios, entry, dated);
	return entry;
}

/* A group holds schedules, never groups. */
static void group_resolve(struct fos *fortios, const char *vdom, struct fos_entry *entry)
{
	const struct fos_setting *members = fos_get(fortios, entry, "member");
	const struct set *all = fortios->activities.data[0].windows;

	entry->resolved = true;
	entry->windows = set_empty();
	for (size_t i = 0; members != NULL && i < members->count; i++) {
		struct fos_entry *one = schedule_find(fortios, vdom, members->values[i]);
		if (one == NULL && strcmp(members->values[i], "always") == 0) {
			entry->windows = all;
			continue;
		}
		if (one == NULL)
			fos_unknown(fortios, members->statement,
					"a schedule of that name is not defined", true);
		entry->uncertain = entry->uncertain || one == NULL || one->uncertain;
		entry->windows = set_union(fortios->arena, entry->windows,
					   one == NULL || one->uncertain ? all : one->windows);
	}
	if (fos_rest(fortios, entry, harmless, true))
		entry->uncertain = true;
}

static uint32_t activity_of(struct fos *fortios, const struct set *windows,
			    const char *label)
{
	for (uint32_t i = 0; i < fortios->activities.len; i++)
		if (set_equal(fortios->activities.data[i].windows, windows))
			return i;
	struct filter_activity activity = { windows, label };
	vec_push(&fortios->activities, activity);
	return (uint32_t)fortios->activities.len - 1;
}

/* A number is not a name, and a name is held against that of the policy. What is no
 * whole configuration, with interfaces, may leave it to the device. */
static bool clock_is_known(struct fos *fortios)
{
	struct fos_table *global = fos_table_find(fortios, "", "system global");
	const struct fos_table *interfaces = fos_table_find(fortios, "", "system interface");
	const struct model *model = fortios->input->model;
	const char *name = global != NULL
				   ? fos_word(fortios, &global->own, "timezone", NULL)
				   : NULL;

	if (name == NULL && interfaces != NULL && interfaces->first != NULL && model != NULL) {
		fos_unknown(fortios, NULL, "no time zone says which clock schedules follow", true);
		return false;
	}
	if (name == NULL || model == NULL || model->timezone_name == NULL ||
	    strcmp(name, model->timezone_name) == 0)
		return true;
	fos_unknown(fortios, fos_get(fortios, &global->own, "timezone")->statement,
			"schedules follow this time zone, which is not known to be the policy's",
			true);
	return false;
}

uint32_t fos_activity(struct fos *fortios, const char *vdom,
			  const struct fos_setting *name, bool *uncertain)
{
	const char *word = name != NULL && name->count == 1 ? name->values[0] : "always";
	struct fos_entry *entry = schedule_find(fortios, vdom, word);

	if (entry == NULL) {
		entry = fos_entry_find(fos_table_find(fortios, vdom, groups), word);
		if (entry != NULL && !entry->resolved)
			group_resolve(fortios, vdom, entry);
	}
	if (entry == NULL && strcmp(word, "always") == 0)
		return 0;
	if (entry == NULL && strcmp(word, "none") == 0)
		return activity_of(fortios, set_empty(), "none");
	if (entry == NULL)
		fos_unknown(fortios, name->statement,
				"a schedule of that name is not defined", true);
	if (entry == NULL || entry->uncertain) {
		*uncertain = true;
		return 0;
	}
	uint32_t activity = activity_of(fortios, entry->windows, entry->name);
	if (activity != 0 && !set_is_empty(entry->windows) && !clock_is_known(fortios)) {
		*uncertain = true;
		return 0;
	}
	return activity;
}

void fos_schedules(struct fos *fortios)
{
	for (struct fos_table *t = fortios->tables; t != NULL; t = t->next)
		for (struct fos_entry *e = t->first; e != NULL; e = e->next) {
			if (strcmp(t->path, recurring) == 0 || strcmp(t->path, onetime) == 0)
				schedule_resolve(fortios, e, strcmp(t->path, onetime) == 0);
			else if (strcmp(t->path, groups) == 0 && !e->resolved)
				group_resolve(fortios, t->vdom, e);
		}
}
