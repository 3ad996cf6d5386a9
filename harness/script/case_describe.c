/* SPDX-License-Identifier: MIT */
#include "script/case_describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"
#include "script/memory.h"

/* Text of the catalogue, harmless to a terminal. */
static void print_octets(FILE *out, const uint8_t *data, size_t len) {
    bool utf8 = wsc_utf8_valid(data, len);
    for (size_t i = 0; i < len; i++) {
        bool plain = data[i] >= 0x20 && data[i] != 0x7f && (utf8 || data[i] < 0x80);
        /* U+0080 to U+009F are control characters as well. */
        if (data[i] == 0xc2 && i + 1 < len && data[i + 1] < 0xa0) plain = false;
        if (i > 0 && data[i - 1] == 0xc2 && data[i] < 0xa0) plain = false;
        if (plain) {
            fputc(data[i], out);
        } else if (data[i] == '\r' || data[i] == '\n' || data[i] == '\t') {
            fprintf(out, "\\%c", data[i] == '\r' ? 'r' : data[i] == '\n' ? 'n' : 't');
        } else {
            fprintf(out, "\\x%02x", data[i]);
        }
    }
}

static void print_text(FILE *out, const char *text) {
    print_octets(out, (const uint8_t *)text, strlen(text));
}

static void print_line(FILE *out, const char *before, const char *text) {
    fputs(before, out);
    print_text(out, text);
    fputc('\n', out);
}

/* ---- Payloads and frames ------------------------------------------------------------------------------- */

/* "text", "3 times", ...: how a payload is made, where its first octets do not tell. */
static void print_generator(FILE *out, const payload *source) {
    switch (source->kind) {
    case PAYLOAD_BYTES: return;
    case PAYLOAD_REPEAT: fprintf(out, ", a pattern of %zu repeated", source->len); return;
    case PAYLOAD_CONCAT: fprintf(out, ", of %zu parts", source->num_parts); return;
    default: fprintf(out, ", %s from seed %" PRIu64, payload_kind_name(source->kind), source->seed); return;
    }
}

/* The octets [offset, offset + len) as lines of 16, at most DESCRIBE_OCTETS of them. */
static void print_dump(FILE *out, const char *indent, const payload *source, uint64_t offset, uint64_t len) {
    uint8_t octets[DESCRIBE_OCTETS];
    size_t shown = len < DESCRIBE_OCTETS ? (size_t)len : DESCRIBE_OCTETS;
    payload_read(source, offset, octets, shown);
    for (size_t at = 0; at < shown; at += 16) {
        size_t row = shown - at < 16 ? shown - at : 16;
        fprintf(out, "%s%04zx ", indent, at);
        for (size_t i = 0; i < 16; i++) {
            if (i < row) {
                fprintf(out, " %02x", octets[at + i]);
            } else {
                fputs("   ", out);
            }
        }
        fputs("  ", out);
        for (size_t i = 0; i < row; i++) {
            uint8_t octet = octets[at + i];
            fputc(octet >= 0x20 && octet < 0x7f ? octet : '.', out);
        }
        fputc('\n', out);
    }
    if (len > shown) fprintf(out, "%s...   %" PRIu64 " octets more\n", indent, len - shown);
}

static void print_mask(FILE *out, const case_frame *frame, const test_case *test) {
    if (frame->masking == MASK_OFF) {
        fputs(", not masked", out);
    } else if (frame->masking == MASK_BY_ROLE && !test->judges_server) {
        fputs(", not masked (by a server)", out);
    } else {
        fputs(", masked", out);
        if (frame->masking == MASK_BY_ROLE && test->judges_client) fputs(" where a server is judged", out);
        if (frame->has_key) {
            const uint8_t *key = frame->header.key;
            fprintf(out, " with key %02x%02x%02x%02x", key[0], key[1], key[2], key[3]);
        }
    }
}

