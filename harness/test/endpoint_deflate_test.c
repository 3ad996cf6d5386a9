/* SPDX-License-Identifier: MIT */
/* permessage-deflate of the reference endpoint, and that each of its faults changes what the endpoint does.
 */
#include "endpoint_fixture.h"

#define HEAD                                                                                                 \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
#define ANSWER                                                                                               \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                      \
    "Sec-WebSocket-Accept: %s\r\n"
#define NAME        "permessage-deflate"
#define LIMIT       ((uint64_t)1 << 20)
#define HELLO       "@f248cdc9c90700"
#define HELLO_AGAIN "@f200110000"

/* ---- One connection ----------------------------------------------------------------------------------- */

/* What the peer says of extensions (NULL: nothing), and a script behind that. */
static result talk_with(int fault, bool client, const char *extensions, const char *script, cutting how) {
    static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 7};
    endpoint_config config = {.fault = fault, .max_message = LIMIT, .request = client ? &request : NULL};
    char head[2048] = "";
    result r = {0};
    talk t = {0};
    if (extensions != NULL) say(head, sizeof head, "Sec-WebSocket-Extensions: %s\r\n", extensions);
    char whole[4096] = "";
    say(whole, sizeof whole, "%s%s\r\n", client ? ANSWER : HEAD, head);
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    drain(core, &r);
    if (client)
        talk_add_response(&t, &r, whole);
    else
        octets_add(&t.octets, whole, strlen(whole));
    talk_cut(&t);
    talk_add(&t, script, !client);
    converse(core, &t, how, &r);
    octets_add(&r.sent, endpoint_core_opened(core) ? "+" : "-", 1);
    endpoint_core_free(core);
    octets_free(&t.octets);
    return r;
}

/* The value of the field in a head that was sent; "" if there is none. */
static void extensions_of(const result *r, char *value, size_t size) {
    static const char field[] = "Sec-WebSocket-Extensions: ";
    value[0] = '\0';
    for (size_t i = 0; i + sizeof field < r->sent.len; i++) {
        const char *at = (const char *)r->sent.data + i;
        if (memcmp(at, "\r\n\r\n", 4) == 0) return;
        if (memcmp(at, field, sizeof field - 1) != 0) continue;
        at += sizeof field - 1;
        size_t len = 0;
        while (at[len] != '\r') len++;
        say(value, size, "%.*s", (int)len, at);
        return;
    }
}

/* The messages that were sent behind the head, decompressed: "z:" in front of those that came compressed. */
static void messages_of(const result *r, wsc_role sender, const wsc_inspector_config *config, char *text,
                        size_t size) {
    const uint8_t *data = r->sent.data;
    size_t len = r->sent.len - 1, pos = 0;
    while (pos + 4 <= len && memcmp(data + pos, "\r\n\r\n", 4) != 0) pos++;
    pos += 4;
    wsc_inspector *inspector = malloc(sizeof *inspector);
    assert_non_null(inspector);
    wsc_inspector_init(inspector, config);
    uint8_t scratch[4096];
    wsc_session_config session_config = {.role = sender == WSC_CLIENT ? WSC_SERVER : WSC_CLIENT,
                                         .scratch = scratch,
                                         .scratch_len = sizeof scratch,
                                         .inspector = inspector};
    wsc_session session;
    wsc_session_event event;
    wsc_session_init(&session, &session_config);
    text[0] = '\0';
    do {
        pos += wsc_session_push(&session, data + pos, pos < len ? len - pos : 0, &event);
        if (event.type == WSC_SESSION_MESSAGE_BEGIN) {
            say(text, size, "%s%s%s=", *text == '\0' ? "" : " ", wsc_session_compressed(&session) ? "z:" : "",
                wsc_opcode_name(event.opcode));
        }
        if (event.type == WSC_SESSION_DATA) say(text, size, "%.*s", (int)event.len, (const char *)event.data);
        if (event.type == WSC_SESSION_PONG) say(text, size, " pong");
        if (event.type == WSC_SESSION_CLOSE) say(text, size, " close=%u", event.close.code);
        if (event.type == WSC_SESSION_FAIL) say(text, size, " fail=%s", wsc_fault_name(event.fault));
    } while (event.type != WSC_SESSION_MORE && event.type != WSC_SESSION_FAIL);
    free(inspector);
}

/* ---- Negotiation -------------------------------------------------------------------------------------- */

