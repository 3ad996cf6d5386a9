/* SPDX-License-Identifier: MIT */
/* Octets that a record holds in hexadecimal or as latin-1. */
#ifndef REPORT_OCTETS_H
#define REPORT_OCTETS_H

#include "report/model.h"

/* Takes pairs of hexadecimal digits up to the first that is none, at most `size` octets of them. Returns how
   many there are. */
size_t octets_of_hex(uint8_t *data, size_t size, view hex);
/* Takes code points up to U+00FF as octets, up to the first that is none. */
size_t octets_of_text(uint8_t *data, size_t size, view text);

#endif
