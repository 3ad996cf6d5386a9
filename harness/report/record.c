/* SPDX-License-Identifier: MIT */
/* Reads and writes records. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/model.h"

#define LINE_MAX_OCTETS ((size_t)64 << 20)
#define MEMORY_MAX      ((size_t)1 << 30)
/* What values take in memory beyond their text, at most: members and elements, arrays and objects. */
#define VALUE_COST     64
#define CONTAINER_COST 192

typedef struct reader {
    FILE *file;
    char block[65536];
    size_t at, end; /* of block */
    char *line;
    size_t len, max;
    size_t memory;   /* what the values so far take, at most */
    unsigned number; /* of the line, 1 up */
    bool ended;      /* the line ended with a line feed */
    record *record;
    char *error;
    size_t error_len;
} reader;

static int complain(reader *r, const char *what) {
    if (r->error_len > 0) snprintf(r->error, r->error_len, "line %u: %s", r->number, what);
    return -1;
}

static int line_append(reader *r, const char *data, size_t len) {
    if (len > LINE_MAX_OCTETS - r->len) return complain(r, "longer than 64 MiB");
    if (r->len + len > r->max) {
        size_t max = r->max ? r->max : 4096;
        while (max < r->len + len) max *= 2;
        char *line = realloc(r->line, max);
        if (!line) return complain(r, "out of memory");
        r->line = line;
        r->max = max;
    }
    if (len > 0) memcpy(r->line + r->len, data, len);
    r->len += len;
    return 0;
}

/* Reads the next line. Returns 1, 0 at the end of the file, or -1 with the error set. */
static int next_line(reader *r) {
    r->len = 0;
    r->ended = false;
    r->number++;
    for (;;) {
        if (r->at == r->end) {
            r->at = 0;
            r->end = fread(r->block, 1, sizeof r->block, r->file);
            if (r->end == 0) break;
        }
        const char *start = r->block + r->at, *feed = memchr(start, '\n', r->end - r->at);
        size_t len = feed ? (size_t)(feed - start) : r->end - r->at;
        if (line_append(r, start, len) < 0) return -1;
        r->at += len;
        if (feed) {
            r->at++;
            r->ended = true;
            return 1;
        }
    }
    if (ferror(r->file)) return complain(r, "cannot be read");
    return r->len > 0;
}

/* Counts what the values of the line may take, before they are made: some octets of text can stand for
   hundreds in memory. Those inside of strings count too, which does no harm. */
static int count_memory(reader *r) {
    size_t cost = r->len;
    for (size_t i = 0; i < r->len; i++) {
        char c = r->line[i];
        if (c == ',' || c == ':')
            cost += VALUE_COST;
        else if (c == '[' || c == '{')
            cost += CONTAINER_COST;
    }
    if (cost > MEMORY_MAX - r->memory) return complain(r, "the record takes more than 1 GiB of memory");
    r->memory += cost;
    return 0;
}

static bool line_blank(const reader *r) {
    size_t i = 0;
    while (i < r->len && (r->line[i] == ' ' || r->line[i] == '\t' || r->line[i] == '\r')) i++;
    return i == r->len;
}

static int take_header(reader *r, json_t *line) {
    if (json_int(line, "format") != 1)
        return complain(r, "a record of a format that is not known; this is 1");
    r->record->header = json_incref(line);
    return 0;
}

static int take_case(reader *r, json_t *line) {
    if (view_get(line, "id").len == 0) return complain(r, "a case without an id");
    if (word_from_name(view_get(line, "verdict")) == WORD_COUNT)
        return complain(r, "a case without a verdict that is known");
    if (json_array_append(r->record->cases, line) < 0) return complain(r, "out of memory");
    return 0;
}

static int take_line(reader *r, json_t *line) {
    if (!json_is_object(line)) return complain(r, "not an object");
    view type = view_get(line, "type");
    if (!r->record->header) {
        if (!view_is(type, "header")) return complain(r, "not the header of a record");
        return take_header(r, line);
    }
    if (view_is(type, "header")) return complain(r, "a second header");
    if (r->record->footer && (view_is(type, "case") || view_is(type, "footer")))
        return complain(r, "goes on behind its footer");
    if (view_is(type, "case")) return take_case(r, line);
    if (view_is(type, "footer"))
        r->record->footer = json_incref(line);
    else if (type.len == 0)
        return complain(r, "a line without a type");
    return 0;
}

static int read_lines(reader *r) {
    int more;
    while ((more = next_line(r)) > 0) {
        if (line_blank(r)) continue;
        if (count_memory(r) < 0) return -1;
        json_error_t reason;
        json_t *line = json_loadb(r->line, r->len, JSON_ALLOW_NUL, &reason);
        if (!line && !r->ended && r->record->header) {
            /* A run that was killed while it wrote: what came before is good, and there is no footer. */
            return r->record->footer ? complain(r, "goes on behind its footer") : 0;
        }
        if (!line) {
            char what[sizeof reason.text + 20];
            snprintf(what, sizeof what, "no JSON: %s", reason.text);
            /* Jansson quotes what it met, so the reason may hold what a peer wrote. */
            for (char *c = what; *c; c++) *c = (*c < ' ' || *c > '~') ? '?' : *c;
            return complain(r, what);
        }
        int result = take_line(r, line);
        json_decref(line);
        if (result < 0) return -1;
    }
    if (more == 0 && !r->record->header) return complain(r, "not the header of a record: it is empty");
    return more;
}

record *record_read(FILE *file, char *error, size_t error_len) {
    if (error_len > 0) error[0] = 0;
    reader *r = calloc(1, sizeof *r);
    record *result = calloc(1, sizeof *result);
    if (result) result->cases = json_array();
    if (!r || !result || !result->cases) {
        if (error_len > 0) snprintf(error, error_len, "line 1: out of memory");
        record_free(result);
        free(r);
        return NULL;
    }
    r->file = file;
    r->record = result;
    r->error = error;
    r->error_len = error_len;
    if (read_lines(r) < 0) {
        record_free(result);
        result = NULL;
    }
    free(r->line);
    free(r);
    return result;
}

void record_free(record *rec) {
    if (!rec) return;
    json_decref(rec->header);
    json_decref(rec->cases);
    json_decref(rec->footer);
    free(rec);
}

int record_write_line(FILE *file, const json_t *line) {
    /* Printable ASCII only, so that a record can be looked at in any terminal. */
    if (!json_is_object(line)) {
        errno = EINVAL;
        return -1;
    }
    if (json_put(file, line) < 0) return -1;
    return putc('\n', file) == EOF || fflush(file) == EOF ? -1 : 0;
}
