/* SPDX-License-Identifier: MIT */
/* TLS for connections and listeners: what is offered, accepted and trusted (RFC 6455 sections 4.1, 4.2.2 and
   10.6). A wire_target that has one speaks TLS; everything above sees the plain octets.

   - Versions 1.2 and later unless told otherwise; no renegotiation, compression, tickets or early data.
   - Bounded against a hostile peer: octets of a handshake and octets without data (WIRE_TLS_IDLE_MAX), octets
   made in answer to the peer's records (WIRE_TLS_OUT_MAX), certificates of a chain, time of a handshake.
   - The end of the own half is a close_notify and a FIN (RFC 8446 section 6.1); a peer that ends TCP without
   one has ended all the same, which wire_tls_info says. */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>

/* Octets of TLS that a peer may send before its handshake is done, and without any data in them after that.
 */
#define WIRE_TLS_IDLE_MAX ((size_t)256 << 10)
/* Octets of TLS that may wait for a peer that does not take them, alerts and the like among them. */
#define WIRE_TLS_OUT_MAX ((size_t)256 << 10)
/* How long a client may take for its handshake. That of a server is part of the time to connect. */
#define WIRE_TLS_ACCEPT_MS 10000

typedef struct wire_tls wire_tls;
typedef struct wire_conn wire_conn;

/* Texts are only read while wire_tls_new runs. Zero is a client that trusts the system's certificates. */
typedef struct wire_tls_config {
    bool server;
    bool insecure; /* client: any certificate will do */
    /* Client: name or address of the server. A name is sent (SNI); either is looked for in the certificate.
       NULL: neither is done. */
    const char *name;
    /* PEM. Client: whom it trusts instead of the system's store. Server: clients have to show a certificate
       of one of these. NULL: the system's store; clients are asked for nothing. */
    const char *ca_file;
    const wire_tls *authority; /* client: whose authority that was made is trusted, too; may be NULL */
    /* PEM, own certificate with its chain, and key (NULL: in the same file). Server without: one made for
       `names`, localhost, 127.0.0.1 and ::1, by an authority made for it. */
    const char *cert_file, *key_file;
    const char *const *names; /* NULL-terminated; may be NULL. What is neither a name nor an address is left
                                 out */
    const char *min, *max;    /* "1.0" to "1.3"; NULL: 1.2, and the latest */
    /* Protocols of the application by preference (RFC 7301), NULL-terminated. A client offers them, a server
       refuses a client that offers only others. NULL or empty: nothing is said. */
    const char *const *alpn;
    const char *keylog_file; /* to which the secrets of each connection are added; NULL: none */
} wire_tls_config;

/* Returns NULL with a reason, which names the file or value at fault. */
wire_tls *wire_tls_new(const wire_tls_config *config, char *error, size_t error_len);
/* No connection or listener may use it any more: their loop has to have turned after they were closed. NULL
   is allowed. */
void wire_tls_free(wire_tls *tls);
/* Writes the certificate of the authority that was made (PEM), so that clients can trust it. Returns 0, or -1
   with a reason; also if none was made. */
int wire_tls_write_ca(const wire_tls *tls, const char *path, char *error, size_t error_len);

/* Why a handshake failed, as far as somebody can do something about it. */
typedef enum wire_tls_problem {
    WIRE_TLS_NO_PROBLEM,
    WIRE_TLS_UNTRUSTED, /* the peer's certificate comes from nobody who is trusted */
    WIRE_TLS_EXPIRED,   /* or is not valid yet */
    WIRE_TLS_WRONG_NAME,
    WIRE_TLS_NOT_TLS, /* the peer speaks something else */
    WIRE_TLS_REFUSED, /* the peer sent an alert */
    WIRE_TLS_OTHER
} wire_tls_problem;
/* Of the handshake that failed last. */
wire_tls_problem wire_tls_last_problem(const wire_tls *tls);

typedef struct wire_tls_info {
    const char *version; /* "TLSv1.3" */
    const char *cipher;  /* "TLS_AES_256_GCM_SHA384" */
    char alpn[64];       /* "" if none was agreed on */
    bool verified;       /* the peer showed a certificate that is trusted, and has the right name */
    bool notified;       /* the peer's half ended with close_notify */
} wire_tls_info;
/* What a peer has to be ready for, or to refuse. */
typedef enum wire_tls_act {
    WIRE_TLS_BARE_END,   /* the end of our half, when it comes, has no close_notify */
    WIRE_TLS_NOTIFY,     /* a close_notify, while TCP stays open; nothing can be sent behind it */
    WIRE_TLS_KEY_UPDATE, /* a KeyUpdate that asks for one (RFC 8446 4.6.3); not before TLS 1.3 */
    WIRE_TLS_LONG_RECORD /* a record that is longer than any version allows (RFC 8446 5.2, RFC 5246 6.2.3) */
} wire_tls_act;
/* Does that on an open connection, behind everything that was sent. Returns 0, or -1 if the connection does
   not speak TLS, its version does not have it, it has ended, or octets that were sent are still queued. */
int wire_tls_do(wire_conn *conn, wire_tls_act act);

/* What an open connection agreed on, and how it ended. Returns false if it does not speak TLS, or is not open
   yet. The texts are static. */
bool wire_tls_describe(const wire_conn *conn, wire_tls_info *info);

#endif
