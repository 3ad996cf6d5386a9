/* SPDX-License-Identifier: MIT */
/* The wire log as a sequence diagram: one list item an event, an arrow for what went over the connection, and
   behind each arrow its octets. The markup of an event is small on purpose: a report has tens of thousands.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/octets.h"
#include "report/text.h"

/* Events shown of a long log: from its beginning, from its end, and of those between what has faults. */
#define SHOWN_FIRST  32
#define SHOWN_LAST   16
#define SHOWN_FAULTY 16
#define OCTETS_MAX   256  /* of one dump */
#define DUMPED_MAX   2048 /* of all dumps of a case; then they are cut to... */
#define DUMP_MIN     32
#define LINE_OCTETS  16 /* of a line of a dump, and of the masked form */
#define PREVIEW_MAX  36 /* octets of a payload in a label */

/* One log being written. */
typedef struct diagram {
    FILE *file;
    bool client;   /* the harness is the client */
    size_t dumped; /* octets */
} diagram;

/* ---- Octets -------------------------------------------------------------------------------------------- */

typedef struct octets {
    uint8_t data[OCTETS_MAX];
    size_t len;
    bool cut; /* the text held more */
} octets;

static void octets_from_hex(octets *o, view hex) {
    o->len = octets_of_hex(o->data, OCTETS_MAX, hex);
    o->cut = o->len == OCTETS_MAX && hex.len / 2 > OCTETS_MAX;
}

static void octets_cut(octets *o, size_t len) {
    if (o->len <= len) return;
    o->len = len;
    o->cut = true;
}

static void put_hex(FILE *file, const uint8_t *data, size_t len, const char *between) {
    for (size_t i = 0; i < len; i++) fprintf(file, "%s%02x", i ? between : "", data[i]);
}

/* Offset, hexadecimal, ASCII; lines that repeat the one before are left out once for all, as hexdump does. */
static void put_dump(FILE *file, const octets *o) {
    bool squeezed = false;
    for (size_t at = 0; at < o->len; at += LINE_OCTETS) {
        size_t len = o->len - at < LINE_OCTETS ? o->len - at : LINE_OCTETS;
        if (at > 0 && len == LINE_OCTETS &&
            memcmp(o->data + at, o->data + at - LINE_OCTETS, LINE_OCTETS) == 0) {
            if (!squeezed) fputs("*\n", file);
            squeezed = true;
            continue;
        }
        squeezed = false;
        fprintf(file, "%04zx  ", at);
        for (size_t i = 0; i < LINE_OCTETS; i++) {
            if (i < len)
                fprintf(file, "%02x ", o->data[at + i]);
            else
                fputs("   ", file);
            if (i == 7) putc(' ', file);
        }
        fputs(" |", file);
        for (size_t i = 0; i < len; i++) {
            char c = (char)o->data[at + i];
            if (c < ' ' || c > '~') c = '.';
            text_put(file, &c, 1, TEXT_MARKUP);
        }
        fputs("|\n", file);
    }
}

