/* SPDX-License-Identifier: MIT */
/* Frames decoded a second, measured against libwslay doing the same work.

   Both sides read the same octets, masked text frames, from a socket that is simulated by memcpy: libwslay
   through its receive callback into the buffer that it keeps, libwsc into a buffer of the same size. Twice:
   - frames: the header is decoded and the payload unmasked in place (wslay_frame_recv; wsc_decode_whole
     and wsc_mask);
   - messages: the rules of a server are applied and the text is validated, pieces of payload are handed on as
     they come (wslay_event_recv without buffering; wsc_session_push with whole_messages). */
#include "bench.h"

#include "codec/wsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

/* Octets of payload in one run, at least one frame. */
#define RUN_PAYLOAD 262144
#define RUN_FRAMES  4096
/* What libwslay reads at a time. */
#define RECEIVE 4096

/* The wire as both see it. */
typedef struct bench_wire {
    const uint8_t *data;
    size_t len, pos;
} bench_wire;

typedef struct frames_work {
    uint8_t *data;
    size_t len, num_frames;
    size_t payload; /* of one frame */
} frames_work;

static size_t wire_read(bench_wire *wire, uint8_t *dst, size_t len) {
    size_t rest = wire->len - wire->pos;
    if (len > rest) len = rest;
    memcpy(dst, wire->data + wire->pos, len);
    wire->pos += len;
    return len;
}

static void expect(int right) {
    if (!right) {
        fputs("bench: a codec did not give back what was encoded\n", stderr);
        exit(1);
    }
}

/* ---- libwsc ---- */

static void run_wsc_frames(void *context) {
    const frames_work *work = context;
    bench_wire wire = {work->data, work->len, 0};
    wsc_decoder decoder;
    wsc_decoder_init(&decoder);
    uint8_t buf[RECEIVE];
    size_t num_frames = 0, payload = 0, len;
    while ((len = wire_read(&wire, buf, sizeof buf)) > 0) {
        size_t pos = 0;
        wsc_event event;
        do {
            pos += wsc_decode_whole(&decoder, buf + pos, len - pos, &event);
            if (event.type == WSC_EVENT_PAYLOAD || event.type == WSC_EVENT_FRAME) {
                uint8_t *data = buf + (event.data - buf);
                wsc_mask(data, data, event.len, event.frame.key, event.offset);
                BENCH_USE(data);
                payload += event.len;
            }
            num_frames += event.type == WSC_EVENT_END || event.type == WSC_EVENT_FRAME;
        } while (event.type != WSC_EVENT_MORE);
    }
    expect(num_frames == work->num_frames && payload == work->num_frames * work->payload);
}

static void run_wsc_messages(void *context) {
    const frames_work *work = context;
    bench_wire wire = {work->data, work->len, 0};
    uint8_t buf[RECEIVE], scratch[RECEIVE];
    wsc_session_config config = {
        .role = WSC_SERVER, .scratch = scratch, .scratch_len = sizeof scratch, .whole_messages = true};
    wsc_session session;
    wsc_session_init(&session, &config);
    size_t num_messages = 0, payload = 0, len;
    while ((len = wire_read(&wire, buf, sizeof buf)) > 0) {
        size_t pos = 0;
        wsc_session_event event;
        do {
            pos += wsc_session_push(&session, buf + pos, len - pos, &event);
            if (event.type == WSC_SESSION_DATA || event.type == WSC_SESSION_MESSAGE) {
                BENCH_USE(event.data);
                payload += event.len;
            }
            num_messages += event.type == WSC_SESSION_MESSAGE_END || event.type == WSC_SESSION_MESSAGE;
            expect(event.type != WSC_SESSION_FAIL);
        } while (event.type != WSC_SESSION_MORE);
    }
    expect(num_messages == work->num_frames && payload == work->num_frames * work->payload);
}

/* ---- libwslay ---- */

typedef struct wslay_side {
    bench_wire wire;
    size_t num_frames, payload;
} wslay_side;

static ssize_t wslay_read_frames(uint8_t *buf, size_t len, int flags, void *user_data) {
    wslay_side *side = user_data;
    (void)flags;
    return (ssize_t)wire_read(&side->wire, buf, len);
}

