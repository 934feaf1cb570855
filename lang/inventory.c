/* SPDX-License-Identifier: Apache-2.0
 *
 * Inventories: YAML through libyaml's events to the asset nodes a policy's own
 * `asset` statements make. The schema:
 *
 *     assets:
 *       NAME:
 *         zone: ZONE            or [ZONE, ZONE]
 *         address: ADDRESS      or a list; likewise mac, role, tag
 *         vendor: TEXT          likewise model, firmware, os, serial, owner,
 *                               criticality
 *         end-of-support: DATE  YYYY-MM-DD
 *         unpatchable: true
 *
 * Aliases and anchors are refused, so size stays that of the file; so are tags,
 * which would say that a value is something else than it reads. */
#include "config.h"
#include "lang/parser.h"

#include <string.h>
#include <yaml.h>

#include "base/utf8.h"
#include "lang/build.h"

/* A place in the text, in characters and in bytes. */
struct cursor {
	size_t character, byte;
	size_t line_start; /* in bytes */
	uint32_t line;
};

struct inventory {
	struct parser *parser;
	struct cursor cursor; /* at the event's start */
	yaml_parser_t yaml;
	yaml_event_t event;
	bool has_event, failed;
};

static const char *const inventory_keys[] = {
	"zone", "address", "mac", "role", "tag", "vendor", "model", "firmware", "os",
	"serial", "owner", "criticality", "end-of-support", "unpatchable",
};

enum { INVENTORY_KEYS = sizeof(inventory_keys) / sizeof(inventory_keys[0]) };

/* Moves the cursor to a character of the text; forward from where it stands. */
static void cursor_seek(struct cursor *cursor, const struct source *source, size_t character)
{
	if (character < cursor->character)
		*cursor = (struct cursor){ .line = 1 };
	while (cursor->character < character && cursor->byte < source->length) {
		if (source->text[cursor->byte] == '\n') {
			cursor->line++;
			cursor->line_start = cursor->byte + 1;
		}
		cursor->byte += utf8_length(source->text + cursor->byte,
					    source->length - cursor->byte);
		cursor->character++;
	}
}

/* libyaml counts characters, and other ends of lines than the newline; places are
 * lines and bytes. Marks come in the order of the text, but for some of errors. */
static struct span inventory_span(struct inventory *inventory, yaml_mark_t start,
				  yaml_mark_t end)
{
	const struct source *source = inventory->parser->source;
	struct cursor *cursor = &inventory->cursor;

	cursor_seek(cursor, source, start.index);
	struct span where = { .source = source, .line = cursor->line,
			      .column = (uint32_t)(cursor->byte - cursor->line_start) + 1 };
	struct cursor after = *cursor;
	if (end.line == start.line && end.index > start.index)
		cursor_seek(&after, source, end.index);
	where.end_line = where.line;
	where.end_column = after.line == cursor->line && after.byte > cursor->byte
				   ? where.column + (uint32_t)(after.byte - cursor->byte)
				   : where.column + 1;
	return where;
}

static struct span inventory_where(struct inventory *inventory)
{
	return inventory_span(inventory, inventory->event.start_mark,
			      inventory->event.end_mark);
}

static bool inventory_fail(struct inventory *inventory, struct span where, const char *message)
{
	parser_error(inventory->parser, where, "%s", message);
	inventory->failed = true;
	return false;
}

static bool inventory_bad_yaml(struct inventory *inventory)
{
	yaml_mark_t mark = inventory->yaml.problem_mark;
	const char *problem = inventory->yaml.problem;

	return inventory_fail(inventory, inventory_span(inventory, mark, mark),
			      problem ? problem : "this is not YAML");
}

/* What a node carries that an inventory does not take, or NULL. */
static const char *inventory_property(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL || event->type == YAML_ALIAS_EVENT)
		return "anchors and aliases are not taken in an inventory";
	return tag != NULL ? "tags are not taken in an inventory" : NULL;
}

/* Takes the next event; false at an error, an alias, an anchor or a tag. */
static bool inventory_next(struct inventory *inventory)
{
	if (inventory->failed)
		return false;
	if (inventory->has_event)
		yaml_event_delete(&inventory->event);
	inventory->has_event = yaml_parser_parse(&inventory->yaml, &inventory->event) != 0;
	if (!inventory->has_event)
		return inventory_bad_yaml(inventory);
	const char *refused = inventory_property(&inventory->event);
	return refused == NULL || inventory_fail(inventory, inventory_where(inventory), refused);
}

/* Passes over the value that the current event begins. */
static bool inventory_skip(struct inventory *inventory)
{
	int depth = 0;

	for (;;) {
		yaml_event_type_t type = inventory->event.type;
		if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT)
			depth++;
		else if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT)
			depth--;
		if (depth == 0)
			return true;
		if (depth > PARSE_NESTING_MAX)
			return inventory_fail(inventory, inventory_where(inventory),
					      "this is nested more than 64 deep");
		if (!inventory_next(inventory))
			return false;
	}
}

static struct tree_name *inventory_scalar(struct inventory *inventory)
{
	const yaml_event_t *event = &inventory->event;
	struct parser *parser = inventory->parser;
	struct span where = inventory_where(inventory);

