/* SPDX-License-Identifier: MIT */
/* TLS without a socket, against a peer that does its worst: no octet of it does harm, everything is bounded.
 */

#include "wire_tls_raw.h"

static made_cert good;

static int make_good(void **state) {
    (void)state;
    good = cert_make("good", NULL, -86400, 86400, false);
    return 0;
}

static int free_good(void **state) {
    (void)state;
    cert_free(&good);
    return 0;
}

/* A client that takes any certificate, or a server, and a raw peer. */
typedef struct meeting {
    wire_tls *tls;
    wire__session *session;
    raw_peer raw;
} meeting;

static void meet(meeting *m, bool server, int version) {
    const wire_tls_config config = {.server = server, .insecure = true, .name = "localhost"};
    m->tls = tls_of(&config);
    m->session = wire__session_new(m->tls);
    assert_non_null(m->session);
    raw_open(&m->raw, server ? NULL : &good, version);
}

static void part(meeting *m) {
    wire__session_free(m->session);
    wire_tls_free(m->tls);
    raw_close(&m->raw);
}

static void meet_done(meeting *m, bool server, int version) {
    meet(m, server, version);
    assert_int_equal(handshake_with_raw(m->session, &m->raw), WIRE__SESSION_DONE);
    assert_int_equal(SSL_do_handshake(m->raw.ssl), 1);
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void octet_by_octet(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        meeting m;
        wire_tls_info info;
        meet(&m, i % 2 == 0, versions[i / 2]);
        assert_false(wire__session_describe(m.session, &info));
        wire__session_result result = WIRE__SESSION_MORE;
        for (int round = 0; round < 20 && result == WIRE__SESSION_MORE; round++) {
            uint8_t *data;
            session_to_raw(m.session, &m.raw);
            (void)SSL_do_handshake(m.raw.ssl);
            size_t len = raw_take(&m.raw, &data);
            if (len == 0) result = wire__session_handshake(m.session);
            for (size_t k = 0; k < len; k++) {
                assert_int_equal(wire__session_feed(m.session, data + k, 1), 0);
                if (result == WIRE__SESSION_MORE) result = wire__session_handshake(m.session);
                assert_int_not_equal(result, WIRE__SESSION_FAILED);
            }
            free(data);
        }
        assert_int_equal(result, WIRE__SESSION_DONE);
        assert_true(wire__session_describe(m.session, &info));
        assert_string_equal(wire__session_error(m.session), "");
        part(&m);
    }
}

/* The first flight of the peer. The caller frees it. */
static size_t first_flight(meeting *m, bool server, uint8_t **data) {
    if (!server) {
        assert_int_equal(wire__session_handshake(m->session), WIRE__SESSION_MORE);
        session_to_raw(m->session, &m->raw);
    }
    (void)SSL_do_handshake(m->raw.ssl);
    return raw_take(&m->raw, data);
}

/* Every octet of the first flight changed: nothing comes of that but more waiting or a failure with a reason.
 */
static void every_octet_changed(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        const bool server = i % 2 == 0;
        size_t len = 1;
        for (size_t at = 0; at < len; at++) {
            meeting m;
            uint8_t *data;
            meet(&m, server, versions[i / 2]);
            len = first_flight(&m, server, &data);
            assert_true(len > 100);
            if (at < len) data[at] ^= at % 3 == 0 ? 0xff : at % 3 == 1 ? 0x01 : 0x80;
            assert_int_equal(wire__session_feed(m.session, data, len), 0);
            wire__session_result result = at < len ? wire__session_handshake(m.session) : WIRE__SESSION_MORE;
            if (result == WIRE__SESSION_FAILED) {
                assert_true(strlen(wire__session_error(m.session)) > 5);
                assert_int_not_equal(wire_tls_last_problem(m.tls), WIRE_TLS_NO_PROBLEM);
            } else if (!server && versions[i / 2] == TLS1_3_VERSION) {
                /* The whole flight is under its own digest, but for the version of the record (RFC 8446
                   section 5.1). */
                assert_true(result != WIRE__SESSION_DONE || at < 3);
            }
            free(data);
            part(&m);
        }
    }
}

