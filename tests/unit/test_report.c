/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of three answers and the analysis of a configuration on its own,
 * beside asking the lists about every point of a small space. */
#include "config.h"

#include <string.h>

#include "tests/naive/filter_admits.h"
#include "unit.h"
#include "verifier/analyse.h"
#include "verifier/prove.h"

enum { ROUNDS = 400, HOSTS = 4, PORTS = 3, ENTRIES = 7, POINTS = HOSTS * HOSTS * PORTS * 3 };

static unsigned state = 1;

static unsigned below(unsigned limit)
{
	state = state * 1103515245u + 12345u;
	return (state >> 16) % limit;
}

/* ---- a space of few points: hosts 10.0.0.0-3, ports 1-3, three protocols ---- */

static const unsigned protocols[] = { 6, 17, 1 };
static const unsigned icmp_types[] = { 8, 0, 3 };

static struct filter_packet point_of(unsigned n, const char *in, const char *out)
{
	struct filter_packet packet = { .in = in, .out = out, .instant = 0 };

	packet.source = (struct address){ 0x0a000000u + n % HOSTS, FAMILY_IPV4 };
	packet.destination = (struct address){ 0x0a000000u + n / HOSTS % HOSTS, FAMILY_IPV4 };
	packet.protocol = protocols[n / HOSTS / HOSTS % 3];
	packet.sport = packet.protocol == 1 ? icmp_types[n / HOSTS / HOSTS / 3] : 1;
	packet.dport = packet.protocol == 1 ? 0 : 1 + n / HOSTS / HOSTS / 3;
	return packet;
}

static const struct set *some(struct arena *arena, unsigned base, unsigned count)
{
	unsigned lo = below(count), hi = lo + below(count - lo);

	return set_one(arena, base + lo, base + hi);
}

static const struct set *all_numbers(struct arena *arena, unsigned count)
{
	return set_one(arena, 0, count);
}

static struct filter_entry random_entry(struct arena *arena, bool uncertain)
{
	struct filter_entry entry = { .allow = below(2), .source = address_set_empty(),
				      .destination = address_set_empty() };
	unsigned kind = below(4);

	entry.source.family[0] = below(3) ? some(arena, 0x0a000000u, HOSTS)
					  : set_one(arena, 0, UINT32_MAX);
	entry.destination.family[0] = below(3) ? some(arena, 0x0a000000u, HOSTS)
					       : set_one(arena, 0, UINT32_MAX);
	entry.protocols = kind == 3 ? all_numbers(arena, 255)
				    : set_one(arena, protocols[kind], protocols[kind]);
	entry.src_ports = all_numbers(arena, 65535);
	entry.dst_ports = kind < 2 && below(3) ? some(arena, 1, PORTS)
					       : all_numbers(arena, 65535);
	if (kind == 2 && below(2))
		entry.src_ports = set_one(arena, icmp_types[below(3)], 8);
	entry.uncertain = uncertain && below(3) == 0;
	return entry;
}

struct world {
	struct arena arena;
	struct filter_pair pairs[3][4];
	struct filter_activity always;
	struct filter intent;
	struct read_result read;
};

static struct filter random_filter(struct world *world, struct filter_pair *pairs,
				   bool uncertain)
{
	static const char *const ways[][2] = { { "a", "b" }, { "b", "a" } };
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		struct filter_pair *pair = &pairs[count];
		*pair = (struct filter_pair){ .in = ways[i][0], .out = ways[i][1] };
		pair->entry_count = below(ENTRIES);
		pair->entries = arena_array(&world->arena, pair->entry_count + 1,
					    sizeof(*pair->entries));
		for (size_t k = 0; k < pair->entry_count; k++) {
			pair->entries[k] = random_entry(&world->arena, uncertain);
			pair->entries[k].where.line = (uint32_t)k + 1;
		}
		count += pair->entry_count > 0;
	}
	return (struct filter){ .pairs = pairs, .pair_count = count,
				.activities = &world->always, .activity_count = 1,
				.at = 0, .horizon = 100, .returns_pass = true };
}

