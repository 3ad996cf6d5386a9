/* SPDX-License-Identifier: MIT */
/* The table of faults. */
#include "endpoint/internal.h"

#include <string.h>

static const endpoint_fault faults[EP_NUM_FAULTS] = {
#define X(symbol, name, role, area, requirement, summary) {name, ENDPOINT_##role, area, requirement, summary},
#include "endpoint/faults.def"
#undef X
};

const endpoint_fault *endpoint_faults(size_t *num_faults) {
    *num_faults = EP_NUM_FAULTS;
    return faults;
}

int endpoint_fault_find(const char *name, endpoint_role role) {
    for (int i = 0; i < EP_NUM_FAULTS; i++) {
        if (strcmp(faults[i].name, name) == 0 && (faults[i].role & role) != 0) return i;
    }
    return -1;
}
