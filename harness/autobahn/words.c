/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "autobahn/exact.h"
#include "autobahn/report.h"

static bool is(const json_t *line, const char *key, const char *word) {
    const char *text = json_string_value(json_object_get(line, key));
    return text && strcmp(text, word) == 0;
}

/* One axis of ours in their words. */
static const char *axis_word(const json_t *line, const char *key) {
    if (is(line, key, "pass")) return "OK";
    if (is(line, key, "lenient")) return "NON-STRICT";
    if (is(line, key, "info")) return "INFORMATIONAL";
    return "FAILED";
}

static bool in_list(const json_t *codes, json_int_t code) {
    for (size_t i = 0; i < json_array_size(codes); i++)
        if (json_integer_value(json_array_get(codes, i)) == code) return true;
    return false;
}

/* What was wrong with the closing, in the order in which they ask. */
static const char *close_failure(const json_t *line, const ab_case *one) {
    const json_t *close = json_object_get(line, "close");
    const char *by = json_string_value(json_object_get(close, "closed_by"));
    bool by_us = by && strcmp(by, "harness") == 0;
    if (by_us != (bool)json_is_true(json_object_get(one->close, "closedByMe"))) return "FAILED";
    const json_t *peer = json_object_get(close, "peer");
    bool open = is(close, "end", "open");
    if (json_is_true(json_object_get(one->close, "requireClean")) && (!json_is_object(peer) || open))
        return "UNCLEAN";
    const json_t *code = json_object_get(peer, "code");
    if (json_is_integer(code) && !in_list(json_object_get(one->close, "closeCode"), json_integer_value(code)))
        return "WRONG CODE";
    return open ? "FAILED BY CLIENT" : "FAILED";
}

/* Of a failure: true if the peer did what it had to, and only how it closed was wrong. The axes are looked at
   one by one, so each may find an outcome that it fits, and no outcome fits both. */
static bool only_closing_failed(const json_t *line, const ab_case *one) {
    const json_t *close = json_object_get(line, "close");
    bool closed = json_is_object(json_object_get(close, "peer")) || !is(close, "end", "open");
    bool by_peer = is(close, "closed_by", "peer");
    bool had_to = json_is_false(json_object_get(one->close, "closedByMe"));
    return is(line, "behaviour", "pass") && is(line, "closing", "fail") && closed && (by_peer || !had_to);
}

ab_words ab_words_of(const json_t *line, const ab_case *one) {
    if (!one->test || is(line, "verdict", "unsupported")) return (ab_words){"UNIMPLEMENTED", "UNIMPLEMENTED"};
    static const char *const judged[] = {"pass", "lenient", "info", "fail"};
    bool known = false;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) known |= is(line, "verdict", judged[i]);
    if (!known) return (ab_words){"FAILED", "FAILED"};
    ab_words words = {axis_word(line, "behaviour"), axis_word(line, "closing")};
    if (is(line, "verdict", "fail") && !only_closing_failed(line, one)) words.behavior = "FAILED";
    /* Who closes before there is an answer has not answered, whatever is said of the rest. */
    if (is(line, "verdict", "info") && is(json_object_get(line, "close"), "closed_by", "peer") &&
        json_is_true(json_object_get(one->close, "closedByMe")))
        words.behavior = "INFORMATIONAL";
    if (strcmp(words.close, "NON-STRICT") == 0) words.close = "OK"; /* they know no such closing */
    if (strcmp(words.close, "FAILED") == 0) words.close = close_failure(line, one);
    return words;
}

ab_words ab_run_words(const ab_run *run, const json_t *line, const ab_case *one) {
    return run->exact ? ab_exact_judge(line, one, run->judges_clients).words : ab_words_of(line, one);
}
