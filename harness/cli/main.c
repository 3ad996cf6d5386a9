/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/wstest.h"
#include "version.h"

static const cli_command commands[] = {
    {"server", "[URL...] [PATTERN...]", "Judge servers.",
     "A URL is ws://HOST[:PORT][/PATH], wss:// for TLS, or ws+unix://SOCKET[:/PATH] for a unix socket; "
     "whatever else is named is a PATTERN that selects cases. With --exec "
     "no URL is needed. With "
     "several URLs each is judged in turn, and the names of the files of the second one get -2 before their "
     "ending, and so on.",
     cmd_server},
    {"client", "[--listen ADDR] [--exec CMD] [PATTERN...]", "Judge clients.",
     "With --exec the command is started once for each case, with the case's URL for {url}. Without it, "
     "drivers "
     "come by themselves: they ask /getCaseCount, run /runCase?case=N&agent=NAME from 1 on, echoing every "
     "message "
     "until the connection ends, and end with /updateReports?agent=NAME; each agent gets reports of its own, "
     "the "
     "files of the second one with -2 before their ending, and so on. /browser.html is such a driver for "
     "browsers.",
     cmd_client},
    {"echo", "[--listen ADDR | --connect URL | --drive URL] [--fault NAME]",
     "Run the reference echo server or client, strict or with a named fault.",
     "It prints the URL that it serves and goes on until it is ended by a signal.", cmd_echo},
    {"list", "[PATTERN...]", "List the cases of the catalogue.", NULL, cmd_list},
    {"show", "ID... [--record FILE]",
     "Explain a case: what it sends, what it expects, and which requirements and rulings it rests on.",
     "With --record, what happened instead: verdict and log of the wire from the record of a run, or, with "
     "--pcap, a "
     "capture of it.",
     cmd_show},
    {"replay", "FILE.jsonl ID [URL]", "Run one case of a record again.",
     "It is run with the seed, the pacing and the settings of the record, against the URL, or against what "
     "--exec or "
     "--builtin starts; a client is started by --exec, or its driver comes to --listen. --header, --proxy, "
     "--tls-ca and so on have to be given again. Prints the verdict "
     "then and now; the "
     "exit code is that of now. With --verbose the wire log of now as well.",
     cmd_replay},
    {"report", "FILE.jsonl...", "Make reports from the records of earlier runs.",
     "Without an output it prints what the run printed. The exit code is that of the record, or by the rules "
     "that are given anew (--baseline, --fail-on, --require); 3 if it was cut short. Records of --shard are "
     "put together to that of the whole run, which is incomplete if one is missing. The records of several "
     "targets are put side by side, by --html and --markdown (by default as Markdown, on stdout): targets by "
     "area, and in HTML case by case; the exit code is 0 unless rules are given. A target is named by "
     "--name, "
     "its agent or its file, and FILE.html beside the HTML page or below it is taken for its own report.",
     cmd_report},
    {"diff", "OLD.jsonl NEW.jsonl", "Tell what changed between two records of a target.",
     "A regression is a case that is red now and was not, that could not be judged any more, or that is "
     "missing although the catalogue is the same; new cases are none. The exit code is 1 if there is one, 3 "
     "if "
     "the new record is incomplete. What is red is for --fail-on to say. New cases and those that are gone "
     "are listed with --verbose, in --markdown and in --html.",
     cmd_diff},
    {"check", "[DIR]", "Check the case files of a folder, or the catalogue inside the program.", NULL,
     cmd_check},
    {"fuzz-case", "FILE", "Turn an input of a fuzz entry point into a case file, on stdout.",
     "The case sends the octets of the input to a live endpoint and expects what the reference session says "
     "of them. "
     "Written into a folder as DIR/fuzz/NAME.json it runs with `wsconform server URL --cases DIR`. - is "
     "stdin.",
     cmd_fuzz_case},
};

const cli_command *cli_commands(size_t *num) {
    *num = sizeof commands / sizeof *commands;
    return commands;
}

/* Each connection needs a descriptor, and each target its share. */
static void descriptors_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    descriptors_raise();
    const char *slash = strrchr(argv[0], '/');
    if (strcmp(slash ? slash + 1 : argv[0], "wstest") == 0) return wstest_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "wstest") == 0) return wstest_main(argc - 1, argv + 1);
    cli_options options;
    const cli_command *command;
    int result = cli_parse(&options, &command, argc, argv);
    if (result) return result;
    if (options.version) {
        printf("wsconform %s\n", WSCONFORM_VERSION);
        return command && strcmp(command->name, "list") == 0 ? cmd_list_version(&options) : EXIT_OK;
    }
    if (options.help) {
        cli_help(stdout, command);
        return EXIT_OK;
    }
    if (options.generate) {
        if (cli_generate(stdout, options.generate) == 0) return EXIT_OK;
        return cli_usage_error(
            "--generate knows man, complete-bash, complete-zsh and complete-fish, and each with wstest- "
            "before it, not \"%s\"",
            options.generate);
    }
    if (!command) {
        cli_help(stderr, NULL);
        return EXIT_USAGE;
    }
    result = command->run(&options);
    if (fflush(stdout) != 0 && result == EXIT_OK) {
        fprintf(stderr, "wsconform: cannot write to standard output\n");
        return EXIT_HARNESS;
    }
    return result;
}
