/* SPDX-License-Identifier: MIT */
#include "script/emit.h"

#include <stdlib.h>
#include <string.h>

#include "script/cycle.h"

/* Octets made at a time, and the queue below which more are made. */
#define CHUNK    ((size_t)256 << 10)
#define HEAD_MAX ((size_t)8 << 20)
/* No message of a case is longer, compressed. */
#define PACKED_MAX ((size_t)80 << 20)
/* Paced octet by octet, the first so many octets of each send, since the edges that matter lie there; and so
   many segments in a whole case, beyond which it goes on unpaced: more would show nothing new, and a message
   of 16 MiB would take minutes. */
#define OCTETS_PACED   512
#define CUTS_PACED     256
#define SEGMENTS_PACED 4096

void emit_init(emitter *e, wsc_role role, uint64_t seed, run_pacing pacing) {
    *e = (emitter){.role = role,
                   .random = seed,
                   .pacing = pacing,
                   .last_opcode = WSC_OP_TEXT,
                   .buffer = {.max = CHUNK + WSC_HEADER_MAX},
                   .packer = {.sender = role},
                   .packed = {.max = PACKED_MAX}};
    wsc_decoder_init(&e->track);
}

void emit_free(emitter *e) {
    octets_free(&e->buffer);
    octets_free(&e->packed);
    pack_free(&e->packer);
    emit_cycle_free(e->cycle);
    free(e->parts);
}

void emit_agree(emitter *e, const wsc_deflate_params *agreed, bool all) {
    e->packer.agreed = agreed;
    e->compress = all;
}

