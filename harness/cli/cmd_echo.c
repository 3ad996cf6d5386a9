/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/cli.h"
#include "cli/echo_client.h"
#include "cli/place.h"
#include "endpoint/endpoint.h"

#define PROTOCOLS_MAX 32

static void faults_print(void) {
    size_t num;
    const endpoint_fault *faults = endpoint_faults(&num);
    const char *area = "";
    for (size_t i = 0; i < num; i++) {
        if (strcmp(area, faults[i].area) != 0) printf("%s%s\n", i ? "\n" : "", faults[i].area);
        area = faults[i].area;
        static const char *const roles[] = {
            [ENDPOINT_SERVER] = "server", [ENDPOINT_CLIENT] = "client", [ENDPOINT_BOTH] = "both"};
        printf("  %-40s %-6s %-14s %s\n", faults[i].name, roles[faults[i].role], faults[i].requirement,
               faults[i].summary);
    }
    printf("\n%zu faults\n", num);
}

typedef struct echo {
    endpoint_server *server;
    uv_signal_t term, interrupt;
} echo;

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    echo *e = handle->data;
    endpoint_server_close(e->server);
    uv_close((uv_handle_t *)&e->term, NULL);
    uv_close((uv_handle_t *)&e->interrupt, NULL);
}

/* Serves until a signal comes. */
static int serve(const cli_options *options, const endpoint_config *config) {
    cli_door door;
    char why[256], url[400];
    const char *listen = options->listen ? options->listen : "127.0.0.1:9001";
    uv_loop_t loop;
    int code = cli_door_read(&door, options, listen);
    if (code) return code;
    if (uv_loop_init(&loop) != 0) {
        fprintf(stderr, "wsconform: out of descriptors\n");
        code = EXIT_HARNESS;
    } else {
        echo e = {.server = endpoint_server_start(&loop, &door.target, config, why, sizeof why)};
        if (!e.server) {
            code = cli_usage_error("%s", why);
        } else {
            cli_door_url(&door, endpoint_server_port(e.server), url, sizeof url);
            printf("%s/\n", url);
            fflush(stdout);
            uv_signal_init(&loop, &e.term);
            uv_signal_init(&loop, &e.interrupt);
            e.term.data = e.interrupt.data = &e;
            uv_signal_start(&e.term, on_signal, SIGTERM);
            uv_signal_start(&e.interrupt, on_signal, SIGINT);
            uv_run(&loop, UV_RUN_DEFAULT);
        }
        (void)uv_run(&loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&loop);
    }
    cli_door_free(&door);
    return code;
}

int cmd_echo(const cli_options *options) {
    if (options->list_faults) {
        faults_print();
        return EXIT_OK;
    }
    if (options->words.num) return cli_usage_error("echo takes no argument \"%s\"", options->words.items[0]);
    endpoint_config config = {.fault = -1};
    if ((options->listen != NULL) + (options->connect != NULL) + (options->drive != NULL) > 1)
        return cli_usage_error("--listen, --connect and --drive exclude each other");
    const bool client = options->connect || options->drive;
    if (options->fault &&
        (config.fault = endpoint_fault_find(options->fault, client ? ENDPOINT_CLIENT : ENDPOINT_SERVER)) < 0)
        return cli_usage_error("a %s has no fault \"%s\"; see wsconform echo --list-faults",
                               client ? "client" : "server", options->fault);
    if (options->max_message && cli_size(options->max_message, &config.max_message))
        return cli_usage_error("--max-message %s is no size (64K, 16M)", options->max_message);
    const char *protocols[PROTOCOLS_MAX + 1] = {client ? NULL : "chat", "superchat", NULL};
    char *list = options->subprotocols ? strdup(options->subprotocols) : NULL;
    if (list) {
        size_t n = 0;
        char *save = NULL;
        for (char *p = strtok_r(list, ",", &save); p && n < PROTOCOLS_MAX; p = strtok_r(NULL, ",", &save))
            protocols[n++] = p;
        protocols[n] = NULL;
    }
    config.protocols = protocols;
    const int code = options->connect ? echo_connect(options, &config)
                     : options->drive ? echo_drive(options, &config)
                                      : serve(options, &config);
    free(list);
    return code;
}