	return build_name(parser,
			  arena_strndup(parser->arena, (const char *)event->data.scalar.value,
					event->data.scalar.length),
			  &where);
}

static void inventory_expected(struct inventory *inventory, const char *what)
{
	parser_error(inventory->parser, inventory_where(inventory), "%s is due here", what);
}

/* A scalar or a list of scalars, as a plain list of names. */
static struct tree_name *inventory_values(struct inventory *inventory)
{
	struct tree_name *ring = NULL;
	bool sequence = inventory->event.type == YAML_SEQUENCE_START_EVENT;

	if (inventory->event.type == YAML_SCALAR_EVENT) {
		struct tree_name *value = inventory_scalar(inventory);
		ring = list_add(ring, value);
	} else if (!sequence)
		inventory_expected(inventory, "a value or a list of values");
	if (!sequence) {
		inventory_skip(inventory);
		list_close(ring);
		return ring;
	}
	while (inventory_next(inventory) && inventory->event.type != YAML_SEQUENCE_END_EVENT) {
		if (inventory->event.type == YAML_SCALAR_EVENT) {
			struct tree_name *value = inventory_scalar(inventory);
			ring = list_add(ring, value);
			continue;
		}
		inventory_expected(inventory, "a value");
		if (!inventory_skip(inventory))
			break;
	}
	list_close(ring);
	return ring;
}

static void inventory_addresses(struct inventory *inventory, struct tree_asset *asset,
				const struct tree_name *value)
{
	for (; value; value = value->next) {
		struct address_range range;
		if (address_range_parse(value->text, strlen(value->text), &range) &&
		    range.lo == range.hi)
			asset->addresses = build_range(inventory->parser, asset->addresses,
						       range, &value->where);
		else
			parser_error(inventory->parser, value->where,
				     "'%s' is not an address", value->text);
	}
	list_close(asset->addresses);
}

static void inventory_macs(struct inventory *inventory, struct tree_asset *asset,
			   const struct tree_name *value)
{
	for (; value; value = value->next) {
		struct tree_mac *node = build_mac_word(inventory->parser, value->text,
						       &value->where);
		asset->macs = list_add(asset->macs, node);
	}
	list_close(asset->macs);
}

