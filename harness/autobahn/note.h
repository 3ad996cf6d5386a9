/* SPDX-License-Identifier: MIT */
/* Where our words are not those of Autobahn|Testsuite, and why. */
#ifndef AUTOBAHN_NOTE_H
#define AUTOBAHN_NOTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "autobahn/names.h"

/* False if the words are the same. Otherwise text says what theirs are, and why ours stand: with the weakness
   (README.md) or the section of the RFC. */
bool ab_note(const json_t *line, const ab_case *one, bool judges_clients, char *text, size_t len);

#endif
