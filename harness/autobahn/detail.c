/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "autobahn/exact.h"
#include "autobahn/note.h"
#include "autobahn/page.h"

#define TEXT_MAX  60 /* octets of a text that stands whole */
#define TEXT_KEPT 64

static const char *word(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *text) {
    return strcmp(word(object, key), text) == 0;
}

static void set(json_t *object, const char *key, json_t *value) {
    if (!value || json_object_set_new(object, key, value) != 0) abort();
}

/* ---- Texts of payloads --------------------------------------------------------------------------------- */

static int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Octets, of which the record keeps the first, as they write them: the text, or 0x and hex; long ones cut. */
static json_t *payload_text(const char *hex, json_int_t len) {
    char octets[TEXT_KEPT + 8];
    size_t num = strlen(hex) / 2, keep = len > TEXT_MAX ? TEXT_KEPT : (size_t)len;
    if (num > keep) num = keep;
    for (size_t i = 0; i < num; i++) octets[i] = (char)(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
    memcpy(octets + num, " ...", 5);
    json_t *text = json_stringn(octets, num + (len > TEXT_MAX ? 4 : 0));
    if (text) return text;
    char written[2 * TEXT_KEPT + 16];
    snprintf(written, sizeof written, "0x%.*s%s", (int)(2 * num), hex, len > TEXT_MAX ? " ..." : "");
    return json_string(written);
}

/* ---- The wire log -------------------------------------------------------------------------------------- */

static void count(json_t *stats, const char *key) {
    set(stats, key, json_integer(json_integer_value(json_object_get(stats, key)) + 1));
}

static json_t *frame_row(const json_t *entry, bool received) {
    const json_t *frame = json_object_get(entry, "frame");
    json_int_t len = json_integer_value(json_object_get(entry, "len"));
    int rsv = (json_is_true(json_object_get(frame, "rsv1")) ? 4 : 0) |
              (json_is_true(json_object_get(frame, "rsv2")) ? 2 : 0) |
              (json_is_true(json_object_get(frame, "rsv3")) ? 1 : 0);
    json_t *row =
        json_pack("[s,[I,o],I,b,i]", received ? "RF" : "TF", len, payload_text(word(entry, "hex"), len),
                  json_integer_value(json_object_get(frame, "opcode")),
                  json_is_true(json_object_get(frame, "fin")), rsv);
    if (!row) abort();
    const json_t *key = json_object_get(frame, "key");
    if (received) json_array_append_new(row, json_boolean(json_is_true(json_object_get(frame, "masked"))));
    json_array_append_new(row, json_is_string(key) ? json_string(json_string_value(key)) : json_null());
    if (!received) {
        json_array_append_new(row, json_null());
        json_array_append_new(row, json_null());
        json_array_append_new(row, json_false());
    }
    return row;
}

typedef struct message_text {
    char hex[2 * TEXT_KEPT + 1];
    json_int_t len;
    bool binary, open;
} message_text;

/* Joins the frames of messages, for the list of what was received. */
static void received_frame(json_t *received, message_text *message, const json_t *entry) {
    const json_t *frame = json_object_get(entry, "frame");
    json_int_t opcode = json_integer_value(json_object_get(frame, "opcode"));
    json_int_t len = json_integer_value(json_object_get(entry, "len"));
    const char *hex = word(entry, "hex");
    if (opcode == 10) {
        json_array_append_new(received, json_pack("[s,o]", "pong", payload_text(hex, len)));
        return;
    }
    if (opcode > 2) return;
    if (opcode > 0) *message = (message_text){.binary = opcode == 2, .open = true};
    if (!message->open) return;
    size_t have = strlen(message->hex), room = sizeof message->hex - 1 - have;
    if ((json_int_t)(have / 2) == message->len) strncat(message->hex, hex, room);
    message->len += len;
    if (!json_is_true(json_object_get(frame, "fin"))) return;
    message->open = false;
    json_array_append_new(
        received, json_pack("[s,o,b]", "message", payload_text(message->hex, message->len), message->binary));
}

/* Fences of ours are pings that their cases do not send; they stay out of the list of what was received. */
static bool is_fence(const json_t *entry) {
    static const char fence[] = "66656e63652d"; /* "fence-" */
    return strncmp(word(entry, "hex"), fence, sizeof fence - 1) == 0;
}

static void read_wire(json_t *detail, const json_t *wire) {
    json_t *log = json_array(), *rx = json_object(), *tx = json_object(), *rx_octets = json_object(),
           *tx_octets = json_object(), *received = json_array();
    json_t *heads[2] = {NULL, NULL};
    message_text message = {.open = false};
    size_t i;
    const json_t *entry;
    json_array_foreach(wire, i, entry) {
        bool peer = is(entry, "from", "peer");
        if (is(entry, "kind", "head") && !heads[peer]) heads[peer] = json_object_get(entry, "text");
        if (!is(entry, "kind", "frame")) continue;
        char key[24];
        snprintf(key, sizeof key, "%lld",
                 (long long)json_integer_value(json_object_get(json_object_get(entry, "frame"), "opcode")));
        count(peer ? rx : tx, key);
        snprintf(key, sizeof key, "%lld",
                 (long long)(json_integer_value(json_object_get(entry, "len")) +
                             (json_int_t)strlen(word(entry, "header_hex")) / 2));
        count(peer ? rx_octets : tx_octets, key);
        json_array_append_new(log, frame_row(entry, peer));
        if (peer && !is_fence(entry)) received_frame(received, &message, entry);
    }
    bool clients = json_is_true(json_object_get(detail, "isServer"));
    const json_t *request = heads[clients], *response = heads[!clients];
    set(detail, "httpRequest", request ? json_deep_copy(request) : json_string("?"));
    set(detail, "httpResponse", response ? json_deep_copy(response) : json_string("?"));
    set(detail, "wirelog", log);
    set(detail, "rxFrameStats", rx);
    set(detail, "txFrameStats", tx);
    set(detail, "rxOctetStats", rx_octets);
    set(detail, "txOctetStats", tx_octets);
    set(detail, "received", received);
}

/* "2030-01-02T03:04:05.678Z". */
static json_t *started(uint64_t begun_us, const json_t *line) {
    uint64_t us = begun_us + (uint64_t)json_integer_value(json_object_get(line, "started_us"));
    time_t seconds = (time_t)(us / 1000000);
    char text[40] = "";
    struct tm tm;
    if (!gmtime_r(&seconds, &tm)) return json_string("");
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, sizeof text - n, ".%03uZ", (unsigned)(us / 1000 % 1000));
    return json_string(text);
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static void set_closing(json_t *detail, const json_t *line, const ab_exact *exact, bool clients) {
    const json_t *close = json_object_get(line, "close");
    const json_t *peer = json_object_get(close, "peer"), *own = json_object_get(close, "harness");
    const struct {
        const char *code, *reason;
        const json_t *from;
    } both[] = {{"remoteCloseCode", "remoteCloseReason", peer}, {"localCloseCode", "localCloseReason", own}};
    for (size_t i = 0; i < 2; i++) {
        const json_t *code = json_object_get(both[i].from, "code"),
                     *reason = json_object_get(both[i].from, "reason");
        set(detail, both[i].code,
            json_is_integer(code) ? json_integer(json_integer_value(code)) : json_null());
        set(detail, both[i].reason,
            json_is_string(reason) && json_is_integer(code) ? json_string(json_string_value(reason))
                                                            : json_null());
    }
    bool open = is(close, "end", "open"), answered = json_is_object(peer);
    set(detail, "closedByMe", json_boolean(exact->closed_by_me));
    set(detail, "wasClean", json_boolean(exact->clean));
    set(detail, "wasNotCleanReason", exact->clean ? json_null() : json_string(word(line, "seen")));
    set(detail, "droppedByMe", json_boolean(exact->dropped_by_me));
    set(detail, "failedByMe", json_boolean(exact->faulty));
    set(detail, "wasServerConnectionDropTimeout",
        json_boolean(exact->opened && !clients && open && answered));
    set(detail, "wasOpenHandshakeTimeout", json_boolean(!exact->opened && open));
    set(detail, "wasCloseHandshakeTimeout", json_boolean(exact->opened && open && !answered));
}

json_t *ab_detail(const ab_run *run, const json_t *line, const ab_case *one, const ab_agent *agent,
                  unsigned number) {
    ab_words words = ab_run_words(run, line, one);
    json_t *detail = json_object();
    char text[2400];
    set(detail, "agent", json_string(agent->name));
    set(detail, "id", json_string(one->id));
    set(detail, "case", json_integer(number));
    set(detail, "description", json_string(one->description));
    const json_t *expected = json_object_get(line, "expected");
    snprintf(text, sizeof text, "%s", word(json_array_get(expected, 0), "text"));
    set(detail, "expectation", json_string(text));
    set(detail, "expected", json_deep_copy(one->expected));
    set(detail, "expectedClose", json_deep_copy(one->close));
    set(detail, "behavior", json_string(words.behavior));
    set(detail, "behaviorClose", json_string(words.close));
    snprintf(text, sizeof text, "%s%s%s", word(line, "why"), *word(line, "why") ? ": " : "",
             word(line, "seen"));
    set(detail, "result", json_string(one->test ? text : "This case is not implemented."));
    set(detail, "resultClose", json_string(word(line, "seen")));
    set(detail, "started", started(agent->begun_us, line));
    set(detail, "duration", json_integer(json_integer_value(json_object_get(line, "duration_us")) / 1000));
    set(detail, "reportTime", json_boolean(one->report_time));
    set(detail, "reportCompressionRatio", json_false());
    set(detail, "isServer", json_boolean(run->judges_clients));
    set(detail, "createStats", json_true());
    set(detail, "createWirelog", json_true());
    set(detail, "trafficStats", json_null());
    const ab_exact exact = ab_exact_judge(line, one, run->judges_clients);
    set_closing(detail, line, &exact, run->judges_clients);
    read_wire(detail, json_object_get(line, "wire"));
    if (!run->exact && ab_note(line, one, run->judges_clients, text, sizeof text))
        set(detail, "note", json_string(text));
    return detail;
}
