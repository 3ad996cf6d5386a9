/* SPDX-License-Identifier: MIT */
/* Decompression: the inflater says what zlib says in one go, about each message anew; the inspector reads
   what zlib reads, and nothing else, whatever the cut; what it tells about a message hangs together; a strict
   inspector stops at the first of the faults that a lenient one notes; limits are exact; failed is failed.

   The input is what a compressor wrote: where 00 00 ff ff stands, a message ends (RFC 7692 7.2.1). The last
   octet are options: bit 0, no context takeover; bits 1 and 2, the limit of a message; bits 3 to 5, the bits
   of the window; bit 6, who sends; bit 7, all of it is one message.

   zlib and the inspector differ, and only there: zlib refuses more than 30 distance codes, of which RFC 1951
   3.2.7 permits 32. */
#include "fuzz.h"

#include <zlib.h>

#define MESSAGES_MAX 32

/* What a reader said about one message. */
typedef struct said {
    wsc_fault fault;  /* NONE: it is complete */
    size_t consumed;  /* octets of its payload */
    size_t plain_end; /* octets of all messages up to here */
    wsc_deflate_facts facts;
} said;

/* What a reader said about all, up to its first fault. */
typedef struct reading {
    fuzz_trace plain;
    said messages[MESSAGES_MAX];
    size_t num;
} reading;

typedef struct question {
    const uint8_t *data;
    size_t size;
    bool whole; /* one message */
    bool no_context_takeover;
    uint64_t max_message;
    uint8_t window_bits;
    wsc_role sender;
} question;

/* The next message, from *pos. False if there is none. */
static bool next_message(const question *q, size_t *pos, const uint8_t **data, size_t *len) {
    if (*pos >= q->size) return false;
    const uint8_t *found = q->whole ? NULL : memmem(q->data + *pos, q->size - *pos, "\0\0\xFF\xFF", 4);
    *data = q->data + *pos;
    *len = found != NULL ? (size_t)(found - *data) : q->size - *pos;
    *pos += *len + (found != NULL ? 4 : 0);
    return true;
}

/* ---- zlib, one go a message ---- */

typedef struct zlib_reader {
    z_stream stream;
    fuzz_trace *plain;
    size_t window_start; /* octets before it are out of reach */
    bool too_many_codes; /* the one argued difference */
} zlib_reader;

static void window_set(zlib_reader *z) {
    size_t len = z->plain->len - z->window_start;
    if (len > WSC_WINDOW_MAX) len = WSC_WINDOW_MAX;
    if (inflateReset(&z->stream) != Z_OK) abort();
    if (len == 0) return;
    if (inflateSetDictionary(&z->stream, z->plain->data + z->plain->len - len, (uInt)len) != Z_OK) abort();
}

/* Decompresses a message and its tail into a buffer that is large enough. */
static wsc_fault plain_message(zlib_reader *z, const uint8_t *data, size_t len, uint64_t max) {
    uint8_t *input = fuzz_alloc(len + 4);
    size_t left = (size_t)max + 1;
    wsc_fault fault = WSC_FAULT_NONE;
    bool complete = false;
    int result = Z_OK;
    memcpy(input, data, len);
    memcpy(input + len, "\0\0\xFF\xFF", 4);
    z->stream.next_in = input;
    z->stream.avail_in = (uInt)len + 4;
    while (fault == WSC_FAULT_NONE && (z->stream.avail_in > 0 || !complete)) {
        uint8_t *out = trace_room(z->plain, left);
        z->plain->len -= left;
        FUZZ_FOREIGN(out, left);
        z->stream.next_out = out;
        z->stream.avail_out = (uInt)left;
        result = inflate(&z->stream, Z_SYNC_FLUSH);
        size_t filled = left - z->stream.avail_out;
        z->plain->len += filled;
        left -= filled;
        complete = result == Z_STREAM_END || z->stream.data_type == 128;
        if (left == 0) {
            z->plain->len--;
            fault = WSC_FAULT_MESSAGE_TOO_BIG;
        } else if (result == Z_STREAM_END) {
            window_set(z);
        } else if (result == Z_DATA_ERROR) {
            fault = WSC_FAULT_DEFLATE_INVALID;
            z->too_many_codes = strcmp(z->stream.msg, "too many length or distance symbols") == 0;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            abort();
        } else if (!complete) {
            fault = WSC_FAULT_DEFLATE_END_IN_BLOCK;
        }
    }
    free(input);
    return fault;
}