static void test_a_server_answers(void **state) {
    (void)state;
    static const struct {
        const char *offer, *answer;
    } cases[] = {
        {NULL, ""},
        {NAME, NAME},
        {NAME "; client_max_window_bits", NAME},
        {NAME "; server_no_context_takeover; server_max_window_bits=10",
         NAME "; server_no_context_takeover; server_max_window_bits=10"},
        {NAME "; server_max_window_bits=7, " NAME, NAME},
        {NAME "; x=1", ""},
        {"x-webkit-deflate-frame", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[300];
        result r = talk_with(-1, false, cases[i].offer, "", WHOLE);
        extensions_of(&r, value, sizeof value);
        assert_string_equal(value, cases[i].answer);
        result_free(&r);
    }
}

static void test_a_client_offers_and_judges(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        bool taken;
    } cases[] = {
        {NULL, true},
        {NAME, true},
        {NAME "; client_max_window_bits=9; server_max_window_bits=8", true},
        {NAME "; client_no_context_takeover; server_no_context_takeover", true},
        {NAME "; client_max_window_bits", false},
        {NAME "; server_max_window_bits=16", false},
        {NAME ", " NAME, false},
        {"foo", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[300];
        result r = talk_with(-1, true, cases[i].answer, "", WHOLE);
        extensions_of(&r, value, sizeof value);
        assert_string_equal(value, NAME "; client_max_window_bits");
        assert_int_equal(r.sent.data[r.sent.len - 1], cases[i].taken ? '+' : '-');
        result_free(&r);
    }
}

static void test_configurations(void **state) {
    (void)state;
    static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 7};
    static const wsc_deflate_params offers[] = {
        {.has_server_max_window_bits = true, .server_max_window_bits = 9, .server_no_context_takeover = true},
        {0}};
    char value[600];
    endpoint_config config = {
        .fault = -1, .request = &request, .deflate = {.offers = offers, .num_offers = COUNT(offers)}};
    for (int step = 0; step < 4; step++) {
        static const char *const expected[] = {
            NAME "; server_no_context_takeover; server_max_window_bits=9, " NAME, "", "",
            NAME "; client_no_context_takeover; server_max_window_bits=12"};
        result r = {0};
        if (step == 1) config.deflate.off = true;
        if (step >= 2) config.request = NULL;
        if (step == 3)
            config.deflate = (endpoint_deflate){
                .policy = {.client_no_context_takeover = true, .server_max_window_bits = 12}};
        endpoint_core *core = endpoint_core_new(&config, 0);
        assert_non_null(core);
        drain(core, &r);
        static const char head[] = HEAD "Sec-WebSocket-Extensions: " NAME "\r\n\r\n";
        if (step >= 2) give(core, &r, (const uint8_t *)head, strlen(head));
        octets_add(&r.sent, "+", 1);
        extensions_of(&r, value, sizeof value);
        assert_string_equal(value, expected[step]);
        endpoint_core_free(core);
        result_free(&r);
    }
}

/* ---- Messages ----------------------------------------------------------------------------------------- */

static void test_echoes(void **state) {
    (void)state;
    static const struct {
        const char *script, *expected;
    } cases[] = {
        {"rt" HELLO, "z:text=Hello"},
        {"rt" HELLO " rt" HELLO_AGAIN, "z:text=Hello z:text=Hello"},
        {"rb" HELLO " t=plain rb" HELLO_AGAIN, "z:binary=Hello text=plain z:binary=Hello"},
        {"-rt@f248 p c@cdc9c90700", " pong z:text=Hello"},
        {"rt@00", "z:text="},
        {"rt@f348cdc9c9070000 rt" HELLO_AGAIN, "z:text=Hello z:text=Hello"},
        {"t=a x@03e8", "text=a close=1000"},
        {"rp", " close=1002"},
        {"-t=a rc", " close=1002"},
        {"st", " close=1002"},
        {"rt@06", " close=1007"},
        {"rt", " close=1007"},
        {"rt@000100feffff00", " close=1007"},
        {"rt" HELLO_AGAIN, " close=1007"},
        {"rt@f248cdc9c907000000ffff", " close=1002"},
    };
    const wsc_inspector_config strict = {.strict = true};
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int client = 0; client < 2; client++) {
            for (cutting how = WHOLE; how <= CUTS; how++) {
                char text[1000];
                result r = talk_with(-1, client, NAME, cases[i].script, how);
                messages_of(&r, client ? WSC_CLIENT : WSC_SERVER, &strict, text, sizeof text);
                if (strcmp(text, cases[i].expected) != 0)
                    fail_msg("\"%s\": \"%s\" instead of \"%s\"", cases[i].script, text, cases[i].expected);
                result_free(&r);
            }
        }
    }
    /* Without an agreement RSV1 has no meaning. */
    char text[100];
    result r = talk_with(-1, false, NULL, "rt" HELLO, WHOLE);
    messages_of(&r, WSC_SERVER, &strict, text, sizeof text);
    assert_string_equal(text, " close=1002");
    result_free(&r);
}

