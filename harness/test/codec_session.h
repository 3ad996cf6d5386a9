/* SPDX-License-Identifier: MIT */
/* For the tests of the session: inputs for both roles, and the log of what a session says about one. */
#ifndef CODEC_SESSION_H
#define CODEC_SESSION_H

#include "codec_test_support.h"

/* Octets that a server sends, frames one after the other, and the same as a client would send them: masked.
   Both stay well-formed or ill-formed in the same way. */
typedef struct session_input {
    test_octets plain, masked;
    /* at[n]: how many octets of masked are consumed when n octets of plain are */
    size_t *at;
} session_input;

static inline void session_input_clear(session_input *input) {
    test_clear(&input->plain);
    test_clear(&input->masked);
    free(input->at);
}

/* Makes both inputs from the first. The frames in it have no masking key; the last one may be cut short. */
static inline session_input session_input_make(const void *octets, size_t len) {
    static const uint8_t keys[][4] = {{0x37, 0xFA, 0x21, 0x3D}, {0, 0, 0, 0}, {0x80, 0x81, 0xC3, 0x28}};
    session_input input = {{NULL, 0, 0}, {NULL, 0, 0}, test_alloc((len + 1) * sizeof(size_t))};
    const uint8_t *data = octets;
    test_put(&input.plain, octets, len);
    size_t num_frames = 0;
    input.at[0] = 0;
    for (size_t pos = 0; pos < len;) {
        size_t header_len = len - pos < 2 ? 2 : data[pos + 1] < 126 ? 2 : data[pos + 1] > 126 ? 10 : 4;
        const uint8_t *key = keys[num_frames++ % COUNT(keys)];
        uint64_t payload = len - pos < 2 ? 0 : data[pos + 1];
        for (size_t i = 0; i < header_len && pos < len; i++, pos++) {
            uint8_t octet = (uint8_t)(i == 1 ? data[pos] | 0x80 : data[pos]);
            if (header_len > 2 && i >= 2) payload = i == 2 ? octet : payload << 8 | octet;
            test_put(&input.masked, &octet, 1);
            if (i + 1 == header_len) test_put(&input.masked, key, 4);
            input.at[pos + 1] = input.masked.len;
        }
        for (uint64_t i = 0; i < payload && pos < len; i++, pos++) {
            uint8_t octet = data[pos] ^ key[i % 4];
            test_put(&input.masked, &octet, 1);
            input.at[pos + 1] = input.masked.len;
        }
    }
    return input;
}

/* How a session is fed. */
typedef struct session_way {
    wsc_role role;
    bool whole_messages;
    size_t scratch_len;
    uint64_t max_message;
    size_t pieces;                       /* a way of test_piece */
    const wsc_inspector_config *deflate; /* permessage-deflate was agreed; NULL: not */
} session_way;

typedef struct session_run {
    wsc_session session;
    wsc_inspector *inspector;
    uint8_t *scratch;
    test_log log;
    size_t consumed;     /* up to the end of input or, after a failure, up to the octet that is to blame */
    size_t num_messages; /* events that were whole messages */
} session_run;

static inline void session_start(session_run *run, const session_way *way) {
    memset(run, 0, sizeof *run);
    /* The memory of a session that was in use before says nothing about the next. */
    memset(&run->session, 0xEE, sizeof run->session);
    run->scratch = way->scratch_len > 0 ? test_alloc(way->scratch_len) : NULL;
    if (way->deflate != NULL) {
        run->inspector = test_alloc(sizeof *run->inspector);
        wsc_inspector_init(run->inspector, way->deflate);
    }
    wsc_session_config config = {.role = way->role,
                                 .max_message = way->max_message,
                                 .scratch = run->scratch,
                                 .scratch_len = way->scratch_len,
                                 .whole_messages = way->whole_messages,
                                 .inspector = run->inspector};
    wsc_session_init(&run->session, &config);
}

