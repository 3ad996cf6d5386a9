/* SPDX-License-Identifier: MIT */
/* Cases as a capture (pcapng, draft-ietf-opsawg-pcapng): each a TCP connection of its own over Ethernet, in
   the order of time. What the record does not have is there as packets that were captured in part: their
   headers, with the right lengths and sequence numbers. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/explain.h"
#include "report/octets.h"
#include "report/text.h"

#define SEGMENT_MAX      65483 /* octets, as on a loopback interface */
#define MISSING_MAX      16384 /* packets without any payload; beyond them sequence numbers have a gap */
#define HEADERS_MAX      (14 + 40 + 28)
#define COMMENT_MAX      4096
#define WINDOW_SCALE     14
#define CLIENT_PORT      49152
#define PORT_WITHOUT_TLS 80
#define US_MAX           (INT64_C(1) << 53)

typedef enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 } tcp_flag;

typedef struct packet {
    uint64_t time; /* microseconds since 1970 */
    size_t index;
    uint8_t *data;
    size_t captured, len;
    char *comment; /* NULL: none */
} packet;

typedef struct capture {
    packet *packets;
    size_t num, max;
    size_t num_missing;
    bool failed; /* memory */
} capture;

/* One end of a connection. */
typedef struct end {
    uint8_t address[16], mac[6];
    uint16_t port;
    uint32_t seq;     /* of its next octet */
    uint64_t octets;  /* of its stream so far */
    bool acknowledge; /* the other one's FIN */
} end;

typedef struct connection {
    capture *capture;
    bool v6;
    uint64_t begun; /* microseconds since 1970 */
    end ends[2];    /* client, server */
    bool open, reset;
    memo remarks; /* what the next packet is to say */
} connection;

/* ---- Packets ------------------------------------------------------------------------------------------- */

