/* SPDX-License-Identifier: MIT */
#include "script/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)64 * 1024)

struct memory_chunk {
    memory_chunk *next;
    _Alignas(max_align_t) unsigned char data[];
};

_Noreturn void memory_exhausted(void) {
    fputs("wsconform: out of memory\n", stderr);
    abort();
}

void *memory_resize(void *data, size_t size) {
    void *result = realloc(data, size);
    if (result == NULL) memory_exhausted();
    return result;
}

static memory_chunk *chunk_new(size_t size) {
    if (size > SIZE_MAX - sizeof(memory_chunk)) memory_exhausted();
    memory_chunk *chunk = calloc(1, sizeof(memory_chunk) + size);
    if (chunk == NULL) memory_exhausted();
    return chunk;
}

void *memory_alloc(memory_pool *memory, size_t size) {
    const size_t align = _Alignof(max_align_t);
    if (size == 0) size = 1;
    if (size > SIZE_MAX - align) memory_exhausted();
    size = (size + align - 1) / align * align;
    if (size > CHUNK_SIZE / 4) {
        /* A chunk of its own, behind the newest one so that the rest of that stays in use. */
        memory_chunk *chunk = chunk_new(size);
        if (memory->chunks == NULL) {
            memory->chunks = chunk;
            memory->used = memory->cap = size;
        } else {
            chunk->next = memory->chunks->next;
            memory->chunks->next = chunk;
        }
        return chunk->data;
    }
    if (memory->cap - memory->used < size) {
        memory_chunk *chunk = chunk_new(CHUNK_SIZE);
        chunk->next = memory->chunks;
        memory->chunks = chunk;
        memory->used = 0;
        memory->cap = CHUNK_SIZE;
    }
    void *result = memory->chunks->data + memory->used;
    memory->used += size;
    return result;
}

void *memory_array(memory_pool *memory, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) memory_exhausted();
    return memory_alloc(memory, count * size);
}

char *memory_copy(memory_pool *memory, const void *data, size_t len) {
    if (len == SIZE_MAX) memory_exhausted();
    char *copy = memory_alloc(memory, len + 1);
    if (len > 0) memcpy(copy, data, len);
    return copy;
}

void memory_free(memory_pool *memory) {
    while (memory->chunks != NULL) {
        memory_chunk *next = memory->chunks->next;
        free(memory->chunks);
        memory->chunks = next;
    }
    memory->used = memory->cap = 0;
}

static void text_reserve(text_buffer *buffer, size_t more) {
    if (more >= SIZE_MAX / 2 - buffer->len) memory_exhausted();
    size_t need = buffer->len + more + 1;
    if (need <= buffer->cap) return;
    size_t cap = buffer->cap < 64 ? 64 : buffer->cap;
    while (cap < need) cap += cap / 2;
    buffer->data = memory_resize(buffer->data, cap);
    buffer->cap = cap;
}

void text_append(text_buffer *buffer, const void *data, size_t len) {
    text_reserve(buffer, len);
    if (len > 0) memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
}

void text_print(text_buffer *buffer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) memory_exhausted();
    text_reserve(buffer, (size_t)len);
    va_start(args, format);
    (void)vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, args);
    va_end(args);
    buffer->len += (size_t)len;
}