static void something_else_than_tls(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *shown;
    } others[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"},
                  {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1"},
                  {"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"},
                  {"\x15\x7f\x7f some other thing", NULL}};
    for (size_t i = 0; i < 2 * sizeof others / sizeof *others; i++) {
        meeting m;
        const char *text = others[i / 2].text;
        meet(&m, i % 2 == 0, 0);
        (void)wire__session_handshake(m.session);
        (void)wire__session_feed(m.session, (const uint8_t *)text, strlen(text));
        assert_int_equal(wire__session_handshake(m.session), WIRE__SESSION_FAILED);
        if (others[i / 2].shown != NULL) {
            assert_int_equal(wire_tls_last_problem(m.tls), WIRE_TLS_NOT_TLS);
            assert_non_null(strstr(wire__session_error(m.session), others[i / 2].shown));
        }
        /* It stays failed. */
        size_t len;
        uint8_t octet;
        assert_int_equal(wire__session_handshake(m.session), WIRE__SESSION_FAILED);
        assert_int_equal(wire__session_read(m.session, &octet, 1, &len), WIRE__SESSION_FAILED);
        assert_int_equal(wire__session_write(m.session, &octet, 1), -1);
        assert_int_equal(wire__session_feed(m.session, &octet, 1), -1);
        wire__session_close(m.session);
        part(&m);
    }
}

static void random_octets(void **state) {
    (void)state;
    for (unsigned seed = 0; seed < 400; seed++) {
        meeting m;
        meet(&m, seed % 2 == 0, 0);
        uint8_t *data = pattern(600, seed);
        /* Half of them look like a record of a handshake. */
        if (seed % 4 < 2) memcpy(data, "\x16\x03\x01\x02\x00\x02\x00\x01\xfc\x03\x03", 11);
        (void)wire__session_handshake(m.session);
        (void)wire__session_feed(m.session, data, 600);
        assert_int_not_equal(wire__session_handshake(m.session), WIRE__SESSION_DONE);
        free(data);
        part(&m);
    }
}

/* ---- Without end --------------------------------------------------------------------------------------- */

/* HelloRequests, which a client has to overlook (RFC 5246 section 7.4.1.1). */
static void endless_handshake(void **state) {
    (void)state;
    static const uint8_t hello_request[] = {0x16, 3, 3, 0, 4, 0, 0, 0, 0};
    meeting m;
    meet(&m, false, TLS1_2_VERSION);
    (void)wire__session_handshake(m.session);
    wire__session_result result = WIRE__SESSION_MORE;
    size_t sent = 0;
    for (; sent < 4 * WIRE_TLS_IDLE_MAX && result == WIRE__SESSION_MORE; sent += sizeof hello_request) {
        (void)wire__session_feed(m.session, hello_request, sizeof hello_request);
        result = wire__session_handshake(m.session);
    }
    assert_int_equal(result, WIRE__SESSION_FAILED);
    assert_true(sent <= WIRE_TLS_IDLE_MAX + sizeof hello_request);
    part(&m);
}

static void huge_records(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        meeting m;
        uint8_t *record = calloc(1, 65540);
        assert_non_null(record);
        memcpy(record, i < 2 ? "\x16\x03\x03\xff\xff" : "\x17\x03\x03\xff\xff", 5);
        if (i < 2)
            meet(&m, i % 2 == 0, TLS1_3_VERSION);
        else
            meet_done(&m, i % 2 == 0, TLS1_3_VERSION);
        (void)wire__session_feed(m.session, record, 65540);
        uint8_t octet;
        size_t len;
        if (i < 2)
            assert_int_equal(wire__session_handshake(m.session), WIRE__SESSION_FAILED);
        else
            assert_int_equal(wire__session_read(m.session, &octet, 1, &len), WIRE__SESSION_FAILED);
        free(record);
        part(&m);
    }
}

/* Feeds what the raw peer makes until the session fails; it must before so many octets, and must not answer
   with more than is allowed. */
