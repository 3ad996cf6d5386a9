/* SPDX-License-Identifier: MIT */
/* browser.html, compiled in. */
#ifndef RUNNER_BROWSER_PAGE_H
#define RUNNER_BROWSER_PAGE_H

#include <stddef.h>

extern const unsigned char browser_page[];
extern const size_t browser_page_len;

#endif
