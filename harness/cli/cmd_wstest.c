/* SPDX-License-Identifier: MIT */
/* The program under the name wstest: command line, spec files, report files and lines of Autobahn's, verdicts
   of ours. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "autobahn/exact.h"
#include "autobahn/names.h"
#include "autobahn/report.h"
#include "autobahn/spec.h"
#include "cli/settings.h"
#include "cli/wstest.h"
#include "endpoint/endpoint.h"
#include "runner/clients.h"
#include "runner/events.h"
#include "runner/suite.h"
#include "version.h"
#include "wire/wire.h"

#define NAME_MAX_LEN 256
#define LEAVE_MS     1000 /* their limit for an answer to a Close frame, and for the end of TCP */

typedef struct flags {
    const char *mode, *spec, *uri, *fail_on, *ident, *timeout, *jobs;
    bool exact;
} flags;

/* A run of one of the fuzzing modes. */
typedef struct run {
    const flags *options;
    catalogue *catalogue;
    ab_names names;
    ab_spec spec;
    const ab_case **cases; /* selected */
    size_t num_cases;
    /* results */
    ab_agent agents[CLIENTS_AGENTS_MAX];
    char agent_names[CLIENTS_AGENTS_MAX][NAME_MAX_LEN];
    size_t num_agents;
    bool clients, bad, harness_failed, unreachable;
    size_t num_not_run; /* results that the spec selects and that are missing */
    uint64_t begun_us;  /* Unix time, of the run against the agent */
    unsigned timeout_ms;
    /* of the server being judged */
    json_t **by_test; /* line of each case of the catalogue */
    const char *agent;
} run;

static void warn(const char *text) {
    fprintf(stderr, "wstest: %s\n", text);
}

static int usage_error(const char *text) {
    fprintf(stderr, "wstest: %s; see wstest --help\n", text);
    return EXIT_USAGE;
}

/* Runs close as theirs would have: its timers end what ours only wait for, and leave a mark in the words. */
static bool leaving(void *user, const test_case *test, const observation *o, bool deadline,
                    run_leave *leave) {
    const run *r = user;
    size_t i = 0;
    while (i < r->num_cases && r->cases[i]->test != test) i++;
    if (i == r->num_cases) return false; /* a probe of life */
    json_t *events = events_received(o);
    ab_next next = ab_exact_next(events, r->cases[i], deadline);
    json_decref(events);
    if (next == AB_NEXT_CLOSE) return false;
    *leave = next == AB_NEXT_FAIL ? (run_leave){.has_code = true, .code = 1001, .reason = "Going Away"}
                                  : (run_leave){.reason = ""};
    if (deadline) leave->wait_ms = r->timeout_ms < LEAVE_MS ? r->timeout_ms : LEAVE_MS;
    return true;
}

