/* SPDX-License-Identifier: MIT */
/* The table of faults, and that each fault changes what the endpoint does while none breaks the harness. */
#include "endpoint_fixture.h"

#include <ctype.h>

/* ---- The table ---------------------------------------------------------------------------------------- */

static void test_names(void **state) {
    (void)state;
    size_t num;
    const endpoint_fault *faults = endpoint_faults(&num);
    assert_true(num >= 150);
    for (size_t i = 0; i < num; i++) {
        const char *name = faults[i].name;
        assert_int_equal(endpoint_fault_find(name, ENDPOINT_BOTH), i); /* the first of that name: unique */
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-"), strlen(name));
        assert_true(isupper((unsigned char)faults[i].summary[0]));
        assert_int_equal(faults[i].summary[strlen(faults[i].summary) - 1], '.');
    }
    assert_int_equal(endpoint_fault_find("no-such-fault", ENDPOINT_BOTH), -1);
    assert_int_equal(endpoint_fault_find("", ENDPOINT_BOTH), -1);
}

static void test_areas_are_runs(void **state) {
    (void)state;
    static const char *const areas[] = {"handshake", "framing", "masking", "control", "fragmentation",
                                        "utf8",      "closing", "data",    "deflate", "robustness"};
    size_t num, area = 0;
    const endpoint_fault *faults = endpoint_faults(&num);
    for (size_t i = 0; i < num; i++) {
        while (area < COUNT(areas) && strcmp(faults[i].area, areas[area]) != 0) area++;
        if (area == COUNT(areas)) fail_msg("%s stands in the wrong place", faults[i].name);
    }
}