static void world_make(struct world *world, bool uncertain)
{
	*world = (struct world){ 0 };
	arena_init(&world->arena);
	world->always = (struct filter_activity){ set_one(&world->arena, 0, 99), "always" };
	world->intent = random_filter(world, world->pairs[0], false);
	world->read.filter = random_filter(world, world->pairs[1], uncertain);
}

/* ---- what the rows must hold ---- */

static bool row_holds(const struct prove_row *row, const struct filter_packet *packet)
{
	bool service = false;

	for (size_t i = 0; i < row->service_count; i++)
		service |= set_contains(row->services[i].protocols, packet->protocol) &&
			   set_contains(row->services[i].src_ports, packet->sport) &&
			   set_contains(row->services[i].dst_ports, packet->dport);
	return service && strcmp(row->in, packet->in) == 0 &&
	       strcmp(row->out, packet->out) == 0 &&
	       address_set_contains(row->source, packet->source) &&
	       address_set_contains(row->destination, packet->destination);
}

static bool rows_hold(const struct prove_report *report, enum prove_kind kind, bool certain,
		      const struct filter_packet *packet)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].kind == kind && report->rows[i].certain == certain &&
		    row_holds(&report->rows[i], packet))
			return true;
	return false;
}

static void check_point(const struct world *world, const struct prove_report *report,
			const struct filter_packet *packet, size_t counts[4])
{
	bool wanted = filter_admits(&world->intent, packet);
	bool most = filter_admits_bound(&world->read.filter, packet, true);
	bool least = filter_admits_bound(&world->read.filter, packet, false);

	/* A row is an outline: what differs must be in one. */
	if (wanted && !most)
		ck_assert(rows_hold(report, PROVE_MISSING, true, packet));
	if (!wanted && least)
		ck_assert(rows_hold(report, PROVE_EXCESS, true, packet));
	if (wanted && most && !least)
		ck_assert(rows_hold(report, PROVE_MISSING, false, packet));
	if (!wanted && most && !least)
		ck_assert(rows_hold(report, PROVE_EXCESS, false, packet));
	counts[0] += wanted && !most;
	counts[1] += !wanted && least;
	counts[2] += wanted && most && !least;
	counts[3] += !wanted && most && !least;
}

/* Each row's flow must differ as the row says. */
static void check_flow(const struct world *world, const struct prove_row *row)
{
	struct filter_packet packet = {
		row->in, row->out, row->flow.source, row->flow.destination, row->flow.protocol,
		row->flow.src_port, row->flow.dst_port, 0,
	};
	bool wanted = filter_admits(&world->intent, &packet);
	bool most = filter_admits_bound(&world->read.filter, &packet, true);
	bool least = filter_admits_bound(&world->read.filter, &packet, false);

	ck_assert_int_eq(wanted, row->kind == PROVE_MISSING);
	if (row->certain)
		ck_assert(most == least && most != wanted);
	else
		ck_assert(most && !least);
}

static void check_report(const struct world *world, const struct prove_report *report,
			 size_t seen[3])
{
	size_t counts[4] = { 0 };

	for (unsigned n = 0; n < POINTS; n++)
		for (int way = 0; way < 2; way++) {
			struct filter_packet packet = point_of(n, way ? "b" : "a", way ? "a" : "b");
			check_point(world, report, &packet, counts);
		}
	for (size_t i = 0; i < report->row_count; i++)
		check_flow(world, &report->rows[i]);
	if (counts[0] + counts[1] > 0)
		ck_assert_int_eq(report->verdict, PROVE_DIFFERENT);
	else if (counts[2] + counts[3] > 0)
		ck_assert_int_ne(report->verdict, PROVE_EQUAL);
	if (report->row_count == 0)
		ck_assert_int_eq(report->verdict, PROVE_EQUAL);
	seen[report->verdict]++;
}

START_TEST(rows_are_the_differences)
{
	size_t seen[3] = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		struct world world;
		struct prove_report report;
		world_make(&world, _i != 0);
		if (round % 4 == 0)
			world.read.filter = world.intent;
		prove_report(&report, &world.arena, NULL, &world.intent, &world.read);
		check_report(&world, &report, seen);
		arena_release(&world.arena);
	}
	ck_assert_uint_gt(seen[PROVE_EQUAL], ROUNDS / 8);
	ck_assert_uint_gt(seen[PROVE_DIFFERENT], ROUNDS / 4);
}
END_TEST

