/* SPDX-License-Identifier: Apache-2.0
 *
 * Observed conversations as JSON and back: the key `conversations` of cordon/verify/1.
 * Numbers are those of packets and names those of the prelude, so that they mean the
 * same to every policy. What is read is believed only where it is what is written. */
#include "config.h"
#include "verifier/traffic.h"

#include <string.h>

#include "base/file.h"

static const char traffic_schema[] = "cordon/verify/";
static const char *const traffic_kinds[PROTO_KINDS] = { "requests", "responses", "refusals",
							"notices" };

/* ---- writing ---- */

static json_t *written_count(uint64_t count)
{
	return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *written_name(const struct traffic *traffic, traffic_name name)
{
	return name == 0 ? json_null() : json_string(traffic_name_text(traffic, name));
}

static json_t *written_instant(const struct model *model, int64_t instant)
{
	char text[INSTANT_TEXT];

	return json_string(instant_print(instant, model->timezone, text));
}

static json_t *written_times(const struct traffic_times *times, const struct model *model)
{
	json_t *list = json_array();

	for (size_t i = 0; i < times->len; i++)
		json_array_append_new(
			list, json_pack("{s:o, s:o, s:b}", "first",
					written_instant(model, times->data[i].first), "last",
					written_instant(model, times->data[i].last), "dense",
					(int)times->data[i].dense));
	return list;
}

static json_t *written_content(const struct traffic *traffic, const struct traffic_content *content,
			       const struct model *model)
{
	return json_pack("{s:o, s:o, s:b, s:b, s:b, s:b, s:I, s:o, s:o, s:o, s:o}", "protocol",
			 written_name(traffic, content->protocol), "instead",
			 written_name(traffic, content->instead), "foreign", (int)content->foreign,
			 "negotiated", (int)content->negotiated, "unread", (int)content->unread,
			 "hidden", (int)content->hidden, "silence", (json_int_t)content->silence,
			 "conversations", written_count(content->conversations), "packets",
			 written_count(content->packets), "bytes", written_count(content->bytes),
			 "times", written_times(&content->times, model));
}

static json_t *written_spans(const struct traffic *traffic,
			     const struct traffic_operation_key *key)
{
	json_t *list = json_array();

	for (size_t i = 0; i < key->span_count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I}", "space",
					traffic_name_text(traffic, key->span[i].space), "first",
					(json_int_t)key->span[i].first, "last",
					(json_int_t)key->span[i].last));
	return list;
}

static json_t *written_operation(const struct traffic *traffic,
				 const struct traffic_operation *operation,
				 const struct model *model)
{
	const struct traffic_operation_key *key = &operation->key;
	json_t *out = json_pack(
		"{s:o, s:i, s:o, s:i, s:b, s:b, s:o, s:o, s:o}", "protocol",
		written_name(traffic, key->protocol), "function", (int)key->function, "carrier",
		written_name(traffic, key->carrier), "carrier_function",
		(int)key->carrier_function, "back", (int)key->back, "answer", (int)key->answer,
		"unit", key->has_unit ? json_integer(key->unit) : json_null(), "spans",
		written_spans(traffic, key), "times", written_times(&operation->times, model));

	for (int kind = 0; kind < PROTO_KINDS; kind++)
		json_object_set_new(out, traffic_kinds[kind], written_count(operation->count[kind]));
	return out;
}

static json_t *written_mac(const struct mac *mac)
{
	char text[MAC_TEXT];

	return json_string(mac_print(mac, text));
}

static json_t *written_flow(const struct traffic *traffic, const struct traffic_flow *flow,
			    const struct model *model)
{
	const struct flow header = traffic_header(flow, 0, 0);
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT];
	json_t *contents = json_array(), *operations = json_array();

	for (size_t i = 0; i < flow->contents.len; i++)
		json_array_append_new(contents,
				      written_content(traffic, &flow->contents.data[i], model));
	for (const struct traffic_operation *o = flow->operations; o != NULL; o = o->next)
		json_array_append_new(operations, written_operation(traffic, o, model));
	return json_pack(
		"{s:s, s:s, s:i, s:i, s:[i, i], s:i, s:[o, o], s:i, s:o, s:o}", "source",
		address_print(&header.source, source), "destination",
		address_print(&header.destination, destination), "proto", (int)header.protocol,
		"dport", (int)header.dst_port, "sports", (int)flow->src_first, (int)flow->src_last,
		"ethertype", (int)header.ethertype, "macs",
		written_mac(&flow->key.mac[JUDGE_INITIATOR]),
		written_mac(&flow->key.mac[JUDGE_RESPONDER]), "vlan", (int)flow->key.vlan,
		"contents", contents, "operations", operations);
}

