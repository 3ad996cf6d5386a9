/* SPDX-License-Identifier: MIT */
#include "runner/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/events.h"
#include "version.h"

/* ---- Octets as JSON ------------------------------------------------------------------------------------ */

/* Octets as latin-1 code points, so that every octet survives. */
static json_t *latin1(const void *data, size_t len) {
    const uint8_t *octets = data;
    char *text = malloc(len * 2 + 1);
    if (!text) abort();
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (octets[i] < 0x80) {
            text[n++] = (char)octets[i];
        } else {
            text[n++] = (char)(0xc0 | octets[i] >> 6);
            text[n++] = (char)(0x80 | (octets[i] & 0x3f));
        }
    }
    json_t *string = json_stringn(text, n);
    free(text);
    return string;
}

static json_t *hex(const uint8_t *data, size_t len) {
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(len * 2 + 1);
    if (!text) abort();
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    json_t *string = json_stringn(text, len * 2);
    free(text);
    return string;
}

static json_t *strings(const char *const *list) {
    json_t *array = json_array();
    for (size_t i = 0; list && list[i]; i++) json_array_append_new(array, json_string(list[i]));
    return array;
}

static void set(json_t *object, const char *key, json_t *value) {
    json_object_set_new(object, key, value ? value : json_null());
}

/* ---- The wire log -------------------------------------------------------------------------------------- */

static const char *kind_name(obs_kind kind) {
    static const char *const names[] = {"connect",  "head", "frame",  "octets", "fin", "reset",
                                        "deadline", "stop", "resume", "elided", "note"};
    return names[kind];
}

static void frame_set(json_t *line, const obs_entry *entry) {
    const wsc_frame *f = &entry->frame;
    json_t *frame = json_object();
    set(frame, "opcode", json_integer(f->opcode));
    set(frame, "name", json_string(wsc_opcode_name(f->opcode)));
    set(frame, "fin", json_boolean(f->fin));
    set(frame, "rsv1", json_boolean(f->rsv1));
    set(frame, "rsv2", json_boolean(f->rsv2));
    set(frame, "rsv3", json_boolean(f->rsv3));
    set(frame, "masked", json_boolean(f->masked));
    set(frame, "key", f->masked ? hex(f->key, 4) : json_null());
    set(frame, "form", json_integer(f->form));
    char length[24];
    snprintf(length, sizeof length, "%" PRIu64, f->length);
    set(frame, "length", json_string(length));
    json_t *faults = json_array();
    for (int i = 1; i < WSC_FAULT_COUNT; i++)
        if (entry->faults & WSC_FAULT_BIT(i))
            json_array_append_new(faults, json_string(wsc_fault_name((wsc_fault)i)));
    set(frame, "faults", faults);
    set(line, "frame", frame);
    set(line, "offset", json_integer((json_int_t)entry->offset));
    set(line, "header_hex", hex(entry->header, entry->header_len));
    set(line, "hex", hex(entry->kept, entry->kept_len));
    if (f->masked && entry->kept_len) {
        uint8_t masked[OBSERVE_KEPT_MAX];
        wsc_mask(masked, entry->kept, entry->kept_len, f->key, 0);
        set(line, "wire_hex", hex(masked, entry->kept_len));
    }
    if (entry->deflated) {
        char note[256];
        judge_deflated_text(entry->deflated, note, sizeof note);
        set(line, "note", json_string(note));
    }
    if (f->opcode == WSC_OP_CLOSE && entry->len == f->length) {
        wsc_close c;
        wsc_close_parse(&c, entry->kept, entry->kept_len);
        char note[32];
        if (c.has_code)
            snprintf(note, sizeof note, "code %u", c.code);
        else
            snprintf(note, sizeof note, entry->kept_len ? "no whole code" : "no code");
        set(line, "note", json_string(note));
    }
}

