/* SPDX-License-Identifier: MIT */
/* The rules by which Autobahn judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "autobahn/exact.h"

/* Both roles: all cases count as implemented, and the words need no run. */
typedef struct fixture {
    ab_names names;
    test_case stand_in;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const catalogue nothing = {.cases = NULL};
    ab_names_init(&f->names, &nothing, true);
    for (size_t i = 0; i < f->names.num_cases; i++) f->names.cases[i].test = &f->stand_in;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    ab_names_free(&f->names);
    free(f);
    return 0;
}

static const ab_case *find(const fixture *f, const char *id) {
    for (size_t i = 0; i < f->names.num_cases; i++)
        if (strcmp(f->names.cases[i].id, id) == 0) return &f->names.cases[i];
    fail_msg("no case %s", id);
    return NULL;
}

/* A text with ' for " as JSON. */
static json_t *json(const char *format, ...) {
    char text[2000];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(n > 0 && (size_t)n < sizeof text);
    for (char *at = text; *at; at++)
        if (*at == '\'') *at = '"';
    json_error_t error;
    json_t *tree = json_loads(text, 0, &error);
    if (!tree) fail_msg("%s: %s", text, error.text);
    return tree;
}

/* ---- Peers of some kinds, case by case ----------------------------------------------------------------- */

typedef enum peer {
    REFUSES,    /* the opening handshake */
    RIGHT,      /* all right */
    NO_CODE,    /* all right, Close without a code */
    DROPS,      /* the right events, then the end of TCP in place of a Close frame */
    WRONG_CODE, /* the right events, Close 4321 */
    IGNORES,    /* everything but the Close, which it answers with 1000 */
    SILENT      /* after the opening handshake */
} peer;
#define NUM_PEERS 7

/* What a strict peer of that case sends, as the data has it. */
static json_t *right_events(const json_t *exact) {
    json_t *events = json_array();
    const json_t *ok = json_object_get(json_object_get(exact, "events"), "OK"), *event;
    size_t i;
    json_array_foreach(ok, i, event) {
        const char *kind = json_string_value(json_array_get(event, 0));
        int which = (int)json_integer_value(json_array_get(event, 1));
        if (strcmp(kind, "timeout") != 0)
            json_array_append_new(
                events, json("{'kind': '%s', 'of': %d}", strcmp(kind, "pong") == 0 ? "pong" : "echo", which));
    }
    if (!ok)
        json_array_append_new(events, json("{'kind': 'echo', 'of': 1, 'times': %d}",
                                           (int)json_integer_value(json_object_get(exact, "times"))));
    return events;
}

/* The frames of a case with pauses, as far as a peer let it come. */
static json_t *wire_of(const json_t *exact, bool all) {
    const json_t *lists = json_object_get(exact, "events");
    const json_t *list = json_object_get(lists, "NON-STRICT");
    if (!list) list = json_object_get(lists, "OK");
    json_t *wire = json_array();
    json_int_t sent = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *event = json_array_get(list, i);
        if (strcmp(json_string_value(json_array_get(event, 0)), "timeout") != 0) return wire;
        json_int_t up_to = json_integer_value(json_array_get(event, 1));
        json_array_append_new(wire,
                              json("{'kind': 'frame', 'from': 'harness', 'hex': '', 'len': %d, 'frame': "
                                   "{'opcode': %d}}",
                                   (int)(up_to - sent), i > 0 ? 0 : 1));
        sent = up_to;
    }
    if (all && sent)
        json_array_append_new(
            wire, json("{'kind': 'frame', 'from': 'harness', 'hex': '', 'len': 6, 'frame': {'opcode': 0}}"));
    return wire;
}