static void read_plainly(reading *r, const question *q, bool *too_many_codes) {
    zlib_reader z = {.plain = &r->plain};
    const uint8_t *data;
    size_t pos = 0, len;
    wsc_fault fault = WSC_FAULT_NONE;
    if (inflateInit2(&z.stream, -15) != Z_OK) abort();
    while (fault == WSC_FAULT_NONE && r->num < MESSAGES_MAX && next_message(q, &pos, &data, &len)) {
        if (q->no_context_takeover) z.window_start = r->plain.len;
        window_set(&z);
        fault = plain_message(&z, data, len, q->max_message);
        r->messages[r->num++] = (said){.fault = fault, .plain_end = r->plain.len};
    }
    *too_many_codes = z.too_many_codes;
    (void)inflateEnd(&z.stream);
}

/* ---- The readers under test ---- */

typedef struct reader {
    wsc_inflater *inflater; /* NULL: the inspector */
    wsc_inspector *inspector;
} reader;

static size_t push(const reader *r, const uint8_t *src, size_t len, wsc_inflate_event *event) {
    if (r->inflater != NULL) return wsc_inflater_push(r->inflater, src, len, event);
    return wsc_inspector_push(r->inspector, src, len, event);
}

static void finish(const reader *r, wsc_inflate_event *event) {
    if (r->inflater != NULL)
        wsc_inflater_end(r->inflater, event);
    else
        wsc_inspector_end(r->inspector, event);
}

static void check_event(const wsc_inflate_event *event) {
    ORACLE((event->status == WSC_INFLATE_FAILED) == (event->fault != WSC_FAULT_NONE), "deflate-fault");
    ORACLE((event->status == WSC_INFLATE_DATA) == (event->len > 0), "deflate-data");
}

static void check_sticky(const reader *r, wsc_fault fault) {
    static const uint8_t more[3] = {0, 0, 0};
    wsc_inflate_event event;
    ORACLE(push(r, more, 3, &event) == 3, "deflate-sticky");
    ORACLE(event.status == WSC_INFLATE_FAILED && event.fault == fault, "deflate-sticky");
    finish(r, &event);
    ORACLE(event.status == WSC_INFLATE_FAILED && event.fault == fault, "deflate-sticky");
}

/* Pieces of a message up to its end or a fault. */
static void read_message(const reader *r, reading *result, const uint8_t *data, size_t len, fuzz_cuts *cuts) {
    said *m = &result->messages[result->num++];
    wsc_inflate_event event = {.status = WSC_INFLATE_MORE};
    *m = (said){.fault = WSC_FAULT_NONE};
    for (size_t pos = 0; pos < len && event.status != WSC_INFLATE_FAILED;) {
        size_t piece_len = fuzz_piece(cuts, len - pos), used = 0;
        const uint8_t *piece = fuzz_piece_open(cuts, data + pos, piece_len);
        do {
            size_t consumed = push(r, piece + used, piece_len - used, &event);
            ORACLE(consumed <= piece_len - used, "deflate-consumed");
            check_event(&event);
            used += consumed;
            trace_put(&result->plain, event.data, event.len);
        } while (event.status == WSC_INFLATE_DATA);
        ORACLE(event.status == WSC_INFLATE_FAILED || used == piece_len, "deflate-consumed");
        fuzz_piece_close(cuts);
        m->consumed += used;
        pos += used;
    }
    while (event.status != WSC_INFLATE_FAILED && event.status != WSC_INFLATE_END) {
        finish(r, &event);
        check_event(&event);
        trace_put(&result->plain, event.data, event.len);
    }
    m->fault = event.fault;
    m->plain_end = result->plain.len;
    if (r->inspector != NULL) m->facts = r->inspector->facts;
    if (event.status == WSC_INFLATE_FAILED) check_sticky(r, event.fault);
}

static void read_all(const reader *r, reading *result, const question *q, fuzz_way way) {
    fuzz_cuts cuts = fuzz_cuts_make(way, q->data, q->size);
    const uint8_t *data;
    size_t pos = 0, len;
    while (result->num < MESSAGES_MAX && next_message(q, &pos, &data, &len)) {
        read_message(r, result, data, len, &cuts);
        if (result->messages[result->num - 1].fault != WSC_FAULT_NONE) break;
    }
}

static void read_inflater(reading *result, const question *q, fuzz_way way, size_t out_len) {
    wsc_inflater_config config = {
        .no_context_takeover = q->no_context_takeover, .max_message = q->max_message, .out_len = out_len};
    size_t size = wsc_inflater_size(&config);
    void *memory = fuzz_alloc_foreign(size);
    ORACLE(size > 0 && wsc_inflater_init(memory, size - 1 - size / 2, &config) == NULL, "inflater-memory");
    reader r = {wsc_inflater_init(memory, size, &config), NULL};
    ORACLE(r.inflater != NULL, "inflater-memory");
    read_all(&r, result, q, way);
    free(memory);
}

