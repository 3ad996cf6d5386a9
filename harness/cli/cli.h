/* SPDX-License-Identifier: MIT */
/* The command line: one table of commands and one of flags, from which parsing, --help, the man page and
   shell completions are made. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes. */
enum { EXIT_OK = 0, EXIT_FAILURES = 1, EXIT_USAGE = 2, EXIT_TARGET = 3, EXIT_FINDING = 4, EXIT_HARNESS = 5 };

#define CLI_LIST_MAX 256

/* A list of texts given by repeating a flag or by commas. */
typedef struct cli_list {
    const char *items[CLI_LIST_MAX + 1]; /* NULL-terminated */
    size_t num;
} cli_list;

/* The values of all flags; zero where a flag was not given. Texts point into argv. */
typedef struct cli_options {
    cli_list words; /* what is no flag */
    const char *exec, *wait, *timeout, *jobs, *seed, *pacing, *repeat, *cases, *port;
    cli_list include, exclude, headers;
    const char *jsonl, *json, *html, *junit, *markdown, *tap, *sarif, *badge, *github, *out, *color;
    const char *baseline, *name, *shard;
    cli_list fail_on, require;
    bool verbose, quiet, builtin, strict, update_baseline;
    const char *listen, *connect, *drive, *agent, *fault, *subprotocols, *max_message, *linger, *idle;
    const char *profile, *with, *target_profile;
    bool one_by_one;
    const char *record, *pcap, *input;
    bool list_faults, as_json, fix, autobahn, requirements;
    bool tls, tls_insecure;
    const char *tls_ca, *tls_cert, *tls_key, *tls_server_name, *tls_min, *tls_max, *tls_alpn, *tls_keylog,
        *tls_write_ca;
    const char *proxy, *origin, *cookie, *user, *bearer;
    bool help, version;
    const char *generate;
    /* not flags */
    const char *program;
    char **argv;
} cli_options;

typedef struct cli_command {
    const char *name;
    const char *arguments; /* "URL... [PATTERN...]" */
    const char *summary;   /* one line */
    const char *text;      /* further paragraphs */
    int (*run)(const cli_options *options);
} cli_command;

const cli_command *cli_commands(size_t *num);

/* Parses argv[1...]. Returns 0, or EXIT_USAGE after a message on stderr. *command is NULL if none was named.
 */
int cli_parse(cli_options *options, const cli_command **command, int argc, char **argv);
void cli_help(FILE *file, const cli_command *command);
/* what: man, complete-bash, complete-zsh or complete-fish, or one of them with wstest- before it. Returns 0,
 * or -1 if there is no such thing. */
int cli_generate(FILE *file, const char *what);

/* Message on stderr, "wsconform: ...", and EXIT_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "500ms", "2s", "1.5s", "3m", plain seconds. Returns 0 or -1. At most a day. */
int cli_duration(const char *text, unsigned *ms);
/* "64", "16K", "1M", "1G" (powers of 1024). Returns 0 or -1. */
int cli_size(const char *text, uint64_t *octets);
int cli_number(const char *text, uint64_t max, uint64_t *number);
/* True if output to file is to be coloured, by --color, NO_COLOR, TERM and whether it is a terminal. */
bool cli_colour(const cli_options *options, FILE *file);

int cmd_server(const cli_options *options);
int cmd_client(const cli_options *options);
int cmd_echo(const cli_options *options);
int cmd_list(const cli_options *options);
/* Prints the version of the catalogue: the SHA-256 of its files, and how many cases it has. */
int cmd_list_version(const cli_options *options);
int cmd_show(const cli_options *options);
int cmd_replay(const cli_options *options);
int cmd_report(const cli_options *options);
int cmd_diff(const cli_options *options);
int cmd_check(const cli_options *options);
int cmd_fuzz_case(const cli_options *options);

#endif
