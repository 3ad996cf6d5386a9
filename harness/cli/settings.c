/* SPDX-License-Identifier: MIT */
#include "cli/settings.h"

#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cli/github.h"

int settings_read(settings *s, const cli_options *o, unsigned default_jobs) {
    uint64_t number;
    *s = (settings){.wait_ms = 10000, .timeout_ms = 10000, .jobs = default_jobs, .repeat = 1, .seed = 1};
    if (o->wait && cli_duration(o->wait, &s->wait_ms))
        return cli_usage_error("--wait %s is no duration (500ms, 2s, 1m)", o->wait);
    if (o->timeout && (cli_duration(o->timeout, &s->timeout_ms) || !s->timeout_ms))
        return cli_usage_error("--timeout %s is no duration (500ms, 2s, 1m)", o->timeout);
    if (o->jobs) {
        if (cli_number(o->jobs, 1024, &number) || !number)
            return cli_usage_error("--jobs %s is no number from 1 to 1024", o->jobs);
        s->jobs = (unsigned)number;
    }
    if (o->repeat) {
        if (cli_number(o->repeat, 1000, &number) || !number)
            return cli_usage_error("--repeat %s is no number from 1 to 1000", o->repeat);
        s->repeat = (unsigned)number;
    }
    if (o->seed && strcmp(o->seed, "random") == 0) {
        if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed)
            return cli_usage_error("no randomness for --seed random");
    } else if (o->seed && cli_number(o->seed, UINT64_MAX, &s->seed)) {
        return cli_usage_error("--seed %s is no number", o->seed);
    }
    if (o->max_message && (cli_size(o->max_message, &s->max_message) || !s->max_message))
        return cli_usage_error("--max-message %s is no size (64K, 1M)", o->max_message);
    s->pacing = o->pacing ? o->pacing : "whole";
    run_pacing pacing;
    if (strcmp(s->pacing, "all") == 0) {
        for (int i = 0; i < PACING_COUNT; i++) s->pacings[i] = true;
    } else if (run_pacing_from_name(s->pacing, &pacing) == 0) {
        s->pacings[pacing] = true;
    } else {
        return cli_usage_error("--pacing is whole, octets, cuts or all, not \"%s\"", s->pacing);
    }
    if (o->profile && strcmp(o->profile, "quick") != 0 && strcmp(o->profile, "full") != 0)
        return cli_usage_error("--profile is quick or full, not \"%s\"", o->profile);
    if (o->with && strcmp(o->with, "deflate") != 0)
        return cli_usage_error("--with takes deflate, not \"%s\"", o->with);
    s->full = o->profile && strcmp(o->profile, "full") == 0;
    s->one_by_one = o->one_by_one;
    s->with_deflate = o->with != NULL;
    snprintf(s->rerun, sizeof s->rerun, "%s%s%s", s->full ? " --profile full" : "",
             s->one_by_one ? " --one-by-one" : "", s->with_deflate ? " --with deflate" : "");
    if (o->target_profile && !strchr(o->target_profile, '\'') && strlen(o->target_profile) < 400)
        snprintf(s->rerun + strlen(s->rerun), sizeof s->rerun - strlen(s->rerun), " --target-profile '%s'",
                 o->target_profile);
    if (o->color && strcmp(o->color, "auto") != 0 && strcmp(o->color, "always") != 0 &&
        strcmp(o->color, "never") != 0)
        return cli_usage_error("--color is auto, always or never, not \"%s\"", o->color);
    if (cli_github_check(o)) return EXIT_USAGE;
    return 0;
}

void settings_moment_take(settings_moment *m) {
    struct utsname name;
    *m = (settings_moment){.platform = ""};
    if (uname(&name) == 0)
        snprintf(m->platform, sizeof m->platform, "%s %s %s", name.sysname, name.release, name.machine);
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm) && strftime(m->started, sizeof m->started, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) return;
    m->started[0] = 0;
}

record_run settings_about(const settings *s, const cli_options *options, const settings_moment *moment) {
    return (record_run){.exec = options->exec,
                        .name = options->name,
                        .command = (const char *const *)options->argv,
                        .seed = s->seed,
                        .pacing = s->pacing,
                        .timeout_ms = s->timeout_ms,
                        .jobs = s->jobs,
                        .full = s->full,
                        .one_by_one = s->one_by_one,
                        .with_deflate = s->with_deflate,
                        .max_message = s->max_message,
                        .started = moment->started,
                        .platform = moment->platform};
}

run_config settings_run(const settings *s) {
    return (run_config){.timeout_ms = s->timeout_ms,
                        .case_ms = settings_case_ms(s),
                        .seed = s->seed,
                        .max_message = s->max_message,
                        .full = s->full,
                        .one_by_one = s->one_by_one,
                        .with_deflate = s->with_deflate};
}

unsigned settings_case_ms(const settings *s) {
    uint64_t ms = (uint64_t)s->timeout_ms * 6 + 30000;
    return ms > 3600000 ? 3600000 : (unsigned)ms;
}

/* A handler can reach nothing else. */
static volatile bool interrupted;

static void on_signal(int number) {
    if (interrupted) _exit(128 + number);
    interrupted = true;
}

const volatile bool *settings_signals(void) {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return &interrupted;
}

int settings_worse(int a, int b) {
    static const int order[] = {0, 1, 4, 3, 2, 5};
    return order[a] > order[b] ? a : b;
}