static uint64_t unix_us(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Settings of runs, which send as many messages as theirs. Returns 0, or EXIT_USAGE after a message. */
static int run_settings(settings *s, const flags *o, unsigned jobs) {
    const cli_options usual = {.timeout = o->timeout, .jobs = o->jobs, .profile = "full"};
    return settings_read(s, &usual, jobs);
}

/* ---- Results ------------------------------------------------------------------------------------------- */

static ab_run run_of(const run *r) {
    return (ab_run){.cases = r->cases,
                    .num_cases = r->num_cases,
                    .agents = r->agents,
                    .num_agents = r->num_agents,
                    .judges_clients = r->clients,
                    .exact = r->options->exact,
                    .version = WSCONFORM_VERSION};
}

/* --fail-on: words of theirs, separated by commas; "failed" stands for all bad ones. */
static bool counts(const char *fail_on, const char *word) {
    static const char all[] = "FAILED,WRONG CODE,UNCLEAN,FAILED BY CLIENT";
    size_t len = strlen(word);
    for (const char *at = fail_on; at && *at;) {
        size_t n = strcspn(at, ",");
        if (n == len && strncasecmp(at, word, n) == 0) return true;
        if (n == 6 && fail_on != all && strncasecmp(at, "failed", 6) == 0 && counts(all, word)) return true;
        at += n + (at[n] == ',');
    }
    return false;
}

static void gate(run *r, const ab_agent *agent) {
    const ab_run all = run_of(r);
    for (size_t i = 0; i < r->num_cases; i++) {
        if (!agent->lines[i]) {
            if (!ab_spec_excludes(&r->spec, agent->name, r->cases[i]->id)) r->num_not_run++;
            continue;
        }
        ab_words words = ab_run_words(&all, agent->lines[i], r->cases[i]);
        r->bad |= counts(r->options->fail_on, words.behavior) || counts(r->options->fail_on, words.close);
    }
}

static const char *outdir_of(const run *r) {
    return r->spec.outdir ? r->spec.outdir : r->clients ? "./reports/clients/" : "./reports/servers/";
}

static void write_reports(run *r) {
    char why[600];
    const char *outdir = outdir_of(r);
    const ab_run all = run_of(r);
    if (ab_report_write(&all, outdir, why, sizeof why) == 0) return;
    warn(why);
    r->harness_failed = true;
}

/* ---- fuzzingclient ------------------------------------------------------------------------------------- */

static void on_result(void *user, const test_case *test, verdict v, const json_t *line) {
    run *r = user;
    size_t nth = (size_t)(test - r->catalogue->cases);
    (void)v;
    json_decref(r->by_test[nth]);
    r->by_test[nth] = json_incref((json_t *)(uintptr_t)line);
}

static void on_message(void *user, const char *text) {
    (void)user;
    warn(text);
}

static const suite_events suite_handlers = {on_result, NULL, on_message};

/* The Server field of the first response. */
static const char *server_name(const run *r) {
    for (size_t i = 0; i < r->catalogue->num_cases; i++) {
        const json_t *fields = json_object_get(json_object_get(r->by_test[i], "response"), "fields");
        for (size_t k = 0; k < json_array_size(fields); k++) {
            const json_t *field = json_array_get(fields, k);
            const char *name = json_string_value(json_array_get(field, 0));
            if (name && strcasecmp(name, "Server") == 0) return json_string_value(json_array_get(field, 1));
        }
    }
    return NULL;
}

/* The cases of ours to run for a server, each once. */
static const test_case **tests_of(const run *r, const ab_server *server, size_t *num) {
    bool *wanted = calloc(r->catalogue->num_cases + 1, sizeof *wanted);
    const test_case **tests = calloc(r->catalogue->num_cases + 1, sizeof *tests);
    if (!wanted || !tests) abort();
    for (size_t i = 0; i < r->num_cases; i++) {
        const ab_case *one = r->cases[i];
        const test_case *test = one ? one->test : NULL;
        bool excluded = test && server->agent && ab_spec_excludes(&r->spec, server->agent, one->id);
        if (test && !excluded) wanted[test - r->catalogue->cases] = true;
    }
    *num = 0;
    for (size_t i = 0; i < r->catalogue->num_cases; i++)
        if (wanted[i]) tests[(*num)++] = &r->catalogue->cases[i];
    free(wanted);
    return tests;
}

static void agent_take(run *r, const ab_server *server) {
    ab_agent *agent = &r->agents[r->num_agents];
    char *name = r->agent_names[r->num_agents];
    const char *found = server->agent ? server->agent : server_name(r);
    snprintf(name, NAME_MAX_LEN, "%s", found && *found ? found : "UnknownServer");
    const json_t **lines = calloc(r->num_cases + 1, sizeof *lines);
    if (!lines) abort();
    json_t *nothing = json_object();
    for (size_t i = 0; i < r->num_cases; i++) {
        const ab_case *one = r->cases[i];
        if (ab_spec_excludes(&r->spec, name, one->id)) continue;
        json_t *line = one->test ? r->by_test[one->test - r->catalogue->cases] : nothing;
        const char *v = json_string_value(json_object_get(line, "verdict"));
        if (line && !(v && strcmp(v, "not-run") == 0)) lines[i] = json_incref(line);
        if (lines[i])
            printf("Running test case ID %s for agent %s from peer %s\n", one->id, name, server->url);
    }
    json_decref(nothing);
    *agent = (ab_agent){name, lines, r->begun_us};
    r->num_agents++;
    gate(r, agent);
}

static int judge_server(run *r, const ab_server *server) {
    wire_url url;
    wire_target target;
    char why[4600], fields[2][1024] = {"", ""};
    const char *list[3] = {NULL, NULL, NULL};
    size_t num_fields = 0;
    if (wire_url_parse(&url, server->url, why, sizeof why) < 0) {
        fprintf(stderr, "wstest: bad URL \"%s\": %s\n", server->url, why);
        return EXIT_USAGE;
    }
    if (wire_resolve(&target, &url.address, why, sizeof why) < 0) {
        warn(why);
        return EXIT_TARGET;
    }
    if (server->origin) {
        snprintf(fields[num_fields], sizeof fields[0], "Origin: %s", server->origin);
        list[num_fields] = fields[num_fields];
        num_fields++;
    }
    if (server->protocols) {
        int n = snprintf(fields[num_fields], sizeof fields[0], "Sec-WebSocket-Protocol: ");
        for (size_t i = 0; server->protocols[i] && n > 0 && (size_t)n < sizeof fields[0]; i++)
            n += snprintf(fields[num_fields] + n, sizeof fields[0] - (size_t)n, "%s%s", i ? "," : "",
                          server->protocols[i]);
        list[num_fields] = fields[num_fields];
    }
    settings usual;
    if (run_settings(&usual, r->options, 32)) return EXIT_USAGE;
    r->timeout_ms = usual.timeout_ms;
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0) return EXIT_HARNESS;
    size_t num;
    const test_case **tests = tests_of(r, server, &num);
    suite_config config = {.cases = tests,
                           .num_cases = num,
                           .probe = catalogue_case(r->catalogue, SUITE_PROBE_ID),
                           .run = {.loop = &loop,
                                   .address = &target,
                                   .host = url.authority,
                                   .target = url.target,
                                   .fields = list[0] ? list : NULL,
                                   .timeout_ms = usual.timeout_ms,
                                   .case_ms = settings_case_ms(&usual),
                                   .seed = usual.seed,
                                   .full = usual.full,
                                   .leaving = r->options->exact ? leaving : NULL,
                                   .leaving_user = r},
                           .pacings = {[PACING_WHOLE] = true},
                           .repeat = 1,
                           .jobs = usual.jobs,
                           .wait_ms = usual.wait_ms,
                           .program = "wsconform",
                           .url = server->url,
                           .rerun_options = "",
                           .interrupted = settings_signals()};
    record_end end;
    r->begun_us = unix_us();
    int code = num ? suite_run(&config, &suite_handlers, r, &end, why, sizeof why) : 0;
    if (num) free(end.target_output ? (char *)(uintptr_t)end.target_output : NULL);
    if (num && *why) warn(why);
    for (int i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++) {}
    (void)uv_loop_close(&loop);
    free(tests);
    agent_take(r, server);
    return code == EXIT_HARNESS ? EXIT_HARNESS : 0;
}

