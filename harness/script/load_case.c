/* SPDX-License-Identifier: MIT */
/* Case files: from the written cases to test_cases. */
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

static const char *const level_names[] = {"must", "should", "may", "probe"};

const char *case_level_name(case_level level) {
    return level_names[level];
}

/* ---- Parts that are plain values ----------------------------------------------------------------------- */

static bool id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* area/slug: parts of letters and digits, joined by one of "./-" at a time. */
static bool is_id(const char *id) {
    bool slash = false, joint = true;
    for (; *id != '\0'; id++) {
        bool is_joint = *id == '.' || *id == '/' || *id == '-';
        if (!id_char(*id) && (!is_joint || joint)) return false;
        slash = slash || *id == '/';
        joint = is_joint;
    }
    return slash && !joint;
}

static bool load_id(load_context *loader, json_t *json, const place *at, test_case *test) {
    place here = {.up = at, .key = "id"};
    json_t *id = load_member(loader, json, at, "id");
    test->id = id != NULL ? load_string(loader, id, &here) : NULL;
    if (test->id == NULL) return false;
    if (!is_id(test->id) || strlen(test->id) > 120) {
        load_error(loader, &here,
                   "\"%s\" is no id: area/slug of a-z, 0-9 and single . - /, at most 120 characters",
                   test->id);
        return false;
    }
    size_t len = strcspn(test->id, "/"), folder = strcspn(loader->file->name, "/");
    test->area = memory_copy(loader->memory, test->id, len);
    if (len == folder && memcmp(test->id, loader->file->name, len) == 0) return true;
    load_error(loader, &here, "the area of \"%s\" is not its folder, %.*s", test->id, (int)folder,
               loader->file->name);
    return false;
}

static bool load_judges(load_context *loader, json_t *json, const place *at, test_case *test) {
    place here = {.up = at, .key = "judges"};
    json_t *judges = load_member(loader, json, at, "judges");
    if (judges == NULL || !json_is_array(judges)) {
        return judges != NULL && load_is_array(loader, judges, &here);
    }
    const char *const *roles = load_strings(loader, judges, &here);
    bool good = true;
    for (size_t i = 0; roles[i] != NULL; i++) {
        if (strcmp(roles[i], "server") == 0) {
            test->judges_server = true;
        } else if (strcmp(roles[i], "client") == 0) {
            test->judges_client = true;
        } else {
            load_error(loader, &(place){.up = &here, .index = i}, "must be \"server\" or \"client\"");
            good = false;
        }
    }
    if (test->judges_server || test->judges_client || !good) return good;
    load_error(loader, &here, "judges nobody");
    return false;
}

static bool load_level(load_context *loader, json_t *json, const place *at, test_case *test) {
    json_t *level = load_member(loader, json, at, "level");
    if (level == NULL) return false;
    for (case_level i = LEVEL_MUST; i <= LEVEL_PROBE; i++) {
        if (strcmp(load_word(level), case_level_name(i)) != 0) continue;
        test->level = i;
        return true;
    }
    load_error(loader, &(place){.up = at, .key = "level"}, "must be must, should, may or probe");
    return false;
}

/* The strings of a list must be known, or have a form. */
typedef bool string_test(const catalogue *all, const char *string);

static bool is_requirement(const catalogue *all, const char *id) {
    return catalogue_requirement(all, id) != NULL;
}

static bool is_ruling(const catalogue *all, const char *id) {
    return catalogue_ruling(all, id) != NULL;
}

/* suite:number, where Autobahn's numbers are dotted decimals. */
static bool is_also(const catalogue *all, const char *string) {
    (void)all;
    const char *colon = strchr(string, ':');
    if (colon == NULL || colon == string || colon[1] == '\0' || strpbrk(string, " \t\n") != NULL)
        return false;
    for (const char *c = string; c < colon; c++) {
        if (!id_char(*c) && *c != '-') return false;
    }
    if (strncmp(string, "autobahn:", 9) != 0) return true;
    size_t dots = 0;
    for (const char *c = colon + 1; *c != '\0'; c++) {
        bool dot = *c == '.';
        if ((!dot && (*c < '0' || *c > '9')) || (dot && (c[-1] == '.' || c[-1] == ':' || c[1] == '\0'))) {
            return false;
        }
        dots += dot;
    }
    return dots >= 1;
}