/* Payload as the text that @ wants. */
static char *hex_of(const uint8_t *data, size_t len) {
    char *text = malloc(2 * len + 1);
    if (text == NULL) abort();
    for (size_t i = 0; i < len; i++) (void)snprintf(text + 2 * i, 3, "%02x", data[i]);
    text[2 * len] = '\0';
    return text;
}

/* A compressed message: "n octets of kind": 0 zeros, 1 words, 2 random and far repetitions. */
static char *compressed_of(size_t len, int kind, wsc_deflate_strategy strategy) {
    wsc_deflater_config config = {.strategy = strategy};
    size_t size = wsc_deflater_size(&config), bound = wsc_deflate_bound(len);
    void *memory = malloc(size);
    uint8_t *plain = calloc(1, len), *out = malloc(bound);
    if (memory == NULL || plain == NULL || out == NULL) abort();
    static const char words[] = "the window of the message is that of the stream, and so on; ";
    uint32_t random = 1;
    for (size_t i = 0; i < len; i++) {
        random = random * 1664525 + 1013904223;
        if (kind == 1) plain[i] = (uint8_t)words[(i + (random >> 30)) % (sizeof words - 1)];
        if (kind == 2) plain[i] = i < 3000 ? (uint8_t)(random >> 24) : plain[i - 3000];
    }
    wsc_deflater *deflater = wsc_deflater_init(memory, size, &config);
    size = wsc_deflater_message(deflater, plain, len, out, bound);
    assert_true(size > 0);
    char *hex = hex_of(out, size);
    free(memory);
    free(plain);
    free(out);
    return hex;
}

/* What is agreed on binds the endpoint: windows and takeover, seen by a strict inspector. */
static void test_agreements_are_kept(void **state) {
    (void)state;
    char *far = compressed_of(9000, 2, WSC_DEFLATE_NORMAL),
         *words = compressed_of(3000, 1, WSC_DEFLATE_NORMAL);
    char script[60000] = "";
    say(script, sizeof script, "rb@%s rt@00 | rb@%s rb@%s", far, words, words);
    free(far);
    free(words);
    for (int client = 0; client < 2; client++) {
        const char *own = client ? "client" : "server", *peer = client ? "server" : "client";
        for (unsigned bits = 8; bits <= 15; bits++) {
            char extensions[300] = "", text[30000];
            say(extensions, sizeof extensions, NAME "; %s_no_context_takeover; %s_max_window_bits=%u", own,
                own, bits);
            (void)peer;
            wsc_inspector_config config = {.sender = client ? WSC_CLIENT : WSC_SERVER,
                                           .window_bits = (uint8_t)bits,
                                           .no_context_takeover = true,
                                           .strict = true};
            result r = talk_with(-1, client, extensions, script, WHOLE);
            assert_int_equal(r.sent.data[r.sent.len - 1], '+');
            messages_of(&r, config.sender, &config, text, sizeof text);
            assert_null(strstr(text, "fail="));
            assert_null(strstr(text, "close="));
            /* The faults that break these agreements are seen. */
            static const char *const names[] = {"deflate-sends-takeover", "deflate-sends-large-window"};
            for (size_t f = 0; f < COUNT(names); f++) {
                int fault = endpoint_fault_find(names[f], client ? ENDPOINT_CLIENT : ENDPOINT_SERVER);
                assert_true(fault >= 0);
                result bad = talk_with(fault, client, extensions, script, WHOLE);
                messages_of(&bad, config.sender, &config, text, sizeof text);
                bool seen = strstr(text, f == 0 ? "fail=deflate-takeover" : "fail=deflate-window") != NULL;
                /* A window of 8 bits hardly leaves anything to the next message; the far repetitions are 3000
                   and 6000 octets away. */
                if (bits != 8 && bits != 12) assert_int_equal(seen, f == 0 || bits < 12);
                result_free(&bad);
            }
            result_free(&r);
        }
    }
}

/* ---- Each fault changes something --------------------------------------------------------------------- */

typedef struct stimulus {
    const char *extensions, *script;
} stimulus;

