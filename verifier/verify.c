/* SPDX-License-Identifier: Apache-2.0
 *
 * The consumer of conversations: each slice becomes an observation, is judged
 * when it ends, and its packets are kept as evidence where it violates. */
#include "config.h"
#include "verifier/verify.h"

#include <signal.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/ahead.h"
#include "verifier/evidence.h"

/* The consumer's tag of a conversation: what was told of one of its slices. */
enum { TAG_VIOLATES = 1, TAG_UNINSPECTED = 2, TAG_UNPLACED = 4 };

enum { PROGRESS_PACKETS = 1 << 18 };

struct verify {
	const struct model *model;
	struct capture *capture;
	struct diags *diags;
	struct verify_options options;
	struct judge *judge;
	struct judge *also;  /* of the other policy: times and names, no verdicts; or NULL */
	struct inspect *inspect;
	struct conversations *conversations;
	struct evidence *evidence;
	struct verify_summary summary;
	uint64_t packets;
	volatile sig_atomic_t interrupted;
};

static bool verify_known_service(void *context, uint8_t protocol, uint16_t port)
{
	struct verify *verify = context;

	return naming_knows_port(judge_naming(verify->judge), protocol, port) ||
	       (verify->also != NULL &&
		naming_knows_port(judge_naming(verify->also), protocol, port));
}

static int64_t verify_next_change(void *context, int64_t instant)
{
	struct verify *verify = context;

	int64_t next = judge_next_change(verify->judge, instant);
	int64_t other = verify->also != NULL ? judge_next_change(verify->also, instant)
					     : INSTANT_NEVER;

	return other < next ? other : next;
}

/* The ends of layer 2 are MACs themselves. */
static void verify_observe_stations(const struct verify *verify, struct observation *observation,
				    const struct conversation *slice)
{
	const uint8_t *const ends[] = { slice->initiator, slice->responder };
	struct mac mac;

	for (int side = 0; side < 2; side++) {
		memcpy(&mac, ends[side], sizeof(mac));
		observation->origin[side].mac =
			judge_station(verify->judge, slice->ethertype, mac);
	}
}

static struct observation verify_observe(const struct verify *verify,
					 const struct conversation *slice)
{
	struct observation observation = {
		.flow = conversation_flow(slice),
		.origin = { slice->origin[0], slice->origin[1] },
		.other = { slice->other[0], slice->other[1] },
		.answered = slice->packets[FROM_RESPONDER] > 0,
		.silence = slice->silence,
		.content = inspect_content(verify->inspect, slice),
		.seen = {
			.packets = slice->packets[0] + slice->packets[1] + slice->errors,
			.bytes = slice->bytes[0] + slice->bytes[1] + slice->error_bytes,
			.first = slice->first,
			.last = slice->last,
			.file = capture_file_name(verify->capture, slice->file),
			.packet = slice->number,
			.again = (slice->tag & TAG_VIOLATES) != 0,
		},
	};

	if (slice->kind == DECODE_LINK)
		verify_observe_stations(verify, &observation, slice);
	return observation;
}

/* Mirrored traffic on its way to a collector is the observer's own; a flow
 * without ports cannot be judged. */
static bool verify_can_judge(const struct conversation *slice)
{
	return (slice->flags & (CONVERSATION_MIRROR | CONVERSATION_NO_PORTS)) == 0;
}

static bool verify_is_suspect(void *context, const struct conversation *slice, int side,
			      struct origin origin)
{
	struct verify *verify = context;
	struct flow flow = conversation_flow(slice);

	return judge_is_suspect(verify->judge, &flow, side, origin);
}

/* What an operation begins with may become evidence when it is complete. */
static void verify_await(struct evidence *evidence, const struct conversation *slice,
			 const struct capture_packet *packet)
{
	if ((slice->flags & CONVERSATION_WATCHED) == 0 && inspect_waits(slice))
		evidence_keep(evidence, slice, packet);
	else
		evidence_drop(evidence, slice);
}

static bool verify_content(void *context, struct conversation *slice, int side,
			   const struct decode_flow *flow, const struct capture_packet *packet)
{
	struct verify *verify = context;

	if (!verify_can_judge(slice))
		return false;
	bool turned = inspect_packet(verify->inspect, slice, side, flow, packet);
	if (verify->evidence != NULL)
		verify_await(verify->evidence, slice, packet);
	return turned;
}

/* An operation that does not conform is evidence, from its first packet on. */
static bool verify_operation(void *context, struct conversation *slice,
			     const struct inspect_operation *operation, bool *always)
{
	struct verify *verify = context;
	struct observation observation = verify_observe(verify, slice);

	bool conforms = judge_operation(verify->judge, &observation, operation, always);
	if (!conforms && verify->evidence != NULL) {
		slice->flags |= CONVERSATION_WATCHED;
		evidence_tell(verify->evidence, slice);
	}
	return conforms;
}

