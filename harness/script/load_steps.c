/* SPDX-License-Identifier: MIT */
/* The steps of a case. */
#include <string.h>

#include "script/load.h"

bool load_segments(load_context *loader, const json_t *object, const place *at, const size_t **cuts,
                   size_t *num_cuts, size_t *every) {
    json_t *cut = json_object_get(object, "cut"), *octets = json_object_get(object, "octets");
    place cut_place = {.up = at, .key = "cut"}, octets_place = {.up = at, .key = "octets"};
    int64_t value = 0;
    bool good = true;
    if (cut != NULL && octets != NULL) {
        load_error(loader, at, "has both cut and octets");
        return false;
    }
    if (octets != NULL) {
        if (!load_integer(loader, octets, &octets_place, 1, (int64_t)LOAD_MAX_PAYLOAD, &value)) return false;
        *every = (size_t)value;
    }
    if (cut == NULL) return true;
    if (!load_is_array(loader, cut, &cut_place)) return false;
    size_t num = json_array_size(cut);
    if (num == 0) {
        load_error(loader, &cut_place, "the list has no offset");
        return false;
    }
    size_t *list = memory_array(loader->memory, num, sizeof *list);
    int64_t least = 1;
    for (size_t i = 0; i < num; i++) {
        place here = {.up = &cut_place, .index = i};
        if (!load_integer(loader, json_array_get(cut, i), &here, 1, (int64_t)LOAD_MAX_PAYLOAD * 2, &value)) {
            good = false;
            continue;
        }
        if (value < least) {
            load_error(loader, &here, "the offsets must ascend");
            good = false;
        }
        list[i] = (size_t)value;
        least = value + 1;
    }
    *cuts = list;
    *num_cuts = num;
    return good;
}

/* ---- Steps of each kind -------------------------------------------------------------------------------- */

static bool load_one_message(load_context *loader, json_t *json, const place *at, const test_case *test,
                             case_step *step) {
    step->kind = STEP_MESSAGE;
    return load_message(loader, json, at, test, false, &step->message);
}

static bool load_messages(load_context *loader, json_t *json, const place *at, const test_case *test,
                          case_step *step) {
    step->kind = STEP_MESSAGES;
    return load_message(loader, json, at, test, true, &step->message);
}

static bool load_send(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_step *step) {
    step->kind = STEP_SEND;
    return load_frames(loader, json, at, test, &step->send.frames, &step->send.num_frames);
}

static bool load_raw(load_context *loader, json_t *json, const place *at, const test_case *test,
                     case_step *step) {
    (void)test;
    step->kind = STEP_RAW;
    if (!load_payload(loader, json, at, &step->raw)) return false;
    if (step->raw.total > 0) return true;
    load_error(loader, at, "sends nothing");
    return false;
}

static bool load_until(load_context *loader, json_t *json, const place *at, const test_case *test,
                       case_step *step) {
    static const struct {
        const char *name;
        case_condition condition;
        bool counts;
    } conditions[] = {
        {"closed", UNTIL_CLOSED, false},     {"failed", UNTIL_FAILED, false},
        {"close", UNTIL_CLOSE, false},       {"echo", UNTIL_ECHO, false},
        {"answered", UNTIL_ANSWERED, false}, {"response", UNTIL_RESPONSE, false},
        {"messages", UNTIL_MESSAGES, true},  {"pongs", UNTIL_PONGS, true},
    };
    (void)test;
    step->kind = STEP_UNTIL;
    bool counts = json_is_object(json);
    const char *name = NULL;
    if (json_is_string(json)) {
        name = load_word(json);
    } else if (counts && json_object_size(json) == 1) {
        name = json_object_iter_key(json_object_iter(json));
    }
    for (size_t i = 0; name != NULL && i < sizeof conditions / sizeof *conditions; i++) {
        if (strcmp(name, conditions[i].name) != 0 || counts != conditions[i].counts) continue;
        step->until.condition = conditions[i].condition;
        if (!counts) return true;
        int64_t count;
        if (!load_integer(loader, json_object_get(json, name), &(place){.up = at, .key = name}, 1,
                          LOAD_MAX_RUN, &count)) {
            return false;
        }
        step->until.count = (uint64_t)count;
        return true;
    }
    load_error(loader, at,
               "must be closed, failed, close, echo, answered, response, {\"messages\"} or {\"pongs\"}");
    return false;
}