static void read_inspector(reading *result, const question *q, fuzz_way way, bool strict,
                           wsc_inspector *inspector) {
    wsc_inspector_config config = {.sender = q->sender,
                                   .window_bits = q->window_bits,
                                   .no_context_takeover = q->no_context_takeover,
                                   .strict = strict,
                                   .max_message = q->max_message};
    reader r = {NULL, inspector};
    wsc_inspector_init(inspector, &config);
    read_all(&r, result, q, way);
}

/* ---- Comparisons ---- */

static bool facts_equal(const wsc_deflate_facts *a, const wsc_deflate_facts *b) {
    return a->compressed == b->compressed && a->plain == b->plain && a->num_stored == b->num_stored &&
           a->num_fixed == b->num_fixed && a->num_dynamic == b->num_dynamic && a->num_empty == b->num_empty &&
           a->num_final == b->num_final && a->num_matches == b->num_matches &&
           a->after_final == b->after_final && a->before_final == b->before_final &&
           a->max_distance == b->max_distance && a->max_reach == b->max_reach && a->end == b->end &&
           a->faults == b->faults;
}

static void check_same(const reading *a, const reading *b) {
    ORACLE(a->num == b->num && trace_equal(&a->plain, &b->plain), "deflate-cuts");
    for (size_t i = 0; i < a->num; i++) {
        const said *x = &a->messages[i], *y = &b->messages[i];
        ORACLE(x->fault == y->fault && x->consumed == y->consumed, "deflate-cuts");
        ORACLE(x->plain_end == y->plain_end, "deflate-cuts");
        ORACLE(facts_equal(&x->facts, &y->facts), "deflate-cuts");
    }
}

/* The inflater next to zlib in one go. */
static void check_inflater(const reading *r, const reading *plainly) {
    ORACLE(r->num == plainly->num && trace_equal(&r->plain, &plainly->plain), "inflater-zlib");
    for (size_t i = 0; i < r->num; i++) {
        ORACLE(r->messages[i].fault == plainly->messages[i].fault, "inflater-zlib");
        ORACLE(r->messages[i].plain_end == plainly->messages[i].plain_end, "inflater-zlib");
    }
}

/* A lenient inspector next to zlib, up to the first message that does not end as RFC 7692 7.2.1 has it. */
static void check_inspector(const reading *r, const reading *plainly, bool no_context_takeover,
                            bool too_many_codes) {
    size_t num = r->num < plainly->num ? r->num : plainly->num;
    for (size_t i = 0; i < num; i++) {
        const said *m = &r->messages[i], *z = &plainly->messages[i];
        bool proper = m->fault == WSC_FAULT_NONE && m->facts.end == WSC_DEFLATE_END_PROPER;
        ORACLE(memcmp(r->plain.data, plainly->plain.data,
                      m->plain_end < z->plain_end ? m->plain_end : z->plain_end) == 0,
               "inspector-zlib");
        if (z->fault == WSC_FAULT_DEFLATE_INVALID && too_many_codes) return;
        /* zlib has no window left where a lenient inspector still looks. */
        if (m->facts.max_reach > 0 && no_context_takeover) return;
        /* Whatever is inside of a block goes on with the octets that zlib gets behind it. */
        if (m->fault == WSC_FAULT_NONE && m->facts.end == WSC_DEFLATE_END_INSIDE) {
            ORACLE(m->plain_end <= z->plain_end, "inspector-zlib");
            return;
        }
        ORACLE(m->plain_end == z->plain_end, "inspector-zlib");
        ORACLE(proper == (z->fault == WSC_FAULT_NONE), "inspector-zlib");
        ORACLE((m->fault == WSC_FAULT_MESSAGE_TOO_BIG) == (z->fault == WSC_FAULT_MESSAGE_TOO_BIG),
               "inspector-limit");
        if (!proper) return;
    }
    ORACLE(r->num == plainly->num, "inspector-zlib");
}

static bool has(const wsc_deflate_facts *facts, wsc_fault fault) {
    return (facts->faults & WSC_FAULT_BIT(fault)) != 0;
}

