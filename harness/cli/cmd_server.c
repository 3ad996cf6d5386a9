/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "cli/gate.h"
#include "cli/github.h"
#include "cli/output.h"
#include "cli/place.h"
#include "cli/profile.h"
#include "cli/select.h"
#include "cli/server.h"
#include "cli/settings.h"
#include "endpoint/endpoint.h"
#include "runner/suite.h"
#include "target/target.h"

/* One run against one target, from its options to its reports. */
typedef struct run {
    const cli_options *options;
    const catalogue *catalogue;
    gate *gate;
    cli_shard shard;
    const test_case *probe;
    const test_case **cases;
    size_t num_cases;
    cli_place place;
    cli_lines lines;
    const cli_profile *profile;
    cli_tls builtin; /* of the reference endpoint */
    char url_text[2600];
    unsigned port;
    settings settings;
    const volatile bool *interrupted;
    outputs outputs;
    report_terminal terminal;
    record record;
    bool progress; /* a line of progress is on stderr */
    bool jsonl_failed;
    json_t **kept; /* see server_judge */
} run;

/* ---- Options ------------------------------------------------------------------------------------------- */

static int options_read(run *r) {
    const cli_options *o = r->options;
    uint64_t number;
    int code = settings_read(&r->settings, o, 32);
    if (code) return code;
    if (o->port) {
        if (cli_number(o->port, 65535, &number) || !number)
            return cli_usage_error("--port %s is no port", o->port);
        if (!o->exec) return cli_usage_error("--port goes with --exec");
        r->port = (unsigned)number;
    }
    if (o->fault && !o->builtin) return cli_usage_error("--fault goes with --builtin");
    if (o->fault && endpoint_fault_find(o->fault, ENDPOINT_SERVER) < 0)
        return cli_usage_error("there is no fault \"%s\"; see wsconform echo --list-faults", o->fault);
    if (o->exec && o->builtin) return cli_usage_error("--exec and --builtin exclude each other");
    cli_lines probe;
    return cli_lines_read(&probe, o);
}

static int address_read(run *r, const char *text) {
    char full[2600];
    if (!text) {
        snprintf(full, sizeof full, "ws%s://127.0.0.1:%u/", r->options->tls ? "s" : "", r->port);
    } else {
        /* {port} in a URL that goes with --exec */
        const char *at = strstr(text, "{port}");
        int n = at ? snprintf(full, sizeof full, "%.*s%u%s", (int)(at - text), text, r->port, at + 6)
                   : snprintf(full, sizeof full, "%s", text);
        if (n < 0 || (size_t)n >= sizeof full) return cli_usage_error("the URL is too long");
    }
    int code = cli_place_read(&r->place, r->options, full, r->builtin.tls);
    if (!code) code = cli_lines_read(&r->lines, r->options);
    if (code) return code;
    snprintf(r->url_text, sizeof r->url_text, "%s", full);
    return 0;
}

/* ---- While it runs ------------------------------------------------------------------------------------- */

static void progress_clear(run *r) {
    if (r->progress) fputs("\r\033[K", stderr);
    r->progress = false;
}

static void on_progress(void *user, size_t done, size_t total) {
    run *r = user;
    if (!isatty(STDERR_FILENO) || r->terminal.quiet) return;
    fprintf(stderr, "\r\033[K%zu/%zu", done, total);
    r->progress = true;
}

static void on_message(void *user, const char *text) {
    run *r = user;
    progress_clear(r);
    fprintf(stderr, "wsconform: %s\n", text);
}

static void line_write(run *r, const json_t *line) {
    if (outputs_record(&r->outputs) && !r->jsonl_failed &&
        record_write_line(outputs_record(&r->outputs), line) < 0) {
        r->jsonl_failed = true;
        on_message(r, "the record cannot be written any further");
    }
}

static void on_result(void *user, const test_case *test, verdict v, const json_t *line) {
    run *r = user;
    (void)test;
    (void)v;
    json_t *own = (json_t *)(uintptr_t)line;
    cli_gate_case(r->gate, r->options, own);
    line_write(r, own);
    json_array_append(r->record.cases, own);
    progress_clear(r);
    if (r->terminal.file) report_terminal_case(&r->terminal, r->record.header, line);
    if (r->kept) {
        json_decref(*r->kept);
        *r->kept = json_incref(own);
        return;
    }
    /* Nothing else shows the octets, and they are the greater part of a record. */
    if (r->outputs.files[OUTPUT_HTML].file) return;
    json_object_del(own, "wire");
    json_object_del(json_object_get(own, "other"), "wire");
}

static const suite_events events = {on_result, on_progress, on_message};

