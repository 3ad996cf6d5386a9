/* SPDX-License-Identifier: MIT */
/* Payloads and frames. */
#include <string.h>

#include "script/load.h"

/* ---- Payloads ------------------------------------------------------------------------------------------ */

static bool payload_bytes(payload *result, const uint8_t *data, size_t len) {
    *result = (payload){.kind = PAYLOAD_BYTES, .data = data, .len = len, .total = len};
    return true;
}

static bool payload_repeat(load_context *loader, const json_t *json, const place *at, payload *result) {
    int64_t total;
    if (!load_is_array(loader, json, at)) return false;
    if (json_array_size(json) != 2) {
        load_error(loader, at, "must be [pattern, total octets]");
        return false;
    }
    result->kind = PAYLOAD_REPEAT;
    bool good = load_octets(loader, json_array_get(json, 0), &(place){.up = at, .index = 0}, &result->data,
                            &result->len, NULL);
    if (good && result->len == 0) {
        load_error(loader, &(place){.up = at, .index = 0}, "the pattern is empty");
        good = false;
    }
    if (!load_integer(loader, json_array_get(json, 1), &(place){.up = at, .index = 1}, 0,
                      (int64_t)LOAD_MAX_PAYLOAD, &total)) {
        return false;
    }
    result->total = (uint64_t)total;
    return good;
}

static bool payload_generated(load_context *loader, json_t *json, const place *at, payload *result) {
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, (const char *const[]){"seed", "bytes", NULL});
    json_t *seed = load_member(loader, json, at, "seed"), *bytes = load_member(loader, json, at, "bytes");
    int64_t value = 0, total = 0;
    if (seed != NULL) {
        good = load_integer(loader, seed, &(place){.up = at, .key = "seed"}, 0, INT64_MAX, &value) && good;
    }
    if (bytes != NULL) {
        good = load_integer(loader, bytes, &(place){.up = at, .key = "bytes"}, 0, (int64_t)LOAD_MAX_PAYLOAD,
                            &total) &&
               good;
    }
    result->seed = (uint64_t)value;
    result->total = (uint64_t)total;
    return good && seed != NULL && bytes != NULL;
}

/* A concatenation holds no concatenations: the parts of inner ones become its own. */
static bool payload_concat(load_context *loader, const json_t *json, const place *at, payload *result) {
    if (!load_is_array(loader, json, at)) return false;
    size_t num = json_array_size(json), all = 0;
    payload *given = memory_array(loader->memory, num, sizeof *given);
    bool good = true;
    result->kind = PAYLOAD_CONCAT;
    for (size_t i = 0; i < num; i++) {
        if (!load_payload(loader, json_array_get(json, i), &(place){.up = at, .index = i}, &given[i])) {
            given[i] = (payload){0};
            good = false;
        }
        result->total += given[i].total;
        all += given[i].kind == PAYLOAD_CONCAT ? given[i].num_parts : 1;
        if (result->total > LOAD_MAX_PAYLOAD) {
            load_error(loader, at, "more than %llu MiB in all", (unsigned long long)LOAD_MAX_PAYLOAD >> 20);
            return false;
        }
    }
    payload *parts = memory_array(loader->memory, all, sizeof *parts);
    for (size_t i = 0; i < num; i++) {
        const payload *from = given[i].kind == PAYLOAD_CONCAT ? given[i].parts : &given[i];
        size_t count = given[i].kind == PAYLOAD_CONCAT ? given[i].num_parts : 1;
        if (count > 0) memcpy(parts + result->num_parts, from, count * sizeof *parts);
        result->num_parts += count;
    }
    result->parts = parts;
    return good;
}

