/* SPDX-License-Identifier: MIT */
/* Man pages and shell completions, all from the tables of commands and flags. */
#include <string.h>

#include "cli/flags.h"
#include "cli/wstest.h"
#include "version.h"

/* What a value is, by its metavar: completions offer files, folders or nothing. */
static bool is_file(const char *metavar) {
    return metavar && strcmp(metavar, "FILE") == 0;
}

static bool is_folder(const char *metavar) {
    return metavar && strcmp(metavar, "DIR") == 0;
}

static void put_quoted(FILE *file, const char *text, const char *special, const char *before) {
    for (; *text; text++) {
        if (strchr(special, *text)) fputs(before, file);
        fputc(*text, file);
    }
}

/* ---- Man pages ----------------------------------------------------------------------------------------- */

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

static void man_flag(FILE *file, char letter, const char *name, const char *metavar, const char *help) {
    fputs(".TP\n", file);
    if (letter) fprintf(file, "\\fB\\-%c\\fR, ", letter);
    fputs("\\fB\\-\\-", file);
    roff(file, name);
    fputs("\\fR", file);
    if (metavar) fprintf(file, " \\fI%s\\fR", metavar);
    fputc('\n', file);
    roff(file, help);
    fputc('\n', file);
}

static void man_flags(FILE *file, const cli_command *command) {
    size_t num;
    const cli_flag *flags = cli_flags(&num);
    for (size_t i = 0; i < num; i++) {
        if (!cli_flag_fits(&flags[i], command) || (command && strcmp(flags[i].commands, "*") == 0)) continue;
        man_flag(file, flags[i].letter, cli_flag_shown(&flags[i]), flags[i].metavar, flags[i].help);
    }
}

static void man(FILE *file) {
    size_t num;
    const cli_command *commands = cli_commands(&num);
    fprintf(file, ".TH WSCONFORM 1 \"\" \"wsconform %s\" \"User Commands\"\n.SH NAME\nwsconform \\- ",
            WSCONFORM_VERSION);
    roff(file, cli_about);
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
    for (size_t i = 0; i < CLI_NUM_EXITS; i++) {
        fprintf(file, ".TP\n%s\n", cli_exit_texts[i][0]);
        roff(file, cli_exit_texts[i][1]);
        fputc('\n', file);
    }
    fputs(".SH ENVIRONMENT\n.TP\nNO_COLOR\nIf set and not empty, nothing is coloured unless \\-\\-color says "
          "so.\n.TP\nGITHUB_ACTIONS, GITHUB_STEP_SUMMARY\nInside GitHub Actions there are annotations and a "
          "summary of the step, unless \\-\\-github says never.\n.TP\nSSLKEYLOGFILE\nWhere the secrets of "
          "connections go without \\-\\-tls\\-keylog.\n.SH SEE ALSO\n.BR wstest (1)\n",
          file);
}

static void wstest_man(FILE *file) {
    size_t num, num_modes;
    const wstest_flag *flags = wstest_flags(&num);
    const char *const(*modes)[2] = wstest_modes(&num_modes);
    fprintf(file, ".TH WSTEST 1 \"\" \"wsconform %s\" \"User Commands\"\n.SH NAME\nwstest \\- ",
            WSCONFORM_VERSION);
    roff(file, wstest_about);
    fputs("\n.SH SYNOPSIS\n.B wstest\n\\fB\\-m\\fR \\fIMODE\\fR\n[\\fB\\-s\\fR \\fIFILE\\fR]\n[\\fB\\-w\\fR "
          "\\fIURI\\fR]\n[\\fIFLAGS\\fR]\n.SH DESCRIPTION\nThe program of\n.BR wsconform (1)\nunder the name "
          "that drivers of Autobahn|Testsuite start. Modes:\n",
          file);
    for (size_t i = 0; i < num_modes; i++) {
        fprintf(file, ".TP\n.B %s\n", modes[i][0]);
        roff(file, modes[i][1]);
        fputc('\n', file);
    }
    fputs(".SH FLAGS\n", file);
    for (size_t i = 0; i < num; i++)
        man_flag(file, wstest_flag_letter(&flags[i]), flags[i].name, flags[i].metavar,
                 flags[i].help ? flags[i].help : "Taken and ignored.");
    fputs(".SH EXIT STATUS\n", file);
    roff(file, wstest_exit_text);
    fputs("\n.SH ENVIRONMENT\n.TP\nWSTEST_FAIL_ON\nDefault of \\-\\-fail\\-on.\n.TP\nWSTEST_AUTOBAHN_EXACT\n"
          "The same as \\-\\-autobahn\\-exact, if set and neither empty nor 0.\n.SH SEE ALSO\n"
          ".BR wsconform (1)\n",
          file);
}

/* ---- bash ---------------------------------------------------------------------------------------------- */

/* What follows are names of files. */
#define BASH_FILES "compopt -o filenames 2>/dev/null; "