/* The octets of a header; a key that is not known yet as dots. */
static void print_header(FILE *out, const char *indent, const case_frame *frame, const test_case *test) {
    uint8_t header[WSC_HEADER_MAX];
    wsc_frame wire = frame->header;
    wire.masked = frame->masking == MASK_ON || (frame->masking == MASK_BY_ROLE && test->judges_server);
    size_t len = wsc_frame_encode(header, &wire);
    fprintf(out, "%sheader", indent);
    for (size_t i = 0; i < len; i++) {
        if (wire.masked && !frame->has_key && i + 4 >= len) {
            fputs(" ..", out);
        } else {
            fprintf(out, " %02x", header[i]);
        }
    }
    fputc('\n', out);
}

/* One frame; octets [offset, offset + len) of the payload are its own. */
static void print_part(FILE *out, const char *indent, const case_frame *frame, const test_case *test,
                       uint64_t offset, uint64_t len) {
    const wsc_frame *header = &frame->header;
    char deeper[32];
    snprintf(deeper, sizeof deeper, "%s  ", indent);
    fprintf(out, "%s%s frame", indent, wsc_opcode_name(header->opcode));
    fputs(header->fin ? ", FIN" : ", not FIN", out);
    if (header->rsv1) fputs(", RSV1", out);
    if (header->rsv2) fputs(", RSV2", out);
    if (header->rsv3) fputs(", RSV3", out);
    print_mask(out, frame, test);
    fprintf(out, ", %" PRIu64 " octets", len);
    print_generator(out, &frame->payload);
    if (frame->claims_length) fprintf(out, ", announced as %" PRIu64, header->length);
    if (header->form != WSC_LENGTH_MINIMAL) fprintf(out, ", length in %d bits", (int)header->form);
    fputc('\n', out);
    print_header(out, deeper, frame, test);
    if (header->opcode == WSC_OP_CLOSE && len >= 2 && offset == 0) {
        uint8_t body[2];
        payload_read(&frame->payload, 0, body, 2);
        fprintf(out, "%sstatus code %u\n", deeper, (unsigned)body[0] << 8 | body[1]);
    }
    print_dump(out, deeper, &frame->payload, offset, len);
}

static void print_frame(FILE *out, const char *indent, const case_frame *frame, const test_case *test) {
    print_part(out, indent, frame, test, 0, frame->payload.total);
}

/* ---- Steps --------------------------------------------------------------------------------------------- */

static void print_segments(FILE *out, const size_t *cuts, size_t num_cuts, size_t every) {
    if (every > 0) fprintf(out, ", in segments of %zu", every);
    for (size_t i = 0; i < num_cuts; i++) fprintf(out, "%s%zu", i == 0 ? ", cut at " : ", ", cuts[i]);
}

static void print_compress(FILE *out, const case_compress *how) {
    static const char *const blocks[] = {[WSC_DEFLATE_STORED] = "stored blocks",
                                         [WSC_DEFLATE_FIXED] = "fixed codes",
                                         [WSC_DEFLATE_HUFFMAN] = "no distances",
                                         [WSC_DEFLATE_RLE] = "distances of 1"};
    if (!how->on) return;
    fputs(", compressed", out);
    if (how->level) fprintf(out, " at level %u", how->level);
    if (how->strategy != WSC_DEFLATE_NORMAL) fprintf(out, " with %s", blocks[how->strategy]);
    if (how->window_bits) fprintf(out, " with a window of %u octets", 1u << how->window_bits);
    if (how->takeover != TAKEOVER_AGREED)
        fputs(how->takeover == TAKEOVER_ON ? " with the window taken over" : " with an empty window", out);
    if (how->flush) fprintf(out, ", flushed behind each %" PRIu64 " octets", how->flush);
    if (how->final) fputs(", BFINAL set", out);
    if (how->tail) fputs(", 00 00 ff ff left at the end", out);
}

