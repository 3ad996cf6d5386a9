/* SPDX-License-Identifier: MIT */
#include "mutator.h"

#include "fuzz.h"

/* What is beyond these bounds is kept as octets. */
#define FRAMES_MAX  64
#define PAYLOAD_MAX 1024
#define ARENA_MAX   ((size_t)2 * FRAMES_MAX * PAYLOAD_MAX)

/* A frame in the making. Its payload is not masked. */
typedef struct mutant {
    wsc_frame header;
    bool lies;        /* header.length is not the length of the payload */
    uint8_t *payload; /* in the arena */
    size_t len;
} mutant;

typedef struct mutation {
    fuzz_cuts random;
    mutant frames[FRAMES_MAX];
    size_t num_frames;
    uint8_t *tail; /* octets behind the last frame that is whole */
    size_t tail_len;
    bool masked; /* as the first frame */
    /* Payloads are never moved or freed by themselves: there are few steps. */
    uint8_t *arena;
    size_t arena_len;
} mutation;

static size_t below(mutation *m, size_t limit) {
    return fuzz_random(&m->random) % limit;
}

static void payload_set(mutation *m, mutant *frame, const void *data, size_t len) {
    if (len > PAYLOAD_MAX) len = PAYLOAD_MAX;
    if (len > ARENA_MAX - m->arena_len) len = 0;
    frame->payload = m->arena + m->arena_len;
    frame->len = len;
    if (len > 0) memcpy(frame->payload, data, len);
    m->arena_len += len;
}

static mutation mutation_make(uint64_t seed) {
    return (mutation){.random = {.way = FUZZ_RANDOM, .random = seed}, .arena = fuzz_alloc(ARENA_MAX)};
}

static void mutation_clear(mutation *m) {
    free(m->arena);
    free(m->tail);
}

/* ---- Octets to frames and back ---- */

static void mutation_read(mutation *m, const uint8_t *data, size_t size) {
    wsc_decoder decoder;
    wsc_event event;
    size_t pos = 0;
    wsc_decoder_init(&decoder);
    m->masked = size >= 2 && data[1] >= 0x80;
    while (m->num_frames < FRAMES_MAX / 2) {
        size_t used = wsc_decode_whole(&decoder, data + pos, size - pos, &event);
        if (event.type != WSC_EVENT_FRAME || event.len > PAYLOAD_MAX) break;
        mutant *frame = &m->frames[m->num_frames++];
        *frame = (mutant){.header = event.frame};
        payload_set(m, frame, event.data, event.len);
        wsc_mask(frame->payload, frame->payload, frame->len, event.frame.key, 0);
        pos += used;
    }
    m->tail = fuzz_copy(data + pos, size - pos);
    m->tail_len = size - pos;
}

static size_t mutation_write(const mutation *m, uint8_t *out, size_t max_size) {
    size_t size = 0;
    for (size_t i = 0; i < m->num_frames; i++) {
        const mutant *frame = &m->frames[i];
        wsc_frame header = frame->header;
        uint8_t octets[WSC_HEADER_MAX];
        if (!frame->lies) header.length = frame->len;
        size_t len = wsc_frame_encode(octets, &header);
        if (len == 0) { /* the form does not hold the length */
            header.form = WSC_LENGTH_MINIMAL;
            len = wsc_frame_encode(octets, &header);
        }
        if (max_size - size < len + frame->len) return size;
        memcpy(out + size, octets, len);
        wsc_mask(out + size + len, frame->payload, frame->len, header.key, 0);
        size += len + frame->len;
    }
    size_t rest = m->tail_len < max_size - size ? m->tail_len : max_size - size;
    if (rest > 0) memcpy(out + size, m->tail, rest);
    return size + rest;
}

/* ---- Steps ---- */

static void frame_remove(mutation *m, size_t i) {
    m->num_frames--;
    memmove(&m->frames[i], &m->frames[i + 1], (m->num_frames - i) * sizeof m->frames[0]);
}

/* Makes room for a frame at i; NULL if there is none. */
static mutant *frame_insert(mutation *m, size_t i) {
    if (m->num_frames == FRAMES_MAX) return NULL;
    memmove(&m->frames[i + 1], &m->frames[i], (m->num_frames - i) * sizeof m->frames[0]);
    m->num_frames++;
    m->frames[i] = (mutant){.payload = NULL};
    return &m->frames[i];
}