static void flood(meeting *m, void (*make)(raw_peer *raw)) {
    uint8_t octets[256];
    size_t len;
    size_t fed = 0;
    wire__session_result result = WIRE__SESSION_MORE;
    while (result == WIRE__SESSION_MORE && fed < 4 * WIRE_TLS_IDLE_MAX) {
        uint8_t *data;
        ERR_clear_error();
        make(&m->raw);
        size_t made = raw_take(&m->raw, &data);
        assert_true(made > 0);
        (void)wire__session_feed(m->session, data, made);
        free(data);
        fed += made;
        result = wire__session_read(m->session, octets, sizeof octets, &len);
        (void)wire__session_out(m->session, &len);
        assert_true(len < 2 * WIRE_TLS_OUT_MAX);
    }
    assert_int_equal(result, WIRE__SESSION_FAILED);
    assert_true(fed <= WIRE_TLS_IDLE_MAX + 4096);
    assert_true(strlen(wire__session_error(m->session)) > 5);
}

static void make_key_update(raw_peer *raw) {
    assert_int_equal(SSL_key_update(raw->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(raw->ssl), 1);
}

static void key_updates_without_end(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        meeting m;
        meet_done(&m, i == 0, TLS1_3_VERSION);
        flood(&m, make_key_update);
        part(&m);
    }
}

static void make_renegotiation(raw_peer *raw) {
    /* The first one says what it wants; it is said again as it is refused. */
    static const uint8_t nothing = 0;
    (void)SSL_renegotiate(raw->ssl);
    (void)SSL_do_handshake(raw->ssl);
    if (BIO_ctrl_pending(raw->out) == 0) assert_int_equal(SSL_write(raw->ssl, &nothing, 0) >= -1, 1);
}

/* Refused, and the connection goes on (RFC 5246 section 7.2.2). */
static void no_renegotiation(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        meeting m;
        uint8_t octets[16];
        size_t len;
        meet_done(&m, i == 0, TLS1_2_VERSION);
        make_renegotiation(&m.raw);
        raw_to_session(&m.raw, m.session);
        assert_int_equal(wire__session_read(m.session, octets, sizeof octets, &len), WIRE__SESSION_MORE);
        assert_int_equal(wire__session_write(m.session, (const uint8_t *)"on", 2), 0);
        wire__session_out(m.session, &len);
        assert_true(len > 40); /* an alert and the data */
        part(&m);
    }
}

/* A session that answers nobody: its alerts are bounded, too. */
static void alerts_without_end(void **state) {
    (void)state;
    static const uint8_t warning[] = {0x15, 3, 3, 0, 2, 1, 100};
    meeting m;
    meet(&m, false, TLS1_2_VERSION);
    (void)wire__session_handshake(m.session);
    wire__session_result result = WIRE__SESSION_MORE;
    for (size_t sent = 0; sent < 2 * WIRE_TLS_IDLE_MAX && result == WIRE__SESSION_MORE;
         sent += sizeof warning) {
        (void)wire__session_feed(m.session, warning, sizeof warning);
        result = wire__session_handshake(m.session);
    }
    assert_int_equal(result, WIRE__SESSION_FAILED);
    part(&m);
}

/* ---- Certificates -------------------------------------------------------------------------------------- */

static wire__session_result meet_chain(const made_cert *leaf, made_cert *const *above, size_t num,
                                       const wire_tls_config *config, char *error,
                                       wire_tls_problem *problem) {
    raw_peer raw;
    wire_tls *tls = tls_of(config);
    wire__session *session = wire__session_new(tls);
    assert_non_null(session);
    raw_open(&raw, leaf, 0);
    for (size_t i = 0; i < num; i++) assert_int_equal(SSL_add1_chain_cert(raw.ssl, above[i]->cert), 1);
    wire__session_result result = handshake_with_raw(session, &raw);
    snprintf(error, 300, "%s", wire__session_error(session));
    *problem = wire_tls_last_problem(tls);
    wire__session_free(session);
    wire_tls_free(tls);
    raw_close(&raw);
    return result;
}