static json_t *line_of(peer p, const ab_case *one) {
    bool by_me = json_is_true(json_object_get(one->close, "closedByMe"));
    bool good = p == RIGHT || p == NO_CODE || p == DROPS || p == WRONG_CODE;
    int right = (int)json_integer_value(json_array_get(json_object_get(one->close, "closeCode"), 0));
    /* Theirs closes once more there; ours has closed, and gets no answer to that. */
    if (p == IGNORES && json_object_get(one->exact, "closeIsFrame")) p = SILENT;
    if (p == REFUSES) return json("{'verdict': 'setup-failed', 'events': [], 'problems': []}");
    json_t *line = json("{'verdict': 'fail', 'problems': []}");
    json_object_set_new(line, "events", good ? right_events(one->exact) : json_array());
    json_object_set_new(line, "wire", wire_of(one->exact, !good));
    json_t *close = json("{'closed_by': '%s', 'end': '%s', 'peer': null}",
                         by_me || !good ? "harness" : "peer", p == SILENT ? "open" : "fin");
    if (p == NO_CODE) json_object_set_new(close, "peer", json("{'code': null, 'reason': ''}"));
    if (p == RIGHT || p == WRONG_CODE || p == IGNORES)
        json_object_set_new(close, "peer",
                            json("{'code': %d, 'reason': ''}", p == RIGHT     ? right
                                                               : p == IGNORES ? 1000
                                                                              : 4321));
    json_object_set_new(line, "close", close);
    return line;
}

/* Words of the original for those peers, computed by its own code at the end of a connection. Patterns as in
   spec files; the first that matches counts. */
static const struct {
    const char *patterns;         /* separated by spaces */
    const char *words[NUM_PEERS]; /* behavior/behaviorClose; silent: both roles, the suite as client first */
    const char *silent_client;    /* the suite as server, where it differs */
} original[] = {
    {"7.1.6 7.13.*",
     {"INFORMATIONAL/INFORMATIONAL", "INFORMATIONAL/INFORMATIONAL", "INFORMATIONAL/INFORMATIONAL",
      "INFORMATIONAL/INFORMATIONAL", "INFORMATIONAL/INFORMATIONAL", "INFORMATIONAL/INFORMATIONAL",
      "INFORMATIONAL/INFORMATIONAL"},
     NULL},
    {"2.5 3.1 3.5 3.6 3.7 4.1.1 4.1.2 4.2.1 4.2.2 5.1 5.2 5.9 5.10 5.11 5.12 5.13 5.14 5.16 5.17 5.18",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/OK", "OK/WRONG CODE", "OK/FAILED", "OK/FAILED"},
     NULL},
    {"2.7 2.8",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/UNCLEAN", "OK/WRONG CODE", "OK/OK", "OK/UNCLEAN"},
     NULL},
    {"3.2 3.3 3.4 4.1.* 4.2.* 5.15",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/OK", "OK/WRONG CODE", "NON-STRICT/FAILED", "NON-STRICT/FAILED"},
     NULL},
    {"7.1.1",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/UNCLEAN", "FAILED/WRONG CODE", "FAILED/OK", "FAILED/UNCLEAN"},
     NULL},
    {"7.3.2 7.3.6 7.5.1 7.9.*",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/OK", "FAILED/WRONG CODE", "FAILED/WRONG CODE",
      "OK/FAILED BY CLIENT"},
     "OK/OK"},
    {"7.*",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/UNCLEAN", "FAILED/WRONG CODE", "OK/OK", "OK/UNCLEAN"},
     NULL},
    {"1.* 2.* 5.* 6.1.* 6.2.* 6.5.* 6.6.2 6.6.5 6.6.7 6.6.9 6.6.11 6.7.* 6.9.* 6.11.1 6.11.2 6.11.3 6.11.4 "
     "6.22.* 6.23.* 9.* 10.* 12.* 13.*",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/UNCLEAN", "OK/WRONG CODE", "FAILED/OK", "FAILED/UNCLEAN"},
     NULL},
    {"6.*",
     {"FAILED/FAILED", "OK/OK", "OK/OK", "OK/OK", "OK/WRONG CODE", "FAILED/FAILED", "FAILED/FAILED"},
     NULL},
};

static bool any_matches(const char *patterns, const char *id) {
    char pattern[16];
    int n;
    for (const char *at = patterns; sscanf(at, "%15s%n", pattern, &n) == 1; at += n)
        if (ab_pattern_matches_whole(pattern, id)) return true;
    return false;
}