static void test_requirements_exist(void **state) {
    (void)state;
    static char text[1 << 20];
    FILE *file = fopen("cases/requirements.json", "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(len > 0 && len < sizeof text - 1);
    size_t num;
    const endpoint_fault *faults = endpoint_faults(&num);
    for (size_t i = 0; i < num; i++) {
        char member[96];
        snprintf(member, sizeof member, "\"id\": \"%s\"", faults[i].requirement);
        if (strstr(text, member) == NULL)
            fail_msg("%s: there is no %s", faults[i].name, faults[i].requirement);
    }
}

/* ---- Each fault changes something --------------------------------------------------------------------- */

#define TOP     "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define GET     "GET / HTTP/1.1\r\n"
#define EIGHT   "A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n"
#define LONG_16 "aaaaaaaaaaaaaaaa"
#define LONG    LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16
#define EXTEND  "Sec-WebSocket-Extensions: "
#define SPEAK   "Sec-WebSocket-Protocol: "

static const char *const requests[] = {
    REQUEST,
    "POST / HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET / HTTP/1.0\r\n" TOP KEY VERSION "\r\n",
    "GET / http/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET /a b HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET nowhere HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET http://localhost/ HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET /?query HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "GET /" LONG LONG LONG LONG LONG LONG LONG LONG " HTTP/1.1\r\n" TOP KEY VERSION "\r\n",
    "\r\n" GET TOP KEY VERSION "\r\n",
    GET "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Upgrade: websocket\r\nConnection: Upgrade\r\nHost: a\r\n" KEY VERSION "\r\n",
    GET TOP "Host: other\r\n" KEY VERSION "\r\n",
    GET "Host: [\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websockets\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: h2c, websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: close\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: no-upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n" KEY VERSION
        "\r\n",
    GET "Host: a\r\nUpgrade: websocket\r\nConnection: , Upgrade\r\n" KEY VERSION "\r\n",
    GET "host: a\r\nUPGRADE: websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host:a\r\nUpgrade:websocket\r\nConnection:Upgrade\r\n" KEY VERSION "\r\n",
    GET "Host: a\r\nUpgrade : websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
    GET TOP VERSION "\r\n",
    GET TOP "Sec-WebSocket-Key:\r\n" VERSION "\r\n",
    GET TOP "Sec-WebSocket-Key: c2hvcnQ=\r\n" VERSION "\r\n",
    GET TOP "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== \r\n" VERSION "\r\n",
    GET TOP "Sec-WebSocket-Key: YWJjZGVmZ2hpamtsbW5vcA==\r\n" VERSION "\r\n",
    GET TOP KEY KEY VERSION "\r\n",
    GET TOP KEY "\r\n",
    GET TOP KEY VERSION VERSION "\r\n",
    GET TOP KEY "Sec-WebSocket-Version: 8\r\n\r\n",
    GET TOP KEY "Sec-WebSocket-Version: 013\r\n\r\n",
    GET TOP KEY VERSION EXTEND "a=\r\n\r\n",
    GET TOP KEY VERSION EXTEND "a; b=1\r\n\r\n",
    GET TOP KEY VERSION EXTEND "constructor\r\n\r\n",
    GET TOP KEY VERSION SPEAK "a b\r\n\r\n",
    GET TOP KEY VERSION SPEAK "chat\r\n\r\n",
    GET TOP KEY VERSION SPEAK "CHAT\r\n\r\n",
    GET TOP KEY VERSION SPEAK "soap, chat\r\n\r\n",
    GET TOP KEY VERSION "X: a\rY: b\r\n\r\n",
    GET TOP KEY VERSION "no colon\r\n\r\n",
    GET TOP KEY VERSION "X(Y): a\r\n\r\n",
    GET TOP KEY "X: a\r\n " VERSION "\r\n",
    GET TOP KEY VERSION "Content-Length: two\r\n\r\n",
    GET TOP KEY VERSION "Content-Length: 4\r\n\r\n",
    GET TOP KEY VERSION "Origin: http://a\r\n\r\n",
    GET TOP KEY VERSION "X-Latin: \xE9\r\n\r\n",
    GET TOP KEY VERSION EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "\r\n",
    GET TOP KEY VERSION,
};

static const char *const scripts[] = {
    "t=hello | b=hello | p=hello | o=hello | x@03e8 $",
    "rt=a",
    "st=a",
    "ut=a",
    "-t rc=a",
    "-t sc=a",
    "-t uc=a",
    "rp",
    "sp",
    "up",
    "3=a",
    "!zt=a",
    "%817f800000000000000461626364",
    "%817f00000001000000056162636465",
    "B=a",
    "wt=a",
    "qt=a",
    "%81ff800000000000000061626364",
    "%81ff000000010000000561626364616263646566",
    "%82ffffffffffffffffff61626364",
    "b#126",
    "b#300",
    "b#4097",
    "b#40000",
    "b#65535",
    "b#65536",
    "b#65537",
    "b#70000",
    "t#127",
    "%81 | %85a1b2c3d4cbcbcbcbcb",
    "%8185a1b2c3d4cbcb | %cbcbcb",
    "%8185a1b2c3d4cb",
    "!t=a",
    "-t !c=a",
    "!p",
    "!x",
    "!t",
    "zt=a",
    "-t=abc c=def",
    "t=abcde",
    "t=abcdef b=x",
    "p",
    "-t p c",
    "-t=a p=b | c=c",
    "p=a p=b p=c",
    "p@ff",
    "p@610062",
    "p#125",
    "p#125 p=a",
    "p#65 p",
    "o",
    "-t=a p=b c=cdefgh",
    "p#126",
    "p#127",
    "o#126",
    "-p=a",
    "-o=a",
    "-t=a o=b c=c",
    "c=a",
    "-c=a c=b",
    "-t=a t=b c=c",
    "-t=a -t=b c=c",
    "-t -c c",
    "-t=a c",
    "-t=ab -c=cd -c=ef c=gh",
    "-t=ab c=cd t=ef",
    "-b=a c=b",
    "-t=a p=p -c=b p=q c=c",
    "-t=a -c=b -c=c -c=d -c=e -c=f -c=g -c=h -c=i -c=j -c=k -c=l -c=m -c=n -c=o -c=p -c=q c=r",
    "t@ff",
    "-t@ff c",
    "-t@c3 c@a9",
    "-t=a c@ff",
    "-t@61 | c@c3a9",
    "t@c3",
    "t@eda080",
    "t@eda080edb080",
    "t@c080",
    "t@c1bf",
    "t@e08080",
    "t@f0808080",
    "t@f4908080",
    "t@f888808080",
    "t@c328",
    "t@80",
    "t@f09f9880",
    "t@00",
    "t@01",
    "t@efbfbf",
    "t@efbbbf61",
    "t@61efbbbf",
    "b@ff",
    "t@6161616161616161ff",
    "t@61616161616161616161616161616161ff",
    "-t#1030 c@ff",
    "t@6162 | %8182a1b2c3d462",
    "%8183a1b2c3d4624b | %6a",
    "x",
    "-t=a x@03e8",
    "-t=ab x@03e8 $",
    "x@03e8 x@03e8",
    "x@03e8 t=a",
    "t=a x@03e8",
    "-t=a x@03e8 c=b",
    "x@03",
    "x@0000",
    "x@03e7",
    "x@03ed",
    "x@03ee",
    "x@03f7",
    "x@07d0",
    "x@03ef",
    "x@03f4",
    "x@0bb8",
    "x@0fa0",
    "x@03e8616263",
    "x@03e86162636465666768c3a9",
    "x@03e8ff",
    "x@03e8#124",
    "-x",
    "-x@03e8 c",
    "t@ff t=a",
    "rt=a t=b",
    "t=a $",
    "$",
    "%81 $",
    "t",
    "t b",
    "t=a yt=b",
    "b@00",
    "b@6100",
    "b@80",
    "t@0d0a",
    "t@0a",
    "t=\xC3\xA9",
    "t=a t=b t=c",
    "t=long-message t=x",
    "t@2061",
    "t=a | t=b | t=a | t",
    "t t t t t t t t t t t t t t t t t t",
    "p=0 p=1 p=2 p=3 p=4 p=5 p=6 p=7 p=8 p=9 p=a p=b p=c p=d p=e p=f p=g p=h",
    "b#1000 b#2 | t=a",
    "-b#200000 -c#200000 -c#200000 c#200000",
};

static bool same(const result *a, const result *b) {
    return a->sent.len == b->sent.len &&
           (a->sent.len == 0 || memcmp(a->sent.data, b->sent.data, a->sent.len) == 0) &&
           strcmp(a->actions, b->actions) == 0;
}

#define TOP_101 "HTTP/1.1 101 Switching Protocols\r\n"
#define FIELDS  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT  "Sec-WebSocket-Accept: %s\r\n"

static const char *const responses[] = {
    RESPONSE,
    "HTTP/1.1 100 Continue\r\n\r\n" RESPONSE,
    "HTTP/1.1 200 OK\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 204 No Content\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 302 Found\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 404 Not Found\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 500 Error\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.0 101 Switching Protocols\r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 101 \r\n" FIELDS ACCEPT "\r\n",
    "HTTP/1.1 101 Here you are\r\n" FIELDS ACCEPT "\r\n",
    TOP_101 "Connection: Upgrade\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: WebSocket\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: websocket\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: websocket\r\nConnection: close\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: websocket\r\nConnection: upgrade\r\n" ACCEPT "\r\n",
    TOP_101 "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" ACCEPT "\r\n",
    TOP_101 "upgrade: websocket\r\nConnection: Upgrade\r\n" ACCEPT "\r\n",
    TOP_101 FIELDS "\r\n",
    TOP_101 FIELDS "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    TOP_101 FIELDS "Sec-WebSocket-Accept: %sx\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Sec-WebSocket-Accept: other\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Sec-WebSocket-Protocol: soap\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Sec-WebSocket-Extensions: x\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Sec-WebSocket-Extensions: =\r\n\r\n",
    TOP_101 FIELDS ACCEPT "Content-Length: 0\r\n\r\n",
    TOP_101 FIELDS ACCEPT "X : a\r\n\r\n",
    TOP_101 FIELDS ACCEPT "no colon\r\n\r\n",
    TOP_101 FIELDS ACCEPT "X: a\r\n\r\n",
};

/* Answers with something made from the key or the accept value: what no format above can say. */
typedef enum echo_of { THE_KEY, ACCEPT_IN_LOWER_CASE, ACCEPT_WITH_OTHER_END, NUM_ECHOES } echo_of;

static result with_accept(int fault, echo_of what) {
    static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 7};
    endpoint_config config = {.fault = fault, .request = &request};
    char head[512], accept[WSC_ACCEPT_LEN + 1], key[WSC_KEY_LEN + 1] = "";
    result r = {0};
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    drain(core, &r);
    octets_add(&r.sent, "", 1);
    const char *field = strstr((const char *)r.sent.data, "Sec-WebSocket-Key: ");
    if (field != NULL) say(key, sizeof key, "%.24s", field + 19);
    wsc_accept_encode(accept, (wsc_span){key, strlen(key)});
    if (what == ACCEPT_IN_LOWER_CASE)
        for (char *c = accept; *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
    if (what == ACCEPT_WITH_OTHER_END) accept[WSC_ACCEPT_LEN - 1] = '-';
    head[0] = '\0';
    say(head, sizeof head, TOP_101 FIELDS ACCEPT "\r\n", what == THE_KEY ? key : accept);
    give(core, &r, (const uint8_t *)head, strlen(head));
    octets_add(&r.sent, endpoint_core_opened(core) ? "+" : "-", 1);
    endpoint_core_free(core);
    return r;
}

/* Stimuli: requests (or responses) alone, then scripts behind an ordinary one; each whole, and in octets if
   it is short. */
typedef struct stimuli {
    const char *const *heads;
    size_t num_heads;
    bool client;
} stimuli;

static const stimuli of_servers = {requests, COUNT(requests), false},
                     of_clients = {responses, COUNT(responses), true};

static const char *script_of(const stimuli *s, size_t which) {
    return which / 2 < s->num_heads ? "" : scripts[which / 2 - s->num_heads];
}

static result stimulus(const stimuli *s, int fault, size_t which) {
    const cutting how = which % 2 == 1 ? OCTETS : WHOLE;
    const char *head = s->heads[which / 2 < s->num_heads ? which / 2 : 0], *script = script_of(s, which);
    if (!s->client) return serve(fault, how, head, script);
    bool opened;
    result r = attend(fault, how, head, script, &opened);
    octets_add(&r.sent, opened ? "+" : "-", 1);
    return r;
}

static bool is_used(const stimuli *s, size_t which) {
    return which % 2 == 0 || strchr(script_of(s, which), '#') == NULL;
}

/* A hundred messages one after another, and a fourth connection: what no script above says. */
static result far(int fault) {
    endpoint_config config = {.fault = fault};
    result r = {0};
    talk t = {0};
    octets_add(&t.octets, REQUEST, strlen(REQUEST));
    for (int i = 0; i < 102; i++) word_add(&t.octets, "t=a", 3, true);
    endpoint_core *core = endpoint_core_new(&config, 3);
    assert_non_null(core);
    converse(core, &t, WHOLE, &r);
    endpoint_core_free(core);
    octets_free(&t.octets);
    return r;
}

static result far_client(int fault) {
    octets script = {0};
    octets_add(&script, "+", 1);
    for (int i = 0; i < 102; i++) octets_add(&script, "t=a ", 4);
    octets_add(&script, "", 1);
    result r = attend(fault, WHOLE, RESPONSE, (const char *)script.data, NULL);
    octets_free(&script);
    return r;
}

/* A NUL inside a value, which no string above can hold. */
static result with_nul(int fault) {
    static const char head[] = GET TOP KEY "Sec-WebSocket-Version: 13\0x\r\n\r\n";
    endpoint_config config = {.fault = fault};
    result r = {0};
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    give(core, &r, (const uint8_t *)head, sizeof head - 1);
    endpoint_core_free(core);
    return r;
}

/* Whether two results differ; frees them. */
static bool differ(result mine, result strict) {
    bool different = !same(&mine, &strict);
    result_free(&mine);
    result_free(&strict);
    return different;
}

static bool changes_server(int fault) {
    return differ(far(fault), far(-1)) || differ(with_nul(fault), with_nul(-1));
}

static bool changes_client(int fault) {
    for (echo_of what = THE_KEY; what < NUM_ECHOES; what++)
        if (differ(with_accept(fault, what), with_accept(-1, what))) return true;
    return differ(far_client(fault), far_client(-1));
}

static size_t unchanged(const stimuli *s, endpoint_role role) {
    const size_t num_stimuli = 2 * (s->num_heads + COUNT(scripts));
    result *strict = calloc(num_stimuli, sizeof *strict);
    size_t num, silent = 0;
    const endpoint_fault *faults = endpoint_faults(&num);
    assert_non_null(strict);
    for (size_t k = 0; k < num_stimuli; k++)
        if (is_used(s, k)) strict[k] = stimulus(s, -1, k);
    for (size_t i = 0; i < num; i++) {
        if ((faults[i].role & role) == 0) continue;
        /* These have a test of their own. */
        if (strcmp(faults[i].area, "deflate") == 0) continue;
        bool changed = s->client ? changes_client((int)i) : changes_server((int)i);
        for (size_t k = 0; k < num_stimuli && !changed; k++) {
            if (!is_used(s, k)) continue;
            result mine = stimulus(s, (int)i, k);
            changed = !same(&mine, &strict[k]);
            result_free(&mine);
        }
        if (!changed) print_error("%s changes nothing\n", faults[i].name);
        silent += !changed;
    }
    for (size_t k = 0; k < num_stimuli; k++) result_free(&strict[k]);
    free(strict);
    return silent;
}

static void test_each_fault_changes_a_server(void **state) {
    (void)state;
    assert_int_equal(unchanged(&of_servers, ENDPOINT_SERVER), 0);
}

static void test_each_fault_changes_a_client(void **state) {
    (void)state;
    assert_int_equal(unchanged(&of_clients, ENDPOINT_CLIENT), 0);
}

/* ---- No fault breaks the harness ---------------------------------------------------------------------- */

static uint32_t next(uint64_t *random) {
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33);
}