bool load_payload(load_context *loader, const json_t *json, const place *at, payload *result) {
    static const char *const kinds[] = {"text", "hex",  "repeat", "concat",   "random",  "words", "prose",
                                        "json", "html", "image",  "document", "deflate", NULL};
    *result = (payload){0};
    if (!load_is_object(loader, json, at)) return false;
    json_t *object = (json_t *)(uintptr_t)json;
    if (!load_keys(loader, object, at, kinds)) return false;
    if (json_object_size(json) != 1) {
        load_error(
            loader, at,
            "must have exactly one of text, hex, deflate, repeat, concat, random, words, prose, json, html, "
            "image and document");
        return false;
    }
    const char *kind = json_object_iter_key(json_object_iter(object));
    json_t *value = json_object_get(json, kind);
    place here = {.up = at, .key = kind};
    const uint8_t *data;
    size_t len;
    if (strcmp(kind, "text") == 0) {
        if (!json_is_string(value)) return load_string(loader, value, &here) != NULL;
        len = json_string_length(value);
        return payload_bytes(result, (uint8_t *)memory_copy(loader->memory, json_string_value(value), len),
                             len);
    }
    if (strcmp(kind, "hex") == 0) {
        return load_hex(loader, value, &here, &data, &len) && payload_bytes(result, data, len);
    }
    if (strcmp(kind, "deflate") == 0) return load_stream(loader, value, &here, result);
    if (strcmp(kind, "repeat") == 0) return payload_repeat(loader, value, &here, result);
    if (strcmp(kind, "concat") == 0) return payload_concat(loader, value, &here, result);
    size_t nth = 0;
    while (strcmp(kind, payload_kind_name((payload_kind)nth)) != 0) nth++;
    result->kind = (payload_kind)nth;
    return payload_generated(loader, value, &here, result);
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

static bool frame_opcode(load_context *loader, const json_t *json, const place *at, uint8_t *opcode) {
    if (json_is_integer(json)) {
        json_int_t value = json_integer_value(json);
        if ((value >= 3 && value <= 7) || (value >= 11 && value <= 15)) {
            *opcode = (uint8_t)value;
            return true;
        }
        load_error(loader, at, value >= 0 && value <= 10 ? "write the opcode's name" : "no reserved opcode");
        return false;
    }
    if (!json_is_string(json)) return load_string(loader, json, at) != NULL;
    static const uint8_t named[] = {WSC_OP_CONTINUATION, WSC_OP_TEXT, WSC_OP_BINARY,
                                    WSC_OP_CLOSE,        WSC_OP_PING, WSC_OP_PONG};
    for (size_t i = 0; i < sizeof named; i++) {
        if (strcmp(load_word(json), wsc_opcode_name(named[i])) == 0) {
            *opcode = named[i];
            return true;
        }
    }
    load_error(loader, at, "unknown opcode \"%s\"", json_string_value(json));
    return false;
}

/* An announced length: a number, or hex digits for those that JSON's integers do not reach. */
static bool frame_claim(load_context *loader, const json_t *json, const place *at, uint64_t *length) {
    int64_t number;
    if (!json_is_string(json)) {
        if (!load_integer(loader, json, at, 0, INT64_MAX, &number)) return false;
        *length = (uint64_t)number;
        return true;
    }
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);
    *length = 0;
    for (size_t i = 0; i < len && i < 17; i++) {
        const char *digits = "0123456789abcdefABCDEF",
                   *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (digit == NULL) {
            load_error(loader, at, "not a hex digit at offset %zu", i);
            return false;
        }
        size_t value = (size_t)(digit - digits);
        *length = *length << 4 | (value < 16 ? value : value - 6);
    }
    if (len >= 1 && len <= 16) return true;
    load_error(loader, at, "must have 1 to 16 hex digits");
    return false;
}

static bool frame_length(load_context *loader, json_t *json, const place *at, case_frame *frame) {
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, (const char *const[]){"form", "claim", NULL});
    json_t *form = json_object_get(json, "form"), *claim = json_object_get(json, "claim");
    if (form == NULL && claim == NULL) {
        load_error(loader, at, "has neither form nor claim");
        return false;
    }
    if (form != NULL) {
        place here = {.up = at, .key = "form"};
        int64_t bits = 0;
        if (!load_integer(loader, form, &here, 7, 64, &bits)) {
            good = false;
        } else if (bits != 7 && bits != 16 && bits != 64) {
            load_error(loader, &here, "must be 7, 16 or 64");
            good = false;
        } else {
            frame->header.form = (wsc_length_form)bits;
        }
    }
    if (claim != NULL) {
        frame->claims_length = true;
        good = frame_claim(loader, claim, &(place){.up = at, .key = "claim"}, &frame->header.length) && good;
    }
    return good;
}

static bool frame_key(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_frame *frame) {
    const uint8_t *data;
    size_t len;
    if (!load_hex(loader, json, at, &data, &len)) return false;
    if (len != 4) {
        load_error(loader, at, "must have 8 hex digits");
        return false;
    }
    memcpy(frame->header.key, data, 4);
    frame->has_key = true;
    if (frame->masking == MASK_ON || (frame->masking == MASK_BY_ROLE && !test->judges_client)) return true;
    load_error(loader, at,
               frame->masking == MASK_OFF
                   ? "a frame without mask has no masking key"
                   : "a client is sent unmasked frames: \"masked\": true is missing, or judge only servers");
    return false;
}

