/* SPDX-License-Identifier: Apache-2.0
 *
 * A device that cannot see operations admits a header if some content with that
 * header is allowed. Denies of operations take a header away from an allow only
 * where together they deny all that the allow allows there; else they remain
 * for the verifier to watch. Where the device inspects, an allow is cut wherever a deny
 * of operations touches it, and each part lets through what is left there. */
#include "config.h"
#include "compiler/place.h"

/* One family of an entry, as sets by field. */
struct place_box {
	enum family family;
	const struct set *destination, *source, *protocols, *dst_ports, *src_ports, *time;
	const char *time_label;
};

void place_remainder(struct place *place, const char *kind, const struct rule *rule,
		     const char *message)
{
	struct filter_remainder remainder = { kind, rule, message };

	vec_push(&place->remainder, remainder);
}

void place_explain(struct place *place, const struct rule *rule, enum place_kind kind,
		   const char *message)
{
	static const char *const names[] = { "operations", "deny-operations", "refused" };

	if ((place->explained[rule->index] >> kind & 1) != 0)
		return;
	place->explained[rule->index] |= (uint8_t)(1u << kind);
	place_remainder(place, names[kind], rule, message);
}

void place_deny_operations(struct place *place, const struct filter_entry *entry,
			   const struct match *match)
{
	struct place_operation_deny deny = { *entry, content_of(match) };

	vec_push(&place->operation_denies, deny);
	if (place_is_unseen(place, match))
		return;
	if (place_inspected(place, match) != NULL) {
		place_explain_payload(place, entry->rules[0], match);
		return;
	}
	place_explain(place, entry->rules[0], PLACE_DENY_OPERATIONS,
		      arena_printf(place->arena,
				   "operations are not seen here: what '%s' denies passes "
				   "wherever another operation is allowed",
				   entry->rules[0]->label));
}

/* What the allow lets through, housekeeping aside: that alone opens nothing. */
static struct contents place_contents(struct place *place, const struct match *match)
{
	struct content content = content_of(match);
	const struct set *session = model_session(place->model, match->protocol, place->arena);

	content.field[CONTENT_OPERATION] =
		set_subtract(place->arena, content.field[CONTENT_OPERATION], session);
	return contents_of(place->arena, content);
}

/* ---- boxes ---- */

static const struct set **place_box_field(struct place_box *box, unsigned field)
{
	const struct set **const fields[] = { &box->destination, &box->source, &box->protocols,
					      &box->dst_ports,	 &box->src_ports, &box->time };
	return fields[field];
}

enum { PLACE_BOX_FIELDS = 6 };

static struct place_box place_box_of(const struct place *place, const struct filter_entry *entry,
				     enum family family)
{
	return (struct place_box){
		.family = family,
		.destination = entry->destination.family[family],
		.source = entry->source.family[family],
		.protocols = entry->protocols,
		.dst_ports = entry->dst_ports,
		.src_ports = entry->src_ports,
		.time = place->activities.data[entry->activity].windows,
		.time_label = place->activities.data[entry->activity].label,
	};
}

static bool place_box_overlaps(struct place_box *a, struct place_box *b)
{
	for (unsigned i = 0; i < PLACE_BOX_FIELDS; i++)
		if (!set_overlaps(*place_box_field(a, i), *place_box_field(b, i)))
			return false;
	return true;
}

/* ---- the projection ---- */

struct place_projection {
	struct place *place;
	const struct filter_entry *entry;
	const struct match *match;
	const struct payload_protocol *protocol; /* told apart; NULL: headers alone are seen */
};

static void place_emit_box(struct place_projection *projection, const struct place_box *box,
			   struct contents contents)
{
	struct place *place = projection->place;
	struct filter_entry entry = *projection->entry;

	entry.source = address_set_empty();
	entry.destination = address_set_empty();
	entry.source.family[box->family] = box->source;
	entry.destination.family[box->family] = box->destination;
	entry.protocols = box->protocols;
	entry.dst_ports = box->dst_ports;
	entry.src_ports = box->src_ports;
	entry.activity = set_equal(box->time, place->activities.data[0].windows)
				 ? 0
				 : place_activity(place, box->time, box->time_label);
	if (projection->protocol != NULL)
		entry.payload = place_payload(place, projection->protocol, projection->match,
					      contents);
	vec_push(&place->entries, entry);
}

/* True if the denies from `next` on that touch the box could deny all of
 * `contents` together. */
static bool place_could_deny_all(struct place *place, struct place_box *box,
				 struct contents contents, size_t next)
{
	for (size_t i = next; i < place->operation_denies.len; i++) {
		struct place_operation_deny *deny = &place->operation_denies.data[i];
		struct place_box region = place_box_of(place, &deny->entry, box->family);
		if (contents_are_empty(contents))
			return true;
		if (contents_overlap(contents, &deny->content) &&
		    place_box_overlaps(box, &region))
			contents = contents_subtract(place->arena, contents, deny->content);
	}
	return contents_are_empty(contents);
}

