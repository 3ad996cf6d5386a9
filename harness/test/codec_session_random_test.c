/* SPDX-License-Identifier: MIT */
/* Talks made at random, legal but perhaps for one fault, whose log is known because they were made. */
#include "codec_session.h"

/* A talk in the making: its octets, and what a session will say. */
typedef struct maker {
    test_random random;
    bool masked;
    test_octets octets;
    test_log log;
    const char *fail; /* set once the fault is in */
    size_t consumed;  /* then: up to its octet */
} maker;

static void put(maker *m, wsc_frame frame, const void *payload, size_t len) {
    uint32_t key = test_next(&m->random) * 2654435761u;
    frame.masked = m->masked;
    if (frame.masked) memcpy(frame.key, &key, sizeof key);
    test_put_frame(&m->octets, frame, payload, len);
}

static void fail_at(maker *m, wsc_fault fault, size_t consumed) {
    test_word(&m->log, "fail %s", wsc_fault_name(fault));
    m->fail = wsc_fault_name(fault);
    m->consumed = consumed;
}

static void put_control(maker *m) {
    uint8_t payload[WSC_CONTROL_MAX] = {0};
    size_t len = test_below(&m->random, 3) == 0 ? test_below(&m->random, sizeof payload + 1)
                                                : test_below(&m->random, 4);
    for (size_t i = 0; i < len; i++) payload[i] = (uint8_t)test_next(&m->random);
    uint8_t opcode = test_below(&m->random, 2) == 0 ? WSC_OP_PING : WSC_OP_PONG;
    put(m, (wsc_frame){.fin = true, .opcode = opcode}, payload, len);
    test_word(&m->log, "%s", wsc_opcode_name(opcode));
    if (len == 0) return;
    test_payload(&m->log, "control", payload, len);
    test_word(&m->log, "sent");
}

/* Characters of one to four octets, ASCII most of the time, or any octets. */
static test_octets make_payload(maker *m, bool text, size_t most) {
    static const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x98\x80",
                                             "\xF4\x8F\xBF\xBF"};
    test_octets payload = {NULL, 0, 0};
    size_t len = test_below(&m->random, most);
    bool ascii = test_below(&m->random, 2) == 0;
    while (payload.len < len) {
        uint8_t octet = (uint8_t)(text ? 'a' + test_below(&m->random, 26) : test_next(&m->random));
        const char *character = characters[test_below(&m->random, COUNT(characters))];
        if (text && !ascii && test_below(&m->random, 4) == 0)
            test_put(&payload, character, strlen(character));
        else
            test_put(&payload, &octet, 1);
    }
    return payload;
}

/* A message in one or several frames, with control frames between those. If it is to be spoilt, one octet
   becomes FF, which no UTF-8 text has. */
static void put_message(maker *m, size_t most, bool spoil) {
    bool text = spoil || test_below(&m->random, 2) == 0;
    test_octets payload = make_payload(m, text, most);
    size_t bad = SIZE_MAX;
    if (spoil && payload.len > 0) {
        bad = test_below(&m->random, payload.len);
        while ((payload.data[bad] & 0xC0) == 0x80) bad--;
        payload.data[bad] = 0xFF;
    }
    const char *name = text ? "text" : "binary";
    test_word(&m->log, "begin %s", name);
    size_t num_frames = test_below(&m->random, 2) == 0 ? 1 : 1 + test_below(&m->random, 4);
    size_t pos = 0;
    for (size_t i = 0; i < num_frames; i++) {
        size_t len = i + 1 == num_frames ? payload.len - pos : test_below(&m->random, payload.len - pos + 1);
        wsc_frame frame = {.fin = i + 1 == num_frames,
                           .opcode = i > 0  ? WSC_OP_CONTINUATION
                                     : text ? WSC_OP_TEXT
                                            : WSC_OP_BINARY};
        put(m, frame, payload.data == NULL ? (const uint8_t *)"" : payload.data + pos, len);
        size_t good = bad < pos + len ? bad - pos : len;
        if (good > 0) test_payload(&m->log, name, payload.data + pos, good);
        if (good < len) {
            fail_at(m, WSC_FAULT_TEXT_NOT_UTF8, m->octets.len - len + good + 1);
            break;
        }
        pos += len;
        while (!frame.fin && test_below(&m->random, 3) == 0) put_control(m);
    }
    if (m->fail == NULL) test_word(&m->log, "end %s", name);
    test_clear(&payload);
}

