/* SPDX-License-Identifier: MIT */
/* One table of the flags of wstest: parsing, --help, the man page and the completions are made from it. */
#include "cli/flags.h"
#include "cli/wstest.h"
#include <assert.h>

const char wstest_about[] = "Autobahn's command line, spec files and reports with wsconform's verdicts";
const char wstest_exit_text[] =
    "0 whatever the results, unless --fail-on is given: 1 if a result is one of its words, 3 if results are "
    "missing because a peer was not there, or not to the end. 2 for wrong usage, 5 for an error here. For a "
    "verdict that gates, see wsconform server --help and wsconform client --help.";

static const char *const modes[][2] = {
    {"fuzzingclient", "judges servers"}, {"fuzzingserver", "judges clients"},
    {"echoserver", "is an echo server"}, {"testeeserver", "is an echo server"},
    {"echoclient", "is an echo client"}, {"testeeclient", "asks a fuzzing server for its cases"},
};

static const wstest_flag flags[] = {
    {"mode", 'm', "MODE",
     "What to do: fuzzingclient (judges servers), fuzzingserver (judges clients), "
     "echoserver, testeeserver, echoclient or testeeclient."},
    {"spec", 's', "FILE", "Spec of a fuzzing mode (default ./MODE.json, made if it is not there)."},
    {"wsuri", 'w', "URI", "Server to judge if the spec names none; address of the echo modes."},
    {"ident", 'i', "NAME", "Name that testeeclient gives itself."},
    {"autobahn-exact", 'E', NULL,
     "Words and closing as Autobahn would have them, weaknesses included; also by the environment's "
     "WSTEST_AUTOBAHN_EXACT=1."},
    {"timeout", 'T', "DURATION", "Deadline of each wait, as that of wsconform server and wsconform client."},
    {"jobs", 'J', "N", "Cases that run at once, as that of wsconform server."},
    {"fail-on", 'F', "WORDS",
     "Exit with 1 if a result is one of these (FAILED, NON-STRICT, UNCLEAN, ...; failed: every bad one). "
     "Default: the environment's WSTEST_FAIL_ON, else none."},
    {"version", 'V', NULL, "Print the version."},
    {"help", 'H', NULL, "Print help."},
    {"webport", 'u', "PORT", NULL},
    {"key", 'k', "FILE", NULL},
    {"cert", 'c', "FILE", NULL},
    {"outfile", 'o', "FILE", NULL},
    {"debug", 'd', NULL, NULL},
    {"autobahnversion", 'a', NULL, NULL},
};

const wstest_flag *wstest_flags(size_t *num) {
    *num = sizeof flags / sizeof *flags;
    return flags;
}

char wstest_flag_letter(const wstest_flag *flag) {
    return flag->key >= 'a' && flag->key <= 'z' ? (char)flag->key : 0;
}

const char *const (*wstest_modes(size_t *num))[2] {
    *num = sizeof modes / sizeof *modes;
    return modes;
}

void wstest_getopt(struct option longs[WSTEST_FLAGS_MAX + 1], char letters[2 * WSTEST_FLAGS_MAX + 1]) {
    static_assert(sizeof flags / sizeof *flags <= WSTEST_FLAGS_MAX, "too many flags");
    size_t num = sizeof flags / sizeof *flags;
    for (size_t i = 0; i < num; i++) {
        char letter = wstest_flag_letter(&flags[i]);
        longs[i] = (struct option){flags[i].name, flags[i].metavar ? required_argument : no_argument, NULL,
                                   flags[i].key};
        if (letter) *letters++ = letter;
        if (letter && flags[i].metavar) *letters++ = ':';
    }
    longs[num] = (struct option){0};
    *letters = 0;
}

void wstest_help(FILE *file) {
    const char *before = "";
    fprintf(file, "wstest, as wsconform plays it: %s\n\nFlags:\n", wstest_about);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        char name[64], letter[8] = "    ";
        if (!flags[i].help) continue;
        if (wstest_flag_letter(&flags[i])) snprintf(letter, sizeof letter, "-%c, ", flags[i].key);
        snprintf(name, sizeof name, "%s--%s%s%s", letter, flags[i].name, flags[i].metavar ? " " : "",
                 flags[i].metavar ? flags[i].metavar : "");
        fprintf(file, "  %-25s ", name);
        cli_wrapped(file, flags[i].help, 28, 100);
    }
    fputs("\nTaken and ignored: ", file);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].help) continue;
        fprintf(file, "%s-%c", before, flags[i].key);
        before = ", ";
    }
    fputs("\n\nExit code: ", file);
    cli_wrapped(file, wstest_exit_text, 11, 100);
}