static bool is_word(const catalogue *all, const char *string) {
    (void)all;
    for (const char *c = string; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f) return false;
    }
    return string[0] != '\0';
}

static bool is_need(const catalogue *all, const char *string) {
    (void)all;
    for (const char *c = string; *c != '\0'; c++) {
        if (!id_char(*c) && *c != '-') return false;
    }
    return string[0] != '\0';
}

static bool load_list(load_context *loader, json_t *json, const place *at, const char *key, string_test *test,
                      const char *complaint, const char *const **list) {
    place here = {.up = at, .key = key};
    json_t *member = json_object_get(json, key);
    *list = load_strings(loader, member, &here);
    bool good = member == NULL || json_is_array(member);
    for (size_t i = 0; (*list)[i] != NULL; i++) {
        if (test(loader->catalogue, (*list)[i])) continue;
        load_error(loader, &(place){.up = &here, .index = i}, complaint, (*list)[i]);
        good = false;
    }
    return good;
}

static bool load_lists(load_context *loader, json_t *json, const place *at, test_case *test) {
    bool good = load_list(loader, json, at, "checks", is_requirement, "requirements.json has no \"%s\"",
                          &test->checks);
    good = load_list(loader, json, at, "rulings", is_ruling, "rulings.json has no \"%s\"", &test->rulings) &&
           good;
    good = load_list(loader, json, at, "also", is_also, "\"%s\" is not suite:number", &test->also) && good;
    good = load_list(loader, json, at, "bugs", is_word, "\"%s\" is no name of a bug", &test->bugs) && good;
    good = load_list(loader, json, at, "needs", is_need, "\"%s\" is no name of a capability", &test->needs) &&
           good;
    if (json_object_get(json, "checks") == NULL) {
        load_error(loader, at, "\"checks\" is missing");
        good = false;
    } else if (good && test->checks[0] == NULL) {
        load_error(loader, &(place){.up = at, .key = "checks"}, "checks no requirement");
        good = false;
    }
    return good;
}

/* ---- What follows from the rest ------------------------------------------------------------------------ */

static bool frames_have_data(const case_frame *frames, size_t num) {
    for (size_t i = 0; i < num; i++) {
        if (frames[i].header.opcode < 8) return true;
    }
    return false;
}

/* True if steps may complete a message, or wait for one. */
static bool steps_want_echo(const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        switch (steps[i].kind) {
        case STEP_MESSAGE:
        case STEP_MESSAGES:
        case STEP_RAW: return true;
        case STEP_SEND:
            if (frames_have_data(steps[i].send.frames, steps[i].send.num_frames)) return true;
            break;
        case STEP_UNTIL:
            if (steps[i].until.condition == UNTIL_MESSAGES || steps[i].until.condition == UNTIL_ECHO)
                return true;
            break;
        case STEP_REPEAT:
            if (steps_want_echo(steps[i].repeat.steps, steps[i].repeat.num_steps)) return true;
            break;
        default: break;
        }
    }
    return false;
}

static bool waits_for_messages(const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        if (steps[i].kind == STEP_MESSAGES) return true;
        if (steps[i].kind == STEP_UNTIL &&
            (steps[i].until.condition == UNTIL_MESSAGES || steps[i].until.condition == UNTIL_ECHO)) {
            return true;
        }
        if (steps[i].kind == STEP_REPEAT &&
            waits_for_messages(steps[i].repeat.steps, steps[i].repeat.num_steps)) {
            return true;
        }
    }
    return false;
}

static void add_need(load_context *loader, test_case *test, const char *need) {
    size_t num = 0;
    for (; test->needs[num] != NULL; num++) {
        if (strcmp(test->needs[num], need) == 0) return;
    }
    const char **needs = memory_array(loader->memory, num + 2, sizeof *needs);
    needs[0] = need;
    for (size_t i = 0; i < num; i++) needs[i + 1] = test->needs[i];
    test->needs = needs;
}

