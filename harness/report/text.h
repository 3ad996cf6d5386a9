/* SPDX-License-Identifier: MIT */
/* Text of a record, made harmless. Whatever a record says may have come from a hostile peer: every renderer
   writes strings through these functions only.

   Visible form: what a reader could not see, or what would act on the device or on the order of the text, is
   written as \xNN (below U+0100) or \u{NNNN}: control characters, bidirectional and other format characters,
   invisible characters, noncharacters. Octets that are no UTF-8 are written as \xNN. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    TEXT_MARKUP = 1, /* escape & < > " ' as HTML and XML do */
    TEXT_LINES = 2,  /* line feeds stay, a tab becomes four spaces */
    TEXT_OCTETS =
        4 /* code points up to U+00FF are octets from the wire: shown as UTF-8 where they are that */
};

/* Decodes one code point from data (len >= 1) and returns how many octets it took. Ill-formed input: takes
   one octet and sets *code to -1. */
size_t text_decode(const char *data, size_t len, int32_t *code);

/* Writes data in visible form. */
void text_put(FILE *file, const char *data, size_t len, unsigned flags);
/* The same for a C string. */
void text_puts(FILE *file, const char *text, unsigned flags);

/* How many columns of a terminal the (already visible) text takes. */
size_t text_columns(const char *data, size_t len);

/* Writes (already visible) text, broken at spaces so that no line exceeds `width` columns as far as its words
   allow; words longer than a line are cut. The cursor stands at column `indent`; following lines are indented
   by that much. Line feeds in the text are kept. No line feed at the end. */
void text_wrap(FILE *file, const char *data, size_t len, unsigned indent, unsigned width);

/* A duration for people: "850 us", "12.3 ms", "4.20 s", "3 min 05 s". Returns buffer. */
#define TEXT_DURATION_MAX 32
const char *text_duration(char buffer[TEXT_DURATION_MAX], int64_t us);

/* The URL of a section of an RFC ("6455", "5.2") or of a registry ("IANA-websocket", "opcode") for readers to
   follow; "" if the two make none. Returns buffer. */
#define TEXT_URL_MAX 160
const char *text_section_url(char buffer[TEXT_URL_MAX], const char *rfc, const char *section);

#endif
