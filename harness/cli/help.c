/* SPDX-License-Identifier: MIT */
/* --help, the man page and shell completions, all from the tables of commands and flags. */
#include <string.h>

#include "cli/flags.h"
#include "version.h"

static const char about[] =
    "judges WebSocket endpoints against RFC 6455 and shows evidence for every verdict";

static const char *const exit_texts[][2] = {{"0", "all as expected"},
                                            {"1", "failures"},
                                            {"2", "wrong usage, unreadable input, or nothing selected"},
                                            {"3", "target unreachable or died; the run is incomplete"},
                                            {"4", "a finding of a fuzzer"},
                                            {"5", "an error in the harness itself"}};

/* The name as the user writes it for that command: list and show know --json as a switch. */
static const char *shown(const cli_flag *flag) {
    return strcmp(flag->name, "as-json") == 0 ? "json" : flag->name;
}

static void wrapped(FILE *file, const char *text, size_t indent, size_t width) {
    size_t column = indent;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > indent && column + 1 + n > width) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', file);
            column++;
        }
        fprintf(file, "%.*s", (int)n, text);
        column += n;
        text += n;
        while (*text == ' ') text++;
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
        snprintf(name, sizeof name, "%s--%s%s%s", letter, shown(&flags[i]), flags[i].metavar ? " " : "",
                 flags[i].metavar ? flags[i].metavar : "");
        fprintf(file, "  %-28s ", name);
        if (strlen(name) > 28) fprintf(file, "\n%31s", "");
        wrapped(file, flags[i].help, 31, 100);
    }
}

void cli_help(FILE *file, const cli_command *command) {
    size_t num;
    const cli_command *commands = cli_commands(&num);
    if (command) {
        fprintf(file, "wsconform %s %s\n\n", command->name, command->arguments);
        wrapped(file, command->summary, 0, 100);
        if (command->text) {
            fputc('\n', file);
            wrapped(file, command->text, 0, 100);
        }
        help_flags(file, command);
        return;
    }
    fprintf(file, "wsconform %s\n\nUsage: wsconform COMMAND [ARGUMENTS]\n\nCommands:\n", about);
    for (size_t i = 0; i < num; i++) {
        fprintf(file, "  %-8s ", commands[i].name);
        wrapped(file, commands[i].summary, 11, 100);
    }
    help_flags(file, NULL);
    fputs("\nExit codes:\n", file);
    for (size_t i = 0; i < sizeof exit_texts / sizeof *exit_texts; i++)
        fprintf(file, "  %s  %s\n", exit_texts[i][0], exit_texts[i][1]);
    fputs("\nTry: wsconform server ws://localhost:9001/      wsconform server --help\n"
          "Instead of Autobahn's wstest: wsconform wstest --help, or the program under that name\n",
          file);
}

/* Text for roff: a leading dot or quote and every backslash and dash need care. */
static void roff(FILE *file, const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", file);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", file);
        else if (*text == '-')
            fputs("\\-", file);
        else
            fputc(*text, file);
    }
}

static void man_flags(FILE *file, const cli_command *command) {
    size_t num;
    const cli_flag *flags = cli_flags(&num);
    for (size_t i = 0; i < num; i++) {
        if (!cli_flag_fits(&flags[i], command) || (command && strcmp(flags[i].commands, "*") == 0)) continue;
        fputs(".TP\n", file);
        if (flags[i].letter) fprintf(file, "\\fB\\-%c\\fR, ", flags[i].letter);
        fputs("\\fB\\-\\-", file);
        roff(file, shown(&flags[i]));
        fputs("\\fR", file);
        if (flags[i].metavar) fprintf(file, " \\fI%s\\fR", flags[i].metavar);
        fputc('\n', file);
        roff(file, flags[i].help);
        fputc('\n', file);
    }
}

