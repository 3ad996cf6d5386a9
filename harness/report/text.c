/* SPDX-License-Identifier: MIT */
#include "report/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

size_t text_decode(const char *data, size_t len, int32_t *code) {
    const unsigned char *p = (const unsigned char *)data;
    size_t need;
    int32_t value, least;
    *code = -1;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    } else if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        need = 2, value = p[0] & 0x1f, least = 0x80;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        need = 3, value = p[0] & 0x0f, least = 0x800;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        need = 4, value = p[0] & 0x07, least = 0x10000;
    } else {
        return 1;
    }
    if (len < need) return 1;
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) return 1;
        value = value << 6 | (p[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 1;
    *code = value;
    return need;
}

static const struct range {
    int32_t first, last;
} hidden[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},                           /* C0, DEL, C1 */
    {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},     /* soft hyphen, joiner, ALM */
    {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   /* fillers, selectors */
    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   /* zero width, bidi, invisible */
    {0x2800, 0x2800},   {0x3164, 0x3164},   {0xfdd0, 0xfdef},   /* blanks, noncharacters */
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   /* selectors, BOM, filler */
    {0xfff0, 0xfffb},   {0xfffe, 0xffff},                       /* annotations, noncharacters */
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, /* format controls, tags */
};

static bool in_ranges(int32_t code, const struct range *ranges, size_t num_ranges) {
    for (size_t i = 0; i < num_ranges && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last) return true;
    }
    return false;
}

static bool is_hidden(int32_t code) {
    return in_ranges(code, hidden, sizeof hidden / sizeof *hidden) || (code & 0xfffe) == 0xfffe;
}

static void put_code(FILE *file, const char *data, size_t len, int32_t code, unsigned flags) {
    if (code < 0) {
        fprintf(file, "\\x%02x", (unsigned)(unsigned char)data[0]);
    } else if ((flags & TEXT_LINES) && code == '\n') {
        putc(code, file);
    } else if ((flags & TEXT_LINES) && code == '\t') {
        fputs("    ", file);
    } else if (code == '\n') {
        fputs("\\n", file);
    } else if (code == '\r') {
        fputs("\\r", file);
    } else if (code == '\t') {
        fputs("\\t", file);
    } else if (code < 0x100 && is_hidden(code)) {
        fprintf(file, "\\x%02x", (unsigned)code);
    } else if (is_hidden(code)) {
        fprintf(file, "\\u{%" PRIx32 "}", (uint32_t)code);
    } else if (flags & TEXT_MARKUP) {
        switch (code) {
        case '&': fputs("&amp;", file); break;
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '"': fputs("&quot;", file); break;
        case '\'': fputs("&#39;", file); break;
        default: fwrite(data, 1, len, file);
        }
    } else {
        fwrite(data, 1, len, file);
    }
}

/* Collects the octets that up to four code points of data stand for, and where each of them ends in data.
   Stops at the first that is no octet. */
static size_t take_octets(const char *data, size_t len, char octets[4], size_t ends[4]) {
    size_t num = 0;
    for (size_t at = 0; num < 4 && at < len; num++) {
        int32_t code;
        at += text_decode(data + at, len - at, &code);
        if (code < 0 || code > 0xff) break;
        octets[num] = (char)code;
        ends[num] = at;
    }
    return num;
}

void text_put(FILE *file, const char *data, size_t len, unsigned flags) {
    size_t at = 0;
    while (at < len) {
        /* Ordinary text goes out in runs: large payloads are mostly that. */
        size_t run = at;
        while (run < len && (unsigned char)data[run] >= 0x20 && (unsigned char)data[run] < 0x7f &&
               (!(flags & TEXT_MARKUP) || !strchr("&<>\"'", data[run]))) {
            run++;
        }
        fwrite(data + at, 1, run - at, file);
        at = run;
        if (at == len) break;
        int32_t code;
        size_t taken = text_decode(data + at, len - at, &code);
        char octets[4];
        size_t ends[4], num = 0;
        if ((flags & TEXT_OCTETS) && code >= 0x80) num = take_octets(data + at, len - at, octets, ends);
        if (num > 0) {
            size_t used = text_decode(octets, num, &code);
            put_code(file, octets, used, code, flags);
            at += ends[used - 1];
        } else {
            put_code(file, data + at, taken, code, flags);
            at += taken;
        }
    }
}

void text_puts(FILE *file, const char *text, unsigned flags) {
    text_put(file, text, strlen(text), flags);
}

