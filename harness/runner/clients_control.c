/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/browser_page.h"
#include "runner/clients_impl.h"

/* ---- Control URLs -------------------------------------------------------------------------------------- */

static const char *status_word(verdict v) {
    switch (v) {
    case VERDICT_PASS: return "OK";
    case VERDICT_LENIENT: return "NON-STRICT";
    case VERDICT_INFO: return "INFORMATIONAL";
    case VERDICT_UNSUPPORTED: return "UNIMPLEMENTED";
    default: return "FAILED";
    }
}

static long agent_find(clients *c, const wsc_http *head) {
    char name[CLIENTS_NAME_MAX];
    if (!door_parameter(head, "agent", name, sizeof name) || !*name) snprintf(name, sizeof name, "unnamed");
    for (char *at = name; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) *at = '?';
    for (unsigned i = 0; i < c->num_agents; i++)
        if (strcmp(c->agents[i].name, name) == 0) return i;
    if (c->num_agents == CLIENTS_AGENTS_MAX) return -1;
    client_agent *a = &c->agents[c->num_agents];
    snprintf(a->name, sizeof a->name, "%s", name);
    a->taken = calloc(c->config->num_cases + 1, sizeof *a->taken);
    a->num_taken = calloc(c->config->num_cases + 1, sizeof *a->num_taken);
    if (!a->taken || !a->num_taken) abort();
    c->events->agent(c->user, c->num_agents, a->name);
    return c->num_agents++;
}

/* ?case=N counts from 1; ?casetuple= names a case by our id or by Autobahn's number. -1: there is none. */
static long slot_find(const clients *c, const wsc_http *head) {
    char text[256];
    if (door_parameter(head, "case", text, sizeof text)) {
        char *end;
        unsigned long long n = strtoull(text, &end, 10);
        bool number = *text >= '0' && *text <= '9' && !*end;
        return number && n >= 1 && n <= c->num_slots ? (long)(n - 1) : -1;
    }
    if (!door_parameter(head, "casetuple", text, sizeof text)) return -1;
    for (size_t i = 0; i < c->config->num_cases; i++) {
        const test_case *test = c->config->cases[i];
        const clients_label *label = c->config->labels ? &c->config->labels[i] : NULL;
        bool same = strcmp(label ? label->id : test->id, text) == 0;
        for (size_t k = 0; !label && test->also && test->also[k]; k++) {
            const char *colon = strchr(test->also[k], ':');
            same |= colon && strcmp(colon + 1, text) == 0;
        }
        if (same) return (long)(i * attempts_number(&c->plan));
    }
    return -1;
}

static wsc_span key_of(const door_request *request) {
    return wsc_http_field(request->head, "Sec-WebSocket-Key", 0)->value;
}

static void refuse(clients *c, wire_conn *conn, unsigned status, const char *reason, const char *text) {
    door_page(c->door, conn, status, reason, "text/plain; charset=utf-8", text, strlen(text));
}

static void status_send(clients *c, wire_conn *conn, wsc_span key, unsigned agent, size_t slot) {
    size_t nth = clients_slot_case(c, slot);
    const attempts *taken = &c->agents[agent].taken[nth];
    char text[100];
    const char *word = !taken->line && clients_slot_test(c, slot) ? "MISSING"
                       : !taken->line                             ? "UNIMPLEMENTED"
                       : c->events->status ? c->events->status(c->user, nth, taken->line)
                                           : status_word(taken->verdict);
    snprintf(text, sizeof text, "{\"behavior\": \"%s\"}", word);
    door_message(c->door, conn, key, text);
}

static void question_free(question *q) {
    for (question **at = &q->all->questions; *at; at = &(*at)->next) {
        if (*at != q) continue;
        *at = q->next;
        break;
    }
    free(q);
}

static void question_ended(void *user, wire_end end) {
    question *q = user;
    (void)end;
    wire_close(q->conn);
    question_free(q);
}

static void question_received(void *user, const uint8_t *data, size_t len) {
    (void)user;
    (void)data;
    (void)len;
}

static const wire_events question_events = {NULL, question_received, NULL, NULL, question_ended};

/* Answers those whose case is over. */
void clients_questions_answer(clients *c) {
    for (question *q = c->questions, *next; q; q = next) {
        next = q->next;
        if (clients_job_find(c, q->agent, q->slot)) continue;
        status_send(c, q->conn, (wsc_span){q->key, q->key_len}, q->agent, q->slot);
        question_free(q);
    }
}

static void question_new(clients *c, wire_conn *conn, wsc_span key, unsigned agent, size_t slot) {
    question *q = calloc(1, sizeof *q);
    if (!q) abort();
    *q = (question){.all = c, .next = c->questions, .conn = conn, .agent = agent, .slot = slot};
    q->key_len = key.len < sizeof q->key ? key.len : sizeof q->key;
    memcpy(q->key, key.data, q->key_len);
    c->questions = q;
    wire_own(conn, &question_events, q);
}

static void case_info(clients *c, wire_conn *conn, const door_request *request, size_t slot) {
    const test_case *test = clients_slot_test(c, slot);
    const clients_label *label = c->config->labels ? &c->config->labels[clients_slot_case(c, slot)] : NULL;
    json_t *info = json_pack("{s:s,s:s}", "id", label ? label->id : test->id, "description",
                             label ? label->description : test->title);
    char *text = info ? json_dumps(info, 0) : NULL;
    if (!text) abort();
    door_message(c->door, conn, key_of(request), text);
    free(text);
    json_decref(info);
}

