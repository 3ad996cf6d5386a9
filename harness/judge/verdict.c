/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "judge/expect.h"

static const char *const verdict_names[VERDICT_COUNT] = {"pass",        "lenient", "info",         "fail",
                                                         "unsupported", "blocked", "setup-failed", "timeout",
                                                         "crashed",     "not-run", "harness-error"};

const char *verdict_name(verdict value) {
    return verdict_names[value];
}

int verdict_from_name(const char *name, verdict *value) {
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (strcmp(name, verdict_names[i]) == 0) {
            *value = (verdict)i;
            return 0;
        }
    }
    return -1;
}
