/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of IEC 61850 in the names of MMS variables (IEC 61850-8-1, 7.3): a logical
 * node, a functional constraint, and what is in it, between dollar signs:
 * CSWI1$CO$Pos$Oper.
 *
 * Controls are operated, selected with a value and cancelled by writing them, and
 * selected without by reading SBO (IEC 61850-8-1, 20).
 *
 * A name can stop above what is accessed, and components of it be selected behind
 * (alternate access, ISO 9506-2, 14): they count as the rest of the name. */
#include "config.h"

#include <string.h>

#include "verifier/proto/mms.h"

/* Tags of ISO 9506-2, 14: what is accessed, a list of variables, and their names. */
enum { TAG_LIST = 0xa0, TAG_READ_ACCESS = 0xa1, TAG_SEQUENCE = 0x30, TAG_NAME = 0xa0,
       TAG_VMD_NAME = 0x80, TAG_DOMAIN_NAME = 0xa1, TAG_ASSOCIATION_NAME = 0x82,
       TAG_VISIBLE_STRING = 0x1a };
/* What of a variable is accessed: a component, or inside one; with a name of its own. */
enum { TAG_ALTERNATE = 0xa5, TAG_COMPONENT = 0x81, TAG_INSIDE = 0xa0, TAG_INSIDE_COMPONENT = 0x80,
       TAG_NAMED = 0xa5 };
enum { NAME_MOST = 192, ALTERNATE_DEPTH = 8 };

/* The name of a variable, with the components that are selected. */
struct mms_name {
	uint8_t bytes[NAME_MOST];
	size_t length;
};

static const struct mms_constraint {
	char name[3];
	uint8_t object;
} mms_constraints[] = {
	{ "SP", MMS_SETTING },        { "SG", MMS_SETTING },        { "SE", MMS_SETTING },
	{ "BR", MMS_REPORT_CONTROL }, { "RP", MMS_REPORT_CONTROL }, { "LG", MMS_REPORT_CONTROL },
	{ "CF", MMS_CONFIGURATION },  { "DC", MMS_CONFIGURATION },  { "GO", MMS_CONFIGURATION },
	{ "GS", MMS_CONFIGURATION },  { "MS", MMS_CONFIGURATION },  { "US", MMS_CONFIGURATION },
};

static bool mms_is(struct ber part, const char *name)
{
	return part.length == strlen(name) && memcmp(part.bytes, name, part.length) == 0;
}

/* The part before the next dollar sign; *name goes on behind it. */
static struct ber mms_part(struct ber *name)
{
	const uint8_t *end = memchr(name->bytes, '$', name->length);
	struct ber part = *name;

	if (end != NULL)
		part.length = (size_t)(end - name->bytes);
	size_t step = part.length + (end != NULL);
	name->bytes += step;
	name->length -= step;
	return part;
}

/* What a control is asked to do; members of what is written (Oper$ctlVal) count as it. */
static enum mms_object mms_control(struct ber name, unsigned service)
{
	while (name.length > 0) {
		struct ber part = mms_part(&name);
		if (mms_is(part, "Cancel"))
			return service == MMS_WRITE ? MMS_CANCEL : MMS_PLAIN;
		if (mms_is(part, "SBOw") && service == MMS_WRITE)
			return MMS_SELECT;
		if (mms_is(part, "SBO"))
			return MMS_SELECT;
	}
	return service == MMS_WRITE ? MMS_OPERATE : MMS_PLAIN;
}

static enum mms_object mms_object(struct ber name, unsigned service)
{
	if (name.length == 0)
		return MMS_PLAIN;
	mms_part(&name);
	struct ber constraint = mms_part(&name);
	if (mms_is(constraint, "CO"))
		return mms_control(name, service);
	if (service != MMS_WRITE)
		return MMS_PLAIN;
	for (size_t i = 0; i < sizeof(mms_constraints) / sizeof(mms_constraints[0]); i++)
		if (mms_is(constraint, mms_constraints[i].name))
			return mms_constraints[i].object;
	return MMS_PLAIN;
}

