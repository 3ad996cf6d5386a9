/* SPDX-License-Identifier: MIT */
/* wsconform replay: one case of a record again, as it was run. */
#include <inttypes.h>
#include <string.h>

#include "cli/record.h"
#include "cli/select.h"
#include "cli/server.h"
#include "report/text.h"
#include "script/run.h"

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* The line of a case; the last one if there are several. NULL after a message. */
static const json_t *line_of(const record *r, const char *path, const char *id) {
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(r->cases); i++)
        if (strcmp(text_of(json_array_get(r->cases, i), "id"), id) == 0) found = json_array_get(r->cases, i);
    if (!found) cli_usage_error("%s has no case \"%s\"%s", path, id, r->footer ? "" : "; it was cut short");
    return found;
}

/* Values of flags that come from a record, whatever that says. */
typedef struct replayed {
    char seed[24], timeout[24], max_message[24];
} replayed;

/* Adds to the options what the record says of how the case was run. Returns 0, or EXIT_USAGE after a message.
 */
static int settings_take(cli_options *own, replayed *values, const char *path, const json_t *header,
                         const json_t *test) {
    const json_t *settings = json_object_get(header, "settings");
    uint64_t seed;
    run_pacing pacing;
    if (cli_number(text_of(header, "seed"), UINT64_MAX, &seed))
        return cli_usage_error("%s does not say with which seed the case was run", path);
    if (run_pacing_from_name(text_of(test, "pacing"), &pacing))
        return cli_usage_error("%s does not say in which pacing the case was run", path);
    snprintf(values->seed, sizeof values->seed, "%" PRIu64, seed);
    own->seed = values->seed;
    own->pacing = run_pacing_name(pacing);
    json_int_t timeout = json_integer_value(json_object_get(header, "timeout_ms"));
    if (!own->timeout && timeout > 0 && timeout <= 86400000) {
        snprintf(values->timeout, sizeof values->timeout, "%" JSON_INTEGER_FORMAT "ms", timeout);
        own->timeout = values->timeout;
    }
    if (strcmp(text_of(settings, "profile"), "full") == 0) own->profile = "full";
    if (strcmp(text_of(settings, "with"), "deflate") == 0) own->with = "deflate";
    own->one_by_one = json_is_true(json_object_get(settings, "one_by_one"));
    json_int_t largest = json_integer_value(json_object_get(settings, "max_message"));
    if (largest > 0) {
        snprintf(values->max_message, sizeof values->max_message, "%" JSON_INTEGER_FORMAT, largest);
        own->max_message = values->max_message;
    }
    return 0;
}

/* Another catalogue may have another case under that id. */
static int catalogue_check(const cli_options *own, const json_t *header, const char *id) {
    catalogue *all = cli_catalogue(own);
    if (!all) return EXIT_USAGE;
    const test_case *test = catalogue_case(all, id);
    int code = 0;
    if (!test)
        code = cli_usage_error("there is no case \"%s\" any more%s", id,
                               own->cases ? "" : "; --cases DIR names a catalogue of its own");
    else if (strcmp(all->version, text_of(json_object_get(header, "catalogue"), "version")) != 0)
        fprintf(
            stderr,
            "wsconform: the record was made with another catalogue, in which the case may be different\n");
    catalogue_free(all);
    return code;
}

/* Where people read, if a report goes to stdout. */
static FILE *out(const cli_options *own) {
    const char *const files[] = {own->jsonl, own->json, own->html, own->junit, own->markdown};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] && strcmp(files[i], "-") == 0) return stderr;
    return stdout;
}

static void verdict_print(FILE *file, const char *when, const json_t *test) {
    const char *why = text_of(test, "why"), *seen = text_of(test, "seen");
    fprintf(file, "  %-5s ", when);
    text_puts(file, text_of(test, "verdict"), 0);
    const char *said = *seen ? seen : why;
    if (*said) fputs(": ", file);
    text_puts(file, said, 0);
    putc('\n', file);
}

static void result_print(const cli_options *own, const json_t *header, const json_t *before,
                         const json_t *now) {
    FILE *file = out(own);
    fprintf(file, "%s, seed %s, pacing %s%s%s%s\n", text_of(now, "id"), own->seed, own->pacing,
            own->profile ? ", profile full" : "", own->one_by_one ? ", one by one" : "",
            own->with ? ", with deflate" : "");
    verdict_print(file, "then", before);
    verdict_print(file, "now", now);
    const char *then = text_of(before, "verdict");
    bool same = strcmp(then, text_of(now, "verdict")) == 0;
    fprintf(file, "The verdict is %s.\n", same ? "the same" : "another one");
    if (!own->verbose) return;
    putc('\n', file);
    const report_terminal terminal = {.file = file, .colour = cli_colour(own, file)};
    report_terminal_log(&terminal, header, now);
}

/* Flags of the other role would be passed over in silence. The URL, if there is one, is the first word. */
static int client_place(const cli_options *own, const char *path) {
    if (own->words.num > 1 || own->builtin || own->port || own->fault || own->target_profile)
        return cli_usage_error(
            "%s judges a client: it is started by --exec CMD with {url}, or comes to --listen ADDR", path);
    if (!own->exec && !own->listen)
        return cli_usage_error("%s judges a client: name it by --exec CMD with {url}, or --listen ADDR",
                               path);
    return 0;
}

static int server_place(const cli_options *own, const char *path) {
    if (!own->listen && !own->linger && !own->idle && !own->tls_write_ca) return 0;
    return cli_usage_error("%s judges a server: no --listen, --linger, --idle or --tls-write-ca", path);
}

int cmd_replay(const cli_options *options) {
    const char *const *words = options->words.items;
    if (options->words.num < 2 || options->words.num > 3)
        return cli_usage_error("replay takes a record, the id of a case, and a URL, --exec CMD, "
                               "--builtin or --listen");
    if (options->words.num == 3 && !strstr(words[2], "://"))
        return cli_usage_error("\"%s\" is no URL (ws://localhost:9001/)", words[2]);
    record *r;
    int code = cli_record_read(&r, words[0]);
    if (code) return code;
    const json_t *before = line_of(r, words[0], words[1]);
    cli_options own = *options;
    replayed values;
    json_t *now = NULL;
    own.github = "never";
    own.words = (cli_list){.num = 0};
    if (options->words.num == 3) own.words.items[own.words.num++] = words[2];
    own.words.items[own.words.num++] = words[1];
    if (!before) {
        code = EXIT_USAGE;
    } else {
        bool client = strcmp(text_of(r->header, "judges"), "client") == 0;
        code = client ? client_place(&own, words[0]) : server_place(&own, words[0]);
        if (!code) code = settings_take(&own, &values, words[0], r->header, before);
        if (!code) code = catalogue_check(&own, r->header, words[1]);
        if (!code) code = client ? client_judge(&own, &now) : server_judge(&own, &now);
        if (now) result_print(&own, r->header, before, now);
    }
    json_decref(now);
    record_free(r);
    return code;
}