/* ---- stateless ---- */

static bool answered(const struct world *world, const struct filter_packet *packet)
{
	struct filter_packet asked = *packet;

	asked.in = packet->out;
	asked.out = packet->in;
	asked.source = packet->destination;
	asked.destination = packet->source;
	asked.sport = packet->dport;
	asked.dport = packet->sport;
	if (packet->protocol == 1 && packet->sport != 0 &&
	    (packet->sport < 14 || packet->sport > 18 || packet->sport % 2 != 0))
		return false;
	if (packet->protocol == 1) { /* RFC 792, RFC 950 */
		asked.sport = packet->sport == 0 ? 8 : (uint16_t)(packet->sport - 1);
		asked.dport = packet->dport;
	}
	return filter_admits(&world->intent, &asked);
}

/* Without residue: the same verdict, and the same rows but those. */
static void check_decisive(struct world *world, const struct prove_report *report)
{
	struct prove_report decisive;
	size_t at = 0;

	prove_decisive(&decisive, &world->arena, NULL, &world->intent, &world->read);
	ck_assert_int_eq(decisive.verdict, report->verdict);
	for (size_t i = 0; i < report->row_count; i++) {
		if (report->rows[i].kind == PROVE_RESIDUE)
			continue;
		ck_assert_uint_lt(at, decisive.row_count);
		ck_assert_int_eq(decisive.rows[at].kind, report->rows[i].kind);
		ck_assert_ptr_eq(decisive.rows[at].intent, report->rows[i].intent);
		ck_assert_ptr_eq(decisive.rows[at++].read, report->rows[i].read);
	}
	ck_assert_uint_eq(at, decisive.row_count);
}

/* Of UDP and ICMP the policy and what answers it, and no more, is admitted. */
START_TEST(stateless_answers_are_told_apart)
{
	size_t residue = 0, returns = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct world world;
		struct prove_report report;
		world_make(&world, false);
		world.read.stateless = true;
		world.read.established = world.read.filter;
		world.read.fragments = (struct filter){ .activities = &world.always,
							.activity_count = 1, .horizon = 100 };
		prove_report(&report, &world.arena, NULL, &world.intent, &world.read);
		check_decisive(&world, &report);
		for (unsigned n = 0; n < POINTS; n++) {
			struct filter_packet packet = point_of(n, "a", "b");
			bool wanted = filter_admits(&world.intent, &packet);
			bool passes = filter_admits(&world.read.filter, &packet);
			bool answers = answered(&world, &packet);
			if (packet.protocol == 6)
				continue;
			if (wanted && !passes)
				ck_assert(rows_hold(&report, PROVE_MISSING, true, &packet));
			if (answers && !passes)
				ck_assert(rows_hold(&report, PROVE_RETURNS, true, &packet));
			if (answers && passes && !wanted)
				ck_assert(rows_hold(&report, PROVE_RESIDUE, true, &packet));
			if (passes && !wanted && !answers && packet.protocol == 17)
				ck_assert(rows_hold(&report, PROVE_EXCESS, true, &packet));
			returns += answers && !passes;
			residue += answers && passes && !wanted;
		}
		arena_release(&world.arena);
	}
	ck_assert_uint_gt(returns, 0);
	ck_assert_uint_gt(residue, 0);
}
END_TEST

/* Entries that say nothing of ports, as fragments other than the first carry none. */
static struct filter random_fragments(struct world *world)
{
	struct filter filter = random_filter(world, world->pairs[2], false);

	for (size_t i = 0; i < filter.pair_count; i++)
		for (size_t k = 0; k < filter.pairs[i].entry_count; k++)
			filter.pairs[i].entries[k].src_ports =
				filter.pairs[i].entries[k].dst_ports =
					all_numbers(&world->arena, 65535);
	return filter;
}