static void certificates(void **state) {
    (void)state;
    char error[300];
    char ca[64];
    wire_tls_problem problem;
    made_cert root = cert_make("root", NULL, -86400, 86400, true);
    made_cert leaf = cert_make("leaf", &root, -86400, 86400, false);
    made_cert old = cert_make("old", &root, -86400, -3600, false);
    made_cert early = cert_make("early", &root, 3600, 86400, false);
    cert_write(root.cert, NULL, ca);
    const struct {
        const made_cert *cert;
        const char *name, *ca;
        bool insecure;
        wire_tls_problem problem;
        const char *says;
    } meetings[] = {
        {&leaf, "localhost", ca, false, WIRE_TLS_NO_PROBLEM, ""},
        {&leaf, "127.0.0.1", ca, false, WIRE_TLS_NO_PROBLEM, ""},
        {&leaf, NULL, ca, false, WIRE_TLS_NO_PROBLEM, ""},
        {&leaf, "localhost", NULL, false, WIRE_TLS_UNTRUSTED, "is not trusted: "},
        {&good, "localhost", ca, false, WIRE_TLS_UNTRUSTED, "is not trusted: self"},
        {&leaf, "other.example", ca, false, WIRE_TLS_WRONG_NAME,
         "is not for other.example, but for localhost, example.org, 127.0.0.1"},
        {&leaf, "127.0.0.2", ca, false, WIRE_TLS_WRONG_NAME, "is not for 127.0.0.2, but for localhost"},
        {&leaf, "::1", ca, false, WIRE_TLS_WRONG_NAME, "is not for ::1"},
        {&old, "localhost", ca, false, WIRE_TLS_EXPIRED, "has expired (20"},
        {&early, "localhost", ca, false, WIRE_TLS_EXPIRED, "is not valid yet (20"},
        {&old, "other.example", NULL, true, WIRE_TLS_NO_PROBLEM, ""},
        {&good, NULL, NULL, true, WIRE_TLS_NO_PROBLEM, ""}};
    for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++) {
        const wire_tls_config config = {
            .name = meetings[i].name, .ca_file = meetings[i].ca, .insecure = meetings[i].insecure};
        wire__session_result result = meet_chain(meetings[i].cert, NULL, 0, &config, error, &problem);
        assert_int_equal(problem, meetings[i].problem);
        assert_int_equal(result, problem == WIRE_TLS_NO_PROBLEM ? WIRE__SESSION_DONE : WIRE__SESSION_FAILED);
        if (strstr(error, meetings[i].says) == NULL)
            fail_msg("\"%s\" without \"%s\"", error, meetings[i].says);
    }
    unlink(ca);
    cert_free(&root);
    cert_free(&leaf);
    cert_free(&old);
    cert_free(&early);
}

/* A chain that is too deep, and one that is too large; the rest of it is in order. */
static void long_chains(void **state) {
    (void)state;
    enum { DEPTH = 14, MANY = 400 };
    made_cert chain[DEPTH];
    made_cert *above[MANY];
    char ca[64];
    char error[300];
    wire_tls_problem problem;
    for (int i = 0; i < DEPTH; i++) {
        char name[16];
        snprintf(name, sizeof name, "ca-%d", i);
        chain[i] = cert_make(name, i == 0 ? NULL : &chain[i - 1], -86400, 86400, true);
    }
    made_cert leaf = cert_make("leaf", &chain[DEPTH - 1], -86400, 86400, false);
    cert_write(chain[0].cert, NULL, ca);
    const wire_tls_config config = {.name = "localhost", .ca_file = ca};
    for (int i = 0; i < DEPTH - 1; i++) above[i] = &chain[DEPTH - 1 - i];
    assert_int_equal(meet_chain(&leaf, above, DEPTH - 1, &config, error, &problem), WIRE__SESSION_FAILED);
    assert_non_null(strstr(error, "chain too long"));
    made_cert near = cert_make("near", &chain[3], -86400, 86400, false);
    assert_int_equal(meet_chain(&near, above + DEPTH - 4, 3, &config, error, &problem), WIRE__SESSION_DONE);
    for (int i = 0; i < MANY; i++) above[i] = &chain[i % DEPTH];
    assert_int_equal(meet_chain(&near, above, MANY, &config, error, &problem), WIRE__SESSION_FAILED);
    assert_non_null(strstr(error, "excessive message size"));
    unlink(ca);
    cert_free(&near);
    cert_free(&leaf);
    for (int i = 0; i < DEPTH; i++) cert_free(&chain[i]);
}