json_t *traffic_json(struct traffic *traffic, const struct model *model)
{
	size_t count;
	struct traffic_flow **flows = traffic_sorted(traffic, &count);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, written_flow(traffic, flows[i], model));
	return list;
}

/* ---- reading ---- */

/* Where in the report reading is; the first thing that is wrong ends it. */
struct reading {
	struct traffic *traffic;
	size_t flow;
	const char *list;  /* "contents", "operations" or NULL */
	size_t item;
	const char *key;   /* that is wrong; NULL: nothing is */
};

static bool reading_fails(struct reading *reading, const char *key)
{
	if (reading->key == NULL)
		reading->key = key;
	return false;
}

static bool read_number(struct reading *reading, const json_t *from, const char *key, uint64_t most,
			uint64_t *out)
{
	const json_t *value = json_object_get(from, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > most)
		return reading_fails(reading, key);
	*out = (uint64_t)json_integer_value(value);
	return true;
}

static uint32_t read_small(struct reading *reading, const json_t *from, const char *key,
			   uint32_t most)
{
	uint64_t value = 0;

	read_number(reading, from, key, most, &value);
	return (uint32_t)value;
}

static uint64_t read_count(struct reading *reading, const json_t *from, const char *key)
{
	uint64_t value = 0;

	read_number(reading, from, key, INT64_MAX, &value);
	return value;
}

static bool read_flag(struct reading *reading, const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (!json_is_boolean(value))
		return reading_fails(reading, key);
	return json_is_true(value);
}

static traffic_name read_name(struct reading *reading, const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (json_is_string(value))
		return traffic_name_of(reading->traffic, json_string_value(value));
	if (!json_is_null(value))
		reading_fails(reading, key);
	return 0;
}

static int64_t read_instant(struct reading *reading, const json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));
	int64_t instant = 0;

	if (text == NULL || !instant_parse(text, &instant))
		reading_fails(reading, key);
	return instant;
}

static bool read_times(struct reading *reading, const json_t *from, struct traffic_times *times)
{
	const json_t *list = json_object_get(from, "times"), *one;
	size_t i;

	if (json_array_size(list) == 0 || json_array_size(list) > TRAFFIC_STRETCHES)
		return reading_fails(reading, "times");
	json_array_foreach(list, i, one)
	{
		struct traffic_stretch stretch = {
			.first = read_instant(reading, one, "first"),
			.last = read_instant(reading, one, "last"),
			.dense = read_flag(reading, one, "dense"),
			.until = INSTANT_ALWAYS,
		};
		if (reading->key == NULL && stretch.first > stretch.last)
			reading_fails(reading, "times");
		if (reading->key != NULL)
			return false;
		traffic_times_add(times, &stretch);
	}
	return true;
}

static bool read_content(struct reading *reading, struct traffic_flow *flow, const json_t *from)
{
	const struct traffic_content like = {
		.protocol = read_name(reading, from, "protocol"),
		.instead = read_name(reading, from, "instead"),
		.foreign = read_flag(reading, from, "foreign"),
		.negotiated = read_flag(reading, from, "negotiated"),
		.unread = read_flag(reading, from, "unread"),
		.hidden = read_flag(reading, from, "hidden"),
		.silence = read_small(reading, from, "silence", UINT32_MAX),
		.conversations = read_count(reading, from, "conversations"),
		.packets = read_count(reading, from, "packets"),
		.bytes = read_count(reading, from, "bytes"),
	};

	if (reading->key != NULL)
		return false;
	struct traffic_content *content = traffic_find_content(reading->traffic, flow, &like);
	if (content == NULL)
		return true;
	content->conversations += like.conversations;
	content->packets += like.packets;
	content->bytes += like.bytes;
	if (like.silence > content->silence)
		content->silence = like.silence;
	return read_times(reading, from, &content->times);
}

