/* SPDX-License-Identifier: MIT */
/* Memory of a catalogue: allocations that live and die together. */
#ifndef SCRIPT_MEMORY_H
#define SCRIPT_MEMORY_H

#include <stddef.h>

typedef struct memory_chunk memory_chunk;
typedef struct memory_pool {
    memory_chunk *chunks;
    size_t used, cap; /* of the newest chunk */
} memory_pool;

/* Zeroed memory for any type of object, valid until memory_free; never NULL, also for size 0. Running out of
   memory ends the program: a harness without its catalogue has nothing to go on with. */
void *memory_alloc(memory_pool *memory, size_t size);
/* Zeroed memory for count objects; count * size must not overflow, else the program ends. */
void *memory_array(memory_pool *memory, size_t count, size_t size);
/* A copy of len octets, with a NUL behind them. */
char *memory_copy(memory_pool *memory, const void *data, size_t len);
void memory_free(memory_pool *memory);

/* realloc that never returns NULL (size must not be 0). */
void *memory_resize(void *data, size_t size);
/* Ends the program: there is no memory. */
_Noreturn void memory_exhausted(void);

/* A growing string of octets on the heap; all zero is the empty one. data has a NUL behind len once anything
   was appended; the owner frees it. */
typedef struct text_buffer {
    char *data;
    size_t len, cap;
} text_buffer;
void text_append(text_buffer *buffer, const void *data, size_t len);
void text_print(text_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
