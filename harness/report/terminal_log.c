/* SPDX-License-Identifier: MIT */
/* One case for the terminal with its whole wire log, as far as the record has it. */
#include <inttypes.h>
#include <string.h>

#include "report/explain.h"
#include "report/octets.h"
#include "report/text.h"

#define DETAIL_INDENT 16
#define LINE_OCTETS   16   /* of a line of a dump */
#define OCTETS_MAX    4096 /* of one dump */

/* One log being written. */
typedef struct wirelog {
    report_pen pen;
    bool client; /* the harness is the client */
} wirelog;

/* ---- Octets -------------------------------------------------------------------------------------------- */

static void put_indent(const wirelog *l) {
    fprintf(l->pen.file, "%*s", DETAIL_INDENT, "");
}

static void put_hex(FILE *file, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) fprintf(file, "%s%02x", i ? " " : "", data[i]);
}

static void put_dump_line(const wirelog *l, const uint8_t *data, size_t at, size_t len) {
    FILE *file = l->pen.file;
    put_indent(l);
    fprintf(file, "%04zx  ", at);
    for (size_t i = 0; i < LINE_OCTETS; i++) {
        if (i < len)
            fprintf(file, "%02x ", data[i]);
        else
            fputs("   ", file);
        if (i == LINE_OCTETS / 2 - 1) putc(' ', file);
    }
    fputs(" |", file);
    for (size_t i = 0; i < len; i++) putc(data[i] < ' ' || data[i] > '~' ? '.' : data[i], file);
    fputs("|\n", file);
}

/* Offset, hexadecimal, ASCII; lines that repeat the one before are left out once for all, as hexdump does. */
static void put_dump(const wirelog *l, view hex, int64_t total) {
    uint8_t data[OCTETS_MAX];
    size_t num = octets_of_hex(data, sizeof data, hex);
    bool squeezed = false;
    for (size_t at = 0; at < num; at += LINE_OCTETS) {
        size_t len = num - at < LINE_OCTETS ? num - at : LINE_OCTETS;
        bool same =
            at > 0 && len == LINE_OCTETS && memcmp(data + at, data + at - LINE_OCTETS, LINE_OCTETS) == 0;
        if (same && !squeezed) {
            put_indent(l);
            fputs("*\n", l->pen.file);
        }
        squeezed = same;
        if (!same) put_dump_line(l, data + at, at, len);
    }
    if (total > (int64_t)num) {
        put_indent(l);
        fprintf(l->pen.file, "and %" PRId64 " octet%s more, not in the record\n", total - (int64_t)num,
                total - (int64_t)num == 1 ? "" : "s");
    }
}

