/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a filter as one nftables table of family inet, replaced whole in one
 * transaction. Every packet, of running conversations too, is judged by the
 * key of its flow: packets of the original direction by their header, replies
 * by the reversed header, ICMP replies and errors by what connection tracking
 * remembers of the flow; ICMP that connection tracking takes for no request,
 * answer or error of a flow by its own header. What nothing accepts meets a drop
 * rule of its own. */
#include "config.h"
#include "backends/nftables.h"

#include <netinet/in.h>

#include <string.h>

#include "base/memory.h"

struct nftables {
	struct backend_output *output;
	struct strbuf *text;
	const struct filter *filter;
	const struct backend_options *options;
};

static void print_refuse(struct nftables *nft, const char *indent)
{
	bool monitor = nft->options->monitor;

	strbuf_printf(nft->text, "%s" NFT_LOG_RATE "\"cordon %s: \"\n", indent,
		      monitor ? "would drop" : "drop");
	strbuf_printf(nft->text, "%scounter %s\n", indent, monitor ? "accept" : "drop");
}

/* What tells a client instead of leaving it to wait, where something of TCP's is
 * inspected. */
static void print_reset(struct nftables *nft)
{
	bool resets = false;

	for (size_t i = 1; i < nft->filter->payload_count; i++)
		resets = resets || nft->filter->payloads[i].transport == IPPROTO_TCP;
	if (!resets)
		return;
	strbuf_puts(nft->text, "\tchain refuse/reset {\n");
	if (nft->options->monitor)
		strbuf_puts(nft->text, "\t\tjump refuse\n");
	else
		strbuf_puts(nft->text, "\t\t" NFT_LOG_RATE "\"cordon drop: \"\n"
			    "\t\tcounter reject with tcp reset\n");
	strbuf_puts(nft->text, "\t}\n\n");
}

static void print_pair(struct nftables *nft, const struct filter_pair *pair)
{
	struct nftables_groups groups = VEC_INIT;
	struct arena *arena = &nft->output->arena;

	if (pair->entry_count == 0)
		return;
	nftables_group_pair(&groups, arena, nft->filter, pair);
	for (size_t i = 0; i < groups.len; i++)
		nftables_print_set(nft->text, &groups.data[i]);
	nftables_print_chains(nft->text, arena, nft->filter, &groups, pair);
	nftables_groups_free(&groups);
}

static void print_route(struct nftables *nft, const struct filter_pair *pair, bool back,
			const char *suffix)
{
	strbuf_printf(nft->text, "\t\t\t%s . \"%s\" . \"%s\" : jump %s%s,\n",
		      back ? "reply" : "original", back ? pair->out : pair->in,
		      back ? pair->in : pair->out, nftables_pair_stem(&nft->output->arena, pair), suffix);
}

/* A pair that something crosses. */
static bool is_route(const struct filter_pair *pair)
{
	return pair->entry_count > 0 && !nftables_is_self(pair);
}

static bool has_routes(const struct nftables *nft)
{
	for (size_t i = 0; i < nft->filter->pair_count; i++)
		if (is_route(&nft->filter->pairs[i]))
			return true;
	return false;
}

static void print_map_head(struct nftables *nft, const char *name, const char *key)
{
	strbuf_printf(nft->text, "\tmap %s {\n\t\ttypeof %s : verdict\n", name, key);
	if (has_routes(nft))
		strbuf_puts(nft->text, "\t\telements = {\n");
}

static void print_map_end(struct nftables *nft)
{
	strbuf_puts(nft->text, has_routes(nft) ? "\t\t}\n\t}\n\n" : "\t}\n\n");
}

static void print_map(struct nftables *nft, const char *name, bool errors)
{
	print_map_head(nft, name, "ct direction . iifname . oifname");
	for (size_t i = 0; i < nft->filter->pair_count; i++)
		for (int back = 0; back < 2 && is_route(&nft->filter->pairs[i]); back++)
			print_route(nft, &nft->filter->pairs[i], back != 0,
				    errors ? "/error" : back ? "/reply" : "");
	print_map_end(nft);
}

/* Connection tracking knows no direction of what it does not track. */
static void print_header_map(struct nftables *nft)
{
	print_map_head(nft, "headers", "iifname . oifname");
	for (size_t i = 0; i < nft->filter->pair_count; i++) {
		const struct filter_pair *pair = &nft->filter->pairs[i];
		if (is_route(pair))
			strbuf_printf(nft->text, "\t\t\t\"%s\" . \"%s\" : jump %s,\n",
				      pair->in, pair->out,
				      nftables_pair_stem(&nft->output->arena, pair));
	}
	print_map_end(nft);
}

/* A window ends with the first nanosecond of the second after it: nft reads both
 * ends in seconds and counts in nanoseconds, so one nanosecond is too much. */