static void test_original(void **state) {
    const fixture *f = *state;
    size_t silent_ok = 0, silent_non_strict = 0;
    for (size_t i = 0; i < f->names.num_cases; i++) {
        const ab_case *one = &f->names.cases[i];
        size_t row = 0;
        while (!any_matches(original[row].patterns, one->id)) {
            row++;
            assert_true(row < sizeof original / sizeof *original);
        }
        for (int p = 0; p < NUM_PEERS; p++) {
            for (int clients = 0; clients < 2; clients++) {
                const char *want = clients && p == SILENT && original[row].silent_client
                                       ? original[row].silent_client
                                       : original[row].words[p];
                json_t *line = line_of((peer)p, one);
                ab_exact got = ab_exact_judge(line, one, clients);
                char words[64];
                snprintf(words, sizeof words, "%s/%s", got.words.behavior, got.words.close);
                if (strcmp(words, want) != 0)
                    fail_msg("%s, peer %d, clients %d: %s instead of %s", one->id, p, clients, words, want);
                if (p == SILENT && !clients) {
                    silent_ok += strcmp(got.words.behavior, "OK") == 0;
                    silent_non_strict += strcmp(got.words.behavior, "NON-STRICT") == 0;
                    assert_true(got.silent);
                }
                json_decref(line);
            }
        }
    }
    /* Weakness A1. */
    assert_int_equal(silent_ok, 55);
    assert_int_equal(silent_non_strict, 10);
}

/* ---- Rules one by one ---------------------------------------------------------------------------------- */

#define BY_US        "'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1000, 'reason': ''}}"
#define BY_PEER      "'close': {'closed_by': 'peer', 'end': 'fin', 'peer': {'code': 1002, 'reason': ''}}"
#define OPEN         "'close': {'closed_by': 'harness', 'end': 'open', 'peer': {'code': 1000, 'reason': ''}}"
#define PART(n)      "{'kind': 'frame', 'from': 'harness', 'hex': '', 'len': " #n ", 'frame': {'opcode': 1}}"
#define SENT         "'sent': [{'kind': 'message', 'type': 'text', 'len': 65536, 'sha256': 'aa', 'times': 1}]"
#define EMPTIES      "'sent': [{'kind': 'message', 'type': 'text', 'len': 0, 'sha256': 'aa', 'times': 1000}]"
#define ECHO         "{'kind': 'echo', 'of': 1}"
#define CLOSING      "{'kind': 'closing', 'from': 'harness'}"
#define PEER_CLOSING "{'kind': 'closing', 'from': 'peer'}"