static size_t code_columns(int32_t code) {
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };
    static const struct range narrow[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                          {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
                                          {0xfe20, 0xfe2f}};
    if (in_ranges(code, wide, sizeof wide / sizeof *wide)) return 2;
    if (in_ranges(code, narrow, sizeof narrow / sizeof *narrow)) return 0;
    return 1;
}

size_t text_columns(const char *data, size_t len) {
    size_t columns = 0;
    for (size_t at = 0; at < len;) {
        int32_t code;
        at += text_decode(data + at, len - at, &code);
        columns += code_columns(code);
    }
    return columns;
}

static void next_line(FILE *file, unsigned indent) {
    fprintf(file, "\n%*s", (int)indent, "");
}

/* Writes a word that is wider than a line, cut at the right edge. Returns the column behind it. */
static size_t wrap_long(FILE *file, const char *word, size_t len, size_t column, unsigned indent,
                        unsigned width) {
    for (size_t at = 0; at < len;) {
        int32_t code;
        size_t taken = text_decode(word + at, len - at, &code), columns = code_columns(code);
        if (column + columns > width) {
            next_line(file, indent);
            column = indent;
        }
        fwrite(word + at, 1, taken, file);
        column += columns;
        at += taken;
    }
    return column;
}

void text_wrap(FILE *file, const char *data, size_t len, unsigned indent, unsigned width) {
    if (width < indent + 20) width = indent + 20;
    size_t column = indent, at = 0;
    while (at < len) {
        if (data[at] == '\n') {
            next_line(file, indent);
            column = indent;
            at++;
            continue;
        }
        size_t spaces = 0;
        while (at + spaces < len && data[at + spaces] == ' ') spaces++;
        size_t end = at + spaces;
        while (end < len && data[end] != ' ' && data[end] != '\n') end++;
        const char *word = data + at + spaces;
        size_t word_len = end - at - spaces, columns = text_columns(word, word_len);
        at = end;
        if (word_len == 0) continue;
        if (column + spaces + columns > width && column > indent) {
            next_line(file, indent);
            column = indent;
            spaces = 0;
        }
        if (column + spaces > width) spaces = 0;
        fprintf(file, "%*s", (int)spaces, "");
        column = wrap_long(file, word, word_len, column + spaces, indent, width);
    }
}

const char *text_duration(char buffer[TEXT_DURATION_MAX], int64_t us) {
    if (us < 0) us = 0;
    if (us < 1000) {
        snprintf(buffer, TEXT_DURATION_MAX, "%" PRId64 " us", us);
    } else if (us < 1000000) {
        snprintf(buffer, TEXT_DURATION_MAX, us < 100000 ? "%.1f ms" : "%.0f ms", (double)us / 1e3);
    } else if (us < 60000000) {
        snprintf(buffer, TEXT_DURATION_MAX, us < 10000000 ? "%.2f s" : "%.1f s", (double)us / 1e6);
    } else {
        int64_t seconds = us / 1000000;
        snprintf(buffer, TEXT_DURATION_MAX, "%" PRId64 " min %02d s", seconds / 60, (int)(seconds % 60));
    }
    return buffer;
}

static size_t span_alnum(const char *text, const char *more) {
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || (text[len] && strchr(more, text[len]))) len++;
    return len;
}

const char *text_section_url(char buffer[TEXT_URL_MAX], const char *rfc, const char *section) {
    buffer[0] = 0;
    size_t rfc_len = strlen(rfc), digits = strspn(rfc, "0123456789");
    if (digits > 0 && digits == rfc_len && digits <= 5) {
        size_t len = span_alnum(section, "."); /* "4.1 (erratum 3150)" lies in 4.1 */
        if (len > 40) return buffer;
        const char *part = isdigit((unsigned char)section[0]) ? "section" : "appendix";
        if (len == 0)
            snprintf(buffer, TEXT_URL_MAX, "https://www.rfc-editor.org/rfc/rfc%s", rfc);
        else
            snprintf(buffer, TEXT_URL_MAX, "https://www.rfc-editor.org/rfc/rfc%s#%s-%.*s", rfc, part,
                     (int)len, section);
    } else if (strncmp(rfc, "IANA-", 5) == 0) {
        size_t name = span_alnum(rfc + 5, "-"), anchor = span_alnum(section, "-");
        if (name == 0 || rfc[5 + name] || name > 40 || section[anchor] || anchor > 40) return buffer;
        snprintf(buffer, TEXT_URL_MAX, "https://www.iana.org/assignments/%s#%s", rfc + 5, section);
    }
    return buffer;
}
