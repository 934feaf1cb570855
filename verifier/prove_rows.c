/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions of a row are summed up by projection: the addresses on either side
 * and the services. Where every combination of these differs the row says so,
 * for then it is the difference itself and not its outline. */
#include "config.h"
#include "verifier/prove_rows.h"

#include <math.h>
#include <string.h>

#include <uthash.h>

enum { COMPACT_AT = 256, SERVICES_MAX = 64, FLOW_CHOICES = 3 };

VEC_TYPE(range_list, struct range);

/* Ranges whose union counts; put together whenever they have doubled. */
struct heap {
	struct range_list ranges;
	size_t limit;
};

/* A rule of the policy and a line of the configuration, however many entries
 * come of either. */
struct row_key {
	const struct rule *rule;
	const struct source *source;
	const char *in, *out; /* of prove_rows.names */
	uint32_t line;
	int kind;
	bool certain;
};

struct row {
	struct row_key key;
	struct prove_row shown;
	struct heap source[FAMILY_COUNT], destination[FAMILY_COUNT];
	VEC(struct describe_service) services;
	double volume[FAMILY_COUNT]; /* of the regions */
	int score;                   /* of the flow shown */
	UT_hash_handle hh;
};

struct prove_rows {
	struct arena *arena;
	VEC(const char *) names; /* of interfaces, each once */
	struct address_set assets;
	/* where flows of the pair at hand should begin and end, best first */
	struct address_set from[FLOW_CHOICES], to[FLOW_CHOICES];
	size_t pair;
	struct prove_run *run;
	struct prove_asked asked;
	struct row *table;
	size_t count, more;
	bool more_decide; /* not all of them are residue */
};

struct prove_rows *prove_rows_create(struct arena *arena, const struct model *model)
{
	struct prove_rows *rows = memory_alloc(sizeof(*rows));
	struct range_list ranges[FAMILY_COUNT] = { VEC_INIT, VEC_INIT };

	rows->arena = arena;
	for (size_t i = 0; model != NULL && i < model->asset_count; i++)
		for (size_t k = 0; k < model->assets[i].address_count; k++) {
			struct address at = model->assets[i].addresses[k];
			vec_push(&ranges[at.family], ((struct range){ at.value, at.value }));
		}
	for (int f = 0; f < FAMILY_COUNT; f++) {
		rows->assets.family[f] = set_from_ranges(arena, ranges[f].data, ranges[f].len);
		vec_free(&ranges[f]);
	}
	return rows;
}

static void row_release(struct row *row)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		vec_free(&row->source[f].ranges);
		vec_free(&row->destination[f].ranges);
	}
	vec_free(&row->services);
}

void prove_rows_destroy(struct prove_rows *rows)
{
	struct row *row, *next;

	HASH_ITER(hh, rows->table, row, next) {
		HASH_DEL(rows->table, row);
		row_release(row);
	}
	vec_free(&rows->names);
	free(rows);
}

/* ---- sums ---- */

static int range_order(const void *left, const void *right)
{
	const struct range *a = left, *b = right;
	return (a->lo > b->lo) - (a->lo < b->lo);
}

static void heap_compact(struct heap *heap)
{
	struct range *range = heap->ranges.data;
	size_t kept = 0;

	qsort(range, heap->ranges.len, sizeof(*range), range_order);
	for (size_t i = 1; i < heap->ranges.len; i++) {
		if (range[i].lo > range[kept].hi && range[i].lo - range[kept].hi > 1)
			range[++kept] = range[i];
		else if (range[i].hi > range[kept].hi)
			range[kept].hi = range[i].hi;
	}
	heap->ranges.len = kept + 1;
	heap->limit = 2 * heap->ranges.len + COMPACT_AT;
}

static void heap_add(struct heap *heap, const struct range *ranges, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vec_push(&heap->ranges, ranges[i]);
	if (heap->ranges.len > heap->limit)
		heap_compact(heap);
}

static const struct set *region_set(struct arena *arena, const struct space_region *region,
				    enum field field)
{
	struct range *copy = memory_array(region->len[field], sizeof(*copy));

