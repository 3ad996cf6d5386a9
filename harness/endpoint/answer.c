/* SPDX-License-Identifier: MIT */
/* Heads that are sent: data until they are written, so that faults can bend them. */
#include "endpoint/internal.h"

#include <stdio.h>
#include <string.h>

ep_answer ep_answer_new(unsigned status, const char *phrase) {
    return (ep_answer){.version = "HTTP/1.1",
                       .status = status,
                       .phrase = phrase,
                       .gap = " ",
                       .colon = ": ",
                       .line_end = "\r\n"};
}

void ep_answer_add(ep_answer *answer, const char *name, const char *value) {
    if (answer->num_fields == EP_ANSWER_FIELDS) return;
    answer->fields[answer->num_fields].name = name;
    answer->fields[answer->num_fields].value = value;
    answer->num_fields++;
}

void ep_answer_drop(ep_answer *answer, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < answer->num_fields; i++) {
        if (strcmp(answer->fields[i].name, name) != 0) answer->fields[kept++] = answer->fields[i];
    }
    answer->num_fields = kept;
}

void ep_answer_set(ep_answer *answer, const char *name, const char *value) {
    for (size_t i = 0; i < answer->num_fields; i++) {
        if (strcmp(answer->fields[i].name, name) == 0) answer->fields[i].value = value;
    }
}

const char *ep_answer_value(const ep_answer *answer, const char *name) {
    for (size_t i = 0; i < answer->num_fields; i++) {
        if (strcmp(answer->fields[i].name, name) == 0) return answer->fields[i].value;
    }
    return NULL;
}

static void put(endpoint_core *core, const char *text) {
    ep_send(core, text, strlen(text));
}

static void put_start_line(endpoint_core *core, const ep_answer *answer) {
    char status[16];
    if (answer->method != NULL) {
        put(core, answer->method);
        put(core, answer->gap);
        put(core, answer->target);
        put(core, answer->gap);
        put(core, answer->version);
    } else {
        (void)snprintf(status, sizeof status, answer->bare_phrase ? " %u" : " %u ", answer->status);
        put(core, answer->version);
        put(core, status);
        put(core, answer->phrase);
    }
    put(core, answer->line_end);
}

void ep_answer_send(endpoint_core *core, const ep_answer *answer) {
    put_start_line(core, answer);
    for (size_t i = 0; i < answer->num_fields; i++) {
        put(core, answer->fields[i].name);
        put(core, answer->colon);
        put(core, answer->fields[i].value);
        put(core, answer->line_end);
    }
    put(core, answer->line_end);
    if (answer->content != NULL && !answer->omit_content) put(core, answer->content);
}
