/* SPDX-License-Identifier: MIT */
/* cases.json and differences.json, compiled in. */
#ifndef AUTOBAHN_EMBEDDED_H
#define AUTOBAHN_EMBEDDED_H

#include <stddef.h>

extern const unsigned char autobahn_cases[];
extern const size_t autobahn_cases_len;
extern const unsigned char autobahn_differences[];
extern const size_t autobahn_differences_len;

#endif