/* The frames of a message; those of a compressed one are known when it is made. */
static void print_fragments(FILE *out, const case_message *message, uint64_t total, const test_case *test) {
    uint64_t num = case_num_fragments(&message->fragments, total), offset = 0;
    for (uint64_t i = 0; i < num && !message->compress.on; i++) {
        /* The first three tell what the others are like. */
        if (i == 3 && num > 4) {
            fprintf(out, "      ... %" PRIu64 " fragments more\n", num - 3);
            return;
        }
        uint64_t len = case_fragment_octets(&message->fragments, total, i, offset);
        const case_frame part = {.header = {.fin = i + 1 == num,
                                            .opcode = i == 0 ? message->opcode : WSC_OP_CONTINUATION,
                                            .length = len},
                                 .payload = message->payload};
        print_part(out, "      ", &part, test, offset, len);
        offset += len;
        if (message->between != NULL && i + 1 < num) print_frame(out, "      ", message->between, test);
    }
}

static void print_message(FILE *out, const case_step *step, const test_case *test) {
    const case_message *message = &step->message;
    bool many = step->kind == STEP_MESSAGES;
    const payload *whole = &message->payload;
    uint64_t total = many ? message->each : whole->total;
    uint64_t num = case_num_fragments(&message->fragments, total);
    if (many) {
        fprintf(out,
                "messages: %" PRIu64 " (%" PRIu64 " in a quick run), at most %" PRIu64
                " not yet echoed, each ",
                message->count, message->quick, message->ahead);
        fprintf(out, "%s, %" PRIu64 " octets of %" PRIu64, wsc_opcode_name(message->opcode), total,
                whole->total);
    } else {
        fprintf(out, "message: %s, %" PRIu64 " octets", wsc_opcode_name(message->opcode), total);
    }
    print_generator(out, whole);
    print_compress(out, &message->compress);
    if (message->fragments.rule == FRAGMENTS_SIZE && message->compress.on)
        fprintf(out, ", cut into fragments of %" PRIu64, message->fragments.size);
    else if (num > 1)
        fprintf(out, ", in %" PRIu64 " fragments", num);
    fputs(message->one_segment ? ", all in one segment" : num > 1 ? ", a segment each" : "", out);
    print_segments(out, step->cuts, step->num_cuts, step->every);
    fputc('\n', out);
    if (message->compress.on) print_dump(out, "      ", whole, 0, total);
    if (message->compress.on && message->between != NULL) print_frame(out, "      ", message->between, test);
    print_fragments(out, message, total, test);
}

static void print_until(FILE *out, const case_step *step) {
    switch (step->until.condition) {
    case UNTIL_CLOSED: fputs("wait until the peer has ended TCP\n", out); return;
    case UNTIL_FAILED:
        fputs("send a ping, and wait until the peer has ended TCP (or has answered)\n", out);
        return;
    case UNTIL_CLOSE: fputs("wait for a Close frame\n", out); return;
    case UNTIL_ANSWERED: fputs("wait for the pong of the last ping\n", out); return;
    case UNTIL_ECHO: fputs("wait until all messages have come back\n", out); return;
    case UNTIL_RESPONSE: fputs("wait for the response\n", out); return;
    case UNTIL_MESSAGES:
        fprintf(out, "wait until %" PRIu64 " messages have come\n", step->until.count);
        return;
    case UNTIL_ANSWER: fputs("wait for an answer\n", out); return;
    case UNTIL_PONGS: fprintf(out, "wait until %" PRIu64 " pongs have come\n", step->until.count); return;
    }
}