static void test_rules(void **state) {
    const fixture *f = *state;
    const struct {
        const char *id, *line, *words;
        bool clients;
    } rows[] = {
        /* An extra event of any kind: B2. */
        {"1.1.1", "'events': [{'kind': 'pong', 'hex': ''}, " ECHO "], " BY_US, "FAILED/OK", false},
        {"1.1.1", "'events': [" ECHO ", {'kind': 'pong', 'hex': ''}], " BY_US, "FAILED/OK", false},
        {"1.1.1", "'events': [" ECHO ", {'kind': 'message', 'type': 'text', 'len': 1}], " BY_US, "FAILED/OK",
         false},
        {"1.1.1", "'events': [{'kind': 'echo', 'of': 1, 'times': 2}], " BY_US, "FAILED/OK", false},
        {"1.1.1", "'events': [" ECHO ", {'kind': 'elided', 'events': 3}], " BY_US, "FAILED/OK", false},
        /* Pings are not recorded: A15. */
        {"1.1.1", "'events': [{'kind': 'ping', 'hex': '00'}, " ECHO "], " BY_US, "OK/OK", false},
        /* Order: 5.6 has pong, then message. */
        {"5.6", "'events': [{'kind': 'pong', 'of': 1}, " ECHO "], " BY_US, "OK/OK", false},
        {"5.6", "'events': [" ECHO ", {'kind': 'pong', 'of': 1}], " BY_US, "FAILED/OK", false},
        /* Ten pongs: B1. */
        {"2.10", "'events': [{'kind': 'pong', 'of': 1, 'times': 10}], " BY_US, "OK/OK", false},
        {"2.10",
         "'events': [{'kind': 'pong', 'of': 1, 'times': 4}, {'kind': 'pong', 'of': 5, 'times': 6}], " BY_US,
         "OK/OK", false},
        {"2.10", "'events': [{'kind': 'pong', 'of': 10}], " BY_US, "FAILED/OK", false},
        {"2.11", "'events': [{'kind': 'pong', 'of': 1, 'times': 9}], " BY_US, "FAILED/OK", false},
        /* What our case sends and theirs does not. */
        {"2.7", "'events': [" ECHO "], " BY_US, "OK/OK", false},
        {"2.7", "'events': [" ECHO ", {'kind': 'echo', 'of': 2}], " BY_US, "FAILED/OK", false},
        /* What comes behind a probe answers us. */
        {"5.18", "'events': [{'kind': 'probe'}, {'kind': 'message', 'type': 'text', 'len': 1}], " BY_US,
         "OK/FAILED", false},
        /* The server masks: A8. A message in the frame is not taken, a pong is. */
        {"2.1",
         "'events': [{'kind': 'fault', 'name': 'masked-from-server'}, {'kind': 'pong', 'of': 1}], " BY_US,
         "OK/OK", false},
        {"1.1.1", "'events': [{'kind': 'fault', 'name': 'masked-from-server'}, " ECHO "], " BY_US,
         "FAILED/OK", false},
        /* To fail the connection is to close it, so the other end did not. */
        {"3.1", "'events': [{'kind': 'fault', 'name': 'masked-from-server'}], " BY_PEER, "OK/FAILED", false},
        /* Once it is closing, to fail it is to drop it. */
        {"7.3.1",
         "'events': [" CLOSING ", {'kind': 'fault', 'name': 'close-code-illegal'}], 'close': {'closed_by': "
         "'harness', 'end': 'fin', 'peer': {'code': 1005, 'reason': ''}}",
         "OK/UNCLEAN", false},
        {"7.3.2",
         "'events': [" CLOSING ", {'kind': 'fault', 'name': 'close-code-illegal'}], 'close': {'closed_by': "
         "'harness', 'end': 'fin', 'peer': {'code': 1005, 'reason': ''}}",
         "OK/FAILED BY CLIENT", false},
        {"7.3.2",
         "'events': [" CLOSING ", {'kind': 'fault', 'name': 'close-code-illegal'}], 'close': {'closed_by': "
         "'harness', 'end': 'fin', 'peer': {'code': 1005, 'reason': ''}}",
         "OK/OK", true},
        /* A Close frame that it does not take is none: it fails the connection itself. */
        {"3.1",
         "'events': [" PEER_CLOSING
         ", {'kind': 'fault', 'name': 'close-code-illegal'}], 'close': {'closed_by': "
         "'peer', 'end': 'fin', 'peer': {'code': 1005, 'reason': ''}}",
         "OK/FAILED", false},
        {"1.1.1",
         "'events': [" PEER_CLOSING
         ", {'kind': 'fault', 'name': 'close-code-illegal'}], 'close': {'closed_by': "
         "'peer', 'end': 'fin', 'peer': {'code': 1005, 'reason': ''}}",
         "FAILED/UNCLEAN", false},
        /* Codes younger than it: B9. */
        {"1.1.1",
         "'events': [" ECHO ", " CLOSING
         "], 'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1013, "
         "'reason': ''}}",
         "OK/UNCLEAN", false},
        {"3.1",
         "'events': [], 'close': {'closed_by': 'peer', 'end': 'fin', 'peer': {'code': 1014, 'reason': ''}}",
         "OK/FAILED", false},
        /* Faults that it does not look for. */
        {"1.1.1", "'events': [" ECHO ", " CLOSING ", {'kind': 'fault', 'name': 'data-after-close'}], " BY_US,
         "OK/OK", false},
        /* TCP is left open: A5. */
        {"1.1.5", "'events': [" ECHO "], " OPEN, "OK/FAILED BY CLIENT", false},
        {"1.1.6", "'events': [" ECHO "], " OPEN, "OK/UNCLEAN", false},
        {"2.1", "'events': [{'kind': 'pong', 'of': 1}], " OPEN, "OK/UNCLEAN", false},
        {"6.1.1", "'events': [" ECHO "], " OPEN, "OK/UNCLEAN", false},
        {"7.7.1", "'events': [], " OPEN, "OK/FAILED BY CLIENT", false},
        {"1.1.5", "'events': [" ECHO "], " OPEN, "OK/OK", true},
        /* Failing fast, late, and before anything was wrong: B3. */
        {"6.4.1",
         "'events': [], 'wire': [" PART(11) ", " PART(4) "], 'close': {'closed_by': 'peer', 'end': 'fin', "
                                                         "'peer': {'code': 1007, 'reason': ''}}",
         "OK/OK", false},
        {"6.4.1",
         "'events': [], 'wire': [" PART(11) ", " PART(4) ", " PART(6) "], 'close': {'closed_by': 'peer', "
                                                                      "'end': 'fin', 'peer': null}",
         "NON-STRICT/OK", false},
        {"6.4.1",
         "'events': [], 'wire': [" PART(11) "], 'close': {'closed_by': 'peer', 'end': 'fin', 'peer': null}",
         "FAILED/OK", false},
        {"6.4.3",
         "'events': [], 'wire': [" PART(11) ", " PART(4) ", " PART(
             6) "], 'close': {'closed_by': 'peer', "
                "'end': 'fin', 'peer': {'code': 1007, 'reason': ''}}",
         "NON-STRICT/OK", false},
        /* The wrong end closed: fatal in section 6 only (A2). */
        {"6.3.1", "'events': [], " BY_US, "FAILED/FAILED", false},
        {"4.1.1", "'events': [], " BY_US, "OK/FAILED", false},
        /* A Close frame that is none for it. */
        {"3.7",
         "'events': [" CLOSING "], 'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1002, "
         "'reason': ''}, 'harness': {'code': 1001, 'reason': ''}}",
         "OK/OK", false},
        {"3.7",
         "'events': [" CLOSING "], 'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1001, "
         "'reason': ''}, 'harness': {'code': 1001, 'reason': ''}}",
         "OK/OK", false},
        {"3.7",
         "'events': [" CLOSING "], 'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1000, "
         "'reason': ''}, 'harness': {'code': 1001, 'reason': ''}}",
         "OK/WRONG CODE", false},
        {"3.7", "'events': [" CLOSING "], 'close': {'closed_by': 'harness', 'end': 'open', 'peer': null}",
         "OK/FAILED", false},
        /* Codes. */
        {"3.1", "'events': [], " BY_PEER, "OK/OK", false},
        {"6.3.1", "'events': [], " BY_PEER, "OK/WRONG CODE", false},
        {"7.7.4",
         "'events': [], 'close': {'closed_by': 'harness', 'end': 'fin', 'peer': {'code': 1001, 'reason': "
         "''}}",
         "FAILED/WRONG CODE", false},
        /* Type and length only: A6. */
        {"9.1.1", "'events': [" ECHO "], " SENT ", " BY_US, "OK/OK", false},
        {"9.1.1",
         "'events': [{'kind': 'message', 'type': 'text', 'len': 65536, 'sha256': 'bb'}], " SENT ", " BY_US,
         "OK/OK", false},
        {"9.1.1", "'events': [{'kind': 'message', 'type': 'binary', 'len': 65536}], " SENT ", " BY_US,
         "FAILED/OK", false},
        {"9.1.1", "'events': [{'kind': 'message', 'type': 'text', 'len': 65535}], " SENT ", " BY_US,
         "FAILED/OK", false},
        {"9.1.1", "'events': [{'kind': 'pong', 'hex': ''}, " ECHO "], " SENT ", " BY_US, "OK/OK", false},
        {"9.1.1", "'events': [" ECHO ", {'kind': 'message', 'type': 'text', 'len': 1}], " SENT ", " BY_US,
         "OK/OK", false},
        {"9.7.1", "'events': [{'kind': 'echo', 'of': 1, 'times': 1000}], " EMPTIES ", " BY_US, "OK/OK",
         false},
        {"9.7.1", "'events': [{'kind': 'echo', 'of': 1, 'times': 999}], " EMPTIES ", " BY_US, "FAILED/OK",
         false},
        {"9.7.1",
         "'events': [{'kind': 'echo', 'of': 1, 'times': 500}, {'kind': 'pong', 'hex': ''}, {'kind': 'echo', "
         "'of': 501, 'times': 500}], " EMPTIES ", " BY_US,
         "FAILED/OK", false},
        {"9.7.1",
         "'events': [{'kind': 'message', 'type': 'text', 'len': 0, 'times': 1000}], " EMPTIES ", " BY_US,
         "OK/OK", false},
        /* Content too. */
        {"12.1.1", "'events': [{'kind': 'echo', 'of': 1, 'times': 1000}], " BY_US, "OK/OK", false},
        {"12.1.1", "'events': [{'kind': 'echo', 'of': 1, 'times': 7}, {'kind': 'echo', 'of': 9}], " BY_US,
         "FAILED/OK", false},
        /* Handshakes that it refuses. */
        {"1.1.1", "'events': [" ECHO "], 'problems': [{'fault': 'accept-duplicate'}], " BY_US,
         "FAILED/FAILED", false},
        {"1.1.1", "'events': [" ECHO "], 'problems': [{'fault': 'field-folded'}], " BY_US, "OK/OK", false},
        {"7.13.1", "'events': [], 'problems': [{'fault': 'accept-wrong'}], " BY_US,
         "INFORMATIONAL/INFORMATIONAL", false},
        /* Nothing was observed: the connection did not even open. */
        {"2.5", BY_US, "FAILED/FAILED", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *line = json("{'verdict': 'fail', %s}", rows[i].line);
        ab_exact got = ab_exact_judge(line, find(f, rows[i].id), rows[i].clients);
        char words[64];
        snprintf(words, sizeof words, "%s/%s", got.words.behavior, got.words.close);
        if (strcmp(words, rows[i].words) != 0)
            fail_msg("row %zu, %s: %s instead of %s", i, rows[i].id, words, rows[i].words);
        json_decref(line);
    }
    json_t *line = json("{'verdict': 'unsupported', 'events': [], " BY_US "}");
    assert_string_equal(ab_exact_judge(line, find(f, "12.1.1"), false).words.behavior, "UNIMPLEMENTED");
    json_decref(line);
    line = json("{'verdict': 'pass', 'events': [" ECHO "], " BY_US "}");
    ab_case nobody = *find(f, "1.1.1");
    nobody.test = NULL;
    assert_string_equal(ab_exact_judge(line, &nobody, false).words.close, "UNIMPLEMENTED");
    json_decref(line);
}

static void test_traits(void **state) {
    const fixture *f = *state;
    json_t *line = json("{'verdict': 'fail', 'events': [" ECHO ", {'kind': 'pong', 'of': 1}], " BY_US "}");
    ab_exact got = ab_exact_judge(line, find(f, "5.6"), false);
    assert_true(got.unordered && got.opened && got.close_known && got.carried_on);
    assert_false(got.silent || got.unsolicited || got.faulty);
    json_decref(line);
    line = json("{'verdict': 'fail', 'events': [{'kind': 'pong', 'hex': '00'}, {'kind': 'fault', 'name': "
                "'rsv1-set'}], 'close': {'closed_by': null, 'end': 'open', 'peer': null}}");
    got = ab_exact_judge(line, find(f, "5.6"), false);
    assert_true(got.unsolicited && got.faulty && got.carried_on);
    assert_false(got.unordered || got.silent || got.close_known);
    json_decref(line);
}

static void test_next(void **state) {
    const fixture *f = *state;
    const struct {
        const char *id, *events;
        bool deadline;
        ab_next next;
    } rows[] = {
        {"1.1.1", "[" ECHO "]", false, AB_NEXT_CLOSE},
        {"1.1.1", "[{'kind': 'message', 'type': 'text', 'len': 3}]", false, AB_NEXT_FAIL},
        {"1.1.1", "[]", true, AB_NEXT_FAIL},
        {"2.1", "[]", true, AB_NEXT_EMPTY},
        {"2.10", "[{'kind': 'pong', 'of': 10}]", false, AB_NEXT_EMPTY},
        {"2.7", "[" ECHO "]", false, AB_NEXT_CLOSE},
        {"9.1.1", "[{'kind': 'message', 'type': 'text', 'len': 3}]", false, AB_NEXT_CLOSE},
        {"9.1.1", "[]", true, AB_NEXT_EMPTY},
        {"3.1", "[]", true, AB_NEXT_FAIL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *events = json("%s", rows[i].events);
        if (ab_exact_next(events, find(f, rows[i].id), rows[i].deadline) != rows[i].next)
            fail_msg("row %zu", i);
        json_decref(events);
    }
}

static void test_bad_data(void **state) {
    (void)state;
    const struct {
        const char *exact, *problem;
    } rows[] = {
        {"[]", "no object"},
        {"{'rule': 'events', 'events': {'OK': []}, 'timer': [1, 'fail'], 'what': 1}", "unknown member"},
        {"{'rule': 'luck', 'timer': [1, 'fail']}", "\"rule\" is unknown"},
        {"{'rule': 'lengths', 'timer': [1, 'fail']}", "\"times\""},
        {"{'rule': 'lengths', 'times': 0, 'timer': [1, 'fail']}", "\"times\""},
        {"{'rule': 'events', 'events': {'OK': []}, 'times': 3, 'timer': [1, 'fail']}", "\"times\""},
        {"{'rule': 'events', 'timer': [1, 'fail']}", "\"events\" does not go"},
        {"{'rule': 'echoes', 'times': 1, 'events': {'OK': []}, 'timer': [1, 'fail']}",
         "\"events\" does not go"},
        {"{'rule': 'events', 'events': {'NON-STRICT': []}, 'timer': [1, 'fail']}", "no class OK"},
        {"{'rule': 'events', 'events': {'OK': [], 'MAYBE': []}, 'timer': [1, 'fail']}", "unknown class"},
        {"{'rule': 'events', 'events': {'OK': {}}, 'timer': [1, 'fail']}", "no short array"},
        {"{'rule': 'events', 'events': {'OK': [['message']]}, 'timer': [1, 'fail']}", "no pair"},
        {"{'rule': 'events', 'events': {'OK': [['message', 0]]}, 'timer': [1, 'fail']}", "no pair"},
        {"{'rule': 'events', 'events': {'OK': [['ping', 1]]}, 'timer': [1, 'fail']}", "unknown kind"},
        {"{'rule': 'events', 'events': {'OK': []}, 'own': [['ping', 1]], 'timer': [1, 'fail']}",
         "unknown kind"},
        {"{'rule': 'events', 'events': {'OK': []}, 'timer': [1]}", "no pair of seconds"},
        {"{'rule': 'events', 'events': {'OK': []}, 'timer': [1, 'wait']}", "unknown action"},
        {"{'rule': 'events', 'events': {'OK': []}, 'timer': [1, 'fail'], 'wrongCodeFails': 1}", "no boolean"},
        {"{'rule': 'events', 'events': {'OK': []}, 'timer': [1, 'fail'], 'closeIsFrame': 1}", "no boolean"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *exact = json("%s", rows[i].exact);
        const char *problem = ab_exact_problem(exact);
        if (!problem || !strstr(problem, rows[i].problem))
            fail_msg("row %zu: %s", i, problem ? problem : "good");
        json_decref(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_original), cmocka_unit_test(test_rules),    cmocka_unit_test(test_traits),
        cmocka_unit_test(test_next),     cmocka_unit_test(test_bad_data),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
