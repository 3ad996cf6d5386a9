/* SPDX-License-Identifier: MIT */
#include "codec_test_support.h"

static void frame_faults_have_names(void **state) {
    (void)state;
    assert_string_equal(wsc_fault_name(WSC_FAULT_NONE), "none");
    assert_null(wsc_fault_requirement(WSC_FAULT_NONE));
    for (int i = 1; i < WSC_FAULT_COUNT; i++) {
        wsc_fault fault = (wsc_fault)i;
        assert_non_null(wsc_fault_name(fault));
        assert_int_equal(wsc_fault_from_name(wsc_fault_name(fault)), fault);
        assert_non_null(wsc_fault_requirement(fault));
    }
    assert_string_equal(wsc_fault_name(WSC_FAULT_RSV1), "rsv1-set");
    assert_string_equal(wsc_fault_name(WSC_FAULT_EOF_WITHOUT_CLOSE), "eof-without-close");
    assert_string_equal(wsc_fault_requirement(WSC_FAULT_CONTROL_TOO_LONG), "6455-5.5-2");
    assert_null(wsc_fault_name(WSC_FAULT_COUNT));
    assert_null(wsc_fault_requirement(WSC_FAULT_COUNT));
    assert_null(wsc_fault_name((wsc_fault)1000));
}

static void http_faults_have_names(void **state) {
    (void)state;
    assert_string_equal(wsc_http_fault_name(WSC_HTTP_FAULT_NONE), "none");
    assert_null(wsc_http_fault_requirement(WSC_HTTP_FAULT_NONE));
    for (int i = 1; i < WSC_HTTP_FAULT_COUNT; i++) {
        wsc_http_fault fault = (wsc_http_fault)i;
        assert_non_null(wsc_http_fault_name(fault));
        assert_int_equal(wsc_http_fault_from_name(wsc_http_fault_name(fault)), fault);
        assert_non_null(wsc_http_fault_requirement(fault));
    }
    assert_null(wsc_http_fault_name(WSC_HTTP_FAULT_COUNT));
    assert_null(wsc_http_fault_requirement(WSC_HTTP_FAULT_COUNT));
}

static void deflate_faults_have_names(void **state) {
    (void)state;
    assert_string_equal(wsc_deflate_fault_name(WSC_DEFLATE_FAULT_NONE), "none");
    assert_null(wsc_deflate_fault_requirement(WSC_DEFLATE_FAULT_NONE));
    for (int i = 1; i < WSC_DEFLATE_FAULT_COUNT; i++) {
        wsc_deflate_fault fault = (wsc_deflate_fault)i;
        assert_non_null(wsc_deflate_fault_name(fault));
        assert_int_equal(wsc_deflate_fault_from_name(wsc_deflate_fault_name(fault)), fault);
        assert_non_null(wsc_deflate_fault_requirement(fault));
    }
    assert_null(wsc_deflate_fault_name(WSC_DEFLATE_FAULT_COUNT));
    assert_null(wsc_deflate_fault_requirement(WSC_DEFLATE_FAULT_COUNT));
    assert_string_equal(wsc_deflate_end_name(WSC_DEFLATE_END_PROPER), "proper");
    assert_string_equal(wsc_deflate_end_name(WSC_DEFLATE_END_EMPTY), "empty");
    assert_null(wsc_deflate_end_name((wsc_deflate_end)6));
}

static void other_names_are_no_fault(void **state) {
    (void)state;
    static const char *const names[] = {"",     "none",         "RSV1-SET",   "rsv1-set ",
                                        "rsv1", "rsv1-settled", "host-missin"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(wsc_fault_from_name(names[i]), WSC_FAULT_NONE);
        assert_int_equal(wsc_http_fault_from_name(names[i]), WSC_HTTP_FAULT_NONE);
        assert_int_equal(wsc_deflate_fault_from_name(names[i]), WSC_DEFLATE_FAULT_NONE);
    }
    assert_int_equal(wsc_fault_from_name(NULL), WSC_FAULT_NONE);
    assert_int_equal(wsc_http_fault_from_name(NULL), WSC_HTTP_FAULT_NONE);
    assert_int_equal(wsc_deflate_fault_from_name(NULL), WSC_DEFLATE_FAULT_NONE);
    /* The lists have no name in common, so that a name is enough in a report. */
    for (int i = 1; i < WSC_FAULT_COUNT; i++) {
        assert_int_equal(wsc_http_fault_from_name(wsc_fault_name((wsc_fault)i)), WSC_HTTP_FAULT_NONE);
    }
    for (int i = 1; i < WSC_DEFLATE_FAULT_COUNT; i++) {
        const char *name = wsc_deflate_fault_name((wsc_deflate_fault)i);
        assert_int_equal(wsc_fault_from_name(name), WSC_FAULT_NONE);
        assert_int_equal(wsc_http_fault_from_name(name), WSC_HTTP_FAULT_NONE);
    }
}

