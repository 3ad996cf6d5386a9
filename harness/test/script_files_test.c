/* SPDX-License-Identifier: MIT */
/* Catalogues in directories: reading them, putting them into canonical form, and the linter. */
#include "script_fixture.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script/load.h"

/* ---- A directory of its own for each test ---------------------------------------------------------------
 */

typedef struct folder {
    char path[64];
    complaints all;
} folder;

static int folder_make(void **state) {
    folder *made = calloc(1, sizeof *made);
    if (made == NULL) return -1;
    snprintf(made->path, sizeof made->path, P_tmpdir "/wsconform-script-XXXXXX");
    *state = made;
    return mkdtemp(made->path) != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int folder_remove(void **state) {
    folder *made = *state;
    int result = nftw(made->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(made);
    return result;
}

static void path_of(const folder *dir, const char *name, char path[128]) {
    assert_true(snprintf(path, 128, "%s/%s", dir->path, name) < 128);
}

/* Writes octets as they are. Makes the folder of the file. */
static void put_octets(const folder *dir, const char *name, const char *data, size_t len) {
    char path[128];
    path_of(dir, name, path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    (void)mkdir(path, 0700);
    *slash = '/';
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void put(const folder *dir, const char *name, const char *text) {
    char *plain = unquoted(text);
    put_octets(dir, name, plain, strlen(text));
    free(plain);
}

/* All octets of a file, with a NUL behind them. The caller frees them. */
static char *get(const folder *dir, const char *name, size_t *len) {
    char path[128], *data = malloc(LOAD_MAX_FILE + 2);
    path_of(dir, name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(data);
    *len = fread(data, 1, LOAD_MAX_FILE + 1, file);
    data[*len] = '\0';
    fclose(file);
    return data;
}

static bool exists(const folder *dir, const char *name) {
    char path[128];
    path_of(dir, name, path);
    return access(path, F_OK) == 0;
}

#define LISTED "{'format': 1, 'untested': [{'requirement': 'R2', 'reason': 'why'}]}"

/* The files that make a catalogue whole. */
static void put_shared(const folder *dir, const char *untested_text) {
    put(dir, "requirements.json", fixture_requirements);
    put(dir, "rulings.json", fixture_rulings);
    put(dir, "outcomes.json", fixture_outcomes);
    put(dir, "untested.json", untested_text);
    put(dir, "retired.txt", "# none\n");
}

static catalogue *load(folder *dir) {
    memset(&dir->all, 0, sizeof dir->all);
    return catalogue_load(dir->path, complaint, &dir->all);
}

/* A line that ends with a text, the name of the directory aside. */
static void expect_complaint(const folder *dir, const char *expected) {
    if (dir->all.num != 1 || strcmp(dir->all.text, expected) != 0)
        fail_msg("expected %sbut was  %s", expected, dir->all.text);
}

/* ---- Reading ------------------------------------------------------------------------------------------- */

/* Uses the compiled-in requirements and lists of outcomes, as the files of newcomers do. */
static const char newcomer[] =
    "{'format': 1, 'topic': 'Test', 'cases': [\n"
    "{'id': 'mine/a', 'title': 'A text message comes back', 'judges': ['server'], 'level': 'must', 'checks': "
    "['6455-5.5.2-2'], 'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'echo'}, "
    "{'close': true}], 'outcomes': 'echo'}]}";

static void test_one_file(void **state) {
    folder *dir = *state;
    put(dir, "mine/topic.json", newcomer);
    put(dir, "README.md", "no case");
    put(dir, ".hidden.json", "no case");
    put(dir, "mine/notes.txt", "no case");
    put(dir, ".git/a.json", "no case");
    assert_int_equal(catalogue_rewrite(dir->path, complaint, &dir->all), 1);
    catalogue *all = load(dir);
    assert_int_equal(dir->all.num, 0);
    assert_non_null(all);
    assert_int_equal(all->num_cases, 1);
    assert_string_equal(all->cases[0].file, "mine/topic.json");
    assert_true(all->num_requirements > 300);
    assert_true(all->num_rulings > 10);
    assert_true(all->num_untested > 0);
    assert_int_equal(catalogue_lint(all, dir->path, complaint, complaint, &dir->all), 0);
    assert_int_equal(dir->all.num, 0);
    catalogue_free(all);
}

/* One version for the same octets, wherever they are; another one for others. */
static void test_version(void **state) {
    folder *dir = *state;
    put_shared(dir, fixture_untested);
    put(dir, "framing/a.json", FIXTURE_MEMBERS(""));
    catalogue *first = load(dir), *second = load(dir);
    put(dir, "framing/a.json", FIXTURE_MEMBERS("'exclusive': true,"));
    catalogue *third = load(dir), *embedded = catalogue_load(NULL, complaint, &dir->all);
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(third);
    assert_non_null(embedded);
    assert_int_equal(strlen(first->version), 64);
    assert_string_equal(first->version, second->version);
    assert_string_not_equal(first->version, third->version);
    assert_string_not_equal(first->version, embedded->version);
    catalogue_free(first);
    catalogue_free(second);
    catalogue_free(third);
    catalogue_free(embedded);
}

static void test_unreadable(void **state) {
    folder *dir = *state;
    char path[128];
    assert_null(load(dir));
    expect_complaint(dir, ":0: : the catalogue has no case\n");

    put(dir, "framing/a.json", FIXTURE_MEMBERS(""));
    path_of(dir, "framing/deep", path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(load(dir));
    expect_complaint(dir, "framing/deep:0: : a folder inside of an area\n");
    assert_int_equal(catalogue_rewrite(dir->path, complaint, memset(&dir->all, 0, sizeof dir->all)), -1);
    expect_complaint(dir, "framing/deep:0: : a folder inside of an area\n");
    assert_int_equal(rmdir(path), 0);

    path_of(dir, "framing/b.json", path);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_null(load(dir));
    expect_complaint(dir, "framing/b.json:0: : No such file or directory\n");
    assert_int_equal(catalogue_lint(&(catalogue){0}, dir->path, NULL, NULL, NULL), 2);
    assert_int_equal(unlink(path), 0);

    put_shared(dir, LISTED);
    put(dir, "more.json", "{}");
    assert_null(load(dir));
    assert_int_equal(dir->all.num, 1);
    assert_int_equal(strncmp(dir->all.text, "more.json:0: : no file of a catalogue", 37), 0);

    memset(&dir->all, 0, sizeof dir->all);
    assert_null(catalogue_load("/nowhere/at/all", complaint, &dir->all));
    expect_complaint(dir, "/nowhere/at/all:0: : No such file or directory\n");
    assert_null(catalogue_load("/nowhere/at/all", NULL, NULL));
    assert_int_equal(catalogue_rewrite("/nowhere/at/all", NULL, NULL), -1);
}

/* ---- Canonical form ------------------------------------------------------------------------------------ */

static void test_rewrite(void **state) {
    folder *dir = *state;
    static const char *const forms[] = {"framing/a.json", "outcomes.json", "untested.json"};
    put_shared(dir, fixture_untested);
    put(dir, "framing/a.json", FIXTURE_MEMBERS(""));
    put(dir, "framing/broken.json", "{ 'format': 1, ");
    put(dir, "framing/empty.json", "");
    assert_int_equal(catalogue_rewrite(dir->path, complaint, &dir->all), 3);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t len, again_len;
        char *text = get(dir, forms[i], &len), *again = catalogue_format(text, len, &again_len);
        assert_non_null(again);
        assert_int_equal(len, again_len);
        assert_memory_equal(text, again, len);
        free(text);
        free(again);
    }
    assert_int_equal(catalogue_rewrite(dir->path, complaint, &dir->all), 0);
    assert_int_equal(dir->all.num, 0);
    size_t len;
    char *text = get(dir, "framing/broken.json", &len);
    assert_string_equal(text, "{ \"format\": 1, ");
    free(text);
    text = get(dir, "requirements.json", &len);
    assert_int_equal(len, sizeof fixture_requirements - 1);
    free(text);
    assert_false(exists(dir, "framing/a.json.new"));
}

/* What cannot be written as a whole stays as it is. */
static void test_rewrite_fails(void **state) {
    folder *dir = *state;
    put(dir, "framing/a.json", "{'a':1}");
    put(dir, "framing/a.json.new", "of someone else");
    put(dir, "framing/b.json", "{'b':1}");
    assert_int_equal(catalogue_rewrite(dir->path, complaint, &dir->all), -1);
    expect_complaint(dir, "framing/a.json:0: : File exists\n");
    size_t len;
    char *text = get(dir, "framing/a.json", &len);
    assert_string_equal(text, "{\"a\":1}");
    free(text);
    text = get(dir, "framing/a.json.new", &len);
    assert_string_equal(text, "of someone else");
    free(text);
}

/* A file that is longer than what is read of it would lose its end. */
static void test_rewrite_too_long(void **state) {
    folder *dir = *state;
    size_t len = LOAD_MAX_FILE + 100000, read;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    text[0] = '{';
    text[1] = '}';
    text[len - 1] = 'x';
    put_octets(dir, "framing/a.json", text, len);
    free(text);
    assert_int_equal(catalogue_rewrite(dir->path, complaint, &dir->all), -1);
    expect_complaint(dir, "framing/a.json:0: : the file has more than 4 MiB\n");
    free(get(dir, "framing/a.json", &read));
    assert_int_equal(read, LOAD_MAX_FILE + 1);
    assert_null(load(dir));
    expect_complaint(dir, "framing/a.json:0: : the file has more than 4 MiB\n");
}

/* ---- Lint ---------------------------------------------------------------------------------------------- */

/* What the linter says about framing/a.json beside the files of the fixture, all in canonical form. */
static void lint(folder *dir, const char *text, const char *untested_text, const char *expected) {
    put_shared(dir, untested_text);
    put(dir, "framing/a.json", text);
    assert_true(catalogue_rewrite(dir->path, complaint, memset(&dir->all, 0, sizeof dir->all)) >= 0);
    catalogue *all = load(dir);
    assert_int_equal(dir->all.num, 0);
    assert_non_null(all);
    size_t num = catalogue_lint(all, dir->path, complaint, complaint, &dir->all);
    if (strcmp(dir->all.text, expected) != 0)
        fail_msg("%s\nexpected %s\nbut was  %s", text, expected, dir->all.text);
    assert_int_equal(num, dir->all.num);
    catalogue_free(all);
}

/* A case with a title, on line 7 of its file, level and steps. */
#define TITLED(title, level, steps)                                                                          \
    "{'format': 1, 'topic': 'Test', 'cases': [{'id': 'framing/a', 'title': '" title "', 'judges': "          \
    "['server'], 'level': '" level "', 'checks': ['R1'], 'steps': [" steps ", {'until': 'failed'}], "        \
    "'outcomes': 'error'}]}"
#define AT_TITLE "framing/a.json:7: /cases/0/title: "
#define FENCE    "{'fence': true}"

static void test_titles(void **state) {
    static const char *const rows[][2] = {
        {"A fence is passed", ""},
        {"", AT_TITLE "is empty\n"},
        {"\\u00e9t\\u00e9", ""},
        {"lower case", AT_TITLE "must start with a capital letter\n"},
        {"A sentence.", AT_TITLE "must not end with a full stop\n"},
        {"Two  spaces", AT_TITLE "has superfluous spaces\n"},
        {" Space", AT_TITLE "has superfluous spaces\n"},
        {"Space ", AT_TITLE "has superfluous spaces\n"},
        {"It Should do", AT_TITLE "says what is, not what should be\n"},
        {"Shoulders", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, TITLED("%s", "must", FENCE), rows[i][0]);
        lint(*state, text, LISTED, rows[i][1]);
    }
    char text[1024], title[1 + 2 * 119 + 2] = "A";
    for (size_t i = 0; i < 119; i++) snprintf(title + 1 + 2 * i, 3, "\xc3\xa9"); /* characters, not octets */
    snprintf(text, sizeof text, TITLED("%s", "must", FENCE), title);
    lint(*state, text, LISTED, "");
    title[sizeof title - 2] = 'a';
    snprintf(text, sizeof text, TITLED("%s", "must", FENCE), title);
    lint(*state, text, LISTED, AT_TITLE "has more than 120 characters\n");
}

/* Titles that name what the steps do not send. */
static void test_words(void **state) {
    static const char *const rows[][3] = {
        {"A ping", FENCE, AT_TITLE "names \"ping\", but none is sent\n"},
        {"A ping", "{'send': {'opcode': 'ping'}}", ""},
        {"A ping", "{'repeat': {'times': 2, 'steps': [{'send': {'opcode': 'ping'}}]}}", ""},
        {"Two pings", FENCE, AT_TITLE "names \"ping\", but none is sent\n"},
        {"Mapping and pinging", FENCE, ""},
        {"A pong", FENCE, AT_TITLE "names \"pong\", but none is sent\n"},
        {"A pong", "{'send': {'opcode': 'ping'}}", ""},
        {"A text frame", "{'message': {'type': 'binary', 'payload': {'text': 'a'}}}",
         AT_TITLE "names \"text frame\", but none is sent\n"},
        {"A text message", "{'message': {'type': 'text', 'payload': {'text': 'a'}}}", ""},
        {"Binary messages", "{'send': {'opcode': 'text'}}",
         AT_TITLE "names \"binary message\", but none is sent\n"},
        {"A fragment with RSV1", "{'send': {'opcode': 'text', 'rsv2': true}}",
         AT_TITLE "names \"fragment\", but none is sent\n" AT_TITLE "names \"rsv1\", but none is sent\n"},
        {"A continuation frame", "{'message': {'type': 'text', 'payload': {'text': 'ab'}, 'fragments': [1]}}",
         ""},
        {"A fragment, a pong",
         "{'message': {'type': 'text', 'payload': {'text': 'ab'}, 'fragments': [1], "
         "'between': {'opcode': 'pong'}}}",
         ""},
        {"An unmasked frame", "{'send': {'opcode': 'text'}}",
         AT_TITLE "names \"unmasked frame\", but none is sent\n"},
        {"An unmasked frame", "{'send': {'opcode': 'text', 'masked': false}}", ""},
        {"A ping with RSV3", "{'raw': {'text': 'anything'}}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, TITLED("%s", "must", "%s"), rows[i][0], rows[i][1]);
        lint(*state, text, LISTED, rows[i][2]);
    }
}

static void test_levels(void **state) {
    lint(*state, FIXTURE_MEMBERS("'needs': ['echo', 'telepathy'],"), LISTED,
         "framing/a.json:11: /cases/0/needs: names an unknown capability\n");
    static const char text[] =
        "{'format': 1, 'topic': 'Test', 'cases': [{'id': 'framing/{n}', 'title': 'Title of {n}', 'judges': "
        "['server'], 'each': {'n': [1, 2]}, 'level': 'must', 'checks': ['R2', 'R3'], 'steps': [{'until': "
        "'failed'}], 'outcomes': 'error'}]}";
    static const char listed[] = "{'format': 1, 'untested': [{'requirement': 'R1', 'reason': 'why'}]}";
    /* Once for both. */
    lint(
        *state, text, listed,
        "framing/a.json:10: /cases/0/level: is must, but no requirement that the case checks is a MUST, MUST "
        "NOT or ALGORITHM\n");
}

static void test_coverage(void **state) {
    lint(*state, FIXTURE_MEMBERS(""), fixture_untested,
         "requirements.json:3: /requirements/1: no case checks R2, and untested.json does not list it\n");
    lint(*state, FIXTURE_MEMBERS(""),
         "{'format': 1, 'untested': [{'requirement': 'R2', 'reason': 'a'}, {'requirement': 'R1', 'reason': "
         "'b'}, {'requirement': 'R3', 'reason': 'c'}]}",
         "untested.json:5: /untested/1: R1 is checked by a case\n");
    lint(*state, FIXTURE_MEMBERS(""), LISTED, "");
}

static void test_form(void **state) {
    folder *dir = *state;
    lint(dir, FIXTURE_MEMBERS(""), LISTED, "");
    size_t len;
    char *text = get(dir, "framing/a.json", &len);
    put_octets(dir, "framing/a.json", text, len - 1);
    text[len] = '\n';
    put_octets(dir, "framing/b.json", text, len);
    free(text);
    catalogue *all = load(dir);
    assert_null(all); /* the same id */
    text = get(dir, "framing/b.json", &len);
    char *id = strstr(text, "framing/a"), *title = strstr(text, "A title");
    assert_non_null(id);
    assert_non_null(title);
    id[8] = 'b';
    title[1] = '\n';
    put_octets(dir, "framing/b.json", text, len);
    title[1] = ' ';
    char *colon = strstr(text, "\"judges\": ") + sizeof "\"judges\"" - 1;
    colon[0] = ' ';
    colon[1] = ':';
    put_octets(dir, "framing/b.json", text, len);
    free(text);
    all = load(dir);
    assert_non_null(all);
    assert_int_equal(catalogue_lint(all, dir->path, complaint, NULL, &dir->all), 2);
    assert_string_equal(dir->all.text,
                        "framing/a.json:15: : not in canonical form from here on (wsconform check --fix)\n"
                        "framing/b.json:8: : not in canonical form from here on (wsconform check --fix)\n");
    catalogue_free(all);
}

/* The linter ends its list of complaints as the loader does. */
static void test_many_findings(void **state) {
    folder *dir = *state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    fputs("{\"format\": 1, \"topic\": \"T\", \"cases\": [", out);
    for (int i = 0; i < 1500; i++) {
        fprintf(
            out,
            "%s{\"id\": \"framing/%d\", \"title\": \"small\", \"judges\": [\"server\"], \"level\": \"must\", "
            "\"checks\": [\"R1\"], \"steps\": [{\"until\": \"failed\"}], \"outcomes\": \"error\"}",
            i > 0 ? ", " : "", i);
    }
    fputs("]}", out);
    fclose(out);
    put_shared(dir, LISTED);
    put_octets(dir, "framing/a.json", text, len);
    free(text);
    catalogue *all = load(dir);
    assert_non_null(all);
    assert_int_equal(catalogue_lint(all, dir->path, complaint, NULL, &dir->all), LOAD_MAX_COMPLAINTS + 1);
    assert_int_equal(dir->all.num, LOAD_MAX_COMPLAINTS + 1);
    catalogue_free(all);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_one_file), IN_FOLDER(test_version),       IN_FOLDER(test_unreadable),
        IN_FOLDER(test_rewrite),  IN_FOLDER(test_rewrite_fails), IN_FOLDER(test_rewrite_too_long),
        IN_FOLDER(test_titles),   IN_FOLDER(test_words),         IN_FOLDER(test_levels),
        IN_FOLDER(test_coverage), IN_FOLDER(test_form),          IN_FOLDER(test_many_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
