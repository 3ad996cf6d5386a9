/* SPDX-License-Identifier: MIT */
/* One case out of a record: its log for the terminal, and the capture made of it. */
#include "report_fixture.h"

#define KEPT 256

/* A case whose peer answers a message of 70000 octets, of which the record has 256, and is reset then. */
static record *record_make(const char *address, const char *judges, bool tls) {
    char payload[2 * KEPT + 1] = "";
    for (size_t i = 0; i < KEPT; i++) memcpy(payload + 2 * i, "2a", 3);
    record *rec = calloc(1, sizeof *rec);
    assert_non_null(rec);
    rec->header =
        json_pack("{s:s,s:i,s:s,s:s,s:{s:s,s:s}}", "type", "header", "format", 1, "judges", judges, "started",
                  "2026-01-02T03:04:05Z", "target", "url", "ws://x/", "address", address);
    if (tls)
        json_object_set_new(json_object_get(rec->header, "target"), "tls",
                            json_pack("{s:b,s:s}", "checked", 1, "text", "checked"));
    json_t *frame = json_pack("{s:i,s:s,s:b,s:b,s:b,s:b,s:b,s:n,s:i,s:s,s:[s]}", "opcode", 2, "name",
                              "binary", "fin", 1, "rsv1", 0, "rsv2", 1, "rsv3", 0, "masked", 0, "key", "form",
                              64, "length", "70000", "faults", "rsv-without-extension");
    json_t *wire = json_pack(
        "[{s:i,s:s,s:s},{s:i,s:s,s:s,s:s,s:i},{s:i,s:s,s:s,s:s,s:i},{s:i,s:s,s:s,s:s},"
        "{s:i,s:s,s:s,s:o,s:i,s:s,s:s,s:i},{s:i,s:s,s:s}]",
        "t", 500, "from", "harness", "kind", "connect", /* */
        "t", 600, "from", "harness", "kind", "head", "text", "GET / HTTP/1.1\r\nA: \x1b[2J\r\n\r\n", "len",
        26,                                                                                      /* */
        "t", 700, "from", "peer", "kind", "head", "text", "HTTP/1.1 101 Yes\r\n\r\n", "len", 20, /* */
        "t", 800, "from", "harness", "kind", "deadline", "text", "an \xc2\x9b echo",             /* */
        "t", 900, "from", "peer", "kind", "frame", "frame", frame, "offset", 20, "header_hex",
        "a27f0000000000011170", "hex", payload, "len", 70000, /* */
        "t", 1000, "from", "peer", "kind", "reset");
    assert_non_null(wire);
    rec->cases = json_pack("[{s:s,s:s,s:s,s:s,s:s,s:i,s:{s:s,s:s},s:o}]", "type", "case", "id", "framing/x",
                           "title", "T", "verdict", "fail", "pacing", "cuts", "started_us", 250000,
                           "attempts", "whole#1", "pass", "cuts#1", "fail", "wire", wire);
    assert_non_null(rec->cases);
    return rec;
}

static int render_uncoloured(const record *rec, FILE *file) {
    const report_terminal terminal = {.file = file};
    report_terminal_log(&terminal, rec->header, json_array_get(rec->cases, 0));
    return 0;
}

static void log_for_people(void **state) {
    (void)state;
    record *rec = record_make("127.0.0.1:9001", "server", false);
    rendering text = text_of(render_uncoloured, rec);
    check_visible(text.data, text.len);
    static const char *const parts[] = {
        "FAIL framing/x [cuts]",
        "\n      whole#1 pass\n      cuts#1 fail\n",
        "> harness (client), < peer (server)\n       0.500  > connected\n",
        "       0.600  > request, 26 octets\n                GET / HTTP/1.1\n                A: \\x1b[2J\n\n",
        "       0.700  < response, 20 octets\n",
        "       0.800    deadline passed, waiting for an \\x9b echo\n",
        "       0.900  < binary, 70000 octets, RSV2  rsv-without-extension\n"
        "                a2 7f 00 00 00 00 00 01 11 70  opcode 2, FIN 1, length in 64 bits, at octet 20\n"
        "                0000  2a 2a 2a 2a 2a 2a 2a 2a  2a 2a 2a 2a 2a 2a 2a 2a  |****************|\n"
        "                *\n                and 69744 octets more, not in the record\n",
        "       1.000  < RST, the connection is reset\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(text.data, parts[i])) fail_msg("no \"%s\" in:\n%s", parts[i], text.data);
    free(text.data);
    json_object_set_new(json_array_get(rec->cases, 0), "wire", json_array());
    text = text_of(render_uncoloured, rec);
    assert_non_null(strstr(text.data, "Nothing of it is in the record's log"));
    free(text.data);
    record_free(rec);
}

/* ---- The capture --------------------------------------------------------------------------------------- */

typedef struct seen {
    const uint8_t *data;
    uint32_t captured, len;
    uint64_t time;
    char comment[256];
} seen;

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static size_t packets_of(seen *packets, size_t max, const rendering *file) {
    size_t num = 0, nth = 0;
    check_capture(file->data, file->len);
    for (size_t at = 0; at < file->len; at += little_endian(file->data + at + 4), nth++) {
        const char *block = file->data + at;
        if (nth < 2) continue;
        assert_true(num < max);
        seen *p = &packets[num++];
        *p = (seen){.data = (const uint8_t *)block + 28,
                    .captured = little_endian(block + 20),
                    .len = little_endian(block + 24),
                    .time = (uint64_t)little_endian(block + 12) << 32 | little_endian(block + 16)};
        size_t options = 28 + ((p->captured + 3) & ~3u);
        if (options + 4 < little_endian(block + 4)) {
            size_t len = little_endian(block + options) >> 16;
            snprintf(p->comment, sizeof p->comment, "%.*s", (int)len, block + options + 4);
        }
    }
    return num;
}