static json_t *header_make(const run *r) {
    settings_moment moment;
    settings_moment_take(&moment);
    record_run about = settings_about(&r->settings, r->options, &moment);
    about.catalogue = r->catalogue;
    about.cases = r->cases;
    about.num_cases = r->num_cases;
    about.shard = r->shard.index;
    about.num_shards = r->shard.of;
    about.num_all = r->shard.num_all;
    about.judges = "server";
    about.url = r->url_text;
    about.target_profile = r->profile->echoes ? NULL : r->profile->name;
    about.address = r->place.target.text;
    about.tls = r->place.tls.tls ? r->place.tls.text : NULL;
    about.tls_checked = r->place.tls.checked;
    return record_header(&about);
}

static int suite_do(run *r, uv_loop_t *loop) {
    char error[4600], rerun[3000] = "", flags[2000];
    const cli_options *o = r->options;
    suite_config config = {.cases = r->cases,
                           .num_cases = r->num_cases,
                           .probe = r->profile->echoes ? r->probe : r->profile->sign,
                           .probe_answers = !r->profile->echoes,
                           .run = settings_run(&r->settings),
                           .repeat = r->settings.repeat,
                           .jobs = r->settings.jobs,
                           .wait_ms = r->settings.wait_ms,
                           .exec = o->exec,
                           .port = r->port,
                           .program = o->program,
                           .url = r->url_text,
                           .rerun_options = rerun,
                           .interrupted = r->interrupted};
    memcpy(config.pacings, r->settings.pacings, sizeof config.pacings);
    config.run.loop = loop;
    config.run.talks = !r->profile->echoes;
    config.run.address = &r->place.target;
    config.run.host = r->place.url.authority;
    config.run.target = r->place.url.target;
    config.run.fields = r->lines.num ? r->lines.items : NULL;
    if (o->exec) {
        config.url = o->words.num && strstr(o->words.items[0], "://") ? o->words.items[0] : NULL;
        if (!strchr(o->exec, '\'') && strlen(o->exec) < sizeof rerun - 80)
            snprintf(rerun, sizeof rerun, "--exec '%s'", o->exec);
    } else if (o->builtin) {
        config.url = NULL;
        snprintf(rerun, sizeof rerun, "--builtin%s%s", o->fault ? " --fault " : "", o->fault ? o->fault : "");
    }
    cli_place_flags(o, flags, sizeof flags);
    const char *more = r->settings.rerun + (*rerun == 0 && *r->settings.rerun);
    snprintf(rerun + strlen(rerun), sizeof rerun - strlen(rerun), "%s", more);
    more = flags + (*rerun == 0 && *flags);
    if (strlen(more) < sizeof rerun - strlen(rerun)) strcpy(rerun + strlen(rerun), more);
    r->record.header = header_make(r);
    gate_header(r->gate, r->record.header);
    r->record.cases = json_array();
    line_write(r, r->record.header);
    if (r->terminal.file) report_terminal_header(&r->terminal, r->record.header);

    record_end end;
    int code = suite_run(&config, &events, r, &end, error, sizeof error);
    r->record.footer = record_footer(&end);
    code = cli_gate_close(r->gate, o, r->catalogue, &r->record, code);
    free(end.target_output ? (char *)(uintptr_t)end.target_output : NULL);
    progress_clear(r);
    line_write(r, r->record.footer);
    bool any = end.totals[VERDICT_NOT_RUN] < end.planned; /* else the reason on stderr says all */
    if (r->terminal.file && any) report_terminal_footer(&r->terminal, &r->record);
    if (*error) fprintf(stderr, "wsconform: %s\n", error);
    if (code == EXIT_TARGET) cli_tls_hint(&r->place.tls);
    cli_github(o, &r->record, r->terminal.file ? r->terminal.file : stderr);
    if (outputs_finish(&r->outputs, &r->record) || r->jsonl_failed) return EXIT_HARNESS;
    return code;
}

/* The reference endpoint on a free port. */
static int builtin_start(run *r, uv_loop_t *loop, endpoint_server **endpoint) {
    const cli_options *o = r->options;
    wire_target any;
    const wire_address address = {.host = "127.0.0.1", .port = "0"};
    char why[256];
    static const char *const protocols[] = {"chat", "superchat", NULL};
    const endpoint_config config = {.fault = o->fault ? endpoint_fault_find(o->fault, ENDPOINT_SERVER) : -1,
                                    .protocols = protocols};
    const cli_options listening = {.tls_min = o->tls_min, .tls_max = o->tls_max};
    int code = o->tls ? cli_tls_listen(&r->builtin, &listening, NULL) : 0;
    if (code) return code;
    if (wire_resolve(&any, &address, why, sizeof why) == 0) {
        any.tls = r->builtin.tls;
        *endpoint = endpoint_server_start(loop, &any, &config, why, sizeof why);
    }
    if (!*endpoint) {
        fprintf(stderr, "wsconform: cannot start the reference endpoint: %s\n", why);
        return EXIT_HARNESS;
    }
    r->port = endpoint_server_port(*endpoint);
    return 0;
}

