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

#include <string.h>

#include "base/memory.h"

/* nft refuses a longer log prefix; the kernel adds nothing. */
enum { PREFIX_MAX = 127 };

#define LOG_RATE "limit rate 10/second burst 20 packets log prefix "

enum travel { TRAVEL_ORIGINAL, TRAVEL_REPLY, TRAVEL_ERROR, TRAVEL_COUNT };
static const char *const travel_suffix[] = { "", "/reply", "/error" };

struct nftables {
	struct backend_output *output;
	struct strbuf *text;
	const struct filter *filter;
	const struct backend_options *options;
	struct nftables_track track;
};

/* Interface names hold what identifiers of nft do not; no interface name holds
 * a slash, so the result is one to one. */
static void print_name(struct strbuf *text, const char *name)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '_';
		if (plain)
			strbuf_putc(text, *name);
		else
			strbuf_printf(text, "/%02x/", c);
	}
}

const char *nftables_pair_stem(struct arena *arena, const struct filter_pair *pair)
{
	struct strbuf name = STRBUF_INIT;

	strbuf_puts(&name, "from/");
	print_name(&name, pair->in);
	strbuf_puts(&name, "/to/");
	print_name(&name, pair->out);
	const char *stem = arena_strdup(arena, strbuf_text(&name));
	strbuf_release(&name);
	return stem;
}

/* ---- lookups ---- */

static void print_header_key(struct strbuf *text, const struct nftables_group *group, bool back)
{
	const char *ip = group->family == FAMILY_IPV4 ? "ip" : "ip6";

	strbuf_printf(text, "%s %s . %s %s . meta l4proto", ip, back ? "daddr" : "saddr", ip,
		      back ? "saddr" : "daddr");
	if (group->ports)
		strbuf_puts(text, back ? " . th dport . th sport" : " . th sport . th dport");
}

static void print_tracked_key(struct strbuf *text, const struct nftables_group *group,
			      bool icmp)
{
	const char *ip = group->family == FAMILY_IPV4 ? "ip" : "ip6";

	strbuf_printf(text, "ct original %s saddr . ct original %s daddr . "
		      "ct original protocol", ip, ip);
	if (group->ports)
		strbuf_puts(text, icmp ? " . ct original proto-dst . ct original proto-src" :
					 " . ct original proto-src . ct original proto-dst");
}

static void print_time(struct strbuf *text, const struct nftables_group *group)
{
	if (group->activity != 0)
		strbuf_printf(text, "meta time @time/t%u ", group->activity);
}

/* nft knows the width of a tracked port only beside a protocol. */
static const char *icmp_match(const struct nftables_group *group)
{
	return group->family == FAMILY_IPV4 ? "meta l4proto icmp " : "meta l4proto ipv6-icmp ";
}

static void print_verdict(struct nftables *nft, const struct nftables_group *group)
{
	strbuf_printf(nft->text, " @%s %s\n", group->name,
		      group->use == NFT_ALLOW ? "accept" : "jump refuse");
}

static void print_reply(struct nftables *nft, const struct nftables_group *group)
{
	strbuf_puts(nft->text, "\t\t");
	print_time(nft->text, group);
	if (group->ports)
		strbuf_puts(nft->text, "meta l4proto != { icmp, ipv6-icmp } ");
	print_header_key(nft->text, group, true);
	print_verdict(nft, group);
	if (!group->ports)
		return;
	strbuf_puts(nft->text, "\t\t");
	print_time(nft->text, group);
	strbuf_puts(nft->text, icmp_match(group));
	print_tracked_key(nft->text, group, true);
	print_verdict(nft, group);
}

/* An error's own protocol is ICMP; that of the flow it speaks of decides how
 * its ports are kept. */
static void print_error(struct nftables *nft, const struct nftables_group *group)
{
	for (int icmp = 0; icmp <= (group->ports ? 1 : 0); icmp++) {
		strbuf_puts(nft->text, "\t\t");
		print_time(nft->text, group);
		if (group->ports)
			strbuf_printf(nft->text, "%sct original protocol %s{ icmp, ipv6-icmp } ",
				      icmp_match(group), icmp ? "" : "!= ");
		print_tracked_key(nft->text, group, icmp != 0);
		print_verdict(nft, group);
	}
}