static json_t *entry_line(const obs_entry *entry) {
    json_t *line = json_object();
    set(line, "t", json_integer((json_int_t)(entry->t / 1000)));
    set(line, "from", json_string(entry->from == OBS_HARNESS ? "harness" : "peer"));
    set(line, "kind", json_string(kind_name(entry->kind)));
    switch (entry->kind) {
    case OBS_HEAD:
        set(line, "text", latin1(entry->kept, entry->kept_len));
        set(line, "len", json_integer((json_int_t)entry->len));
        break;
    case OBS_OCTETS:
        set(line, "hex",
            hex(entry->kept, entry->kept_len < OBSERVE_KEPT_MAX ? entry->kept_len : OBSERVE_KEPT_MAX));
        set(line, "len", json_integer((json_int_t)entry->len));
        break;
    case OBS_FRAME:
        frame_set(line, entry);
        set(line, "len", json_integer((json_int_t)entry->len));
        break;
    case OBS_ELIDED:
        set(line, "len", json_integer((json_int_t)entry->len));
        set(line, "frames", json_integer((json_int_t)entry->frames));
        break;
    case OBS_CONNECT:
    case OBS_FIN:
    case OBS_RESET:
    case OBS_DEADLINE:
    case OBS_STOP:
    case OBS_RESUME:
    case OBS_NOTE:
        if (entry->text) set(line, "text", json_string(entry->text));
        break;
    }
    return line;
}

/* Of a long log the record shows how it began, how it ended, and the first frames with faults between. */
#define LOG_FIRST  120
#define LOG_LAST   60
#define LOG_FAULTY 20

typedef struct log_maker {
    json_t *lines;
    obs_entry gap[2]; /* what was left out since the last line, by direction */
} log_maker;

static void gap_show(log_maker *log) {
    for (int i = 0; i < 2; i++) {
        obs_entry *gap = &log->gap[i];
        if (gap->frames || gap->len) json_array_append_new(log->lines, entry_line(gap));
        *gap = (obs_entry){.kind = OBS_ELIDED, .from = (obs_party)i};
    }
}

static void gap_add(log_maker *log, const obs_entry *entry) {
    obs_entry *gap = &log->gap[entry->from];
    if (!gap->frames && !gap->len) gap->t = entry->t;
    gap->frames += entry->kind == OBS_FRAME;
    gap->len += entry->header_len + entry->len;
}

static json_t *wire_log(const observation *o) {
    size_t num;
    const obs_entry *entries = observe_entries(o, &num);
    log_maker log = {.lines = json_array()};
    gap_show(&log);
    unsigned faulty = 0;
    for (size_t i = 0; i < num; i++) {
        const obs_entry *entry = &entries[i];
        bool bulk = entry->kind == OBS_FRAME || entry->kind == OBS_OCTETS || entry->kind == OBS_HEAD;
        bool shown =
            i < LOG_FIRST || i + LOG_LAST >= num || !bulk || (entry->faults && faulty++ < LOG_FAULTY);
        if (shown) {
            gap_show(&log);
            json_array_append_new(log.lines, entry_line(entry));
        } else {
            gap_add(&log, entry);
        }
    }
    gap_show(&log);
    return log.lines;
}

/* ---- A case -------------------------------------------------------------------------------------------- */

static json_t *close_frame(const obs_side *side) {
    if (!side->num_closes) return json_null();
    json_t *object = json_object();
    set(object, "code", side->close.has_code ? json_integer(side->close.code) : json_null());
    set(object, "reason", latin1(side->close.reason.data, side->close.reason.len));
    return object;
}

static void closing_set(json_t *line, const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    json_t *object = json_object();
    set(object, "peer", close_frame(peer));
    set(object, "harness", close_frame(own));
    const char *by = NULL;
    if (peer->seq_closing && (!own->seq_closing || peer->seq_closing < own->seq_closing))
        by = "peer";
    else if (own->seq_closing)
        by = "harness";
    set(object, "closed_by", by ? json_string(by) : json_null());
    set(object, "end", json_string(peer->end == OBS_FIN ? "fin" : peer->end == OBS_RESET ? "reset" : "open"));
    set(line, "close", object);
}

static void response_set(json_t *line, const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER);
    if (!peer->head) {
        set(line, "response", json_null());
        return;
    }
    json_t *response = json_object();
    set(response, "status", json_integer((json_int_t)observe_status(o)));
    json_t *fields = json_array();
    for (size_t i = 0; i < peer->head->num_fields; i++) {
        const wsc_field *f = &peer->head->fields[i];
        json_array_append_new(fields, json_pack("[o,o]", latin1(f->name.data, f->name.len),
                                                latin1(f->value.data, f->value.len)));
    }
    set(response, "fields", fields);
    set(line, "response", response);
}

