/* SPDX-License-Identifier: MIT */
/* Case files: a catalogue of one file loads, or there are complaints that say where; both the same at every
   loading. The canonical form of a file is its own canonical form, and loads as the file does. Every case
   that loads can be described, for people and programs, and planned: a payload is the same octets however it
   is read, and its fragments are all of it. */
#include "fuzz.h"

#include "script/case.h"
#include "script/case_describe.h"
#include "script/effort.h"

/* A small catalogue around the file, so that loading takes little time. fuzzers/README.md names these ids. */
#define SHARED(file, text)                                                                                   \
    { file, text, sizeof(text) - 1 }
static const catalogue_file shared[] = {
    SHARED("requirements.json",
           "{\"format\":1,\"requirements\":[{\"id\":\"6455-5.4-10\",\"rfc\":\"6455\",\"section\":\"5.4\","
           "\"level\":\"MUST\",\"who\":\"both\",\"statement\":\"s\",\"observable\":\"wire\"}]}"),
    SHARED("rulings.json", "{\"format\":1,\"rulings\":[{\"id\":\"A06\",\"topic\":\"t\",\"texts\":\"t\","
                           "\"hard_failure\":\"h\",\"non_strict\":\"n\",\"pass_or_information\":\"p\","
                           "\"requirements\":[\"6455-5.4-10\"]}]}"),
    SHARED("untested.json", "{\"format\":1,\"untested\":[]}"),
    SHARED("outcomes.json",
           "{\"format\":1,\"outcomes\":{\"echo\":[{\"verdict\":\"pass\",\"messages\":\"echo\","
           "\"closed_by\":\"harness\",\"close\":[\"echo\"]}],\"refused\":[{\"verdict\":\"pass\","
           "\"response\":[\"4xx\"]}],\"protocol-error\":[{\"verdict\":\"pass\",\"messages\":\"prefix\","
           "\"closed_by\":\"peer\",\"close\":[1002,\"dropped\"]}]}}"),
    SHARED("retired.txt", ""),
};
#define NUM_SHARED (sizeof shared / sizeof *shared)
static const char name[] = "area/topic.json";

/* More cases than these say nothing new. */
#define DESCRIBED_MAX 64

/* A case sends what it says, up to gibibytes; only so much of a payload is made here. */
#define MADE_MAX 4096

typedef struct complaints {
    fuzz_trace trace;
    size_t num;
    int lines; /* of the file */
} complaints;

static void complain(void *user, const char *file, int line, const char *pointer, const char *message) {
    complaints *all = user;
    bool own = strcmp(file, name) == 0;
    ORACLE(own || *file != '\0', "case-place");
    ORACLE(line >= 0 && (!own || line <= all->lines), "case-place");
    ORACLE(*pointer == '\0' || *pointer == '/', "case-place");
    ORACLE(*message != '\0' && strlen(message) < 4096, "case-reason");
    trace_event(&all->trace, own ? 'o' : 's', (uint64_t)line);
    trace_put(&all->trace, pointer, strlen(pointer) + 1);
    trace_put(&all->trace, message, strlen(message) + 1);
    all->num++;
}

static catalogue *load(complaints *said, const char *text, size_t len) {
    catalogue_file files[NUM_SHARED + 1];
    memcpy(files, shared, sizeof shared);
    char *copy = (char *)fuzz_copy(text, len);
    files[NUM_SHARED] = (catalogue_file){name, copy, len};
    *said = (complaints){.lines = 1};
    for (size_t i = 0; i < len; i++) said->lines += copy[i] == '\n';
    catalogue *all = catalogue_load_memory(files, NUM_SHARED + 1, complain, said);
    free(copy); /* "which may be freed afterwards" */
    ORACLE((all == NULL) == (said->num > 0), "case-reason");
    return all;
}

