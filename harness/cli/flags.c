/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/flags.h"

#define OFFSET(field) offsetof(cli_options, field)

static const cli_flag flags[] = {
    {"exec", 0, FLAG_TEXT, "CMD", "server replay client", OFFSET(exec),
     "Start the target by this command, on a free port that replaces {port} (and {url}); wait until it "
     "accepts, watch it, end it. Clients: start one for each case, with the case's {url}."},
    {"port", 0, FLAG_TEXT, "N", "server replay", OFFSET(port), "Port for --exec instead of a free one."},
    {"builtin", 0, FLAG_BOOL, NULL, "server replay", OFFSET(builtin),
     "Judge the reference endpoint inside this process (with --fault NAME: with that fault)."},
    {"fault", 0, FLAG_TEXT, "NAME", "server replay echo", OFFSET(fault),
     "Fault of the reference endpoint to switch on."},
    {"wait", 0, FLAG_TEXT, "DURATION", "server replay client", OFFSET(wait),
     "How long the target may take until it accepts, or connects (default 10s)."},
    {"timeout", 0, FLAG_TEXT, "DURATION", "server replay client", OFFSET(timeout),
     "Deadline of each wait in which nothing moves (default 10s)."},
    {"jobs", 'j', FLAG_TEXT, "N", "server client echo", OFFSET(jobs),
     "Cases that run at once (default 32; clients that are started: twice the processors; echo --drive: "
     "16)."},
    {"seed", 0, FLAG_TEXT, "N|random", "server client", OFFSET(seed),
     "Seed of masking keys and cuts (default 1)."},
    {"pacing", 0, FLAG_TEXT, "HOW", "server client", OFFSET(pacing),
     "How what is sent is cut into segments: whole (default), octets, cuts, or all of them in turn."},
    {"profile", 0, FLAG_TEXT, "HOW", "server client", OFFSET(profile),
     "How much is sent: quick (default), or full: where a case sends many messages, 1000 of them, as "
     "Autobahn does; and cases of 64 MiB."},
    {"target-profile", 0, FLAG_TEXT, "WHAT", "server replay", OFFSET(target_profile),
     "What the target does with messages: echo (default), silent (nothing that is known), nostr (a Nostr "
     "relay), or a JSON file with what to "
     "send as a sign of life, and how the answer begins. Cases that need an echo are unsupported then, and "
     "messages of the target are not compared."},
    {"one-by-one", 0, FLAG_BOOL, NULL, "server client", OFFSET(one_by_one),
     "Where a case sends many messages, send each when the one before has come back."},
    {"with", 0, FLAG_TEXT, "EXTENSION", "server client", OFFSET(with),
     "deflate: agree on permessage-deflate in cases that are about something else, and compress their "
     "messages."},
    {"repeat", 0, FLAG_TEXT, "N", "server replay client", OFFSET(repeat),
     "Run each case N times; verdicts that differ are a failure."},
    {"header", 'H', FLAG_LIST, "LINE", "server replay", OFFSET(headers),
     "Further header line of each request, \"Name: value\"."},
    {"origin", 0, FLAG_TEXT, "ORIGIN", "server replay", OFFSET(origin), "Send this Origin in each request."},
    {"cookie", 0, FLAG_TEXT, "COOKIES", "server replay", OFFSET(cookie),
     "Send these cookies (\"a=1; b=2\") in each request."},
    {"user", 0, FLAG_TEXT, "NAME:PASSWORD", "server replay", OFFSET(user),
     "Authorize each request with a name and a password (Basic). The report shows them, as all that is "
     "sent."},
    {"bearer", 0, FLAG_TEXT, "TOKEN", "server replay", OFFSET(bearer),
     "Authorize each request with a token (Bearer). The report shows it, as all that is sent."},
    {"proxy", 0, FLAG_TEXT, "URL", "server replay echo", OFFSET(proxy),
     "Reach the server through an HTTP proxy by CONNECT: http://[NAME:PASSWORD@]HOST:PORT."},
    {"tls", 0, FLAG_BOOL, NULL, "server replay client echo", OFFSET(tls),
     "Listen for wss:// instead of ws://. server: with --builtin, or --exec without a URL."},
    {"tls-ca", 0, FLAG_TEXT, "FILE", "server replay client echo", OFFSET(tls_ca),
     "Authorities (PEM) whose certificates are trusted, instead of the system's. Where wsconform listens: "
     "clients have to show a certificate of one of them."},
    {"tls-insecure", 0, FLAG_BOOL, NULL, "server replay echo", OFFSET(tls_insecure),
     "Take any certificate of the server."},
    {"tls-server-name", 0, FLAG_TEXT, "NAME", "server replay client echo", OFFSET(tls_server_name),
     "Name to ask for (SNI) and to look for in the certificate, instead of the URL's host. Where wsconform "
     "listens: further name of the certificate that is made."},
    {"tls-cert", 0, FLAG_TEXT, "FILE", "server replay client echo", OFFSET(tls_cert),
     "Own certificate (PEM), with its chain: of a client, or of a server, which makes one for the run "
     "otherwise."},
    {"tls-key", 0, FLAG_TEXT, "FILE", "server replay client echo", OFFSET(tls_key),
     "Its key (PEM, without a password; default: in the file of the certificate)."},
    {"tls-write-ca", 0, FLAG_TEXT, "FILE", "replay client echo", OFFSET(tls_write_ca),
     "Write the certificate of the authority that was made for the run (PEM), for clients to trust."},
    {"tls-min", 0, FLAG_TEXT, "VERSION", "server replay client echo", OFFSET(tls_min),
     "Lowest version of TLS: 1.0, 1.1, 1.2 (default) or 1.3."},
    {"tls-max", 0, FLAG_TEXT, "VERSION", "server replay client echo", OFFSET(tls_max),
     "Highest version of TLS (default: the latest)."},
    {"tls-alpn", 0, FLAG_TEXT, "LIST", "server replay client echo", OFFSET(tls_alpn),
     "Application protocols to offer, or to agree to, by commas (default http/1.1; none: say nothing of "
     "it)."},
    {"tls-keylog", 0, FLAG_TEXT, "FILE", "server replay client echo", OFFSET(tls_keylog),
     "Add the secrets of all connections to a file, for Wireshark (default: the environment's "
     "SSLKEYLOGFILE)."},
    {"include", 'i', FLAG_LIST, "PATTERN", "server client list", OFFSET(include),
     "Only cases that match: a glob over ids, autobahn:6.*, rfc6455#5.4, a requirement id, or a level."},
    {"exclude", 'x', FLAG_LIST, "PATTERN", "server client list", OFFSET(exclude),
     "Leave out cases that match."},
    {"baseline", 0, FLAG_TEXT, "FILE", "server client report", OFFSET(baseline),
     "What is expected of known cases: an unexpected verdict is red, a pass too, and so is an entry that "
     "matches no case."},
    {"update-baseline", 0, FLAG_BOOL, NULL, "server client report", OFFSET(update_baseline),
     "Write --baseline anew so that it fits this run, and keep the reasons in it."},
    {"fail-on", 0, FLAG_LIST, "WHAT", "server replay client report diff", OFFSET(fail_on),
     "Verdicts that are red: fail (default), and besides it lenient, info, unsupported, blocked; any is all "
     "but pass; never is none."},
    {"require", 0, FLAG_LIST, "[AREA=]N", "server client report", OFFSET(require),
     "At least N cases have to pass, of all or of an area."},
    {"strict", 0, FLAG_BOOL, NULL, "server replay client report diff", OFFSET(strict),
     "The same as --fail-on lenient."},
    {"shard", 0, FLAG_TEXT, "I/N", "server client", OFFSET(shard),
     "Run only the Ith of N parts of the cases; `wsconform report` makes one report of the records of all."},
    {"name", 0, FLAG_TEXT, "NAME", "server client", OFFSET(name), "How reports name the target."},
    {"cases", 0, FLAG_TEXT, "DIR", "server replay client list show report", OFFSET(cases),
     "Read the catalogue from a folder instead of the one inside the program."},
    {"out", 'o', FLAG_TEXT, "DIR", "server replay client report", OFFSET(out),
     "Write report.jsonl, report.json, report.html and junit.xml into a folder."},
    {"jsonl", 0, FLAG_TEXT, "FILE", "server replay client report", OFFSET(jsonl),
     "Write the record, a line per case, as the run goes on. - is stdout, here and below."},
    {"json", 0, FLAG_TEXT, "FILE", "server replay client report", OFFSET(json), "Write one JSON document."},
    {"html", 0, FLAG_TEXT, "FILE", "server replay client report diff", OFFSET(html),
     "Write the HTML report, one page complete in itself."},
    {"junit", 0, FLAG_TEXT, "FILE", "server replay client report", OFFSET(junit), "Write JUnit XML."},
    {"markdown", 0, FLAG_TEXT, "FILE", "server replay client report diff", OFFSET(markdown),
     "Write Markdown: a summary, the table of several targets, or what changed."},
    {"tap", 0, FLAG_TEXT, "FILE", "server client report", OFFSET(tap),
     "Write TAP, a test point for each case."},
    {"sarif", 0, FLAG_TEXT, "FILE", "server client report", OFFSET(sarif),
     "Write SARIF 2.1.0 for code scanning: what is red, by requirement."},
    {"badge", 0, FLAG_TEXT, "FILE", "server client report", OFFSET(badge),
     "Write the JSON that a badge of shields.io shows."},
    {"github", 0, FLAG_TEXT, "WHEN", "server client report", OFFSET(github),
     "Annotations, at most ten, and a summary of the step: auto (default; inside GitHub Actions), always or "
     "never."},
    {"verbose", 'v', FLAG_BOOL, NULL, "server replay client report diff", OFFSET(verbose),
     "Print every case, not only those that did not pass."},
    {"quiet", 'q', FLAG_BOOL, NULL, "server client report diff check", OFFSET(quiet),
     "Print only the summary."},
    {"color", 0, FLAG_TEXT, "WHEN", "server replay client show report diff", OFFSET(color),
     "auto (default), always or never; NO_COLOR is heeded."},
    {"listen", 0, FLAG_TEXT, "ADDR", "replay client echo", OFFSET(listen),
     "Address to listen on: HOST:PORT, PORT, unix:PATH (echo), or with ws:// or wss:// before it (default "
     "127.0.0.1:9001; port 0: any free one)."},
    {"connect", 0, FLAG_TEXT, "URL", "echo", OFFSET(connect),
     "Be a client: connect, echo until the connection ends, and exit (0: the handshake succeeded)."},
    {"drive", 0, FLAG_TEXT, "URL", "echo", OFFSET(drive),
     "Be the client of a `wsconform client` that waits there: ask for its cases and run them all."},
    {"agent", 0, FLAG_TEXT, "NAME", "echo", OFFSET(agent),
     "Name that --drive gives itself (default: that of the fault, or wsconform)."},
    {"linger", 0, FLAG_TEXT, "DURATION", "replay client", OFFSET(linger),
     "End when no driver was connected for so long after /updateReports (default 2s)."},
    {"idle", 0, FLAG_TEXT, "DURATION", "replay client", OFFSET(idle),
     "End when no driver was connected for so long (default 10m; 0: wait for ever)."},
    {"subprotocols", 0, FLAG_TEXT, "LIST", "echo", OFFSET(subprotocols),
     "Subprotocols that it speaks, separated by commas."},
    {"max-message", 0, FLAG_TEXT, "SIZE", "server client echo", OFFSET(max_message),
     "Largest message that the target takes: larger ones may be refused. For echo: that it takes itself "
     "(default "
     "64M)."},
    {"list-faults", 0, FLAG_BOOL, NULL, "echo", OFFSET(list_faults),
     "Print all faults and the requirements that they break."},
    {"record", 0, FLAG_TEXT, "FILE", "show", OFFSET(record),
     "Show what the record of a run (--jsonl) has of the cases, which may be globs over ids: verdict, "
     "reasons, and "
     "the log of the wire, octet for octet. - is stdin."},
    {"pcap", 0, FLAG_TEXT, "FILE", "show", OFFSET(pcap),
     "With --record: write the connections of these cases as a capture (pcapng) for Wireshark and tshark "
     "instead. - "
     "is stdout."},
    {"input", 0, FLAG_TEXT, "NAME", "fuzz-case", OFFSET(input),
     "Entry point that the input is of: session (default), wslay, or frame, whose inputs have no octet of "
     "options."},
    {"as-json", 0, FLAG_BOOL, NULL, "list show", OFFSET(as_json), "Print JSON."},
    {"autobahn", 0, FLAG_BOOL, NULL, "list", OFFSET(autobahn),
     "Print which cases stand for which of Autobahn's."},
    {"requirements", 0, FLAG_BOOL, NULL, "list", OFFSET(requirements),
     "Print which cases check which requirements."},
    {"fix", 0, FLAG_BOOL, NULL, "check", OFFSET(fix), "Rewrite case files in canonical form."},
    {"generate", 0, FLAG_TEXT, "WHAT", "", OFFSET(generate),
     "Print man, complete-bash, complete-zsh or complete-fish; with wstest- before it, the one of wstest."},
    {"help", 'h', FLAG_BOOL, NULL, "*", OFFSET(help), "Print help; after a command, that command's."},
    {"version", 'V', FLAG_BOOL, NULL, "*", OFFSET(version),
     "Print the version; of list: and that of the catalogue."},
};