static void random_key(mutation *m, wsc_frame *header) {
    uint32_t key = below(m, 3) == 0 ? 0 : fuzz_random(&m->random) << 1 ^ fuzz_random(&m->random);
    memcpy(header->key, &key, sizeof key);
}

/* A payload where codecs have their edges: lengths, characters, status codes. */
static void random_payload(mutation *m, mutant *frame) {
    static const char *const pieces[] = {"a",
                                         "\xC3\xA9",
                                         "\xE2\x82\xAC",
                                         "\xED\x9F\xBF",
                                         "\xEF\xBF\xBF",
                                         "\xF0\x9F\x98\x80",
                                         "\xF4\x8F\xBF\xBF",
                                         "\xC3",
                                         "\xE2\x82",
                                         "\xF0\x9F\x98",
                                         "\x80",
                                         "\xC0\x80",
                                         "\xED\xA0\x80",
                                         "\xF4\x90\x80\x80",
                                         "\xFF"};
    static const uint16_t codes[] = {0,    999,  1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011,
                                     1012, 1014, 1015, 1016, 2999, 3000, 3999, 4000, 4999, 5000};
    static const size_t lens[] = {0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 64, 65, 123, 124, 125, 126, 127, 300};
    uint8_t data[PAYLOAD_MAX];
    size_t len = 0;
    if (frame->header.opcode == WSC_OP_CLOSE && below(m, 8) != 0) {
        uint16_t code = codes[below(m, sizeof codes / sizeof *codes)];
        data[len++] = (uint8_t)(code >> 8);
        data[len++] = (uint8_t)(code & 0xFF);
    }
    if (below(m, 2) == 0) {
        for (size_t num = below(m, 6); num > 0; num--) {
            const char *piece = pieces[below(m, sizeof pieces / sizeof *pieces)];
            while (*piece != '\0') data[len++] = (uint8_t)*piece++;
        }
    } else {
        size_t more = lens[below(m, sizeof lens / sizeof *lens)];
        memset(data + len, 'a' + (int)below(m, 26), more);
        len += more;
    }
    payload_set(m, frame, data, len);
}

static void step_insert(mutation *m) {
    static const uint8_t opcodes[] = {0, 0, 0, 1, 1, 1, 2, 2, 8, 8, 9, 9, 10, 3, 11};
    mutant *frame = frame_insert(m, below(m, m->num_frames + 1));
    if (frame == NULL) return;
    frame->header = (wsc_frame){
        .fin = below(m, 3) != 0, .masked = m->masked, .opcode = opcodes[below(m, sizeof opcodes)]};
    if (frame->header.opcode >= WSC_OP_CLOSE) frame->header.fin = below(m, 16) != 0;
    if (frame->header.masked) random_key(m, &frame->header);
    random_payload(m, frame);
}

static void step_duplicate(mutation *m, size_t i) {
    mutant *copy = frame_insert(m, i);
    if (copy == NULL) return;
    *copy = m->frames[i + 1];
    payload_set(m, copy, m->frames[i + 1].payload, m->frames[i + 1].len);
}

static void step_swap(mutation *m, size_t i) {
    size_t k = below(m, m->num_frames);
    mutant other = m->frames[i];
    m->frames[i] = m->frames[k];
    m->frames[k] = other;
}

/* One frame becomes two fragments. */
static void step_split(mutation *m, size_t i) {
    mutant *rest = frame_insert(m, i + 1);
    if (rest == NULL) return;
    mutant *frame = &m->frames[i];
    size_t cut = below(m, frame->len + 1);
    rest->header = frame->header;
    rest->header.opcode = WSC_OP_CONTINUATION;
    payload_set(m, rest, frame->payload + cut, frame->len - cut);
    frame->len = cut;
    frame->header.fin = false;
    frame->lies = false;
}

static void step_merge(mutation *m, size_t i) {
    if (i + 1 >= m->num_frames) return;
    mutant *frame = &m->frames[i], *next = &m->frames[i + 1];
    size_t len = frame->len + next->len;
    uint8_t *both = fuzz_alloc(len);
    if (frame->len > 0) memcpy(both, frame->payload, frame->len);
    if (next->len > 0) memcpy(both + frame->len, next->payload, next->len);
    payload_set(m, frame, both, len);
    free(both);
    frame->header.fin = next->header.fin;
    frame->lies = false;
    frame_remove(m, i + 1);
}

