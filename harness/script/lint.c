/* SPDX-License-Identifier: MIT */
/* Findings beyond what makes a catalogue unusable: form, wording, strength, and what nobody checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "script/load.h"

#define TITLE_MAX 120

typedef struct lint_context {
    const catalogue *catalogue;
    const catalogue_file *files;
    size_t num_files;
    catalogue_complain *error, *note;
    void *user;
    size_t num_errors;
    const char
        *pointer; /* of the written case that was complained about last, and what was said of it, a line */
    text_buffer told; /* for each: the cases of one matrix share most findings */
} lint_context;

static const catalogue_file *find_file(const lint_context *lint, const char *name) {
    for (size_t i = 0; i < lint->num_files; i++) {
        if (strcmp(lint->files[i].name, name) == 0) return &lint->files[i];
    }
    return NULL;
}

static void lint_error(lint_context *lint, const char *file, int line, const char *pointer,
                       const char *message) {
    if (lint->num_errors > LOAD_MAX_COMPLAINTS) return;
    if (lint->num_errors++ == LOAD_MAX_COMPLAINTS) {
        line = 0;
        pointer = "";
        message = "too many problems; the others are not shown";
    }
    if (lint->error != NULL) lint->error(lint->user, file, line, pointer, message);
}

/* Complains about a member of a case, once for all cases of its matrix. */
static void case_error(lint_context *lint, const test_case *test, const char *key, const char *message) {
    if (lint->num_errors > LOAD_MAX_COMPLAINTS) return;
    if (lint->pointer == NULL || strcmp(lint->pointer, test->pointer) != 0) lint->told.len = 0;
    lint->pointer = test->pointer;
    text_buffer line = {0};
    text_print(&line, "%s:%s/%s: %s\n", test->file, test->pointer, key, message);
    text_append(&lint->told, "", 0);
    bool told = strstr(lint->told.data, line.data) != NULL;
    if (!told) text_append(&lint->told, line.data, line.len);
    free(line.data);
    if (told) return;
    text_buffer pointer = {0};
    const catalogue_file *file = find_file(lint, test->file);
    text_print(&pointer, "%s/%s", test->pointer, key);
    int at = file != NULL ? source_line(file->data, file->len, pointer.data) : 0;
    lint_error(lint, test->file, at, pointer.data, message);
    free(pointer.data);
}

/* ---- Form ---------------------------------------------------------------------------------------------- */

static void lint_form(lint_context *lint, const catalogue_file *file) {
    size_t len;
    char *canonical = catalogue_format(file->data, file->len, &len);
    if (canonical == NULL) return; /* such a file has not been loaded */
    size_t same = 0;
    int line = 1;
    while (same < len && same < file->len && canonical[same] == file->data[same])
        line += canonical[same++] == '\n';
    if (same < len || same < file->len) {
        lint_error(lint, file->name, line, "", "not in canonical form from here on (wsconform check --fix)");
    }
    free(canonical);
}

/* ---- Titles -------------------------------------------------------------------------------------------- */

/* What a case sends. */
typedef struct lint_sent {
    unsigned opcodes; /* bit n: a frame of opcode n */
    bool rsv[3];
    bool unmasked;
    bool fragments;
    bool raw; /* octets that may be anything */
} lint_sent;

static void sent_frames(lint_sent *sent, const case_frame *frames, size_t num) {
    for (size_t i = 0; i < num; i++) {
        const wsc_frame *header = &frames[i].header;
        sent->opcodes |= 1u << header->opcode;
        sent->rsv[0] = sent->rsv[0] || header->rsv1;
        sent->rsv[1] = sent->rsv[1] || header->rsv2;
        sent->rsv[2] = sent->rsv[2] || header->rsv3;
        sent->unmasked = sent->unmasked || frames[i].masking == MASK_OFF;
        sent->fragments = sent->fragments || !header->fin || header->opcode == WSC_OP_CONTINUATION;
    }
}