static void check_fragments(const struct world *world, const struct prove_report *report,
			    size_t counts[2])
{
	for (unsigned n = 0; n < POINTS; n++) {
		struct filter_packet packet = point_of(n, "a", "b");
		bool belongs = filter_admits(&world->intent, &packet) || answered(world, &packet);
		bool passes = filter_admits(&world->read.fragments, &packet);
		if (belongs && !passes)
			ck_assert(rows_hold(report, PROVE_FRAGMENTS, true, &packet));
		counts[0] += belongs && !passes;
		counts[1] += belongs && passes;
	}
	for (size_t i = 0; i < report->row_count; i++) {
		const struct prove_row *row = &report->rows[i];
		struct filter_packet packet = {
			row->in, row->out, row->flow.source, row->flow.destination,
			row->flow.protocol, row->flow.src_port, row->flow.dst_port, 0,
		};
		if (row->kind == PROVE_FRAGMENTS)
			ck_assert((filter_admits(&world->intent, &packet) ||
				   answered(world, &packet)) &&
				  !filter_admits(&world->read.fragments, &packet));
	}
}

/* A flow is admitted whole: what is a fragment of it or of its answers passes. */
START_TEST(fragments_of_flows_pass)
{
	size_t counts[2] = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		struct world world;
		struct prove_report report;
		world_make(&world, false);
		world.read.filter = world.read.established = world.intent;
		world.read.stateless = true;
		world.read.fragments = random_fragments(&world);
		prove_report(&report, &world.arena, NULL, &world.intent, &world.read);
		check_fragments(&world, &report, counts);
		arena_release(&world.arena);
	}
	ck_assert_uint_gt(counts[0], 0);
	ck_assert_uint_gt(counts[1], 0);
}
END_TEST

/* ---- a configuration on its own ---- */

static uint32_t first_match(const struct filter_pair *pair, const struct filter *filter,
			    const struct filter_packet *packet, uint32_t without)
{
	for (size_t i = 0; i < pair->entry_count; i++)
		if (i + 1 != without && filter_entry_holds(filter, &pair->entries[i], packet))
			return (uint32_t)i + 1;
	return 0;
}

static bool found(const struct analysis *analysis, uint32_t line, enum analyse_kind kind)
{
	for (size_t i = 0; i < analysis->count; i++)
		if (analysis->findings[i].where.line == line && analysis->findings[i].kind == kind)
			return true;
	return false;
}

/* What is dead must decide no point; what decides one must not be called dead. */
static void check_line(const struct world *world, const struct analysis *analysis, uint32_t line,
		       size_t *dead)
{
	const struct filter *filter = &world->read.filter;
	bool decides = false, changes = false;

	for (unsigned n = 0; n < POINTS; n++) {
		struct filter_packet packet = point_of(n, "a", "b");
		const struct filter_pair *pair = &filter->pairs[0];
		decides |= first_match(pair, filter, &packet, 0) == line;
		uint32_t with = first_match(pair, filter, &packet, 0);
		uint32_t without = first_match(pair, filter, &packet, line);
		changes |= (with && pair->entries[with - 1].allow) !=
			   (without && pair->entries[without - 1].allow);
	}
	bool called_dead = found(analysis, line, ANALYSE_SHADOWED) ||
			   found(analysis, line, ANALYSE_COVERED);
	ck_assert(!(decides && called_dead));
	ck_assert(!(changes && (called_dead || found(analysis, line, ANALYSE_REDUNDANT))));
	*dead += called_dead;
}

START_TEST(dead_lines_decide_nothing)
{
	static const struct source source = { "x", "", 0 };
	size_t dead = 0;

	for (int round = 0; round < 2 * ROUNDS; round++) {
		struct world world;
		struct analysis analysis;
		world_make(&world, false);
		world.read.filter.pair_count = 1;
		world.pairs[1][0].in = "a";
		world.pairs[1][0].out = "b";
		for (size_t i = 0; i < world.pairs[1][0].entry_count; i++)
			world.pairs[1][0].entries[i].where.source = &source;
		analyse(&analysis, &world.arena, &world.read);
		ck_assert(analysis.complete);
		for (size_t i = 0; i < world.pairs[1][0].entry_count; i++)
			check_line(&world, &analysis, (uint32_t)i + 1, &dead);
		arena_release(&world.arena);
	}
	ck_assert_uint_gt(dead, ROUNDS / 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("report");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, rows_are_the_differences, 0, 2);
	tcase_add_test(tcase, stateless_answers_are_told_apart);
	tcase_add_test(tcase, fragments_of_flows_pass);
	tcase_add_test(tcase, dead_lines_decide_nothing);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
