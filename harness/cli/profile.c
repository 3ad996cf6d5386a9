/* SPDX-License-Identifier: MIT */
#include "cli/profile.h"

#include <jansson.h>
#include <string.h>

#include "report/octets.h"

static const char *const no_names[] = {NULL};

/* A test case that is in no catalogue: connect, do these steps, say goodbye. */
static void sign_make(cli_profile *p, size_t num_steps) {
    p->steps[num_steps++] = (case_step){
        .kind = STEP_CLOSE, .pointer = "", .close = {.has_code = true, .code = 1000, .reason = ""}};
    p->outcomes[0] = (outcome){.verdict = VERDICT_PASS, .why = "", .messages = MESSAGES_ANY};
    p->own = (test_case){.id = "liveness/profile",
                         .area = "liveness",
                         .topic = "Signs of life",
                         .title = "An ordinary exchange",
                         .file = "",
                         .pointer = "",
                         .judges_server = true,
                         .checks = no_names,
                         .also = no_names,
                         .rulings = no_names,
                         .bugs = no_names,
                         .needs = no_names,
                         .request = {.ordinary = true, .omit = no_names, .eol = "\r\n"},
                         .steps = p->steps,
                         .num_steps = num_steps,
                         .outcomes = p->outcomes,
                         .num_outcomes = 1};
    p->sign = &p->own;
}

/* The octets of {"text"} or {"hex"}, at least one. Returns how many, or 0 if it is neither, or too long. */
static size_t octets_read(const json_t *json, uint8_t *data, size_t size, bool *is_text) {
    const char *string = json_string_value(json_object_get(json, "text"));
    *is_text = string != NULL;
    if (json_object_size(json) != 1) return 0;
    if (string != NULL) {
        size_t len = json_string_length(json_object_get(json, "text"));
        if (len > size) return 0;
        memcpy(data, string, len);
        return len;
    }
    string = json_string_value(json_object_get(json, "hex"));
    if (string == NULL) return 0;
    view hex = {string, strlen(string)};
    size_t len = octets_of_hex(data, size, hex);
    return len * 2 == hex.len ? len : 0;
}

static int file_error(const char *path, const char *what) {
    return cli_usage_error("--target-profile %s: %s", path, what);
}

static int exchange_read(cli_profile *p, const char *path, const json_t *root) {
    const char *key, *name = json_string_value(json_object_get(root, "name"));
    const json_t *value, *answer = json_object_get(root, "answer");
    json_object_foreach((json_t *)(uintptr_t)root, key, value) {
        static const char *const known[] = {"format", "name", "send", "answer"};
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0) i++;
        if (i == sizeof known / sizeof *known) return file_error(path, "it has a key that is not known");
    }
    if (json_integer_value(json_object_get(root, "format")) != 1)
        return file_error(path, "\"format\" must be 1");
    if (!name || !*name || strlen(name) >= sizeof p->name)
        return file_error(path, "\"name\" must be a text of at most 63 octets");
    snprintf(p->name, sizeof p->name, "%s", name);
    bool text_sent, text_wanted;
    size_t len = octets_read(json_object_get(root, "send"), p->question, sizeof p->question, &text_sent);
    if (!len) return file_error(path, "\"send\" must be {\"text\"} or {\"hex\"}, at most 4096 octets");
    p->steps[0] = (case_step){.kind = STEP_MESSAGE,
                              .pointer = "",
                              .message = {.opcode = text_sent ? WSC_OP_TEXT : WSC_OP_BINARY,
                                          .payload = {.data = p->question, .len = len, .total = len},
                                          .fragments = {.rule = FRAGMENTS_COUNT, .num = 1}}};
    p->steps[1] = (case_step){.kind = STEP_UNTIL, .pointer = "", .until = {.condition = UNTIL_ANSWER}};
    size_t starts = octets_read(json_object_get(answer, "starts"), p->steps[1].until.starts,
                                sizeof p->steps[1].until.starts, &text_wanted);
    if (!starts || json_object_size(answer) != 1)
        return file_error(path,
                          "\"answer\" must be {\"starts\": {\"text\"} or {\"hex\"}}, of 1 to 16 octets");
    p->steps[1].until.count = starts;
    sign_make(p, 2);
    return 0;
}

int cli_profile_read(cli_profile *p, const cli_options *o) {
    const char *path = o->target_profile;
    *p = (cli_profile){.echoes = !path || strcmp(path, "echo") == 0};
    if (p->echoes) return 0;
    if (strcmp(path, "silent") == 0) {
        snprintf(p->name, sizeof p->name, "silent");
        p->steps[0] = (case_step){.kind = STEP_FENCE, .pointer = ""};
        sign_make(p, 1);
        return 0;
    }
    json_error_t error;
    json_t *root = strcmp(path, "nostr") == 0 ? json_loadb((const char *)profile_nostr, profile_nostr_len,
                                                           JSON_REJECT_DUPLICATES, &error)
                                              : json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return cli_usage_error("--target-profile is echo, silent, nostr or a file; %s%s%s", path,
                               error.line > 0 ? " is no JSON: " : ": ", error.text);
    int code = json_is_object(root) ? exchange_read(p, path, root) : file_error(path, "it is no object");
    json_decref(root);
    return code;
}