static bool read_spans(struct reading *reading, const json_t *from,
		       struct traffic_operation_key *key)
{
	const json_t *list = json_object_get(from, "spans"), *one;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > PROTO_SPANS)
		return reading_fails(reading, "spans");
	json_array_foreach(list, i, one)
	{
		key->span[i].space = read_name(reading, one, "space");
		key->span[i].first = read_small(reading, one, "first", UINT32_MAX);
		key->span[i].last = read_small(reading, one, "last", UINT32_MAX);
		if (key->span[i].space == 0 || key->span[i].first > key->span[i].last)
			return reading_fails(reading, "spans");
	}
	key->span_count = (uint8_t)json_array_size(list);
	return reading->key == NULL;
}

static bool read_operation_key(struct reading *reading, const json_t *from,
			       struct traffic_operation_key *key)
{
	key->protocol = read_name(reading, from, "protocol");
	key->function = (uint16_t)read_small(reading, from, "function", UINT16_MAX);
	key->carrier = read_name(reading, from, "carrier");
	key->carrier_function =
		(uint16_t)read_small(reading, from, "carrier_function", UINT16_MAX);
	key->back = read_flag(reading, from, "back");
	key->answer = read_flag(reading, from, "answer");
	key->has_unit = !json_is_null(json_object_get(from, "unit"));
	if (key->has_unit)
		key->unit = read_small(reading, from, "unit", UINT32_MAX);
	if (key->protocol == 0)
		reading_fails(reading, "protocol");
	return read_spans(reading, from, key);
}

static bool read_operation(struct reading *reading, struct traffic_flow *flow, const json_t *from)
{
	struct traffic_operation_key key;

	memset(&key, 0, sizeof(key));
	key.flow = flow->serial;
	if (!read_operation_key(reading, from, &key))
		return false;
	struct traffic_operation *operation =
		traffic_find_operation(reading->traffic, flow, &key);
	if (operation == NULL)
		return true;
	for (int kind = 0; kind < PROTO_KINDS; kind++)
		operation->count[kind] += read_count(reading, from, traffic_kinds[kind]);
	return reading->key == NULL && read_times(reading, from, &operation->times);
}

static bool read_address(struct reading *reading, const json_t *from, const char *key,
			 struct address *out)
{
	const char *text = json_string_value(json_object_get(from, key));

	return (text != NULL && address_parse(text, strlen(text), out)) ||
	       reading_fails(reading, key);
}

static bool read_macs(struct reading *reading, const json_t *from, struct mac *macs)
{
	const json_t *list = json_object_get(from, "macs");

	for (size_t i = 0; i < 2; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (text == NULL || !mac_parse(text, strlen(text), &macs[i]))
			return reading_fails(reading, "macs");
	}
	return true;
}

static bool read_ports(struct reading *reading, const json_t *from, struct traffic_flow *seen)
{
	const json_t *list = json_object_get(from, "sports");
	const json_t *first = json_array_get(list, 0), *last = json_array_get(list, 1);

	if (!json_is_integer(first) || !json_is_integer(last) || json_integer_value(first) < 0 ||
	    json_integer_value(first) > json_integer_value(last) ||
	    json_integer_value(last) > UINT16_MAX)
		return reading_fails(reading, "sports");
	seen->src_first = (uint16_t)json_integer_value(first);
	seen->src_last = (uint16_t)json_integer_value(last);
	return true;
}

static bool read_header(struct reading *reading, const json_t *from, struct traffic_flow *seen)
{
	struct address source = { 0 }, destination = { 0 };
	struct traffic_flow_key *key = &seen->key;

	key->ethertype = (uint16_t)read_small(reading, from, "ethertype", UINT16_MAX);
	key->protocol = (uint8_t)read_small(reading, from, "proto", UINT8_MAX);
	key->dst_port = (uint16_t)read_small(reading, from, "dport", UINT16_MAX);
	key->vlan = (uint16_t)read_small(reading, from, "vlan", UINT16_MAX);
	if (!read_address(reading, from, "source", &source) ||
	    !read_address(reading, from, "destination", &destination) ||
	    !read_ports(reading, from, seen) || !read_macs(reading, from, key->mac))
		return false;
	if (source.family != destination.family)
		return reading_fails(reading, "destination");
	key->family = (uint8_t)source.family;
	key->source = source.value;
	key->destination = destination.value;
	key->src_port = traffic_port_class(reading->traffic, seen->src_first);
	return reading->key == NULL;
}

static struct traffic_flow *read_flow_header(struct reading *reading, const json_t *from)
{
	struct traffic_flow seen;

