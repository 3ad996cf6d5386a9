/* SPDX-License-Identifier: MIT */
#include "cli/secure.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALPN_MAX 16

/* The environment's SSLKEYLOGFILE is what browsers and curl use, too. */
static const char *keylog(const cli_options *o) {
    const char *file = o->tls_keylog ? o->tls_keylog : getenv("SSLKEYLOGFILE");
    return file && *file ? file : NULL;
}

/* A list by commas; "none" is an empty one. Returns the memory of the texts, or NULL after a message. */
static char *alpn_read(const cli_options *o, const char **list) {
    const char *given = o->tls_alpn ? o->tls_alpn : "http/1.1";
    char *texts = strdup(given), *save = NULL;
    size_t num = 0;
    if (!texts) abort();
    for (char *one = strtok_r(texts, ",", &save); one && strcmp(given, "none") != 0;
         one = strtok_r(NULL, ",", &save)) {
        if (num == ALPN_MAX) {
            (void)cli_usage_error("--tls-alpn takes at most %d protocols", ALPN_MAX);
            free(texts);
            return NULL;
        }
        list[num++] = one;
    }
    list[num] = NULL;
    return texts;
}

static int make(cli_tls *tls, const cli_options *o, wire_tls_config *config) {
    char why[400];
    const char *alpn[ALPN_MAX + 1];
    char *texts = alpn_read(o, alpn);
    if (!texts) return EXIT_USAGE;
    config->cert_file = o->tls_cert;
    config->key_file = o->tls_key;
    config->ca_file = o->tls_ca;
    config->min = o->tls_min;
    config->max = o->tls_max;
    config->alpn = alpn;
    config->keylog_file = keylog(o);
    tls->tls = wire_tls_new(config, why, sizeof why);
    config->alpn = NULL;
    free(texts);
    return tls->tls ? 0 : cli_usage_error("TLS: %s", why);
}

int cli_tls_connect(cli_tls *tls, const cli_options *o, const char *host, const wire_tls *authority) {
    *tls = (cli_tls){.checked = !o->tls_insecure};
    if (o->tls_insecure && o->tls_ca)
        return cli_usage_error("--tls-insecure and --tls-ca exclude each other");
    if (o->tls_write_ca) return cli_usage_error("--tls-write-ca goes with a server of ours");
    const char *name = o->tls_server_name ? o->tls_server_name : host;
    wire_tls_config config = {.insecure = o->tls_insecure, .name = name, .authority = authority};
    int code = make(tls, o, &config);
    if (code) return code;
    if (!tls->checked)
        snprintf(tls->text, sizeof tls->text, "the certificate of the server is not checked");
    else
        snprintf(tls->text, sizeof tls->text, "the certificate is checked, for %.200s, by %.200s", name,
                 o->tls_ca   ? o->tls_ca
                 : authority ? "an authority made for this run"
                             : "the authorities of the system");
    return 0;
}

int cli_tls_listen(cli_tls *tls, const cli_options *o, const char *host) {
    char why[400], own[256] = "";
    *tls = (cli_tls){.checked = o->tls_ca != NULL};
    if (o->tls_insecure) return cli_usage_error("--tls-insecure goes with a server that is judged");
    if (o->tls_write_ca && o->tls_cert)
        return cli_usage_error("--tls-write-ca writes what is made; --tls-cert takes what there is");
    if (gethostname(own, sizeof own - 1) != 0) own[0] = 0;
    const char *names[4] = {NULL};
    size_t num = 0;
    if (host && *host) names[num++] = host;
    if (*own) names[num++] = own;
    if (o->tls_server_name) names[num] = o->tls_server_name;
    wire_tls_config config = {.server = true, .names = names};
    int code = make(tls, o, &config);
    if (!code && o->tls_write_ca && wire_tls_write_ca(tls->tls, o->tls_write_ca, why, sizeof why) < 0)
        code = cli_usage_error("TLS: %s", why);
    if (code) {
        cli_tls_free(tls);
        return code;
    }
    snprintf(tls->text, sizeof tls->text, "the server shows %.200s%s%.200s",
             o->tls_cert ? o->tls_cert : "a certificate made for this run",
             o->tls_ca ? "; clients have to show one by " : "", o->tls_ca ? o->tls_ca : "");
    return 0;
}

void cli_tls_free(cli_tls *tls) {
    wire_tls_free(tls->tls);
    tls->tls = NULL;
}

void cli_tls_hint(const cli_tls *tls) {
    static const char *const hints[] = {
        [WIRE_TLS_UNTRUSTED] = "--tls-ca FILE trusts its authority, --tls-insecure any certificate",
        [WIRE_TLS_EXPIRED] = "--tls-insecure takes any certificate",
        [WIRE_TLS_WRONG_NAME] =
            "--tls-server-name NAME asks for another name, --tls-insecure takes any certificate",
        [WIRE_TLS_NOT_TLS] = "ws:// is without TLS",
        [WIRE_TLS_REFUSED] =
            "--tls-cert FILE and --tls-key FILE show a certificate, --tls-min, --tls-max and --tls-alpn "
            "choose what is offered",
        [WIRE_TLS_OTHER] = "--tls-min and --tls-max choose the versions"};
    wire_tls_problem problem = tls->tls ? wire_tls_last_problem(tls->tls) : WIRE_TLS_NO_PROBLEM;
    if (problem != WIRE_TLS_NO_PROBLEM) fprintf(stderr, "wsconform: hint: %s\n", hints[problem]);
}

int cli_tls_unwanted(const cli_options *o) {
    const struct {
        const char *name;
        bool given;
    } flags[] = {{"--tls-insecure", o->tls_insecure},
                 {"--tls-ca", o->tls_ca != NULL},
                 {"--tls-cert", o->tls_cert != NULL},
                 {"--tls-key", o->tls_key != NULL},
                 {"--tls-server-name", o->tls_server_name != NULL},
                 {"--tls-min", o->tls_min != NULL},
                 {"--tls-max", o->tls_max != NULL},
                 {"--tls-alpn", o->tls_alpn != NULL},
                 {"--tls-keylog", o->tls_keylog != NULL},
                 {"--tls-write-ca", o->tls_write_ca != NULL}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].given) return cli_usage_error("%s goes with wss:// or --tls", flags[i].name);
    return 0;
}
