/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of observed conversations: flows by their header, operations by flow and
 * what they are about, both with uthash. */
#include "config.h"
#include "verifier/traffic.h"

#include <string.h>

#include "base/memory.h"
#include "verifier/decode.h"

enum { NANOSECONDS = 1000000000, PROTOCOL_ICMP = 1, PROTOCOL_ICMPV6 = 58 };

struct traffic_word {
	traffic_name name;
	UT_hash_handle hh;
	char text[];
};

struct traffic {
	struct arena arena;
	struct traffic_flow *flows;
	struct traffic_operation *operations;
	struct traffic_flow **sorted;
	struct traffic_word *words;
	VEC(struct traffic_word *) word_list; /* name - 1 */
	VEC(uint16_t) edges; /* sorted: source ports at which those kept together begin */
	size_t held;
	uint64_t lost, serial;
	struct traffic_account account;
};

struct traffic *traffic_create(void)
{
	struct traffic *traffic = memory_alloc(sizeof(*traffic));

	arena_init(&traffic->arena);
	vec_push(&traffic->edges, 0);
	vec_push(&traffic->edges, TRAFFIC_WELL_KNOWN);
	traffic->account = (struct traffic_account){ .first = INSTANT_NEVER,
						     .last = INSTANT_ALWAYS, .complete = true };
	return traffic;
}

static void traffic_release_flows(struct traffic *traffic)
{
	struct traffic_flow *flow, *next;

	HASH_ITER(hh, traffic->flows, flow, next) {
		HASH_DEL(traffic->flows, flow);
		for (size_t i = 0; i < flow->contents.len; i++)
			vec_free(&flow->contents.data[i].times);
		for (struct traffic_operation *o = flow->operations; o != NULL; o = o->next)
			vec_free(&o->times);
		vec_free(&flow->contents);
	}
}

void traffic_destroy(struct traffic *traffic)
{
	if (traffic == NULL)
		return;
	HASH_CLEAR(hh, traffic->operations);
	HASH_CLEAR(hh, traffic->words);
	traffic_release_flows(traffic);
	vec_free(&traffic->word_list);
	vec_free(&traffic->edges);
	free(traffic->sorted);
	arena_release(&traffic->arena);
	free(traffic);
}

/* ---- names ---- */

traffic_name traffic_name_of(struct traffic *traffic, const char *text)
{
	struct traffic_word *word;
	size_t length = strlen(text);

	HASH_FIND(hh, traffic->words, text, length, word);
	if (word != NULL)
		return word->name;
	word = arena_alloc(&traffic->arena, sizeof(*word) + length + 1);
	memcpy(word->text, text, length);
	vec_push(&traffic->word_list, word);
	word->name = (traffic_name)traffic->word_list.len;
	HASH_ADD_KEYPTR(hh, traffic->words, word->text, length, word);
	return word->name;
}

const char *traffic_name_text(const struct traffic *traffic, traffic_name name)
{
	return name == 0 ? NULL : traffic->word_list.data[name - 1]->text;
}

static traffic_name traffic_protocol(struct traffic *traffic, const struct model *model,
				     uint32_t protocol)
{
	return protocol == 0 ? 0 : traffic_name_of(traffic, model->protocols[protocol].name);
}

/* ---- source ports ---- */

static int traffic_edge_order(const void *left, const void *right)
{
	uint16_t a = *(const uint16_t *)left, b = *(const uint16_t *)right;

	return (a > b) - (a < b);
}

static void traffic_add_edges(struct traffic *traffic, const struct set *ports)
{
	for (size_t i = 0; i < ports->len; i++) {
		vec_push(&traffic->edges, (uint16_t)ports->range[i].lo);
		if (ports->range[i].hi < UINT16_MAX)
			vec_push(&traffic->edges, (uint16_t)(ports->range[i].hi + 1));
	}
}

void traffic_tell_apart(struct traffic *traffic, const struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->rule_count; i++)
		for (size_t m = 0; m < model->rules[i].match_count; m++)
			if (!model->rules[i].matches[m].ethertype_rule)
				traffic_add_edges(traffic, model->rules[i].matches[m].src_ports);
	qsort(traffic->edges.data, traffic->edges.len, sizeof(uint16_t), traffic_edge_order);
	for (size_t i = 0; i < traffic->edges.len; i++)
		if (kept == 0 || traffic->edges.data[i] != traffic->edges.data[kept - 1])
			traffic->edges.data[kept++] = traffic->edges.data[i];
	traffic->edges.len = kept;
}