static inline void session_end(session_run *run) {
    free(run->scratch);
    free(run->inspector);
    test_log_clear(&run->log);
}

static inline void log_session_close(test_log *log, const wsc_close *close) {
    assert_int_equal(close->faults, 0);
    if (close->has_code)
        test_word(log, "close %u %.*s", close->code, (int)close->reason.len, close->reason.data);
    else
        test_word(log, "close");
}

/* Logs an event and checks what holds for every event. src is what was pushed, of which `used` octets were
   consumed. */
static inline void log_session_event(session_run *run, const wsc_session_event *event, const uint8_t *src,
                                     size_t used) {
    bool masked = run->session.config.role == WSC_SERVER;
    assert_int_equal(event->fault != WSC_FAULT_NONE, event->type == WSC_SESSION_FAIL);
    if (event->type == WSC_SESSION_MORE || event->type == WSC_SESSION_MESSAGE_BEGIN ||
        event->type == WSC_SESSION_MESSAGE_END || event->type == WSC_SESSION_FAIL)
        assert_true(event->data == NULL && event->len == 0);
    switch (event->type) {
    case WSC_SESSION_MORE: assert_int_equal(event->opcode, 0); break;
    case WSC_SESSION_MESSAGE_BEGIN:
        test_word(&run->log, "begin %s%s", wsc_session_compressed(&run->session) ? "compressed " : "",
                  wsc_opcode_name(event->opcode));
        break;
    case WSC_SESSION_MESSAGE:
    case WSC_SESSION_DATA: {
        bool whole = event->type == WSC_SESSION_MESSAGE;
        assert_true(whole ? run->session.config.whole_messages : event->len > 0);
        bool compressed = !whole && wsc_session_compressed(&run->session);
        if (!compressed) assert_in_range(event->len, 0, used);
        if (compressed)
            assert_true(event->data >= run->inspector->window);
        else if (!masked)
            assert_ptr_equal(event->data + event->len, src + used);
        else if (run->scratch != NULL)
            assert_true(event->data == run->scratch && event->len <= run->session.config.scratch_len);
        run->num_messages += whole;
        if (whole) test_word(&run->log, "begin %s", wsc_opcode_name(event->opcode));
        if (event->len > 0) {
            test_payload(&run->log, event->opcode == WSC_OP_TEXT ? "text" : "binary", event->data,
                         event->len);
        }
        if (whole) test_word(&run->log, "end %s", wsc_opcode_name(event->opcode));
        break;
    }
    case WSC_SESSION_MESSAGE_END: test_word(&run->log, "end %s", wsc_opcode_name(event->opcode)); break;
    case WSC_SESSION_PING:
    case WSC_SESSION_PONG:
        assert_int_equal(event->opcode, event->type == WSC_SESSION_PING ? WSC_OP_PING : WSC_OP_PONG);
        test_word(&run->log, "%s", wsc_opcode_name(event->opcode));
        assert_in_range(event->len, 0, WSC_CONTROL_MAX);
        if (event->len > 0) {
            test_payload(&run->log, "control", event->data, event->len);
            test_word(&run->log, "sent");
        }
        break;
    case WSC_SESSION_CLOSE:
        assert_int_equal(event->opcode, WSC_OP_CLOSE);
        log_session_close(&run->log, &event->close);
        break;
    case WSC_SESSION_FAIL:
        assert_int_equal(event->code, wsc_fault_code(event->fault));
        assert_int_equal(event->opcode, 0);
        test_word(&run->log, "fail %s", wsc_fault_name(event->fault));
        break;
    default: fail_msg("event %d", (int)event->type);
    }
}