	memcpy(copy, region->range[field], region->len[field] * sizeof(*copy));
	const struct set *set = set_from_ranges(arena, copy, region->len[field]);
	free(copy);
	return set;
}

static bool service_joins(struct arena *arena, struct describe_service *to,
			  const struct describe_service *more)
{
	bool protocols = set_equal(to->protocols, more->protocols);
	bool from = set_equal(to->src_ports, more->src_ports);
	bool at = set_equal(to->dst_ports, more->dst_ports);

	if (protocols + from + at < 2)
		return false;
	if (!protocols)
		to->protocols = set_union(arena, to->protocols, more->protocols);
	if (!from)
		to->src_ports = set_union(arena, to->src_ports, more->src_ports);
	if (!at)
		to->dst_ports = set_union(arena, to->dst_ports, more->dst_ports);
	return true;
}

/* Services that differ in one field are one; beyond a limit the last is the
 * outline of the rest. */
static void row_add_service(struct prove_rows *rows, struct row *row,
			    const struct space_region *region)
{
	struct describe_service service = {
		region_set(rows->arena, region, FIELD_PROTOCOL),
		region_set(rows->arena, region, FIELD_SRC_PORT),
		region_set(rows->arena, region, FIELD_DST_PORT),
	};

	for (size_t i = row->services.len; i-- > 0;)
		if (service_joins(rows->arena, &row->services.data[i], &service))
			return;
	if (row->services.len < SERVICES_MAX) {
		vec_push(&row->services, service);
		return;
	}
	struct describe_service *last = &row->services.data[SERVICES_MAX - 1];
	last->protocols = set_union(rows->arena, last->protocols, service.protocols);
	last->src_ports = set_union(rows->arena, last->src_ports, service.src_ports);
	last->dst_ports = set_union(rows->arena, last->dst_ports, service.dst_ports);
}

static double ranges_size(const struct range *ranges, size_t len)
{
	double size = 0;

	for (size_t i = 0; i < len; i++)
		size += (double)(ranges[i].hi - ranges[i].lo) + 1;
	return size;
}

static double region_volume(const struct space_region *region)
{
	double volume = 1;

	for (unsigned f = 0; f < FIELD_OPERATION; f++)
		volume *= ranges_size(region->range[f], region->len[f]);
	return volume;
}

/* ---- flows ---- */

/* An address of `liked` where the region holds one. */
static bool flow_address(const struct space_region *region, enum field field,
			 const struct set *liked, struct address *out)
{
	size_t i = 0, k = 0;

	while (i < region->len[field] && k < liked->len) {
		struct range a = region->range[field][i], b = liked->range[k];
		u128 lo = a.lo > b.lo ? a.lo : b.lo;
		if (lo <= a.hi && lo <= b.hi) {
			out->value = lo;
			return true;
		}
		if (a.hi < b.hi)
			i++;
		else
			k++;
	}
	return false;
}

static int flow_choose(const struct space_region *region, enum field field,
		       const struct address_set *choices, struct address *out)
{
	for (int i = 0; i < FLOW_CHOICES; i++)
		if (flow_address(region, field, choices[i].family[out->family], out))
			return FLOW_CHOICES - i;
	return 0;
}

/* Assets behind the interface, else any address there, else any asset. */
static void rows_choices(struct prove_rows *rows, const char *name, struct address_set *choices)
{
	const struct filter *intent = rows->run->intent;
	struct address_set behind = address_set_empty();

	for (size_t i = 0; i < intent->interface_count; i++)
		if (strcmp(intent->interfaces[i].name, name) == 0)
			behind = intent->interfaces[i].behind;
	choices[0] = address_set_intersect(rows->arena, rows->assets, behind);
	choices[1] = behind;
	choices[2] = rows->assets;
}

