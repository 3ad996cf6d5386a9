/* SPDX-License-Identifier: MIT */
/* Inside of the codec: memory for zlib out of one block of the caller's. Not installed. */
#ifndef WSC_ARENA_H
#define WSC_ARENA_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

/* What zlib may align its own things to. */
#define ARENA_ALIGN 64u
/* zlib allocates a handful of blocks; each may begin after a gap. */
#define ARENA_GAPS ((size_t)8 * ARENA_ALIGN)

typedef struct wsc_arena {
    uint8_t *data;
    size_t len, used;
} wsc_arena;

/* size octets, aligned; NULL if they are not there. */
static inline void *arena_take(wsc_arena *arena, size_t size) {
    size_t gap = (ARENA_ALIGN - (uintptr_t)(arena->data + arena->used) % ARENA_ALIGN) % ARENA_ALIGN;
    size_t left = arena->len - arena->used;
    if (gap > left || size > left - gap) return NULL;
    void *taken = arena->data + arena->used + gap;
    arena->used += gap + size;
    return taken;
}

/* For z_stream, with the arena as its opaque. Nothing is freed: the owner of the memory does that. */
static inline void *arena_alloc(void *opaque, unsigned items, unsigned size) {
    if (size != 0 && items > SIZE_MAX / size) return NULL;
    return arena_take(opaque, (size_t)items * size);
}

static inline void arena_free(void *opaque, void *address) {
    (void)opaque;
    (void)address;
}

#endif