static struct traffic_sighting verify_sighting(const struct verify *verify,
					       const struct conversation *slice,
					       const struct observation *observation)
{
	return (struct traffic_sighting){
		.model = verify->model,
		.observation = observation,
		.negotiated = observation->content.negotiated,
		.continued = (slice->flags & CONVERSATION_CONTINUED) != 0,
		.until = slice->until,
	};
}

static void verify_keep_operation(void *context, const struct conversation *slice,
				  const struct capture_packet *packet,
				  const struct inspect_operation *operation)
{
	const struct verify *verify = context;
	struct observation observation = verify_observe(verify, slice);
	struct traffic_sighting sighting = verify_sighting(verify, slice, &observation);

	if (!operation->seen->hidden)
		traffic_add_operation(verify->options.traffic, &sighting, operation,
				      packet->instant);
}

/* A conversation counts once, whichever of its slices tells. */
static void verify_count(struct conversation *slice, bool told, uint8_t tag, uint64_t *count)
{
	if (!told || (slice->tag & tag) != 0)
		return;
	slice->tag |= tag;
	(*count)++;
}

/* More of them than a slice keeps. */
static void verify_breaches(void *context, struct conversation *slice)
{
	struct verify *verify = context;
	struct observation observation = verify_observe(verify, slice);

	judge_breaches(verify->judge, &observation);
	verify_count(slice, true, TAG_VIOLATES, &verify->summary.violating);
}

static bool verify_watch(void *context, const struct conversation *slice)
{
	struct verify *verify = context;

	if (!verify_can_judge(slice))
		return false;
	struct observation observation = verify_observe(verify, slice);
	return !judge_conforms(verify->judge, &observation);
}

static void verify_packet(void *context, const struct conversation *slice,
			  const struct capture_packet *packet)
{
	struct verify *verify = context;

	(void)slice;
	evidence_write(verify->evidence, packet);
}

static void verify_count_unjudged(struct verify *verify, const struct conversation *slice)
{
	if ((slice->flags & CONVERSATION_CONTINUED) != 0)
		return;
	if ((slice->flags & CONVERSATION_MIRROR) != 0)
		verify->summary.mirrored++;
	else
		verify->summary.undetermined++;
}

static void verify_judge_slice(struct verify *verify, struct conversation *slice)
{
	struct verify_summary *summary = &verify->summary;

	if (!verify_can_judge(slice)) {
		verify_count_unjudged(verify, slice);
		return;
	}
	struct observation observation = verify_observe(verify, slice);
	if (verify->options.traffic != NULL) {
		struct traffic_sighting sighting = verify_sighting(verify, slice, &observation);
		traffic_add(verify->options.traffic, &sighting);
	}
	struct judgement judgement = judge_observe(verify->judge, &observation);
	summary->operations += observation.content.operations;
	verify_count(slice, !judgement.conforms, TAG_VIOLATES, &summary->violating);
	verify_count(slice, judgement.uninspected && judgement.conforms, TAG_UNINSPECTED,
		     &summary->uninspected);
	verify_count(slice, judgement.unplaced, TAG_UNPLACED, &summary->unplaced);
}

static void verify_end(void *context, struct conversation *slice, bool last)
{
	struct verify *verify = context;

	if (last)
		inspect_finish(verify->inspect, slice);
	verify_judge_slice(verify, slice);
	inspect_next_slice(slice);
	if (!last)
		return;
	inspect_forget(slice);
	if (verify->evidence != NULL)
		evidence_drop(verify->evidence, slice);
}

struct verify *verify_create(const struct model *model, struct capture *capture,
			     const struct verify_options *options, struct diags *diags)
{
	struct verify *verify = memory_alloc(sizeof(*verify));
	struct conversation_events events = {
		.context = verify,
		.known_service = verify_known_service,
		.next_change = verify_next_change,
		.is_suspect = verify_is_suspect,
		.content = verify_content,
		.end = verify_end,
	};
	struct judge_options judge_options = {
		.mode = options->mode,
		.violation_limit = options->violation_limit,
		.coverage = options->coverage,
		.capture = capture,
	};
	const struct inspect_events inspect_events = {
		.context = verify,
		.judge = verify_operation,
		.breaches = verify_breaches,
		.operation = options->traffic != NULL ? verify_keep_operation : NULL,
	};

	if (options->evidence != NULL) {
		events.watch = verify_watch;
		events.packet = verify_packet;
	}

	verify->model = model;
	verify->capture = capture;
	verify->diags = diags;
	verify->options = *options;
	verify->judge = judge_create(model, &judge_options);
	verify->inspect = inspect_create(model, &inspect_events);
	if (options->also != NULL) {
		verify->also = judge_create(options->also, &judge_options);
		inspect_expect(verify->inspect, options->also);
	}
	verify->conversations = conversations_create(&options->limits, &events);
	if (options->evidence != NULL) {
		verify->evidence = evidence_create(options->evidence, diags);
		if (verify->evidence == NULL) {
			verify_destroy(verify);
			return NULL;
		}
	}
	return verify;
}