static void row_show_flow(struct prove_rows *rows, struct row *row,
			  const struct space_region *region)
{
	struct flow flow = prove_flow(rows->run, region);
	int score = 1;

	score += flow_choose(region, FIELD_SOURCE, rows->from, &flow.source) * 2;
	score += flow_choose(region, FIELD_DESTINATION, rows->to, &flow.destination) * 2;
	score += flow.protocol == 6 ? 4 : flow.protocol == 17 ? 3 : flow.protocol == 1 ? 1 : 0;
	if (score <= row->score)
		return;
	row->score = score;
	row->shown.flow = flow;
}

/* ---- rows ---- */

static const char *rows_name(struct prove_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->names.len; i++)
		if (strcmp(rows->names.data[i], name) == 0)
			return rows->names.data[i];
	vec_push(&rows->names, name);
	return name;
}

static struct row *row_find(struct prove_rows *rows, const struct row_key *key)
{
	struct row *row;

	HASH_FIND(hh, rows->table, key, sizeof(*key), row);
	if (row != NULL)
		return row;
	if (rows->count == PROVE_ROWS) {
		rows->more++;
		rows->more_decide = rows->more_decide || key->kind != PROVE_RESIDUE;
		return NULL;
	}
	row = arena_alloc(rows->arena, sizeof(*row));
	memcpy(&row->key, key, sizeof(*key));
	row->shown = (struct prove_row){
		.kind = (enum prove_kind)key->kind, .certain = key->certain,
		.in = key->in, .out = key->out,
	};
	HASH_ADD(hh, rows->table, key, sizeof(row->key), row);
	rows->count++;
	return row;
}

static void row_sum(struct prove_rows *rows, struct row *row, const struct space_region *region)
{
	enum family family = rows->run->family;

	heap_add(&row->source[family], region->range[FIELD_SOURCE], region->len[FIELD_SOURCE]);
	heap_add(&row->destination[family], region->range[FIELD_DESTINATION],
		 region->len[FIELD_DESTINATION]);
	row_add_service(rows, row, region);
	row->volume[family] += region_volume(region);
	row_show_flow(rows, row, region);
}

/* The entries that decide, on either side. */
struct row_entries {
	const struct filter_entry *intent, *read;
};

static struct row_entries rows_entries(const struct prove_run *run,
				       const struct space_difference *difference)
{
	const struct prove_decider *by[] = { prove_decider(run, difference->left_rule),
					     prove_decider(run, difference->right_rule) };
	struct row_entries entries = { NULL, NULL };

	for (size_t i = 0; i < 2; i++)
		if (by[i]->entry != NULL)
			*(by[i]->intent ? &entries.intent : &entries.read) = by[i]->entry;
	return entries;
}

static struct row_key rows_key(struct prove_rows *rows, const struct row_entries *entries,
			       int kind)
{
	struct row_key key;

	memset(&key, 0, sizeof(key)); /* hashed whole, gaps too */
	key.kind = kind;
	key.certain = rows->asked.certain;
	key.in = rows_name(rows, rows->run->in);
	key.out = rows_name(rows, rows->run->out);
	if (entries->intent != NULL && entries->intent->rule_count > 0)
		key.rule = entries->intent->rules[0];
	if (entries->read != NULL) {
		key.source = entries->read->where.source;
		key.line = entries->read->where.line;
	}
	return key;
}

static unsigned rows_kinds(const struct prove_asked *asked)
{
	return (asked->left >= 0 ? SPACE_LEFT : 0) | (asked->right >= 0 ? SPACE_RIGHT : 0);
}

static unsigned rows_report(void *context, const struct space_difference *difference)
{
	struct prove_rows *rows = context;
	struct prove_run *run = rows->run;
	int kind = difference->left_allows ? rows->asked.left : rows->asked.right;

	if (rows->pair != run->pair) {
		rows_choices(rows, run->in, rows->from);
		rows_choices(rows, run->out, rows->to);
		rows->pair = run->pair;
	}
	struct row_entries entries = rows_entries(run, difference);
	struct row_key key = rows_key(rows, &entries, kind);
	struct row *row = row_find(rows, &key);
	if (row == NULL)
		return rows_kinds(&rows->asked);
	if (row->shown.intent == NULL)
		row->shown.intent = entries.intent;
	if (row->shown.read == NULL)
		row->shown.read = entries.read;
	row_sum(rows, row, difference->region);
	return rows_kinds(&rows->asked);
}