static void run_case(clients *c, wire_conn *conn, const door_request *request, size_t slot) {
    long agent = agent_find(c, request->head);
    if (agent < 0) {
        refuse(c, conn, 503, "Service Unavailable", "Too many agents.\n");
        return;
    }
    client_agent *a = &c->agents[agent];
    size_t nth = clients_slot_case(c, slot);
    bool excluded = c->events->excluded && c->events->excluded(c->user, a->name, nth);
    if (!excluded && c->events->begins) c->events->begins(c->user, a->name, nth);
    if (excluded || !clients_slot_test(c, slot)) {
        if (!excluded) a->num_taken[nth] = 1;
        a->reported = false;
        door_message(c->door, conn, key_of(request), NULL);
        return;
    }
    if (clients_job_find(c, (unsigned)agent, slot)) {
        refuse(c, conn, 409, "Conflict", "This case is running for this agent.\n");
        return;
    }
    job *j = clients_job_new(c, (unsigned)agent, slot);
    if (clients_job_accept(j, conn, request)) return;
    clients_job_free(j);
    refuse(c, conn, 503, "Service Unavailable", "Out of descriptors or memory.\n");
}

/* A client that we started asks for its case. */
static void started_arrived(clients *c, wire_conn *conn, const door_request *request) {
    static const char prefix[] = "/run/";
    const wsc_span *target = &request->head->target;
    const char *at = target->len > sizeof prefix - 1 ? target->data + sizeof prefix - 1 : "";
    size_t slot = 0, digits = 0;
    while (digits < 9 && (size_t)(at - target->data) + digits < target->len && at[digits] >= '0' &&
           at[digits] <= '9')
        slot = slot * 10 + (size_t)(at[digits++] - '0');
    job *j = digits && c->config->exec ? clients_job_find(c, 0, slot) : NULL;
    if (!j || j->run) {
        refuse(c, conn, 404, "Not Found", "No case waits for a client here.\n");
    } else if (!clients_job_accept(j, conn, request)) {
        refuse(c, conn, 503, "Service Unavailable", "Out of descriptors or memory.\n");
        clients_job_failed(j, "out of descriptors or memory");
    }
}

static void control_arrived(clients *c, wire_conn *conn, const door_request *request) {
    const wsc_http *head = request->head;
    char text[64];
    if (door_path_is(head, "/getCaseCount")) {
        snprintf(text, sizeof text, "%zu", c->num_slots);
        door_message(c->door, conn, key_of(request), text);
        return;
    }
    if (door_path_is(head, "/updateReports")) {
        /* Whoever asks again and again costs nothing. */
        for (unsigned i = 0; i < c->num_agents; i++)
            if (!c->agents[i].reported) (void)clients_report(c, i, false);
        c->reports_asked = true;
        if (door_parameter(head, "shutdownOnComplete", text, sizeof text) &&
            (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0))
            c->stop_asked = true;
        door_message(c->door, conn, key_of(request), NULL);
        return;
    }
    if (door_path_is(head, "/stopServer")) {
        c->stop_asked = true;
        door_message(c->door, conn, key_of(request), NULL);
        return;
    }
    bool run = door_path_is(head, "/runCase"), info = door_path_is(head, "/getCaseInfo"),
         status = door_path_is(head, "/getCaseStatus");
    long slot = run || info || status ? slot_find(c, head) : -1;
    if (!run && !info && !status && c->config->labels) {
        commands_start(&c->commands, c->config->run.loop, conn, key_of(request));
    } else if (!run && !info && !status) {
        refuse(c, conn, 404, "Not Found", "There is nothing at this path.\n");
    } else if (slot < 0) {
        refuse(c, conn, 404, "Not Found",
               "There is no such case: ?case= counts from 1, ?casetuple= names one.\n");
    } else if (run) {
        c->reports_asked = false;
        run_case(c, conn, request, (size_t)slot);
    } else if (info) {
        case_info(c, conn, request, (size_t)slot);
    } else {
        long agent = agent_find(c, head);
        if (agent < 0)
            refuse(c, conn, 503, "Service Unavailable", "Too many agents.\n");
        else if (clients_job_find(c, (unsigned)agent, (size_t)slot))
            question_new(c, conn, key_of(request), (unsigned)agent, (size_t)slot);
        else
            status_send(c, conn, key_of(request), (unsigned)agent, (size_t)slot);
    }
}

void clients_arrived(void *user, wire_conn *conn, const door_request *request) {
    clients *c = user;
    c->last = wire_now();
    static const char started[] = "/run/";
    bool ours = request->head->target.len >= sizeof started - 1 &&
                memcmp(request->head->target.data, started, sizeof started - 1) == 0;
    if (ours && c->config->exec) {
        started_arrived(c, conn, request);
    } else if (request->upgrade || door_path_is(request->head, "/runCase")) {
        control_arrived(c, conn, request);
    } else if (c->config->labels || door_path_is(request->head, "/") ||
               door_path_is(request->head, "/browser.html")) {
        door_page(c->door, conn, 200, "OK", "text/html; charset=utf-8", (const char *)browser_page,
                  browser_page_len);
    } else {
        refuse(c, conn, 404, "Not Found", "There is nothing at this path.\n");
    }
}