static void sent_steps(lint_sent *sent, const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        switch (step->kind) {
        case STEP_SEND: sent_frames(sent, step->send.frames, step->send.num_frames); break;
        case STEP_MESSAGE:
        case STEP_MESSAGES:
            sent->opcodes |= 1u << step->message.opcode;
            sent->rsv[0] = sent->rsv[0] || step->message.compress.on;
            if (case_num_fragments(&step->message.fragments, step->kind == STEP_MESSAGE
                                                                 ? step->message.payload.total
                                                                 : step->message.each) > 1) {
                sent->fragments = true;
                sent->opcodes |= 1u << WSC_OP_CONTINUATION;
            }
            if (step->message.between != NULL) sent_frames(sent, step->message.between, 1);
            break;
        case STEP_RAW: sent->raw = true; break;
        case STEP_CLOSE: sent->opcodes |= 1u << WSC_OP_CLOSE; break;
        case STEP_REPEAT: sent_steps(sent, step->repeat.steps, step->repeat.num_steps); break;
        default: break;
        }
    }
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* True if the title has the word, in any letter case, also in the plural. */
static bool has_word(const char *title, const char *word) {
    size_t len = strlen(word);
    for (const char *at = title; *at != '\0'; at++) {
        if (strncasecmp(at, word, len) != 0 || (at > title && is_letter(at[-1]))) continue;
        if (!is_letter(at[len]) || ((at[len] == 's' || at[len] == 'S') && !is_letter(at[len + 1])))
            return true;
    }
    return false;
}

/* Frame words of a title that nothing in the case bears out. */
static void lint_words(lint_context *lint, const test_case *test) {
    lint_sent sent = {0};
    const case_head *head = case_own_head(test);
    sent_frames(&sent, head->frames, head->num_frames);
    sent_steps(&sent, test->steps, test->num_steps);
    if (sent.raw || head->body.total > 0 || head->raw.total > 0 || test->handshake_only) return;
    const unsigned pings = 1u << WSC_OP_PING, pongs = 1u << WSC_OP_PONG;
    const struct {
        const char *word;
        bool sent;
    } words[] = {
        {"ping", sent.opcodes & pings},
        {"pong", sent.opcodes & (pings | pongs)}, /* the peer's own, if only pings are sent */
        {"text frame", sent.opcodes & 1u << WSC_OP_TEXT},
        {"text message", sent.opcodes & 1u << WSC_OP_TEXT},
        {"binary frame", sent.opcodes & 1u << WSC_OP_BINARY},
        {"binary message", sent.opcodes & 1u << WSC_OP_BINARY},
        {"continuation frame", sent.opcodes & 1u << WSC_OP_CONTINUATION},
        {"fragment", sent.fragments},
        {"rsv1", sent.rsv[0]},
        {"rsv2", sent.rsv[1]},
        {"rsv3", sent.rsv[2]},
        {"unmasked frame", sent.unmasked || !test->judges_server},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].sent || !has_word(test->title, words[i].word)) continue;
        char message[64];
        snprintf(message, sizeof message, "names \"%s\", but none is sent", words[i].word);
        case_error(lint, test, "title", message);
    }
}

static void lint_title(lint_context *lint, const test_case *test) {
    const char *title = test->title;
    size_t len = strlen(title), characters = 0;
    for (size_t i = 0; i < len; i++) characters += ((unsigned char)title[i] & 0xc0) != 0x80;
    if (len == 0) {
        case_error(lint, test, "title", "is empty");
        return;
    }
    if (characters > TITLE_MAX) case_error(lint, test, "title", "has more than 120 characters");
    if (title[0] >= 'a' && title[0] <= 'z')
        case_error(lint, test, "title", "must start with a capital letter");
    if (title[len - 1] == '.') case_error(lint, test, "title", "must not end with a full stop");
    if (title[0] == ' ' || title[len - 1] == ' ' || strstr(title, "  ") != NULL) {
        case_error(lint, test, "title", "has superfluous spaces");
    }
    if (has_word(title, "should")) case_error(lint, test, "title", "says what is, not what should be");
}

/* ---- Strength and coverage ----------------------------------------------------------------------------- */

static bool is_absolute(const char *level) {
    return strcmp(level, "MUST") == 0 || strcmp(level, "MUST NOT") == 0 || strcmp(level, "ALGORITHM") == 0;
}

static void lint_level(lint_context *lint, const test_case *test) {
    for (size_t i = 0; test->checks[i] != NULL; i++) {
        const requirement *one = catalogue_requirement(lint->catalogue, test->checks[i]);
        if (test->level != LEVEL_MUST || (one != NULL && is_absolute(one->level))) return;
    }
    case_error(lint, test, "level",
               "is must, but no requirement that the case checks is a MUST, MUST NOT or ALGORITHM");
}