void prove_rows_ask(struct prove_rows *rows, struct prove_run *run,
		    const struct prove_question *question, struct prove_asked asked)
{
	rows->run = run;
	rows->asked = asked;
	rows->pair = 0;
	run->listener = (struct space_listener){ rows_kinds(&asked), rows_report, rows };
	prove_ask(run, question);
}

/* ---- the report ---- */

static const struct set *heap_set(const struct heap *heap, struct arena *arena)
{
	return set_from_ranges(arena, heap->ranges.data, heap->ranges.len);
}

static double set_volume(const struct set *set)
{
	return ranges_size(set->range, set->len);
}

static bool row_is_product(const struct row *row)
{
	double services = 0;

	for (size_t i = 0; i < row->services.len; i++) {
		const struct describe_service *s = &row->services.data[i];
		services += set_volume(s->protocols) * set_volume(s->src_ports) *
			    set_volume(s->dst_ports);
	}
	for (int f = 0; f < FAMILY_COUNT; f++) {
		double outline = set_volume(row->shown.source.family[f]) *
				 set_volume(row->shown.destination.family[f]) * services;
		if (fabs(outline - row->volume[f]) > outline * 1e-9)
			return false;
	}
	return true;
}

static struct prove_row row_finish(struct arena *arena, struct row *row)
{
	struct prove_row *shown = &row->shown;
	struct describe_service *services =
		arena_array(arena, row->services.len, sizeof(*services));

	for (int f = 0; f < FAMILY_COUNT; f++) {
		shown->source.family[f] = heap_set(&row->source[f], arena);
		shown->destination.family[f] = heap_set(&row->destination[f], arena);
	}
	if (row->services.len > 0)
		memcpy(services, row->services.data, row->services.len * sizeof(*services));
	shown->services = services;
	shown->service_count = row->services.len;
	shown->whole = row_is_product(row);
	return *shown;
}

static uint32_t entry_line(const struct filter_entry *entry)
{
	return entry != NULL ? entry->where.line : UINT32_MAX;
}

/* "*", every interface that nobody names, comes last. */
static int interface_order(const char *a, const char *b)
{
	int star = (strcmp(a, "*") == 0) - (strcmp(b, "*") == 0);

	return star != 0 ? star : strcmp(a, b);
}

static int row_order(const void *left, const void *right)
{
	const struct prove_row *a = left, *b = right;
	int order = (int)a->kind - (int)b->kind;
	uint32_t lines[] = { entry_line(a->read), entry_line(b->read),
			     entry_line(a->intent), entry_line(b->intent) };

	if (order == 0)
		order = (int)b->certain - (int)a->certain;
	for (size_t i = 0; order == 0 && i < 4; i += 2)
		order = (lines[i] > lines[i + 1]) - (lines[i] < lines[i + 1]);
	if (order == 0)
		order = interface_order(a->in, b->in);
	if (order == 0)
		order = interface_order(a->out, b->out);
	for (int f = 0; order == 0 && f < FAMILY_COUNT; f++)
		order = set_compare(a->source.family[f], b->source.family[f]);
	for (int f = 0; order == 0 && f < FAMILY_COUNT; f++)
		order = set_compare(a->destination.family[f], b->destination.family[f]);
	return order;
}

void prove_rows_finish(struct prove_rows *rows, struct prove_report *report)
{
	struct row *row, *next;

	report->rows = arena_array(rows->arena, rows->count, sizeof(*report->rows));
	report->row_count = 0;
	report->more = rows->more;
	report->more_decide = rows->more_decide;
	HASH_ITER(hh, rows->table, row, next)
		report->rows[report->row_count++] = row_finish(rows->arena, row);
	if (report->row_count > 0)
		qsort(report->rows, report->row_count, sizeof(*report->rows), row_order);
}
