/* SPDX-License-Identifier: MIT */
/* How long a case may take because of what it does itself: nobody is to be blamed for the size of a case. And
   which one is long at all. */
#ifndef SCRIPT_EFFORT_H
#define SCRIPT_EFFORT_H

#include "script/case.h"

/* How long nothing may move: timeout_ms, and a millisecond for each KiB of the largest message that the case
   really sends, and for each of its fragments if it has more than one. A slow peer works on it in silence. */
unsigned effort_patience_ms(unsigned timeout_ms, const test_case *test);
/* The bound on the whole case: case_ms, and 4 ms for each segment and each KiB that it sends. */
unsigned effort_bound_ms(unsigned case_ms, const test_case *test);
/* About how much a case sends, in KiB and frames together, in a full run or a quick one: says of two cases
   which is the longer one, not how long it takes. */
uint64_t effort_work(const test_case *test, bool full);

#endif
