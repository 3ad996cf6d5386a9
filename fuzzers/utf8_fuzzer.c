/* SPDX-License-Identifier: MIT */
/* UTF-8: all variants say the same as the plain automaton, of any text, however cut, at any alignment; where
   a text goes wrong is where no octets could continue it. */
#include "fuzz.h"

#include "codec/variants.h"

typedef size_t push_function(wsc_utf8 *utf8, const uint8_t *data, size_t len);

static push_function *const variants[] = {wsc_utf8_push_portable, wsc_utf8_push, wsc_utf8_push_plain,
#if WSC_HAVE_AVX2
                                          wsc_utf8_push_avx2
#endif
};

static size_t num_variants(void) {
    return wsc_cpu_has_avx2() ? sizeof variants / sizeof *variants : 3;
}

/* Feeds a text, by variants that take turns if there is a choice. Returns how many octets are good. */
static size_t push_pieces(push_function *push, const uint8_t *data, size_t size, fuzz_cuts cuts,
                          wsc_utf8 *utf8) {
    *utf8 = (wsc_utf8){0};
    for (size_t pos = 0; pos < size;) {
        size_t len = fuzz_piece(&cuts, size - pos);
        const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, len);
        push_function *now = push != NULL ? push : variants[fuzz_random(&cuts) % num_variants()];
        size_t good = now(utf8, piece, len);
        fuzz_piece_close(&cuts);
        ORACLE(good <= len, "utf8-bounds");
        pos += good;
        if (good < len) return pos;
    }
    return size;
}

/* True if some octets make a valid text of a good one that is open. */
static bool can_be_completed(const uint8_t *data, size_t len) {
    static const uint8_t ends[] = {0x80, 0x90, 0xBF};
    uint8_t *longer = fuzz_alloc(len + 3);
    bool found = wsc_utf8_valid(data, len);
    if (len > 0) memcpy(longer, data, len);
    for (size_t more = 1; more <= 3 && !found; more++) {
        for (size_t i = 0; i < sizeof ends && !found; i++) {
            memset(longer + len, 0x80, more);
            longer[len] = ends[i];
            found = wsc_utf8_valid(longer, len + more);
        }
    }
    free(longer);
    return found;
}

/* One octet too many is too many, and one less can be mended. */
static void check_place(const uint8_t *data, size_t size, size_t good) {
    /* The last octets decide; what is before is known to be characters. */
    size_t start = good;
    while (start > 0 && good - start < 3 && (data[start - 1] & 0xC0) == 0x80) start--;
    if (start > 0 && data[start - 1] >= 0xC0) start--;
    ORACLE(can_be_completed(data + start, good - start), "utf8-too-late");
    if (good < size) ORACLE(!can_be_completed(data + start, good - start + 1), "utf8-too-early");
}

/* The text in a row of letters, `before` of them in front, so that it crosses the edges of vectors. */
static void check_embedded(const uint8_t *data, size_t size, size_t good, bool complete, size_t before) {
    enum { BEHIND = 40 };
    size_t len = before + size + BEHIND;
    uint8_t *text = fuzz_alloc(len);
    memset(text, 'a', len);
    if (size > 0) memcpy(text + before, data, size);
    for (size_t v = 0; v < num_variants(); v++) {
        wsc_utf8 utf8 = {0};
        /* What is open is closed badly by the letter behind. */
        size_t expected = complete ? len : before + good;
        ORACLE(variants[v](&utf8, text, len) == expected, "utf8-embedded");
        ORACLE(wsc_utf8_complete(&utf8) == complete, "utf8-embedded");
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint8_t shift = fuzz_option(data, &size);
    wsc_utf8 plain = {0};
    size_t good = wsc_utf8_push_plain(&plain, data, size);
    bool complete = wsc_utf8_complete(&plain);
    ORACLE(!complete || good == size, "utf8-complete");
    check_place(data, size, good);
    ORACLE(wsc_utf8_valid(data, size) == complete, "utf8-valid");
    for (size_t before = 29; before <= 61; before += 32) {
        check_embedded(data, size, good, complete, before + shift % 3);
        check_embedded(data, size, good, complete, before);
    }
    uint8_t *block = fuzz_alloc(size + 64);
    uint8_t *shifted = block + shift % 64;
    if (size > 0) memcpy(shifted, data, size);
    for (size_t v = 0; v <= num_variants(); v++) {
        push_function *push = v < num_variants() ? variants[v] : NULL;
        for (int way = FUZZ_WHOLE; way <= FUZZ_RANDOM; way++) {
            wsc_utf8 utf8;
            size_t result = push_pieces(push, data, size, fuzz_cuts_make((fuzz_way)way, data, size), &utf8);
            ORACLE(result == good && utf8.state == plain.state, "utf8-variants");
        }
        if (push == NULL) continue;
        wsc_utf8 utf8 = {0};
        ORACLE(push(&utf8, shifted, size) == good && utf8.state == plain.state, "utf8-alignment");
        if (good < size) ORACLE(push(&utf8, data, size) == 0 && !wsc_utf8_complete(&utf8), "utf8-sticky");
    }
    free(block);
    return 0;
}