/* Body of a Close frame: code and reason. */
static bool frame_close_body(load_context *loader, json_t *json, const place *at, case_frame *frame) {
    json_t *code = json_object_get(json, "code"), *reason = json_object_get(json, "reason");
    if (code == NULL && reason == NULL) return true;
    place reason_place = {.up = at, .key = "reason"};
    int64_t value = 0;
    const uint8_t *data = NULL;
    size_t len = 0;
    bool good = true;
    if (frame->header.opcode != WSC_OP_CLOSE) {
        load_error(loader, at, "only a Close frame has a code or a reason");
        good = false;
    }
    if (json_object_get(json, "payload") != NULL) {
        load_error(loader, at, "has a payload, and also a code or a reason");
        good = false;
    }
    if (code == NULL) {
        load_error(loader, &reason_place, "a reason without a code");
        good = false;
    } else {
        good = load_integer(loader, code, &(place){.up = at, .key = "code"}, 0, 65535, &value) && good;
    }
    if (reason != NULL) good = load_octets(loader, reason, &reason_place, &data, &len, NULL) && good;
    uint8_t *body = memory_alloc(loader->memory, len + 2);
    body[0] = (uint8_t)(value >> 8);
    body[1] = (uint8_t)value;
    if (len > 0) memcpy(body + 2, data, len);
    frame->payload = (payload){.kind = PAYLOAD_BYTES, .data = body, .len = len + 2, .total = len + 2};
    return good;
}

uint64_t frame_octets(const case_frame *frame, bool masked) {
    uint8_t header[WSC_HEADER_MAX];
    wsc_frame wire = frame->header;
    wire.masked = masked;
    size_t len = wsc_frame_encode(header, &wire);
    return len == 0 ? 0 : len + frame->payload.total;
}

bool load_frame(load_context *loader, json_t *json, const place *at, const test_case *test,
                case_frame *frame) {
    static const char *const known[] = {"opcode", "fin",    "rsv1",    "rsv2", "rsv3",   "masked",
                                        "key",    "length", "payload", "code", "reason", NULL};
    *frame = (case_frame){.header = {.fin = true}};
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, known);
    json_t *opcode = load_member(loader, json, at, "opcode"), *member;
    if (opcode == NULL ||
        !frame_opcode(loader, opcode, &(place){.up = at, .key = "opcode"}, &frame->header.opcode)) {
        good = false;
    }
    good = load_flag(loader, json, at, "fin", &frame->header.fin) && good;
    good = load_flag(loader, json, at, "rsv1", &frame->header.rsv1) && good;
    good = load_flag(loader, json, at, "rsv2", &frame->header.rsv2) && good;
    good = load_flag(loader, json, at, "rsv3", &frame->header.rsv3) && good;
    if (json_object_get(json, "masked") != NULL) {
        bool masked = false;
        good = load_flag(loader, json, at, "masked", &masked) && good;
        frame->masking = masked ? MASK_ON : MASK_OFF;
    }
    if ((member = json_object_get(json, "payload")) != NULL) {
        good = load_payload(loader, member, &(place){.up = at, .key = "payload"}, &frame->payload) && good;
    }
    good = frame_close_body(loader, json, at, frame) && good;
    if ((member = json_object_get(json, "key")) != NULL) {
        good = frame_key(loader, member, &(place){.up = at, .key = "key"}, test, frame) && good;
    }
    member = json_object_get(json, "length");
    place length = {.up = at, .key = "length"};
    if (member != NULL) good = frame_length(loader, member, &length, frame) && good;
    if (!frame->claims_length) frame->header.length = frame->payload.total;
    if (good && frame_octets(frame, false) == 0) {
        load_error(loader, &length, "a length of %llu does not fit into %d bits",
                   (unsigned long long)frame->header.length, (int)frame->header.form);
        good = false;
    }
    return good;
}

bool load_frames(load_context *loader, json_t *json, const place *at, const test_case *test,
                 const case_frame **frames, size_t *num_frames) {
    bool is_list = json_is_array(json), good = true;
    size_t num = is_list ? json_array_size(json) : 1;
    if (num == 0) {
        load_error(loader, at, "the list has no frame");
        return false;
    }
    case_frame *list = memory_array(loader->memory, num, sizeof *list);
    for (size_t i = 0; i < num; i++) {
        place here = {.up = at, .index = i};
        good = load_frame(loader, is_list ? json_array_get(json, i) : json, is_list ? &here : at, test,
                          &list[i]) &&
               good;
    }
    *frames = list;
    *num_frames = num;
    return good;
}
