/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the reader of OPC Classic over DCOM. */
#ifndef VERIFIER_PROTO_DCOM_H
#define VERIFIER_PROTO_DCOM_H

#include "verifier/proto/dcerpc.h"

/* Interfaces by numbers of ours, the high byte of functions in the prelude's table. An
 * interface that extends another one's methods has its number. Up to the activation of
 * DCOM 1.0 they are of RPC alone; all others are objects' (MS-DCOM 2.2.13). */
enum {
	DCOM_ENDPOINT_MAPPER = 0x01,
	DCOM_OXID_RESOLVER = 0x02,
	DCOM_ACTIVATION = 0x03,
	DCOM_SCM_ACTIVATOR = 0x04,
	DCOM_OPC_FIRST = 0x10,
	DCOM_FOREIGN = 0xfe, /* neither DCOM's nor OPC's */
	DCOM_UNIT = 0xff,    /* units of data that are no calls, by their type */
};

uint8_t dcom_interface(const char uuid[DCERPC_UUID_TEXT]);

/* Tells where objects are served, if the answer to the function, a number of the
 * prelude's table, says so. */
void dcom_tell_ports(const struct proto_frame *frame, const struct dcerpc_unit *answer,
		     uint16_t function);

#endif