static void put16(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* The sum of RFC 1071 over data, added to `sum`. */
static uint32_t add_sum(uint32_t sum, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static unsigned fold(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* Ethernet, IP and TCP in front of `len` octets. Returns how many octets of `at` they take. */
static size_t put_headers(uint8_t at[HEADERS_MAX], const connection *c, const end *from, const end *to,
                          unsigned flags, const uint8_t *payload, size_t captured, size_t len) {
    size_t options = flags & TCP_SYN ? 8 : 0, tcp_len = 20 + options;
    size_t ip_len = c->v6 ? 40 : 20;
    uint8_t *ip = at + 14, *tcp = ip + ip_len;
    memset(at, 0, HEADERS_MAX);
    memcpy(at, to->mac, 6);
    memcpy(at + 6, from->mac, 6);
    put16(at + 12, c->v6 ? 0x86dd : 0x0800);
    uint8_t pseudo[40] = {0};
    size_t address = c->v6 ? 16 : 4;
    if (c->v6) {
        ip[0] = 0x60;
        put16(ip + 4, (unsigned)(tcp_len + len));
        ip[6] = 6;
        ip[7] = 64;
        memcpy(ip + 8, from->address, 16);
        memcpy(ip + 24, to->address, 16);
    } else {
        ip[0] = 0x45;
        put16(ip + 2, (unsigned)(ip_len + tcp_len + len));
        ip[6] = 0x40; /* DF */
        ip[8] = 64;
        ip[9] = 6;
        memcpy(ip + 12, from->address, 4);
        memcpy(ip + 16, to->address, 4);
        put16(ip + 10, fold(add_sum(0, ip, 20)));
    }
    put16(tcp, from->port);
    put16(tcp + 2, to->port);
    put32(tcp + 4, from->seq);
    if (flags & TCP_ACK) put32(tcp + 8, to->seq);
    tcp[12] = (uint8_t)(tcp_len / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, 65535);
    if (options) {
        static const uint8_t scale[] = {1, 3, 3, WINDOW_SCALE};
        tcp[20] = 2;
        tcp[21] = 4;
        put16(tcp + 22, SEGMENT_MAX);
        memcpy(tcp + 24, scale, sizeof scale);
    }
    if (captured == len) { /* of what is not there no sum can be made */
        memcpy(pseudo, from->address, address);
        memcpy(pseudo + address, to->address, address);
        pseudo[2 * address + 1] = 6;
        put16(pseudo + 2 * address + 2, (unsigned)(tcp_len + len));
        uint32_t sum = add_sum(0, pseudo, 2 * address + 4);
        sum = add_sum(sum, tcp, tcp_len);
        put16(tcp + 16, fold(add_sum(sum, payload, len)));
    }
    return 14 + ip_len + tcp_len;
}

/* Takes what was remarked since the packet before as the comment of a packet. NULL if nothing was. */
static char *remarks_take(connection *c) {
    char *text = NULL;
    if (memo_close(&c->remarks) == 0 && c->remarks.len > 0) {
        size_t len = c->remarks.len < COMMENT_MAX ? c->remarks.len : COMMENT_MAX;
        while (len > 0 && len < c->remarks.len && ((uint8_t)c->remarks.data[len] & 0xc0) == 0x80) len--;
        text = strndup(c->remarks.data, len);
    }
    memo_free(&c->remarks);
    if (memo_open(&c->remarks) < 0) c->capture->failed = true;
    return text;
}

static void remark(connection *c, const char *text) {
    if (!c->remarks.file) return;
    if (ftell(c->remarks.file) > 0) fputs("; ", c->remarks.file);
    fputs(text, c->remarks.file);
}

static void packet_add(connection *c, uint64_t us, int from, unsigned flags, const uint8_t *payload,
                       size_t captured, size_t len) {
    capture *all = c->capture;
    if (all->failed) return;
    if (all->num == all->max) {
        size_t max = all->max ? all->max * 2 : 64;
        packet *more = reallocarray(all->packets, max, sizeof *more);
        if (!more) {
            all->failed = true;
            return;
        }
        all->packets = more;
        all->max = max;
    }
    uint8_t headers[HEADERS_MAX];
    end *own = &c->ends[from];
    size_t before = put_headers(headers, c, own, &c->ends[!from], flags, payload, captured, len);
    uint8_t *data = malloc(before + captured);
    if (!data) {
        all->failed = true;
        return;
    }
    memcpy(data, headers, before);
    if (captured) memcpy(data + before, payload, captured);
    all->packets[all->num] = (packet){.time = c->begun + us,
                                      .index = all->num,
                                      .data = data,
                                      .captured = before + captured,
                                      .len = before + len,
                                      .comment = remarks_take(c)};
    all->num++;
    own->seq += (uint32_t)len + !!(flags & (TCP_SYN | TCP_FIN));
    own->acknowledge = false;
    if (flags & TCP_FIN) c->ends[!from].acknowledge = true;
}

/* Octets of a stream, the first `kept` of which are there. */
static void octets_add(connection *c, uint64_t us, int from, const uint8_t *data, size_t kept, uint64_t len) {
    if (kept < len) {
        char text[96];
        snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64 " octets from here are not in the record",
                 len - kept, len);
        remark(c, text);
    }
    for (uint64_t at = 0; at < len && !c->capture->failed;) {
        size_t segment = len - at < SEGMENT_MAX ? (size_t)(len - at) : SEGMENT_MAX;
        size_t captured = at >= kept ? 0 : kept - at < segment ? (size_t)(kept - at) : segment;
        if (captured == 0 && ++c->capture->num_missing > MISSING_MAX) {
            char text[96];
            snprintf(text, sizeof text, "%" PRIu64 " octets before this packet are missing", len - at);
            remark(c, text);
            c->ends[from].seq += (uint32_t)(len - at);
            break;
        }
        packet_add(c, us, from, TCP_ACK | (at + segment == len ? TCP_PSH : 0), captured ? data + at : NULL,
                   captured, segment);
        at += segment;
    }
    c->ends[from].octets += len;
}

/* ---- Entries of the log -------------------------------------------------------------------------------- */

static uint64_t clamp(int64_t value) {
    return value < 0 ? 0 : value > US_MAX ? (uint64_t)US_MAX : (uint64_t)value;
}

static void handshake_add(connection *c, uint64_t us) {
    if (c->open) return;
    c->open = true;
    packet_add(c, 0, 0, TCP_SYN, NULL, 0, 0);
    packet_add(c, us, 1, TCP_SYN | TCP_ACK, NULL, 0, 0);
    packet_add(c, us, 0, TCP_ACK, NULL, 0, 0);
}

/* What the frame of an entry is said to be. */
static void frame_remark(connection *c, const json_t *entry) {
    const json_t *faults = json_list(json_map(entry, "frame"), "faults");
    memo text;
    if (memo_open(&text) < 0) return;
    view_put(text.file, view_get(entry, "note"), 0);
    bool empty = view_get(entry, "note").len == 0;
    for (size_t i = 0; i < json_array_size(faults); i++) {
        if (!empty || i) fputs(", ", text.file);
        view_put(text.file, view_of(json_array_get(faults, i)), 0);
    }
    if (memo_close(&text) == 0 && text.len > 0) remark(c, text.data);
    memo_free(&text);
}

static void frame_add(connection *c, uint64_t us, int from, const json_t *entry) {
    view header = view_get(entry, "header_hex"), payload = view_get(entry, "wire_hex");
    if (payload.len == 0) payload = view_get(entry, "hex");
    uint64_t offset = clamp(json_int(entry, "offset")), before = c->ends[from].octets;
    if (json_has_int(entry, "offset") && offset > before) octets_add(c, us, from, NULL, 0, offset - before);
    size_t room = header.len / 2 + payload.len / 2;
    uint8_t *data = malloc(room + 1);
    if (!data) {
        c->capture->failed = true;
        return;
    }
    frame_remark(c, entry);
    size_t head = octets_of_hex(data, room, header), kept = octets_of_hex(data + head, room - head, payload);
    uint64_t len = clamp(json_int(entry, "len"));
    octets_add(c, us, from, data, head + (kept < len ? kept : (size_t)len), head + len);
    free(data);
}

static void text_add(connection *c, uint64_t us, int from, const json_t *entry, bool head) {
    view text = view_get(entry, head ? "text" : "hex");
    uint8_t *data = malloc(text.len + 1);
    if (!data) {
        c->capture->failed = true;
        return;
    }
    size_t kept = head ? octets_of_text(data, text.len, text) : octets_of_hex(data, text.len, text);
    uint64_t len = clamp(json_int(entry, "len"));
    if (!head) remark(c, "neither head nor frame");
    octets_add(c, us, from, data, kept < len ? kept : (size_t)len, len);
    free(data);
}

static void event_remark(connection *c, uint64_t us, bool peer, const json_t *entry, view kind) {
    memo text;
    if (memo_open(&text) < 0) return;
    fprintf(text.file, "%" PRIu64 ".%03u ms: ", us / 1000, (unsigned)(us % 1000));
    if (view_is(kind, "deadline"))
        fputs("deadline passed, waiting for ", text.file);
    else if (view_is(kind, "stop") || view_is(kind, "resume"))
        fprintf(text.file, "%s %s", peer ? "the peer" : "the harness",
                view_is(kind, "stop") ? "stops reading" : "reads on");
    view_put(text.file, view_get(entry, "text"), 0);
    if (memo_close(&text) == 0) remark(c, text.data);
    memo_free(&text);
}

static void entry_add(connection *c, bool client, const json_t *entry) {
    view kind = view_get(entry, "kind");
    bool peer = view_is(view_get(entry, "from"), "peer");
    int from = peer == client; /* the peer of a client is the server */
    uint64_t us = clamp(json_int(entry, "t"));
    if (c->reset) return;
    handshake_add(c, us);
    if (view_is(kind, "frame")) {
        frame_add(c, us, from, entry);
    } else if (view_is(kind, "head")) {
        text_add(c, us, from, entry, true);
    } else if (view_is(kind, "octets")) {
        text_add(c, us, from, entry, false);
    } else if (view_is(kind, "elided")) {
        char text[96];
        snprintf(text, sizeof text, "%" PRIu64 " frames are not in the record",
                 clamp(json_int(entry, "frames")));
        remark(c, text);
        octets_add(c, us, from, NULL, 0, clamp(json_int(entry, "len")));
    } else if (view_is(kind, "fin")) {
        packet_add(c, us, from, TCP_FIN | TCP_ACK, NULL, 0, 0);
    } else if (view_is(kind, "reset")) {
        packet_add(c, us, from, TCP_RST | TCP_ACK, NULL, 0, 0);
        c->reset = true;
    } else if (!view_is(kind, "connect")) {
        event_remark(c, us, peer, entry, kind);
    }
}

static void connection_close(connection *c, uint64_t us) {
    char *rest = remarks_take(c);
    capture *all = c->capture;
    if (rest && all->num > 0) {
        packet *last = &all->packets[all->num - 1];
        char *both = NULL;
        if (asprintf(&both, "%s%s%s", last->comment ? last->comment : "", last->comment ? "; " : "", rest) >=
            0) {
            free(last->comment);
            last->comment = both;
        }
    }
    free(rest);
    /* Nobody knows when the end of a stream was acknowledged: with what came next, or here. */
    for (int i = 0; i < 2 && !c->reset; i++)
        if (c->ends[i].acknowledge) packet_add(c, us, i, TCP_ACK, NULL, 0, 0);
    memo_free(&c->remarks);
}

/* ---- Addresses and times ------------------------------------------------------------------------------- */

/* From "127.0.0.1:9001", "[::1]:9001" or what else there is. */
static void addresses_set(connection *c, const json_t *header, size_t nth) {
    const json_t *target = json_map(header, "target");
    bool client = !view_is(view_get(header, "judges"), "client");
    char text[64];
    snprintf(text, sizeof text, "%s", json_text(target, "address"));
    char *colon = strrchr(text, ':');
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    if (port == 0 || port > 65535 || json_map(target, "tls")) port = PORT_WITHOUT_TLS;
    c->v6 = text[0] == '[';
    for (int i = 0; i < 2; i++) {
        end *e = &c->ends[i];
        *e = (end){.mac = {2, 0, 0, 0, 0, (uint8_t)(i + 1)}, .seq = 0};
        if (c->v6) {
            /* ::1, or those that are for documents */
            static const uint8_t prefix[] = {0x20, 1, 0x0d, 0xb8};
            bool local = strncmp(text, "[::1]", 5) == 0;
            if (!local) memcpy(e->address, prefix, sizeof prefix);
            e->address[15] = (uint8_t)(local ? 1 : i + 1);
        } else {
            unsigned a[4] = {0};
            char rest;
            bool numeric = sscanf(text, "%3u.%3u.%3u.%3u%c", &a[0], &a[1], &a[2], &a[3], &rest) == 5 &&
                           a[0] < 256 && a[1] < 256 && a[2] < 256 && a[3] < 256;
            if (!numeric || !client) memcpy(a, (const unsigned[]){127, 0, 0, 1}, sizeof a);
            if (i == 0 && a[0] != 127) memcpy(a, (const unsigned[]){192, 0, 2, 1}, sizeof a);
            for (int k = 0; k < 4; k++) e->address[k] = (uint8_t)a[k];
        }
    }
    c->ends[0].port = (uint16_t)(CLIENT_PORT + nth % (65536 - CLIENT_PORT));
    c->ends[1].port = (uint16_t)port;
}

static uint64_t begun(const json_t *header, const json_t *test) {
    struct tm tm = {0};
    const char *started = json_text(header, "started");
    time_t seconds = strptime(started, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
    if (seconds < 0 || seconds > INT64_C(1) << 33) seconds = 0;
    return (uint64_t)seconds * 1000000 + clamp(json_int(test, "started_us"));
}

static void case_add(capture *all, const json_t *header, const json_t *test, size_t nth) {
    connection c = {.capture = all, .begun = begun(header, test)};
    bool client = !view_is(view_get(header, "judges"), "client");
    const json_t *wire = json_list(test, "wire");
    size_t num = json_array_size(wire);
    if (num == 0) return;
    if (memo_open(&c.remarks) < 0) {
        all->failed = true;
        return;
    }
    addresses_set(&c, header, nth);
    fputs("wsconform ", c.remarks.file);
    view_put(c.remarks.file, view_get(test, "id"), 0);
    fputs(": ", c.remarks.file);
    view_put(c.remarks.file, view_get(test, "verdict"), 0);
    fputs(". ", c.remarks.file);
    view_put(c.remarks.file, view_get(test, "title"), 0);
    fputs(". Pacing ", c.remarks.file);
    view_put(c.remarks.file, view_get(test, "pacing"), 0);
    fputs(". Made from a record; acknowledgements and segments are not as they were", c.remarks.file);
    if (json_map(json_map(header, "target"), "tls")) fputs(". This is what was inside TLS", c.remarks.file);
    for (size_t i = 0; i < num; i++) entry_add(&c, client, json_array_get(wire, i));
    connection_close(&c, clamp(json_int(json_array_get(wire, num - 1), "t")));
}

/* ---- The file ------------------------------------------------------------------------------------------ */

static void le16(FILE *file, unsigned value) {
    putc((int)(value & 0xff), file);
    putc((int)(value >> 8 & 0xff), file);
}

static void le32(FILE *file, uint32_t value) {
    le16(file, value & 0xffff);
    le16(file, value >> 16);
}

static size_t padded(size_t len) {
    return (len + 3) & ~(size_t)3;
}

static size_t option_len(const char *text) {
    return text ? 4 + padded(strlen(text)) : 0;
}

static void put_padded(FILE *file, const void *data, size_t len) {
    fwrite(data, 1, len, file);
    for (size_t i = len; i < padded(len); i++) putc(0, file);
}

static void put_option(FILE *file, unsigned code, const char *text) {
    if (!text) return;
    le16(file, code);
    le16(file, (unsigned)strlen(text));
    put_padded(file, text, strlen(text));
}

enum { OPTION_COMMENT = 1, OPTION_NAME = 2, OPTION_DESCRIPTION = 3, OPTION_PROGRAM = 4 };

/* Section header and interface. */
static void put_start(FILE *file, const char *program, const char *target) {
    uint32_t len = (uint32_t)(28 + option_len(program) + 4);
    le32(file, 0x0a0d0d0a);
    le32(file, len);
    le32(file, 0x1a2b3c4d);
    le16(file, 1);
    le16(file, 0);
    le32(file, UINT32_MAX); /* length of the section: not said */
    le32(file, UINT32_MAX);
    put_option(file, OPTION_PROGRAM, program);
    le32(file, 0);
    le32(file, len);
    len = (uint32_t)(20 + option_len("record") + option_len(target) + 4);
    le32(file, 1);
    le32(file, len);
    le16(file, 1); /* Ethernet */
    le16(file, 0);
    le32(file, 0);
    put_option(file, OPTION_NAME, "record");
    put_option(file, OPTION_DESCRIPTION, target);
    le32(file, 0);
    le32(file, len);
}

static void put_packet(FILE *file, const packet *p) {
    size_t options = p->comment ? option_len(p->comment) + 4 : 0;
    uint32_t len = (uint32_t)(32 + padded(p->captured) + options);
    le32(file, 6);
    le32(file, len);
    le32(file, 0);
    le32(file, (uint32_t)(p->time >> 32));
    le32(file, (uint32_t)p->time);
    le32(file, (uint32_t)p->captured);
    le32(file, (uint32_t)p->len);
    put_padded(file, p->data, p->captured);
    put_option(file, OPTION_COMMENT, p->comment);
    if (p->comment) le32(file, 0);
    le32(file, len);
}

static int by_time(const void *a, const void *b) {
    const packet *left = a, *right = b;
    if (left->time != right->time) return left->time < right->time ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

int report_pcapng(const json_t *header, const json_t *const *cases, size_t num, FILE *file) {
    capture all = {.failed = false};
    memo program, target;
    for (size_t i = 0; i < num && !all.failed; i++) case_add(&all, header, cases[i], i);
    if (memo_open(&program) == 0) {
        fputs("wsconform ", program.file);
        view_put(program.file, view_get(header, "version"), 0);
    }
    if (memo_open(&target) == 0) view_put(target.file, header_target(header), 0);
    if (memo_close(&program) < 0 || memo_close(&target) < 0) all.failed = true;
    if (!all.failed) {
        /* A run has cases beside each other. */
        if (all.num > 0) qsort(all.packets, all.num, sizeof *all.packets, by_time);
        char name[COMMENT_MAX], where[COMMENT_MAX];
        snprintf(name, sizeof name, "%s", program.data);
        snprintf(where, sizeof where, "%s", target.data);
        put_start(file, name, where);
        for (size_t i = 0; i < all.num; i++) put_packet(file, &all.packets[i]);
    }
    for (size_t i = 0; i < all.num; i++) {
        free(all.packets[i].data);
        free(all.packets[i].comment);
    }
    free(all.packets);
    memo_free(&program);
    memo_free(&target);
    if (all.failed) errno = ENOMEM;
    return all.failed || ferror(file) ? -1 : 0;
}
