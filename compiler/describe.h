/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of packets in the policy's own names: "operations except kiosk", "tcp
 * 443, udp 53". What is printed is written as the language would write it. */
#ifndef COMPILER_DESCRIBE_H
#define COMPILER_DESCRIBE_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "compiler/model.h"

/* What may be said of services in one: every combination of these. */
struct describe_service {
	const struct set *protocols;
	const struct set *src_ports, *dst_ports; /* ICMP: types and codes */
};

/* Zones, zones with exceptions, assets, ranges; the model NULL: ranges alone.
 * Long lists end in "and 12 more". */
void describe_addresses(struct strbuf *text, const struct model *model,
			struct address_set set);
void describe_services(struct strbuf *text, const struct describe_service *services,
		       size_t count);
/* What a content is of, each like `modbus(read)`; nothing where it is every content.
 * The words are in the arena. */
VEC_TYPE(describe_operations, const char *);
void describe_content(struct describe_operations *list, struct arena *arena,
		      const struct model *model, const struct content *content);
/* The operations that it is not of, if there are any. */
void describe_content_except(struct describe_operations *list, struct arena *arena,
			     const struct model *model, const struct content *content);
/* An address with the name of its asset: "10.30.0.40 (ews)". */
void describe_host(struct strbuf *text, const struct model *model, struct address address);
/* The line of a configuration that a span starts on, without the blanks around it, in
 * the arena; "" where there is none. */
const char *describe_line(struct arena *arena, struct source_lines *lines,
			  const struct span *where);

#endif