static void put_tinted(const wirelog *l, tint kind, view text) {
    pen_begin(&l->pen, kind);
    view_put(l->pen.file, text, 0);
    pen_end(&l->pen);
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

static void put_frame(const wirelog *l, const json_t *entry, bool from_client) {
    FILE *file = l->pen.file;
    const json_t *frame = json_map(entry, "frame"), *faults = json_list(frame, "faults");
    int64_t len = json_int(entry, "len");
    bool masked = json_flag(frame, "masked");
    view claimed = view_get(frame, "length");
    put_tinted(l, TINT_BOLD, view_get(frame, "name"));
    fprintf(file, ", %" PRId64 " octet%s", len, len == 1 ? "" : "s");
    char came[24];
    snprintf(came, sizeof came, "%" PRId64, len);
    if (!view_is(claimed, came)) {
        fputs(" of ", file);
        view_put(file, claimed, 0);
    }
    if (!json_flag(frame, "fin")) fputs(", not final", file);
    static const char *const bits[] = {"rsv1", "rsv2", "rsv3"};
    for (size_t i = 0; i < 3; i++)
        if (json_flag(frame, bits[i])) fprintf(file, ", RSV%zu", i + 1);
    if (masked != from_client) fputs(masked ? ", masked" : ", unmasked", file);
    view note = view_get(entry, "note");
    if (note.len > 0) fputs(": ", file);
    view_put(file, note, 0);
    for (size_t i = 0; i < json_array_size(faults); i++) {
        fputs(i ? ", " : "  ", file);
        put_tinted(l, TINT_BAD, view_of(json_array_get(faults, i)));
    }
    putc('\n', file);
    uint8_t header[16];
    size_t num = octets_of_hex(header, sizeof header, view_get(entry, "header_hex"));
    put_indent(l);
    pen_begin(&l->pen, TINT_DIM);
    put_hex(file, header, num);
    fprintf(file, "  opcode %" PRId64 ", FIN %d, length in %" PRId64 " bits", json_int(frame, "opcode"),
            json_flag(frame, "fin"), json_int(frame, "form"));
    if (masked) {
        fputs(", masking key ", file);
        view_put(file, view_get(frame, "key"), 0);
    }
    if (json_has_int(entry, "offset")) fprintf(file, ", at octet %" PRId64, json_int(entry, "offset"));
    pen_end(&l->pen);
    putc('\n', file);
    put_dump(l, view_get(entry, "hex"), len);
}

/* ---- Heads and the rest -------------------------------------------------------------------------------- */

/* Line by line. Only CR LF ends a line; each of them alone is shown as what it is. */
static void put_head(const wirelog *l, const json_t *entry, bool from_client) {
    FILE *file = l->pen.file;
    view text = view_get(entry, "text");
    int64_t len = json_int(entry, "len");
    pen_begin(&l->pen, TINT_BOLD);
    fputs(from_client ? "request" : "response", file);
    pen_end(&l->pen);
    fprintf(file, ", %" PRId64 " octet%s\n", len, len == 1 ? "" : "s");
    for (size_t from = 0; from < text.len;) {
        const char *end = memmem(text.data + from, text.len - from, "\r\n", 2);
        size_t num = end ? (size_t)(end - text.data) - from : text.len - from;
        if (num > 0) put_indent(l);
        view_put(file, (view){text.data + from, num}, TEXT_OCTETS);
        putc('\n', file);
        from += num + (end ? 2 : 0);
    }
    uint8_t kept[4096];
    size_t num = octets_of_text(kept, sizeof kept, text);
    if (len > (int64_t)num) {
        put_indent(l);
        fprintf(file, "and %" PRId64 " octets more, not in the record\n", len - (int64_t)num);
    }
}

static void put_event(const wirelog *l, const json_t *entry, view kind, bool from_peer) {
    FILE *file = l->pen.file;
    view text = view_get(entry, "text");
    if (view_is(kind, "connect")) {
        fputs("connected", file);
    } else if (view_is(kind, "fin")) {
        fputs("FIN, the end of the stream", file);
    } else if (view_is(kind, "reset")) {
        fputs("RST, the connection is reset", file);
    } else if (view_is(kind, "deadline")) {
        pen_begin(&l->pen, TINT_BAD);
        fputs("deadline passed, waiting for ", file);
        if (text.len == 0) text = (view){"the peer", 8};
        view_put(file, text, 0);
        pen_end(&l->pen);
        text.len = 0;
    } else if (view_is(kind, "stop") || view_is(kind, "resume")) {
        fprintf(file, "%s %s", from_peer ? "peer" : "harness",
                view_is(kind, "stop") ? "stops reading" : "reads on");
    } else if (view_is(kind, "elided")) {
        fprintf(file, "%" PRId64 " frames with %" PRId64 " octets are not in the record",
                json_int(entry, "frames"), json_int(entry, "len"));
    } else if (!view_is(kind, "note")) {
        view_put(file, kind, 0);
    }
    if (text.len > 0 && !view_is(kind, "note")) putc(' ', file);
    view_put(file, text, 0);
    putc('\n', file);
}

static void put_entry(const wirelog *l, const json_t *entry) {
    FILE *file = l->pen.file;
    view kind = view_get(entry, "kind");
    bool from_peer = view_is(view_get(entry, "from"), "peer"), from_client = from_peer != l->client;
    bool crosses = view_is(kind, "frame") || view_is(kind, "head") || view_is(kind, "octets") ||
                   view_is(kind, "fin") || view_is(kind, "reset") || view_is(kind, "connect") ||
                   view_is(kind, "elided");
    fprintf(file, "%12.3f  %s", (double)json_int(entry, "t") / 1000,
            !crosses    ? "  "
            : from_peer ? "< "
                        : "> ");
    if (view_is(kind, "frame")) {
        put_frame(l, entry, from_client);
    } else if (view_is(kind, "head")) {
        put_head(l, entry, from_client);
    } else if (view_is(kind, "octets")) {
        int64_t len = json_int(entry, "len");
        put_tinted(l, TINT_BOLD, (view){"octets", 6});
        fprintf(file, ", %" PRId64 ", neither head nor frame\n", len);
        put_dump(l, view_get(entry, "hex"), len);
    } else {
        put_event(l, entry, kind, from_peer);
    }
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

/* The record has the log of one attempt, or of two that differ, and the verdicts of all. */
static void put_attempts(const wirelog *l, const json_t *test) {
    const json_t *attempts = json_map(test, "attempts");
    FILE *file = l->pen.file;
    const char *name;
    json_t *verdict;
    if (!attempts) return;
    view shown = view_get(test, "attempt");
    fprintf(file, "\n    Attempts, of which %s", shown.len ? "" : "the one in pacing ");
    view_put(file, shown.len ? shown : view_get(test, "pacing"), 0);
    fputs(" is shown, the worst:\n", file);
    json_object_foreach((json_t *)(uintptr_t)attempts, name, verdict) {
        word one = word_from_name(view_of(verdict));
        fputs("      ", file);
        text_puts(file, name, 0);
        putc(' ', file);
        if (one < WORD_COUNT) pen_begin(&l->pen, word_tint(one));
        view_put(file, view_of(verdict), 0);
        if (one < WORD_COUNT) pen_end(&l->pen);
        putc('\n', file);
    }
}

static void put_wire(const wirelog *l, const json_t *wire) {
    FILE *file = l->pen.file;
    size_t num = json_array_size(wire);
    if (num == 0) {
        fputs("\n    Nothing of it is in the record's log of the wire.\n", file);
        return;
    }
    fprintf(file, "\n    On the wire, in ms: > harness (%s), < peer (%s)\n", l->client ? "client" : "server",
            l->client ? "server" : "client");
    for (size_t i = 0; i < num; i++) put_entry(l, json_array_get(wire, i));
}

void report_terminal_log(const report_terminal *terminal, const json_t *header, const json_t *test) {
    unsigned width = terminal->width ? terminal->width : 100;
    const wirelog l = {{terminal->file, terminal->colour, width < 40 ? 40 : width},
                       !view_is(view_get(header, "judges"), "client")};
    FILE *file = l.pen.file;
    word verdict = case_word(test);
    char time[TEXT_DURATION_MAX];
    pen_begin(&l.pen, word_tint(verdict));
    for (const char *c = words[verdict].name; *c; c++)
        putc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, file);
    pen_end(&l.pen);
    putc(' ', file);
    put_tinted(&l, TINT_BOLD, view_get(test, "id"));
    fputs(" [", file);
    view_put(file, view_get(test, "pacing"), 0);
    fprintf(file, "]  %s\n", text_duration(time, json_int(test, "duration_us")));
    explain_case(&l.pen, header, test);
    put_attempts(&l, test);
    put_wire(&l, json_list(test, "wire"));
    const json_t *other = json_map(test, "other");
    if (other) {
        word better = case_word(other);
        fputs("\n    Another attempt, ", file);
        view_put(file, view_get(other, "attempt"), 0);
        fputs(": ", file);
        pen_begin(&l.pen, word_tint(better));
        fputs(words[better].name, file);
        pen_end(&l.pen);
        fputs(", ", file);
        view_put(file, view_get(other, "seen"), 0);
        putc('\n', file);
        put_wire(&l, json_list(other, "wire"));
    }
    fflush(file);
}
