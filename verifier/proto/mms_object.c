/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of IEC 61850 in the names of MMS variables (IEC 61850-8-1, 7.3): a logical
 * node, a functional constraint, and what is in it, between dollar signs:
 * CSWI1$CO$Pos$Oper.
 *
 * Controls are operated, selected with a value and cancelled by writing them, and
 * selected without by reading SBO (IEC 61850-8-1, 20). */
#include "config.h"

#include <string.h>

#include "verifier/proto/mms.h"

/* Tags of ISO 9506-2, 14: what is accessed, a list of variables, and their names. */
enum { TAG_LIST = 0xa0, TAG_READ_ACCESS = 0xa1, TAG_SEQUENCE = 0x30, TAG_NAME = 0xa0,
       TAG_VMD_NAME = 0x80, TAG_DOMAIN_NAME = 0xa1, TAG_ASSOCIATION_NAME = 0x82,
       TAG_VISIBLE_STRING = 0x1a };

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

/* A write names what it is about first; a read does so inside an element of its own. */
unsigned mms_objects(struct ber service, unsigned number)
{
	struct ber list = service, name;
	struct ber_element variable;
	unsigned objects = 0;

	if (number == MMS_READ && !ber_find(service, TAG_READ_ACCESS, &list))
		return 1u << MMS_PLAIN;
	if (!ber_find(list, TAG_LIST, &list))
		return 1u << MMS_PLAIN;
	while (ber_next(&list, &variable)) {
		bool named = variable.tag == TAG_SEQUENCE &&
			     ber_find(variable.content, TAG_NAME, &name);
		objects |= 1u << (named ? mms_object(mms_item(name), number) : MMS_PLAIN);
	}
	return objects != 0 ? objects : 1u << MMS_PLAIN;
}
