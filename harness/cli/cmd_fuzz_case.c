/* SPDX-License-Identifier: MIT */
/* wsconform fuzz-case: an input of a fuzz entry point as a case that sends the same octets to a live
   endpoint. What is expected is what the reference session says of them. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "codec/wsc.h"
#include "script/case.h"

/* Inputs of fuzz entry points are shorter; a case with more in one line is hard to read. */
#define INPUT_MAX 65536
/* Bounds what compressed messages may stand for. */
#define MESSAGE_MAX ((uint64_t)16 << 20)

typedef struct input {
    uint8_t *data;
    size_t len; /* without options */
    uint64_t digest;
    wsc_role reader; /* who is judged */
    bool deflate;
} input;

/* What the reference session makes of an input. */
typedef struct prediction {
    wsc_fault fault; /* NONE: there is none */
    bool closed;     /* a Close frame came, before the fault if there is one */
    bool behind;     /* something came behind it */
    bool messages;   /* some are complete */
    bool controls;   /* pings or pongs came */
    bool open;       /* a message is incomplete */
    bool inside;     /* the input ends inside of a frame */
    bool compressed; /* a frame has RSV1 set: without one it does not matter whether permessage-deflate is
                        agreed on */
    bool has_close;  /* a Close frame stands anywhere, before or behind a fault, or at fault itself */
    bool unfinished; /* the frame or message at fault goes on behind the input: who looks at whole ones waits
                      */
    uint16_t code;   /* of a Close frame that is at fault */
} prediction;

static int input_read(input *in, const char *path) {
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) return cli_usage_error("%s: %s", path, strerror(errno));
    in->data = malloc(INPUT_MAX + 1);
    if (in->data == NULL) abort();
    in->len = fread(in->data, 1, INPUT_MAX + 1, file);
    bool failed = ferror(file) != 0;
    if (file != stdin) (void)fclose(file);
    if (failed) return cli_usage_error("%s: cannot be read", path);
    if (in->len > INPUT_MAX) return cli_usage_error("%s: longer than %d octets", path, INPUT_MAX);
    in->digest = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < in->len; i++) in->digest = (in->digest ^ in->data[i]) * UINT64_C(0x100000001b3);
    return 0;
}

/* Takes the octet of options off, as fuzzers/session_fuzzer.c and fuzzers/wslay_fuzzer.c do: bit 0 turns the
   role, bit 3 of a session's agrees on permessage-deflate. The rest concerns the entry point alone. */
static int input_options(input *in, const char *path, const char *kind) {
    uint8_t option = 0;
    bool session = strcmp(kind, "session") == 0;
    if (session || strcmp(kind, "wslay") == 0) {
        if (in->len > 0) option = in->data[--in->len];
    } else if (strcmp(kind, "frame") != 0) {
        return cli_usage_error("--input %s: no input of frame, session or wslay", kind);
    }
    if (in->len == 0) return cli_usage_error("%s: no octets to send", path);
    bool from_client = in->len >= 2 && in->data[1] >= 0x80;
    in->reader = from_client != (option % 2 == 1) ? WSC_SERVER : WSC_CLIENT;
    in->deflate = session && option / 8 % 2 == 1;
    return 0;
}

/* ---- What the reference session says ---------------------------------------------------------------------
 */

/* The frames of the input, whatever is wrong with them. Returns where the last frame begins that is not
   whole, and in *whole where the last message ends that is; both at most in->len. */
static size_t walk_frames(prediction *said, const input *in, size_t *whole) {
    wsc_decoder decoder;
    wsc_event event;
    size_t pos = 0, begin = 0;
    *whole = 0;
    wsc_decoder_init(&decoder);
    do {
        pos += wsc_decode(&decoder, in->data + pos, in->len - pos, &event);
        if (event.type == WSC_EVENT_HEADER) {
            said->has_close = said->has_close || event.frame.opcode == WSC_OP_CLOSE;
            said->compressed = said->compressed || event.frame.rsv1;
        }
        if (event.type != WSC_EVENT_END) continue;
        begin = pos;
        if (event.frame.fin && event.frame.opcode < WSC_OP_CLOSE) *whole = pos;
    } while (event.type != WSC_EVENT_MORE);
    said->inside = wsc_decoder_inside(&decoder);
    return begin;
}

/* Faults that payload shows, not a header. */
static bool of_payload(wsc_fault fault) {
    return fault == WSC_FAULT_TEXT_NOT_UTF8 || fault >= WSC_FAULT_DEFLATE_INVALID;
}