/* A step that is no repeat. */
static void print_step(FILE *out, const case_step *step, const test_case *test) {
    switch (step->kind) {
    case STEP_SEND:
        fprintf(out, "send: %zu frame%s in one segment", step->send.num_frames,
                step->send.num_frames == 1 ? "" : "s");
        print_segments(out, step->cuts, step->num_cuts, step->every);
        fputc('\n', out);
        for (size_t i = 0; i < step->send.num_frames; i++)
            print_frame(out, "      ", &step->send.frames[i], test);
        break;
    case STEP_MESSAGE:
    case STEP_MESSAGES: print_message(out, step, test); break;
    case STEP_RAW:
        fprintf(out, "raw: %" PRIu64 " octets", step->raw.total);
        print_generator(out, &step->raw);
        print_segments(out, step->cuts, step->num_cuts, step->every);
        fputc('\n', out);
        print_dump(out, "      ", &step->raw, 0, step->raw.total);
        break;
    case STEP_UNTIL: print_until(out, step); break;
    case STEP_FENCE: fputs("fence: send a ping with a fresh payload, and wait for its pong\n", out); break;
    case STEP_CLOSE:
        if (step->close.has_code) {
            fprintf(out, "close: send Close %u", step->close.code);
            if (step->close.reason[0] != '\0') {
                fputs(" \"", out);
                print_text(out, step->close.reason);
                fputc('"', out);
            }
        } else {
            fputs("close: send Close without a code", out);
        }
        fputs(", and wait until the peer has ended TCP\n", out);
        break;
    case STEP_FIN: fputs("end our TCP stream, and read on\n", out); break;
    case STEP_TLS: {
        static const char *const deeds[] = {
            [CASE_TLS_FIN] = "end our TCP stream without a close_notify, and read on",
            [CASE_TLS_CLOSE_NOTIFY] = "send a close_notify, leave TCP open, and read on",
            [CASE_TLS_KEY_UPDATE] = "send a KeyUpdate that asks for one",
            [CASE_TLS_LONG_RECORD] = "send a TLS record that is longer than allowed"};
        fprintf(out, "%s\n", deeds[step->tls]);
        break;
    }
    case STEP_RESET: fputs("reset the TCP connection\n", out); break;
    case STEP_READ: fputs(step->read_on ? "read again\n" : "stop reading\n", out); break;
    case STEP_WAIT: fprintf(out, "wait %u ms\n", step->wait_ms); break;
    case STEP_PACE:
        if (step->pace > 0) {
            fprintf(out, "from here on, send in segments of %zu octets\n", step->pace);
        } else {
            fputs("from here on, send whole segments\n", out);
        }
        break;
    case STEP_AUTO:
        fprintf(out, "from here on, pings are %s, Close frames are %s\n",
                step->automatic.pong ? "answered" : "not answered",
                step->automatic.close ? "answered" : "not answered");
        break;
    case STEP_REPEAT: break;
    }
}

/* Repeats are nested a few deep at most; `number` is that of the outer step, with a dot behind it. */
static void print_steps(FILE *out, const case_step *steps, size_t num, const test_case *test,
                        const char *number) {
    for (size_t i = 0; i < num; i++) {
        char own[64];
        snprintf(own, sizeof own, "%s%zu", number, i + 1);
        fprintf(out, "  %-3s ", own);
        if (steps[i].kind != STEP_REPEAT) {
            print_step(out, &steps[i], test);
            continue;
        }
        fprintf(out, "repeat %" PRIu64 " times:\n", steps[i].repeat.times);
        snprintf(own, sizeof own, "%s%zu.", number, i + 1);
        print_steps(out, steps[i].repeat.steps, steps[i].repeat.num_steps, test, own);
    }
}

/* ---- The opening handshake ----------------------------------------------------------------------------- */

/* The start of a long one. */
static void print_template(FILE *out, const char *before, const case_line *line) {
    bool whole = line->len <= DESCRIBE_LINE;
    fputs(before, out);
    print_octets(out, line->data, whole ? line->len : DESCRIBE_LINE);
    if (!whole) fprintf(out, "... (%zu octets)", line->len);
    fputc('\n', out);
}

static void print_field(FILE *out, const char *what, const case_field *field) {
    fprintf(out, "  %s ", what);
    print_text(out, field->name);
    print_template(out, ": ", &field->value);
}

