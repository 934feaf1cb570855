/* SPDX-License-Identifier: Apache-2.0
 *
 * What lists without state admit beyond the policy, and what of the device's own
 * conversations they drop, as entries of the remainder. */
#include "config.h"
#include "backends/cisco_ios.h"

#include <netinet/in.h>
#include <string.h>

static bool entry_beyond_tcp(const struct filter_entry *entry)
{
	return entry->allow && entry->rule_count > 0 &&
	       !(entry->protocols->len == 1 && entry->protocols->range[0].lo == IPPROTO_TCP &&
		 entry->protocols->range[0].hi == IPPROTO_TCP);
}

VEC_TYPE(residue_list, struct filter_remainder);

static void residue_add(struct residue_list *list, const char *kind, const struct rule *rule,
			const char *message)
{
	struct filter_remainder entry = { kind, rule, message };

	vec_push(list, entry);
}

static int rule_order(const void *left, const void *right)
{
	const struct rule *a = *(const struct rule *const *)left;
	const struct rule *b = *(const struct rule *const *)right;

	return (a->index > b->index) - (a->index < b->index);
}

/* Each rule whose turned header may begin a flow, once. */
static void residue_of_rules(struct ios *ios, struct residue_list *list)
{
	VEC(const struct rule *) rules = VEC_INIT;

	for (size_t i = 0; i < ios->filter->pair_count; i++)
		for (size_t k = 0; k < ios->filter->pairs[i].entry_count; k++) {
			const struct filter_entry *entry = &ios->filter->pairs[i].entries[k];
			if (!entry_beyond_tcp(entry) ||
			    strcmp(ios->filter->pairs[i].out, FILTER_SELF) == 0)
				continue;
			for (size_t r = 0; r < entry->rule_count; r++)
				vec_push(&rules, entry->rules[r]);
		}
	if (rules.len > 0)
		qsort(rules.data, rules.len, sizeof(*rules.data), rule_order);
	for (size_t i = 0; i < rules.len; i++)
		if (i == 0 || rules.data[i] != rules.data[i - 1])
			residue_add(list, "residue", rules.data[i],
				    arena_printf(ios->arena,
						 "the device keeps no state: packets that look "
						 "like answers to '%s' pass without a question",
						 rules.data[i]->label));
	vec_free(&rules);
}

void ios_residue(struct ios *ios, struct backend_output *output)
{
	const struct device *device = ios->filter->model_device;
	bool drops = device != NULL && device->tree->fragments_deny;
	struct residue_list list = VEC_INIT;

	residue_add(&list, "residue", NULL,
		    "the device keeps no state: TCP segments with ACK or RST pass from where a "
		    "connection is admitted to, and to the device's own addresses; ICMP errors "
		    "pass from anywhere to whoever may initiate something or answer it");
	if (ios->filter->covers_self)
		residue_add(&list, "residue", NULL,
			    ios->six_groups ?
				    "reports of IPv6 multicast listeners pass to any group" :
				    "reports of IPv6 multicast listeners pass to any group, and "
				    "neighbour discovery to the device from any source");
	residue_of_rules(ios, &list);
	if (ios->filter->covers_self)
		residue_add(&list, "manage", NULL,
			    "of answers to what the device asks itself those of TCP pass; what "
			    "answers NTP, DNS, RADIUS or a ping is dropped, unless `manage` lets it "
			    "in");
	residue_add(&list, "fragments", NULL,
		    drops ? "fragments other than the first are dropped, those of admitted flows "
			    "too" :
			    "fragments other than the first carry no port: they pass between "
			    "addresses that an allow joins by port, and denies of ports miss them");
	backend_remainder(output, ios->filter, list.data, list.len);
	vec_free(&list);
}