static void predict(prediction *said, const input *in) {
    uint8_t scratch[4096];
    wsc_inspector *inspector = in->deflate ? malloc(sizeof *inspector) : NULL;
    if (in->deflate && inspector == NULL) abort();
    const wsc_inspector_config inspect = {.sender = in->reader == WSC_SERVER ? WSC_CLIENT : WSC_SERVER};
    const wsc_session_config config = {.role = in->reader,
                                       .max_message = MESSAGE_MAX,
                                       .scratch = scratch,
                                       .scratch_len = sizeof scratch,
                                       .inspector = inspector};
    wsc_session session;
    wsc_session_event event;
    size_t pos = 0;
    if (inspector != NULL) wsc_inspector_init(inspector, &inspect);
    wsc_session_init(&session, &config);
    *said = (prediction){.fault = WSC_FAULT_NONE};
    size_t whole, begin = walk_frames(said, in, &whole);
    do {
        pos += wsc_session_push(&session, in->data + pos, in->len - pos, &event);
        if (event.type != WSC_SESSION_MORE && said->closed) said->behind = true;
        switch (event.type) {
        case WSC_SESSION_MESSAGE_BEGIN: said->open = true; break;
        case WSC_SESSION_MESSAGE_END:
            said->open = false;
            said->messages = true;
            break;
        case WSC_SESSION_PING:
        case WSC_SESSION_PONG: said->controls = true; break;
        case WSC_SESSION_CLOSE: said->closed = true; break;
        default: break;
        }
    } while (event.type != WSC_SESSION_MORE && event.type != WSC_SESSION_FAIL);
    said->behind = said->behind || (said->closed && said->inside);
    if (event.type == WSC_SESSION_FAIL) {
        said->fault = event.fault;
        said->unfinished = (said->inside && pos > begin) || (of_payload(event.fault) && pos > whole);
        if (event.fault == WSC_FAULT_CLOSE_CODE_ILLEGAL)
            said->code = (uint16_t)(session.control[0] << 8 | session.control[1]);
    }
    free(inspector);
}

/* ---- The case --------------------------------------------------------------------------------------------
 */

/* Which of outcomes.json fits (NULL: utf8_after_close), which requirement is checked then, and on which
 * rulings that rests. */
typedef struct expectation {
    const char *outcomes, *checks, *level;
    const char *rulings[3];
    const char *what; /* the endpoint does, for the title */
} expectation;

static expectation expect_refusal(const prediction *said) {
    expectation e = {
        "protocol-error", wsc_fault_requirement(said->fault), "must", {"A13"}, "fails the connection"};
    wsc_code_class class = wsc_code_classify(said->code);
    switch (said->fault) {
    case WSC_FAULT_CLOSE_CODE_ILLEGAL:
        e.outcomes = "code-refused";
        if (class == WSC_CODE_RESERVED || class == WSC_CODE_UNDEFINED) {
            e.outcomes = "code-unclear";
            e.level = "probe";
        }
        e.rulings[0] = "A10";
        break;
    case WSC_FAULT_CLOSE_ONE_OCTET: e.outcomes = "close-refused"; break;
    case WSC_FAULT_TEXT_NOT_UTF8:
    case WSC_FAULT_CLOSE_REASON_NOT_UTF8: e.outcomes = "invalid-utf8"; break;
    case WSC_FAULT_LENGTH_NOT_MINIMAL:
    case WSC_FAULT_LENGTH_TOP_BIT:
        if (!said->messages) e.outcomes = "length-refused";
        e.rulings[1] = "A15";
        break;
    default:
        /* Of compressed data. */
        if (wsc_fault_code(said->fault) == 1007) e.outcomes = "invalid-utf8";
    }
    /* Whose Close frame came first is not to be told where one of ours is on its way. */
    if (said->has_close && said->code == 0)
        e.outcomes = strcmp(e.outcomes, "invalid-utf8") == 0 ? NULL : "close-refused";
    return e;
}

static expectation expect_all(const prediction *said, wsc_role reader) {
    if (said->closed && said->behind)
        return (expectation){
            "closing-with-octets-behind", "6455-5.5.1-8", "must", {"A01", "A38", "A41"}, "closes"};
    if (said->fault != WSC_FAULT_NONE && !said->unfinished) return expect_refusal(said);
    if (said->closed && said->open)
        return (expectation){"closing-inside-message", "6455-5.5.1-8", "must", {"A39", "A01"}, "closes"};
    if (said->closed) return (expectation){"closing", "6455-5.5.1-8", "must", {"A01", "A10"}, "closes"};
    if (said->inside || said->unfinished)
        return (expectation){"ended",
                             reader == WSC_SERVER ? "6455-7.1.7-3" : "6455-7.2.1-2",
                             "must",
                             {"A07"},
                             "ends the connection"};
    if (said->open)
        return (expectation){"closing-inside-message", "6455-5.5.1-8", "must", {"A39", "A01"}, "closes"};
    return (expectation){"echo", "6455-6.2-1", "must", {"A01"}, "echoes all messages"};
}

