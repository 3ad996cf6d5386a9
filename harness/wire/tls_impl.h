/* SPDX-License-Identifier: MIT */
/* TLS of one connection without a socket: octets of the peer go in, octets for it come out. */
#ifndef WIRE_TLS_IMPL_H
#define WIRE_TLS_IMPL_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "wire/tls.h"

struct wire_tls {
    SSL_CTX *ctx;
    bool server, insecure;
    char name[256];
    unsigned char alpn[256]; /* as it stands in the extension */
    unsigned alpn_len;
    X509 *ca; /* that was made; else NULL */
    int keylog_fd;
    wire_tls_problem problem;
};

/* Gives ctx a certificate made for these names, and returns that of the authority that signed it; NULL if
   OpenSSL cannot. */
X509 *wire__tls_make(SSL_CTX *ctx, const char *const *names);
/* True if text is a host name as it may stand in a certificate; *address: it is an address. */
bool wire__tls_is_host(const char *text, bool *address);
/* Writes why the peer's certificate is refused, for a person. Returns what to do about it. */
wire_tls_problem wire__tls_explain_certificate(const wire_tls *tls, X509_STORE_CTX *store, char *text,
                                               size_t text_len);

typedef struct wire__session wire__session;

typedef enum wire__session_result {
    WIRE__SESSION_DONE,   /* the handshake; or octets were read */
    WIRE__SESSION_MORE,   /* it takes more octets of the peer */
    WIRE__SESSION_CLOSED, /* the peer sent close_notify */
    WIRE__SESSION_FAILED  /* for ever; an alert may be to be sent */
} wire__session_result;

/* Callback of OpenSSL: keeps why it does not verify a certificate. */
int wire__session_verify(int good, X509_STORE_CTX *store);
/* tls must outlive it. NULL without memory. */
wire__session *wire__session_new(wire_tls *tls);
void wire__session_free(wire__session *session);
/* Goes on with the handshake as far as it can. */
wire__session_result wire__session_handshake(wire__session *session);
/* Takes octets of the peer. Returns 0, or -1 if it failed (without memory; more than a peer may send without
   data). */
int wire__session_feed(wire__session *session, const uint8_t *data, size_t len);
/* Reads what the octets taken hold, up to size octets of it. DONE: *len > 0. */
wire__session_result wire__session_read(wire__session *session, uint8_t *data, size_t size, size_t *len);
/* Makes records of data, as few as can be. Returns 0, or -1 if it has failed. */
int wire__session_write(wire__session *session, const uint8_t *data, size_t len);
/* Makes a KeyUpdate that asks for one. Returns 0, or -1 (before TLS 1.3; it has failed). */
int wire__session_key_update(wire__session *session);
/* Puts octets behind what is to be sent, as they are. Returns 0, or -1. */
int wire__session_raw(wire__session *session, const uint8_t *data, size_t len);
/* Makes a close_notify. */
void wire__session_close(wire__session *session);
/* Octets to be sent to the peer; borrowed until the next call. */
const uint8_t *wire__session_out(wire__session *session, size_t *len);
/* The first len of them are sent. */
void wire__session_took(wire__session *session, size_t len);
/* Why it failed; "" if it did not. */
const char *wire__session_error(const wire__session *session);
/* Like wire_tls_describe: false before the handshake is done. */
bool wire__session_describe(const wire__session *session, wire_tls_info *info);

#endif
