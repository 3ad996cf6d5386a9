/* SPDX-License-Identifier: MIT */
#include "autobahn/exact.h"

#include <string.h>

#define TOKENS_MAX 64 /* events that are compared one by one; their longest list has ten */

static const char *word(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *text) {
    return strcmp(word(object, key), text) == 0;
}

static json_int_t number(const json_t *object, const char *key, json_int_t otherwise) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static bool in_list(const json_t *codes, json_int_t code) {
    for (size_t i = 0; i < json_array_size(codes); i++)
        if (json_integer_value(json_array_get(codes, i)) == code) return true;
    return false;
}

static bool among(const char *name, const char *const *names, size_t num) {
    for (size_t i = 0; i < num; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* ---- Data ---------------------------------------------------------------------------------------------- */

static const char *events_problem(const json_t *list) {
    size_t i;
    const json_t *event;
    if (!json_is_array(list) || json_array_size(list) > TOKENS_MAX)
        return "a list of events is no short array";
    json_array_foreach(list, i, event) {
        static const char *const kinds[] = {"message", "pong", "timeout"};
        const char *kind = json_string_value(json_array_get(event, 0));
        const json_t *which = json_array_get(event, 1);
        if (json_array_size(event) != 2 || !kind || !json_is_integer(which) || json_integer_value(which) < 1)
            return "an event is no pair of a kind and a number from 1";
        if (!among(kind, kinds, sizeof kinds / sizeof *kinds)) return "an event of unknown kind";
    }
    return NULL;
}

static const char *timer_problem(const json_t *timer) {
    if (json_array_size(timer) != 2 || !json_is_number(json_array_get(timer, 0)) ||
        !json_is_string(json_array_get(timer, 1)))
        return "\"timer\" is no pair of seconds and an action";
    const char *action = json_string_value(json_array_get(timer, 1));
    if (strcmp(action, "fail") != 0 && strcmp(action, "close") != 0) return "\"timer\" has an unknown action";
    return NULL;
}

const char *ab_exact_problem(const json_t *exact) {
    static const char *const keys[] = {"rule",  "events",         "own",         "times",
                                       "timer", "wrongCodeFails", "closeIsFrame"};
    const char *key, *class, *wrong;
    json_t *value, *list;
    if (!json_is_object(exact)) return "\"exact\" is no object";
    json_object_foreach((json_t *)(uintptr_t)exact, key, value) {
        if (!among(key, keys, sizeof keys / sizeof *keys)) return "\"exact\" has an unknown member";
    }
    const json_t *times = json_object_get(exact, "times"), *events = json_object_get(exact, "events");
    bool counted = is(exact, "rule", "lengths") || is(exact, "rule", "echoes");
    bool listed = is(exact, "rule", "events");
    if (!counted && !listed && !is(exact, "rule", "informational")) return "\"rule\" is unknown";
    if (counted != json_is_integer(times) || (counted && json_integer_value(times) < 1))
        return "\"times\" does not go with the rule";
    if (listed != json_is_object(events)) return "\"events\" does not go with the rule";
    json_object_foreach((json_t *)(uintptr_t)events, class, list) {
        if (strcmp(class, "OK") != 0 && strcmp(class, "NON-STRICT") != 0)
            return "\"events\" has an unknown class";
        if ((wrong = events_problem(list)) != NULL) return wrong;
    }
    if (listed && !json_object_get(events, "OK")) return "\"events\" has no class OK";
    const json_t *own = json_object_get(exact, "own"), *fails = json_object_get(exact, "wrongCodeFails");
    const json_t *is_frame = json_object_get(exact, "closeIsFrame");
    if (own && (wrong = events_problem(own)) != NULL) return wrong;
    if ((fails && !json_is_boolean(fails)) || (is_frame && !json_is_boolean(is_frame)))
        return "a flag is no boolean";
    return timer_problem(json_object_get(exact, "timer"));
}

/* ---- What their suite would have seen ------------------------------------------------------------------ */

/* Faults that it looks for in frames. Data and Close frames behind a Close are none for it. */
static const char *const noticed[] = {"rsv1-set",
                                      "rsv2-set",
                                      "rsv3-set",
                                      "opcode-reserved",
                                      "length-not-minimal",
                                      "length-top-bit",
                                      "control-fragmented",
                                      "control-too-long",
                                      "unmasked-from-client",
                                      "masked-from-server",
                                      "continuation-without-start",
                                      "message-interleaved",
                                      "text-not-utf8",
                                      "close-one-octet",
                                      "close-code-illegal",
                                      "close-reason-not-utf8"};

/* Faults of a head for which it refuses the opening handshake, beyond those that leave nothing to go on. */
static const char *const refused[] = {"response-version-below-1.1",
                                      "response-upgrade-missing",
                                      "response-upgrade-not-websocket",
                                      "response-connection-missing",
                                      "response-connection-without-upgrade",
                                      "accept-missing",
                                      "accept-duplicate",
                                      "accept-wrong",
                                      "extensions-malformed",
                                      "protocol-duplicate",
                                      "protocol-not-offered",
                                      "extension-not-offered",
                                      "method-not-get",
                                      "version-below-1.1",
                                      "host-missing",
                                      "host-duplicate",
                                      "upgrade-missing",
                                      "upgrade-without-websocket",
                                      "connection-missing",
                                      "connection-without-upgrade",
                                      "key-missing",
                                      "key-duplicate",
                                      "key-not-16-octets",
                                      "ws-version-missing",
                                      "ws-version-duplicate",
                                      "protocols-repeated"};

static bool opened(const json_t *line) {
    size_t i;
    const json_t *problem;
    if (!json_is_array(json_object_get(line, "events")) || is(line, "verdict", "setup-failed")) return false;
    json_array_foreach(json_object_get(line, "problems"), i, problem) {
        if (among(word(problem, "fault"), refused, sizeof refused / sizeof *refused)) return false;
    }
    return true;
}

typedef enum token_kind { TOKEN_MESSAGE, TOKEN_PONG, TOKEN_TIMEOUT } token_kind;

typedef struct token {
    token_kind kind;
    json_int_t which; /* message or ping that it answers, from 1; 0: none. TIMEOUT: octets sent by then */
    json_int_t times; /* which, which + 1, ...; of 0: as many that answer none */
    const json_t *event;
} token;

typedef struct seen {
    token tokens[TOKENS_MAX];
    size_t num_tokens;
    bool more;        /* events than tokens */
    bool failed;      /* their suite failed the connection... */
    bool failed_late; /* ...when it was closing already */
    bool bad_close;   /* the Close frame of the peer is one that it does not take */
    bool anything;
} seen;

static void token_add(seen *s, token t) {
    if (s->num_tokens == TOKENS_MAX)
        s->more = true;
    else
        s->tokens[s->num_tokens++] = t;
}

/* An answer to what our case sends and theirs does not. */
static bool is_own(const json_t *own, const char *kind, json_int_t which) {
    size_t i;
    const json_t *event;
    json_array_foreach(own, i, event) {
        if (strcmp(json_string_value(json_array_get(event, 0)), kind) == 0 &&
            json_integer_value(json_array_get(event, 1)) == which)
            return true;
    }
    return false;
}

static void look(seen *s, const json_t *events, const json_t *exact) {
    const json_t *own = json_object_get(exact, "own");
    bool is_frame = json_is_true(json_object_get(exact, "closeIsFrame"));
    size_t i;
    const json_t *event;
    bool by_me = false, by_peer = false; /* closing */
    json_array_foreach(events, i, event) {
        bool echo = is(event, "kind", "echo"), pong = is(event, "kind", "pong");
        json_int_t times = number(event, "times", 1), of = number(event, "of", 0);
        if (is(event, "kind", "probe")) break; /* what comes behind it answers us */
        if (is(event, "kind", "closing")) {
            bool peer = is(event, "from", "peer");
            by_peer |= peer;
            by_me |= !peer && !is_frame;
        } else if (is(event, "kind", "fault")) {
            if (!among(word(event, "name"), noticed, sizeof noticed / sizeof *noticed)) continue;
            bool bad_close = strncmp(word(event, "name"), "close-", 6) == 0;
            if (!s->failed) s->failed_late = by_me || (by_peer && !bad_close);
            s->failed = true;
            s->bad_close |= bad_close;
        } else if (echo || pong || is(event, "kind", "message")) {
            s->anything = true;
            if (is_own(own, echo ? "message" : "pong", of)) continue;
            /* Once it has failed the connection it takes no notice of messages, but of pongs. */
            if (pong || !s->failed)
                token_add(s, (token){pong ? TOKEN_PONG : TOKEN_MESSAGE, of, times, event});
        } else if (is(event, "kind", "elided")) {
            s->more = true;
        } else {
            s->anything = true; /* pings, of which it takes no notice */
        }
    }
}

/* Octets of payload data that our case has sent, its probes apart. */
static json_int_t octets_sent(const json_t *line) {
    static const char probe[] = "5374696c6c2074686572653f"; /* "Still there?" */
    size_t i;
    const json_t *entry;
    json_int_t octets = 0;
    json_array_foreach(json_object_get(line, "wire"), i, entry) {
        if (!is(entry, "kind", "frame") || !is(entry, "from", "harness") || is(entry, "hex", probe)) continue;
        if (number(json_object_get(entry, "frame"), "opcode", 8) < 8) octets += number(entry, "len", 0);
    }
    return octets;
}

/* ---- Behaviour ----------------------------------------------------------------------------------------- */

static const char *kind_of(const json_t *event) {
    return json_string_value(json_array_get(event, 0));
}

static json_int_t which_of(const json_t *event) {
    return json_integer_value(json_array_get(event, 1));
}

static bool has_timeout(const json_t *list, json_int_t octets) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *event = json_array_get(list, i);
        if (strcmp(kind_of(event), "timeout") == 0 && which_of(event) == octets) return true;
    }
    return false;
}

