/* SPDX-License-Identifier: MIT */
/* Measuring: short tasks, repeated and interleaved, the best round counts. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* One task; context is its own. */
typedef void bench_run(void *context);

typedef struct bench_task {
    bench_run *run;
    void *context;
    double seconds; /* result: of one run, in the best round */
} bench_task;

/* Measures tasks that are to be compared: in each round every task runs for some milliseconds, so that what
   disturbs the machine disturbs all of them. */
void bench_measure(bench_task *tasks, size_t num_tasks);

/* Keeps the compiler from dropping work whose result nobody reads. */
#define BENCH_USE(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* malloc that ends the program when there is no memory. */
void *bench_alloc(size_t len);
/* Octets that are the same in every run of the program. */
void bench_fill(uint8_t *data, size_t len);

/* The tables of the codec. */
void bench_masking(void);
void bench_utf8(void);
void bench_frames(void);

#endif