static json_t *problems(const observation *o, const char *const *checks, wsc_faults tolerated) {
    json_t *array = json_array();
    size_t num;
    const obs_problem *list = observe_problems(o, &num);
    for (size_t i = 0; i < num; i++) {
        if (list[i].bit & tolerated || judge_lived_with(&list[i], checks)) continue;
        char text[160];
        snprintf(text, sizeof text, "%s, first after %.3f ms", list[i].fault, (double)list[i].t / 1e6);
        if (list[i].count > 1)
            snprintf(text + strlen(text), sizeof text - strlen(text), ", %" PRIu64 " times", list[i].count);
        json_array_append_new(array, json_pack("{s:s,s:s,s:s}", "requirement", list[i].requirement, "fault",
                                               list[i].fault, "text", text));
    }
    return array;
}

/* What is worth telling but fails nothing. */
static json_t *notes(const observation *o, const char *const *checks) {
    json_t *array = json_array();
    size_t num;
    const obs_problem *list = observe_problems(o, &num);
    for (size_t i = 0; i < num; i++) {
        if (!judge_lived_with(&list[i], checks)) continue;
        char said[160];
        snprintf(said, sizeof said, "%s breaks %s, but who receives it has to live with it", list[i].fault,
                 list[i].requirement);
        json_array_append_new(array, json_string(said));
    }
    const obs_side *peer = observe_side(o, OBS_PEER);
    size_t unsolicited = 0;
    for (size_t i = 0; i < peer->num_pongs; i++) unsolicited += peer->pongs[i].match < 0;
    char text[96];
    if (unsolicited) {
        snprintf(text, sizeof text, "%zu pong(s) that match no ping", unsolicited);
        json_array_append_new(array, json_string(text));
    }
    if (peer->num_pings) {
        snprintf(text, sizeof text, "%zu ping(s) of the peer", peer->num_pings);
        json_array_append_new(array, json_string(text));
    }
    if (peer->inside && peer->end != OBS_CONNECT)
        json_array_append_new(array, json_string("the peer ended TCP inside a frame or head"));
    if (peer->overflow)
        json_array_append_new(array, json_string("more messages or control frames than are kept"));
    return array;
}

static int compare_times(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* How fast messages came back. NULL if none did. */
static json_t *measures(const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    size_t num = peer->num_messages < own->num_messages ? peer->num_messages : own->num_messages;
    uint64_t *took = num ? malloc(num * sizeof *took) : NULL;
    if (!took) return NULL;
    uint64_t octets = 0, end = peer->messages[num - 1].t;
    for (size_t i = 0; i < num; i++) {
        octets += peer->messages[i].len;
        took[i] = peer->messages[i].t > own->messages[i].t ? peer->messages[i].t - own->messages[i].t : 0;
    }
    qsort(took, num, sizeof *took, compare_times);
    json_t *result = json_pack(
        "{s:I,s:I,s:I,s:{s:I,s:I,s:I,s:I}}", "messages", (json_int_t)num, "octets", (json_int_t)octets, "us",
        (json_int_t)((end - own->t_first) / 1000), "echo_us", "min", (json_int_t)(took[0] / 1000), "median",
        (json_int_t)(took[num / 2] / 1000), "p99", (json_int_t)(took[num - 1 - (num - 1) / 100] / 1000),
        "max", (json_int_t)(took[num - 1] / 1000));
    free(took);
    return result;
}

static json_t *deflated(const obs_deflated *d) {
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "messages", (json_int_t)d->num_messages,
                     "plain_messages", (json_int_t)d->num_plain, "takeover", (json_int_t)d->num_takeover,
                     "octets", (json_int_t)d->compressed, "plain_octets", (json_int_t)d->plain, "stored",
                     (json_int_t)d->num_stored, "fixed", (json_int_t)d->num_fixed, "dynamic",
                     (json_int_t)d->num_dynamic, "final", (json_int_t)d->num_final, "distance",
                     (json_int_t)d->max_distance);
}

