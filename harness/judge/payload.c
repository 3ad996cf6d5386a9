/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "judge/blocks.h"

const char *payload_kind_name(payload_kind kind) {
    static const char *const names[PAYLOAD_KINDS] = {"text",  "repeat", "concat", "random", "words",
                                                     "prose", "json",   "html",   "image",  "document"};
    return names[kind];
}

static void read_blocks(const payload *source, const block_kind *kind, uint64_t offset, uint8_t *dst,
                        size_t len) {
    uint8_t block[BLOCK_MAX];
    while (len > 0) {
        size_t skip = (size_t)(offset % kind->len), take = kind->len - skip < len ? kind->len - skip : len;
        kind->make(block, source->seed, offset / kind->len);
        memcpy(dst, block + skip, take);
        offset += take;
        dst += take;
        len -= take;
    }
}

static void read_repeat(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    if (source->len == 1) {
        memset(dst, source->data[0], len);
        return;
    }
    while (len > 0) {
        size_t skip = (size_t)(offset % source->len);
        size_t take = source->len - skip < len ? source->len - skip : len;
        memcpy(dst, source->data + skip, take);
        offset += take;
        dst += take;
        len -= take;
    }
}

/* Any kind but a concatenation. */
static void read_plain(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    const block_kind *kind = payload_blocks(source->kind);
    if (kind)
        read_blocks(source, kind, offset, dst, len);
    else if (source->kind == PAYLOAD_REPEAT)
        read_repeat(source, offset, dst, len);
    else if (source->kind == PAYLOAD_BYTES)
        memcpy(dst, source->data + offset, len);
}

void payload_read(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    if (len == 0) return;
    if (source->kind != PAYLOAD_CONCAT) {
        read_plain(source, offset, dst, len);
        return;
    }
    for (size_t i = 0; i < source->num_parts && len > 0; i++) {
        const payload *part = &source->parts[i];
        if (offset >= part->total) {
            offset -= part->total;
            continue;
        }
        size_t take = part->total - offset < len ? (size_t)(part->total - offset) : len;
        read_plain(part, offset, dst, take);
        offset = 0;
        dst += take;
        len -= take;
    }
}