const cli_flag *cli_flags(size_t *num) {
    *num = sizeof flags / sizeof *flags;
    return flags;
}

int cli_usage_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("wsconform: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_USAGE;
}

bool cli_flag_fits(const cli_flag *flag, const cli_command *command) {
    if (strcmp(flag->commands, "*") == 0) return true;
    if (!command) return *flag->commands == 0;
    size_t len = strlen(command->name);
    for (const char *at = flag->commands; (at = strstr(at, command->name)) != NULL; at += len) {
        bool begins = at == flag->commands || at[-1] == ' ';
        if (begins && (at[len] == 0 || at[len] == ' ')) return true;
    }
    return false;
}

static int list_add(cli_list *list, const char *item, const char *flag) {
    if (list->num == CLI_LIST_MAX) return cli_usage_error("too many values for %s", flag);
    list->items[list->num++] = item;
    return 0;
}

static int flag_set(cli_options *options, const cli_flag *flag, char *value) {
    char *base = (char *)options + flag->offset;
    switch (flag->type) {
    case FLAG_BOOL: *(bool *)base = true; return 0;
    case FLAG_TEXT:
        if (*(const char **)base) return cli_usage_error("--%s is given twice", flag->name);
        *(const char **)base = value;
        return 0;
    case FLAG_LIST:
        if (strcmp(flag->name, "header") == 0) return list_add((cli_list *)base, value, flag->name);
        for (char *save = NULL, *item = strtok_r(value, ",", &save); item; item = strtok_r(NULL, ",", &save))
            if (list_add((cli_list *)base, item, flag->name)) return EXIT_USAGE;
        return 0;
    }
    return 0;
}