static void print_windows(struct nftables *nft, const struct set *windows)
{
	strbuf_puts(nft->text, "\t\telements = {\n");
	for (size_t k = 0; k < windows->len; k++)
		strbuf_printf(nft->text, "\t\t\t%lld-%lld,\n", (long long)windows->range[k].lo,
			      (long long)windows->range[k].hi + 1);
	strbuf_puts(nft->text, "\t\t}\n");
}

static void print_time(struct nftables *nft, const struct filter_activity *activity)
{
	strbuf_printf(nft->text, "\t# %s\n\tset time/", activity->label);
	nftables_print_time_name(nft->text, activity);
	strbuf_puts(nft->text, " {\n\t\ttypeof meta time\n\t\tflags interval\n");
	if (!set_is_empty(activity->windows))
		print_windows(nft, activity->windows);
	strbuf_puts(nft->text, "\t}\n\n");
}

static int activity_by_label(const void *left, const void *right)
{
	const struct filter_activity *a = left, *b = right;

	return strcmp(a->label, b->label);
}

/* By label: a rule that is the first to use a time does not move the others. */
static void print_times(struct nftables *nft)
{
	size_t count = nft->filter->activity_count - 1; /* all but `always` */

	if (nft->filter->activity_count < 2)
		return;
	struct filter_activity *sorted =
		arena_copy(&nft->output->arena, &nft->filter->activities[1],
			   count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), activity_by_label);
	for (size_t i = 0; i < count; i++)
		print_time(nft, &sorted[i]);
}

static void print_forward(struct nftables *nft)
{
	static const char by_pair[] = "ct direction . iifname . oifname vmap";

	strbuf_puts(nft->text, "\tchain forward {\n"
		    "\t\ttype filter hook forward priority filter; policy accept;\n");
	strbuf_printf(nft->text, "\t\tct state related meta l4proto { icmp, ipv6-icmp } "
		      "%s @errors\n", by_pair);
	strbuf_puts(nft->text, "\t\tct state related meta l4proto { icmp, ipv6-icmp } "
		    "jump refuse\n");
	strbuf_printf(nft->text, "\t\tct state { new, established, related } %s @flows\n",
		      by_pair);
	strbuf_puts(nft->text, "\t\tct state { invalid, untracked } "
		    "meta l4proto { icmp, ipv6-icmp } iifname . oifname vmap @headers\n");
	print_refuse(nft, "\t\t");
	strbuf_puts(nft->text, "\t}\n");
}

static void print_head(struct nftables *nft)
{
	backend_head(nft->text, "#", nft->filter, nft->options);
	if (!nft->filter->covers_self)
		strbuf_puts(nft->text,
			    "# Traffic to and from the device itself is not in the scope of the\n"
			    "# policy: this table decides on forwarded packets only.\n");
	strbuf_puts(nft->text,
		    "# The table is replaced whole, in one transaction.\n"
		    "table inet cordon_track {}\ndelete table inet cordon_track\n"
		    "table inet cordon {}\ndelete table inet cordon\n"
		    "table inet cordon {\n");
}

static bool nftables_emit(struct backend_output *output, struct filter *filter,
			  const struct backend_options *options, struct diags *diags)
{
	static const struct backend_options_known known = { NULL, 0, false, true };
	struct nftables nft = { .output = output, .text = &output->file[0].text,
				.filter = filter, .options = options };

	*output = (struct backend_output){ .file_count = 3 };
	arena_init(&output->arena);
	output->file[0].name = "ruleset.nft";
	output->file[1].name = "track.nft";
	output->file[2].name = "apply";
	output->file[2].executable = true;
	nftables_explain_idle(&output->arena, filter);
	print_head(&nft);
	print_times(&nft);
	nftables_print_timeouts(nft.text, filter);
	strbuf_puts(nft.text, "\tchain refuse {\n");
	print_refuse(&nft, "\t\t");
	strbuf_puts(nft.text, "\t}\n\n");
	print_reset(&nft);
	nftables_print_inspection(nft.text, &output->arena, filter);
	for (size_t i = 0; i < filter->pair_count; i++)
		print_pair(&nft, &filter->pairs[i]);
	print_map(&nft, "flows", false);
	print_map(&nft, "errors", true);
	print_header_map(&nft);
	print_forward(&nft);
	if (filter->covers_self) {
		strbuf_putc(nft.text, '\n');
		nftables_print_self(nft.text, &output->arena, filter);
		print_refuse(&nft, "\t\t");
		strbuf_puts(nft.text, "\t}\n");
	}
	strbuf_puts(nft.text, "}\n");
	backend_origins(output, filter);
	nftables_print_tracking(&output->file[1].text, &output->arena, filter);
	nftables_print_apply(&output->file[2].text);
	return backend_knows_options(filter, &known, diags) &&
	       backend_sizes_fit(output, filter, diags);
}

const struct backend backend_nftables = {
	.platform = "nftables",
	.schedules = true,
	.idle = true,
	.emit = nftables_emit,
};