/* Which of the edges is the last at or before a port. */
static size_t traffic_edge(const struct traffic *traffic, uint16_t port)
{
	size_t lo = 0, hi = traffic->edges.len;

	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;
		if (traffic->edges.data[middle] <= port)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

uint16_t traffic_port_class(const struct traffic *traffic, uint16_t port)
{
	return port < TRAFFIC_WELL_KNOWN ? port
					 : traffic->edges.data[traffic_edge(traffic, port)];
}

uint32_t traffic_next_port(const struct traffic *traffic, uint16_t port)
{
	size_t next = traffic_edge(traffic, port) + 1;

	return next < traffic->edges.len ? traffic->edges.data[next] : UINT32_MAX;
}

bool traffic_has_ports(const struct traffic_flow *flow)
{
	return flow->key.ethertype == 0 && decode_has_ports(flow->key.protocol);
}

/* ---- times ---- */

/* One stretch says what both say. */
static bool traffic_join(struct traffic_stretch *to, const struct traffic_stretch *more)
{
	bool touch = more->first <= to->last + TRAFFIC_PAUSE &&
		     to->first <= more->last + TRAFFIC_PAUSE;

	if (to->until != more->until || !to->dense || !more->dense || !touch)
		return false;
	to->first = more->first < to->first ? more->first : to->first;
	to->last = more->last > to->last ? more->last : to->last;
	return true;
}

/* Two neighbours become one that says less, but nothing wrong: those between which no
 * verdict changed, if there are any, else the nearest. */
static void traffic_squeeze(struct traffic_times *times)
{
	size_t best = 0;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i + 1 < times->len; i++) {
		const struct traffic_stretch *a = &times->data[i], *b = a + 1;
		bool apart = a->until != b->until || a->until == INSTANT_ALWAYS;
		int64_t gap = b->first > a->last ? b->first - a->last : 0;
		gap += apart ? INT64_MAX / 2 : 0;
		if (gap < least) {
			least = gap;
			best = i;
		}
	}
	struct traffic_stretch *a = &times->data[best], *b = a + 1;
	a->dense = a->dense && b->dense && b->first <= a->last + TRAFFIC_PAUSE;
	a->last = b->last > a->last ? b->last : a->last;
	a->until = a->until == b->until ? a->until : INSTANT_ALWAYS;
	memmove(b, b + 1, (times->len - best - 2) * sizeof(*b));
	times->len--;
}

void traffic_times_add(struct traffic_times *times, const struct traffic_stretch *more)
{
	struct traffic_stretch one = *more;
	size_t at = times->len;

	for (size_t i = times->len; i-- > 0;) {
		if (!traffic_join(&one, &times->data[i]))
			continue;
		memmove(&times->data[i], &times->data[i + 1],
			(times->len - i - 1) * sizeof(one));
		times->len--;
	}
	for (at = times->len; at > 0 && times->data[at - 1].first > one.first;)
		at--;
	vec_push(times, one);
	memmove(&times->data[at + 1], &times->data[at], (times->len - 1 - at) * sizeof(one));
	times->data[at] = one;
	if (times->len > TRAFFIC_STRETCHES)
		traffic_squeeze(times);
}

int64_t traffic_second(int64_t nanoseconds)
{
	return nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);
}

/* ---- finding ---- */

static bool traffic_has_room(struct traffic *traffic)
{
	if (traffic->held < TRAFFIC_LIMIT) {
		traffic->held++;
		return true;
	}
	traffic->lost++;
	traffic->account.complete = false;
	return false;
}

struct traffic_flow *traffic_find_flow(struct traffic *traffic, const struct traffic_flow_key *key)
{
	struct traffic_flow *flow;

	HASH_FIND(hh, traffic->flows, key, sizeof(*key), flow);
	if (flow != NULL || !traffic_has_room(traffic))
		return flow;
	flow = arena_alloc(&traffic->arena, sizeof(*flow));
	memcpy(&flow->key, key, sizeof(*key));
	flow->serial = ++traffic->serial;
	flow->src_first = UINT16_MAX;
	flow->end = &flow->operations;
	HASH_ADD(hh, traffic->flows, key, sizeof(flow->key), flow);
	return flow;
}

static bool traffic_content_is_like(const struct traffic_content *a, const struct traffic_content *b)
{
	return a->protocol == b->protocol && a->instead == b->instead &&
	       a->foreign == b->foreign && a->negotiated == b->negotiated &&
	       a->unread == b->unread && a->hidden == b->hidden;
}

