/* SPDX-License-Identifier: MIT */
/* DEFLATE streams written by hand (RFC 1951 3.2): blocks, codes and bits as a case asks for them. */
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

/* Octets of one stream. */
#define STREAM_MAX ((size_t)1 << 20)

/* A stream being written; bits fill each octet from its least significant one. */
typedef struct stream {
    load_context *loader;
    text_buffer octets;
    unsigned num_bits; /* of the octet that is not complete */
    uint8_t bits;
    bool dynamic; /* the codes of the block */
} stream;

static void put_bits(stream *s, unsigned value, unsigned num) {
    for (; num > 0; num--, value >>= 1) {
        s->bits |= (uint8_t)((value & 1) << s->num_bits);
        if (++s->num_bits < 8) continue;
        text_append(&s->octets, &s->bits, 1);
        s->bits = 0;
        s->num_bits = 0;
    }
}

/* Huffman codes come with their most significant bit first. */
static void put_code(stream *s, unsigned code, unsigned num) {
    while (num > 0) put_bits(s, code >> --num & 1, 1);
}

static void put_padding(stream *s) {
    if (s->num_bits > 0) put_bits(s, 0, 8 - s->num_bits);
}

/* ---- Codes --------------------------------------------------------------------------------------------- */

enum { END_OF_BLOCK = 256, NUM_LITERALS = 286, NUM_DISTANCES = 30 };
/* The dynamic codes: as even as a complete code of so many symbols can be. */
enum { SHORT_LITERALS = 226, SHORT_DISTANCES = 2 };

static void put_literal(stream *s, unsigned symbol) {
    if (s->dynamic && symbol < SHORT_LITERALS)
        put_code(s, symbol, 8);
    else if (s->dynamic)
        put_code(s, 2 * SHORT_LITERALS + symbol - SHORT_LITERALS, 9);
    else if (symbol < 144)
        put_code(s, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(s, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(s, symbol - 256, 7);
    else
        put_code(s, 0xc0 + symbol - 280, 8);
}

static void put_distance_code(stream *s, unsigned symbol) {
    if (!s->dynamic)
        put_code(s, symbol, 5);
    else if (symbol < SHORT_DISTANCES)
        put_code(s, symbol, 4);
    else
        put_code(s, 2 * SHORT_DISTANCES + symbol - SHORT_DISTANCES, 5);
}

/* Codes of a dynamic block (3.2.7). The lengths 4, 5, 8 and 9 have codes of two bits, in that order. */
static void put_tables(stream *s) {
    static const uint8_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4};
    put_bits(s, NUM_LITERALS - 257, 5);
    put_bits(s, NUM_DISTANCES - 1, 5);
    put_bits(s, sizeof order - 4, 4);
    for (size_t i = 0; i < sizeof order; i++)
        put_bits(s, order[i] == 4 || order[i] == 5 || order[i] == 8 || order[i] == 9 ? 2 : 0, 3);
    for (unsigned i = 0; i < NUM_LITERALS; i++) put_code(s, i < SHORT_LITERALS ? 2 : 3, 2);
    for (unsigned i = 0; i < NUM_DISTANCES; i++) put_code(s, i < SHORT_DISTANCES ? 0 : 1, 2);
}

/* A length (3 to 258) and a distance (1 to 32768), as their codes and extra bits (3.2.5). */
static void put_copy(stream *s, unsigned length, unsigned distance) {
    unsigned symbol = 257, base = 3, extra = 0;
    if (length == 258) {
        symbol = 285;
        base = 258;
    } else {
        for (; base + (1u << extra) <= length; symbol++) {
            base += 1u << extra;
            if (symbol >= 264 && (symbol - 264) % 4 == 0) extra++;
        }
    }
    put_literal(s, symbol);
    put_bits(s, length - base, extra);
    for (symbol = 0, base = 1, extra = 0; base + (1u << extra) <= distance; symbol++) {
        base += 1u << extra;
        if (symbol >= 3 && symbol % 2 == 1) extra++;
    }
    put_distance_code(s, symbol);
    put_bits(s, distance - base, extra);
}

/* ---- Parts --------------------------------------------------------------------------------------------- */

static bool load_content(stream *s, const json_t *json, const place *at, payload *content) {
    if (!load_payload(s->loader, json, at, content)) return false;
    if (content->total <= STREAM_MAX - s->octets.len) return true;
    load_error(s->loader, at, "makes more than %zu octets", STREAM_MAX);
    return false;
}

static bool load_stored(stream *s, const json_t *json, const place *at, bool final) {
    payload content;
    uint8_t part[4096];
    if (!load_content(s, json, at, &content)) return false;
    uint64_t offset = 0;
    do {
        uint64_t left = content.total - offset;
        unsigned len = left < 65535 ? (unsigned)left : 65535;
        put_bits(s, final && len == left, 1);
        put_bits(s, 0, 2);
        put_padding(s);
        put_bits(s, len, 16);
        put_bits(s, ~len & 0xffff, 16);
        for (unsigned n; len > 0; len -= n) {
            n = len < sizeof part ? len : (unsigned)sizeof part;
            payload_read(&content, offset, part, n);
            text_append(&s->octets, part, n);
            offset += n;
        }
    } while (offset < content.total);
    return true;
}

static bool load_copy(stream *s, const json_t *json, const place *at) {
    int64_t length, distance;
    if (!json_is_array(json) || json_array_size(json) != 2) {
        load_error(s->loader, at, "must be [length, distance]");
        return false;
    }
    if (!load_integer(s->loader, json_array_get(json, 0), &(place){.up = at, .index = 0}, 3, 258, &length) ||
        !load_integer(s->loader, json_array_get(json, 1), &(place){.up = at, .index = 1}, 1, WSC_WINDOW_MAX,
                      &distance)) {
        return false;
    }
    put_copy(s, (unsigned)length, (unsigned)distance);
    return true;
}

/* Literals, or a copy. */
static bool load_item(stream *s, const json_t *json, const place *at) {
    const json_t *copy = json_object_get(json, "copy");
    if (copy != NULL && json_object_size(json) == 1) {
        return load_copy(s, copy, &(place){.up = at, .key = "copy"});
    }
    payload content;
    uint8_t part[4096];
    if (!load_content(s, json, at, &content)) return false;
    for (uint64_t offset = 0; offset < content.total;) {
        uint64_t left = content.total - offset;
        size_t n = left < sizeof part ? (size_t)left : sizeof part;
        payload_read(&content, offset, part, n);
        for (size_t i = 0; i < n; i++) put_literal(s, part[i]);
        offset += n;
    }
    return true;
}

static bool load_coded(stream *s, const json_t *json, const place *at, bool final, bool dynamic) {
    bool good = true;
    s->dynamic = dynamic;
    put_bits(s, final, 1);
    put_bits(s, dynamic ? 2 : 1, 2);
    if (dynamic) put_tables(s);
    if (!json_is_array(json)) {
        good = load_item(s, json, at);
    } else {
        for (size_t i = 0; i < json_array_size(json) && good; i++)
            good = load_item(s, json_array_get(json, i), &(place){.up = at, .index = i});
    }
    put_literal(s, END_OF_BLOCK);
    if (final) put_padding(s);
    return good;
}

static bool load_bits(stream *s, const json_t *json, const place *at) {
    const char *text = load_word(json);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ' ') continue;
        if (*c != '0' && *c != '1') {
            load_error(s->loader, at, "must be a string of 0 and 1");
            return false;
        }
        put_bits(s, *c == '1', 1);
    }
    if (text[0] != '\0') return true;
    load_error(s->loader, at, "must be a string of 0 and 1");
    return false;
}