static const stimulus of_servers[] = {
    {NULL, "rt" HELLO},
    {NULL, "t=a"},
    {NAME "; x", ""},
    {NAME "; server_no_context_takeover; server_no_context_takeover", ""},
    {NAME "; server_max_window_bits=7", ""},
    {NAME "; server_max_window_bits=08", ""},
    {NAME "; server_max_window_bits=a", ""},
    {NAME "; server_max_window_bits", ""},
    {NAME "; client_no_context_takeover=1", ""},
    {NAME "; client_max_window_bits", ""},
    {NAME "; server_max_window_bits=9", ""},
    {NAME "; server_no_context_takeover", ""},
    {NAME ", " NAME, ""},
};

static const stimulus of_clients[] = {
    {NULL, "rt" HELLO},
    {NULL, "t=a"},
    {NAME "; x", ""},
    {NAME "; server_no_context_takeover; server_no_context_takeover", ""},
    {NAME "; server_max_window_bits=7", ""},
    {NAME "; server_max_window_bits=08", ""},
    {NAME "; server_max_window_bits=a", ""},
    {NAME "; server_max_window_bits", ""},
    {NAME "; client_no_context_takeover=1", ""},
    {NAME "; client_no_context_takeover", ""},
    {NAME "; client_max_window_bits=9", ""},
    {NAME "; server_max_window_bits=12", ""},
    {NAME ", " NAME, ""},
};

/* Behind an agreement without parameters. */
static const char *const scripts[] = {
    "rt" HELLO,
    "rt" HELLO " rt" HELLO_AGAIN,
    "rt" HELLO " t=plain rt" HELLO_AGAIN,
    "-rt@f248 rc@cdc9c90700",
    "rp=a",
    "p=aaaaaa",
    "-rt@f248 p@cdc9 c@cdc9c90700",
    "-rt@f248 c@cdc9c90700",
    "rt@f24805000000ffffcac9c90700",
    "rt@000500faff48656c6c6f00",
    "rt@f348cdc9c9070000 rt" HELLO,
    "rt@f348cdc9c90700f348cdc9c9070000",
    "rt@06 t=a",
    "rt@f248cdc9c90700ff t=a",
    "rt@f248cdc9 t=a",
    "rt",
    "rt@00",
    "rb@000100feffff00",
    "rt@000100feffff00",
    "rt@04c1",
};

typedef struct stimuli {
    stimulus all[64];
    size_t num;
    char *made[8];
    size_t num_made;
} stimuli;

static void stimuli_add(stimuli *s, const char *extensions, const char *script) {
    assert_true(s->num < COUNT(s->all));
    s->all[s->num++] = (stimulus){extensions, script};
}

static void stimuli_add_made(stimuli *s, const char *extensions, char *hex, unsigned times) {
    size_t size = (strlen(hex) + 8) * times + 1;
    char *script = malloc(size);
    if (script == NULL) abort();
    script[0] = '\0';
    while (times-- > 0) say(script, size, "rb@%s ", hex);
    free(hex);
    assert_true(s->num_made < COUNT(s->made));
    s->made[s->num_made++] = script;
    stimuli_add(s, extensions, script);
}

static stimuli stimuli_of(bool client) {
    stimuli s = {.num = 0};
    for (size_t i = 0; i < (client ? COUNT(of_clients) : COUNT(of_servers)); i++)
        stimuli_add(&s, client ? of_clients[i].extensions : of_servers[i].extensions,
                    client ? of_clients[i].script : of_servers[i].script);
    for (size_t i = 0; i < COUNT(scripts); i++) stimuli_add(&s, NAME, scripts[i]);
    static const char server_limits[] = NAME "; server_no_context_takeover; server_max_window_bits=9";
    static const char client_limits[] = NAME "; client_no_context_takeover; client_max_window_bits=9";
    const char *limits = client ? client_limits : server_limits;
    stimuli_add_made(&s, limits, compressed_of(9000, 2, WSC_DEFLATE_NORMAL), 1);
    stimuli_add_made(&s, limits, compressed_of(300, 1, WSC_DEFLATE_NORMAL), 2);
    stimuli_add_made(&s, NAME, compressed_of(9000, 2, WSC_DEFLATE_NORMAL), 1);
    stimuli_add_made(&s, NAME, compressed_of(4096, 0, WSC_DEFLATE_FIXED), 1);
    stimuli_add_made(&s, NAME, compressed_of(70000, 0, WSC_DEFLATE_NORMAL), 1);
    stimuli_add_made(&s, NAME, compressed_of((size_t)LIMIT + 1, 0, WSC_DEFLATE_NORMAL), 1);
    stimuli_add_made(&s, NAME, compressed_of(100, 2, WSC_DEFLATE_NORMAL), 2);
    return s;
}

static bool same(const result *a, const result *b) {
    return a->sent.len == b->sent.len && memcmp(a->sent.data, b->sent.data, a->sent.len) == 0 &&
           strcmp(a->actions, b->actions) == 0;
}