static void put_close(maker *m) {
    uint8_t body[WSC_CONTROL_MAX];
    size_t len = wsc_close_encode(body, (uint16_t)(3000 + test_below(&m->random, 2000)), "gone", 4);
    put(m, (wsc_frame){.fin = true, .opcode = WSC_OP_CLOSE}, body, len);
    test_word(&m->log, "close %u gone", (unsigned)(body[0] << 8 | body[1]));
}

/* A frame that may not come, between messages; what is wrong is in its header. */
static void put_bad_frame(maker *m) {
    static const struct {
        wsc_frame frame;
        wsc_fault fault;
    } bad[] = {
        {{.fin = true, .rsv1 = true, .opcode = WSC_OP_TEXT}, WSC_FAULT_RSV1},
        {{.fin = true, .opcode = 11}, WSC_FAULT_OPCODE_RESERVED},
        {{.fin = false, .opcode = WSC_OP_PING}, WSC_FAULT_CONTROL_FRAGMENTED},
        {{.fin = true, .opcode = WSC_OP_CONTINUATION}, WSC_FAULT_CONTINUATION_WITHOUT_START},
        {{.fin = true, .opcode = WSC_OP_BINARY, .form = WSC_LENGTH_64}, WSC_FAULT_LENGTH_NOT_MINIMAL},
    };
    size_t i = test_below(&m->random, COUNT(bad));
    put(m, bad[i].frame, "", 0);
    fail_at(m, bad[i].fault, m->octets.len);
    test_put(&m->octets, "\x81\x01x", 3);
}

static void make_talk(maker *m, size_t most) {
    for (size_t parts = test_below(&m->random, 6); parts > 0 && m->fail == NULL; parts--) {
        size_t kind = test_below(&m->random, 10);
        if (kind < 6)
            put_message(m, most, false);
        else if (kind < 8)
            put_control(m);
        else if (kind == 8)
            put_message(m, most, true);
        else if (test_below(&m->random, 3) == 0)
            put_bad_frame(m);
    }
    if (m->fail != NULL) return;
    put_close(m);
    if (test_below(&m->random, 4) == 0) put_control(m);
    test_word(&m->log, "eof");
    m->consumed = m->octets.len;
}

/* The log of a talk fed in random pieces, each an exact block. */
static void feed_at_random(session_run *run, const session_way *way, const test_octets *octets,
                           test_random *random) {
    session_start(run, way);
    size_t most = 1 + test_below(random, octets->len + 1);
    bool alive = true;
    for (size_t pos = 0; alive && pos < octets->len;) {
        size_t len = 1 + test_below(random, most);
        if (len > octets->len - pos) len = octets->len - pos;
        alive = session_feed(run, octets->data + pos, len);
        pos += len;
    }
    if (alive) session_eof(run);
}

static void check_random_talks(uint64_t seed, int num_talks, size_t most) {
    static const size_t scratch_lens[] = {0, 3, 16, 100, 4096};
    for (int i = 0; i < num_talks; i++) {
        maker m = {.random = {seed + (uint64_t)i}};
        m.masked = test_below(&m.random, 2) == 0;
        make_talk(&m, most);
        for (int k = 0; k < 12; k++) {
            session_way way = {.role = m.masked ? WSC_SERVER : WSC_CLIENT,
                               .whole_messages = k % 2 == 1,
                               .scratch_len = scratch_lens[test_below(&m.random, COUNT(scratch_lens))],
                               .max_message = test_below(&m.random, 2) * most + 4};
            if (way.max_message == 4) way.max_message = 0;
            session_run run;
            feed_at_random(&run, &way, &m.octets, &m.random);
            assert_string_equal(test_text(&run.log), test_text(&m.log));
            assert_int_equal(run.consumed, m.consumed);
            session_end(&run);
        }
        test_clear(&m.octets);
        test_log_clear(&m.log);
    }
}

static void random_talks_of_short_messages(void **state) {
    (void)state;
    check_random_talks(1, 1500, 24);
}

static void random_talks_of_longer_messages(void **state) {
    (void)state;
    check_random_talks(1000000, 600, 400);
    check_random_talks(2000000, 30, 70000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_talks_of_short_messages),
        cmocka_unit_test(random_talks_of_longer_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
