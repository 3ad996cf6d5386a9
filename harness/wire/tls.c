/* SPDX-License-Identifier: MIT */
#include "wire/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/tls_impl.h"

/* Certificates above the peer's own. */
#define CHAIN_MAX   10
#define KEYLOG_MODE 0600
#define CA_MODE     0644

__attribute__((format(printf, 3, 4))) static int refuse(char *error, size_t error_len, const char *format,
                                                        ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(error, error_len, format, args);
    va_end(args);
    return -1;
}

/* What OpenSSL says of its last failure. */
static const char *reason(void) {
    const char *text = ERR_reason_error_string(ERR_peek_error());
    return text != NULL ? text : "out of memory";
}

static int readable(const char *what, const char *path, char *error, size_t error_len) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return refuse(error, error_len, "cannot read the %s %s: %s", what, path, strerror(errno));
    bool good = fgetc(file) != EOF || ferror(file) == 0;
    int err = errno;
    fclose(file);
    return good ? 0 : refuse(error, error_len, "cannot read the %s %s: %s", what, path, strerror(err));
}

/* ---- Versions ------------------------------------------------------------------------------------------ */

static int version_of(const char *text) {
    static const struct {
        const char *name;
        int version;
    } versions[] = {
        {"1.0", TLS1_VERSION}, {"1.1", TLS1_1_VERSION}, {"1.2", TLS1_2_VERSION}, {"1.3", TLS1_3_VERSION}};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (strcmp(text, versions[i].name) == 0) return versions[i].version;
    return 0;
}

static int versions_set(wire_tls *tls, const wire_tls_config *config, char *error, size_t error_len) {
    int min = config->min != NULL ? version_of(config->min) : TLS1_2_VERSION;
    int max = config->max != NULL ? version_of(config->max) : TLS1_3_VERSION;
    if (min == 0 || max == 0)
        return refuse(error, error_len, "\"%s\" is no version of TLS: 1.0, 1.1, 1.2 or 1.3",
                      min == 0 ? config->min : config->max);
    if (config->min == NULL && max < min) min = max;
    if (min > max)
        return refuse(error, error_len, "the lowest version of TLS, %s, is above the highest, %s",
                      config->min != NULL ? config->min : "1.2", config->max);
    /* What the old versions sign with is below the level that OpenSSL starts with. */
    if (min < TLS1_2_VERSION) SSL_CTX_set_security_level(tls->ctx, 0);
    if (SSL_CTX_set_min_proto_version(tls->ctx, min) != 1 ||
        SSL_CTX_set_max_proto_version(tls->ctx, max) != 1)
        return refuse(error, error_len, "this OpenSSL does not know that version of TLS");
    return 0;
}

/* ---- Application protocols ----------------------------------------------------------------------------- */

static int alpn_choose(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *user) {
    const wire_tls *tls = user;
    unsigned char *chosen;
    (void)ssl;
    int result = SSL_select_next_proto(&chosen, out_len, tls->alpn, tls->alpn_len, in, in_len);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int alpn_set(wire_tls *tls, const char *const *alpn, char *error, size_t error_len) {
    for (; alpn != NULL && *alpn != NULL; alpn++) {
        size_t len = strlen(*alpn);
        if (len == 0 || len > 255 || len + 1 > sizeof tls->alpn - tls->alpn_len)
            return refuse(error, error_len, "\"%.80s\" is too %s for a list of application protocols", *alpn,
                          len == 0 ? "short" : "long");
        tls->alpn[tls->alpn_len++] = (unsigned char)len;
        memcpy(tls->alpn + tls->alpn_len, *alpn, len);
        tls->alpn_len += (unsigned)len;
    }
    if (tls->alpn_len == 0) return 0;
    if (tls->server)
        SSL_CTX_set_alpn_select_cb(tls->ctx, alpn_choose, tls);
    else if (SSL_CTX_set_alpn_protos(tls->ctx, tls->alpn, tls->alpn_len) != 0)
        return refuse(error, error_len, "out of memory");
    return 0;
}

/* ---- Certificates -------------------------------------------------------------------------------------- */

/* Nobody is there to be asked. */
static int no_password(char *buf, int size, int rwflag, void *user) {
    (void)rwflag;
    (void)user;
    if (size > 0) buf[0] = '\0';
    return -1;
}

static int own_certificate(wire_tls *tls, const wire_tls_config *config, char *error, size_t error_len) {
    const char *cert = config->cert_file;
    const char *key = config->key_file != NULL ? config->key_file : cert;
    if (cert == NULL && config->key_file != NULL)
        return refuse(error, error_len, "the key %s has no certificate with it", config->key_file);
    if (cert == NULL && !tls->server) return 0;
    if (cert == NULL) {
        tls->ca = wire__tls_make(tls->ctx, config->names);
        return tls->ca != NULL ? 0 : refuse(error, error_len, "cannot make a certificate: %s", reason());
    }
    if (readable("certificate", cert, error, error_len) != 0 || readable("key", key, error, error_len) != 0)
        return -1;
    if (SSL_CTX_use_certificate_chain_file(tls->ctx, cert) != 1)
        return refuse(error, error_len, "%s holds no certificate in PEM: %s", cert, reason());
    SSL_CTX_set_default_passwd_cb(tls->ctx, no_password);
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(tls->ctx, key, SSL_FILETYPE_PEM) != 1) {
        int code = ERR_GET_REASON(ERR_peek_last_error());
        if (code == X509_R_KEY_VALUES_MISMATCH || code == X509_R_KEY_TYPE_MISMATCH)
            return refuse(error, error_len, "the key in %s does not belong to the certificate in %s", key,
                          cert);
        return refuse(error, error_len, "%s holds no key in PEM that can be read without a password: %s", key,
                      reason());
    }
    return 0;
}