/* Each pause of theirs comes behind so many octets; our case went on only with a connection that was still
   there then. True if those that are over are those of this list. */
static bool timeouts_equal(const json_t *lists, const json_t *list, json_int_t octets) {
    const char *class;
    json_t *other;
    size_t i;
    const json_t *event;
    json_object_foreach((json_t *)(uintptr_t)lists, class, other) {
        json_array_foreach(other, i, event) {
            if (strcmp(kind_of(event), "timeout") != 0) continue;
            if ((octets > which_of(event)) != has_timeout(list, which_of(event))) return false;
        }
    }
    return true;
}

/* True if what was seen is this list: in this order, and nothing else. */
static bool list_equal(const seen *s, const json_t *list) {
    static const char *const kinds[] = {"message", "pong"};
    size_t at = 0, i;
    json_int_t offset = 0;
    const json_t *want;
    json_array_foreach(list, i, want) {
        if (strcmp(kind_of(want), "timeout") == 0) continue;
        if (at == s->num_tokens) return false;
        const token *t = &s->tokens[at];
        if (strcmp(kind_of(want), kinds[t->kind]) != 0 || !t->which || t->which + offset != which_of(want))
            return false;
        if (++offset == t->times) {
            at++;
            offset = 0;
        }
    }
    return at == s->num_tokens && offset == 0 && !s->more;
}

