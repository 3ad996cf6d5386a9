/* SPDX-License-Identifier: MIT */
/* Measures the codec. Times are for reading, not for passing or failing. */
#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } tables[] = {{"masking", bench_masking}, {"utf8", bench_utf8}, {"frames", bench_frames}};
    int num_run = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bool wanted = argc < 2;
        for (int k = 1; k < argc; k++) wanted = wanted || strcmp(argv[k], tables[i].name) == 0;
        if (!wanted) continue;
        tables[i].run();
        num_run++;
    }
    if (num_run == 0) {
        fputs("usage: codec_bench [masking] [utf8] [frames]\n", stderr);
        return 2;
    }
    return 0;
}