/* A payload is the same octets, wherever a reader begins. */
static void check_payload(const payload *content) {
    uint8_t whole[MADE_MAX];
    size_t len = content->total < MADE_MAX ? (size_t)content->total : MADE_MAX;
    payload_read(content, 0, whole, len);
    for (size_t from = 1; from < len; from = 2 * from + 1) {
        uint8_t *part = fuzz_alloc(len - from);
        payload_read(content, from, part, len - from);
        ORACLE(memcmp(whole + from, part, len - from) == 0, "case-payload");
        free(part);
    }
}

/* Fragments are all of the payload, one behind the other. Of a compressed message its length is not known
 * here. */
static void check_message(const case_message *message) {
    check_payload(&message->payload);
    if (message->compress.on) return;
    uint64_t total = message->payload.total, base = 0;
    uint64_t num = case_num_fragments(&message->fragments, total);
    ORACLE(num >= 1, "case-fragments");
    for (uint64_t i = 0; i < num; i++) {
        uint64_t octets = case_fragment_octets(&message->fragments, total, i, base);
        ORACLE(octets <= total - base, "case-fragments");
        base += octets;
        if (i >= MADE_MAX) return;
    }
    ORACLE(base == total, "case-fragments");
}

static void check_steps(const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        if (steps[i].kind == STEP_MESSAGE) check_message(&steps[i].message);
        if (steps[i].kind == STEP_RAW) check_payload(&steps[i].raw);
    }
}

/* What there is to know about the cases, as octets. */
static void describe(const catalogue *all, fuzz_trace *trace) {
    char *text = NULL;
    size_t len = 0;
    for (size_t i = 0; i < all->num_cases && i < DESCRIBED_MAX; i++) {
        const test_case *test = &all->cases[i];
        ORACLE(catalogue_case(all, test->id) == test, "case-id");
        ORACLE(case_matches(all, test, test->id), "case-id");
        ORACLE(test->judges_server || test->judges_client, "case-judges");
        check_steps(test->steps, test->num_steps);
        FILE *out = open_memstream(&text, &len);
        if (out == NULL) abort();
        case_describe(all, test, out);
        if (fclose(out) != 0) abort();
        ORACLE(len > 0 && memchr(text, '\0', len) == NULL, "case-describe");
        trace_put(trace, text, len);
        free(text);
        json_t *shown = case_show_json(all, test);
        ORACLE(json_is_object(shown), "case-describe");
        char *dumped = json_dumps(shown, JSON_COMPACT);
        ORACLE(dumped != NULL, "case-describe");
        trace_put(trace, dumped, strlen(dumped));
        free(dumped);
        json_decref(shown);
        uint64_t bound = effort_bound_ms(1, test);
        ORACLE(bound >= 1 && effort_patience_ms(1, test) >= 1, "case-effort");
        trace_event(trace, 'b', bound);
    }
    trace_event(trace, 'n', all->num_cases);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    const char *text = (const char *)data;
    complaints said, again;
    catalogue *all = load(&said, text, size);
    fuzz_trace first = {.data = NULL}, second = {.data = NULL};
    if (all != NULL) describe(all, &first);
    catalogue_free(all);

    size_t len, len_again;
    char *formatted = catalogue_format(text, size, &len);
    ORACLE(formatted != NULL || all == NULL, "case-format");
    if (formatted != NULL) {
        char *formatted_again = catalogue_format(formatted, len, &len_again);
        ORACLE(formatted_again != NULL && len == len_again && memcmp(formatted, formatted_again, len) == 0,
               "case-format");
        free(formatted_again);
    }
    /* A case that loads does so in canonical form, and is the same. */
    bool canonical = all != NULL;
    all = canonical ? load(&again, formatted, len) : load(&again, text, size);
    if (all != NULL) describe(all, &second);
    ORACLE(canonical == (all != NULL), "case-again");
    ORACLE(trace_equal(&said.trace, &again.trace) && trace_equal(&first, &second), "case-again");
    catalogue_free(all);
    free(formatted);
    trace_clear(&said.trace);
    trace_clear(&again.trace);
    trace_clear(&first);
    trace_clear(&second);
    return 0;
}
