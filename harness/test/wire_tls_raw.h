/* SPDX-License-Identifier: MIT */
/* A peer made of OpenSSL alone, without a socket: it does what a wire__session would not. */
#ifndef WIRE_TLS_RAW_H
#define WIRE_TLS_RAW_H

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "wire_tls_fixture.h"

#include "wire/tls_impl.h"

typedef struct raw_peer {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
} raw_peer;

typedef struct made_cert {
    X509 *cert;
    EVP_PKEY *key;
} made_cert;

/* A certificate for localhost, valid from and to so many seconds from now. issuer: NULL: by itself. */
static inline made_cert cert_make(const char *subject, const made_cert *issuer, long from, long until,
                                  bool authority) {
    made_cert made = {X509_new(), EVP_EC_gen("P-256")};
    assert_non_null(made.cert);
    assert_non_null(made.key);
    X509 *signer = issuer != NULL ? issuer->cert : made.cert;
    X509_NAME *name = X509_get_subject_name(made.cert);
    X509_set_version(made.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.cert), 4711);
    X509_gmtime_adj(X509_getm_notBefore(made.cert), from);
    X509_gmtime_adj(X509_getm_notAfter(made.cert), until);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1, 0);
    X509_set_issuer_name(made.cert, X509_get_subject_name(signer));
    X509_set_pubkey(made.cert, made.key);
    const char *values[] = {authority ? "critical,CA:TRUE" : "critical,CA:FALSE",
                            authority ? NULL : "DNS:localhost,DNS:example.org,IP:127.0.0.1"};
    const int nids[] = {NID_basic_constraints, NID_subject_alt_name};
    for (int i = 0; i < 2; i++) {
        if (values[i] == NULL) continue;
        X509V3_CTX context;
        X509V3_set_ctx(&context, signer, made.cert, NULL, NULL, 0);
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nids[i], values[i]);
        assert_non_null(extension);
        X509_add_ext(made.cert, extension, -1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(made.cert, issuer != NULL ? issuer->key : made.key, EVP_sha256()) > 0);
    return made;
}

static inline void cert_free(made_cert *made) {
    X509_free(made->cert);
    EVP_PKEY_free(made->key);
}

static inline void cert_write(const X509 *cert, const EVP_PKEY *key, char path[64]) {
    snprintf(path, 64, "/tmp/wire-tls-XXXXXX");
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    if (key != NULL) assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
}

/* A server has the certificate; a client trusts everybody. version: 0 for any. */
static inline void raw_open(raw_peer *raw, const made_cert *cert, int version) {
    raw->ctx = SSL_CTX_new(TLS_method());
    assert_non_null(raw->ctx);
    SSL_CTX_set_min_proto_version(raw->ctx, version);
    SSL_CTX_set_max_proto_version(raw->ctx, version);
    if (cert != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(raw->ctx, cert->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(raw->ctx, cert->key), 1);
    }
    raw->ssl = SSL_new(raw->ctx);
    raw->in = BIO_new(BIO_s_mem());
    raw->out = BIO_new(BIO_s_mem());
    SSL_set_bio(raw->ssl, raw->in, raw->out);
    if (cert != NULL)
        SSL_set_accept_state(raw->ssl);
    else
        SSL_set_connect_state(raw->ssl);
}

static inline void raw_close(raw_peer *raw) {
    SSL_free(raw->ssl);
    SSL_CTX_free(raw->ctx);
    ERR_clear_error();
}

/* What it wants to send; of the caller. */
static inline size_t raw_take(raw_peer *raw, uint8_t **data) {
    size_t len = BIO_ctrl_pending(raw->out);
    *data = malloc(len + 1);
    assert_non_null(*data);
    if (len > 0) assert_int_equal(BIO_read(raw->out, *data, (int)len), (int)len);
    return len;
}

static inline void raw_give(raw_peer *raw, const uint8_t *data, size_t len) {
    if (len > 0) assert_int_equal(BIO_write(raw->in, data, (int)len), (int)len);
}

/* Everything that the session has for the peer. */
static inline void session_to_raw(wire__session *session, raw_peer *raw) {
    size_t len;
    const uint8_t *out = wire__session_out(session, &len);
    raw_give(raw, out, len);
    wire__session_took(session, len);
}

static inline void raw_to_session(raw_peer *raw, wire__session *session) {
    uint8_t *data;
    size_t len = raw_take(raw, &data);
    if (len > 0) (void)wire__session_feed(session, data, len);
    free(data);
}

/* Until both are done, or the session will not be. */
static inline wire__session_result handshake_with_raw(wire__session *session, raw_peer *raw) {
    wire__session_result result = WIRE__SESSION_MORE;
    for (int i = 0; i < 20 && result == WIRE__SESSION_MORE; i++) {
        result = wire__session_handshake(session);
        session_to_raw(session, raw);
        ERR_clear_error();
        (void)SSL_do_handshake(raw->ssl);
        raw_to_session(raw, session);
    }
    return result;
}

#endif
