/* SPDX-License-Identifier: MIT */
/* Settings of TLS: what is refused says why, and what is made is in order. */
#include <sys/stat.h>

#include "wire_tls_raw.h"

static void refused(const wire_tls_config *config, const char *says) {
    char error[300] = "";
    wire_tls *tls = wire_tls_new(config, error, sizeof error);
    assert_null(tls);
    if (strstr(error, says) == NULL) fail_msg("\"%s\" without \"%s\"", error, says);
}

static void what_is_refused(void **state) {
    (void)state;
    char text[64] = "/tmp/wire-tls-XXXXXX";
    char cert[64];
    char other[64];
    made_cert one = cert_make("one", NULL, -86400, 86400, false);
    made_cert two = cert_make("two", NULL, -86400, 86400, false);
    cert_write(one.cert, one.key, cert);
    cert_write(two.cert, two.key, other);
    int fd = mkstemp(text);
    assert_int_equal(write(fd, "no PEM\n", 7), 7);
    close(fd);
    static const char *const empty[] = {"", NULL};
    char long_name[300];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const too_long[] = {long_name, NULL};
    const struct {
        wire_tls_config config;
        const char *says;
    } cases[] = {
        {{.ca_file = "/nowhere/ca.pem"}, "cannot read the certificates /nowhere/ca.pem: No such file"},
        {{.ca_file = "/"}, "cannot read the certificates /: Is a directory"},
        {{.ca_file = text}, "holds no certificates in PEM"},
        {{.cert_file = "/nowhere/c.pem"}, "cannot read the certificate /nowhere/c.pem"},
        {{.cert_file = cert, .key_file = "/nowhere/k.pem"}, "cannot read the key /nowhere/k.pem"},
        {{.key_file = cert}, "has no certificate with it"},
        {{.server = true, .key_file = cert}, "has no certificate with it"},
        {{.cert_file = text, .key_file = cert}, "holds no certificate in PEM"},
        {{.cert_file = cert, .key_file = text}, "holds no key in PEM"},
        {{.cert_file = cert, .key_file = other}, "does not belong to the certificate"},
        {{.min = "1.4"}, "\"1.4\" is no version of TLS"},
        {{.max = "TLSv1.2"}, "\"TLSv1.2\" is no version of TLS"},
        {{.min = "1.3", .max = "1.2"}, "1.3, is above the highest, 1.2"},
        {{.name = "a b"}, "\"a b\" is no host name"},
        {{.name = long_name}, "too long"},
        {{.alpn = empty}, "too short"},
        {{.alpn = too_long}, "too long"},
        {{.keylog_file = "/nowhere/keys"}, "cannot write /nowhere/keys: No such file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) refused(&cases[i].config, cases[i].says);
    unlink(text);
    unlink(cert);
    unlink(other);
    cert_free(&one);
    cert_free(&two);
}

/* A key with a password is an error, not a question. */
static void key_with_a_password(void **state) {
    (void)state;
    char cert[64];
    char key[64] = "/tmp/wire-tls-XXXXXX";
    made_cert one = cert_make("one", NULL, -86400, 86400, false);
    cert_write(one.cert, NULL, cert);
    int fd = mkstemp(key);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, one.key, EVP_aes_128_cbc(), (const unsigned char *)"secret",
                                          6, NULL, NULL),
                     1);
    fclose(file);
    const wire_tls_config config = {.cert_file = cert, .key_file = key};
    refused(&config, "without a password");
    unlink(cert);
    unlink(key);
    cert_free(&one);
}

static X509 *read_cert(const char *path) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(cert);
    return cert;
}

/* The certificate that is made serves its names and no others, and its authority signs nothing else. */
static void what_is_made(void **state) {
    (void)state;
    static const char *const names[] = {"build-7.example", "10.1.2.3", "2001:db8::7",
                                        "not a name",      "a,b",      NULL};
    static const char *const asked[] = {"localhost",       "127.0.0.1", "::1",
                                        "build-7.example", "10.1.2.3",  "2001:db8::7",
                                        "other.example",   "10.1.2.4",  NULL};
    for (size_t i = 0; asked[i] != NULL; i++) {
        both_sides pair;
        tls_pair tls;
        const wire_tls_config server = {.names = names};
        const wire_tls_config client = {.name = asked[i]};
        tls_pair_make(&tls, &server, &client);
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 || pair.client.counts[ENDED] == 1);
        assert_int_equal(pair.client.counts[OPENED], i < 6 ? 1 : 0);
        if (i >= 6) assert_int_equal(wire_tls_last_problem(tls.client), WIRE_TLS_WRONG_NAME);
        pair_close(&pair);
        X509 *ca = read_cert(tls.ca);
        assert_true(X509_check_ca(ca) > 0);
        assert_int_equal(X509_get_pathlen(ca), 0);
        assert_true(X509_cmp_current_time(X509_get0_notBefore(ca)) < 0);
        assert_true(X509_cmp_current_time(X509_get0_notAfter(ca)) > 0);
        X509_free(ca);
        tls_pair_free(&tls);
    }
}

static void authority_is_written_or_refused(void **state) {
    (void)state;
    char error[300] = "";
    const wire_tls_config server = {.server = true};
    const wire_tls_config client = {.insecure = true};
    wire_tls *tls = tls_of(&server);
    assert_int_equal(wire_tls_write_ca(tls, "/nowhere/ca.pem", error, sizeof error), -1);
    assert_non_null(strstr(error, "cannot write /nowhere/ca.pem: No such file"));
    wire_tls_free(tls);
    tls = tls_of(&client);
    assert_int_equal(wire_tls_write_ca(tls, "/tmp/x", error, sizeof error), -1);
    assert_non_null(strstr(error, "no certificate was made"));
    wire_tls_free(tls);
    wire_tls_free(NULL);
}

/* Lines that a dissector understands, in a file that nobody else can read, added to what is there. */
static void keylog(void **state) {
    (void)state;
    char path[64] = "/tmp/wire-tls-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "# before\n", 9), 9);
    close(fd);
    for (int i = 0; i < 2; i++) {
        both_sides pair;
        tls_pair tls;
        const wire_tls_config server = {.max = i == 0 ? "1.2" : NULL};
        const wire_tls_config client = {.keylog_file = path};
        tls_pair_make(&tls, &server, &client);
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 && pair.server.counts[OPENED] == 1);
        pair_close(&pair);
        tls_pair_free(&tls);
    }
    char text[4096] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 100);
    fclose(file);
    assert_int_equal(strncmp(text, "# before\nCLIENT_RANDOM ", 23), 0);
    assert_non_null(strstr(text, "\nCLIENT_TRAFFIC_SECRET_0 "));
    assert_non_null(strstr(text, "\nSERVER_HANDSHAKE_TRAFFIC_SECRET "));
    unlink(path);

    const wire_tls_config config = {.insecure = true, .keylog_file = path};
    wire_tls *tls = tls_of(&config);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 077, 0);
    wire_tls_free(tls);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused), cmocka_unit_test(key_with_a_password),
        cmocka_unit_test(what_is_made),    cmocka_unit_test(authority_is_written_or_refused),
        cmocka_unit_test(keylog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