static void print_log(struct nftables *nft, const struct nftables_group *group)
{
	const struct rule *rule = group->rule;
	const char *conduit = rule->conduit != NULL ? rule->conduit->name : "policy";
	const char *verdict = rule->allow ? "allow" : "deny";
	char prefix[2 * PREFIX_MAX];
	int length = snprintf(prefix, sizeof(prefix), "cordon %s %s %s: ", verdict, conduit,
			      rule->identity);

	if (length > PREFIX_MAX)
		snprintf(prefix, sizeof(prefix), "cordon %s %.100s: ", verdict, rule->identity);
	strbuf_puts(nft->text, "\t\tct state != established ");
	print_time(nft->text, group);
	print_header_key(nft->text, group, false);
	strbuf_printf(nft->text, " @%s " LOG_RATE "\"%s\"\n", group->name, prefix);
}

static void print_lookup(struct nftables *nft, const struct nftables_group *group,
			 enum travel travel)
{
	if (group->rule != NULL) {
		if (travel == TRAVEL_ORIGINAL)
			print_log(nft, group);
	} else if (travel == TRAVEL_ORIGINAL) {
		strbuf_puts(nft->text, "\t\t");
		print_time(nft->text, group);
		print_header_key(nft->text, group, false);
		print_verdict(nft, group);
	} else if (travel == TRAVEL_REPLY) {
		print_reply(nft, group);
	} else {
		print_error(nft, group);
	}
}

/* ---- the table ---- */

static void print_refuse(struct nftables *nft, const char *indent)
{
	bool monitor = nft->options->monitor;

	strbuf_printf(nft->text, "%s" LOG_RATE "\"cordon %s: \"\n", indent,
		      monitor ? "would drop" : "drop");
	strbuf_printf(nft->text, "%s%s\n", indent, monitor ? "accept" : "drop");
}

static void print_pair(struct nftables *nft, const struct filter_pair *pair)
{
	struct nftables_groups groups = VEC_INIT;
	const char *stem = nftables_pair_stem(&nft->output->arena, pair);

	nftables_group_pair(&groups, &nft->output->arena, pair, stem);
	for (size_t i = 0; i < groups.len; i++) {
		size_t start = nft->text->len;
		nftables_print_set(nft->text, &groups.data[i]);
		nftables_track_set(&nft->track, pair, &groups.data[i], nft->text->text + start,
				   nft->text->len - start);
	}
	for (int travel = 0; travel < TRAVEL_COUNT; travel++) {
		strbuf_printf(nft->text, "\tchain %s%s {\n", stem, travel_suffix[travel]);
		for (size_t i = 0; i < groups.len; i++)
			print_lookup(nft, &groups.data[i], (enum travel)travel);
		strbuf_puts(nft->text, "\t}\n\n");
	}
	nftables_groups_free(&groups);
}

static void print_route(struct nftables *nft, const struct filter_pair *pair, bool back,
			const char *suffix)
{
	strbuf_printf(nft->text, "\t\t\t%s . \"%s\" . \"%s\" : jump %s%s,\n",
		      back ? "reply" : "original", back ? pair->out : pair->in,
		      back ? pair->in : pair->out, nftables_pair_stem(&nft->output->arena, pair), suffix);
}

static void print_map_head(struct nftables *nft, const char *name, const char *key)
{
	strbuf_printf(nft->text, "\tmap %s {\n\t\ttypeof %s : verdict\n", name, key);
	if (nft->filter->pair_count > 0)
		strbuf_puts(nft->text, "\t\telements = {\n");
}

static void print_map_end(struct nftables *nft)
{
	strbuf_puts(nft->text, nft->filter->pair_count > 0 ? "\t\t}\n\t}\n\n" : "\t}\n\n");
}

static void print_map(struct nftables *nft, const char *name, bool errors)
{
	print_map_head(nft, name, "ct direction . iifname . oifname");
	for (size_t i = 0; i < nft->filter->pair_count; i++)
		for (int back = 0; back < 2; back++)
			print_route(nft, &nft->filter->pairs[i], back != 0,
				    travel_suffix[errors ? TRAVEL_ERROR :
						  back	 ? TRAVEL_REPLY :
							   TRAVEL_ORIGINAL]);
	print_map_end(nft);
}

/* Connection tracking knows no direction of what it does not track. */
static void print_header_map(struct nftables *nft)
{
	print_map_head(nft, "headers", "iifname . oifname");
	for (size_t i = 0; i < nft->filter->pair_count; i++) {
		const struct filter_pair *pair = &nft->filter->pairs[i];
		strbuf_printf(nft->text, "\t\t\t\"%s\" . \"%s\" : jump %s,\n", pair->in,
			      pair->out, nftables_pair_stem(&nft->output->arena, pair));
	}
	print_map_end(nft);
}