/* A frame with random flags and a short payload, or a few random octets. */
static void random_words(octets *to, bool from_client, uint64_t *random) {
    static const char opcodes[] = "tttbbcccppox3B", flags[] = "---rsu!zwq";
    for (unsigned n = next(random) % 24; n > 0; n--) {
        char word[64] = "";
        if (next(random) % 16 == 0) {
            uint8_t octet = (uint8_t)next(random);
            octets_add(to, &octet, 1);
            continue;
        }
        if (next(random) % 3 == 0) say(word, sizeof word, "%c", flags[next(random) % (sizeof flags - 1)]);
        say(word, sizeof word, "%c", opcodes[next(random) % (sizeof opcodes - 1)]);
        if (next(random) % 3 == 0)
            say(word, sizeof word, "#%u", next(random) % 300);
        else
            say(word, sizeof word, "@%04x%08x", next(random) % 0x1388, next(random));
        word_add(to, word, strlen(word), from_client);
    }
}

/* One connection of random talk; whatever happens, time ends it. */
static void random_talk(int fault, bool client, uint64_t *random) {
    static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 7};
    endpoint_config config = {.fault = fault, .max_message = 4096, .request = client ? &request : NULL};
    const size_t num_heads = client ? COUNT(responses) : COUNT(requests);
    const char *head = (client ? responses : requests)[next(random) % 4 == 0 ? next(random) % num_heads : 0];
    result r = {0};
    talk t = {0};
    endpoint_core *core = endpoint_core_new(&config, next(random) % 5);
    assert_non_null(core);
    drain(core, &r);
    if (client)
        talk_add_response(&t, &r, head);
    else
        octets_add(&t.octets, head, strlen(head));
    talk_cut(&t);
    random_words(&t.octets, !client, random);
    t.eof = next(random) % 2 == 0;
    converse(core, &t, (cutting)(next(random) % 3), &r);
    for (int i = 0; i < 4 && !r.done; i++) {
        endpoint_core_timeout(core);
        drain(core, &r);
    }
    assert_true(r.done);
    assert_true(r.sent.len <= 4 * t.octets.len + 4096);
    endpoint_core_free(core);
    octets_free(&t.octets);
    result_free(&r);
}

static void test_random_talk_under_each_fault(void **state) {
    (void)state;
    size_t num;
    const endpoint_fault *faults = endpoint_faults(&num);
    uint64_t random = 1;
    for (int fault = -1; fault < (int)num; fault++) {
        const unsigned roles = fault < 0 ? ENDPOINT_BOTH : faults[fault].role;
        for (int round = 0; round < 12; round++) {
            if ((roles & ENDPOINT_SERVER) != 0) random_talk(fault, false, &random);
            if ((roles & ENDPOINT_CLIENT) != 0) random_talk(fault, true, &random);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_areas_are_runs),
        cmocka_unit_test(test_requirements_exist),
        cmocka_unit_test(test_each_fault_changes_a_server),
        cmocka_unit_test(test_each_fault_changes_a_client),
        cmocka_unit_test(test_random_talk_under_each_fault),
    };
    return cmocka_run_group_tests_name("endpoint_faults", tests, NULL, NULL);
}
