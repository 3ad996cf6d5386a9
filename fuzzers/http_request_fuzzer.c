/* SPDX-License-Identifier: MIT */
/* Heads of HTTP requests: any cut gives the same, all bounds hold, what was read lies in the buffer, statuses
   are sticky, a head without fault survives being written and read again.

   The last octet are options: bits 0 and 1 choose how long the head may be, bits 2 and 3 how many fields. */
#include "heads.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const size_t caps[] = {FUZZ_MAX, 20, 64, 300};
    static const size_t fields[] = {64, 0, 1, 4};
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    head_bounds bounds = {caps[option % 4], fields[option / 4 % 4]};
    head_check(WSC_HTTP_REQUEST, data, size, bounds);
    return 0;
}