struct traffic_content *traffic_find_content(struct traffic *traffic, struct traffic_flow *flow,
					     const struct traffic_content *like)
{
	for (size_t i = 0; i < flow->contents.len; i++)
		if (traffic_content_is_like(&flow->contents.data[i], like))
			return &flow->contents.data[i];
	if (flow->contents.len >= TRAFFIC_CONTENTS || !traffic_has_room(traffic))
		return NULL;
	vec_push(&flow->contents, ((struct traffic_content){
					  .protocol = like->protocol,
					  .instead = like->instead,
					  .foreign = like->foreign,
					  .negotiated = like->negotiated,
					  .unread = like->unread,
					  .hidden = like->hidden,
				  }));
	return &flow->contents.data[flow->contents.len - 1];
}

struct traffic_operation *traffic_find_operation(struct traffic *traffic,
						 struct traffic_flow *flow,
						 const struct traffic_operation_key *key)
{
	struct traffic_operation *operation;

	HASH_FIND(hh, traffic->operations, key, sizeof(*key), operation);
	if (operation != NULL || !traffic_has_room(traffic))
		return operation;
	operation = arena_alloc(&traffic->arena, sizeof(*operation));
	memcpy(&operation->key, key, sizeof(*key));
	HASH_ADD(hh, traffic->operations, key, sizeof(operation->key), operation);
	*flow->end = operation;
	flow->end = &operation->next;
	return operation;
}

/* ---- adding ---- */

/* Where packets came from matters only where the address tells no zone. */
static void traffic_key_origin(struct traffic_flow_key *key, const struct observation *seen)
{
	const struct origin *origin = seen->origin;

	if (key->ethertype != 0)
		key->mac[JUDGE_RESPONDER] = origin[JUDGE_RESPONDER].mac;
	else if (address_is_unicast(&seen->flow.source))
		return;
	key->mac[JUDGE_INITIATOR] = origin[JUDGE_INITIATOR].mac;
	key->vlan = origin[JUDGE_INITIATOR].vlan;
}

static struct traffic_flow_key traffic_key(const struct traffic *traffic,
					   const struct observation *seen)
{
	const struct flow *flow = &seen->flow;
	bool icmp = flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6;
	struct traffic_flow_key key;

	memset(&key, 0, sizeof(key));
	key.ethertype = flow->ethertype;
	traffic_key_origin(&key, seen);
	if (flow->ethertype != 0)
		return key;
	key.family = (uint8_t)flow->source.family;
	key.source = flow->source.value;
	key.destination = flow->destination.value;
	key.protocol = flow->protocol;
	key.dst_port = flow->dst_port;
	key.src_port = icmp ? flow->src_port : traffic_port_class(traffic, flow->src_port);
	return key;
}

static struct traffic_flow *traffic_flow_of(struct traffic *traffic,
					    const struct observation *seen)
{
	struct traffic_flow_key key = traffic_key(traffic, seen);
	struct traffic_flow *flow = traffic_find_flow(traffic, &key);

	if (flow == NULL)
		return NULL;
	if (seen->flow.src_port < flow->src_first)
		flow->src_first = seen->flow.src_port;
	if (seen->flow.src_port > flow->src_last)
		flow->src_last = seen->flow.src_port;
	return flow;
}

static struct traffic_content traffic_content_of(struct traffic *traffic,
						 const struct traffic_sighting *sighting)
{
	const struct inspect_content *said = &sighting->observation->content;

	return (struct traffic_content){
		.protocol = traffic_protocol(traffic, sighting->model, said->protocol),
		.instead = traffic_protocol(traffic, sighting->model, said->instead),
		.foreign = said->foreign,
		.negotiated = sighting->negotiated,
		.unread = said->unread,
		.hidden = said->hidden,
	};
}

static int64_t traffic_until(const struct traffic_sighting *sighting)
{
	return sighting->until == INT64_MAX ? INSTANT_NEVER : traffic_second(sighting->until);
}