static void run_wslay_frames(void *context) {
    const frames_work *work = context;
    wslay_side side = {{work->data, work->len, 0}, 0, 0};
    struct wslay_frame_callbacks callbacks = {NULL, wslay_read_frames, NULL};
    wslay_frame_context_ptr wslay;
    expect(wslay_frame_context_init(&wslay, &callbacks, &side) == 0);
    struct wslay_frame_iocb frame;
    uint64_t rest = work->payload;
    while (side.num_frames < work->num_frames) {
        ssize_t len = wslay_frame_recv(wslay, &frame);
        expect(len >= 0 && frame.payload_length == work->payload);
        BENCH_USE(frame.data);
        side.payload += frame.data_length;
        rest -= frame.data_length;
        if (rest == 0) {
            side.num_frames++;
            rest = work->payload;
        }
    }
    wslay_frame_context_free(wslay);
    expect(side.payload == work->num_frames * work->payload);
}

static ssize_t wslay_read_messages(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, int flags,
                                   void *user_data) {
    wslay_side *side = user_data;
    (void)flags;
    size_t read = wire_read(&side->wire, buf, len);
    if (read == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    return (ssize_t)read;
}

static void wslay_take_chunk(wslay_event_context_ptr wslay,
                             const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *user_data) {
    wslay_side *side = user_data;
    (void)wslay;
    BENCH_USE(chunk->data);
    side->payload += chunk->data_length;
}

static void wslay_take_end(wslay_event_context_ptr wslay, void *user_data) {
    wslay_side *side = user_data;
    (void)wslay;
    side->num_frames++;
}

static void run_wslay_messages(void *context) {
    const frames_work *work = context;
    wslay_side side = {{work->data, work->len, 0}, 0, 0};
    struct wslay_event_callbacks callbacks = {.recv_callback = wslay_read_messages,
                                              .on_frame_recv_chunk_callback = wslay_take_chunk,
                                              .on_frame_recv_end_callback = wslay_take_end};
    wslay_event_context_ptr wslay;
    expect(wslay_event_context_server_init(&wslay, &callbacks, &side) == 0);
    wslay_event_config_set_no_buffering(wslay, 1);
    expect(wslay_event_recv(wslay) == 0);
    wslay_event_context_free(wslay);
    expect(side.num_frames == work->num_frames && side.payload == work->num_frames * work->payload);
}

/* ---- the table ---- */

/* Text frames from a client, all of the same size. */
static frames_work frames_make(size_t payload) {
    frames_work work = {NULL, 0, RUN_PAYLOAD / payload, payload};
    if (work.num_frames > RUN_FRAMES) work.num_frames = RUN_FRAMES;
    work.data = bench_alloc(work.num_frames * (WSC_HEADER_MAX + payload));
    for (size_t i = 0; i < work.num_frames; i++) {
        wsc_frame frame = {
            .fin = true,
            .masked = true,
            .opcode = WSC_OP_TEXT,
            .key = {(uint8_t)(i * 7 + 1), (uint8_t)(i * 5 + 2), (uint8_t)(i * 3 + 3), (uint8_t)i},
            .length = payload};
        work.len += wsc_frame_encode(work.data + work.len, &frame);
        uint8_t *data = work.data + work.len;
        for (size_t k = 0; k < payload; k++) data[k] = (uint8_t)(' ' + (i + k) % 95);
        wsc_mask(data, data, payload, frame.key, 0);
        work.len += payload;
    }
    return work;
}

void bench_frames(void) {
    static const size_t payloads[] = {1, 4, 16, 32, 64, 125, 126, 256, 512, 1024, 4096, 16384, 65536};
    puts("\nMasked text frames, millions a second (and as a multiple of libwslay)");
    puts("             frames: unmasked             messages: unmasked, validated");
    puts("  payload   libwslay     libwsc            libwslay     libwsc");
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        frames_work work = frames_make(payloads[i]);
        bench_task tasks[] = {{run_wslay_frames, &work, 0},
                              {run_wsc_frames, &work, 0},
                              {run_wslay_messages, &work, 0},
                              {run_wsc_messages, &work, 0}};
        bench_measure(tasks, 4);
        double rates[4];
        for (size_t k = 0; k < 4; k++) rates[k] = (double)work.num_frames / tasks[k].seconds * 1e-6;
        printf("%9zu %10.3f %10.3f (%5.1f) %10.3f %10.3f (%5.1f)\n", work.payload, rates[0], rates[1],
               rates[1] / rates[0], rates[2], rates[3], rates[3] / rates[2]);
        free(work.data);
    }
}