static int fuzzing_client(run *r) {
    ab_server single = {.url = r->options->uri ? r->options->uri : "ws://localhost:80"};
    const ab_server *servers = r->spec.num_servers ? r->spec.servers : &single;
    size_t num = r->spec.num_servers ? r->spec.num_servers : 1;
    printf("Ok, will run %zu test cases against %zu servers\n", r->num_cases, num);
    fflush(stdout);
    r->by_test = calloc(r->catalogue->num_cases + 1, sizeof(json_t *));
    if (!r->by_test) abort();
    int code = 0;
    const volatile bool *interrupted = settings_signals();
    for (size_t i = 0; i < num && !*interrupted; i++) {
        for (size_t k = 0; k < r->catalogue->num_cases; k++) {
            json_decref(r->by_test[k]);
            r->by_test[k] = NULL;
        }
        code = settings_worse(code, judge_server(r, &servers[i]));
    }
    for (size_t k = 0; k < r->catalogue->num_cases; k++) json_decref(r->by_test[k]);
    free(r->by_test);
    write_reports(r);
    if (code == EXIT_TARGET) r->unreachable = true;
    return code == EXIT_TARGET ? 0 : code;
}

/* ---- fuzzingserver ------------------------------------------------------------------------------------- */

static void on_listening(void *user, unsigned port) {
    run *r = user;
    (void)port;
    printf("Ok, will run %zu test cases for any clients connecting\n", r->num_cases);
    fflush(stdout);
}

static void on_agent(void *user, unsigned nth, const char *name) {
    run *r = user;
    snprintf(r->agent_names[nth], NAME_MAX_LEN, "%s", name);
}

static bool on_excluded(void *user, const char *agent, size_t nth) {
    run *r = user;
    return ab_spec_excludes(&r->spec, agent, r->cases[nth]->id);
}

static void on_begins(void *user, const char *agent, size_t nth) {
    run *r = user;
    printf("Running test case ID %s for agent %s from peer %s\n", r->cases[nth]->id, agent, "tcp4");
    fflush(stdout);
}

static void lines_free(ab_agent *agent, size_t num) {
    for (size_t i = 0; i < num && agent->lines; i++) json_decref((json_t *)(uintptr_t)agent->lines[i]);
    free((void *)(uintptr_t)agent->lines);
    agent->lines = NULL;
}