static void print_times(struct nftables *nft)
{
	for (size_t i = 1; i < nft->filter->activity_count; i++) {
		const struct filter_activity *activity = &nft->filter->activities[i];
		strbuf_printf(nft->text, "\t# %s\n\tset time/t%zu {\n\t\ttypeof meta time\n",
			      activity->label, i);
		strbuf_puts(nft->text, "\t\tflags interval\n");
		if (!set_is_empty(activity->windows))
			strbuf_puts(nft->text, "\t\telements = {\n");
		for (size_t k = 0; k < activity->windows->len; k++)
			strbuf_printf(nft->text, "\t\t\t%lld-%lld,\n",
				      (long long)activity->windows->range[k].lo,
				      (long long)activity->windows->range[k].hi);
		strbuf_puts(nft->text, set_is_empty(activity->windows) ? "\t}\n\n" :
									 "\t\t}\n\t}\n\n");
	}
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
	strbuf_printf(nft->text, "# %s: device %s, mode %s\n", nft->options->policy,
		      nft->filter->device, nft->options->mode ? nft->options->mode : "none");
	strbuf_puts(nft->text,
		    "# Traffic to and from the device itself is not in the scope of the\n"
		    "# policy: this table decides on forwarded packets only.\n"
		    "# The table is replaced whole, in one transaction.\n"
		    "table inet cordon_track {}\ndelete table inet cordon_track\n"
		    "table inet cordon {}\ndelete table inet cordon\n"
		    "table inet cordon {\n");
}

static void nftables_idle(struct nftables *nft, struct filter *filter)
{
	size_t count = filter->remainder_count;
	struct filter_remainder entry = {
		"idle", NULL, "how long a conversation may be silent is the device's own setting"
	};
	bool asked = false;

	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			asked = asked || filter->pairs[i].entries[k].idle_seconds != 0;
	if (!asked)
		return;
	struct filter_remainder *all =
		arena_array(&nft->output->arena, count + 1, sizeof(*all));
	if (count > 0)
		memcpy(all, filter->remainder, count * sizeof(*all));
	all[count] = entry;
	filter->remainder = all;
	filter->remainder_count = count + 1;
}

/* Elements name their rules by identity; each rule once. */
static void nftables_origins(struct nftables *nft, size_t rule_count)
{
	bool *named = memory_array(rule_count + 1, sizeof(*named));

	for (size_t i = 0; i < nft->filter->pair_count; i++)
		for (size_t k = 0; k < nft->filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &nft->filter->pairs[i].entries[k];
			for (size_t r = 0; r < entry->rule_count; r++) {
				const struct rule *rule = entry->rules[r];
				struct backend_origin origin = { rule->identity, rule };
				if (!named[rule->index])
					vec_push(&nft->output->origins, origin);
				named[rule->index] = true;
			}
		}
	free(named);
}

static size_t nftables_rule_count(const struct filter *filter)
{
	size_t count = 0;

	for (size_t i = 0; i < filter->pair_count; i++)
		for (size_t k = 0; k < filter->pairs[i].entry_count; k++)
			for (size_t r = 0; r < filter->pairs[i].entries[k].rule_count; r++)
				if (filter->pairs[i].entries[k].rules[r]->index >= count)
					count = filter->pairs[i].entries[k].rules[r]->index + 1;
	return count;
}

static bool nftables_emit(struct backend_output *output, struct filter *filter,
			  const struct backend_options *options, struct diags *diags)
{
	struct nftables nft = { .output = output, .text = &output->file[0].text,
				.filter = filter, .options = options };

	(void)diags;
	*output = (struct backend_output){ .file_count = 3 };
	arena_init(&output->arena);
	output->file[0].name = "ruleset.nft";
	output->file[1].name = "track.nft";
	output->file[2].name = "apply";
	output->file[2].executable = true;
	nftables_idle(&nft, filter);
	print_head(&nft);
	print_times(&nft);
	strbuf_puts(nft.text, "\tchain refuse {\n");
	print_refuse(&nft, "\t\t");
	strbuf_puts(nft.text, "\t}\n\n");
	for (size_t i = 0; i < filter->pair_count; i++)
		print_pair(&nft, &filter->pairs[i]);
	print_map(&nft, "flows", false);
	print_map(&nft, "errors", true);
	print_header_map(&nft);
	print_forward(&nft);
	strbuf_puts(nft.text, "}\n");
	nftables_origins(&nft, nftables_rule_count(filter));
	nftables_print_tracking(&output->file[1].text, &nft.track);
	nftables_print_apply(&output->file[2].text);
	return true;
}

const struct backend backend_nftables = {
	.platform = "nftables",
	.schedules = true,
	.idle = false,
	.emit = nftables_emit,
};