static bool load_close(load_context *loader, json_t *json, const place *at, const test_case *test,
                       case_step *step) {
    (void)test;
    step->kind = STEP_CLOSE;
    step->close.reason = "";
    if (json_is_true(json)) {
        step->close.has_code = true;
        step->close.code = 1000;
        return true;
    }
    if (strcmp(load_word(json), "empty") == 0) return true;
    if (!json_is_object(json)) {
        load_error(loader, at, "must be true, \"empty\" or {\"code\", \"reason\"}");
        return false;
    }
    bool good = load_keys(loader, json, at, (const char *const[]){"code", "reason", NULL});
    json_t *code = load_member(loader, json, at, "code"), *reason = json_object_get(json, "reason");
    int64_t value = 0;
    if (code == NULL || !load_integer(loader, code, &(place){.up = at, .key = "code"}, 0, 65535, &value)) {
        good = false;
    }
    step->close.has_code = true;
    step->close.code = (uint16_t)value;
    if (reason == NULL) return good;
    place here = {.up = at, .key = "reason"};
    step->close.reason = load_string(loader, reason, &here);
    if (step->close.reason == NULL) return false;
    if (strlen(step->close.reason) > WSC_CONTROL_MAX - 2) {
        load_error(loader, &here, "has more than %d octets", WSC_CONTROL_MAX - 2);
        return false;
    }
    return good;
}

static bool load_true(load_context *loader, json_t *json, const place *at) {
    if (json_is_true(json)) return true;
    load_error(loader, at, "must be true");
    return false;
}

static bool load_fence(load_context *loader, json_t *json, const place *at, const test_case *test,
                       case_step *step) {
    (void)test;
    step->kind = STEP_FENCE;
    return load_true(loader, json, at);
}

static bool load_fin(load_context *loader, json_t *json, const place *at, const test_case *test,
                     case_step *step) {
    (void)test;
    step->kind = STEP_FIN;
    return load_true(loader, json, at);
}

static bool load_reset(load_context *loader, json_t *json, const place *at, const test_case *test,
                       case_step *step) {
    (void)test;
    step->kind = STEP_RESET;
    return load_true(loader, json, at);
}

static bool load_read(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_step *step) {
    (void)test;
    step->kind = STEP_READ;
    step->read_on = strcmp(load_word(json), "resume") == 0;
    if (step->read_on || strcmp(load_word(json), "stop") == 0) return true;
    load_error(loader, at, "must be \"stop\" or \"resume\"");
    return false;
}

static bool load_tls(load_context *loader, json_t *json, const place *at, const test_case *test,
                     case_step *step) {
    static const char *const names[] = {[CASE_TLS_FIN] = "fin",
                                        [CASE_TLS_CLOSE_NOTIFY] = "close-notify",
                                        [CASE_TLS_KEY_UPDATE] = "key-update",
                                        [CASE_TLS_LONG_RECORD] = "long-record"};
    (void)test;
    step->kind = STEP_TLS;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        step->tls = (case_tls)i;
        if (strcmp(load_word(json), names[i]) == 0) return true;
    }
    load_error(loader, at, "must be \"fin\", \"close-notify\", \"key-update\" or \"long-record\"");
    return false;
}

static bool load_wait(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_step *step) {
    (void)test;
    int64_t value;
    step->kind = STEP_WAIT;
    if (!load_integer(loader, json, at, 1, LOAD_MAX_WAIT, &value)) return false;
    step->wait_ms = (unsigned)value;
    return true;
}

static bool load_pace(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_step *step) {
    (void)test;
    int64_t value;
    step->kind = STEP_PACE;
    if (strcmp(load_word(json), "whole") == 0) return true;
    if (!json_is_integer(json)) {
        load_error(loader, at, "must be a number of octets or \"whole\"");
        return false;
    }
    if (!load_integer(loader, json, at, 1, (int64_t)LOAD_MAX_PAYLOAD, &value)) return false;
    step->pace = (size_t)value;
    return true;
}

static bool load_auto(load_context *loader, json_t *json, const place *at, const test_case *test,
                      case_step *step) {
    (void)test;
    step->kind = STEP_AUTO;
    step->automatic.pong = step->automatic.close = true;
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, (const char *const[]){"pong", "close", NULL});
    if (json_object_size(json) == 0) {
        load_error(loader, at, "has neither pong nor close");
        good = false;
    }
    good = load_flag(loader, json, at, "pong", &step->automatic.pong) && good;
    return load_flag(loader, json, at, "close", &step->automatic.close) && good;
}

