/* SPDX-License-Identifier: MIT */
/* What the steps of a case mean as a whole: an impossible order, waits for what cannot come, bounds. */
#include <stdlib.h>
#include <string.h>

#include "judge/observe.h"
#include "script/load.h"

/* What the steps so far have done, at most. */
typedef struct case_flow {
    load_context *loader;
    const test_case *test;
    uint64_t messages, pings; /* data messages that may be complete, and pings */
    uint64_t sent, run;       /* octets and steps */
    uint64_t open, largest;   /* octets of the message that frames are building up, and of the largest one */
    bool raw;                 /* octets that may be anything */
    bool fin;                 /* our stream has ended */
    const char *over;         /* the step that ended the connection; NULL: none */
    bool good;
} case_flow;

static uint64_t add(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t multiply(uint64_t a, uint64_t b) {
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static void flow_frame(case_flow *flow, const case_frame *frame) {
    if (frame->header.fin && frame->header.opcode <= WSC_OP_BINARY) flow->messages = add(flow->messages, 1);
    if (frame->header.opcode == WSC_OP_PING) flow->pings = add(flow->pings, 1);
    if (frame->header.opcode <= WSC_OP_BINARY) {
        uint64_t len = frame->claims_length ? frame->header.length : frame->payload.total;
        flow->open = add(frame->header.opcode == WSC_OP_CONTINUATION ? flow->open : 0, len);
        if (flow->open > flow->largest) flow->largest = flow->open;
    }
    flow->sent = add(flow->sent, frame->payload.total + WSC_HEADER_MAX);
}

/* Octets of the first segment of a step, at most. */
static uint64_t first_segment(const case_step *step) {
    uint64_t len = 0;
    if (step->kind == STEP_RAW) return step->raw.total;
    if (step->kind == STEP_SEND) {
        for (size_t i = 0; i < step->send.num_frames; i++) len += frame_octets(&step->send.frames[i], true);
        return len;
    }
    const case_message *message = &step->message;
    uint64_t total = message->payload.total, num = case_num_fragments(&message->fragments, total), base = 0;
    if (message->compress.on) total = wsc_deflate_bound((size_t)total);
    for (uint64_t i = 0; i < num; i++) {
        uint64_t octets = case_fragment_octets(&message->fragments, total, i, base);
        const case_frame fragment = {.header = {.length = octets}, .payload = {.total = octets}};
        base += octets;
        len += frame_octets(&fragment, true);
        if (!message->one_segment) break;
        if (i + 1 < num && message->between != NULL) len += frame_octets(message->between, true);
    }
    return len;
}

static void flow_error(case_flow *flow, const place *at, const char *message) {
    load_error(flow->loader, at, "%s", message);
    flow->good = false;
}

static void flow_cuts(case_flow *flow, const case_step *step, const place *at) {
    uint64_t len = step->num_cuts > 0 ? first_segment(step) : 0;
    place cut = {.up = at, .key = "cut"};
    for (size_t i = 0; i < step->num_cuts; i++) {
        if (step->cuts[i] < len && step->cuts[i] <= LOAD_MAX_CUT) continue;
        load_error(flow->loader, &(place){.up = &cut, .index = i},
                   "lies behind the %llu octets of the first segment, or behind the first %d",
                   (unsigned long long)len, LOAD_MAX_CUT);
        flow->good = false;
    }
}

static void flow_until(case_flow *flow, const case_step *step, const place *at) {
    place here = {.up = at, .key = "until"};
    switch (step->until.condition) {
    case UNTIL_ECHO:
        if (flow->messages == 0 && !flow->raw)
            flow_error(flow, &here, "no message was sent that could come back");
        break;
    case UNTIL_MESSAGES:
        if (step->until.count > flow->messages && !flow->raw) {
            flow_error(flow, &here, "waits for more messages than were sent");
        }
        break;
    case UNTIL_PONGS:
        if (step->until.count > flow->pings && !flow->raw) {
            flow_error(flow, &here, "waits for more pongs than pings were sent");
        }
        break;
    case UNTIL_ANSWERED:
        if (flow->pings == 0 && !flow->raw)
            flow_error(flow, &here, "no ping was sent that could be answered");
        break;
    case UNTIL_FAILED:
        if (flow->fin) flow_error(flow, &here, "no ping can follow the end of our stream; use closed");
        break;
    case UNTIL_CLOSED: flow->over = "until closed"; break;
    case UNTIL_RESPONSE:
        if (!flow->test->judges_server) flow_error(flow, &here, "a client sends no response");
        break;
    case UNTIL_ANSWER:
    case UNTIL_CLOSE: break;
    }
}

static bool step_sends(const case_step *step) {
    return step->kind == STEP_SEND || step->kind == STEP_MESSAGE || step->kind == STEP_RAW ||
           step->kind == STEP_FENCE || step->kind == STEP_CLOSE;
}

static void flow_steps(case_flow *flow, const case_step *steps, size_t num, const place *at);

/* A repeat counts as often as it runs, but a wait in its first round knows only what came before. */
static void flow_repeat(case_flow *flow, const case_step *step, const place *at) {
    uint64_t messages = flow->messages, pings = flow->pings, sent = flow->sent, run = flow->run;
    uint64_t more = step->repeat.times - 1;
    place inner = {.up = at, .key = "repeat"}, list = {.up = &inner, .key = "steps"};
    flow_steps(flow, step->repeat.steps, step->repeat.num_steps, &list);
    if (more > 0 && (flow->over != NULL || flow->fin)) {
        flow_error(flow, &inner, "the first round ends the connection");
    }
    flow->messages = add(flow->messages, multiply(flow->messages - messages, more));
    flow->pings = add(flow->pings, multiply(flow->pings - pings, more));
    flow->sent = add(flow->sent, multiply(flow->sent - sent, more));
    flow->run = add(flow->run, multiply(flow->run - run, more));
}

/* So many messages of so many octets. */
static void flow_messages(case_flow *flow, const case_message *message, uint64_t count, uint64_t octets) {
    uint64_t num = case_num_fragments(&message->fragments, octets), sent = flow->sent, pings = flow->pings;
    if (octets > flow->largest) flow->largest = octets;
    for (uint64_t i = 1; i < num && message->between != NULL; i++) flow_frame(flow, message->between);
    uint64_t each = octets + num * WSC_HEADER_MAX + (flow->sent - sent);
    flow->messages = add(flow->messages, count);
    flow->pings = add(pings, multiply(flow->pings - pings, count));
    flow->sent = add(sent, multiply(each, count));
}

static void flow_step(case_flow *flow, const case_step *step, const place *at) {
    if (flow->over != NULL) {
        load_error(flow->loader, at, "comes to nothing: %s ends the case", flow->over);
        flow->good = false;
        return;
    }
    if (flow->fin && step_sends(step)) {
        flow_error(flow, at, "cannot send behind the end of our stream");
        return;
    }
    flow->run = add(flow->run, 1);
    flow_cuts(flow, step, at);
    switch (step->kind) {
    case STEP_SEND:
        for (size_t i = 0; i < step->send.num_frames; i++) flow_frame(flow, &step->send.frames[i]);
        break;
    case STEP_MESSAGE: flow_messages(flow, &step->message, 1, step->message.payload.total); break;
    case STEP_MESSAGES: flow_messages(flow, &step->message, step->message.count, step->message.each); break;
    case STEP_RAW:
        flow->raw = true;
        flow->sent = add(flow->sent, step->raw.total);
        break;
    case STEP_UNTIL: flow_until(flow, step, at); break;
    case STEP_CLOSE: flow->over = "close"; break;
    case STEP_FIN:
        if (flow->fin) flow_error(flow, at, "our stream has ended already");
        flow->fin = true;
        break;
    case STEP_RESET: flow->over = "reset"; break;
    case STEP_TLS:
        if (step->tls == CASE_TLS_KEY_UPDATE ? !flow->test->needs_tls13 : !flow->test->needs_tls)
            flow_error(flow, at,
                       step->tls == CASE_TLS_KEY_UPDATE ? "the case has to need \"tls13\""
                                                        : "the case has to need \"tls\"");
        if (flow->fin) flow_error(flow, at, "our stream has ended already");
        flow->fin = step->tls == CASE_TLS_FIN || step->tls == CASE_TLS_CLOSE_NOTIFY;
        break;
    case STEP_REPEAT: flow_repeat(flow, step, at); break;
    case STEP_FENCE:
    case STEP_READ:
    case STEP_WAIT:
    case STEP_PACE:
    case STEP_AUTO: break;
    }
}

/* Repeats are nested LOAD_MAX_REPEATS deep at most. */
static void flow_steps(case_flow *flow, const case_step *steps, size_t num, const place *at) {
    for (size_t i = 0; i < num && flow->good; i++) flow_step(flow, &steps[i], &(place){.up = at, .index = i});
}

bool check_steps(load_context *loader, test_case *test, const place *at) {
    case_flow flow = {.loader = loader, .test = test, .good = true};
    place steps = {.up = at, .key = "steps"}, where = {.up = at, .key = "request"};
    const case_head *head = case_own_head(test);
    if (!test->judges_server) where.key = "response";
    for (size_t i = 0; i < head->num_frames; i++) flow_frame(&flow, &head->frames[i]);
    flow.raw = head->body.total > 0 || head->raw.total > 0;
    uint64_t behind = head->body.total + head->raw.total; /* each at most LOAD_MAX_PAYLOAD */
    if (flow.sent > LOAD_MAX_TAIL || behind > LOAD_MAX_TAIL - flow.sent) {
        load_error(loader, &where, "body, frames and raw have more than %d octets", LOAD_MAX_TAIL);
        flow.good = false;
    }
    if (!test->request.ordinary && !test->judges_server) {
        where.key = "request";
        load_error(loader, &where, "a client sends the request; only servers are sent one");
        flow.good = false;
    }
    flow_steps(&flow, test->steps, test->num_steps, &steps);
    test->largest = flow.largest;
    if (flow.good && flow.run > LOAD_MAX_RUN) {
        load_error(loader, &steps, "runs more than %d steps", LOAD_MAX_RUN);
        flow.good = false;
    }
    if (flow.good && flow.sent > LOAD_MAX_SENT) {
        load_error(loader, &steps, "sends more than %llu GiB", (unsigned long long)LOAD_MAX_SENT >> 30);
        flow.good = false;
    }
    for (size_t i = 0; i < test->num_outcomes && flow.good; i++) {
        bool compares =
            test->outcomes[i].messages == MESSAGES_ECHO || test->outcomes[i].messages == MESSAGES_PREFIX;
        if ((!compares || flow.messages <= OBSERVE_MESSAGES_MAX) &&
            (test->outcomes[i].pongs == PONGS_ANY || flow.pings <= OBSERVE_MESSAGES_MAX)) {
            continue;
        }
        load_error(loader, &steps, "sends more than the %d messages or pings that can be compared",
                   OBSERVE_MESSAGES_MAX);
        flow.good = false;
    }
    if (test->num_steps == 0 && !test->handshake_only) {
        load_error(loader, at, "\"steps\" is missing, and no outcome looks at the response");
        flow.good = false;
    }
    return flow.good;
}

/* ---- Ids ----------------------------------------------------------------------------------------------- */

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Complains about a case that was read before. */
static void complain_about(load_context *loader, const catalogue_file *files, size_t num_files,
                           const test_case *test, const char *problem, const char *where) {
    for (size_t i = 0; i < num_files; i++) {
        if (strcmp(files[i].name, test->file) == 0) loader->file = &files[i];
    }
    load_error_pointer(loader, test->pointer, "the id \"%s\" is %s %s", test->id, problem, where);
}

void check_ids(load_context *loader, const catalogue_file *files, size_t num_files) {
    const catalogue *all = loader->catalogue;
    const test_case **by_id = all->memory->by_id;
    size_t num = loader->num_retired;
    if (num > 0) qsort(loader->retired, num, sizeof *loader->retired, compare_strings);
    for (size_t i = 0; i < all->num_cases; i++) {
        const char *id = by_id[i]->id;
        if (i > 0 && strcmp(by_id[i - 1]->id, id) == 0) {
            complain_about(loader, files, num_files, by_id[i], "used before, in", by_id[i - 1]->file);
        }
        if (num > 0 && bsearch(&id, loader->retired, num, sizeof *loader->retired, compare_strings) != NULL) {
            complain_about(loader, files, num_files, by_id[i], "retired:", "retired.txt");
        }
    }
}