/* The same events in whatever order. */
static bool list_permuted(const seen *s, const json_t *list) {
    json_int_t want = 0, have = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        want += strcmp(kind_of(json_array_get(list, i)), "timeout") != 0;
    for (size_t k = 0; k < s->num_tokens; k++) {
        const token *t = &s->tokens[k];
        have += t->times;
        for (json_int_t n = 0; n < t->times; n++) {
            bool found = false;
            for (size_t i = 0; i < json_array_size(list) && !found; i++) {
                const json_t *event = json_array_get(list, i);
                found = t->which && which_of(event) == t->which + n &&
                        strcmp(kind_of(event), t->kind == TOKEN_PONG ? "pong" : "message") == 0;
            }
            if (!found || n > TOKENS_MAX) return false;
        }
    }
    return want == have && !s->more;
}

static const char *by_events(const seen *s, const json_t *exact, json_int_t octets) {
    const json_t *lists = json_object_get(exact, "events");
    static const char *const classes[] = {"OK", "NON-STRICT"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        const json_t *list = json_object_get(lists, classes[i]);
        if (list && timeouts_equal(lists, list, octets) && list_equal(s, list)) return classes[i];
    }
    return "FAILED";
}

/* The nth message that was sent, from 1, or NULL. */
static const json_t *sent_message(const json_t *sent, json_int_t nth) {
    size_t i;
    const json_t *event;
    json_array_foreach(sent, i, event) {
        if (!is(event, "kind", "message")) continue;
        nth -= number(event, "times", 1);
        if (nth <= 0) return event;
    }
    return NULL;
}