static void man(FILE *file) {
    size_t num;
    const cli_command *commands = cli_commands(&num);
    fprintf(file, ".TH WSCONFORM 1 \"\" \"wsconform %s\" \"User Commands\"\n.SH NAME\nwsconform \\- ",
            WSCONFORM_VERSION);
    roff(file, about);
    fputs("\n.SH SYNOPSIS\n.B wsconform\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n.SH COMMANDS\n", file);
    for (size_t i = 0; i < num; i++) {
        fprintf(file, ".SS \"wsconform %s %s\"\n", commands[i].name, commands[i].arguments);
        roff(file, commands[i].summary);
        fputc('\n', file);
        if (commands[i].text) {
            fputs(".PP\n", file);
            roff(file, commands[i].text);
            fputc('\n', file);
        }
        man_flags(file, &commands[i]);
    }
    fputs(".SH FLAGS\n", file);
    man_flags(file, NULL);
    fputs(".SH EXIT STATUS\n", file);
    for (size_t i = 0; i < sizeof exit_texts / sizeof *exit_texts; i++) {
        fprintf(file, ".TP\n%s\n", exit_texts[i][0]);
        roff(file, exit_texts[i][1]);
        fputc('\n', file);
    }
    fputs(".SH ENVIRONMENT\n.TP\nNO_COLOR\nIf set and not empty, nothing is coloured unless \\-\\-color says "
          "so.\n",
          file);
}

static void bash(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    fputs("_wsconform() {\n  local cur=${COMP_WORDS[COMP_CWORD]} command= w\n"
          "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do case $w in -*) ;; *) command=$w; break ;; "
          "esac; done\n"
          "  case $command in\n",
          file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "  %s) COMPREPLY=($(compgen -f -W \"", commands[c].name);
        for (size_t i = 0; i < num; i++)
            if (cli_flag_fits(&flags[i], &commands[c])) fprintf(file, "--%s ", shown(&flags[i]));
        fputs("\" -- \"$cur\")) ;;\n", file);
    }
    fputs("  *) COMPREPLY=($(compgen -W \"", file);
    for (size_t c = 0; c < num_commands; c++) fprintf(file, "%s ", commands[c].name);
    fputs("--help --version\" -- \"$cur\")) ;;\n  esac\n}\ncomplete -F _wsconform wsconform\n", file);
}

static void quoted(FILE *file, const char *text, char quote, const char *instead) {
    for (; *text; text++) {
        if (*text == quote)
            fputs(instead, file);
        else
            fputc(*text, file);
    }
}

static void zsh(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    fputs("#compdef wsconform\n_wsconform() {\n  local -a commands\n  commands=(\n", file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "    '%s:", commands[c].name);
        quoted(file, commands[c].summary, '\'', "'\\''");
        fputs("'\n", file);
    }
    fputs("  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  case $words[2] in\n",
          file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "  %s) _arguments", commands[c].name);
        for (size_t i = 0; i < num; i++)
            if (cli_flag_fits(&flags[i], &commands[c]))
                fprintf(file, " '--%s%s'", shown(&flags[i]), flags[i].metavar ? "=:value:_files" : "");
        fputs(" '*: :_files' ;;\n", file);
    }
    fputs("  esac\n}\n_wsconform \"$@\"\n", file);
}

static void fish(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "complete -c wsconform -n __fish_use_subcommand -f -a %s -d '", commands[c].name);
        quoted(file, commands[c].summary, '\'', "\\'");
        fputs("'\n", file);
        for (size_t i = 0; i < num; i++) {
            if (!cli_flag_fits(&flags[i], &commands[c])) continue;
            fprintf(file, "complete -c wsconform -n '__fish_seen_subcommand_from %s' -l %s", commands[c].name,
                    shown(&flags[i]));
            if (flags[i].letter) fprintf(file, " -s %c", flags[i].letter);
            fprintf(file, "%s -d '", flags[i].metavar ? " -r" : "");
            quoted(file, flags[i].help, '\'', "\\'");
            fputs("'\n", file);
        }
    }
}

int cli_generate(FILE *file, const char *what) {
    static const struct {
        const char *name;
        void (*write)(FILE *);
    } kinds[] = {{"man", man}, {"complete-bash", bash}, {"complete-zsh", zsh}, {"complete-fish", fish}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, what) != 0) continue;
        kinds[i].write(file);
        return 0;
    }
    return -1;
}