/* The dump, as far as the case has room for it, and how much more there was. */
static void put_payload(diagram *d, octets *o, int64_t total) {
    octets_cut(o, d->dumped < DUMPED_MAX ? OCTETS_MAX : DUMP_MIN);
    d->dumped += o->len;
    put_dump(d->file, o);
    if (total > (int64_t)o->len)
        fprintf(d->file, "and %" PRId64 " octets more\n", total - (int64_t)o->len);
    else if (o->cut)
        fputs("and more\n", d->file);
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

enum { OP_TEXT = 1, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

/* The beginning of a payload in quotes, or in hexadecimal where it is no text. */
static void put_preview(FILE *file, const octets *o, size_t from, int64_t total) {
    size_t end = o->len < from + PREVIEW_MAX ? o->len : from + PREVIEW_MAX;
    bool text = true;
    size_t at = from;
    while (at < end) {
        int32_t code;
        size_t taken = text_decode((const char *)o->data + at, o->len - at, &code);
        if (code < 0 || (code < ' ' && code != '\n' && code != '\t')) {
            text = false;
            break;
        }
        at += taken;
    }
    if (from >= o->len) return;
    if (text) {
        fputs(" <q>", file);
        text_put(file, (const char *)o->data + from, at - from, TEXT_MARKUP);
        fputs("</q>", file);
    } else {
        if (end > from + 12) end = from + 12;
        at = end;
        fputs(" <code>", file);
        put_hex(file, o->data + from, end - from, " ");
        fputs("</code>", file);
    }
    if ((int64_t)at < total) fputs(" &hellip;", file);
}

static void put_close(FILE *file, const octets *o, int64_t total) {
    if (total == 0) {
        fputs(" without a body", file);
    } else if (o->len >= 2) {
        fprintf(file, " <b>%d</b>", o->data[0] << 8 | o->data[1]);
        put_preview(file, o, 2, total);
    } else {
        put_preview(file, o, 0, total);
    }
}

static void put_faults(FILE *file, const json_t *faults) {
    for (size_t i = 0; i < json_array_size(faults); i++) {
        fputs(" <em>", file);
        html_text(file, view_of(json_array_get(faults, i)));
        fputs("</em>", file);
    }
}

static void put_frame_label(FILE *file, const json_t *entry, const json_t *frame, const octets *o,
                            bool from_client) {
    int64_t total = json_int(entry, "len"), opcode = json_int(frame, "opcode");
    bool masked = json_flag(frame, "masked");
    fputs("<b>", file);
    html_text(file, view_get(frame, "name"));
    fputs("</b>", file);
    if (!json_flag(frame, "fin")) fputs(" not final,", file);
    static const char *const bits[] = {"rsv1", "rsv2", "rsv3"};
    for (size_t i = 0; i < 3; i++) {
        if (json_flag(frame, bits[i])) fprintf(file, " RSV%zu,", i + 1);
    }
    if (masked != from_client) fputs(masked ? " masked," : " unmasked,", file);
    if (opcode == OP_CLOSE) {
        put_close(file, o, total);
    } else {
        fprintf(file, " %" PRId64 " octet%s", total, total == 1 ? "" : "s");
        put_preview(file, o, 0, total);
    }
    put_faults(file, json_list(frame, "faults"));
}

/* An octet of the header: in hexadecimal, then group by group of its bits, with what they say behind. */
static void put_octet(FILE *file, const octets *header, size_t at) {
    if (at < header->len)
        fprintf(file, "%02x  ", header->data[at]);
    else
        fputs("    ", file);
}

static void put_bits(FILE *file, unsigned mask, unsigned value) {
    for (unsigned bit = 0x80; bit; bit >>= 1) {
        putc(!(mask & bit) ? '.' : value & bit ? '1' : '0', file);
        if (bit == 0x10) putc(' ', file);
    }
    putc(' ', file);
}

static void put_length(FILE *file, const octets *header, const json_t *frame) {
    int64_t form = json_int(frame, "form");
    size_t extended = form == 16 ? 2 : form == 64 ? 8 : 0;
    if (extended > 0) {
        fprintf(file, "%d: in the next %zu octets\n", form == 16 ? 126 : 127, extended);
        if (header->len >= 2 + extended) put_hex(file, header->data + 2, extended, " ");
        fputs("  length ", file);
    }
    html_text(file, view_get(frame, "length"));
    putc('\n', file);
}

static void put_frame_header(FILE *file, const json_t *entry, const json_t *frame) {
    octets header;
    octets_from_hex(&header, view_get(entry, "header_hex"));
    unsigned first = header.len > 0 ? header.data[0] : 0, second = header.len > 1 ? header.data[1] : 0;
    put_octet(file, &header, 0);
    put_bits(file, 0x80, first);
    fputs(json_flag(frame, "fin") ? "FIN     " : "no FIN  ", file);
    put_bits(file, 0x70, first);
    fputs(json_flag(frame, "rsv1") || json_flag(frame, "rsv2") || json_flag(frame, "rsv3") ? "RSV1-3  "
                                                                                           : "no RSV  ",
          file);
    put_bits(file, 0x0f, first);
    fprintf(file, "opcode %" PRId64 ", ", json_int(frame, "opcode"));
    html_text(file, view_get(frame, "name"));
    putc('\n', file);
    put_octet(file, &header, 1);
    put_bits(file, 0x80, second);
    fputs(json_flag(frame, "masked") ? "MASK    " : "no MASK ", file);
    put_bits(file, 0x7f, second);
    fputs("length ", file);
    put_length(file, &header, frame);
    view key = view_get(frame, "key");
    if (key.len > 0) {
        html_text(file, key);
        fputs("  masking key\n", file);
    }
}

static void put_frame(diagram *d, const json_t *entry, bool from_client) {
    FILE *file = d->file;
    const json_t *frame = json_map(entry, "frame");
    int64_t total = json_int(entry, "len");
    octets payload, masked;
    octets_from_hex(&payload, view_get(entry, "hex"));
    octets_from_hex(&masked, view_get(entry, "wire_hex"));
    put_frame_label(file, entry, frame, &payload, from_client);
    fputs("</span></summary><pre tabindex=0>", file);
    put_frame_header(file, entry, frame);
    if (payload.len > 0) {
        fprintf(file, "\n%" PRId64 " octet%s of payload data%s\n", total, total == 1 ? "" : "s",
                masked.len > 0 ? ", unmasked" : "");
        put_payload(d, &payload, total);
    }
    if (masked.len > 0) {
        octets_cut(&masked, LINE_OCTETS);
        fputs("masked ", file);
        put_hex(file, masked.data, masked.len, " ");
        fputs(total > (int64_t)masked.len ? " &hellip;\n" : "\n", file);
    }
    view note = view_get(entry, "note");
    if (note.len > 0) {
        putc('\n', file);
        html_text(file, note);
    }
    if (json_has_int(entry, "offset"))
        fprintf(file, "\nat octet %" PRId64 " of this direction", json_int(entry, "offset"));
}

/* ---- Heads and the rest -------------------------------------------------------------------------------- */

/* A head line by line. Only CR LF ends a line; each of them alone is shown as what it is. */
static void put_head(FILE *file, view text, bool first_line) {
    size_t from = 0;
    while (from < text.len) {
        const char *end = memmem(text.data + from, text.len - from, "\r\n", 2);
        size_t len = end ? (size_t)(end - text.data) - from : text.len - from;
        html_octets(file, (view){text.data + from, len});
        if (first_line) return;
        from += len + 2;
        if (from < text.len) putc('\n', file);
    }
}

static void put_http(FILE *file, const json_t *entry) {
    view text = view_get(entry, "text");
    fputs("<b>", file);
    put_head(file, text, true);
    fputs("</b></span></summary><pre tabindex=0>", file);
    put_head(file, text, false);
    if (json_int(entry, "len") > 4096) fprintf(file, "\n%" PRId64 " octets in all", json_int(entry, "len"));
}

static void put_octets(diagram *d, const json_t *entry) {
    FILE *file = d->file;
    octets o;
    int64_t total = json_int(entry, "len");
    octets_from_hex(&o, view_get(entry, "hex"));
    fprintf(file, "<b>octets</b> %" PRId64 ", neither head nor frame", total);
    put_preview(file, &o, 0, total);
    fputs("</span></summary><pre tabindex=0>", file);
    put_payload(d, &o, total);
}

/* What is said in one line; nothing for a kind that is not known. */
static void put_event(FILE *file, const json_t *entry, view kind, bool from_peer) {
    view text = view_get(entry, "text");
    const char *side = from_peer ? "peer" : "harness";
    if (view_is(kind, "connect")) {
        fputs("TCP connection established", file);
    } else if (view_is(kind, "fin")) {
        fputs("<b>FIN</b> end of the stream", file);
    } else if (view_is(kind, "reset")) {
        fputs("<b>RST</b> connection reset", file);
    } else if (view_is(kind, "deadline")) {
        fputs("<em>deadline passed</em> waiting for ", file);
        html_text(file, text.len > 0 ? text : (view){"the peer", 8});
        return;
    } else if (view_is(kind, "stop")) {
        fprintf(file, "%s stops reading", side);
    } else if (view_is(kind, "resume")) {
        fprintf(file, "%s reads on", side);
    } else if (view_is(kind, "elided")) {
        fprintf(file, "%" PRId64 " frames with %" PRId64 " octets left out of the log",
                json_int(entry, "frames"), json_int(entry, "len"));
    } else if (!view_is(kind, "note")) {
        html_text(file, kind);
    }
    if (text.len > 0) {
        putc(' ', file);
        html_text(file, text);
    }
}

static void put_entry(diagram *d, const json_t *entry) {
    FILE *file = d->file;
    view kind = view_get(entry, "kind");
    bool from_peer = view_is(view_get(entry, "from"), "peer");
    bool frame = view_is(kind, "frame"), head = view_is(kind, "head"), other = view_is(kind, "octets");
    bool crosses =
        frame || head || other || view_is(kind, "fin") || view_is(kind, "reset") || view_is(kind, "connect");
    bool details = frame || head || other;
    fprintf(file, "<li class=%s>%s<i>%.3f</i><span>",
            !crosses    ? "n"
            : from_peer ? "p"
                        : "h",
            details ? "<details><summary>" : "<p>", (double)json_int(entry, "t") / 1000);
    if (crosses) fputs(from_peer ? "&larr; " : "&rarr; ", file);
    if (frame)
        put_frame(d, entry, from_peer != d->client);
    else if (head)
        put_http(file, entry);
    else if (other)
        put_octets(d, entry);
    else
        put_event(file, entry, kind, from_peer);
    fputs(details ? "</pre></details>\n" : "</span>\n", file);
}

static void put_gap(FILE *file, size_t num) {
    if (num == 0) return;
    fprintf(file, "<li class=n><p><i></i><span>%zu event%s not shown here; the record has %s</span>\n", num,
            num == 1 ? " is" : "s are", num == 1 ? "it" : "them");
}

static bool has_faults(const json_t *entry) {
    return json_array_size(json_list(json_map(entry, "frame"), "faults")) > 0;
}

void html_wire(FILE *file, const json_t *header, const json_t *wire) {
    size_t num = json_array_size(wire), gap = 0, faulty = 0;
    if (num == 0) return;
    diagram d = {.file = file, .client = !view_is(view_get(header, "judges"), "client")};
    fprintf(file,
            "<h5>On the wire</h5>\n<div class=wire><p class=ends><i>ms</i><b>harness <small>%s</small></b>"
            "<b>peer <small>%s</small></b></p><ol>\n",
            d.client ? "client" : "server", d.client ? "server" : "client");
    for (size_t i = 0; i < num; i++) {
        const json_t *entry = json_array_get(wire, i);
        bool shown = i < SHOWN_FIRST || num - i <= SHOWN_LAST || num <= SHOWN_FIRST + SHOWN_LAST + 1;
        if (!shown && faulty < SHOWN_FAULTY && has_faults(entry)) {
            shown = true;
            faulty++;
        }
        if (!shown) {
            gap++;
            continue;
        }
        put_gap(file, gap);
        gap = 0;
        put_entry(&d, entry);
    }
    fputs("</ol></div>\n", file);
}