/* The item's name in an object name: behind that of its domain, where it has one. */
static struct ber mms_item(struct ber object_name)
{
	struct ber name, domain = object_name;
	struct ber_element element;

	if (ber_find(object_name, TAG_DOMAIN_NAME, &domain)) {
		ber_next(&domain, &element);
		ber_find(domain, TAG_VISIBLE_STRING, &name);
	} else if (!ber_find(object_name, TAG_VMD_NAME, &name)) {
		ber_find(object_name, TAG_ASSOCIATION_NAME, &name);
	}
	return name;
}

/* What does not fit is not looked at: names have at most 129 characters, what tells is in
 * front. */
static void mms_name_add(struct mms_name *name, struct ber part)
{
	if (name->length > 0 && name->length < NAME_MOST)
		name->bytes[name->length++] = '$';
	size_t room = NAME_MOST - name->length;
	size_t length = part.length < room ? part.length : room;
	memcpy(name->bytes + name->length, part.bytes, length);
	name->length += length;
}

static unsigned mms_name_objects(const struct mms_name *name, unsigned service)
{
	return 1u << mms_object((struct ber){ name->bytes, name->length }, service);
}

static unsigned mms_selections(struct mms_name *name, struct ber list, unsigned service,
			       unsigned depth);

/* A component, an element of an array, or what is selected inside one. */
static unsigned mms_selection(struct mms_name *name, const struct ber_element *selection,
			      unsigned service, unsigned depth)
{
	size_t length = name->length;
	struct ber component, inside = selection->content;
	unsigned objects;

	if (selection->tag == TAG_INSIDE) {
		if (ber_find(selection->content, TAG_INSIDE_COMPONENT, &component))
			mms_name_add(name, component);
		ber_find(selection->content, TAG_SEQUENCE, &inside);
		objects = mms_selections(name, inside, service, depth);
	} else {
		if (selection->tag == TAG_COMPONENT)
			mms_name_add(name, selection->content);
		objects = mms_name_objects(name, service);
	}
	name->length = length;
	return objects;
}

static unsigned mms_selections(struct mms_name *name, struct ber list, unsigned service,
			       unsigned depth)
{
	struct ber_element selection, component;
	unsigned objects = 0;

	while (depth > 0 && ber_next(&list, &selection)) {
		if (selection.tag == TAG_NAMED && ber_next(&selection.content, &component) &&
		    !ber_next(&selection.content, &selection))
			continue;
		objects |= mms_selection(name, &selection, service, depth - 1);
	}
	return objects != 0 ? objects : mms_name_objects(name, service);
}

static unsigned mms_variable(struct ber variable, unsigned service)
{
	struct mms_name name = { .length = 0 };
	struct ber object_name, selected;

	if (!ber_find(variable, TAG_NAME, &object_name))
		return 1u << MMS_PLAIN;
	mms_name_add(&name, mms_item(object_name));
	if (!ber_find(variable, TAG_ALTERNATE, &selected))
		return mms_name_objects(&name, service);
	return mms_selections(&name, selected, service, ALTERNATE_DEPTH);
}

/* A write names what it is about first; a read does so inside an element of its own. */
unsigned mms_objects(struct ber service, unsigned number)
{
	struct ber list = service;
	struct ber_element variable;
	unsigned objects = 0;

	if (number == MMS_READ && !ber_find(service, TAG_READ_ACCESS, &list))
		return 1u << MMS_PLAIN;
	if (!ber_find(list, TAG_LIST, &list))
		return 1u << MMS_PLAIN;
	while (ber_next(&list, &variable))
		objects |= variable.tag == TAG_SEQUENCE ? mms_variable(variable.content, number)
							: 1u << MMS_PLAIN;
	return objects != 0 ? objects : 1u << MMS_PLAIN;
}
