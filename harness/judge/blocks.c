/* SPDX-License-Identifier: MIT */
#include "judge/blocks.h"

#include <string.h>

/* The nth (from 0) output of splitmix64 started with seed. It is a pure function of both, so any place of a
   stream made from it can be computed by itself. */
static uint64_t mix(uint64_t seed, uint64_t n) {
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 32 words, so that five bits choose one. */
static const char words[32][10] = {
    "a",     "and",    "answer", "anchor",  "boat",   "bridge", "calm", "cloud", "deep", "drift", "every",
    "ferry", "follow", "gull",   "harbour", "in",     "island", "keel", "light", "long", "of",    "quay",
    "reef",  "sail",   "salt",   "shore",   "signal", "storm",  "the",  "tide",  "to",   "water"};

/* A block being written; what does not fit is left out. */
typedef struct writer {
    uint8_t *block;
    size_t len, max;
} writer;

static void put(writer *w, const char *text) {
    for (; *text != '\0' && w->len < w->max; text++) w->block[w->len++] = (uint8_t)*text;
}

static void put_digits(writer *w, uint64_t value, unsigned digits) {
    char text[20 + 1];
    text[digits] = '\0';
    for (unsigned i = digits; i-- > 0; value /= 10) text[i] = (char)('0' + value % 10);
    put(w, text);
}

static void fill(writer *w, size_t len, char with) {
    while (w->len < len) w->block[w->len++] = (uint8_t)with;
}

/* ---- Any octets ---------------------------------------------------------------------------------------- */

/* Output n of splitmix64, least significant octet first. */
static void make_random(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    uint64_t value = mix(seed, n);
    for (size_t i = 0; i < 8; i++) block[i] = (uint8_t)(value >> (8 * i));
}

/* ---- Text ---------------------------------------------------------------------------------------------- */

#define WORDS_LEN 64

/* Line n has 63 characters and a line feed. Its words are chosen by five bits each, lowest first, of outputs
   8n, 8n+1, ... of splitmix64 (twelve words from each output); the last word is cut. */
static void make_words(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    writer w = {.block = block, .max = WORDS_LEN - 1};
    uint64_t bits = 0, draw = 8 * n;
    unsigned left = 0;
    while (w.len < w.max) {
        if (left == 0) {
            bits = mix(seed, draw++);
            left = 12;
        }
        put(&w, words[bits & 31]);
        put(&w, " ");
        bits >>= 5;
        left--;
    }
    block[w.len] = '\n';
}

#define PROSE_LEN 64

/* Words that nobody knows, some of them with a letter of ISO 8859-1, and who speaks them: as dense as a
   drama. A line is no UTF-8. */
static void make_prose(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    static const char consonants[] = "bdfghklmnprstvwz", vowels[] = "eaiouee\xfc";
    writer w = {.block = block, .max = PROSE_LEN - 1};
    uint64_t bits = mix(seed, 4 * n), draw = 4 * n + 1;
    if (n % 4 == 0) {
        fill(&w, 20, ' ');
        put(&w, words[bits & 7]);
        put(&w, ":");
        fill(&w, PROSE_LEN - 1, ' ');
    }
    for (unsigned syllable = 0; w.len < w.max; syllable++) {
        if (syllable % 8 == 7) bits = mix(seed, draw++);
        put(&w, (const char[]){consonants[bits & 15], vowels[bits >> 4 & 7], '\0'});
        if ((bits >> 6 & 3) == 0) put(&w, " ");
        bits >>= 8;
    }
    block[w.len] = '\n';
}

#define JSON_LEN 256

/* Line n is an object of one list. As in most such documents the greater part is the same in each. */
static void make_json(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    writer w = {.block = block, .max = JSON_LEN - 1};
    uint64_t a = mix(seed, 2 * n), b = mix(seed, 2 * n + 1);
    put(&w, "  {\"id\": ");
    put_digits(&w, n % 1000000, 6);
    put(&w, ", \"name\": \"");
    put(&w, words[a & 31]);
    put(&w, "\", \"kind\": \"");
    put(&w, words[a >> 5 & 7]);
    put(&w, "\", \"depth\": ");
    put_digits(&w, a >> 8 & 127, 3);
    put(&w, ".");
    put_digits(&w, b % 10, 1);
    put(&w, ", \"tags\": [\"");
    put(&w, words[a >> 16 & 31]);
    put(&w, "\", \"");
    put(&w, words[a >> 21 & 15]);
    put(&w, "\"], \"open\": ");
    put(&w, a >> 26 & 1 ? "true" : "false");
    put(&w,
        ", \"unit\": \"metre\", \"source\": {\"office\": \"harbour\", \"checked\": null, \"remarks\": []}, "
        "\"position\": null, \"lights\": 0 },");
    fill(&w, JSON_LEN - 1, ' ');
    block[w.len] = '\n';
}

#define HTML_LEN 128

/* A row of a table in UTF-8; every other one has a character of two octets, at offset 48, so that a page may
   be cut at every offset that is a multiple of 16. */
static void make_html(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    writer w = {.block = block, .max = 48};
    uint64_t a = mix(seed, n);
    put(&w, "<tr class=\"row\"><td class=\"name\">");
    put(&w, words[a & 31]);
    put(&w, " ");
    put(&w, words[a >> 5 & 31]);
    fill(&w, 48, ' ');
    w.max = HTML_LEN - 1;
    if (n & 1) put(&w, "\xc3\xa9");
    put(&w, words[a >> 10 & 31]);
    put(&w, " ");
    put_digits(&w, a >> 20 & 1023, 4);
    put(&w, "</td><td class=\"state\">open</td><td></td></tr>");
    fill(&w, HTML_LEN - 1, ' ');
    block[w.len] = '\n';
}

/* ---- Binary -------------------------------------------------------------------------------------------- */

#define IMAGE_LEN   128
#define IMAGE_WIDTH 512

/* A quarter of a line of a picture, an octet a point: slopes and edges under noise. */
static void make_image(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    size_t x = (size_t)(n % (IMAGE_WIDTH / IMAGE_LEN)) * IMAGE_LEN;
    uint64_t y = n / (IMAGE_WIDTH / IMAGE_LEN);
    uint64_t bits = 0;
    for (size_t i = 0; i < IMAGE_LEN; i++, x++) {
        if (i % 12 == 0) bits = mix(seed, n * 16 + i / 12);
        uint64_t slope = (x + 3 * y) / 8 % 96, edge = (x / 64 + y / 64) % 2 * 64;
        uint64_t noise = (bits & 7) + (bits >> 3 & 7) + (bits >> 4 & 3);
        block[i] = (uint8_t)(32 + slope + edge + noise);
        bits >>= 5;
    }
}

#define DOCUMENT_LEN 128

/* A document as programs make them: of 64 blocks, 56 are as good as random, the rest lists of numbers. */
static void make_document(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n) {
    if (n % 64 >= 8) {
        for (size_t i = 0; i < DOCUMENT_LEN / 8; i++) make_random(block + 8 * i, seed, n * 16 + i);
        return;
    }
    writer w = {.block = block, .max = DOCUMENT_LEN};
    for (uint64_t i = 0; w.len < DOCUMENT_LEN; i++) {
        put_digits(&w, mix(seed, n) % 100000 + 20 * (8 * n + i), 10);
        put(&w, " 00000 n\n");
    }
}

/* ---- The table ----------------------------------------------------------------------------------------- */

const block_kind *payload_blocks(payload_kind kind) {
    static const block_kind random_kind = {8, make_random}, words_kind = {WORDS_LEN, make_words},
                            prose_kind = {PROSE_LEN, make_prose}, json_kind = {JSON_LEN, make_json},
                            html_kind = {HTML_LEN, make_html}, image_kind = {IMAGE_LEN, make_image},
                            document_kind = {DOCUMENT_LEN, make_document};
    switch (kind) {
    case PAYLOAD_RANDOM: return &random_kind;
    case PAYLOAD_WORDS: return &words_kind;
    case PAYLOAD_PROSE: return &prose_kind;
    case PAYLOAD_JSON: return &json_kind;
    case PAYLOAD_HTML: return &html_kind;
    case PAYLOAD_IMAGE: return &image_kind;
    case PAYLOAD_DOCUMENT: return &document_kind;
    case PAYLOAD_BYTES:
    case PAYLOAD_REPEAT:
    case PAYLOAD_CONCAT:
    case PAYLOAD_KINDS: return NULL;
    }
    return NULL;
}
