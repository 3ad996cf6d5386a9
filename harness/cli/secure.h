/* SPDX-License-Identifier: MIT */
/* TLS as the flags want it. */
#ifndef CLI_SECURE_H
#define CLI_SECURE_H

#include "cli/cli.h"
#include "wire/tls.h"

typedef struct cli_tls {
    wire_tls *tls;
    bool checked;   /* the peer's certificate is */
    char text[512]; /* how, for a record and for people */
} cli_tls;

/* For connections to a host. authority: of a server in this process, which is trusted then; may be NULL.
   Returns 0, or EXIT_USAGE after a message. */
int cli_tls_connect(cli_tls *tls, const cli_options *options, const char *host, const wire_tls *authority);
/* For listening under the name of a host; writes the certificate of --tls-write-ca. Same result. */
int cli_tls_listen(cli_tls *tls, const cli_options *options, const char *host);
/* After all connections are gone; zero is allowed. */
void cli_tls_free(cli_tls *tls);
/* Says on stderr what might help, if the last handshake failed for something that flags can change. */
void cli_tls_hint(const cli_tls *tls);
/* Returns 0, or EXIT_USAGE after a message if a flag of TLS is given (the run has none then). */
int cli_tls_unwanted(const cli_options *options);

#endif