static int trust_set(wire_tls *tls, const wire_tls_config *config, char *error, size_t error_len) {
    if (config->ca_file != NULL) {
        if (readable("certificates", config->ca_file, error, error_len) != 0) return -1;
        ERR_clear_error();
        if (SSL_CTX_load_verify_file(tls->ctx, config->ca_file) != 1)
            return refuse(error, error_len, "%s holds no certificates in PEM: %s", config->ca_file, reason());
    } else if (!tls->server && !tls->insecure && config->authority == NULL) {
        SSL_CTX_set_default_verify_paths(tls->ctx);
    }
    if (config->authority != NULL && config->authority->ca != NULL &&
        X509_STORE_add_cert(SSL_CTX_get_cert_store(tls->ctx), config->authority->ca) != 1)
        return refuse(error, error_len, "out of memory");
    SSL_CTX_set_verify_depth(tls->ctx, CHAIN_MAX);
    int mode = SSL_VERIFY_NONE;
    if (!tls->server && !tls->insecure) mode = SSL_VERIFY_PEER;
    if (tls->server && config->ca_file != NULL) {
        mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(config->ca_file);
        if (names != NULL) SSL_CTX_set_client_CA_list(tls->ctx, names);
    }
    SSL_CTX_set_verify(tls->ctx, mode, mode != SSL_VERIFY_NONE ? wire__session_verify : NULL);
    if (tls->server || config->name == NULL) return 0;
    if (strlen(config->name) >= sizeof tls->name)
        return refuse(error, error_len, "the name of the server is too long");
    snprintf(tls->name, sizeof tls->name, "%s", config->name);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(tls->ctx);
    bool address;
    if (!wire__tls_is_host(tls->name, &address))
        return refuse(error, error_len, "\"%s\" is no host name and no address", tls->name);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    int result = address ? X509_VERIFY_PARAM_set1_ip_asc(param, tls->name)
                         : X509_VERIFY_PARAM_set1_host(param, tls->name, 0);
    return result == 1 ? 0 : refuse(error, error_len, "out of memory");
}

int wire_tls_write_ca(const wire_tls *tls, const char *path, char *error, size_t error_len) {
    if (tls->ca == NULL)
        return refuse(error, error_len, "no certificate was made that could be written to %s", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, CA_MODE);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        int err = errno;
        if (fd >= 0) close(fd);
        return refuse(error, error_len, "cannot write %s: %s", path, strerror(err));
    }
    bool good = PEM_write_X509(file, tls->ca) == 1;
    good = fclose(file) == 0 && good;
    return good ? 0 : refuse(error, error_len, "cannot write %s: %s", path, strerror(errno));
}

/* ---- Secrets for a dissector --------------------------------------------------------------------------- */

static void on_keylog(const SSL *ssl, const char *line) {
    const wire_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    char text[512];
    int n = snprintf(text, sizeof text, "%s\n", line);
    /* One write for each line, so that runs beside each other may share the file. */
    if (n > 0 && (size_t)n < sizeof text && write(tls->keylog_fd, text, (size_t)n) != n) return;
}

static int keylog_open(wire_tls *tls, const char *path, char *error, size_t error_len) {
    if (path == NULL) return 0;
    tls->keylog_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, KEYLOG_MODE);
    if (tls->keylog_fd < 0) return refuse(error, error_len, "cannot write %s: %s", path, strerror(errno));
    SSL_CTX_set_keylog_callback(tls->ctx, on_keylog);
    return 0;
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

wire_tls *wire_tls_new(const wire_tls_config *config, char *error, size_t error_len) {
    ERR_clear_error();
    wire_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        refuse(error, error_len, "out of memory");
        return NULL;
    }
    tls->server = config->server;
    tls->insecure = config->insecure && !config->server;
    tls->keylog_fd = -1;
    tls->ctx = SSL_CTX_new(config->server ? TLS_server_method() : TLS_client_method());
    if (tls->ctx == NULL) {
        refuse(error, error_len, "OpenSSL: %s", reason());
        wire_tls_free(tls);
        return NULL;
    }
    SSL_CTX_set_app_data(tls->ctx, tls);
    SSL_CTX_set_options(tls->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(tls->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(tls->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(tls->ctx, 0);
    if (versions_set(tls, config, error, error_len) == 0 && trust_set(tls, config, error, error_len) == 0 &&
        own_certificate(tls, config, error, error_len) == 0 &&
        alpn_set(tls, config->alpn, error, error_len) == 0 &&
        keylog_open(tls, config->keylog_file, error, error_len) == 0)
        return tls;
    wire_tls_free(tls);
    return NULL;
}

void wire_tls_free(wire_tls *tls) {
    if (tls == NULL) return;
    SSL_CTX_free(tls->ctx);
    X509_free(tls->ca);
    if (tls->keylog_fd >= 0) close(tls->keylog_fd);
    free(tls);
}

wire_tls_problem wire_tls_last_problem(const wire_tls *tls) {
    return tls->problem;
}