/* Adds "echo" to the needs where the case asks for messages that only an echo brings. */
static void add_echo(load_context *loader, test_case *test) {
    const case_head *head = case_own_head(test);
    bool sends = steps_want_echo(test->steps, test->num_steps) ||
                 frames_have_data(head->frames, head->num_frames) || head->body.total > 0 ||
                 head->raw.total > 0;
    bool echo = waits_for_messages(test->steps, test->num_steps);
    for (size_t i = 0; i < test->num_outcomes; i++) {
        const outcome *one = &test->outcomes[i];
        echo = echo || (one->messages == MESSAGES_ECHO && sends) ||
               (one->messages == MESSAGES_LIST && one->num_list > 0);
    }
    if (echo) add_need(loader, test, "echo");
}

/* Adds "deflate" where a case is about compressed messages: without an agreement it comes to nothing. Where
   outcomes look at the answer they say what a refusal means. */
static void add_deflate(load_context *loader, test_case *test) {
    bool declines = test->handshake_only;
    for (size_t i = 0; i < test->num_outcomes; i++)
        declines = declines || test->outcomes[i].deflate.agreed == FLAG_NO;
    if (test->deflate.given && !declines) add_need(loader, test, "deflate");
    for (size_t i = 0; test->needs[i] != NULL; i++) {
        bool newest = strcmp(test->needs[i], "tls13") == 0;
        test->needs_tls13 = test->needs_tls13 || newest;
        test->needs_tls = test->needs_tls || newest || strcmp(test->needs[i], "tls") == 0;
        test->needs_deflate = test->needs_deflate || strcmp(test->needs[i], "deflate") == 0;
    }
}

static bool load_profile(load_context *loader, json_t *json, const place *at, test_case *test) {
    json_t *profile = json_object_get(json, "profile");
    if (profile == NULL) return true;
    test->full_only = json_is_string(profile) && strcmp(json_string_value(profile), "full") == 0;
    if (!test->full_only) load_error(loader, &(place){.up = at, .key = "profile"}, "must be \"full\"");
    return test->full_only;
}

/* ---- Cases --------------------------------------------------------------------------------------------- */

static void load_case(load_context *loader, json_t *json, const place *at) {
    static const char *const known[] = {"id",      "title",     "judges",   "level",   "checks",
                                        "rulings", "also",      "bugs",     "needs",   "each",
                                        "except",  "exclusive", "profile",  "request", "response",
                                        "deflate", "steps",     "outcomes", NULL};
    if (loader->num_cases >= LOAD_MAX_CASES) {
        load_error(loader, at, "more than %d cases in all", LOAD_MAX_CASES);
        loader->stopped = true;
        return;
    }
    test_case test = {.topic = loader->topic, .title = "", .file = loader->file->name};
    size_t before = loader->num_complaints;
    const size_t *written = NULL;
    bool good = load_keys(loader, json, at, known);
    good = load_id(loader, json, at, &test) && good;
    if (test.id != NULL && loader->expansion != NULL) loader->case_id = test.id;
    test.pointer = load_pointer(loader, at);
    json_t *title = load_member(loader, json, at, "title");
    test.title = title != NULL ? load_string(loader, title, &(place){.up = at, .key = "title"}) : NULL;
    if (test.title != NULL && strpbrk(test.title, "{}") != NULL) {
        load_error(loader, &(place){.up = at, .key = "title"}, "a brace is left in the title");
        good = false;
    }
    good = load_judges(loader, json, at, &test) && test.title != NULL && good;
    good = load_level(loader, json, at, &test) && good;
    good = load_lists(loader, json, at, &test) && good;
    good = load_flag(loader, json, at, "exclusive", &test.exclusive) && good;
    good = load_profile(loader, json, at, &test) && good;
    good = load_head(loader, json_object_get(json, "request"), &(place){.up = at, .key = "request"}, &test,
                     false, &test.request) &&
           good;
    good = load_head(loader, json_object_get(json, "response"), &(place){.up = at, .key = "response"}, &test,
                     true, &test.response) &&
           good;
    if (!test.response.ordinary && test.judges_server) {
        load_error(loader, &(place){.up = at, .key = "response"},
                   "a server sends it; only clients are sent one");
        good = false;
    }
    good =
        load_deflate(loader, json_object_get(json, "deflate"), &(place){.up = at, .key = "deflate"}, &test) &&
        good;
    json_t *steps = json_object_get(json, "steps");
    if (steps != NULL) {
        good = load_steps(loader, steps, &(place){.up = at, .key = "steps"}, &test, 0, &test.steps,
                          &test.num_steps) &&
               good;
    }
    json_t *outcomes = load_member(loader, json, at, "outcomes");
    if (outcomes == NULL || !load_outcomes(loader, outcomes, &(place){.up = at, .key = "outcomes"}, true,
                                           &test.outcomes, &test.num_outcomes, &written)) {
        good = false;
    }
    if (good && loader->num_complaints == before) {
        for (size_t i = 0; i < test.num_outcomes; i++) {
            if (test.outcomes[i].num_responses > 0 || test.outcomes[i].response_none)
                test.handshake_only = true;
        }
        test.handshake_only = test.handshake_only || !test.response.ordinary;
        add_echo(loader, &test);
        add_deflate(loader, &test);
        if (check_steps(loader, &test, at)) (void)check_outcomes(loader, &test, at, written);
    }
    loader->case_id = NULL;
    if (test.id == NULL) return;
    if (loader->num_cases == loader->cap_cases) {
        loader->cap_cases = loader->cap_cases == 0 ? 64 : loader->cap_cases * 2;
        loader->cases = memory_resize(loader->cases, loader->cap_cases * sizeof *loader->cases);
    }
    loader->cases[loader->num_cases++] = test;
}