/* The flag with the most letters in common at its start, for a hint. */
static const char *similar(const char *name) {
    const char *best = NULL;
    size_t best_len = 2;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        size_t n = 0;
        while (name[n] && name[n] == flags[i].name[n]) n++;
        if (n > best_len) {
            best = flags[i].name;
            best_len = n;
        }
    }
    return best;
}

static const cli_flag *find(const char *name, size_t len, char letter) {
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (letter && flags[i].letter == letter) return &flags[i];
        if (!letter && strlen(flags[i].name) == len && memcmp(flags[i].name, name, len) == 0)
            return &flags[i];
    }
    return NULL;
}

/* `list --json` and `show --json` print JSON; elsewhere --json names a file. */
static bool json_is_bool(const cli_command *command) {
    return command && (strcmp(command->name, "list") == 0 || strcmp(command->name, "show") == 0);
}

static int parse_flag(cli_options *options, const cli_command *command, int argc, char **argv, int *at) {
    char *word = argv[*at];
    bool is_long = word[1] == '-';
    char *name = word + (is_long ? 2 : 1);
    char *equals = is_long ? strchr(name, '=') : NULL;
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const cli_flag *flag = find(name, len, is_long ? 0 : *name);
    if (is_long && len == 4 && memcmp(name, "json", 4) == 0 && json_is_bool(command))
        flag = find("as-json", 7, 0);
    if (!flag || (!cli_flag_fits(flag, command) && (command || *flag->commands))) {
        if (flag && command)
            return cli_usage_error("%s is no flag of `wsconform %s`; see `wsconform %s --help`", word,
                                   command->name, command->name);
        const char *hint = is_long ? similar(name) : NULL;
        return cli_usage_error("unknown flag %s%s%s%s", word, hint ? " (did you mean --" : "",
                               hint ? hint : "", hint ? "?)" : "; see wsconform --help");
    }
    if (flag->type == FLAG_BOOL) {
        if (equals) return cli_usage_error("--%s takes no value", flag->name);
        if (!is_long && name[1])
            return cli_usage_error("unknown flag %s: write short flags one by one", word);
        return flag_set(options, flag, NULL);
    }
    char *value = equals ? equals + 1 : (!is_long && name[1]) ? name + 1 : NULL;
    if (!value) {
        if (*at + 1 >= argc) return cli_usage_error("--%s needs a value (%s)", flag->name, flag->metavar);
        value = argv[++*at];
    }
    return flag_set(options, flag, value);
}

