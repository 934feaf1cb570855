/* SPDX-License-Identifier: Apache-2.0
 *
 * Where DCOM serves objects: activation, and resolving an object exporter, are answered
 * with string bindings (MS-DCOM 2.2.19.3), each the identifier of a protocol tower, an
 * address and, in brackets, a port, in 16 bits a character, ended by a zero:
 * 7 "10.2.0.1[49155]" 0. They are looked for in the whole answer, since what else it
 * holds differs from version to version; nothing else there looks alike. */
#include "config.h"

#include <netinet/in.h>

#include "verifier/proto/dcom.h"

/* Numbers of operations; PORTS bounds what an answer may open. */
enum { RESOLVE_OXID = 0, RESOLVE_OXID_2 = 4, REMOTE_ACTIVATION = 0, REMOTE_GET_CLASS_OBJECT = 3,
       REMOTE_CREATE_INSTANCE = 4, PORTS = 8 };
enum { TOWER_TCP = 0x07, PRINTABLE = 0x20 };

static bool dcom_tells_ports(uint16_t function)
{
	switch (function) {
	case DCOM_OXID_RESOLVER << 8 | RESOLVE_OXID:
	case DCOM_OXID_RESOLVER << 8 | RESOLVE_OXID_2:
	case DCOM_ACTIVATION << 8 | REMOTE_ACTIVATION:
	case DCOM_SCM_ACTIVATOR << 8 | REMOTE_GET_CLASS_OBJECT:
	case DCOM_SCM_ACTIVATOR << 8 | REMOTE_CREATE_INSTANCE: return true;
	default: return false;
	}
}

/* The number from `at` to a bracket and a zero; 0: it is none. */
static uint16_t dcom_port(const struct dcerpc_unit *answer, size_t at)
{
	uint32_t port = 0;

	for (; at + 4 <= answer->stub_length; at += 2) {
		uint16_t character = dcerpc_u16(answer, answer->stub + at);
		if (character == ']')
			return dcerpc_u16(answer, answer->stub + at + 2) == 0 ? (uint16_t)port : 0;
		if (character < '0' || character > '9')
			return 0;
		port = port * 10 + (uint32_t)(character - '0');
		if (port > UINT16_MAX)
			return 0;
	}
	return 0;
}

void dcom_tell_ports(const struct proto_frame *frame, const struct dcerpc_unit *answer,
		     uint16_t function)
{
	uint16_t tower = 0;
	int told = 0;

	if (answer->sealed || !dcom_tells_ports(function))
		return;
	for (size_t at = 0; at + 2 <= answer->stub_length && told < PORTS; at += 2) {
		uint16_t character = dcerpc_u16(answer, answer->stub + at);
		if (character < PRINTABLE)
			tower = character;
		uint16_t port = tower == TOWER_TCP && character == '[' ? dcom_port(answer, at + 2) : 0;
		if (port == 0)
			continue;
		const struct proto_channel channel = {
			.transport = IPPROTO_TCP,
			.port = port,
			.side = frame->side,
		};
		frame->events->channel(frame->context, &channel);
		told++;
	}
}
