/* SPDX-License-Identifier: MIT */
/* What the tests of the endpoint share: a core driven without a socket, and frames written as words.

   A script is words with spaces between them. A word is flags, an opcode, and a payload:
     flags    - not final, r s u RSV1 to RSV3, ! the wrong mask bit, z a key of zero, y another key, w and q
   the 16 and 64-bit form opcode   t text, b binary, c continuation, p ping, o pong, x Close, or 3 to 7 and B
   to F payload  nothing, =TEXT, or @HEX and #N (N octets "*"), one of them or both
   "|" begins a new segment; "%HEX" stands for raw octets; "$" ends the stream. */
#ifndef ENDPOINT_FIXTURE_H
#define ENDPOINT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/wsc.h"
#include "endpoint/endpoint_core.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct octets {
    uint8_t *data;
    size_t len, cap;
} octets;

/* Makes room for len more octets, and returns where it is. */
static inline uint8_t *octets_room(octets *to, size_t len) {
    if (to->data == NULL || len > to->cap - to->len) {
        to->cap = 2 * (to->len + len) + 256;
        to->data = realloc(to->data, to->cap);
        if (to->data == NULL) abort();
    }
    return to->data + to->len;
}

static inline void octets_add(octets *to, const void *data, size_t len) {
    if (len == 0) return;
    memcpy(octets_room(to, len), data, len);
    to->len += len;
}

static inline void octets_free(octets *from) {
    free(from->data);
    *from = (octets){0};
}

static inline uint8_t hex_digit(char c) {
    return (uint8_t)(c <= '9' ? c - '0' : c <= 'F' ? c - 'A' + 10 : c - 'a' + 10);
}

/* Appends the octets of a run of hexadecimal digits. */
static inline void octets_add_hex(octets *to, const char *text, size_t len) {
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint8_t octet = (uint8_t)(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
        octets_add(to, &octet, 1);
    }
}