static void print_behind(FILE *out, const char *where, const payload *octets) {
    if (octets->total == 0) return;
    fprintf(out, "  %s: %" PRIu64 " octets", where, octets->total);
    print_generator(out, octets);
    fputc('\n', out);
    print_dump(out, "      ", octets, 0, octets->total);
}

static void print_head(FILE *out, const test_case *test, const case_head *head) {
    if (head->lead.len > 0) {
        const payload lead = {.data = head->lead.data, .len = head->lead.len, .total = head->lead.len};
        fprintf(out, "  before it: %zu octets\n", head->lead.len);
        print_dump(out, "      ", &lead, 0, lead.total);
    }
    if (head->line != NULL) print_template(out, "  line ", head->line);
    for (size_t i = 0; i < head->num_lines; i++) print_template(out, "  line ", &head->lines[i]);
    for (size_t i = 0; i < head->num_set; i++) print_field(out, "set", &head->set[i]);
    for (size_t i = 0; head->omit[i] != NULL; i++) print_line(out, "  without ", head->omit[i]);
    for (size_t i = 0; i < head->num_add; i++) print_field(out, "add", &head->add[i]);
    if (strcmp(head->eol, "\r\n") != 0) print_line(out, "  lines end with ", head->eol);
    if (head->no_end) fputs("  the blank line is left out\n", out);
    if (head->num_cuts > 0 || head->every > 0) {
        fputs("  sent", out);
        print_segments(out, head->cuts, head->num_cuts, head->every);
        fputc('\n', out);
    }
    print_behind(out, "behind the blank line", &head->body);
    if (head->num_frames > 0) fputs("  in the same segment, behind it:\n", out);
    for (size_t i = 0; i < head->num_frames; i++) print_frame(out, "      ", &head->frames[i], test);
    print_behind(out, "and then", &head->raw);
    if (head->fin) fputs("  and end the stream: TCP FIN\n", out);
}

static void print_request(FILE *out, const test_case *test) {
    print_head(out, test, &test->request);
}

static void print_response(FILE *out, const test_case *test) {
    if (test->response.delay_ms > 0) fprintf(out, "  sent after %u ms\n", test->response.delay_ms);
    print_head(out, test, &test->response);
}

static const char *when_text(case_when when) {
    return when == WHEN_PRESENT ? "has" : "has not";
}

static void print_deflate(FILE *out, const test_case *test) {
    const case_deflate *deflate = &test->deflate;
    const struct {
        const char *name;
        case_when when;
    } conditions[] = {{"server_no_context_takeover", deflate->when.server_no_context_takeover},
                      {"client_no_context_takeover", deflate->when.client_no_context_takeover},
                      {"server_max_window_bits", deflate->when.server_max_window_bits},
                      {"client_max_window_bits", deflate->when.client_max_window_bits}};
    if (deflate->offer != NULL) print_line(out, "  offered to servers: ", deflate->offer);
    if (!test->judges_client) return;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].when != WHEN_ANY)
            fprintf(out, "  only for a client whose offer %s %s\n", when_text(conditions[i].when),
                    conditions[i].name);
    if (deflate->answer != NULL) print_line(out, "  answered to clients: ", deflate->answer);
    for (size_t i = 0; i < deflate->num_grants && deflate->answer == NULL; i++) {
        const wsc_deflate_policy *grant = &deflate->grants[i];
        fputs(i == 0 ? "  granted to clients: what they ask for" : "  or else: what they ask for", out);
        if (grant->server_no_context_takeover) fputs(", server_no_context_takeover", out);
        if (grant->client_no_context_takeover) fputs(", client_no_context_takeover", out);
        if (grant->server_max_window_bits)
            fprintf(out, ", server_max_window_bits=%u", grant->server_max_window_bits);
        if (grant->client_max_window_bits)
            fprintf(out, ", client_max_window_bits=%u", grant->client_max_window_bits);
        fputc('\n', out);
    }
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static const char *judges_text(const test_case *test) {
    if (test->judges_server && test->judges_client) return "servers and clients";
    return test->judges_server ? "servers" : "clients";
}