static json_t *octets_json(const input *in) {
    char *text = malloc(3 * in->len + 1), *at = text;
    if (text == NULL) abort();
    for (size_t i = 0; i < in->len; i++) at += sprintf(at, i == 0 ? "%02x" : " %02x", in->data[i]);
    json_t *raw = json_pack("{s:{s:s}}", "raw", "hex", text);
    free(text);
    return raw;
}

static json_t *steps_json(const input *in, const prediction *said) {
    json_t *steps = json_pack("[o]", octets_json(in));
    if (said->fault != WSC_FAULT_NONE && !said->closed && !said->unfinished) {
        /* A ping inside of a frame would not be one. */
        json_array_append_new(steps, json_pack("{s:s}", "until", said->inside ? "closed" : "failed"));
    } else if (said->closed) {
        json_array_append_new(steps, json_pack("{s:s}", "until", "closed"));
    } else if (said->inside || said->unfinished) {
        json_array_append_new(steps, json_pack("{s:b}", "fin", 1));
        json_array_append_new(steps, json_pack("{s:s}", "until", "closed"));
    } else {
        if (said->messages) json_array_append_new(steps, json_pack("{s:s}", "until", "echo"));
        if (said->controls) json_array_append_new(steps, json_pack("{s:b}", "fence", 1));
        json_array_append_new(steps, json_pack("{s:b}", "close", 1));
    }
    return steps;
}

/* The outcomes of "invalid-utf8", whoever began to close. */
static json_t *utf8_after_close(void) {
    return json_pack("[{s:s,s:[i,s]},{s:s,s:s,s:[i]},{s:s,s:s,s:s}]", "verdict", "pass", "close", 1007,
                     "dropped", "verdict", "info", "why", "1002 instead of 1007 (A13)", "close", 1002,
                     "verdict", "lenient", "why", "the code does not fit the error (A13)", "close",
                     "any-legal");
}

static json_t *case_json(const input *in, const char *kind, const prediction *said) {
    const expectation e = expect_all(said, in->reader);
    const char *fault = said->fault != WSC_FAULT_NONE ? wsc_fault_name(said->fault) : NULL;
    char id[64], title[200];
    snprintf(id, sizeof id, "fuzz/%s-%016" PRIx64, kind, in->digest);
    snprintf(title, sizeof title, "The endpoint %s over %zu octets of a %s input%s%s", e.what, in->len, kind,
             fault ? ": " : "", fault ? fault : "");
    json_t *rulings = json_array();
    for (size_t i = 0; i < sizeof e.rulings / sizeof *e.rulings && e.rulings[i] != NULL; i++)
        json_array_append_new(rulings, json_string(e.rulings[i]));
    json_t *test = json_pack("{s:s,s:s,s:[s],s:s,s:[s],s:o}", "id", id, "title", title, "judges",
                             in->reader == WSC_SERVER ? "server" : "client", "level", e.level, "checks",
                             e.checks, "rulings", rulings);
    if (in->deflate && said->compressed && in->reader == WSC_SERVER)
        json_object_set_new(test, "deflate", json_pack("{s:s}", "offer", "permessage-deflate"));
    else if (in->deflate && said->compressed)
        json_object_set_new(test, "deflate", json_pack("{s:{}}", "grant"));
    json_object_set_new(test, "steps", steps_json(in, said));
    json_object_set_new(test, "outcomes", e.outcomes ? json_string(e.outcomes) : utf8_after_close());
    return json_pack("{s:i,s:s,s:[o]}", "format", 1, "topic", "Inputs of fuzz entry points", "cases", test);
}

int cmd_fuzz_case(const cli_options *options) {
    if (options->words.num != 1) return cli_usage_error("fuzz-case takes one file");
    const char *path = options->words.items[0], *kind = options->input ? options->input : "session";
    input in = {.data = NULL};
    int code = input_read(&in, path);
    if (!code) code = input_options(&in, path, kind);
    if (!code) {
        prediction said;
        size_t len;
        predict(&said, &in);
        json_t *json = case_json(&in, kind, &said);
        char *text = json_dumps(json, JSON_COMPACT);
        if (text == NULL) abort();
        char *canonical = catalogue_format(text, strlen(text), &len);
        if (canonical == NULL) abort();
        fwrite(canonical, 1, len, stdout);
        if (fflush(stdout) == EOF) code = EXIT_HARNESS;
        free(canonical);
        free(text);
        json_decref(json);
    }
    free(in.data);
    return code;
}
