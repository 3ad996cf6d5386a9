/* SPDX-License-Identifier: MIT */
/* cases.json, compiled in. */
#ifndef AUTOBAHN_EMBEDDED_H
#define AUTOBAHN_EMBEDDED_H

#include <stddef.h>

extern const unsigned char autobahn_cases[];
extern const size_t autobahn_cases_len;

#endif