/* True if the list of requirements has this id. */
static bool requirement_exists(const char *requirements, const char *id) {
    char quoted[64];
    int len = snprintf(quoted, sizeof quoted, "\"id\": \"%s\"", id);
    assert_in_range(len, 1, sizeof quoted - 1);
    return strstr(requirements, quoted) != NULL;
}

static void requirements_exist(void **state) {
    (void)state;
    FILE *file = fopen("cases/requirements.json", "rb");
    assert_non_null(file);
    test_octets text = {NULL, 0, 0};
    char piece[4096];
    size_t len;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0) test_put(&text, piece, len);
    (void)fclose(file);
    test_put(&text, "", 1);
    for (int i = 1; i < WSC_FAULT_COUNT; i++) {
        const char *id = wsc_fault_requirement((wsc_fault)i);
        if (!requirement_exists((const char *)text.data, id)) fail_msg("no requirement %s", id);
    }
    for (int i = 1; i < WSC_HTTP_FAULT_COUNT; i++) {
        const char *id = wsc_http_fault_requirement((wsc_http_fault)i);
        if (!requirement_exists((const char *)text.data, id)) fail_msg("no requirement %s", id);
    }
    for (int i = 1; i < WSC_DEFLATE_FAULT_COUNT; i++) {
        const char *id = wsc_deflate_fault_requirement((wsc_deflate_fault)i);
        if (!requirement_exists((const char *)text.data, id)) fail_msg("no requirement %s", id);
    }
    test_clear(&text);
}

static void faults_have_status_codes(void **state) {
    (void)state;
    for (int i = 1; i < WSC_FAULT_COUNT; i++) {
        unsigned expected = 1002;
        if (i == WSC_FAULT_TEXT_NOT_UTF8 || i == WSC_FAULT_CLOSE_REASON_NOT_UTF8) expected = 1007;
        if (i == WSC_FAULT_MESSAGE_TOO_BIG) expected = 1009;
        if (i >= WSC_FAULT_DEFLATE_INVALID && i <= WSC_FAULT_DEFLATE_DISTANCE_BEFORE_START) expected = 1007;
        if (i == WSC_FAULT_DEFLATE_END_IN_BLOCK || i == WSC_FAULT_DEFLATE_END_WITHOUT_BLOCK) expected = 1007;
        assert_int_equal(wsc_fault_code((wsc_fault)i), expected);
    }
}

static void opcodes_have_names(void **state) {
    (void)state;
    static const char *const names[16] = {[WSC_OP_CONTINUATION] = "continuation",
                                          [WSC_OP_TEXT] = "text",
                                          [WSC_OP_BINARY] = "binary",
                                          [WSC_OP_CLOSE] = "close",
                                          [WSC_OP_PING] = "ping",
                                          [WSC_OP_PONG] = "pong"};
    for (unsigned opcode = 0; opcode < 64; opcode++) {
        char reserved[16];
        (void)snprintf(reserved, sizeof reserved, "reserved-%u", opcode % 16);
        const char *expected = names[opcode % 16] != NULL ? names[opcode % 16] : reserved;
        assert_string_equal(wsc_opcode_name(opcode), expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_faults_have_names),   cmocka_unit_test(http_faults_have_names),
        cmocka_unit_test(deflate_faults_have_names), cmocka_unit_test(other_names_are_no_fault),
        cmocka_unit_test(requirements_exist),        cmocka_unit_test(faults_have_status_codes),
        cmocka_unit_test(opcodes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
