/* SPDX-License-Identifier: MIT */
/* wsconform client. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/gate.h"
#include "cli/github.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/select.h"
#include "cli/server.h"
#include "cli/settings.h"
#include "runner/clients.h"
#include "wire/wire.h"

#define LINGER_MS 2000
#define IDLE_MS   600000
#define LEAVE_MS  3000

typedef struct run {
    const cli_options *options;
    const catalogue *catalogue;
    const test_case **cases;
    size_t num_cases;
    gate *gate;
    cli_shard shard;
    settings settings;
    settings_moment moment;
    const char *host; /* for URLs */
    char url[300];    /* of the door */
    char names[CLIENTS_AGENTS_MAX][CLIENTS_NAME_MAX];
    bool progress;
    int code;           /* of what could not be written */
    const cli_tls *tls; /* while it listens */
    json_t **kept;      /* see client_judge */
} run;

static void progress_clear(run *r) {
    if (r->progress) fputs("\r\033[K", stderr);
    r->progress = false;
}

static void on_progress(void *user, size_t done, size_t total) {
    run *r = user;
    if (!isatty(STDERR_FILENO) || r->options->quiet) return;
    fprintf(stderr, "\r\033[K%zu/%zu", done, total);
    r->progress = true;
}

static void on_message(void *user, const char *text) {
    progress_clear(user);
    fprintf(stderr, "wsconform: %s\n", text);
}

static void on_listening(void *user, unsigned port) {
    run *r = user;
    snprintf(r->url, sizeof r->url, "ws%s://%s:%u", r->tls->tls ? "s" : "", r->host, port);
    if (r->options->exec) return;
    fprintf(stderr, "wsconform: %zu cases for clients at %s, for browsers at http%s://%s:%u/browser.html\n",
            r->num_cases, r->url, r->tls->tls ? "s" : "", r->host, port);
}

static void on_agent(void *user, unsigned nth, const char *name) {
    run *r = user;
    snprintf(r->names[nth], sizeof r->names[nth], "%s", name);
    if (*name && !r->options->quiet) {
        char text[CLIENTS_NAME_MAX + 32];
        snprintf(text, sizeof text, "agent \"%s\" is here", name);
        on_message(r, text);
    }
}

static int write_all(run *r, const record *whole, unsigned nth, bool last) {
    outputs files;
    int code = outputs_open(&files, r->options, nth);
    if (code) return code;
    bool good = outputs_record_write(&files, whole) == 0;
    FILE *terminal = !last || r->kept || outputs_on_stdout(&files) ? NULL : stdout;
    if (terminal) {
        progress_clear(r);
        report_terminal to = {.file = terminal,
                              .colour = cli_colour(r->options, terminal),
                              .verbose = r->options->verbose,
                              .quiet = r->options->quiet};
        report_terminal_header(&to, whole->header);
        for (size_t i = 0; i < json_array_size(whole->cases); i++)
            report_terminal_case(&to, whole->header, json_array_get(whole->cases, i));
        report_terminal_footer(&to, whole);
        fflush(terminal);
    }
    if (last) cli_github(r->options, whole, terminal ? terminal : stderr);
    if (outputs_finish(&files, whole) || !good) code = EXIT_HARNESS;
    outputs_abandon(&files);
    return code;
}

/* Results may be asked for several times; the baseline is updated by the last ones of the first agent. */
static int gate_judge(run *r, record *whole, unsigned nth, bool last, int code) {
    cli_options options = *r->options;
    options.update_baseline = options.update_baseline && last && nth == 0;
    if (r->options->update_baseline && last && nth > 0)
        on_message(r, "the baseline is that of the first agent; the others are judged by it");
    return cli_gate_close(r->gate, &options, r->catalogue, whole, code);
}

static void on_report(void *user, unsigned nth, const json_t *const *lines, size_t num_lines, record_end *end,
                      bool last) {
    run *r = user;
    record_run about = settings_about(&r->settings, r->options, &r->moment);
    about.catalogue = r->catalogue;
    about.cases = r->cases;
    about.num_cases = r->num_cases;
    about.shard = r->shard.index;
    about.num_shards = r->shard.of;
    about.num_all = r->shard.num_all;
    about.judges = "client";
    about.url = about.address = r->url;
    about.agent = *r->names[nth] ? r->names[nth] : NULL;
    about.tls = r->tls->tls ? r->tls->text : NULL;
    about.tls_checked = r->tls->checked;
    record whole = {.header = record_header(&about), .cases = json_array(), .footer = record_footer(end)};
    for (size_t i = 0; i < num_lines; i++) json_array_append(whole.cases, (json_t *)(uintptr_t)lines[i]);
    if (r->kept && num_lines) {
        json_decref(*r->kept);
        *r->kept = json_incref(json_array_get(whole.cases, num_lines - 1));
    }
    end->exit_code = gate_judge(r, &whole, nth, last, end->exit_code);
    int code = write_all(r, &whole, nth, last);
    r->code = settings_worse(r->code, code);
    json_decref(whole.header);
    json_decref(whole.cases);
    json_decref(whole.footer);
}