static void on_report(void *user, unsigned nth, const json_t *const *lines, size_t num_lines, record_end *end,
                      bool last) {
    run *r = user;
    (void)end;
    ab_agent *agent = &r->agents[nth];
    lines_free(agent, num_lines);
    const json_t **kept = calloc(num_lines + 1, sizeof *kept);
    if (!kept) abort();
    for (size_t i = 0; i < num_lines; i++) kept[i] = json_incref((json_t *)(uintptr_t)lines[i]);
    *agent = (ab_agent){r->agent_names[nth], kept, r->begun_us};
    if (nth >= r->num_agents) r->num_agents = nth + 1;
    if (last) gate(r, agent);
    /* Agents are told one after another; those not told yet have no lines at this moment. */
    for (size_t i = 0; i < r->num_agents; i++)
        if (!r->agents[i].lines) return;
    write_reports(r);
}

static const char *on_status(void *user, size_t nth, const json_t *line) {
    const run *r = user;
    const ab_run all = run_of(r);
    return ab_run_words(&all, line, r->cases[nth]).behavior;
}

static const clients_events clients_handlers = {.listening = on_listening,
                                                .agent = on_agent,
                                                .excluded = on_excluded,
                                                .begins = on_begins,
                                                .status = on_status,
                                                .message = on_message,
                                                .report = on_report};

static int fuzzing_server(run *r) {
    char why[256];
    wire_url url;
    wire_target target;
    const char *text = r->spec.url ? r->spec.url : "ws://127.0.0.1:9001";
    if (wire_url_parse(&url, text, why, sizeof why) < 0) {
        fprintf(stderr, "wstest: %s: bad \"url\" \"%s\": %s\n", r->spec.path, text, why);
        return EXIT_USAGE;
    }
    if (url.secure) return usage_error("a server with TLS is not supported");
    /* Their host is ignored: containers map ports to all interfaces. */
    snprintf(url.address.host, sizeof url.address.host, "0.0.0.0");
    if (wire_resolve(&target, &url.address, why, sizeof why) < 0) {
        warn(why);
        return EXIT_USAGE;
    }
    settings usual;
    if (run_settings(&usual, r->options, 1)) return EXIT_USAGE;
    r->timeout_ms = usual.timeout_ms;
    const test_case **tests = calloc(r->num_cases + 1, sizeof *tests);
    clients_label *labels = calloc(r->num_cases + 1, sizeof *labels);
    if (!tests || !labels) abort();
    for (size_t i = 0; i < r->num_cases; i++) {
        const ab_case *one = r->cases[i];
        if (!one) abort();
        tests[i] = one->test;
        labels[i] = (clients_label){one->id, one->description};
    }
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0) abort();
    clients_config config = {
        .cases = tests,
        .num_cases = r->num_cases,
        .labels = labels,
        .run = {.loop = &loop,
                .timeout_ms = usual.timeout_ms,
                .case_ms = settings_case_ms(&usual),
                .seed = usual.seed,
                .full = usual.full,
                .leaving = r->options->exact ? leaving : NULL,
                .leaving_user = r},
        .plan = {.pacings = {[PACING_WHOLE] = true}, .repeat = 1, .rerun = "wsconform client"},
        .listen = &target,
        .host = "127.0.0.1",
        .jobs = 1,
        .linger_ms = UINT32_MAX,
        .interrupted = settings_signals()};
    r->begun_us = unix_us();
    int code = clients_run(&config, &clients_handlers, r, why, sizeof why);
    if (code == EXIT_HARNESS) warn(why);
    for (int i = 0; i < 1000 && uv_run(&loop, UV_RUN_NOWAIT); i++) {}
    (void)uv_loop_close(&loop);
    free(tests);
    free(labels);
    return code == EXIT_HARNESS ? EXIT_HARNESS : 0;
}

/* ---- Modes --------------------------------------------------------------------------------------------- */