/* What the facts of a message have to do with each other. */
static void check_facts(const said *m, const question *q, uint64_t plain) {
    const wsc_deflate_facts *f = &m->facts;
    bool client = q->sender == WSC_CLIENT;
    bool beyond = f->max_distance > 1u << q->window_bits;
    bool reached = f->max_reach > 0 && q->no_context_takeover;
    uint64_t blocks = f->num_stored + f->num_fixed + f->num_dynamic;
    ORACLE(f->compressed == m->consumed && f->plain == plain, "facts-octets");
    ORACLE(plain <= q->max_message, "facts-limit");
    ORACLE(m->fault != WSC_FAULT_MESSAGE_TOO_BIG || plain == q->max_message, "facts-limit");
    ORACLE(f->max_distance <= WSC_WINDOW_MAX && f->max_reach <= f->max_distance, "facts-distance");
    ORACLE((f->num_matches > 0) == (f->max_distance > 0) || m->fault != WSC_FAULT_NONE, "facts-distance");
    ORACLE(f->num_empty <= blocks && f->num_final <= blocks + 1, "facts-blocks");
    ORACLE(blocks <= f->compressed * 8 / 3, "facts-blocks");
    ORACLE(f->before_final <= plain && f->after_final <= f->compressed, "facts-final");
    ORACLE(f->num_final > 0 || (f->before_final == 0 && f->after_final == 0), "facts-final");
    ORACLE(has(f, client ? WSC_FAULT_DEFLATE_WINDOW_CLIENT : WSC_FAULT_DEFLATE_WINDOW_SERVER) == beyond,
           "facts-window");
    ORACLE(has(f, client ? WSC_FAULT_DEFLATE_TAKEOVER_CLIENT : WSC_FAULT_DEFLATE_TAKEOVER_SERVER) == reached,
           "facts-takeover");
    if (m->fault != WSC_FAULT_NONE) {
        ORACLE(has(f, m->fault), "facts-fault");
        return;
    }
    ORACLE(wsc_deflate_end_name(f->end) != NULL, "facts-end");
    ORACLE((f->end == WSC_DEFLATE_END_EMPTY) == (f->compressed == 0), "facts-end");
    ORACLE(has(f, WSC_FAULT_DEFLATE_TAIL_LEFT) == (f->end == WSC_DEFLATE_END_TAIL_LEFT), "facts-end");
    ORACLE(has(f, WSC_FAULT_DEFLATE_END_IN_BLOCK) == (f->end == WSC_DEFLATE_END_INSIDE), "facts-end");
}

/* A strict inspector stops where a lenient one first notes a fault. */
static void check_strict(const reading *strict, const reading *lenient) {
    for (size_t i = 0; i < lenient->num; i++) {
        const said *s = &strict->messages[i], *m = &lenient->messages[i];
        wsc_faults faults = m->facts.faults & ~WSC_FAULT_BIT(WSC_FAULT_DEFLATE_PADDING);
        ORACLE(i < strict->num && (s->fault == WSC_FAULT_NONE) == (faults == 0), "strict-lenient");
        ORACLE(s->plain_end <= m->plain_end && s->consumed <= m->consumed, "strict-lenient");
        ORACLE(memcmp(strict->plain.data, lenient->plain.data, s->plain_end) == 0, "strict-lenient");
        if (faults != 0) {
            ORACLE((faults & WSC_FAULT_BIT(s->fault)) != 0, "strict-lenient");
            return;
        }
        ORACLE(facts_equal(&s->facts, &m->facts), "strict-lenient");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint64_t limits[] = {65536, 4096, 100, 1};
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    question q = {.data = data,
                  .size = size,
                  .whole = option >= 128,
                  .no_context_takeover = option % 2 == 1,
                  .max_message = limits[option / 2 % 4],
                  .window_bits = (uint8_t)(WSC_WINDOW_BITS_MAX - option / 8 % 8),
                  .sender = option / 64 % 2 == 0 ? WSC_CLIENT : WSC_SERVER};
    static const size_t rooms[] = {0, 7, 64};
    reading *readings = calloc(8, sizeof *readings);
    wsc_inspector *inspector = fuzz_alloc(sizeof *inspector);
    if (readings == NULL) abort();
    reading *plainly = &readings[0], *lenient = &readings[1];
    bool too_many_codes;

    read_plainly(plainly, &q, &too_many_codes);
    read_inspector(lenient, &q, FUZZ_WHOLE, false, inspector);
    check_inspector(lenient, plainly, q.no_context_takeover, too_many_codes);
    for (size_t i = 0, before = 0; i < lenient->num; i++) {
        check_facts(&lenient->messages[i], &q, lenient->messages[i].plain_end - before);
        before = lenient->messages[i].plain_end;
    }
    read_inspector(&readings[2], &q, FUZZ_OCTETS, false, inspector);
    check_same(&readings[2], lenient);
    read_inspector(&readings[3], &q, FUZZ_RANDOM, false, inspector);
    check_same(&readings[3], lenient);
    read_inspector(&readings[4], &q, FUZZ_RANDOM, true, inspector);
    check_strict(&readings[4], lenient);
    for (size_t i = 0; i < 3; i++) {
        read_inflater(&readings[5 + i], &q, (fuzz_way)i, rooms[i]);
        check_inflater(&readings[5 + i], plainly);
    }
    for (size_t i = 0; i < 8; i++) trace_clear(&readings[i].plain);
    free(readings);
    free(inspector);
    return 0;
}