static int judge_one(run *r, const char *url, unsigned nth) {
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0) {
        fprintf(stderr, "wsconform: out of descriptors\n");
        return EXIT_HARNESS;
    }
    endpoint_server *endpoint = NULL;
    int code = 0;
    if (r->options->builtin) {
        code = builtin_start(r, &loop, &endpoint);
    } else if (r->options->exec && !r->options->port && (!url || strstr(url, "{port}"))) {
        r->port = target_free_port();
    }
    if (!code) code = address_read(r, url);
    if (!code && r->options->exec && !r->port) {
        uint64_t number = 0;
        (void)cli_number(r->place.url.address.port, 65535, &number);
        r->port = (unsigned)number;
    }
    if (!code) code = outputs_open(&r->outputs, r->options, nth);
    if (!code) {
        FILE *terminal = r->kept || outputs_on_stdout(&r->outputs) ? NULL : stdout;
        r->terminal = (report_terminal){.file = terminal,
                                        .colour = terminal && cli_colour(r->options, terminal),
                                        .verbose = r->options->verbose,
                                        .quiet = r->options->quiet};
        code = suite_do(r, &loop);
    }
    if (endpoint) endpoint_server_close(endpoint);
    for (int i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++) {}
    (void)uv_loop_close(&loop);
    cli_place_free(&r->place);
    cli_tls_free(&r->builtin);
    outputs_abandon(&r->outputs);
    json_decref(r->record.header);
    json_decref(r->record.cases);
    json_decref(r->record.footer);
    return code;
}

int server_judge(const cli_options *options, json_t **kept) {
    cli_list urls = {.num = 0}, patterns = {.num = 0};
    for (size_t i = 0; i < options->words.num; i++) {
        cli_list *list = strstr(options->words.items[i], "://") ? &urls : &patterns;
        list->items[list->num++] = options->words.items[i];
    }
    run first = {.options = options, .kept = kept};
    int code = options_read(&first);
    if (code) return code;
    if (!urls.num && !options->exec && !options->builtin && patterns.num && strchr(patterns.items[0], ':') &&
        strncmp(patterns.items[0], "autobahn:", 9) != 0)
        return cli_usage_error("\"%s\" is no URL; is it ws://%s?", patterns.items[0], patterns.items[0]);
    if (!urls.num && !options->exec && !options->builtin)
        return cli_usage_error("name a server: a URL (ws://localhost:9001/), --exec CMD or --builtin");
    if (options->exec && urls.num && strcasestr(urls.items[0], "+unix:"))
        return cli_usage_error("--exec is reached by a port, not by a unix socket");
    if (urls.num && options->builtin) return cli_usage_error("--builtin takes no URL");
    if (urls.num > 1 && options->exec) return cli_usage_error("--exec takes one URL at most");
    if (urls.num && options->tls) return cli_usage_error("a URL says itself whether it is wss://: no --tls");
    bool secure = options->tls;
    for (size_t i = 0; i < urls.num; i++) secure |= strncasecmp(urls.items[i], "wss", 3) == 0;
    if (!secure && (code = cli_tls_unwanted(options)) != 0) return code;
    cli_profile profile;
    code = cli_profile_read(&profile, options);
    if (code) return code;
    first.profile = &profile;
    catalogue *all = cli_catalogue(options);
    if (!all) return EXIT_USAGE;
    const test_case **cases;
    long num = cli_select(options, all, &patterns, CLI_SERVERS, &cases);
    if (num < 0) {
        catalogue_free(all);
        return EXIT_USAGE;
    }
    num = cli_shard_take(&first.shard, options, cases, num);
    if (num < 0) {
        free(cases);
        catalogue_free(all);
        return EXIT_USAGE;
    }
    /* A folder of the user's own need not hold the signs of life. */
    catalogue *inner = catalogue_case(all, SUITE_PROBE_ID) ? NULL : cli_catalogue(&(cli_options){0});
    const test_case *probe = catalogue_case(inner ? inner : all, SUITE_PROBE_ID);
    if (!probe) abort();
    if (urls.num > 1 && options->update_baseline) {
        code = cli_usage_error("--update-baseline takes one target");
        goto finish;
    }
    code = cli_gate_open(&first.gate, options, all);
    if (code) goto finish;
    first.interrupted = settings_signals();
    for (unsigned i = 0; i < (urls.num ? urls.num : 1) && !*first.interrupted; i++) {
        run *r = malloc(sizeof *r);
        if (!r) abort();
        *r = first;
        r->catalogue = all;
        r->probe = probe;
        r->cases = cases;
        r->num_cases = (size_t)num;
        code = settings_worse(code, judge_one(r, urls.num ? urls.items[i] : NULL, i));
        free(r);
    }
finish:
    gate_free(first.gate);
    free(cases);
    catalogue_free(inner);
    catalogue_free(all);
    return code;
}

int cmd_server(const cli_options *options) {
    return server_judge(options, NULL);
}