static void print_list(FILE *out, const char *name, const char *const *list) {
    for (size_t i = 0; list[i] != NULL; i++) {
        fputs(i == 0 ? name : ", ", out);
        print_text(out, list[i]);
        if (list[i + 1] == NULL) fputc('\n', out);
    }
}

static void print_ruling_part(FILE *out, const char *name, const char *text) {
    if (text[0] != '\0' && strcmp(text, "-") != 0) print_line(out, name, text);
}

static void print_reasons(FILE *out, const catalogue *all, const test_case *test) {
    fputs("\nChecks\n", out);
    for (size_t i = 0; test->checks[i] != NULL; i++) {
        const requirement *one = catalogue_requirement(all, test->checks[i]);
        fputs("  ", out);
        print_text(out, test->checks[i]);
        if (one != NULL) {
            bool number = one->rfc[0] >= '0' && one->rfc[0] <= '9';
            fputs(number ? ", RFC " : ", ", out);
            print_text(out, one->rfc);
            print_line(out, " section ", one->section);
            fputs("      ", out);
            print_text(out, one->level);
            print_line(out, ": ", one->statement);
        } else {
            fputc('\n', out);
        }
    }
    if (test->rulings[0] != NULL) fputs("\nRulings\n", out);
    for (size_t i = 0; test->rulings[i] != NULL; i++) {
        const ruling *one = catalogue_ruling(all, test->rulings[i]);
        fputs("  ", out);
        print_text(out, test->rulings[i]);
        print_line(out, " ", one != NULL ? one->topic : "");
        if (one == NULL) continue;
        print_ruling_part(out, "      the texts: ", one->texts);
        print_ruling_part(out, "      a failure: ", one->hard_failure);
        print_ruling_part(out, "      lenient: ", one->non_strict);
        print_ruling_part(out, "      pass or information: ", one->information);
    }
}

static void print_outcomes(FILE *out, const test_case *test) {
    fputs("\nOutcomes, the first that matches counts\n", out);
    for (size_t i = 0; i < test->num_outcomes; i++) {
        const outcome *one = &test->outcomes[i];
        char text[JUDGE_TEXT_MAX];
        judge_outcome_text(one, text, sizeof text);
        fprintf(out, "  %zu %s", i + 1, verdict_name(one->verdict));
        print_line(out, ": ", text);
        if (one->why[0] != '\0') print_line(out, "      because: ", one->why);
        for (int fault = 1; fault < WSC_FAULT_COUNT; fault++) {
            if (one->tolerate & WSC_FAULT_BIT(fault))
                fprintf(out, "      tolerates %s\n", wsc_fault_name((wsc_fault)fault));
        }
    }
    fputs("  otherwise fail\n", out);
}