/* The sum over a part, as RFC 1071 has it, of something whose sum is in it: 0. */
static unsigned sum_of(const uint8_t *data, size_t len, uint32_t sum) {
    for (size_t i = 0; i < len; i++) sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void capture_of_a_case(void **state) {
    (void)state;
    static const struct {
        bool client;
        uint8_t flags;
        uint32_t seq, ack, payload, captured;
        uint32_t us;
    } expected[] = {{true, 0x02, 0, 0, 0, 0, 0},
                    {false, 0x12, 0, 1, 0, 0, 500},
                    {true, 0x10, 1, 1, 0, 0, 500},
                    {true, 0x18, 1, 1, 26, 26, 600},
                    {false, 0x18, 1, 27, 20, 20, 700},
                    {false, 0x10, 21, 27, 65483, 266, 900},
                    {false, 0x18, 65504, 27, 4527, 0, 900},
                    {false, 0x14, 70031, 27, 0, 0, 1000}};
    record *rec = record_make("127.0.0.1:9001", "server", false);
    rendering file = text_of(render_capture, rec);
    seen packets[16];
    assert_int_equal(packets_of(packets, 16, &file), 8);
    for (size_t i = 0; i < 8; i++) {
        const uint8_t *ip = packets[i].data + 14, *tcp = ip + 20;
        size_t before = 14 + 20 + (size_t)(tcp[12] >> 4) * 4;
        assert_int_equal(sum_of(ip, 20, 0), 0);
        assert_int_equal((tcp[0] << 8 | tcp[1]) == 9001, !expected[i].client);
        assert_int_equal(tcp[13], expected[i].flags);
        assert_int_equal(big_endian(tcp + 4), expected[i].seq);
        assert_int_equal(big_endian(tcp + 8), expected[i].ack);
        assert_int_equal(packets[i].len, before + expected[i].payload);
        assert_int_equal(packets[i].captured, before + expected[i].captured);
        assert_int_equal(packets[i].time, UINT64_C(1767323045250000) + expected[i].us);
        if (expected[i].payload != expected[i].captured) continue;
        size_t segment = before - 34 + expected[i].payload;
        uint32_t pseudo = (0xffff & ~sum_of(ip + 12, 8, 0)) + 6 + (uint32_t)segment;
        assert_int_equal(sum_of(tcp, segment, pseudo), 0);
    }
    assert_non_null(strstr(packets[0].comment, "framing/x: fail. T. Pacing cuts."));
    assert_string_equal(
        packets[5].comment,
        "0.800 ms: deadline passed, waiting for an \\x9b echo; rsv-without-extension; 69744 of 70010 "
        "octets from here are not in the record");
    assert_memory_equal(packets[5].data + 54, "\xa2\x7f\0\0\0\0\0\1\x11\x70**", 12);
    free(file.data);
    record_free(rec);
}

/* Whose address is whose, and what becomes of TLS and of clients. */
static void capture_addresses(void **state) {
    (void)state;
    static const struct {
        const char *address, *judges;
        bool tls, v6;
        uint8_t client, server; /* last octets */
        unsigned port;
    } rows[] = {{"[::1]:9001", "server", false, true, 1, 1, 9001},
                {"[2001:db8::7]:9001", "server", false, true, 1, 2, 9001},
                {"192.0.2.77:8443", "server", true, false, 1, 77, 80},
                {"127.0.0.1:9001", "client", false, false, 1, 1, 9001},
                {"unix:/x", "server", false, false, 1, 1, 80},
                {"", "server", false, false, 1, 1, 80},
                {"999.1.1.1:70000", "server", false, false, 1, 1, 80}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        record *rec = record_make(rows[i].address, rows[i].judges, rows[i].tls);
        rendering file = text_of(render_capture, rec);
        seen packets[16];
        assert_true(packets_of(packets, 16, &file) >= 8);
        const uint8_t *ip = packets[0].data + 14;
        bool v6 = packets[0].data[12] == 0x86;
        const uint8_t *tcp = ip + (v6 ? 40 : 20);
        assert_int_equal(v6, rows[i].v6);
        assert_int_equal(v6 ? ip[23] : ip[15], rows[i].client);
        assert_int_equal(v6 ? ip[39] : ip[19], rows[i].server);
        assert_int_equal(tcp[2] << 8 | tcp[3], rows[i].port);
        assert_int_equal(strstr(packets[0].comment, "inside TLS") != NULL, rows[i].tls);
        /* The harness's request goes to the peer, whoever of them is the client. */
        const uint8_t *request = packets[3].data + 14 + (v6 ? 40 : 20);
        bool to_server = (request[2] << 8 | request[3]) == (int)rows[i].port;
        assert_int_equal(to_server, strcmp(rows[i].judges, "server") == 0);
        free(file.data);
        record_free(rec);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(log_for_people), cmocka_unit_test(capture_of_a_case),
                                       cmocka_unit_test(capture_addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
