/* SPDX-License-Identifier: MIT */
#include "wire/impl.h"

void wire__segments_init(wire__segments *segments, size_t len, const wire_cut *cut) {
    *segments = (wire__segments){.len = len};
    if (cut == NULL) return;
    segments->cuts = cut->cuts;
    segments->num_cuts = cut->cuts != NULL ? cut->num_cuts : 0;
    segments->every = cut->every;
    segments->every_limit = cut->every_limit != 0 ? cut->every_limit : SIZE_MAX;
}

size_t wire__segments_end(wire__segments *segments, size_t pos) {
    size_t end = segments->len;
    while (segments->next_cut < segments->num_cuts && segments->cuts[segments->next_cut] <= pos)
        segments->next_cut++;
    if (segments->next_cut < segments->num_cuts && segments->cuts[segments->next_cut] < end)
        end = segments->cuts[segments->next_cut];
    if (segments->every != 0 && pos < segments->every_limit) {
        size_t step = segments->every - pos % segments->every;
        if (step > segments->every_limit - pos) step = segments->every_limit - pos;
        if (step < end - pos) end = pos + step;
    }
    return end;
}