void case_describe(const catalogue *all, const test_case *test, FILE *out) {
    print_line(out, "", test->id);
    print_line(out, "  ", test->title);
    fprintf(out, "  level %s, judges %s%s%s\n", case_level_name(test->level), judges_text(test),
            test->exclusive ? ", runs alone" : "",
            test->full_only ? ", only with --profile full or by its id" : "");
    print_list(out, "  needs ", test->needs);
    print_list(out, "  also known as ", test->also);
    print_list(out, "  bugs of this kind: ", test->bugs);
    fputs("  written in ", out);
    print_text(out, test->file);
    print_line(out, " at ", test->pointer);
    print_reasons(out, all, test);
    if (test->judges_server && !test->request.ordinary) {
        fputs("\nRequest, other than usual\n", out);
        print_request(out, test);
    }
    if (!test->response.ordinary) {
        fputs("\nResponse, other than usual\n", out);
        print_response(out, test);
    }
    if (test->deflate.given) fputs("\npermessage-deflate\n", out);
    print_deflate(out, test);
    if (test->num_steps > 0) fputs("\nSteps\n", out);
    print_steps(out, test->steps, test->num_steps, test, "");
    print_outcomes(out, test);
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static void set(json_t *object, const char *key, json_t *value) {
    if (value == NULL || json_object_set_new(object, key, value) != 0) memory_exhausted();
}

static void append(json_t *array, json_t *value) {
    if (value == NULL || json_array_append_new(array, value) != 0) memory_exhausted();
}

static json_t *strings(const char *const *list) {
    json_t *array = json_array();
    for (size_t i = 0; list[i] != NULL; i++) append(array, json_string(list[i]));
    return array;
}

json_t *case_list_json(const test_case *test) {
    json_t *entry = json_object(), *judges = json_array();
    if (test->judges_server) append(judges, json_string("server"));
    if (test->judges_client) append(judges, json_string("client"));
    set(entry, "id", json_string(test->id));
    set(entry, "title", json_string(test->title));
    set(entry, "area", json_string(test->area));
    set(entry, "topic", json_string(test->topic));
    set(entry, "level", json_string(case_level_name(test->level)));
    set(entry, "judges", judges);
    set(entry, "checks", strings(test->checks));
    set(entry, "rulings", strings(test->rulings));
    set(entry, "also", strings(test->also));
    set(entry, "bugs", strings(test->bugs));
    set(entry, "needs", strings(test->needs));
    set(entry, "exclusive", json_boolean(test->exclusive));
    if (test->full_only) set(entry, "profile", json_string("full"));
    set(entry, "file", json_string(test->file));
    set(entry, "pointer", json_string(test->pointer));
    return entry;
}

/* What a printer writes, as lines. */
typedef void printer(FILE *out, const test_case *test);

static void print_all_steps(FILE *out, const test_case *test) {
    print_steps(out, test->steps, test->num_steps, test, "");
}

static json_t *printed(printer *print, const test_case *test) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) memory_exhausted();
    print(out, test);
    if (fclose(out) != 0) memory_exhausted();
    json_t *lines = json_array();
    for (size_t at = 0; at < len;) {
        size_t line = strcspn(text + at, "\n");
        append(lines, json_stringn(text + at, line));
        at += line + 1;
    }
    free(text);
    return lines;
}

json_t *case_show_json(const catalogue *all, const test_case *test) {
    json_t *entry = case_list_json(test), *requirements = json_object(), *rulings = json_object(),
           *outcomes = json_array();
    for (size_t i = 0; test->checks[i] != NULL; i++) {
        const requirement *one = catalogue_requirement(all, test->checks[i]);
        if (one == NULL) continue;
        set(requirements, one->id,
            json_pack("{s:s,s:s,s:s,s:s}", "rfc", one->rfc, "section", one->section, "level", one->level,
                      "statement", one->statement));
    }
    for (size_t i = 0; test->rulings[i] != NULL; i++) {
        const ruling *one = catalogue_ruling(all, test->rulings[i]);
        if (one == NULL) continue;
        set(rulings, one->id,
            json_pack("{s:s,s:s,s:s,s:s,s:s}", "topic", one->topic, "texts", one->texts, "hard_failure",
                      one->hard_failure, "non_strict", one->non_strict, "information", one->information));
    }
    for (size_t i = 0; i < test->num_outcomes; i++) {
        char text[JUDGE_TEXT_MAX];
        judge_outcome_text(&test->outcomes[i], text, sizeof text);
        append(outcomes, json_pack("{s:s,s:s,s:s}", "verdict", verdict_name(test->outcomes[i].verdict),
                                   "text", text, "why", test->outcomes[i].why));
    }
    set(entry, "requirements", requirements);
    set(entry, "ruling_texts", rulings);
    if (test->judges_server && !test->request.ordinary) set(entry, "request", printed(print_request, test));
    if (!test->response.ordinary) set(entry, "response", printed(print_response, test));
    if (test->deflate.given) set(entry, "deflate", printed(print_deflate, test));
    set(entry, "steps", printed(print_all_steps, test));
    set(entry, "outcomes", outcomes);
    return entry;
}