int cli_parse(cli_options *options, const cli_command **command, int argc, char **argv) {
    memset(options, 0, sizeof *options);
    options->argv = argv;
    options->program = "wsconform";
    *command = NULL;
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        if (!only_words && word[0] == '-' && word[1]) {
            int result = parse_flag(options, *command, argc, argv, &i);
            if (result) return result;
            continue;
        }
        if (!*command) {
            size_t num;
            const cli_command *all = cli_commands(&num);
            for (size_t k = 0; k < num; k++)
                if (strcmp(all[k].name, word) == 0) *command = &all[k];
            if (!*command) return cli_usage_error("unknown command \"%s\"; see wsconform --help", word);
            continue;
        }
        if (list_add(&options->words, word, "arguments")) return EXIT_USAGE;
    }
    return 0;
}

/* ---- Values -------------------------------------------------------------------------------------------- */

int cli_duration(const char *text, unsigned *ms) {
    char *end;
    errno = 0;
    if (!(*text >= '0' && *text <= '9') && *text != '.') return -1;
    double value = strtod(text, &end);
    double unit = 1000;
    if (strcmp(end, "ms") == 0)
        unit = 1;
    else if (strcmp(end, "m") == 0)
        unit = 60000;
    else if (*end && strcmp(end, "s") != 0)
        return -1;
    value *= unit;
    if (errno || !isfinite(value) || value < 1 || value > 86400000) return -1;
    *ms = (unsigned)value;
    return 0;
}

int cli_number(const char *text, uint64_t max, uint64_t *number) {
    char *end;
    if (*text < '0' || *text > '9') return -1;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || value > max) return -1;
    *number = value;
    return 0;
}

int cli_size(const char *text, uint64_t *octets) {
    char *end;
    if (*text < '0' || *text > '9') return -1;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    unsigned shift = 0;
    if (*end == 'K' || *end == 'k')
        shift = 10;
    else if (*end == 'M' || *end == 'm')
        shift = 20;
    else if (*end == 'G' || *end == 'g')
        shift = 30;
    if (shift) end++;
    if (errno || *end || value > (UINT64_MAX >> 1) >> shift) return -1;
    *octets = (uint64_t)value << shift;
    return 0;
}

bool cli_colour(const cli_options *options, FILE *file) {
    if (options->color && strcmp(options->color, "always") == 0) return true;
    if (options->color && strcmp(options->color, "never") == 0) return false;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if ((no && *no) || !term || strcmp(term, "dumb") == 0) return false;
    return isatty(fileno(file));
}
