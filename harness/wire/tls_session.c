/* SPDX-License-Identifier: MIT */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/tls_impl.h"

/* Alerts of the peer are reasons of OpenSSL from here on. */
#define ALERT_REASONS 1000
#define START_MAX     24

struct wire__session {
    wire_tls *tls;
    SSL *ssl;
    BIO *in, *out;            /* belong to ssl */
    size_t idle;              /* octets of the peer since there were data in them */
    bool done;                /* the handshake is */
    bool heard;               /* there were data of the peer */
    bool notified;            /* the peer sent close_notify */
    bool failed;              /* nothing goes any more */
    uint8_t start[START_MAX]; /* the first octets of the peer */
    size_t start_len;
    wire_tls_problem refused; /* the peer's certificate; error says why */
    char error[240];
};

wire__session *wire__session_new(wire_tls *tls) {
    wire__session *session = calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->tls = tls;
    session->ssl = SSL_new(tls->ctx);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || session->in == NULL || session->out == NULL) {
        BIO_free(session->in);
        BIO_free(session->out);
        session->in = session->out = NULL;
        wire__session_free(session);
        return NULL;
    }
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_app_data(session->ssl, session);
    bool address = true;
    if (tls->server) {
        SSL_set_accept_state(session->ssl);
    } else {
        SSL_set_connect_state(session->ssl);
        /* RFC 6066 section 3: only names, no addresses. */
        if (tls->name[0] != '\0' && wire__tls_is_host(tls->name, &address) && !address)
            SSL_set_tlsext_host_name(session->ssl, tls->name);
    }
    return session;
}

void wire__session_free(wire__session *session) {
    if (session == NULL) return;
    SSL_free(session->ssl);
    free(session);
}

int wire__session_verify(int good, X509_STORE_CTX *store) {
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    wire__session *session = SSL_get_app_data(ssl);
    if (good == 0)
        session->refused =
            wire__tls_explain_certificate(session->tls, store, session->error, sizeof session->error);
    return good;
}

/* ---- Failures ------------------------------------------------------------------------------------------ */

static int fail(wire__session *session, wire_tls_problem problem) {
    session->failed = true;
    /* With TLS 1.3 a server refuses its client after the handshake is done for that. */
    if (!session->heard) session->tls->problem = problem;
    return -1;
}

/* What came in place of a record, as far as it can be shown. */
static void start_show(const wire__session *session, char *text, size_t size) {
    char shown[START_MAX + 1];
    size_t len = 0;
    while (len < session->start_len && session->start[len] >= ' ' && session->start[len] < 0x7f) {
        shown[len] = (char)session->start[len];
        len++;
    }
    shown[len] = '\0';
    if (len > 3)
        snprintf(text, size, ": it begins with \"%s\"", shown);
    else
        text[0] = '\0';
}

static bool is_first_message(const SSL *ssl) {
    OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
    return state == TLS_ST_BEFORE || state == TLS_ST_CW_CLNT_HELLO || state == TLS_ST_CR_SRVR_HELLO ||
           state == TLS_ST_SR_CLNT_HELLO;
}

static int fail_by_openssl(wire__session *session) {
    unsigned long code = ERR_peek_error();
    int why = ERR_GET_REASON(code);
    const char *text = ERR_reason_error_string(code);
    wire_tls_problem problem = WIRE_TLS_OTHER;
    if (session->refused != WIRE_TLS_NO_PROBLEM) {
        problem = session->refused;
    } else if (why >= ALERT_REASONS && why < ALERT_REASONS + 256) {
        /* "tlsv13 alert certificate required" */
        const char *name = text != NULL ? strstr(text, "alert ") : NULL;
        problem = WIRE_TLS_REFUSED;
        if (name != NULL)
            snprintf(session->error, sizeof session->error, "the peer sent the alert \"%s\"", name + 6);
        else
            snprintf(session->error, sizeof session->error, "the peer sent alert %d", why - ALERT_REASONS);
    } else if (!session->done && is_first_message(session->ssl) &&
               (why == SSL_R_WRONG_VERSION_NUMBER || why == SSL_R_HTTP_REQUEST ||
                why == SSL_R_HTTPS_PROXY_REQUEST || why == SSL_R_PACKET_LENGTH_TOO_LONG ||
                why == SSL_R_BAD_RECORD_TYPE || why == SSL_R_UNEXPECTED_MESSAGE)) {
        char start[START_MAX + 32];
        problem = WIRE_TLS_NOT_TLS;
        start_show(session, start, sizeof start);
        snprintf(session->error, sizeof session->error, "the peer does not speak TLS%s", start);
    } else {
        snprintf(session->error, sizeof session->error, "%s", text != NULL ? text : "out of memory");
    }
    ERR_clear_error();
    return fail(session, problem);
}