/* True if those messages are good answers to the messages from `nth` on. */
static bool good_answers(const token *t, json_int_t nth, const json_t *sent, bool lengths) {
    if (t->which == nth) return true;
    if (!lengths) return false;
    for (json_int_t i = 0; i < t->times; i++) {
        const json_t *one = sent_message(sent, nth + i);
        const json_t *got = t->which ? sent_message(sent, t->which + i) : t->event;
        if (!one || !got || strcmp(word(one, "type"), word(got, "type")) != 0 ||
            number(one, "len", -1) != number(got, "len", -2))
            return false;
    }
    return true;
}

/* Messages that are answered one by one. A pong that nobody asked for makes their suite close at once: the
   answer that is on its way still counts, but there is no next one. */
static const char *by_count(const seen *s, const json_t *exact, const json_t *sent) {
    json_int_t times = number(exact, "times", 1), good = 0;
    bool lengths = is(exact, "rule", "lengths"), closed = false;
    for (size_t i = 0; i < s->num_tokens; i++) {
        const token *t = &s->tokens[i];
        if (t->kind == TOKEN_PONG) {
            closed = true;
            continue;
        }
        if (!good_answers(t, good + 1, sent, lengths)) return "FAILED";
        good += t->times;
        if (good >= times) return closed && times > 1 ? "FAILED" : "OK";
        if (closed) return "FAILED";
    }
    return "FAILED";
}

/* ---- Closing ------------------------------------------------------------------------------------------- */

