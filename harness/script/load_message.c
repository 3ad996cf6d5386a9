/* SPDX-License-Identifier: MIT */
/* Well-formed messages: how they are cut into frames, and how they are compressed. */
#include <string.h>

#include "script/load.h"

/* ---- Fragments ----------------------------------------------------------------------------------------- */

uint64_t case_num_fragments(const case_fragments *fragments, uint64_t total) {
    uint64_t sum = 0;
    switch (fragments->rule) {
    case FRAGMENTS_SIZE: return total == 0 ? 1 : total / fragments->size + (total % fragments->size > 0);
    case FRAGMENTS_COUNT: return fragments->num;
    case FRAGMENTS_LIST:
        for (size_t i = 0; i < fragments->num; i++) sum += fragments->sizes[i];
        return fragments->num + (sum < total || fragments->num == 0);
    }
    return 1;
}

uint64_t case_fragment_octets(const case_fragments *fragments, uint64_t total, uint64_t index,
                              uint64_t base) {
    uint64_t left = total - base, len = left;
    switch (fragments->rule) {
    case FRAGMENTS_SIZE: len = fragments->size; break;
    case FRAGMENTS_COUNT: len = total / fragments->num + (index < total % fragments->num); break;
    case FRAGMENTS_LIST:
        if (index < fragments->num) len = fragments->sizes[index];
        break;
    }
    return len < left ? len : left;
}

/* Sizes given one by one. */
static bool fragments_listed(load_context *loader, const json_t *json, const place *at, uint64_t total,
                             case_fragments *fragments) {
    size_t num = json_array_size(json);
    if (num == 0 || num > LOAD_MAX_FRAGMENTS) {
        load_error(loader, at, "must have 1 to %zu sizes", LOAD_MAX_FRAGMENTS);
        return false;
    }
    uint64_t *sizes = memory_array(loader->memory, num, sizeof *sizes), sum = 0;
    for (size_t i = 0; i < num; i++) {
        place here = {.up = at, .index = i};
        int64_t size;
        if (!load_integer(loader, json_array_get(json, i), &here, 0, (int64_t)LOAD_MAX_PAYLOAD, &size)) {
            return false;
        }
        sizes[i] = (uint64_t)size;
        sum += sizes[i];
        if (sum > total) {
            load_error(loader, &here, "the fragments exceed the payload of %llu octets",
                       (unsigned long long)total);
            return false;
        }
    }
    fragments->sizes = sizes;
    fragments->num = num;
    return true;
}

/* Fragments of one size, or so many of (nearly) equal size. */
static bool fragments_even(load_context *loader, json_t *json, const place *at, uint64_t total,
                           case_fragments *fragments) {
    if (!load_keys(loader, json, at, (const char *const[]){"size", "count", NULL})) return false;
    if (json_object_size(json) != 1) {
        load_error(loader, at, "must have either size or count");
        return false;
    }
    json_t *size = json_object_get(json, "size"), *count = json_object_get(json, "count");
    int64_t value = 1;
    if (size != NULL) {
        place here = {.up = at, .key = "size"};
        if (!load_integer(loader, size, &here, 1, (int64_t)LOAD_MAX_PAYLOAD, &value)) return false;
        if ((uint64_t)value > total) {
            load_error(loader, &here, "exceeds the payload of %llu octets", (unsigned long long)total);
            return false;
        }
        fragments->rule = FRAGMENTS_SIZE;
        fragments->size = (uint64_t)value;
    } else {
        place here = {.up = at, .key = "count"};
        if (!load_integer(loader, count, &here, 1, (int64_t)LOAD_MAX_FRAGMENTS, &value)) return false;
        fragments->rule = FRAGMENTS_COUNT;
        fragments->num = (size_t)value;
    }
    uint64_t num = case_num_fragments(fragments, total);
    if (num <= LOAD_MAX_FRAGMENTS) return true;
    load_error(loader, at, "makes %llu fragments, more than %zu", (unsigned long long)num,
               LOAD_MAX_FRAGMENTS);
    return false;
}

static bool load_fragments(load_context *loader, json_t *json, const place *at, uint64_t total,
                           case_fragments *fragments) {
    *fragments = (case_fragments){.rule = FRAGMENTS_COUNT, .num = 1};
    if (json == NULL) return true;
    if (json_is_array(json)) {
        fragments->rule = FRAGMENTS_LIST;
        return fragments_listed(loader, json, at, total, fragments);
    }
    if (json_is_object(json)) return fragments_even(loader, json, at, total, fragments);
    load_error(loader, at, "must be a list of sizes, {\"size\"} or {\"count\"}");
    return false;
}

/* ---- Compression --------------------------------------------------------------------------------------- */

static bool load_number(load_context *loader, const json_t *object, const place *at, const char *key,
                        int64_t min, int64_t max, int64_t *value) {
    const json_t *member = json_object_get(object, key);
    return member == NULL || load_integer(loader, member, &(place){.up = at, .key = key}, min, max, value);
}

static bool load_blocks(load_context *loader, const json_t *json, const place *at,
                        wsc_deflate_strategy *strategy) {
    static const struct {
        const char *name;
        wsc_deflate_strategy strategy;
    } all[] = {{"stored", WSC_DEFLATE_STORED},
               {"fixed", WSC_DEFLATE_FIXED},
               {"huffman", WSC_DEFLATE_HUFFMAN},
               {"rle", WSC_DEFLATE_RLE}};
    if (json == NULL) return true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(load_word(json), all[i].name) != 0) continue;
        *strategy = all[i].strategy;
        return true;
    }
    load_error(loader, at, "must be stored, fixed, huffman or rle");
    return false;
}