static const clients_events events = {.listening = on_listening,
                                      .agent = on_agent,
                                      .progress = on_progress,
                                      .message = on_message,
                                      .report = on_report};

static int duration(const char *text, const char *flag, unsigned *ms) {
    if (!text || cli_duration(text, ms) == 0) return 0;
    return cli_usage_error("%s %s is no duration (500ms, 2s, 1m)", flag, text);
}

/* An address to connect to where we listen. */
static const char *url_host(const wire_address *address, char *text, size_t len) {
    const char *host = address->host;
    if (strcmp(host, "0.0.0.0") == 0) return "127.0.0.1";
    if (strcmp(host, "::") == 0) return "[::1]";
    snprintf(text, len, strchr(host, ':') ? "[%s]" : "%s", host);
    return text;
}

static int serve(run *r, clients_config *config) {
    char why[256] = "", host[300];
    const char *listen = r->options->listen ? r->options->listen
                         : r->options->exec ? "127.0.0.1:0"
                                            : "127.0.0.1:9001";
    cli_door door;
    int code = cli_door_read(&door, r->options, listen);
    if (!code && *door.address.path) code = cli_usage_error("clients cannot be judged over a unix socket");
    if (code) {
        cli_door_free(&door);
        return code;
    }
    r->host = config->host = url_host(&door.address, host, sizeof host);
    r->tls = &door.tls;
    config->listen = &door.target;
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0) {
        fputs("wsconform: out of descriptors\n", stderr);
        r->host = config->host = NULL;
        config->listen = NULL;
        cli_door_free(&door);
        return EXIT_HARNESS;
    }
    config->run.loop = &loop;
    code = clients_run(config, &events, r, why, sizeof why);
    progress_clear(r);
    if (*why) fprintf(stderr, "wsconform: %s\n", why);
    for (int i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++) {}
    (void)uv_loop_close(&loop);
    r->host = config->host = NULL;
    config->listen = NULL;
    config->run.loop = NULL;
    cli_door_free(&door);
    return settings_worse(code, r->code);
}

int client_judge(const cli_options *options, json_t **kept) {
    run *r = calloc(1, sizeof *r);
    if (!r) abort();
    r->options = options;
    r->kept = kept;
    clients_config config = {
        .exec = options->exec, .linger_ms = LINGER_MS, .idle_ms = IDLE_MS, .leave_ms = LEAVE_MS};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int code = settings_read(&r->settings, options, processors > 0 ? (unsigned)processors * 2 : 4);
    if (!code) code = duration(options->linger, "--linger", &config.linger_ms);
    if (!code) code = duration(options->idle, "--idle", &config.idle_ms);
    if (!code && options->exec && !strstr(options->exec, "{url}"))
        code = cli_usage_error("--exec needs {url} where the client takes its URL");
    catalogue *all = code ? NULL : cli_catalogue(options);
    if (!all) {
        free(r);
        return code ? code : EXIT_USAGE;
    }
    long num = cli_select(options, all, &options->words, CLI_CLIENTS, &r->cases);
    if (num < 0) {
        catalogue_free(all);
        free(r);
        return EXIT_USAGE;
    }
    num = cli_shard_take(&r->shard, options, r->cases, num);
    code = num < 0 ? EXIT_USAGE : cli_gate_open(&r->gate, options, all);
    if (code) {
        free(r->cases);
        catalogue_free(all);
        free(r);
        return code;
    }
    /* A path that cannot be written is told before the cases run. */
    outputs probe;
    code = outputs_open(&probe, options, 0);
    outputs_abandon(&probe);
    if (!code) {
        r->catalogue = all;
        r->num_cases = (size_t)num;
        settings_moment_take(&r->moment);
        char rerun[3000], flags[2000];
        cli_place_flags(options, flags, sizeof flags);
        snprintf(rerun, sizeof rerun, "%s client%s%s%s%s%s", options->program,
                 options->exec ? " --exec '" : "", options->exec ? options->exec : "",
                 options->exec ? "'" : "", flags, r->settings.rerun);
        config.cases = r->cases;
        config.num_cases = r->num_cases;
        config.run = settings_run(&r->settings);
        config.plan = (attempts_plan){.repeat = r->settings.repeat, .rerun = rerun};
        memcpy(config.plan.pacings, r->settings.pacings, sizeof config.plan.pacings);
        config.jobs = r->settings.jobs;
        config.wait_ms = r->settings.wait_ms;
        config.interrupted = settings_signals();
        code = serve(r, &config);
    }
    gate_free(r->gate);
    free(r->cases);
    free(r);
    catalogue_free(all);
    return code;
}

int cmd_client(const cli_options *options) {
    return client_judge(options, NULL);
}