static bool load_repeat(load_context *loader, json_t *json, const place *at, const test_case *test,
                        unsigned depth, case_step *step) {
    step->kind = STEP_REPEAT;
    if (!load_is_object(loader, json, at)) return false;
    if (depth >= LOAD_MAX_REPEATS) {
        load_error(loader, at, "repeats inside each other, more than %d deep", LOAD_MAX_REPEATS);
        return false;
    }
    bool good = load_keys(loader, json, at, (const char *const[]){"times", "steps", NULL});
    json_t *times = load_member(loader, json, at, "times"), *steps = load_member(loader, json, at, "steps");
    int64_t value = 0;
    if (times == NULL ||
        !load_integer(loader, times, &(place){.up = at, .key = "times"}, 1, LOAD_MAX_TIMES, &value)) {
        good = false;
    }
    step->repeat.times = (uint64_t)value;
    return steps != NULL &&
           load_steps(loader, steps, &(place){.up = at, .key = "steps"}, test, depth + 1, &step->repeat.steps,
                      &step->repeat.num_steps) &&
           good;
}

/* ---- The list ------------------------------------------------------------------------------------------ */

typedef bool step_reader(load_context *loader, json_t *json, const place *at, const test_case *test,
                         case_step *step);

static const struct {
    const char *key;
    step_reader *read; /* NULL: repeat */
    bool sends;
} step_kinds[] = {
    {"send", load_send, true},    {"message", load_one_message, true},
    {"raw", load_raw, true},      {"messages", load_messages, false},
    {"until", load_until, false}, {"fence", load_fence, false},
    {"close", load_close, false}, {"fin", load_fin, false},
    {"reset", load_reset, false}, {"read", load_read, false},
    {"wait", load_wait, false},   {"pace", load_pace, false},
    {"auto", load_auto, false},   {"tls", load_tls, false},
    {"repeat", NULL, false},
};
#define NUM_STEP_KINDS (sizeof step_kinds / sizeof *step_kinds)

static bool load_step(load_context *loader, json_t *json, const place *at, const test_case *test,
                      unsigned depth, case_step *step) {
    if (!load_is_object(loader, json, at)) return false;
    size_t found = NUM_STEP_KINDS;
    bool good = true;
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) {
        size_t i = 0;
        while (i < NUM_STEP_KINDS && strcmp(step_kinds[i].key, key) != 0) i++;
        if (i == NUM_STEP_KINDS) {
            if (strcmp(key, "cut") == 0 || strcmp(key, "octets") == 0) continue;
            load_error(loader, &(place){.up = at, .key = key}, "unknown key");
            good = false;
        } else if (found < NUM_STEP_KINDS) {
            load_error(loader, at, "is %s and %s at once", step_kinds[found].key, key);
            return false;
        } else {
            found = i;
        }
    }
    if (found == NUM_STEP_KINDS) {
        if (good) load_error(loader, at, "says nothing to do");
        return false;
    }
    if (!load_segments(loader, json, at, &step->cuts, &step->num_cuts, &step->every)) good = false;
    if (!step_kinds[found].sends &&
        (json_object_get(json, "cut") != NULL || json_object_get(json, "octets") != NULL)) {
        load_error(loader, at, "only send, message and raw can be cut");
        good = false;
    }
    place here = {.up = at, .key = step_kinds[found].key};
    value = json_object_get(json, here.key);
    step->pointer = load_pointer(loader, at);
    if (step_kinds[found].read == NULL) return load_repeat(loader, value, &here, test, depth, step) && good;
    return step_kinds[found].read(loader, value, &here, test, step) && good;
}

bool load_steps(load_context *loader, json_t *json, const place *at, const test_case *test, unsigned depth,
                const case_step **steps, size_t *num_steps) {
    if (!load_is_array(loader, json, at)) return false;
    size_t num = json_array_size(json);
    if (num == 0 && depth > 0) {
        load_error(loader, at, "the list has no step");
        return false;
    }
    if (num > LOAD_MAX_STEPS) {
        load_error(loader, at, "has more than %d steps", LOAD_MAX_STEPS);
        return false;
    }
    case_step *list = memory_array(loader->memory, num, sizeof *list);
    bool good = true;
    for (size_t i = 0; i < num; i++) {
        good = load_step(loader, json_array_get(json, i), &(place){.up = at, .index = i}, test, depth,
                         &list[i]) &&
               good;
    }
    *steps = list;
    *num_steps = num;
    return good;
}
