/* SPDX-License-Identifier: MIT */
/* --help, from the tables of commands and flags. */
#include <string.h>

#include "cli/flags.h"

const char cli_about[] = "judges WebSocket endpoints against RFC 6455 and shows evidence for every verdict";

const char *const cli_exit_texts[CLI_NUM_EXITS][2] = {
    {"0", "all as expected"},
    {"1", "failures"},
    {"2", "wrong usage, unreadable input, or nothing selected"},
    {"3", "target unreachable or died; the run is incomplete"},
    {"4", "a finding of a fuzzer"},
    {"5", "an error in the harness itself"}};

const char *cli_flag_shown(const cli_flag *flag) {
    return strcmp(flag->name, "as-json") == 0 ? "json" : flag->name;
}

void cli_wrapped(FILE *file, const char *prose, size_t indent, size_t width) {
    size_t column = indent;
    while (*prose) {
        size_t n = strcspn(prose, " ");
        if (column > indent && column + 1 + n > width) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', file);
            column++;
        }
        fprintf(file, "%.*s", (int)n, prose);
        column += n;
        prose += n;
        while (*prose == ' ') prose++;
    }
    fputc('\n', file);
}

static void help_flags(FILE *file, const cli_command *command) {
    size_t num;
    const cli_flag *flags = cli_flags(&num);
    fputs("\nFlags:\n", file);
    for (size_t i = 0; i < num; i++) {
        if (!cli_flag_fits(&flags[i], command)) continue;
        char name[64];
        char letter[8] = "    ";
        if (flags[i].letter) snprintf(letter, sizeof letter, "-%c, ", flags[i].letter);
        snprintf(name, sizeof name, "%s--%s%s%s", letter, cli_flag_shown(&flags[i]),
                 flags[i].metavar ? " " : "", flags[i].metavar ? flags[i].metavar : "");
        fprintf(file, "  %-28s ", name);
        if (strlen(name) > 28) fprintf(file, "\n%31s", "");
        cli_wrapped(file, flags[i].help, 31, 100);
    }
}

void cli_help(FILE *file, const cli_command *command) {
    size_t num;
    const cli_command *commands = cli_commands(&num);
    if (command) {
        fprintf(file, "wsconform %s %s\n\n", command->name, command->arguments);
        cli_wrapped(file, command->summary, 0, 100);
        if (command->text) {
            fputc('\n', file);
            cli_wrapped(file, command->text, 0, 100);
        }
        help_flags(file, command);
        return;
    }
    fprintf(file, "wsconform %s\n\nUsage: wsconform COMMAND [ARGUMENTS]\n\nCommands:\n", cli_about);
    for (size_t i = 0; i < num; i++) {
        fprintf(file, "  %-8s ", commands[i].name);
        cli_wrapped(file, commands[i].summary, 11, 100);
    }
    help_flags(file, NULL);
    fputs("\nExit codes:\n", file);
    for (size_t i = 0; i < CLI_NUM_EXITS; i++)
        fprintf(file, "  %s  %s\n", cli_exit_texts[i][0], cli_exit_texts[i][1]);
    fputs("\nTry: wsconform server ws://localhost:9001/      wsconform server --help\n"
          "Instead of Autobahn's wstest: wsconform wstest --help, or the program under that name\n",
          file);
}