/* Their first start without a spec makes one. */
static int spec_make(const char *path, bool client) {
    FILE *file = fopen(path, "wx");
    if (!file && errno == EEXIST) return 0;
    if (!file || fputs(ab_spec_default(client), file) < 0 || fclose(file) != 0) {
        fprintf(stderr, "wstest: cannot write %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    fprintf(stderr, "wstest: made %s\n", path);
    return 0;
}

/* For whom a verdict gates, a run that is not whole is no success: theirs ends with 0 when a server dies. */
static int whole(const run *r, int code) {
    if (r->num_not_run)
        fprintf(stderr, "wstest: %zu results are missing: the run is incomplete\n", r->num_not_run);
    else if (r->num_agents == 0)
        warn("nobody was judged");
    else if (!r->unreachable)
        return code;
    return EXIT_TARGET;
}

static int fuzzing(const flags *o, bool servers) {
    const char *path = o->spec ? o->spec : servers ? "fuzzingclient.json" : "fuzzingserver.json";
    char why[1024];
    if (!o->spec && spec_make(path, servers)) return EXIT_USAGE;
    run *r = calloc(1, sizeof *r);
    if (!r) abort();
    r->options = o;
    r->clients = !servers;
    int code = EXIT_USAGE;
    if (ab_spec_read(&r->spec, path, servers, warn, why, sizeof why) < 0) {
        warn(why);
    } else {
        r->catalogue = catalogue_load(NULL, NULL, NULL);
        if (!r->catalogue) abort();
        ab_names_init(&r->names, r->catalogue, servers);
        r->cases = calloc(r->names.num_cases + 1, sizeof *r->cases);
        if (!r->cases) abort();
        for (size_t i = 0; i < r->names.num_cases; i++)
            if (ab_spec_selects(&r->spec, r->names.cases[i].id))
                r->cases[r->num_cases++] = &r->names.cases[i];
        if (r->num_cases == 0)
            warn("the spec selects no case");
        else if (ab_report_folder(outdir_of(r), why, sizeof why) < 0)
            warn(why);
        else
            code = servers ? fuzzing_client(r) : fuzzing_server(r);
    }
    if (code == 0 && r->harness_failed) code = EXIT_HARNESS;
    if (code == 0 && r->bad) code = EXIT_FAILURES;
    if (o->fail_on && *o->fail_on && code != EXIT_USAGE && code != EXIT_HARNESS) code = whole(r, code);
    for (size_t i = 0; i < r->num_agents; i++) lines_free(&r->agents[i], r->num_cases);
    free(r->cases);
    ab_names_free(&r->names);
    ab_spec_free(&r->spec);
    catalogue_free(r->catalogue);
    free(r);
    return code;
}

static int echo_server(const flags *o) {
    char why[256], listen[300];
    wire_url url;
    if (!o->uri) return usage_error("this mode needs -w URI");
    if (wire_url_parse(&url, o->uri, why, sizeof why) < 0) {
        fprintf(stderr, "wstest: bad URL \"%s\": %s\n", o->uri, why);
        return EXIT_USAGE;
    }
    snprintf(listen, sizeof listen, "0.0.0.0:%s", url.address.port);
    cli_options echo = {.listen = listen, .quiet = true};
    return cmd_echo(&echo);
}

static int echo_client(const flags *o, bool drive) {
    if (!o->uri) return usage_error("this mode needs -w URI");
    cli_options echo = {.quiet = true, .agent = o->ident};
    *(drive ? &echo.drive : &echo.connect) = o->uri;
    return cmd_echo(&echo);
}

int wstest_main(int argc, char **argv) {
    struct option longs[WSTEST_FLAGS_MAX + 1];
    char letters[2 * WSTEST_FLAGS_MAX + 1];
    wstest_getopt(longs, letters);
    const char *exact = getenv("WSTEST_AUTOBAHN_EXACT");
    flags o = {.fail_on = getenv("WSTEST_FAIL_ON"), .exact = exact && *exact && strcmp(exact, "0") != 0};
    int c;
    while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
        switch (c) {
        case 'm': o.mode = optarg; break;
        case 's': o.spec = optarg; break;
        case 'w': o.uri = optarg; break;
        case 'i': o.ident = optarg; break;
        case 'F': o.fail_on = optarg; break;
        case 'E': o.exact = true; break;
        case 'T': o.timeout = optarg; break;
        case 'J': o.jobs = optarg; break;
        case 'a':
        case 'V': printf("wsconform %s\n", WSCONFORM_VERSION); return 0;
        case 'H': wstest_help(stdout); return 0;
        case '?': return EXIT_USAGE;
        default: break;
        }
    }
    if (optind < argc) return usage_error("there is an argument too many");
    if (!o.mode) return usage_error("no mode is given");
    if (strcmp(o.mode, "fuzzingclient") == 0) return fuzzing(&o, true);
    if (strcmp(o.mode, "fuzzingserver") == 0) return fuzzing(&o, false);
    if (strcmp(o.mode, "echoserver") == 0 || strcmp(o.mode, "testeeserver") == 0) return echo_server(&o);
    if (strcmp(o.mode, "echoclient") == 0) return echo_client(&o, false);
    if (strcmp(o.mode, "testeeclient") == 0) return echo_client(&o, true);
    return usage_error("there is no such mode here");
}