void verify_destroy(struct verify *verify)
{
	if (verify == NULL)
		return;
	if (verify->evidence != NULL)
		evidence_abandon(verify->evidence);
	conversations_destroy(verify->conversations);
	inspect_destroy(verify->inspect);
	judge_destroy(verify->judge);
	judge_destroy(verify->also);
	free(verify);
}

static bool verify_saw_all(const struct verify_summary *summary)
{
	const struct conversation_counts *seen = &summary->seen;

	return !summary->damaged && !summary->interrupted && summary->dropped == 0 &&
	       summary->violations_lost == 0 && summary->undetermined == 0 &&
	       seen->lost_packets == 0 && seen->truncated == 0 && seen->malformed == 0 &&
	       seen->unknown_link == 0 && seen->hidden == 0 && seen->fragments_orphaned == 0;
}

static void verify_summarize(struct verify *verify)
{
	struct verify_summary *summary = &verify->summary;
	uint64_t unjudged;

	summary->seen = conversations_counts(verify->conversations);
	summary->violations_lost = violation_table_lost(judge_violations(verify->judge));
	summary->dropped = capture_dropped(verify->capture);
	summary->damaged = capture_damaged(verify->capture);
	unjudged = summary->violating + summary->undetermined + summary->mirrored +
		   summary->unplaced + summary->uninspected;
	summary->conformant = summary->seen.conversations > unjudged
				      ? summary->seen.conversations - unjudged
				      : 0;
	summary->outcome = !verify_saw_all(summary)   ? VERIFY_INCOMPLETE
			   : summary->violating > 0 ? VERIFY_VIOLATIONS
						    : VERIFY_CONFORMANT;
}

static void verify_account(struct verify *verify)
{
	const struct verify_summary *summary = &verify->summary;
	struct traffic_account *account = traffic_account(verify->options.traffic);

	account->packets += summary->seen.packets;
	account->conversations += summary->seen.conversations;
	account->complete &= summary->outcome != VERIFY_INCOMPLETE;
	if (summary->seen.packets == 0)
		return;
	int64_t first = traffic_second(summary->seen.first);
	int64_t last = traffic_second(summary->seen.last);
	account->first = first < account->first ? first : account->first;
	account->last = last > account->last ? last : account->last;
}

static bool verify_keep_evidence(struct verify *verify)
{
	struct evidence *evidence = verify->evidence;

	if (evidence == NULL)
		return true;
	verify->evidence = NULL;
	verify->summary.evidence_refused = evidence_refused(evidence);
	return evidence_commit(evidence, verify->diags);
}

static enum capture_status verify_next(struct verify *verify, struct ahead *ahead,
				       struct capture_packet *packet)
{
	return ahead != NULL ? ahead_next(ahead, packet)
			     : capture_next(verify->capture, packet, verify->diags);
}

static void verify_read(struct verify *verify, struct ahead *ahead, verify_progress *progress)
{
	struct capture_packet packet;
	enum capture_status status;

	while ((status = verify_next(verify, ahead, &packet)) != CAPTURE_END) {
		if (status == CAPTURE_PACKET) {
			conversations_add(verify->conversations, &packet);
			verify->packets++;
		}
		if (progress != NULL &&
		    (status == CAPTURE_IDLE || verify->packets % PROGRESS_PACKETS == 0))
			progress(verify);
	}
}

bool verify_run(struct verify *verify, verify_progress *progress)
{
	struct ahead *ahead = verify->options.threads > 1
				      ? ahead_create(verify->capture, verify->diags)
				      : NULL;

	verify_read(verify, ahead, progress);
	ahead_destroy(ahead);
	/* Listening has no other end. */
	verify->summary.interrupted =
		verify->interrupted != 0 && !capture_is_live(verify->capture);
	conversations_finish(verify->conversations);
	verify_summarize(verify);
	if (verify->options.traffic != NULL)
		verify_account(verify);
	return verify_keep_evidence(verify);
}

void verify_interrupt(struct verify *verify)
{
	verify->interrupted = 1;
	capture_stop(verify->capture);
}

const struct verify_summary *verify_summary(const struct verify *verify)
{
	return &verify->summary;
}

const struct model *verify_model(const struct verify *verify)
{
	return verify->model;
}

const struct verify_options *verify_options(const struct verify *verify)
{
	return &verify->options;
}

struct judge *verify_judge(const struct verify *verify)
{
	return verify->judge;
}

uint64_t verify_packets(const struct verify *verify)
{
	return verify->packets;
}
