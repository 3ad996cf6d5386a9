/* SPDX-License-Identifier: MIT */
#include "cli/echo_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "cli/place.h"

#define DEFAULT_JOBS 16
#define CASES_MAX    100000000
#define TARGET_MAX   512

static int place_read(cli_place *where, const cli_options *options, const char *text) {
    int code = strncasecmp(text, "wss://", 6) == 0 ? 0 : cli_tls_unwanted(options);
    return code ? code : cli_place_read(where, options, text, NULL);
}

static uint64_t random_seed(void) {
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) abort();
    return seed;
}

/* A client that a fault kills ends as a crash does, so that whoever watches it sees one. */
static void die_if(endpoint_end end) {
    if (end == ENDPOINT_END_DIED) abort();
}

static int loop_close(uv_loop_t *loop, int code) {
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return uv_loop_close(loop) == 0 ? code : EXIT_HARNESS;
}

/* ---- One connection ------------------------------------------------------------------------------------ */

static void connect_done(void *user, endpoint_end end) {
    int *code = user;
    die_if(end);
    if (end == ENDPOINT_END_REFUSED) fputs("wsconform: the opening handshake failed\n", stderr);
    *code = end == ENDPOINT_END_SERVED ? EXIT_OK : end == ENDPOINT_END_REFUSED ? EXIT_FAILURES : EXIT_TARGET;
}

int echo_connect(const cli_options *options, const endpoint_config *base) {
    cli_place where;
    uv_loop_t loop;
    int code = place_read(&where, options, options->connect);
    if (code) return code;
    endpoint_request request = {
        .host = where.url.authority, .target = where.url.target, .seed = random_seed()};
    endpoint_config config = *base;
    config.request = &request;
    code = EXIT_HARNESS;
    if (uv_loop_init(&loop) != 0 ||
        endpoint_client_start(&loop, &where.target, &config, connect_done, &code) == NULL) {
        fputs("wsconform: out of descriptors or memory\n", stderr);
        cli_place_free(&where);
        return EXIT_HARNESS;
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    code = loop_close(&loop, code);
    if (code == EXIT_TARGET) {
        fprintf(stderr, "wsconform: no connection to %s\n", where.target.text);
        cli_tls_hint(&where.tls);
    }
    cli_place_free(&where);
    return code;
}

/* ---- All cases ----------------------------------------------------------------------------------------- */

typedef struct drive drive;

/* One connection to a control URL. */
typedef struct visit {
    drive *all;
    endpoint_request request;
    char target[TARGET_MAX];
} visit;

struct drive {
    uv_loop_t loop;
    cli_place where;
    endpoint_config base;
    char agent[3 * 128 + 1]; /* percent-encoded */
    uint64_t num_cases, next_case;
    unsigned jobs, active;
    bool counted, updated, failed;
};

static void go_on(drive *d);

static void visit_done(void *user, endpoint_end end) {
    visit *v = user;
    drive *d = v->all;
    die_if(end);
    free(v);
    d->active--;
    if (!d->counted || end == ENDPOINT_END_UNREACHABLE) d->failed = true;
    go_on(d);
}

/* Begins a visit; false without descriptors or memory. */
static bool visit_start(drive *d, const char *target, const endpoint_config *base) {
    visit *v = calloc(1, sizeof *v);
    if (v == NULL) return false;
    v->all = d;
    (void)snprintf(v->target, sizeof v->target, "%s", target);
    v->request =
        (endpoint_request){.host = d->where.url.authority, .target = v->target, .seed = random_seed()};
    endpoint_config config = *base;
    config.request = &v->request;
    d->active++;
    if (endpoint_client_start(&d->loop, &d->where.target, &config, visit_done, v) != NULL) return true;
    d->active--;
    free(v);
    return false;
}

static void count_taken(void *user, bool text, const uint8_t *data, size_t len) {
    drive *d = user;
    uint64_t num = 0;
    (void)text;
    for (size_t i = 0; i < len; i++) {
        if (data[i] < '0' || data[i] > '9' || num > CASES_MAX) return;
        num = 10 * num + (uint64_t)(data[i] - '0');
    }
    d->counted = len > 0 && num <= CASES_MAX;
    d->num_cases = d->counted ? num : 0;
}

static void go_on(drive *d) {
    char target[TARGET_MAX];
    const endpoint_config plain = {.fault = -1};
    while (!d->failed && d->active < d->jobs && d->next_case < d->num_cases) {
        (void)snprintf(target, sizeof target, "/runCase?case=%llu&agent=%s",
                       (unsigned long long)d->next_case + 1, d->agent);
        /* Without descriptors for another one: when one of those that run is done. */
        if (!visit_start(d, target, &d->base)) break;
        d->next_case++;
    }
    if (d->active > 0) return;
    if (d->next_case < d->num_cases) d->failed = true;
    if (d->failed || d->updated) return;
    d->updated = true;
    (void)snprintf(target, sizeof target, "/updateReports?agent=%s", d->agent);
    if (!visit_start(d, target, &plain)) d->failed = true;
}

/* As the query of a URL wants it (RFC 3986 2.1). */
static void percent_encode(char *dst, size_t size, const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t used = 0;
    for (; *text != '\0' && used + 4 <= size; text++) {
        if (strchr(plain, *text) != NULL)
            dst[used++] = *text;
        else
            used += (size_t)snprintf(dst + used, size - used, "%%%02X", (unsigned char)*text);
    }
    dst[used] = '\0';
}

int echo_drive(const cli_options *options, const endpoint_config *base) {
    uint64_t jobs = DEFAULT_JOBS;
    drive d = {.base = *base};
    int code = place_read(&d.where, options, options->drive);
    if (code) return code;
    if (strcmp(d.where.url.target, "/") != 0)
        code = cli_usage_error("--drive takes no path: the control URLs are at the root");
    else if (options->jobs && (cli_number(options->jobs, 1024, &jobs) || !jobs))
        code = cli_usage_error("--jobs %s is no number from 1 to 1024", options->jobs);
    if (code) {
        cli_place_free(&d.where);
        return code;
    }
    const char *name = options->agent ? options->agent : options->fault ? options->fault : "wsconform";
    percent_encode(d.agent, sizeof d.agent, name);
    d.jobs = (unsigned)jobs;
    const endpoint_config counting = {.fault = -1, .message = count_taken, .user = &d};
    if (uv_loop_init(&d.loop) != 0 || !visit_start(&d, "/getCaseCount", &counting)) {
        fputs("wsconform: out of descriptors or memory\n", stderr);
        cli_place_free(&d.where);
        return EXIT_HARNESS;
    }
    (void)uv_run(&d.loop, UV_RUN_DEFAULT);
    if (!d.counted)
        fprintf(stderr, "wsconform: %s does not say how many cases there are (/getCaseCount)\n",
                d.where.target.text);
    code = loop_close(&d.loop, d.failed || !d.counted ? EXIT_TARGET : EXIT_OK);
    cli_place_free(&d.where);
    return code;
}