void traffic_add(struct traffic *traffic, const struct traffic_sighting *sighting)
{
	const struct observation *seen = sighting->observation;
	struct traffic_content like = traffic_content_of(traffic, sighting);
	struct traffic_flow *flow = traffic_flow_of(traffic, seen);
	struct traffic_content *content =
		flow != NULL ? traffic_find_content(traffic, flow, &like) : NULL;

	if (content == NULL)
		return;
	struct traffic_stretch stretch = {
		.first = traffic_second(seen->seen.first),
		.last = traffic_second(seen->seen.last),
		.dense = seen->silence <= TRAFFIC_PAUSE,
		.until = traffic_until(sighting),
	};
	traffic_times_add(&content->times, &stretch);
	content->conversations += content->conversations == 0 || !sighting->continued;
	content->packets += seen->seen.packets;
	content->bytes += seen->seen.bytes;
	if (seen->silence > content->silence)
		content->silence = seen->silence;
}

static struct traffic_operation_key traffic_operation_key(struct traffic *traffic,
							  const struct traffic_sighting *sighting,
							  const struct inspect_operation *operation)
{
	const struct proto_operation *seen = operation->seen;
	const struct model *model = sighting->model;
	struct traffic_operation_key key;

	memset(&key, 0, sizeof(key));
	key.protocol = traffic_protocol(traffic, model, operation->operation >> 16);
	key.function = (uint16_t)operation->operation;
	key.carrier = traffic_protocol(traffic, model, operation->carrier >> 16);
	key.carrier_function = (uint16_t)operation->carrier;
	key.has_unit = seen->has_unit;
	key.unit = seen->has_unit ? seen->unit : 0;
	key.back = operation->back;
	key.answer = seen->span_count == 0 &&
		     (seen->kind == PROTO_RESPONSE || seen->kind == PROTO_REFUSAL);
	key.span_count = seen->span_count;
	for (size_t i = 0; i < seen->span_count; i++) {
		key.span[i].space = traffic_name_of(traffic, seen->span[i].space);
		key.span[i].first = seen->span[i].first;
		key.span[i].last = seen->span[i].last;
	}
	return key;
}

void traffic_add_operation(struct traffic *traffic, const struct traffic_sighting *sighting,
			   const struct inspect_operation *operation, int64_t instant)
{
	struct traffic_flow *flow = traffic_flow_of(traffic, sighting->observation);

	if (flow == NULL)
		return;
	struct traffic_operation_key key = traffic_operation_key(traffic, sighting, operation);
	key.flow = flow->serial;
	struct traffic_operation *kept = traffic_find_operation(traffic, flow, &key);
	if (kept == NULL)
		return;
	struct traffic_stretch stretch = { .first = traffic_second(instant), .dense = true,
					   .until = traffic_until(sighting) };
	stretch.last = stretch.first;
	traffic_times_add(&kept->times, &stretch);
	kept->count[operation->seen->kind] += !operation->seen->more;
}

/* ---- what it holds ---- */

struct flow traffic_header(const struct traffic_flow *flow, uint16_t src_port, int64_t instant)
{
	const struct traffic_flow_key *key = &flow->key;

	return (struct flow){
		.source = { key->source, (enum family)key->family },
		.destination = { key->destination, (enum family)key->family },
		.protocol = key->protocol,
		.src_port = src_port,
		.dst_port = key->dst_port,
		.unit = PARAMETER_NONE,
		.object = PARAMETER_NONE,
		.instant = instant,
		.mode = -1,
		.sender = ZONE_NONE,
		.ethertype = key->ethertype,
		.l2_source = ZONE_NONE,
		.l2_destination = ZONE_NONE,
	};
}

static int traffic_flow_order(const void *left, const void *right)
{
	const struct traffic_flow_key *a = &(*(struct traffic_flow *const *)left)->key;
	const struct traffic_flow_key *b = &(*(struct traffic_flow *const *)right)->key;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->destination != b->destination)
		return a->destination < b->destination ? -1 : 1;
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->dst_port != b->dst_port)
		return a->dst_port < b->dst_port ? -1 : 1;
	return memcmp(a, b, sizeof(*a));
}

struct traffic_flow **traffic_sorted(struct traffic *traffic, size_t *count)
{
	struct traffic_flow *flow, *next;
	size_t len = 0;

	*count = HASH_COUNT(traffic->flows);
	free(traffic->sorted);
	traffic->sorted = memory_array(*count + 1, sizeof(struct traffic_flow *));
	HASH_ITER(hh, traffic->flows, flow, next)
		traffic->sorted[len++] = flow;
	qsort(traffic->sorted, len, sizeof(struct traffic_flow *), traffic_flow_order);
	return traffic->sorted;
}

uint64_t traffic_lost(const struct traffic *traffic)
{
	return traffic->lost;
}

struct traffic_account *traffic_account(struct traffic *traffic)
{
	return &traffic->account;
}