/* One written case with its matrix. */
static void load_written(load_context *loader, json_t *json, const place *at) {
    if (!load_is_object(loader, json, at)) return;
    if (json_object_get(json, "each") == NULL) {
        if (json_object_get(json, "except") != NULL) {
            load_error(loader, &(place){.up = at, .key = "except"},
                       "there is no matrix to leave something out of");
        }
        load_case(loader, json, at);
        return;
    }
    load_matrix expansion;
    if (!expansion_init(&expansion, loader, json, at)) return;
    bool any = false;
    for (bool more = expansion_next(&expansion, true); more && !loader->stopped;
         more = expansion_next(&expansion, false)) {
        any = true;
        json_t *expanded = expansion_make(&expansion, loader, at);
        if (expanded == NULL) continue;
        loader->case_place = at;
        loader->expansion = &expansion;
        load_case(loader, expanded, at);
        loader->case_place = NULL;
        loader->expansion = NULL;
        json_decref(expanded);
    }
    if (!any) {
        load_error(loader, &(place){.up = at, .key = "except"}, "leaves out everything");
    } else if (!loader->stopped) {
        expansion_finish(&expansion, loader, at);
    }
}

void load_case_file(load_context *loader) {
    json_t *tree = load_tree(loader);
    if (tree == NULL) return;
    (void)load_keys(loader, tree, NULL, (const char *const[]){"format", "topic", "cases", NULL});
    place topic_place = {.key = "topic"}, cases_place = {.key = "cases"};
    json_t *topic = load_member(loader, tree, NULL, "topic"),
           *cases = load_member(loader, tree, NULL, "cases");
    loader->topic = topic != NULL ? load_string(loader, topic, &topic_place) : NULL;
    if (loader->topic != NULL && loader->topic[0] == '\0') load_error(loader, &topic_place, "is empty");
    if (loader->topic == NULL) loader->topic = "";
    if (cases != NULL && load_is_array(loader, cases, &cases_place)) {
        if (json_array_size(cases) == 0) load_error(loader, &cases_place, "the list has no case");
        for (size_t i = 0; i < json_array_size(cases) && !loader->stopped; i++) {
            load_written(loader, json_array_get(cases, i), &(place){.up = &cases_place, .index = i});
        }
    }
    json_decref(tree);
}