/* Flags of a kind as a pattern of case, or nothing if there is none. */
static void bash_values(FILE *file, const cli_command *command, bool (*kind)(const char *metavar),
                        const char *action) {
    size_t num;
    const cli_flag *flags = cli_flags(&num);
    const char *before = "    ";
    for (size_t i = 0; i < num; i++) {
        if (!cli_flag_fits(&flags[i], command) || !kind(flags[i].metavar)) continue;
        fprintf(file, "%s--%s", before, cli_flag_shown(&flags[i]));
        if (flags[i].letter) fprintf(file, "|-%c", flags[i].letter);
        before = "|";
    }
    if (before[0] == '|') fprintf(file, ") %s; return ;;\n", action);
}

static bool is_other(const char *metavar) {
    return metavar && !is_file(metavar) && !is_folder(metavar);
}

static void bash(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    fputs(
        "_wsconform() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= w\n"
        "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do case $w in -*) ;; *) command=$w; break ;; "
        "esac; done\n"
        "  case $command in\n",
        file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "  %s)\n    case $prev in\n", commands[c].name);
        bash_values(file, &commands[c], is_file, BASH_FILES "COMPREPLY=($(compgen -f -- \"$cur\"))");
        bash_values(file, &commands[c], is_folder, BASH_FILES "COMPREPLY=($(compgen -d -- \"$cur\"))");
        bash_values(file, &commands[c], is_other, "COMPREPLY=()");
        fputs("    esac\n    case $cur in\n    -*) COMPREPLY=($(compgen -W \"", file);
        for (size_t i = 0; i < num; i++)
            if (cli_flag_fits(&flags[i], &commands[c])) fprintf(file, "--%s ", cli_flag_shown(&flags[i]));
        fputs("\" -- \"$cur\")) ;;\n", file);
        if (strcmp(commands[c].name, "show") == 0)
            fputs(
                "    *) COMPREPLY=($(compgen -W \"$(\"${COMP_WORDS[0]}\" list 2>/dev/null | cut -d' ' -f1)\" "
                "-- \"$cur\")) ;;\n",
                file);
        else
            fputs("    *) " BASH_FILES "COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", file);
        fputs("    esac ;;\n", file);
    }
    fputs("  *) COMPREPLY=($(compgen -W \"", file);
    for (size_t c = 0; c < num_commands; c++) fprintf(file, "%s ", commands[c].name);
    fputs("--help --version\" -- \"$cur\")) ;;\n  esac\n}\ncomplete -F _wsconform wsconform\n", file);
}

static void wstest_bash(FILE *file) {
    size_t num, num_modes;
    const wstest_flag *flags = wstest_flags(&num);
    const char *const(*modes)[2] = wstest_modes(&num_modes);
    fputs("_wstest() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "  case $prev in\n  -m|--mode) COMPREPLY=($(compgen -W \"",
          file);
    for (size_t i = 0; i < num_modes; i++) fprintf(file, "%s ", modes[i][0]);
    fputs("\" -- \"$cur\")) ;;\n", file);
    for (size_t i = 0; i < num; i++) {
        if (!flags[i].metavar || flags[i].key == 'm') continue;
        fputs("  ", file);
        if (wstest_flag_letter(&flags[i])) fprintf(file, "-%c|", flags[i].key);
        fprintf(file, "--%s) %sCOMPREPLY=(", flags[i].name, is_file(flags[i].metavar) ? BASH_FILES : "");
        fputs(is_file(flags[i].metavar) ? "$(compgen -f -- \"$cur\")" : "", file);
        fputs(") ;;\n", file);
    }
    fputs("  *) COMPREPLY=($(compgen -W \"", file);
    for (size_t i = 0; i < num; i++)
        if (flags[i].help) fprintf(file, "--%s ", flags[i].name);
    fputs("\" -- \"$cur\")) ;;\n  esac\n}\ncomplete -F _wstest wstest\n", file);
}

/* ---- zsh ----------------------------------------------------------------------------------------------- */

static void zsh_flag(FILE *file, char letter, const char *name, const char *metavar, const char *help,
                     const char *action) {
    fputs(" \\\n    ", file);
    if (letter)
        fprintf(file, "'*'{-%c%s,--%s%s}'[", letter, metavar ? "+" : "", name, metavar ? "=" : "");
    else
        fprintf(file, "'*--%s%s[", name, metavar ? "=" : "");
    for (; *help; help++) {
        if (*help == '\'')
            fputs("'\\''", file);
        else if (strchr("[]\\", *help))
            fprintf(file, "\\%c", *help);
        else
            fputc(*help, file);
    }
    fputs("]", file);
    if (metavar) {
        fputc(':', file);
        put_quoted(file, metavar, ":", "\\");
        fprintf(file, ":%s",
                action               ? action
                : is_file(metavar)   ? "_files"
                : is_folder(metavar) ? "_files -/"
                                     : "");
    }
    fputc('\'', file);
}

static void zsh(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    fputs("#compdef wsconform\n_wsconform() {\n  local -a commands\n  commands=(\n", file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "    '%s:", commands[c].name);
        put_quoted(file, commands[c].summary, "'", "'\\'");
        fputs("'\n", file);
    }
    fputs("  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
          "  local command=$words[2] program=$words[1]\n  shift words; (( CURRENT-- ))\n  case $command in\n",
          file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "  %s) _arguments", commands[c].name);
        for (size_t i = 0; i < num; i++)
            if (cli_flag_fits(&flags[i], &commands[c]))
                zsh_flag(file, flags[i].letter, cli_flag_shown(&flags[i]), flags[i].metavar, flags[i].help,
                         NULL);
        if (strcmp(commands[c].name, "show") == 0)
            fputs(" \\\n    '*:case:($($program list 2>/dev/null | cut -d\" \" -f1))' ;;\n", file);
        else
            fputs(" \\\n    '*: :_files' ;;\n", file);
    }
    fputs("  esac\n}\n_wsconform \"$@\"\n", file);
}