static bool load_aligned(stream *s, const json_t *json, const place *at) {
    const uint8_t *data;
    size_t len;
    if (!load_hex(s->loader, json, at, &data, &len)) return false;
    put_padding(s);
    text_append(&s->octets, data, len);
    return true;
}

static bool load_word_part(stream *s, const json_t *json, const place *at) {
    static const uint8_t tail[] = {0x00, 0x00, 0xff, 0xff};
    bool flush = strcmp(load_word(json), "flush") == 0;
    if (!flush && strcmp(load_word(json), "end") != 0) {
        load_error(s->loader, at, "must be \"flush\", \"end\" or an object");
        return false;
    }
    put_bits(s, 0, 3);
    put_padding(s);
    if (flush) text_append(&s->octets, tail, sizeof tail);
    return true;
}

static bool load_part(stream *s, json_t *json, const place *at) {
    static const char *const kinds[] = {"stored", "fixed", "dynamic", "bits", "octets", NULL};
    static const char *const known[] = {"stored", "fixed", "dynamic", "bits", "octets", "final", NULL};
    bool final = false;
    if (!json_is_object(json)) return load_word_part(s, json, at);
    if (!load_keys(s->loader, json, at, known) || !load_flag(s->loader, json, at, "final", &final))
        return false;
    size_t found = 0, num = 0;
    for (size_t i = 0; kinds[i] != NULL; i++) {
        if (json_object_get(json, kinds[i]) == NULL) continue;
        found = i;
        num++;
    }
    if (num != 1 || (json_object_get(json, "final") != NULL && found > 2)) {
        load_error(s->loader, at,
                   "must have one of stored, fixed, dynamic (with these also final), bits and octets");
        return false;
    }
    const json_t *value = json_object_get(json, kinds[found]);
    place here = {.up = at, .key = kinds[found]};
    if (found == 0) return load_stored(s, value, &here, final);
    if (found == 3) return load_bits(s, value, &here);
    if (found == 4) return load_aligned(s, value, &here);
    return load_coded(s, value, &here, final, found == 2);
}

bool load_stream(load_context *loader, const json_t *json, const place *at, payload *result) {
    stream s = {.loader = loader};
    if (!load_is_array(loader, json, at)) return false;
    bool good = json_array_size(json) > 0;
    if (!good) load_error(loader, at, "the list has no block");
    for (size_t i = 0; i < json_array_size(json) && good; i++)
        good = load_part(&s, json_array_get(json, i), &(place){.up = at, .index = i});
    put_padding(&s);
    good = good && load_charge(loader, s.octets.len);
    if (good)
        *result = (payload){.kind = PAYLOAD_BYTES,
                            .data = (const uint8_t *)memory_copy(loader->memory, s.octets.data, s.octets.len),
                            .len = s.octets.len,
                            .total = s.octets.len};
    free(s.octets.data);
    return good;
}