/* permessage-deflate: what was agreed on, and what both sides made of it. NULL if nothing was. */
static json_t *deflate_of(const observation *o) {
    const obs_deflate *deflate = observe_deflate(o);
    char element[WSC_DEFLATE_ELEMENT_MAX];
    if (!deflate->agreed) return NULL;
    (void)wsc_deflate_element_write(element, sizeof element, &deflate->params);
    return json_pack("{s:s,s:o,s:o}", "agreed", element, "peer",
                     deflated(&observe_side(o, OBS_PEER)->deflated), "harness",
                     deflated(&observe_side(o, OBS_HARNESS)->deflated));
}

json_t *record_case(const record_attempt *a) {
    const test_case *test = a->test;
    json_t *line = json_object();
    set(line, "type", json_string("case"));
    set(line, "id", json_string(test->id));
    set(line, "title", json_string(test->title));
    set(line, "area", json_string(test->area));
    set(line, "topic", json_string(test->topic));
    set(line, "level", json_string(case_level_name(test->level)));
    set(line, "checks", strings(test->checks));
    set(line, "also", strings(test->also));
    set(line, "rulings", strings(test->rulings));
    set(line, "bugs", strings(test->bugs));
    set(line, "pacing", json_string(run_pacing_name(a->pacing)));
    set(line, "verdict", json_string(verdict_name(a->judgement.verdict)));
    set(line, "behaviour", json_string(judge_axis_name(a->judgement.behaviour)));
    set(line, "closing", json_string(judge_axis_name(a->judgement.closing)));
    set(line, "outcome", a->judgement.outcome >= 0 ? json_integer(a->judgement.outcome) : json_null());
    set(line, "why", json_string(a->judgement.why));
    json_t *expected = json_array();
    for (size_t i = 0; i < test->num_outcomes; i++) {
        char text[JUDGE_TEXT_MAX];
        judge_outcome_text(&test->outcomes[i], text, sizeof text);
        json_array_append_new(expected, json_pack("{s:s,s:s}", "verdict",
                                                  verdict_name(test->outcomes[i].verdict), "text", text));
    }
    set(line, "expected", expected);
    set(line, "seen", json_string(a->judgement.seen));
    const observation *o = a->observation;
    set(line, "problems", o ? problems(o, a->test->checks, a->judgement.tolerated) : json_array());
    set(line, "notes", o ? notes(o, a->test->checks) : json_array());
    if (o) {
        response_set(line, o);
        closing_set(line, o);
    } else {
        set(line, "response", json_null());
        set(line, "close", json_pack("{s:n,s:n,s:n,s:s}", "peer", "harness", "closed_by", "end", "open"));
    }
    set(line, "started_us", json_integer((json_int_t)a->started_us));
    set(line, "duration_us", json_integer((json_int_t)a->duration_us));
    set(line, "rerun", json_string(a->rerun ? a->rerun : ""));
    json_t *compression = o ? deflate_of(o) : NULL;
    if (compression) set(line, "deflate", compression);
    if (o && (strcmp(a->test->area, "limits") == 0 || compression)) {
        json_t *measured = measures(o);
        if (measured) set(line, "measures", measured);
    }
    if (o) {
        set(line, "sent", events_sent(o));
        set(line, "events", events_received(o));
    }
    set(line, "wire", o ? wire_log(o) : json_array());
    return line;
}

/* ---- Header and footer --------------------------------------------------------------------------------- */

static void requirement_add(json_t *object, const catalogue *all, const char *id) {
    const requirement *r = catalogue_requirement(all, id);
    if (!r || json_object_get(object, id)) return;
    set(object, id,
        json_pack("{s:s,s:s,s:s,s:s}", "rfc", r->rfc, "section", r->section, "level", r->level, "statement",
                  r->statement));
}

/* What cases were given beyond the usual; NULL if nothing was. */
static json_t *settings_of(const record_run *run) {
    if (!run->full && !run->one_by_one && !run->with_deflate && !run->max_message && !run->target_profile)
        return NULL;
    json_t *settings = json_object();
    if (run->full) set(settings, "profile", json_string("full"));
    if (run->one_by_one) set(settings, "one_by_one", json_true());
    if (run->with_deflate) set(settings, "with", json_string("deflate"));
    if (run->max_message) set(settings, "max_message", json_integer((json_int_t)run->max_message));
    if (run->target_profile) set(settings, "target_profile", json_string(run->target_profile));
    return settings;
}