static void inventory_date(struct inventory *inventory, struct tree_asset *asset,
			   const struct tree_name *value)
{
	int year, month, day, used = 0;
	int32_t days;

	if (value == NULL)
		return;
	if (strlen(value->text) == 10 &&
	    sscanf(value->text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 &&
	    used == 10 && date_from_civil(year, month, day, &days))
		asset->end_of_support = build_date(days, &value->where);
	else
		parser_error(inventory->parser, value->where, "'%s' is not a date YYYY-MM-DD",
			     value->text);
}

static bool name_is_valid(const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				     "0123456789.-";

	return *text != '\0' && strchr(letters, *text) && text[strspn(text, others)] == '\0' &&
	       text[strlen(text) - 1] != '-';
}

static struct tree_name *inventory_names(struct inventory *inventory, struct tree_name *values)
{
	for (const struct tree_name *value = values; value; value = value->next)
		if (!name_is_valid(value->text))
			parser_error(inventory->parser, value->where, "'%s' is not a name",
				     value->text);
	return values;
}

static void inventory_flag(struct inventory *inventory, struct tree_asset *asset,
			   const struct tree_name *value)
{
	if (value == NULL)
		return;
	asset->unpatchable = strcmp(value->text, "true") == 0;
	if (!asset->unpatchable && strcmp(value->text, "false") != 0)
		parser_error(inventory->parser, value->where, "true or false is due here");
}

static struct tree_text *inventory_slot(struct tree_asset *asset, const char *key)
{
	const struct {
		const char *key;
		struct tree_text *slot;
	} slots[] = {
		{ "vendor", &asset->vendor }, { "model", &asset->model },
		{ "firmware", &asset->firmware }, { "os", &asset->os },
		{ "serial", &asset->serial }, { "owner", &asset->owner },
		{ "criticality", &asset->criticality },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strcmp(slots[i].key, key) == 0)
			return slots[i].slot;
	return NULL;
}

static void inventory_set(struct inventory *inventory, struct tree_asset *asset,
			  const char *key, struct tree_name *values)
{
	struct tree_text *slot = inventory_slot(asset, key);

	if (slot != NULL && values != NULL)
		*slot = build_text(values->text, &values->where);
	else if (strcmp(key, "zone") == 0)
		asset->zones = inventory_names(inventory, values);
	else if (strcmp(key, "role") == 0)
		asset->roles = inventory_names(inventory, values);
	else if (strcmp(key, "tag") == 0)
		asset->tags = inventory_names(inventory, values);
	else if (strcmp(key, "address") == 0)
		inventory_addresses(inventory, asset, values);
	else if (strcmp(key, "mac") == 0)
		inventory_macs(inventory, asset, values);
	else if (strcmp(key, "end-of-support") == 0)
		inventory_date(inventory, asset, values);
	else if (strcmp(key, "unpatchable") == 0)
		inventory_flag(inventory, asset, values);
}

static int inventory_key(const char *text)
{
	for (int i = 0; i < INVENTORY_KEYS; i++)
		if (strcmp(inventory_keys[i], text) == 0)
			return i;
	return -1;
}

/* One `key: value` of an asset; `seen` are the keys before it. */
static bool inventory_pair(struct inventory *inventory, struct tree_asset *asset,
			   uint32_t *seen)
{
	struct parser *parser = inventory->parser;

	if (inventory->event.type != YAML_SCALAR_EVENT)
		return inventory_fail(inventory, inventory_where(inventory),
				      "a key is due here");
	struct tree_name *key = inventory_scalar(inventory);
	int index = inventory_key(key->text);
	if (index < 0)
		parser_unknown(parser, key->where, "key", key->text, inventory_keys,
			       INVENTORY_KEYS);
	else if (*seen & 1u << index)
		parser_error(parser, key->where, "the key '%s' is given twice", key->text);
	if (!inventory_next(inventory))
		return false;
	if (index < 0 || *seen & 1u << index)
		return inventory_skip(inventory);
	*seen |= 1u << index;
	struct span where = inventory_where(inventory);
	struct tree_name *values = inventory_values(inventory);
	if (index >= 5 && values != NULL && values->next != NULL)
		parser_error(parser, where, "the key '%s' takes one value", key->text);
	inventory_set(inventory, asset, key->text, values);
	return !inventory->failed;
}

static bool inventory_asset(struct inventory *inventory)
{
	struct parser *parser = inventory->parser;
	struct tree_name *name = inventory_names(inventory, inventory_scalar(inventory));
	struct tree_asset *asset;
	uint32_t seen = 0;

	if (!inventory_next(inventory))
		return false;
	if (inventory->event.type != YAML_MAPPING_START_EVENT) {
		inventory_expected(inventory, "the mapping of an asset's keys");
		return inventory_skip(inventory);
	}
	build_asset(parser, name, NULL, &name->where);
	asset = parser->asset;
	while (inventory_next(inventory) && inventory->event.type != YAML_MAPPING_END_EVENT)
		if (!inventory_pair(inventory, asset, &seen))
			return false;
	if (!inventory->failed && asset->zones == NULL)
		parser_error(parser, name->where, "the asset '%s' has no zone", name->text);
	return !inventory->failed;
}

static bool inventory_assets(struct inventory *inventory)
{
	if (!inventory_next(inventory))
		return false;
	if (inventory->event.type != YAML_MAPPING_START_EVENT) {
		inventory_expected(inventory, "a mapping of names to assets");
		return inventory_skip(inventory);
	}
	while (inventory_next(inventory) && inventory->event.type != YAML_MAPPING_END_EVENT) {
		if (inventory->event.type != YAML_SCALAR_EVENT)
			return inventory_fail(inventory, inventory_where(inventory),
					      "the name of an asset is due here");
		if (!inventory_asset(inventory))
			return false;
	}
	return !inventory->failed;
}

static bool inventory_top(struct inventory *inventory)
{
	static const char *const keys[] = { "assets" };
	bool seen = false;

	while (inventory_next(inventory) && inventory->event.type != YAML_MAPPING_END_EVENT) {
		struct span where = inventory_where(inventory);
		if (inventory->event.type != YAML_SCALAR_EVENT)
			return inventory_fail(inventory, where, "a key is due here");
		const char *key = inventory_scalar(inventory)->text;
		bool known = strcmp(key, keys[0]) == 0;
		if (!known)
			parser_unknown(inventory->parser, where, "key", key, keys, 1);
		else if (seen)
			parser_error(inventory->parser, where, "the key 'assets' is given twice");
		if (known && !seen) {
			seen = true;
			if (!inventory_assets(inventory))
				return false;
		} else if (!inventory_next(inventory) || !inventory_skip(inventory)) {
			return false;
		}
	}
	return !inventory->failed;
}

static void inventory_document(struct inventory *inventory)
{
	while (inventory_next(inventory)) {
		yaml_event_type_t type = inventory->event.type;
		if (type == YAML_STREAM_END_EVENT)
			return;
		if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
		    type == YAML_DOCUMENT_END_EVENT)
			continue;
		if (type == YAML_MAPPING_START_EVENT) {
			inventory_top(inventory);
			continue;
		}
		inventory_expected(inventory, "a mapping with the key 'assets'");
		inventory_skip(inventory);
	}
}

bool inventory_load(const struct source *source, struct arena *arena, struct diags *diags,
		    struct tree_statement **ring)
{
	struct parser parser = { .arena = arena, .diags = diags, .source = source,
				 .statements = *ring };
	struct inventory inventory = { .parser = &parser, .cursor = { .line = 1 } };

	yaml_parser_initialize(&inventory.yaml);
	yaml_parser_set_encoding(&inventory.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&inventory.yaml, (const unsigned char *)source->text,
				     source->length);
	inventory_document(&inventory);
	if (inventory.has_event)
		yaml_event_delete(&inventory.event);
	yaml_parser_delete(&inventory.yaml);
	*ring = parser.statements;
	return parser.errors == 0;
}