static void step_claim(mutation *m, mutant *frame) {
    static const uint64_t claims[] = {0, 1, 125, 126, 127, 65535, 65536, INT64_MAX, UINT64_MAX};
    frame->lies = true;
    frame->header.form = WSC_LENGTH_64;
    frame->header.length =
        below(m, 2) == 0 ? claims[below(m, sizeof claims / sizeof *claims)] : frame->len + below(m, 5) - 2;
}

static void step_header(mutation *m, mutant *frame) {
    static const wsc_length_form forms[] = {WSC_LENGTH_MINIMAL, WSC_LENGTH_7, WSC_LENGTH_16, WSC_LENGTH_64};
    wsc_frame *header = &frame->header;
    switch (below(m, 8)) {
    case 0: header->opcode = (uint8_t)below(m, 16); break;
    case 1:
    case 2: header->fin = !header->fin; break;
    case 3: header->rsv1 = !header->rsv1; break;
    case 4: below(m, 2) == 0 ? (header->rsv2 = !header->rsv2) : (header->rsv3 = !header->rsv3); break;
    case 5: header->form = forms[below(m, 4)]; break;
    case 6: random_key(m, header); break;
    default: header->masked = !header->masked; memset(header->key, 0, sizeof header->key);
    }
    if (!header->masked) memset(header->key, 0, sizeof header->key);
}

static void step_payload(mutation *m, mutant *frame) {
    if (frame->len > 0 && below(m, 2) == 0) {
        frame->payload[below(m, frame->len)] = (uint8_t)fuzz_random(&m->random);
    } else if (frame->len > 0 && below(m, 3) == 0) {
        frame->len = below(m, frame->len);
    } else {
        random_payload(m, frame);
    }
}

static void step(mutation *m) {
    if (m->num_frames == 0) {
        step_insert(m);
        return;
    }
    size_t i = below(m, m->num_frames);
    switch (below(m, 14)) {
    case 0:
    case 1:
    case 2: step_insert(m); break;
    case 3: frame_remove(m, i); break;
    case 4: step_duplicate(m, i); break;
    case 5: step_swap(m, i); break;
    case 6: step_split(m, i); break;
    case 7: step_merge(m, i); break;
    case 8: step_claim(m, &m->frames[i]); break;
    case 9: m->tail_len = below(m, 2) == 0 ? 0 : m->tail_len; break;
    case 10:
    case 11: step_payload(m, &m->frames[i]); break;
    default: step_header(m, &m->frames[i]);
    }
}

size_t mutate_frames(uint8_t *data, size_t size, size_t max_size, uint64_t seed, int has_option) {
    uint8_t option = 0;
    if (has_option && max_size == 0) return 0;
    mutation m = mutation_make(seed);
    if (has_option) {
        option = fuzz_option(data, &size);
        max_size--;
        if (below(&m, 8) == 0) option ^= (uint8_t)(1u << below(&m, 8));
    }
    mutation_read(&m, data, size);
    for (size_t steps = 1 + below(&m, 6); steps > 0; steps--) step(&m);
    size = mutation_write(&m, data, max_size);
    mutation_clear(&m);
    if (has_option) data[size++] = option;
    return size;
}

size_t cross_frames(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                    uint8_t *out, size_t max_size, uint64_t seed, int has_option) {
    uint8_t option = 0;
    if (has_option && max_size == 0) return 0;
    mutation m = mutation_make(seed), other = mutation_make(seed);
    if (has_option) {
        option = fuzz_option(first, &first_size);
        (void)fuzz_option(second, &second_size);
        max_size--;
    }
    mutation_read(&m, first, first_size);
    mutation_read(&other, second, second_size);
    m.tail_len = 0;
    for (size_t drop = below(&m, m.num_frames + 1); drop > 0; drop--) frame_remove(&m, m.num_frames - 1);
    for (size_t drop = below(&m, other.num_frames + 1); drop > 0; drop--) frame_remove(&other, 0);
    size_t size = mutation_write(&m, out, max_size);
    size += mutation_write(&other, out + size, max_size - size);
    mutation_clear(&m);
    mutation_clear(&other);
    if (has_option) out[size++] = option;
    return size;
}