/* Codes that it takes in a Close frame: registered ones that are younger are not among them. */
static bool code_taken(json_int_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

static void look_at_code(seen *s, const json_t *line) {
    const json_t *close = json_object_get(line, "close");
    const json_t *code = json_object_get(json_object_get(close, "peer"), "code");
    if (!json_is_integer(code) || code_taken(json_integer_value(code))) return;
    if (!s->failed) s->failed_late = !is(close, "closed_by", "peer");
    s->failed = s->bad_close = true;
}

typedef struct closing {
    bool by_me, clean, dropped;
    const json_t *code; /* NULL or an integer */
} closing;

static closing closing_of(const json_t *line, const seen *s, const json_t *exact, bool server) {
    const json_t *close = json_object_get(line, "close"), *peer = json_object_get(close, "peer");
    const json_t *code = json_object_get(peer, "code"), *timer = json_object_get(exact, "timer");
    bool open = is(close, "end", "open");
    closing c = {.by_me = !is(close, "closed_by", "peer") || (s->failed && !s->failed_late)};
    bool good = json_is_object(peer) && !s->bad_close;
    if (json_is_true(json_object_get(exact, "closeIsFrame"))) {
        /* Its Close frame goes out like any other and without a code, so whoever answers closes first. */
        c.by_me = (!json_is_object(peer) && open) || (s->failed && !s->failed_late);
        if (json_equal(code, json_object_get(json_object_get(close, "harness"), "code"))) code = NULL;
    }
    if (json_is_integer(code) && !s->bad_close) c.code = code;
    /* To fail a connection that is closing already is to drop it. */
    c.dropped = s->failed && s->failed_late;
    c.clean = good;
    if (server) return c;
    c.dropped |= open;
    /* It waits a second for the end of TCP, and then calls it unclean; a case's own timer that fails the
       connection began before, and drops it without calling it anything. */
    bool own_timer = strcmp(json_string_value(json_array_get(timer, 1)), "fail") == 0 &&
                     json_number_value(json_array_get(timer, 0)) <= 1;
    if (open && !own_timer) c.clean = false;
    return c;
}

static const char *closing_word(const closing *c, const json_t *expected, bool server) {
    if (c->by_me != (bool)json_is_true(json_object_get(expected, "closedByMe"))) return "FAILED";
    if (json_is_true(json_object_get(expected, "requireClean")) && !c->clean) return "UNCLEAN";
    if (c->code && !in_list(json_object_get(expected, "closeCode"), json_integer_value(c->code)))
        return "WRONG CODE";
    return c->dropped && !server ? "FAILED BY CLIENT" : "OK";
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

ab_exact ab_exact_judge(const json_t *line, const ab_case *one, bool judges_clients) {
    ab_exact result = {.words = {"UNIMPLEMENTED", "UNIMPLEMENTED"}, .close_known = true};
    const json_t *exact = one->exact;
    /* Without the extension there is nothing to judge; for all else that a peer does not do they have no
     * word. */
    if (!one->test || (is(exact, "rule", "echoes") && is(line, "verdict", "unsupported"))) return result;
    const json_t *events = json_object_get(line, "events");
    const json_t *close = json_object_get(line, "close");
    seen s = {.num_tokens = 0};
    look(&s, events, exact);
    look_at_code(&s, line);
    bool open = is(close, "end", "open"), peer = is(close, "closed_by", "peer");
    result.opened = opened(line);
    result.close_known = json_is_string(json_object_get(close, "closed_by"));
    result.silent = !s.anything && open && !json_is_object(json_object_get(close, "peer"));
    result.faulty = s.failed;
    result.carried_on = !peer;
    for (size_t i = 0; i < s.num_tokens; i++)
        result.unsolicited |= s.tokens[i].kind == TOKEN_PONG && !s.tokens[i].which;
    const json_t *ok = json_object_get(json_object_get(exact, "events"), "OK");
    result.unordered = ok && !list_equal(&s, ok) && list_permuted(&s, ok);
    const closing c = closing_of(line, &s, exact, judges_clients);
    result.closed_by_me = result.opened && c.by_me;
    result.clean = result.opened && c.clean;
    result.dropped_by_me = c.dropped || judges_clients;
    if (is(exact, "rule", "informational")) {
        result.words = (ab_words){"INFORMATIONAL", "INFORMATIONAL"};
        return result;
    }
    result.words = (ab_words){"FAILED", "FAILED"};
    if (!result.opened) return result;
    result.words.close = closing_word(&c, one->close, judges_clients);
    result.words.behavior =
        ok ? by_events(&s, exact, octets_sent(line)) : by_count(&s, exact, json_object_get(line, "sent"));
    if (json_is_true(json_object_get(one->close, "closedByWrongEndpointIsFatal")) &&
        c.by_me != (bool)json_is_true(json_object_get(one->close, "closedByMe")))
        result.words.behavior = "FAILED";
    if (json_is_true(json_object_get(exact, "wrongCodeFails")) &&
        strcmp(result.words.close, "WRONG CODE") == 0)
        result.words.behavior = "FAILED";
    return result;
}

ab_next ab_exact_next(const json_t *events, const ab_case *one, bool deadline) {
    const json_t *lists = json_object_get(one->exact, "events");
    const json_t *timer = json_object_get(one->exact, "timer");
    const char *class;
    json_t *list;
    seen s = {.num_tokens = 0};
    look(&s, events, one->exact);
    bool all = true;
    json_object_foreach((json_t *)(uintptr_t)lists, class, list) all &= list_equal(&s, list);
    /* Those without lists close by themselves, whatever came. */
    if (all && !deadline) return AB_NEXT_CLOSE;
    return strcmp(json_string_value(json_array_get(timer, 1)), "fail") == 0 ? AB_NEXT_FAIL : AB_NEXT_EMPTY;
}
