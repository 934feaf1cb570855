/* SPDX-License-Identifier: Apache-2.0
 *
 * BPF through libpcap. */
#include "config.h"
#include "verifier/filter_bpf.h"

#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/vec.h"

enum { BPF_SNAPLEN = 262144, LINKTYPE_RAW = 101 };

struct bpf_program_of_link {
	uint16_t link;
	bool usable;
	struct bpf_program program;
};

struct bpf {
	char *expression;
	VEC(struct bpf_program_of_link) programs;
};

struct bpf *bpf_create(const char *expression)
{
	struct bpf *filter = memory_alloc(sizeof(*filter));

	filter->expression = memory_strdup(expression);
	return filter;
}

void bpf_destroy(struct bpf *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->programs.len; i++)
		if (filter->programs.data[i].usable)
			pcap_freecode(&filter->programs.data[i].program);
	vec_free(&filter->programs);
	free(filter->expression);
	free(filter);
}

/* The values differ only for raw IP (DLT_RAW is 12 or 14, by system). */
int bpf_link_to_dlt(uint16_t link)
{
	return link == LINKTYPE_RAW ? DLT_RAW : link;
}

uint16_t bpf_dlt_to_link(int dlt)
{
	return dlt == DLT_RAW ? LINKTYPE_RAW : (uint16_t)dlt;
}

static struct bpf_program_of_link *bpf_find(struct bpf *filter, uint16_t link)
{
	for (size_t i = 0; i < filter->programs.len; i++)
		if (filter->programs.data[i].link == link)
			return &filter->programs.data[i];
	return NULL;
}

bool bpf_compile(struct bpf *filter, uint16_t link, struct diags *diags)
{
	struct bpf_program_of_link *known = bpf_find(filter, link);

	if (known)
		return known->usable;
	struct bpf_program_of_link fresh = { .link = link };
	pcap_t *dead = pcap_open_dead(bpf_link_to_dlt(link), BPF_SNAPLEN);
	fresh.usable = pcap_compile(dead, &fresh.program, filter->expression, 1,
				    PCAP_NETMASK_UNKNOWN) == 0;
	if (!fresh.usable)
		diag_add(diags, FINDING_CAPTURE_FILTER, (struct span){ 0 },
			 "`%s` is no filter for link type %u: %s", filter->expression,
			 link, pcap_geterr(dead));
	pcap_close(dead);
	vec_push(&filter->programs, fresh);
	return fresh.usable;
}

bool bpf_matches(struct bpf *filter, const struct capture_packet *packet,
		 struct diags *diags)
{
	if (!bpf_compile(filter, packet->link, diags))
		return false;
	const struct bpf_program_of_link *found = bpf_find(filter, packet->link);
	struct pcap_pkthdr header = { .caplen = packet->captured, .len = packet->length };
	return pcap_offline_filter(&found->program, &header, packet->bytes) != 0;
}