/* Capabilities that cases may need. */
static void lint_needs(lint_context *lint, const test_case *test) {
    static const char *const known[] = {"echo",          "deflate",      "driver", "h2",   "h3",
                                        "proxy-fixture", "subprotocols", "tls",    "tls13"};
    for (size_t i = 0; test->needs[i] != NULL; i++) {
        size_t j = 0;
        while (j < sizeof known / sizeof *known && strcmp(known[j], test->needs[i]) != 0) j++;
        if (j == sizeof known / sizeof *known) case_error(lint, test, "needs", "names an unknown capability");
    }
}

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void coverage_error(lint_context *lint, const char *name, const char *list, size_t at,
                           const char *text, const char *id) {
    const catalogue_file *file = find_file(lint, name);
    text_buffer pointer = {0}, message = {0};
    text_print(&pointer, "/%s/%zu", list, at);
    text_print(&message, text, id);
    int line = file != NULL ? source_line(file->data, file->len, pointer.data) : 0;
    lint_error(lint, name, line, pointer.data, message.data);
    free(pointer.data);
    free(message.data);
}

/* Requirements on servers that the wire shows are checked by a case or listed as untested, not both. */
static void lint_coverage(lint_context *lint) {
    const catalogue *all = lint->catalogue;
    size_t num = 0, at = 0;
    for (size_t i = 0; i < all->num_cases; i++) {
        for (size_t j = 0; all->cases[i].checks[j] != NULL; j++) num++;
    }
    const char **checked = memory_resize(NULL, (num + 1) * sizeof *checked);
    for (size_t i = 0; i < all->num_cases; i++) {
        for (size_t j = 0; all->cases[i].checks[j] != NULL; j++) checked[at++] = all->cases[i].checks[j];
    }
    if (num > 0) qsort(checked, num, sizeof *checked, compare_strings);
    for (size_t i = 0; i < all->num_requirements; i++) {
        const requirement *one = &all->requirements[i];
        bool binds = strcmp(one->who, "server") == 0 || strcmp(one->who, "both") == 0;
        if (!binds || strcmp(one->observable, "local") == 0) continue;
        if (bsearch(&one->id, checked, num, sizeof *checked, compare_strings) != NULL) continue;
        if (catalogue_untested(all, one->id) != NULL) continue;
        coverage_error(lint, "requirements.json", "requirements", i,
                       "no case checks %s, and untested.json does not list it", one->id);
    }
    for (size_t i = 0; i < all->num_untested; i++) {
        const char *id = all->untested[i].requirement;
        if (bsearch(&id, checked, num, sizeof *checked, compare_strings) != NULL)
            coverage_error(lint, "untested.json", "untested", i, "%s is checked by a case", id);
    }
    free(checked);
}

/* True if the requirements are the catalogue's own, so that it is meant to cover them. */
static bool is_whole(const char *dir) {
    if (dir == NULL) return true;
    text_buffer path = {0};
    text_print(&path, "%s/requirements.json", dir);
    bool own = access(path.data, F_OK) == 0;
    free(path.data);
    return own;
}

size_t catalogue_lint(const catalogue *all, const char *dir, catalogue_complain *error,
                      catalogue_complain *note, void *user) {
    catalogue_files read = {0};
    lint_context lint = {.catalogue = all,
                         .files = catalogue_embedded,
                         .num_files = catalogue_num_embedded,
                         .error = error,
                         .note = note,
                         .user = user};
    if (dir != NULL) {
        if (!catalogue_files_read(&read, dir, error, user)) lint.num_errors++;
        lint.files = read.files;
        lint.num_files = read.num_files;
    }
    for (size_t i = 0; i < lint.num_files; i++) {
        if (catalogue_file_has_form(lint.files[i].name)) lint_form(&lint, &lint.files[i]);
    }
    for (size_t i = 0; i < all->num_cases; i++) {
        lint_title(&lint, &all->cases[i]);
        lint_words(&lint, &all->cases[i]);
        lint_level(&lint, &all->cases[i]);
        lint_needs(&lint, &all->cases[i]);
    }
    if (is_whole(dir)) lint_coverage(&lint);
    free(lint.told.data);
    catalogue_files_free(&read);
    return lint.num_errors;
}