static bool load_compress(load_context *loader, json_t *json, const place *at, case_compress *compress) {
    static const char *const known[] = {"level", "window_bits", "takeover", "blocks",
                                        "flush", "final",       "tail",     NULL};
    compress->on = true;
    if (json_is_true(json)) return true;
    if (!json_is_object(json)) {
        load_error(loader, at, "must be true or an object");
        return false;
    }
    int64_t level = 0, bits = 0, flush = 0;
    bool takeover = false, good = load_keys(loader, json, at, known);
    if (json_object_size(json) == 0) {
        load_error(loader, at, "says nothing; write true");
        good = false;
    }
    good = load_number(loader, json, at, "level", 1, 9, &level) && good;
    good =
        load_number(loader, json, at, "window_bits", WSC_WINDOW_BITS_MIN, WSC_WINDOW_BITS_MAX, &bits) && good;
    good = load_number(loader, json, at, "flush", 1, (int64_t)LOAD_MAX_PAYLOAD, &flush) && good;
    good = load_flag(loader, json, at, "takeover", &takeover) && good;
    good = load_flag(loader, json, at, "final", &compress->final) && good;
    good = load_flag(loader, json, at, "tail", &compress->tail) && good;
    good = load_blocks(loader, json_object_get(json, "blocks"), &(place){.up = at, .key = "blocks"},
                       &compress->strategy) &&
           good;
    compress->level = (uint8_t)level;
    compress->window_bits = (uint8_t)bits;
    compress->flush = (uint64_t)flush;
    if (json_object_get(json, "takeover") != NULL) compress->takeover = takeover ? TAKEOVER_ON : TAKEOVER_OFF;
    return good;
}

/* ---- Messages ------------------------------------------------------------------------------------------ */

static bool load_type(load_context *loader, const json_t *type, const place *at, uint8_t *opcode) {
    *opcode = strcmp(load_word(type), "binary") == 0 ? WSC_OP_BINARY : WSC_OP_TEXT;
    if (*opcode == WSC_OP_BINARY || strcmp(load_word(type), "text") == 0) return true;
    load_error(loader, at, "must be \"text\" or \"binary\"");
    return false;
}

static bool load_between(load_context *loader, json_t *json, const place *at, const test_case *test,
                         case_message *message) {
    case_frame *frame = memory_alloc(loader->memory, sizeof *frame);
    message->between = frame;
    if (!load_frame(loader, json, at, test, frame)) return false;
    if (frame->header.opcode >= 8) return true;
    load_error(loader, at, "must be a control frame");
    return false;
}

/* How many messages a list of them is cut into, and how often. */
static bool load_many(load_context *loader, json_t *json, const place *at, case_message *message) {
    json_t *each = load_member(loader, json, at, "each"), *count = load_member(loader, json, at, "count");
    int64_t octets = 0, num = 0, quick = 0, ahead = MESSAGES_AHEAD;
    bool good = each != NULL && load_integer(loader, each, &(place){.up = at, .key = "each"}, 1,
                                             (int64_t)LOAD_MAX_PAYLOAD, &octets);
    good = count != NULL &&
           load_integer(loader, count, &(place){.up = at, .key = "count"}, 1, LOAD_MAX_TIMES, &num) && good;
    quick = num;
    good = load_number(loader, json, at, "quick", 1, num, &quick) && good;
    good = load_number(loader, json, at, "ahead", 1, LOAD_MAX_TIMES, &ahead) && good;
    message->each = (uint64_t)octets;
    message->count = (uint64_t)num;
    message->quick = (uint64_t)quick;
    message->ahead = (uint64_t)ahead;
    if (good && (message->payload.total == 0 || message->payload.total % message->each > 0)) {
        load_error(loader, &(place){.up = at, .key = "each"},
                   "the payload of %llu octets is not made of whole messages",
                   (unsigned long long)message->payload.total);
        good = false;
    }
    return good;
}

bool load_message(load_context *loader, json_t *json, const place *at, const test_case *test, bool many,
                  case_message *message) {
    static const char *const known_one[] = {"type",    "payload",     "fragments", "compress",
                                            "between", "one_segment", NULL};
    static const char *const known_many[] = {"type",    "payload",     "fragments", "compress",
                                             "between", "one_segment", "each",      "count",
                                             "quick",   "ahead",       NULL};
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, many ? known_many : known_one);
    json_t *type = load_member(loader, json, at, "type"), *content = load_member(loader, json, at, "payload");
    json_t *between = json_object_get(json, "between"), *compress = json_object_get(json, "compress");
    good =
        type != NULL && load_type(loader, type, &(place){.up = at, .key = "type"}, &message->opcode) && good;
    good = load_flag(loader, json, at, "one_segment", &message->one_segment) && good;
    place between_place = {.up = at, .key = "between"}, compress_place = {.up = at, .key = "compress"};
    if (between != NULL) good = load_between(loader, between, &between_place, test, message) && good;
    if (compress != NULL) good = load_compress(loader, compress, &compress_place, &message->compress) && good;
    if (compress != NULL && !test->deflate.given) {
        load_error(loader, &compress_place, "nothing is agreed on: the case has no deflate");
        good = false;
    }
    if (content == NULL ||
        !load_payload(loader, content, &(place){.up = at, .key = "payload"}, &message->payload)) {
        return false;
    }
    if (many && !load_many(loader, json, at, message)) return false;
    uint64_t total = many ? message->each : message->payload.total;
    good = load_fragments(loader, json_object_get(json, "fragments"), &(place){.up = at, .key = "fragments"},
                          total, &message->fragments) &&
           good;
    if (good && between != NULL && case_num_fragments(&message->fragments, total) == 1) {
        load_error(loader, &between_place, "there is only one fragment");
        good = false;
    }
    return good;
}
