/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets from an interface. */
#include "config.h"
#include "verifier/live.h"

#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verifier/filter_bpf.h"

enum { LIVE_SNAPLEN = 262144, LIVE_BUFFER = 16 << 20 };

struct live {
	pcap_t *pcap;
	char *interface;
	uint64_t number;
	int64_t tick; /* nanoseconds of a unit of the fraction */
	uint16_t link;
};

static int live_activate(pcap_t *pcap)
{
	pcap_set_snaplen(pcap, LIVE_SNAPLEN);
	pcap_set_promisc(pcap, 1);
	pcap_set_timeout(pcap, LIVE_WAIT);
	pcap_set_buffer_size(pcap, LIVE_BUFFER);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	return pcap_activate(pcap);
}

struct live *live_open(const char *interface, struct diags *diags)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(interface, why);
	int result = pcap ? live_activate(pcap) : PCAP_ERROR;

	if (result < 0) {
		const char *reason = pcap ? pcap_geterr(pcap) : why;
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: cannot listen: %s", interface,
			 *reason ? reason : pcap_statustostr(result));
		if (pcap)
			pcap_close(pcap);
		return NULL;
	}
	struct live *live = memory_alloc(sizeof(*live));
	live->pcap = pcap;
	live->interface = memory_strdup(interface);
	live->link = bpf_dlt_to_link(pcap_datalink(pcap));
	live->tick = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ?
			     1 : 1000;
	return live;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	pcap_close(live->pcap);
	free(live->interface);
	free(live);
}

enum live_status live_next(struct live *live, struct capture_packet *packet,
			   struct diags *diags)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result = pcap_next_ex(live->pcap, &header, &bytes);

	if (result == 0 || result == PCAP_ERROR_BREAK)
		return LIVE_IDLE;
	if (result < 0) {
		diag_add(diags, FINDING_CAPTURE_DAMAGED, (struct span){ 0 }, "%s: %s",
			 live->interface, pcap_geterr(live->pcap));
		return LIVE_FAILED;
	}
	packet->instant = (int64_t)header->ts.tv_sec * 1000000000 +
			  (int64_t)header->ts.tv_usec * live->tick;
	packet->bytes = bytes;
	packet->captured = header->caplen;
	packet->length = header->len < header->caplen ? header->caplen : header->len;
	packet->link = live->link;
	packet->number = ++live->number;
	return LIVE_PACKET;
}

/* A quiet interface wakes nobody up: its timeout begins with a packet. */
void live_stop(struct live *live)
{
	pcap_breakloop(live->pcap);
}

bool live_set_filter(struct live *live, const char *expression, struct diags *diags)
{
	struct bpf_program program;

	if (pcap_compile(live->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		diag_add(diags, FINDING_CAPTURE_FILTER, (struct span){ 0 },
			 "`%s` is no filter for %s: %s", expression, live->interface,
			 pcap_geterr(live->pcap));
		return false;
	}
	bool set = pcap_setfilter(live->pcap, &program) == 0;
	if (!set)
		diag_add(diags, FINDING_UNREADABLE, (struct span){ 0 },
			 "%s: cannot filter: %s", live->interface, pcap_geterr(live->pcap));
	pcap_freecode(&program);
	return set;
}

uint64_t live_dropped(const struct live *live)
{
	struct pcap_stat statistics;

	if (pcap_stats(live->pcap, &statistics) < 0)
		return 0;
	return (uint64_t)statistics.ps_drop + statistics.ps_ifdrop;
}