/* A session that has failed says the same for ever, and takes everything. */
static inline void check_stays_failed(session_run *run) {
    wsc_session_event event;
    wsc_fault fault = run->session.fault;
    for (size_t len = 0; len < 40; len += 13) {
        uint8_t *octets = test_alloc(len);
        memset(octets, 0x81, len);
        assert_int_equal(wsc_session_push(&run->session, len > 0 ? octets : NULL, len, &event), len);
        free(octets);
        assert_int_equal(event.type, WSC_SESSION_FAIL);
        assert_int_equal(event.fault, fault);
        assert_int_equal(event.code, wsc_fault_code(fault));
        assert_int_equal(event.len, 0);
    }
    wsc_session_eof(&run->session, &event);
    assert_int_equal(event.type, WSC_SESSION_FAIL);
    assert_int_equal(event.fault, fault);
}

/* One piece, in an exact block, until more is wanted or all is lost. Returns false in the latter case. */
static inline bool session_feed(session_run *run, const uint8_t *data, size_t len) {
    uint8_t *piece = test_exact(data, len);
    size_t used = 0;
    wsc_session_event event;
    do {
        const uint8_t *src = len - used > 0 ? piece + used : NULL;
        size_t consumed = wsc_session_push(&run->session, src, len - used, &event);
        assert_in_range(consumed, 0, len - used);
        log_session_event(run, &event, src, consumed);
        used += consumed;
    } while (event.type != WSC_SESSION_MORE && event.type != WSC_SESSION_FAIL);
    run->consumed += used;
    bool failed = event.type == WSC_SESSION_FAIL;
    if (failed)
        check_stays_failed(run);
    else
        assert_int_equal(used, len);
    free(piece);
    return !failed;
}

/* The end of the stream. */
static inline void session_eof(session_run *run) {
    wsc_session_event event;
    wsc_session_eof(&run->session, &event);
    assert_int_equal(event.type == WSC_SESSION_MORE, event.fault == WSC_FAULT_NONE);
    if (event.type == WSC_SESSION_FAIL) {
        test_word(&run->log, "fail %s", wsc_fault_name(event.fault));
        check_stays_failed(run);
    } else {
        test_word(&run->log, "eof");
    }
}

/* Feeds an input in one way, with the end of the stream behind it. */
static inline void session_log(session_run *run, const session_way *way, const uint8_t *data, size_t len) {
    session_start(run, way);
    bool alive = true;
    for (size_t pos = 0; alive && pos < len;) {
        size_t piece = test_piece(way->pieces, pos, len);
        alive = session_feed(run, data + pos, piece);
        pos += piece;
    }
    if (alive) session_eof(run);
}

/* For `consumed`, where how much was depends on the way (of compressed text with bad octets). */
#define SESSION_ANY SIZE_MAX

/* One input in every way: whole, octet by octet and cut everywhere; messages as events or not; scratch of
   several sizes. The log has to be the expected one, and the last octet consumed too. */
static inline void session_check_role(const test_octets *input, session_way way, const char *expected,
                                      size_t consumed) {
    static const size_t scratch_lens[] = {0, 1, 7, 16, 64, 5000};
    size_t num_scratch = way.role == WSC_SERVER ? COUNT(scratch_lens) : 1;
    for (size_t i = 0; i < 2 * num_scratch; i++) {
        way.scratch_len = scratch_lens[i / 2];
        way.whole_messages = i % 2 == 1;
        for (way.pieces = 0; way.pieces < test_ways(input->len); way.pieces++) {
            session_run run;
            session_log(&run, &way, input->data, input->len);
            assert_string_equal(test_text(&run.log), expected);
            if (consumed != SESSION_ANY) assert_int_equal(run.consumed, consumed);
            session_end(&run);
        }
    }
}

/* The same for both roles. `consumed` of the octets are consumed, those being without masking keys. */
static inline void session_check(const void *octets, size_t len, uint64_t max_message, const char *expected,
                                 size_t consumed) {
    session_input input = session_input_make(octets, len);
    session_way way = {.role = WSC_CLIENT, .max_message = max_message};
    session_check_role(&input.plain, way, expected, consumed);
    way.role = WSC_SERVER;
    session_check_role(&input.masked, way, expected, input.at[consumed]);
    session_input_clear(&input);
}

#endif
