/* SPDX-License-Identifier: Apache-2.0
 *
 * A pcap-filter(7) expression, compiled once for each link type it meets. */
#ifndef VERIFIER_FILTER_BPF_H
#define VERIFIER_FILTER_BPF_H

#include "verifier/capture.h"

struct bpf;

struct bpf *bpf_create(const char *expression);
void bpf_destroy(struct bpf *filter);
/* False (reported once a link type) if the expression is wrong for it. */
bool bpf_compile(struct bpf *filter, uint16_t link, struct diags *diags);
/* A packet whose link type the expression cannot be compiled for never matches. */
bool bpf_matches(struct bpf *filter, const struct capture_packet *packet,
		 struct diags *diags);

/* LINKTYPE_ values, as stored, and the DLT_ values of libpcap on this machine. */
int bpf_link_to_dlt(uint16_t link);
uint16_t bpf_dlt_to_link(int dlt);

#endif
