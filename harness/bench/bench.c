/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS        25
#define ROUND_SECONDS 0.003

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double time_runs(const bench_task *task, unsigned long runs) {
    double start = now();
    for (unsigned long i = 0; i < runs; i++) task->run(task->context);
    return now() - start;
}

/* How many runs fill a round. */
static unsigned long calibrate(const bench_task *task) {
    unsigned long runs = 1;
    double seconds = time_runs(task, runs);
    while (seconds < ROUND_SECONDS / 4) {
        runs *= 2;
        seconds = time_runs(task, runs);
    }
    double needed = (double)runs * ROUND_SECONDS / seconds;
    return needed < 1 ? 1 : (unsigned long)needed;
}

void bench_measure(bench_task *tasks, size_t num_tasks) {
    unsigned long *runs = bench_alloc(num_tasks * sizeof *runs);
    for (size_t i = 0; i < num_tasks; i++) {
        runs[i] = calibrate(&tasks[i]);
        tasks[i].seconds = -1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < num_tasks; i++) {
            double seconds = time_runs(&tasks[i], runs[i]) / (double)runs[i];
            if (tasks[i].seconds < 0 || seconds < tasks[i].seconds) tasks[i].seconds = seconds;
        }
    }
    free(runs);
}

void *bench_alloc(size_t len) {
    void *data = malloc(len);
    if (data == NULL) {
        fputs("bench: out of memory\n", stderr);
        exit(1);
    }
    return data;
}

void bench_fill(uint8_t *data, size_t len) {
    uint32_t state = 0x2545F491;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (uint8_t)(state >> 24);
    }
}
