/* SPDX-License-Identifier: MIT */
/* UTF-8 validation: what its variants share. Not installed. */
#ifndef WSC_UTF8_IMPL_H
#define WSC_UTF8_IMPL_H

#include "wsc.h"

/* States of wsc_utf8. Each is the number of a 6-bit field in the rows of the table automaton. */
enum {
    UTF8_START = 0,     /* at a character boundary */
    UTF8_FAILED = 6,    /* for good */
    UTF8_TAIL_1 = 12,   /* one more of 80-BF */
    UTF8_TAIL_2 = 18,   /* two more */
    UTF8_TAIL_3 = 24,   /* three more */
    UTF8_AFTER_E0 = 30, /* A0-BF (no overlong form), then one more */
    UTF8_AFTER_ED = 36, /* 80-9F (no surrogate), then one more */
    UTF8_AFTER_F0 = 42, /* 90-BF (no overlong form), then two more */
    UTF8_AFTER_F4 = 48  /* 80-8F (not above U+10FFFF), then two more */
};

#endif
