/* SPDX-License-Identifier: MIT */
/* Masking and UTF-8 validation, measured against memcpy. */
#include "bench.h"

#include "codec/variants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct octets_work {
    uint8_t *dst;
    const uint8_t *src;
    size_t len;
} octets_work;

/* Two buffers in one block, to be freed as src. Their distance is no multiple of a page: where it is,
   processors take stores to the one for loads from the other, and copying slows down. */
static void buffers_make(uint8_t **src, uint8_t **dst, size_t len) {
    size_t distance = (len + 4095) / 4096 * 4096 + 2048;
    *src = bench_alloc(distance + len);
    *dst = *src + distance;
    memset(*src, 0, distance + len);
}

static const uint8_t key[4] = {0x37, 0xFA, 0x21, 0x3D};

static void run_memcpy(void *context) {
    octets_work *work = context;
    memcpy(work->dst, work->src, work->len);
    BENCH_USE(work->dst);
}

static void run_mask(void *context) {
    octets_work *work = context;
    wsc_mask(work->dst, work->src, work->len, key, 1);
    BENCH_USE(work->dst);
}

static void run_mask_in_place(void *context) {
    octets_work *work = context;
    wsc_mask(work->dst, work->dst, work->len, key, 1);
    BENCH_USE(work->dst);
}

static void run_mask_portable(void *context) {
    octets_work *work = context;
    wsc_mask_portable(work->dst, work->src, work->len, key, 1);
    BENCH_USE(work->dst);
}

static double rate(const octets_work *work, const bench_task *task) {
    return (double)work->len / task->seconds * 1e-9;
}

void bench_masking(void) {
    static const size_t sizes[] = {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};
    size_t most = sizes[sizeof sizes / sizeof *sizes - 1];
    uint8_t *src, *dst;
    buffers_make(&src, &dst, most);
    bench_fill(src, most);
    puts("Masking, GB/s (and as a multiple of memcpy)");
    puts("   octets   memcpy   wsc_mask         in place         portable");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        octets_work work = {dst, src, sizes[i]};
        bench_task tasks[] = {{run_memcpy, &work, 0},
                              {run_mask, &work, 0},
                              {run_mask_in_place, &work, 0},
                              {run_mask_portable, &work, 0}};
        bench_measure(tasks, 4);
        double copy = rate(&work, &tasks[0]);
        printf("%9zu %8.1f", work.len, copy);
        for (size_t k = 1; k < 4; k++) {
            printf(" %8.1f (%.2f)", rate(&work, &tasks[k]), rate(&work, &tasks[k]) / copy);
        }
        putchar('\n');
    }
    free(src);
}

typedef size_t utf8_push(wsc_utf8 *utf8, const uint8_t *data, size_t len);

static void utf8_run(const octets_work *work, utf8_push *push) {
    wsc_utf8 utf8 = {0};
    if (push(&utf8, work->src, work->len) != work->len) abort();
    BENCH_USE(&utf8);
}

static void run_utf8(void *context) {
    utf8_run(context, wsc_utf8_push);
}

static void run_utf8_portable(void *context) {
    utf8_run(context, wsc_utf8_push_portable);
}

static void run_utf8_plain(void *context) {
    utf8_run(context, wsc_utf8_push_plain);
}

/* Repeats a text up to len octets; the rest, less than one text, is filled with spaces. */
static void text_fill(uint8_t *data, size_t len, const char *text) {
    size_t text_len = strlen(text), whole = len / text_len * text_len;
    for (size_t i = 0; i < whole; i++) data[i] = (uint8_t)text[i % text_len];
    memset(data + whole, ' ', len - whole);
}

void bench_utf8(void) {
    static const struct {
        const char *name, *text;
    } texts[] = {
        {"ASCII", "The quick brown fox jumps over the lazy dog. "},
        {"Latin, mixed", "P\u0159\u00EDli\u0161 \u017Elu\u0165ou\u010Dk\u00FD k\u016F\u0148 "},
        {"2 octets each", "\u0105\u0107\u0119\u0142\u0144\u00F3\u015B\u017A\u017C\u011B\u0161\u010D\u0159"},
        {"CJK, 3 octets", "\u6F22\u5B57\u4EEE\u540D\u4EA4\u3058\u308A\u6587"},
        {"emoji, 4 octets", "\U0001F600\U0001F680\U0001F4A9\U0001F9EA\U0001F30D"}};
    static const size_t sizes[] = {128, 1024, 16384, 1048576};
    puts("\nUTF-8 validation, GB/s (and as a multiple of memcpy)");
    printf("wsc_utf8_push takes %s here\n", wsc_cpu_has_avx2() ? "AVX2" : "the portable variant");
    puts("text               octets   memcpy   wsc_utf8_push    portable         plain");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            uint8_t *src, *dst;
            buffers_make(&src, &dst, sizes[k]);
            text_fill(src, sizes[k], texts[i].text);
            octets_work work = {dst, src, sizes[k]};
            bench_task tasks[] = {{run_memcpy, &work, 0},
                                  {run_utf8, &work, 0},
                                  {run_utf8_portable, &work, 0},
                                  {run_utf8_plain, &work, 0}};
            bench_measure(tasks, 4);
            double copy = rate(&work, &tasks[0]);
            printf("%-16s %8zu %8.1f", texts[i].name, work.len, copy);
            for (size_t n = 1; n < 4; n++) {
                printf(" %8.2f (%.2f)", rate(&work, &tasks[n]), rate(&work, &tasks[n]) / copy);
            }
            putchar('\n');
            free(src);
        }
    }
}