json_t *record_header(const record_run *run) {
    json_t *requirements = json_object(), *rulings = json_object();
    for (size_t i = 0; i < run->num_cases; i++) {
        const test_case *test = run->cases[i];
        for (size_t k = 0; test->checks && test->checks[k]; k++)
            requirement_add(requirements, run->catalogue, test->checks[k]);
        for (size_t k = 0; test->rulings && test->rulings[k]; k++) {
            const ruling *r = catalogue_ruling(run->catalogue, test->rulings[k]);
            if (!r || json_object_get(rulings, r->id)) continue;
            set(rulings, r->id,
                json_pack("{s:s,s:s,s:s,s:s}", "topic", r->topic, "hard_failure", r->hard_failure,
                          "non_strict", r->non_strict, "information", r->information));
        }
    }
    /* What the monitors watch can break in any case. */
    for (int f = 1; f < WSC_FAULT_COUNT; f++)
        requirement_add(requirements, run->catalogue, wsc_fault_requirement((wsc_fault)f));
    for (int f = 1; f < WSC_HTTP_FAULT_COUNT; f++)
        requirement_add(requirements, run->catalogue, wsc_http_fault_requirement((wsc_http_fault)f));
    for (int f = 1; f < WSC_DEFLATE_FAULT_COUNT; f++)
        requirement_add(requirements, run->catalogue, wsc_deflate_fault_requirement((wsc_deflate_fault)f));

    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    json_t *line = json_object();
    set(line, "type", json_string("header"));
    set(line, "format", json_integer(1));
    set(line, "tool", json_string("wsconform"));
    set(line, "version", json_string(WSCONFORM_VERSION));
    set(line, "catalogue",
        json_pack("{s:s,s:I}", "version", run->catalogue->version, "cases", (json_int_t)run->num_cases));
    if (run->num_shards)
        set(line, "shard",
            json_pack("{s:i,s:i,s:I}", "index", (int)run->shard, "of", (int)run->num_shards, "cases",
                      (json_int_t)run->num_all));
    set(line, "judges", json_string(run->judges));
    json_t *target = json_object();
    set(target, "url", json_string(run->url));
    set(target, "address", json_string(run->address));
    if (run->name) set(target, "name", json_string(run->name));
    if (run->agent) set(target, "agent", json_string(run->agent));
    if (run->exec) set(target, "exec", json_string(run->exec));
    if (run->tls)
        set(target, "tls", json_pack("{s:b,s:s}", "checked", (int)run->tls_checked, "text", run->tls));
    set(line, "target", target);
    set(line, "command", strings(run->command));
    set(line, "seed", json_string(seed));
    set(line, "pacing", json_string(run->pacing));
    set(line, "timeout_ms", json_integer(run->timeout_ms));
    set(line, "jobs", json_integer(run->jobs));
    json_t *settings = settings_of(run);
    if (settings) set(line, "settings", settings);
    set(line, "started", json_string(run->started));
    set(line, "platform", json_string(run->platform));
    set(line, "requirements", requirements);
    set(line, "rulings", rulings);
    return line;
}

json_t *record_footer(const record_end *end) {
    json_t *totals = json_object();
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (end->totals[v]) set(totals, verdict_name((verdict)v), json_integer((json_int_t)end->totals[v]));
    json_t *line = json_object();
    set(line, "type", json_string("footer"));
    set(line, "totals", totals);
    set(line, "total", json_integer((json_int_t)end->total));
    set(line, "planned", json_integer((json_int_t)end->planned));
    set(line, "duration_ms", json_integer((json_int_t)end->duration_ms));
    set(line, "alive", end->alive < 0 ? json_null() : json_boolean(end->alive));
    set(line, "complete", json_boolean(end->complete));
    set(line, "exit_code", json_integer(end->exit_code));
    if (end->target_output && *end->target_output)
        set(line, "target_output", latin1(end->target_output, strlen(end->target_output)));
    return line;
}