	memset(&seen, 0, sizeof(seen));
	if (!read_header(reading, from, &seen))
		return NULL;
	struct traffic_flow *flow = traffic_find_flow(reading->traffic, &seen.key);
	if (flow == NULL)
		return NULL;
	if (seen.src_first < flow->src_first)
		flow->src_first = seen.src_first;
	if (seen.src_last > flow->src_last)
		flow->src_last = seen.src_last;
	return flow;
}

static bool read_list(struct reading *reading, struct traffic_flow *flow, const json_t *from,
		      const char *key,
		      bool (*read)(struct reading *, struct traffic_flow *, const json_t *))
{
	const json_t *list = json_object_get(from, key), *one;

	if (!json_is_array(list))
		return reading_fails(reading, key);
	reading->list = key;
	json_array_foreach(list, reading->item, one)
		if (!read(reading, flow, one))
			return false;
	reading->list = NULL;
	return true;
}

static bool read_flows(struct reading *reading, const json_t *list)
{
	const json_t *one;

	json_array_foreach(list, reading->flow, one)
	{
		struct traffic_flow *flow = read_flow_header(reading, one);
		if (flow == NULL && reading->key == NULL)
			continue; /* there is no room */
		if (flow == NULL || !read_list(reading, flow, one, "contents", read_content) ||
		    !read_list(reading, flow, one, "operations", read_operation))
			return false;
	}
	return true;
}

/* ---- the report around it ---- */

static bool refuse(struct diags *diags, const char *path, const char *why)
{
	diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 }, "%s: %s", path, why);
	return false;
}

static bool refuse_place(struct diags *diags, const char *path, const struct reading *reading)
{
	if (reading->list != NULL)
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: conversations[%zu].%s[%zu]: '%s' is missing or is not what it should be",
			 path, reading->flow, reading->list, reading->item, reading->key);
	else
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: conversations[%zu]: '%s' is missing or is not what it should be", path,
			 reading->flow, reading->key);
	return false;
}

static bool read_summary(struct traffic *traffic, const json_t *report)
{
	const json_t *summary = json_object_get(report, "summary");
	const json_t *lost = json_object_get(report, "conversations_lost");
	struct traffic_account *account = traffic_account(traffic);
	struct reading reading = { .traffic = traffic };
	uint64_t packets = read_count(&reading, summary, "packets");
	uint64_t conversations = read_count(&reading, summary, "conversations");
	const char *outcome = json_string_value(json_object_get(summary, "outcome"));

	if (reading.key != NULL || outcome == NULL || !json_is_integer(lost))
		return false;
	account->packets += packets;
	account->conversations += conversations;
	account->complete &= strcmp(outcome, "incomplete") != 0 && json_integer_value(lost) == 0;
	if (packets == 0)
		return true;
	int64_t first = read_instant(&reading, summary, "first");
	int64_t last = read_instant(&reading, summary, "last");
	account->first = first < account->first ? first : account->first;
	account->last = last > account->last ? last : account->last;
	return reading.key == NULL;
}

static bool read_report(struct traffic *traffic, const char *path, const json_t *report,
			struct diags *diags)
{
	const char *schema = json_string_value(json_object_get(report, "schema"));
	const json_t *list = json_object_get(report, "conversations");
	struct reading reading = { .traffic = traffic };

	if (schema == NULL || strncmp(schema, traffic_schema, strlen(traffic_schema)) != 0)
		return refuse(diags, path, "this JSON is no report of cordon verify");
	if (strcmp(schema + strlen(traffic_schema), "1") != 0)
		return refuse(diags, path, "a report of another version of cordon verify");
	if (!json_is_array(list))
		return refuse(diags, path, "the report holds no conversations: they are there with "
					   "cordon verify --conversations --format json");
	if (!read_summary(traffic, report))
		return refuse(diags, path, "the report has no summary, or another one");
	return read_flows(&reading, list) || refuse_place(diags, path, &reading);
}

bool traffic_read_json(struct traffic *traffic, const char *path, struct diags *diags)
{
	struct file_text text;
	json_error_t error;
	const char *why;

	if (!file_read(path, &text, &why))
		return refuse(diags, path, why);
	json_t *report = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &error);
	file_text_release(&text);
	if (report == NULL) {
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 }, "%s:%d:%d: %s", path,
			 error.line, error.column, error.text);
		return false;
	}
	bool read = read_report(traffic, path, report, diags);
	json_decref(report);
	return read;
}
