/* SPDX-License-Identifier: MIT */
#include "mutator.h"

#include "fuzz.h"

/* What is beyond these bounds is kept as octets. */
#define LINES_MAX 128
#define LINE_MAX  1024

/* An input as lines, each with the LF that ends it. What follows the last head may be frames; it is one line
   more or several, and mostly left alone. */
typedef struct head_text {
    fuzz_cuts random;
    struct line {
        char *text;
        size_t len;
    } lines[LINES_MAX + 1];
    size_t num_lines;
} head_text;

/* Lines of a handshake, right and wrong, most of which are worth something only in the company of right ones.
 */
static const char *const known_lines[] = {
    "Host: localhost:9001\r\n",
    "Upgrade: websocket\r\n",
    "Upgrade: h2c, websocket/13\r\n",
    "Connection: Upgrade\r\n",
    "Connection: keep-alive, Upgrade\r\n",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    "Sec-WebSocket-Protocol: chat\r\n",
    "Sec-WebSocket-Protocol: superchat, chat\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=\"10\", x;y=z\r\n",
    "Origin: http://localhost\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    " folded\r\n",
    "\r\n",
};
static const char *const known_starts[] = {
    "GET / HTTP/1.1\r\n",     "POST / HTTP/1.1\r\n",           "GETS /?a#b HTTP/1.1\r\n",
    "GET /chat HTTP/1.0\r\n", "GET http://host/ HTTP/1.1\r\n", "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 101\r\n",       "HTTP/1.1 100 Continue\r\n",     "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 103 Early\r\n",
};
static const char *const known_words[] = {"websocket",
                                          "upgrade",
                                          "Upgrade",
                                          "13",
                                          "8",
                                          "101",
                                          "102",
                                          "GET",
                                          "HEAD",
                                          "HTTP/1.1",
                                          "HTTP/2.0",
                                          "chat",
                                          "permessage-deflate",
                                          "server_no_context_takeover",
                                          "client_max_window_bits=15",
                                          ", ",
                                          ";",
                                          "=",
                                          "\"",
                                          "\\",
                                          "#",
                                          "%00",
                                          "\t",
                                          "\r",
                                          "\x80",
                                          ":",
                                          "/"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static size_t below(head_text *m, size_t limit) {
    return fuzz_random(&m->random) % limit;
}

static void line_set(struct line *line, const char *text, size_t len) {
    char *copy = fuzz_alloc(len);
    if (len > 0) memmove(copy, text, len);
    free(line->text);
    *line = (struct line){copy, len};
}

static void line_insert(head_text *m, size_t at, const char *text, size_t len) {
    if (m->num_lines >= LINES_MAX) return;
    memmove(&m->lines[at + 1], &m->lines[at], (m->num_lines - at) * sizeof m->lines[0]);
    m->lines[at] = (struct line){NULL, 0};
    m->num_lines++;
    line_set(&m->lines[at], text, len);
}

static void line_remove(head_text *m, size_t at) {
    free(m->lines[at].text);
    m->num_lines--;
    memmove(&m->lines[at], &m->lines[at + 1], (m->num_lines - at) * sizeof m->lines[0]);
}

/* Some octets of a line give way to others. */
static void line_splice(struct line *line, size_t at, size_t gone, const char *text, size_t len) {
    if (line->len - gone + len > LINE_MAX) return;
    char *spliced = fuzz_alloc(line->len - gone + len);
    memcpy(spliced, line->text, at);
    memcpy(spliced + at, text, len);
    memcpy(spliced + at + len, line->text + at + gone, line->len - at - gone);
    free(line->text);
    *line = (struct line){spliced, line->len - gone + len};
}

static void text_read(head_text *m, const uint8_t *data, size_t size) {
    for (size_t pos = 0; pos < size;) {
        const uint8_t *feed = m->num_lines < LINES_MAX - 8 ? memchr(data + pos, '\n', size - pos) : NULL;
        size_t len = feed != NULL ? (size_t)(feed - (data + pos)) + 1 : size - pos;
        line_set(&m->lines[m->num_lines++], (const char *)data + pos, len);
        pos += len;
    }
}

/* A place in a line where a word begins or ends, or any. */
static size_t place(head_text *m, const struct line *line) {
    size_t at = below(m, line->len + 1);
    if (below(m, 3) == 0) return at;
    while (at < line->len && strchr(" ,;=:/\r", line->text[at]) == NULL) at++;
    return at;
}

static void step_words(head_text *m, struct line *line) {
    const char *word = known_words[below(m, COUNT(known_words))];
    size_t at = place(m, line), gone = 0;
    if (below(m, 2) == 0) {
        size_t end = at;
        while (end < line->len && end - at < 40 && strchr(" ,;=:\r", line->text[end]) == NULL) end++;
        gone = end - at;
    }
    line_splice(line, at, gone, word, strlen(word));
}

static void step_octet(head_text *m, struct line *line) {
    char octet = (char)fuzz_random(&m->random);
    if (line->len == 0) return;
    size_t at = below(m, line->len);
    if (below(m, 2) == 0) octet = line->text[at] ^ 0x20; /* the other letter case */
    line_splice(line, at, below(m, 3) == 0 ? 0 : 1, &octet, below(m, 3) == 0 ? 0 : 1);
}

/* The value of a field becomes that of another. */
static void step_value(head_text *m, struct line *line) {
    const struct line *other = &m->lines[below(m, m->num_lines)];
    const char *colon = line->len > 0 ? memchr(line->text, ':', line->len) : NULL;
    const char *from = other->len > 0 ? memchr(other->text, ':', other->len) : NULL;
    if (colon == NULL || from == NULL || other == line) return;
    size_t at = (size_t)(colon - line->text), start = (size_t)(from - other->text);
    line_splice(line, at, line->len - at, from, other->len - start);
}

static void step(head_text *m) {
    size_t at = m->num_lines > 0 ? below(m, m->num_lines) : 0;
    if (m->num_lines == 0 || below(m, 5) == 0) {
        const char *text = below(m, 6) == 0 ? known_starts[below(m, COUNT(known_starts))]
                                            : known_lines[below(m, COUNT(known_lines))];
        line_insert(m, at, text, strlen(text));
        return;
    }
    struct line *line = &m->lines[at];
    switch (below(m, 10)) {
    case 0: line_remove(m, at); break;
    case 1: line_insert(m, below(m, m->num_lines), line->text, line->len); break;
    case 2: {
        struct line *other = &m->lines[below(m, m->num_lines)], held = *line;
        *line = *other;
        *other = held;
        break;
    }
    case 3: {
        const char *text = known_starts[below(m, COUNT(known_starts))];
        line_set(&m->lines[0], text, strlen(text));
        break;
    }
    case 4: step_value(m, line); break;
    case 5:
        if (line->len >= 2 && line->text[line->len - 2] == '\r') line_splice(line, line->len - 2, 1, "", 0);
        break;
    case 6:
    case 7: step_octet(m, line); break;
    default: step_words(m, line);
    }
}

size_t mutate_heads(uint8_t *data, size_t size, size_t max_size, uint64_t seed, size_t num_options) {
    uint8_t options[2] = {0, 0};
    head_text m = {.random = {.way = FUZZ_RANDOM, .random = seed * 0x9E3779B97F4A7C15u + 1}};
    if (num_options > sizeof options || size < num_options || max_size < num_options) return size;
    size -= num_options;
    max_size -= num_options;
    memcpy(options, data + size, num_options);
    if (num_options == 1 && below(&m, 8) == 0) options[0] ^= (uint8_t)(1u << below(&m, 8));
    /* Of two octets, how much the first side sent: it grows with it, mostly. */
    size_t sent = (size_t)options[0] << 8 | options[1], before = size;
    text_read(&m, data, size);
    /* Mostly one: what is right but for one thing goes furthest. */
    do step(&m);
    while (below(&m, 3) == 0);
    size = 0;
    for (size_t i = 0; i < m.num_lines; i++) {
        size_t len = m.lines[i].len < max_size - size ? m.lines[i].len : max_size - size;
        if (len > 0) memcpy(data + size, m.lines[i].text, len);
        size += len;
        free(m.lines[i].text);
    }
    if (num_options == 2 && before > 0) {
        bool first = below(&m, 2) == 0;
        sent = first && size > before           ? sent + (size - before)
               : first && before - size <= sent ? sent - (before - size)
                                                : sent;
        options[0] = (uint8_t)(sent >> 8);
        options[1] = (uint8_t)sent;
    }
    memcpy(data + size, options, num_options);
    return size + num_options;
}