static size_t unchanged(bool client) {
    stimuli s = stimuli_of(client);
    result strict[COUNT(s.all)];
    size_t num, silent = 0;
    const endpoint_fault *faults = endpoint_faults(&num);
    for (size_t k = 0; k < s.num; k++)
        strict[k] = talk_with(-1, client, s.all[k].extensions, s.all[k].script, WHOLE);
    for (size_t i = 0; i < num; i++) {
        if ((faults[i].role & (client ? ENDPOINT_CLIENT : ENDPOINT_SERVER)) == 0) continue;
        if (strcmp(faults[i].area, "deflate") != 0) continue;
        bool changed = false;
        for (size_t k = 0; k < s.num && !changed; k++) {
            result mine = talk_with((int)i, client, s.all[k].extensions, s.all[k].script, WHOLE);
            changed = !same(&mine, &strict[k]);
            result_free(&mine);
        }
        if (!changed) print_error("%s changes nothing\n", faults[i].name);
        silent += !changed;
    }
    for (size_t k = 0; k < s.num; k++) result_free(&strict[k]);
    for (size_t k = 0; k < s.num_made; k++) free(s.made[k]);
    return silent;
}

static void test_each_fault_changes_something(void **state) {
    (void)state;
    assert_int_equal(unchanged(false), 0);
    assert_int_equal(unchanged(true), 0);
}

/* A fault that is not about compression leaves it alone: what comes compressed goes back compressed, and
 * right. */
static void test_other_faults_compress_rightly(void **state) {
    (void)state;
    static const char *const names[] = {"pong-twice",        "refuses-empty-close", "echoes-twice",
                                        "accepts-rsv2-data", "accepts-rsv1-data",   "utf8-surrogates"};
    const wsc_inspector_config strict = {.strict = true};
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[300];
        int fault = endpoint_fault_find(names[i], ENDPOINT_SERVER);
        if (fault < 0) fail_msg("no fault %s", names[i]);
        result r = talk_with(fault, false, NAME, "rt" HELLO " rt" HELLO_AGAIN, OCTETS);
        messages_of(&r, WSC_SERVER, &strict, text, sizeof text);
        if (strncmp(text, "z:text=Hello", 12) != 0) fail_msg("%s: %s", names[i], text);
        result_free(&r);
    }
}

/* Random talk, much of it compressed, under each fault: nothing breaks the harness, and time ends it. */
static void test_random_talk(void **state) {
    (void)state;
    static const char *const offers[] = {NAME, NAME "; server_no_context_takeover",
                                         NAME "; server_max_window_bits=9", NULL};
    static const char *const words[] = {"rt" HELLO,     "rt" HELLO_AGAIN,
                                        "rb@00",        "-rt@f248",
                                        "c@cdc9c90700", "p=abc",
                                        "rb@04c1",      "t=plain",
                                        "rt",           "rc@00",
                                        "rt@f3480500",  "rb#300",
                                        "x@03e8",       "-rb@000500faff4865",
                                        "c@6c6c6f00"};
    size_t num;
    const endpoint_fault *faults = endpoint_faults(&num);
    uint32_t random = 5;
    for (int fault = -1; fault < (int)num; fault++) {
        if (fault >= 0 && strcmp(faults[fault].area, "deflate") != 0) continue;
        for (int round = 0; round < 16; round++) {
            char script[1000] = "";
            bool client = round % 2 == 1;
            for (int i = 0; i < 12; i++) {
                random = random * 1664525 + 1013904223;
                say(script, sizeof script, "%s ", words[(random >> 16) % COUNT(words)]);
            }
            if (fault >= 0 && (faults[fault].role & (client ? ENDPOINT_CLIENT : ENDPOINT_SERVER)) == 0)
                continue;
            const char *extensions = offers[(size_t)round / 2 % COUNT(offers)];
            result r = talk_with(fault, client, client && extensions != NULL ? NAME : extensions, script,
                                 (cutting)(round % 3));
            assert_true(r.sent.len < 20000);
            result_free(&r);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_answers),
        cmocka_unit_test(test_a_client_offers_and_judges),
        cmocka_unit_test(test_configurations),
        cmocka_unit_test(test_echoes),
        cmocka_unit_test(test_agreements_are_kept),
        cmocka_unit_test(test_each_fault_changes_something),
        cmocka_unit_test(test_other_faults_compress_rightly),
        cmocka_unit_test(test_random_talk),
    };
    return cmocka_run_group_tests_name("endpoint_deflate", tests, NULL, NULL);
}