/* ---- Data ---------------------------------------------------------------------------------------------- */

static void one_octet_a_record(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        meeting m;
        size_t got = 0;
        meet_done(&m, i % 2 == 0, versions[i / 2]);
        for (size_t k = 0; k < 70000; k++) {
            const uint8_t octet = (uint8_t)(k * 7);
            uint8_t seen[4];
            size_t len;
            assert_int_equal(SSL_write(m.raw.ssl, &octet, 1), 1);
            raw_to_session(&m.raw, m.session);
            while (wire__session_read(m.session, seen, sizeof seen, &len) == WIRE__SESSION_DONE) {
                assert_int_equal(len, 1);
                assert_int_equal(seen[0], octet);
                got++;
            }
        }
        assert_int_equal(got, 70000);
        part(&m);
    }
}

static void close_notify_is_told(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        meeting m;
        wire_tls_info info;
        uint8_t octets[8];
        size_t len;
        meet_done(&m, i % 2 == 0, versions[i / 2]);
        assert_int_equal(SSL_write(m.raw.ssl, "last", 4), 4);
        (void)SSL_shutdown(m.raw.ssl);
        raw_to_session(&m.raw, m.session);
        assert_int_equal(wire__session_read(m.session, octets, sizeof octets, &len), WIRE__SESSION_DONE);
        assert_int_equal(len, 4);
        assert_int_equal(wire__session_read(m.session, octets, sizeof octets, &len), WIRE__SESSION_CLOSED);
        assert_true(wire__session_describe(m.session, &info));
        assert_true(info.notified);
        /* And ours reaches the peer. */
        wire__session_close(m.session);
        session_to_raw(m.session, &m.raw);
        assert_int_equal(SSL_read(m.raw.ssl, octets, sizeof octets), 0);
        assert_int_equal(SSL_get_shutdown(m.raw.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
        part(&m);
    }
}

/* Every octet of a record changed breaks the connection, and the peer is told. */
static void changed_records(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t len = 1;
        for (size_t at = 0; at < len; at++) {
            meeting m;
            uint8_t *data;
            uint8_t octets[64];
            size_t num;
            meet_done(&m, at % 2 == 0, versions[i]);
            assert_int_equal(SSL_write(m.raw.ssl, "some data", 9), 9);
            len = raw_take(&m.raw, &data);
            data[at] ^= 0x41;
            (void)wire__session_feed(m.session, data, len);
            wire__session_result result = wire__session_read(m.session, octets, sizeof octets, &num);
            assert_int_not_equal(result, WIRE__SESSION_DONE);
            if (result == WIRE__SESSION_FAILED) {
                assert_true(strlen(wire__session_error(m.session)) > 5);
            }
            free(data);
            part(&m);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octet_by_octet),
        cmocka_unit_test(every_octet_changed),
        cmocka_unit_test(something_else_than_tls),
        cmocka_unit_test(random_octets),
        cmocka_unit_test(endless_handshake),
        cmocka_unit_test(huge_records),
        cmocka_unit_test(key_updates_without_end),
        cmocka_unit_test(no_renegotiation),
        cmocka_unit_test(alerts_without_end),
        cmocka_unit_test(certificates),
        cmocka_unit_test(long_chains),
        cmocka_unit_test(one_octet_a_record),
        cmocka_unit_test(close_notify_is_told),
        cmocka_unit_test(changed_records),
    };
    return cmocka_run_group_tests(tests, make_good, free_good);
}