/* True if some deny from `next` on takes a part of the contents away somewhere. */
static bool place_is_touched(struct place *place, struct place_box *box,
			     struct contents contents, size_t next)
{
	for (size_t i = next; i < place->operation_denies.len; i++) {
		struct place_operation_deny *deny = &place->operation_denies.data[i];
		struct place_box region = place_box_of(place, &deny->entry, box->family);
		if (contents_overlap(contents, &deny->content) &&
		    place_box_overlaps(box, &region))
			return true;
	}
	return false;
}

static bool place_must_cut(struct place_projection *projection, struct place_box *box,
			   struct contents contents, size_t next)
{
	return projection->protocol != NULL
		       ? place_is_touched(projection->place, box, contents, next)
		       : place_could_deny_all(projection->place, box, contents, next);
}

/* The label of the time of `box`, a part of `whole`. */
static void place_label_time(struct place *place, struct place_box *box,
			     const struct place_box *whole, const char *word,
			     const char *other)
{
	box->time_label = set_equal(box->time, whole->time)
				  ? whole->time_label
				  : arena_printf(place->arena, "%s %s %s", whole->time_label,
						 word, other);
}

/* Emits the parts of `box` where some operation stays allowed. Cuts only where
 * denies could add up to all of them, which policies do on purpose and rarely, or
 * where the device tells operations apart; it is exponential only in the number of
 * such denies that overlap. */
static void place_project(struct place_projection *projection, struct place_box box,
			  struct contents contents, size_t next)
{
	struct place *place = projection->place;

	if (contents_are_empty(contents))
		return;
	if (!place_must_cut(projection, &box, contents, next)) {
		place_emit_box(projection, &box, contents);
		return;
	}
	const struct place_operation_deny *deny = &place->operation_denies.data[next];
	struct place_box region = place_box_of(place, &deny->entry, box.family);
	if (!contents_overlap(contents, &deny->content) || !place_box_overlaps(&box, &region)) {
		place_project(projection, box, contents, next + 1);
		return;
	}
	struct place_box inside = box;
	const char *other = place->activities.data[deny->entry.activity].label;
	for (unsigned i = 0; i < PLACE_BOX_FIELDS; i++) {
		const struct set **field = place_box_field(&inside, i);
		const struct set *whole = *field, *cut = *place_box_field(&region, i);
		*field = set_subtract(place->arena, whole, cut);
		if (!set_is_empty(*field)) {
			place_label_time(place, &inside, &box, "except", other);
			place_project(projection, inside, contents, next + 1);
		}
		*field = set_intersect(place->arena, whole, cut);
	}
	place_label_time(place, &inside, &box, "and", other);
	place_project(projection, inside,
		      contents_subtract(place->arena, contents, deny->content), next + 1);
}

/* An allow of an industrial protocol; others allow any content. */
static void place_allow_operations(struct place *place, const struct filter_entry *entry,
				   const struct match *match, struct contents contents)
{
	struct place_projection projection = { .place = place, .entry = entry, .match = match,
					       .protocol = place_inspected(place, match) };

	for (int family = 0; family < FAMILY_COUNT; family++) {
		struct place_box box = place_box_of(place, entry, (enum family)family);
		if (match->family[family] && !set_is_empty(box.source) &&
		    !set_is_empty(box.destination))
			place_project(&projection, box, contents, 0);
	}
}

void place_allow(struct place *place, const struct filter_entry *entry,
		 const struct match *match)
{
	struct contents contents = place_contents(place, match);

	if (contents_are_empty(contents))
		return;
	if (place_is_unseen(place, match)) {
		place_explain(place, entry->rules[0], PLACE_REFUSED,
			      arena_printf(place->arena,
					   "requests of '%s' are not told over every transport "
					   "here: where they are not, nothing of it passes",
					   entry->rules[0]->label));
		return;
	}
	if (place_inspected(place, match) != NULL) {
		place_explain_payload(place, entry->rules[0], match);
		place_allow_operations(place, entry, match, contents);
		return;
	}
	if (match->protocol != 0)
		place_explain(place, entry->rules[0], PLACE_OPERATIONS,
			      arena_printf(place->arena,
					   "operations are not seen here: anything on the ports "
					   "of '%s' passes",
					   entry->rules[0]->label));
	if (match->protocol == 0 || place->operation_denies.len == 0)
		vec_push(&place->entries, *entry);
	else
		place_allow_operations(place, entry, match, contents);
}