/* After whatever may have made octets for the peer. */
static int out_check(wire__session *session) {
    if (BIO_ctrl_pending(session->out) <= WIRE_TLS_OUT_MAX) return 0;
    snprintf(session->error, sizeof session->error, "the peer asks for more than it takes");
    return fail(session, WIRE_TLS_OTHER);
}

/* ---- Octets in and out --------------------------------------------------------------------------------- */

int wire__session_feed(wire__session *session, const uint8_t *data, size_t len) {
    if (session->failed) return -1;
    size_t room = sizeof session->start - session->start_len;
    size_t kept = len < room ? len : room;
    memcpy(session->start + session->start_len, data, kept);
    session->start_len += kept;
    session->idle += len;
    if (session->idle > WIRE_TLS_IDLE_MAX) {
        snprintf(session->error, sizeof session->error, "the peer sends %s without end",
                 session->done ? "TLS without data" : "handshake messages");
        return fail(session, WIRE_TLS_OTHER);
    }
    if (len <= INT32_MAX && BIO_write(session->in, data, (int)len) == (int)len) return 0;
    snprintf(session->error, sizeof session->error, "out of memory");
    return fail(session, WIRE_TLS_OTHER);
}

const uint8_t *wire__session_out(wire__session *session, size_t *len) {
    char *data = NULL;
    long num = BIO_get_mem_data(session->out, &data);
    *len = num > 0 ? (size_t)num : 0;
    return (const uint8_t *)data;
}

void wire__session_took(wire__session *session, size_t len) {
    char scrap[16384];
    while (len > 0) {
        int n = BIO_read(session->out, scrap, len < sizeof scrap ? (int)len : (int)sizeof scrap);
        if (n <= 0) return;
        len -= (size_t)n;
    }
}

/* ---- The life of a session ----------------------------------------------------------------------------- */

wire__session_result wire__session_handshake(wire__session *session) {
    if (session->failed) return WIRE__SESSION_FAILED;
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result == 1) {
        session->done = true;
        session->idle = 0;
        return WIRE__SESSION_DONE;
    }
    int error = SSL_get_error(session->ssl, result);
    if (error == SSL_ERROR_WANT_READ && out_check(session) == 0) return WIRE__SESSION_MORE;
    if (!session->failed) fail_by_openssl(session);
    return WIRE__SESSION_FAILED;
}

wire__session_result wire__session_read(wire__session *session, uint8_t *data, size_t size, size_t *len) {
    *len = 0;
    if (session->failed) return WIRE__SESSION_FAILED;
    ERR_clear_error();
    if (SSL_read_ex(session->ssl, data, size, len) == 1) {
        session->idle = 0;
        session->heard = true;
        return WIRE__SESSION_DONE;
    }
    switch (SSL_get_error(session->ssl, 0)) {
    case SSL_ERROR_WANT_READ: return out_check(session) == 0 ? WIRE__SESSION_MORE : WIRE__SESSION_FAILED;
    case SSL_ERROR_ZERO_RETURN: session->notified = true; return WIRE__SESSION_CLOSED;
    default: fail_by_openssl(session); return WIRE__SESSION_FAILED;
    }
}

int wire__session_write(wire__session *session, const uint8_t *data, size_t len) {
    size_t written = 0;
    if (session->failed) return -1;
    ERR_clear_error();
    if (SSL_write_ex(session->ssl, data, len, &written) == 1 && written == len) return 0;
    return fail_by_openssl(session);
}

int wire__session_key_update(wire__session *session) {
    if (session->failed || !session->done || SSL_version(session->ssl) < TLS1_3_VERSION) return -1;
    ERR_clear_error();
    bool good =
        SSL_key_update(session->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(session->ssl) == 1;
    ERR_clear_error();
    return good ? 0 : -1;
}

int wire__session_raw(wire__session *session, const uint8_t *data, size_t len) {
    if (session->failed || !session->done || len > INT32_MAX) return -1;
    return BIO_write(session->out, data, (int)len) == (int)len ? 0 : -1;
}

void wire__session_close(wire__session *session) {
    if (session->failed || !session->done) return;
    ERR_clear_error();
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}

const char *wire__session_error(const wire__session *session) {
    return session->error;
}

bool wire__session_describe(const wire__session *session, wire_tls_info *info) {
    if (!session->done) return false;
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    *info = (wire_tls_info){.version = SSL_get_version(session->ssl),
                            .cipher = SSL_get_cipher_name(session->ssl),
                            .notified = session->notified};
    X509 *cert = SSL_get0_peer_certificate(session->ssl);
    info->verified = cert != NULL && SSL_get_verify_result(session->ssl) == X509_V_OK;
    SSL_get0_alpn_selected(session->ssl, &alpn, &alpn_len);
    if (alpn_len > sizeof info->alpn - 1) alpn_len = sizeof info->alpn - 1;
    for (unsigned i = 0; i < alpn_len; i++)
        info->alpn[i] = alpn[i] > ' ' && alpn[i] < 0x7f ? (char)alpn[i] : '?';
    return true;
}
