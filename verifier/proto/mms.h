/* SPDX-License-Identifier: Apache-2.0
 *
 * MMS: what its reader (mms.c) asks about the objects of IEC 61850 (mms_object.c). */
#ifndef VERIFIER_PROTO_MMS_H
#define VERIFIER_PROTO_MMS_H

#include "verifier/proto/ber.h"

enum { MMS_READ = 4, MMS_WRITE = 5 };

/* What a variable is to IEC 61850, by the functional constraint and the last part of
 * its name. */
enum mms_object {
	MMS_PLAIN,
	MMS_OPERATE = 3,       /* times 256 in function numbers: 1 and 2 are others' there */
	MMS_SELECT,
	MMS_CANCEL,
	MMS_SETTING,
	MMS_REPORT_CONTROL,
	MMS_CONFIGURATION,
	MMS_OBJECTS,
};

/* Which of them the variables of a request to read or to write are: bits. */
unsigned mms_objects(struct ber service, unsigned number);

#endif