static void wstest_zsh(FILE *file) {
    size_t num, num_modes;
    const wstest_flag *flags = wstest_flags(&num);
    const char *const(*modes)[2] = wstest_modes(&num_modes);
    fputs("#compdef wstest\n_wstest() {\n  local -a modes\n  modes=(", file);
    for (size_t i = 0; i < num_modes; i++) fprintf(file, "%s%s", i ? " " : "", modes[i][0]);
    fputs(")\n  _arguments", file);
    for (size_t i = 0; i < num; i++)
        if (flags[i].help)
            zsh_flag(file, wstest_flag_letter(&flags[i]), flags[i].name, flags[i].metavar, flags[i].help,
                     flags[i].key == 'm' ? "($modes)" : NULL);
    fputs("\n}\n_wstest \"$@\"\n", file);
}

/* ---- fish ---------------------------------------------------------------------------------------------- */

static void fish_flag(FILE *file, char letter, const char *name, const char *metavar, const char *help) {
    fprintf(file, " -l %s", name);
    if (letter) fprintf(file, " -s %c", letter);
    if (metavar) fputs(is_file(metavar) || is_folder(metavar) ? " -r -F" : " -x", file);
    fputs(" -d '", file);
    put_quoted(file, help, "'\\", "\\");
    fputs("'\n", file);
}

static void fish(FILE *file) {
    size_t num_commands, num;
    const cli_command *commands = cli_commands(&num_commands);
    const cli_flag *flags = cli_flags(&num);
    fputs("complete -c wsconform -n __fish_use_subcommand -l help -s h -d 'Print help.'\n"
          "complete -c wsconform -n __fish_use_subcommand -l version -s V -d 'Print the version.'\n"
          "complete -c wsconform -n '__fish_seen_subcommand_from show' -f -a '(wsconform list 2>/dev/null | "
          "string split -f1 \" \")'\n",
          file);
    for (size_t c = 0; c < num_commands; c++) {
        fprintf(file, "complete -c wsconform -n __fish_use_subcommand -f -a %s -d '", commands[c].name);
        put_quoted(file, commands[c].summary, "'\\", "\\");
        fputs("'\n", file);
        for (size_t i = 0; i < num; i++) {
            if (!cli_flag_fits(&flags[i], &commands[c])) continue;
            fprintf(file, "complete -c wsconform -n '__fish_seen_subcommand_from %s'", commands[c].name);
            fish_flag(file, flags[i].letter, cli_flag_shown(&flags[i]), flags[i].metavar, flags[i].help);
        }
    }
}

static void wstest_fish(FILE *file) {
    size_t num, num_modes;
    const wstest_flag *flags = wstest_flags(&num);
    const char *const(*modes)[2] = wstest_modes(&num_modes);
    for (size_t i = 0; i < num; i++) {
        if (!flags[i].help) continue;
        fputs(is_file(flags[i].metavar) ? "complete -c wstest" : "complete -c wstest -f", file);
        for (size_t m = 0; flags[i].key == 'm' && m < num_modes; m++)
            fprintf(file, "%s%s", m ? " " : " -a '", modes[m][0]);
        if (flags[i].key == 'm') fputc('\'', file);
        fish_flag(file, wstest_flag_letter(&flags[i]), flags[i].name, flags[i].metavar, flags[i].help);
    }
}

int cli_generate(FILE *file, const char *what) {
    static const struct {
        const char *name;
        void (*write)(FILE *);
    } kinds[] = {{"man", man},
                 {"complete-bash", bash},
                 {"complete-zsh", zsh},
                 {"complete-fish", fish},
                 {"wstest-man", wstest_man},
                 {"wstest-complete-bash", wstest_bash},
                 {"wstest-complete-zsh", wstest_zsh},
                 {"wstest-complete-fish", wstest_fish}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, what) != 0) continue;
        kinds[i].write(file);
        return 0;
    }
    return -1;
}