/* Appends to a text of size octets what fits. */
static inline void say(char *text, size_t size, const char *format, ...) {
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

/* ---- Frames as words ---------------------------------------------------------------------------------- */

static inline uint8_t opcode_of(char c) {
    static const char letters[] = "ctb34567xpoBCDEF";
    const char *at = strchr(letters, c);
    if (c == '\0' || at == NULL) fail_msg("\"%c\" is no opcode", c);
    return (uint8_t)(at - letters);
}

/* One word, as the peer of a server (or, if not from_client, of a client) sends it. */
static inline void word_add(octets *to, const char *word, size_t len, bool from_client) {
    static const uint8_t key[4] = {0xA1, 0xB2, 0xC3, 0xD4};
    wsc_frame frame = {.fin = true, .masked = from_client};
    octets payload = {0};
    bool zero = false, other = false;
    size_t i = 0;
    for (; i < len && strchr("-rsu!zywq", word[i]) != NULL; i++) {
        switch (word[i]) {
        case '-': frame.fin = false; break;
        case 'r': frame.rsv1 = true; break;
        case 's': frame.rsv2 = true; break;
        case 'u': frame.rsv3 = true; break;
        case '!': frame.masked = !from_client; break;
        case 'z': zero = true; break;
        case 'y': other = true; break;
        case 'w': frame.form = WSC_LENGTH_16; break;
        default: frame.form = WSC_LENGTH_64; break;
        }
    }
    if (i == len) fail_msg("a word without an opcode");
    frame.opcode = opcode_of(word[i++]);
    if (i < len && word[i] == '=') octets_add(&payload, word + i + 1, len - i - 1);
    if (i < len && word[i] == '@') {
        size_t digits = strspn(word + i + 1, "0123456789abcdefABCDEF");
        octets_add_hex(&payload, word + i + 1, digits);
        i += 1 + digits;
    }
    if (i < len && word[i] == '#') {
        size_t num = strtoul(word + i + 1, NULL, 10);
        memset(octets_room(&payload, num), '*', num);
        payload.len += num;
    }
    if (frame.masked && !zero) memcpy(frame.key, key, sizeof key);
    if (other) frame.key[0] ^= 0xFF;
    frame.length = payload.len;
    uint8_t header[WSC_HEADER_MAX];
    octets_add(to, header, wsc_frame_encode(header, &frame));
    if (frame.masked && payload.len > 0) wsc_mask(payload.data, payload.data, payload.len, frame.key, 0);
    octets_add(to, payload.data, payload.len);
    octets_free(&payload);
}

#define SEGMENTS_MAX 32

/* What a peer sends: octets, and where segments end. */
typedef struct talk {
    octets octets;
    size_t cuts[SEGMENTS_MAX];
    size_t num_cuts;
    bool eof;
} talk;

static inline void talk_cut(talk *t) {
    if (t->num_cuts == SEGMENTS_MAX) fail_msg("too many segments");
    t->cuts[t->num_cuts++] = t->octets.len;
}

static inline void talk_add(talk *t, const char *script, bool from_client) {
    for (const char *word = script; *word != '\0';) {
        size_t len = strcspn(word, " ");
        if (len == 1 && *word == '|')
            talk_cut(t);
        else if (len == 1 && *word == '$')
            t->eof = true;
        else if (len > 0 && *word == '%')
            octets_add_hex(&t->octets, word + 1, len - 1);
        else if (len > 0)
            word_add(&t->octets, word, len, from_client);
        word += len + (word[len] == ' ');
    }
}

/* ---- A core without its socket ------------------------------------------------------------------------ */

#define REQUEST                                                                                              \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define RESPONSE                                                                                             \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                      \
    "Sec-WebSocket-Accept: %s\r\n\r\n"

typedef enum cutting { WHOLE, OCTETS, CUTS } cutting;

/* What came of it. */
typedef struct result {
    octets sent;
    char actions[64]; /* a letter for each but SEND: d delay, f FIN, c close, r reset, s stop */
    bool done;        /* close, reset or stop came */
} result;

static inline void result_free(result *r) {
    octets_free(&r->sent);
}

/* Carries out all actions that there are. */
static inline void drain(endpoint_core *core, result *r) {
    endpoint_action action;
    for (endpoint_core_next(core, &action); action.type != ENDPOINT_NONE && !r->done;
         endpoint_core_next(core, &action)) {
        size_t took = 0;
        if (action.type == ENDPOINT_SEND) {
            assert_true(action.len > 0);
            /* In parts, as a socket may take it. */
            took = action.len > 7 ? action.len - 7 : action.len;
            octets_add(&r->sent, action.data, took);
        } else {
            static const char letters[] = {[ENDPOINT_DELAY] = 'd',
                                           [ENDPOINT_FIN] = 'f',
                                           [ENDPOINT_CLOSE] = 'c',
                                           [ENDPOINT_RESET] = 'r',
                                           [ENDPOINT_STOP] = 's'};
            size_t num = strlen(r->actions);
            assert_true(num < sizeof r->actions - 1);
            r->actions[num] = letters[action.type];
            r->done = action.type != ENDPOINT_DELAY && action.type != ENDPOINT_FIN;
            if (action.type == ENDPOINT_RESET) return;
        }
        endpoint_core_took(core, took);
    }
}

static inline void give(endpoint_core *core, result *r, const uint8_t *data, size_t len) {
    if (len == 0 || r->done) return;
    /* A block of its own, so that a sanitizer sees one octet read too many. */
    uint8_t *copy = malloc(len);
    if (copy == NULL) abort();
    memcpy(copy, data, len);
    endpoint_core_push(core, copy, len);
    free(copy);
    drain(core, r);
}

/* Gives a talk to a core; OCTETS and CUTS add to its own cuts. */
static inline void converse(endpoint_core *core, const talk *t, cutting how, result *r) {
    size_t pos = 0, cut = 0;
    drain(core, r);
    while (pos < t->octets.len) {
        size_t end = cut < t->num_cuts ? t->cuts[cut] : t->octets.len;
        if (end <= pos && cut < t->num_cuts) {
            cut++;
            continue;
        }
        size_t piece = how == WHOLE ? end - pos : how == OCTETS ? 1 : 1 + pos * 7 % 61;
        if (piece > end - pos) piece = end - pos;
        give(core, r, t->octets.data + pos, piece);
        pos += piece;
    }
    if (t->eof && !r->done) {
        endpoint_core_eof(core);
        drain(core, r);
    }
}

/* A server of its own, with an opening handshake before the script. */
static inline result serve(int fault, cutting how, const char *request, const char *script) {
    static const char *const protocols[] = {"chat", "superchat", NULL};
    endpoint_config config = {.fault = fault, .protocols = protocols};
    result r = {0};
    talk t = {0};
    octets_add(&t.octets, request, strlen(request));
    if (*script != '\0') talk_cut(&t);
    talk_add(&t, script, true);
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    converse(core, &t, how, &r);
    endpoint_core_free(core);
    octets_free(&t.octets);
    return r;
}

/* The response to the request that a client has sent: the first %s is the accept value for its key. */
static inline void talk_add_response(talk *t, const result *r, const char *response) {
    static const char field[] = "Sec-WebSocket-Key: ";
    char accept[WSC_ACCEPT_LEN + 1] = "", text[4096];
    for (size_t i = 0; i + sizeof field + WSC_KEY_LEN < r->sent.len; i++) {
        const char *at = (const char *)r->sent.data + i;
        if (memcmp(at, field, sizeof field - 1) != 0) continue;
        at += sizeof field - 1;
        size_t len = 0;
        while (len < WSC_KEY_LEN && at[len] != '\r' && at[len] != '\n') len++;
        wsc_accept_encode(accept, (wsc_span){at, len});
    }
    const char *place = strstr(response, "%s");
    size_t before = place == NULL ? strlen(response) : (size_t)(place - response);
    text[0] = '\0';
    say(text, sizeof text, "%.*s%s%s", (int)before, response, place == NULL ? "" : accept,
        place == NULL ? "" : place + 2);
    octets_add(&t->octets, text, strlen(text));
}

/* A client of its own, with a response before the script. */
static inline result attend(int fault, cutting how, const char *response, const char *script, bool *opened) {
    static const char *const protocols[] = {"chat", "superchat", NULL};
    static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 7};
    endpoint_config config = {.fault = fault, .protocols = protocols, .request = &request};
    result r = {0};
    talk t = {0};
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    drain(core, &r);
    talk_add_response(&t, &r, response);
    if (*script != '\0' && *script != '+') talk_cut(&t); /* + stands for: in one segment with the response */
    talk_add(&t, *script == '+' ? script + 1 : script, false);
    converse(core, &t, how, &r);
    if (opened != NULL) *opened = endpoint_core_opened(core);
    endpoint_core_free(core);
    octets_free(&t.octets);
    return r;
}