uint64_t emit_random(emitter *e) {
    /* splitmix64: reproducible keys, no secrecy needed from a test's own masking */
    uint64_t z = (e->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ---- Queueing with segmentation ------------------------------------------------------------------------ */

static void track(emitter *e, const uint8_t *data, size_t len) {
    wsc_event ev;
    do {
        size_t n = wsc_decode(&e->track, data, len, &ev);
        data += n;
        len -= n;
        if (ev.type != WSC_EVENT_HEADER || ev.frame.opcode > WSC_OP_BINARY) continue;
        e->message_open = !ev.frame.fin;
        if (ev.frame.opcode != WSC_OP_CONTINUATION) e->last_opcode = ev.frame.opcode;
    } while (ev.type != WSC_EVENT_MORE);
}

static void queue(emitter *e, wire_conn *conn, const uint8_t *data, size_t len, const size_t *cuts,
                  size_t num_cuts, size_t every) {
    wire_cut cut = {.cuts = cuts, .num_cuts = num_cuts, .every = every};
    size_t odd[CUTS_PACED];
    if (!num_cuts && !every) {
        if (e->pace) {
            cut.every = e->pace;
        } else if (e->pacing == PACING_OCTETS && e->paced < SEGMENTS_PACED) {
            cut.every = 1;
            cut.every_limit = OCTETS_PACED;
            e->paced += len < OCTETS_PACED ? len : OCTETS_PACED;
        } else if (e->pacing == PACING_CUTS && e->paced < SEGMENTS_PACED) {
            size_t at = 0;
            for (cut.num_cuts = 0; cut.num_cuts < CUTS_PACED; odd[cut.num_cuts++] = at) {
                at += 1 + emit_random(e) % 11;
                if (at >= len) break;
            }
            cut.cuts = odd;
            e->paced += cut.num_cuts;
        }
    }
    bool plain = !cut.num_cuts && !cut.every;
    e->octets += len;
    (void)wire_send(conn, data, len, plain ? NULL : &cut);
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

typedef struct frame_plan {
    wsc_frame header;
    const payload *payload;
    uint64_t base, len; /* part of the payload */
} frame_plan;

static void plan_header(emitter *e, frame_plan *plan, case_masking masking, bool has_key) {
    wsc_frame *h = &plan->header;
    h->masked = masking == MASK_ON || (masking == MASK_BY_ROLE && e->role == WSC_CLIENT);
    if (!h->masked) {
        memset(h->key, 0, sizeof h->key);
    } else if (!has_key) {
        uint64_t random = emit_random(e);
        memcpy(h->key, &random, sizeof h->key);
    }
}

static void plan_case_frame(emitter *e, frame_plan *plan, const case_frame *frame) {
    *plan = (frame_plan){.header = frame->header, .payload = &frame->payload, .len = frame->payload.total};
    if (!frame->claims_length) plan->header.length = frame->payload.total;
    plan_header(e, plan, frame->masking, frame->has_key);
}

/* The frame with that index of a step SEND. False behind the last. */
static bool plan_given_frame(emitter *e, frame_plan *plan, const case_step *step, size_t index) {
    if (index >= step->send.num_frames) return false;
    const case_frame *frame = &step->send.frames[index];
    const emit_body *part = e->parts ? &e->parts[index] : NULL;
    if (part && part->payload) {
        *plan = (frame_plan){
            .header = frame->header, .payload = part->payload, .base = part->offset, .len = part->total};
        plan->header.length = part->total;
        plan->header.rsv1 = part->compressed;
        plan_header(e, plan, frame->masking, frame->has_key);
    } else {
        plan_case_frame(e, plan, frame);
    }
    return true;
}

/* The frame with that index of a message. False behind the last. */
static bool plan_message_frame(emitter *e, frame_plan *plan, const case_message *message, size_t index) {
    size_t stride = message->between ? 2 : 1;
    uint64_t fragment = index / stride, total = e->body.total;
    uint64_t num = case_num_fragments(&message->fragments, total);
    if (fragment >= num) return false;
    bool last = fragment + 1 == num;
    if (index % stride) {
        if (last) return false;
        plan_case_frame(e, plan, message->between);
        return true;
    }
    uint64_t len = case_fragment_octets(&message->fragments, total, fragment, e->base);
    *plan = (frame_plan){.header = {.fin = last,
                                    .rsv1 = fragment == 0 && e->body.compressed,
                                    .opcode = fragment ? WSC_OP_CONTINUATION : message->opcode,
                                    .length = len},
                         .payload = e->body.payload,
                         .base = e->body.offset + e->base,
                         .len = len};
    plan_header(e, plan, MASK_BY_ROLE, false);
    return true;
}

static bool plan_step_frame(emitter *e, frame_plan *plan, const case_step *step, size_t index) {
    if (step->kind == STEP_SEND) return plan_given_frame(e, plan, step, index);
    return plan_message_frame(e, plan, &step->message, index);
}

static void add_header(octets *out, const wsc_frame *header) {
    uint8_t head[WSC_HEADER_MAX];
    octets_add(out, head, wsc_frame_encode(head, header));
}

static void add_payload(octets *out, const frame_plan *plan, uint64_t offset, size_t len) {
    uint8_t part[4096];
    for (size_t done = 0; done < len;) {
        size_t n = len - done < sizeof part ? len - done : sizeof part;
        payload_read(plan->payload, plan->base + offset + done, part, n);
        if (plan->header.masked) wsc_mask(part, part, n, plan->header.key, offset + done);
        octets_add(out, part, n);
        done += n;
    }
}

static void flush(emitter *e, wire_conn *conn) {
    octets *b = &e->buffer;
    if (!b->len) return;
    track(e, b->data, b->len);
    const case_step *step = e->step;
    queue(e, conn, b->data, b->len, e->first ? step->cuts : NULL, e->first ? step->num_cuts : 0, step->every);
    e->first = false;
    b->len = 0;
}

static void emit_raw(emitter *e, wire_conn *conn) {
    const payload *raw = &e->step->raw;
    frame_plan plan = {.payload = raw};
    while (e->offset < raw->total && wire_queued(conn) <= CHUNK) {
        uint64_t left = raw->total - e->offset;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        add_payload(&e->buffer, &plan, e->offset, n);
        e->offset += n;
        flush(e, conn);
    }
    if (e->offset >= raw->total) e->step = NULL;
}

static void emit_frames(emitter *e, wire_conn *conn) {
    const case_step *step = e->step;
    bool message = step->kind != STEP_SEND, segment_a_frame = message && !step->message.one_segment;
    while (wire_queued(conn) <= CHUNK) {
        /* The key must stay the same over the pieces of a frame, so the generator is put back. */
        uint64_t random = e->random;
        frame_plan plan;
        if (!plan_step_frame(e, &plan, step, e->frame)) {
            flush(e, conn);
            e->step = NULL;
            return;
        }
        if (!e->header_done) {
            memcpy(e->key, plan.header.key, sizeof e->key);
            add_header(&e->buffer, &plan.header);
            e->header_done = true;
        } else {
            e->random = random;
            memcpy(plan.header.key, e->key, sizeof e->key);
        }
        uint64_t left = plan.len - e->offset;
        size_t room = CHUNK > e->buffer.len ? CHUNK - e->buffer.len : 0;
        size_t n = left < room ? (size_t)left : room;
        add_payload(&e->buffer, &plan, e->offset, n);
        e->offset += n;
        if (e->offset == plan.len) {
            if (message && plan.payload == e->body.payload) e->base += plan.len;
            e->frame++;
            e->offset = 0;
            e->header_done = false;
            if (segment_a_frame) flush(e, conn);
        }
        if (e->buffer.len >= CHUNK) flush(e, conn);
    }
}

void emit_more(emitter *e, wire_conn *conn) {
    if (!e->step) return;
    if (e->step->kind == STEP_RAW)
        emit_raw(e, conn);
    else
        emit_frames(e, conn);
}

/* ---- Steps --------------------------------------------------------------------------------------------- */

static void begin(emitter *e, wire_conn *conn, const case_step *step) {
    e->step = step;
    e->frame = 0;
    e->base = e->offset = 0;
    e->header_done = false;
    e->first = true;
    emit_more(e, conn);
}

/* The compressed octets become the body of the frames to come. */
static void body_packed(emitter *e) {
    e->packed_payload = (payload){
        .kind = PAYLOAD_BYTES, .data = e->packed.data, .len = e->packed.len, .total = e->packed.len};
    e->body = (emit_body){&e->packed_payload, 0, e->packed.len, true};
}

/* A part of a payload as a message, compressed if it is to be. */
static void body_set(emitter *e, const case_message *message, uint64_t offset, uint64_t len) {
    static const case_compress usual = {.on = true};
    const case_compress *how = message->compress.on ? &message->compress : &usual;
    const pack_piece piece = {&message->payload, offset, len};
    e->body = (emit_body){&message->payload, offset, len, false};
    if (!e->packer.agreed || !(message->compress.on || e->compress)) return;
    e->packed.len = 0;
    pack_message(&e->packer, how, &piece, 1, &e->packed);
    body_packed(e);
}

/* True if the frame is what a well-formed message is made of. */
static bool frame_is_plain(const case_frame *frame) {
    const wsc_frame *h = &frame->header;
    return !h->rsv1 && !h->rsv2 && !h->rsv3 && !frame->claims_length && frame->masking == MASK_BY_ROLE &&
           h->form == WSC_LENGTH_MINIMAL;
}

/* The number of data frames of the whole message that begins with this frame; 0 if there is none. *end is
   behind its last frame. */
static size_t message_frames(const case_frame *frames, size_t num, size_t *end) {
    size_t data = 0;
    if (frames[0].header.opcode != WSC_OP_TEXT && frames[0].header.opcode != WSC_OP_BINARY) return 0;
    for (size_t i = 0; i < num; i++) {
        if (frames[i].header.opcode & 8) continue;
        if ((i > 0 && frames[i].header.opcode != WSC_OP_CONTINUATION) || !frame_is_plain(&frames[i]))
            return 0;
        data++;
        *end = i + 1;
        if (frames[i].header.fin) return data;
    }
    return 0;
}

/* Compresses the message that frames [first, end) make up, and deals its octets out to them evenly. */
static void parts_set(emitter *e, const case_frame *frames, size_t first, size_t end, size_t num) {
    static const case_compress usual = {.on = true};
    pack_piece *pieces = calloc(num, sizeof *pieces);
    uint64_t at = 0;
    if (!pieces) abort();
    size_t n = 0, begin_at = e->packed.len;
    for (size_t i = first; i < end; i++)
        if (!(frames[i].header.opcode & 8))
            pieces[n++] = (pack_piece){&frames[i].payload, 0, frames[i].payload.total};
    pack_message(&e->packer, &usual, pieces, n, &e->packed);
    free(pieces);
    uint64_t total = e->packed.len - begin_at;
    const case_fragments even = {.rule = FRAGMENTS_COUNT, .num = num};
    for (size_t i = first, nth = 0; i < end; i++) {
        if (frames[i].header.opcode & 8) continue;
        uint64_t len = case_fragment_octets(&even, total, nth, at);
        e->parts[i] = (emit_body){&e->packed_payload, begin_at + at, len, nth == 0};
        at += len;
        nth++;
    }
}

/* Whole messages among the frames of a step are compressed, if all are to be; others stay as they are. */
static void frames_compress(emitter *e, const case_step *step) {
    const case_frame *frames = step->send.frames;
    size_t num = step->send.num_frames;
    free(e->parts);
    e->parts = NULL;
    if (!e->packer.agreed) return;
    for (size_t i = 0; i < num; i++)
        if (frames[i].header.rsv1) pack_forget(&e->packer);
    if (!e->compress || e->message_open) return;
    e->parts = calloc(num + 1, sizeof *e->parts);
    if (!e->parts) abort();
    e->packed.len = 0;
    for (size_t i = 0, end; i < num; i = end) {
        size_t data = message_frames(&frames[i], num - i, &end);
        end = data ? i + end : i + 1;
        if (data) parts_set(e, frames, i, end, data);
    }
    e->packed_payload = (payload){
        .kind = PAYLOAD_BYTES, .data = e->packed.data, .len = e->packed.len, .total = e->packed.len};
}

void emit_step(emitter *e, wire_conn *conn, const case_step *step) {
    if (step->kind == STEP_MESSAGE) body_set(e, &step->message, 0, step->message.payload.total);
    if (step->kind == STEP_SEND) frames_compress(e, step);
    if (step->kind == STEP_RAW) pack_forget(&e->packer);
    begin(e, conn, step);
}

void emit_nth(emitter *e, wire_conn *conn, const case_step *step, uint64_t nth, uint64_t count,
              observation *o) {
    const case_message *message = &step->message;
    uint64_t offset = nth * message->each % message->payload.total;
    bool packs = e->packer.agreed && (message->compress.on || e->compress);
    if (packs && nth == 0 && emit_cycle_pays(message, count)) {
        pack_forget(&e->packer);
        emit_cycle_free(e->cycle);
        e->cycle = emit_cycle_new(message);
    }
    if (e->cycle && emit_cycle_get(e->cycle, nth, e->octets, &e->packed, o)) {
        body_packed(e);
    } else {
        body_set(e, message, offset, message->each);
        if (e->cycle) emit_cycle_put(e->cycle, nth, &e->packed);
    }
    begin(e, conn, step);
    if (e->cycle && nth + 1 == count) {
        emit_cycle_free(e->cycle);
        e->cycle = NULL;
        pack_forget(&e->packer);
    }
}

bool emit_busy(const emitter *e) {
    return e->step != NULL;
}

void emit_abort(emitter *e) {
    e->step = NULL;
    e->buffer.len = 0;
}

bool emit_inside(const emitter *e) {
    return wsc_decoder_inside(&e->track) || e->buffer.len > 0;
}

void emit_frame(emitter *e, wire_conn *conn, uint8_t opcode, const uint8_t *data, size_t len) {
    frame_plan plan = {.header = {.fin = true, .opcode = opcode, .length = len}};
    plan_header(e, &plan, MASK_BY_ROLE, false);
    uint8_t frame[WSC_HEADER_MAX + WSC_CONTROL_MAX];
    size_t n = wsc_frame_encode(frame, &plan.header);
    wsc_mask(frame + n, data, len, plan.header.key, 0);
    track(e, frame, n + len);
    queue(e, conn, frame, n + len, NULL, 0, 0);
}

void emit_pace(emitter *e, size_t pace) {
    e->pace = pace;
}

bool emit_sends_close(const case_step *step) {
    if (step->kind != STEP_SEND) return false;
    for (size_t i = 0; i < step->send.num_frames; i++)
        if (step->send.frames[i].header.opcode == WSC_OP_CLOSE) return true;
    return false;
}

int emit_head(emitter *e, wire_conn *conn, const case_head *head, const head_values *values, observation *o) {
    octets out = {.max = HEAD_MAX};
    octets_add(&out, head->lead.data, head->lead.len);
    head_build(&out, head, values);
    size_t head_len = out.len;
    if (head->body.total > HEAD_MAX) out.failed = true;
    if (!out.failed) add_payload(&out, &(frame_plan){.payload = &head->body}, 0, (size_t)head->body.total);
    size_t frames_at = out.len;
    for (size_t i = 0; i < head->num_frames && !out.failed; i++) {
        frame_plan plan;
        plan_case_frame(e, &plan, &head->frames[i]);
        add_header(&out, &plan.header);
        if (plan.len > HEAD_MAX) out.failed = true;
        if (!out.failed) add_payload(&out, &plan, 0, (size_t)plan.len);
    }
    if (head->raw.total > HEAD_MAX) out.failed = true;
    if (!out.failed) add_payload(&out, &(frame_plan){.payload = &head->raw}, 0, (size_t)head->raw.total);
    if (!out.failed) {
        track(e, out.data + frames_at, out.len - frames_at);
        observe_own_head(o, head_len, frames_at - head_len);
        queue(e, conn, out.data, out.len, head->cuts, head->num_cuts, head->every);
    }
    int result = out.failed ? -1 : 0;
    octets_free(&out);
    return result;
}