/* ---- What was sent, in words -------------------------------------------------------------------------- */

/* "101 text=hello close=1000": the status (or method) of a head if there is one, then frames, m: if masked;
 * long payloads as #N. */
static inline void describe(const result *r, bool head, char *text, size_t size) {
    const uint8_t *data = r->sent.data;
    size_t left = r->sent.len;
    text[0] = '\0';
    if (head && left > 12) {
        say(text, size, "%.3s", (const char *)data + (memcmp(data, "HTTP", 4) == 0 ? 9 : 0));
        size_t i = 0;
        while (i + 4 <= left && memcmp(data + i, "\r\n\r\n", 4) != 0) i++;
        i = i + 4 <= left ? i + 4 : left;
        data += i;
        left -= i;
        if (memcmp(text, "101", 3) != 0 && memcmp(text, "GET", 3) != 0) {
            say(text, size, "+%zu", left);
            return;
        }
    }
    wsc_decoder decoder;
    wsc_decoder_init(&decoder);
    uint8_t payload[256] = {0};
    for (;;) {
        wsc_event event;
        size_t used = wsc_decode(&decoder, data, left, &event);
        if (event.type == WSC_EVENT_MORE) break;
        data += used;
        left -= used;
        const wsc_frame *f = &event.frame;
        if (event.type == WSC_EVENT_HEADER)
            say(text, size, "%s%s%s%s", *text == '\0' ? "" : " ", f->fin ? "" : "-", f->masked ? "m:" : "",
                wsc_opcode_name(f->opcode));
        if (event.type == WSC_EVENT_PAYLOAD && f->length < sizeof payload)
            wsc_mask(payload + event.offset, event.data, event.len, f->key, event.offset);
        if (event.type != WSC_EVENT_END || f->length == 0) continue;
        size_t len = (size_t)f->length;
        if (f->opcode == WSC_OP_CLOSE && len >= 2)
            say(text, size, "=%u%.*s", (unsigned)(payload[0] << 8 | payload[1]), (int)(len - 2), payload + 2);
        else if (len < 64)
            say(text, size, "=%.*s", (int)len, payload);
        else
            say(text, size, "#%zu", len);
    }
    if (wsc_decoder_inside(&decoder)) say(text, size, " ...");
}

#endif
