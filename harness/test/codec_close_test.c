/* SPDX-License-Identifier: MIT */
#include "codec_test_support.h"

/* RFC 6455 7.4.1, 7.4.2 and the registry of status codes, as a table. */
static const struct {
    unsigned first, last;
    wsc_code_class class;
    bool sendable;
} codes[] = {
    {0, 999, WSC_CODE_INVALID, false},         {1000, 1003, WSC_CODE_DEFINED, true},
    {1004, 1004, WSC_CODE_RESERVED, false},    {1005, 1006, WSC_CODE_NOT_ON_WIRE, false},
    {1007, 1011, WSC_CODE_DEFINED, true},      {1012, 1014, WSC_CODE_DEFINED, true},
    {1015, 1015, WSC_CODE_NOT_ON_WIRE, false}, {1016, 2999, WSC_CODE_RESERVED, false},
    {3000, 3999, WSC_CODE_REGISTERED, true},   {4000, 4999, WSC_CODE_PRIVATE, true},
    {5000, 65535, WSC_CODE_UNDEFINED, false},
};

static void every_code_has_its_class(void **state) {
    (void)state;
    unsigned next = 0;
    for (size_t i = 0; i < COUNT(codes); i++) {
        assert_int_equal(codes[i].first, next);
        for (unsigned code = codes[i].first; code <= codes[i].last; code++) {
            assert_int_equal(wsc_code_classify((uint16_t)code), codes[i].class);
            assert_int_equal(wsc_code_sendable((uint16_t)code), codes[i].sendable);
        }
        next = codes[i].last + 1;
    }
    assert_int_equal(next, 65536);
}

static void every_code_is_read_and_written(void **state) {
    (void)state;
    for (unsigned code = 0; code <= 65535; code++) {
        uint8_t body[WSC_CONTROL_MAX];
        assert_int_equal(wsc_close_encode(body, (uint16_t)code, "why", 3), 5);
        uint8_t *exact = test_exact(body, 5);
        wsc_close close;
        wsc_close_parse(&close, exact, 5);
        assert_true(close.has_code);
        assert_int_equal(close.code, code);
        assert_int_equal(close.reason.len, 3);
        assert_ptr_equal(close.reason.data, exact + 2);
        bool illegal = (close.faults & WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL)) != 0;
        assert_int_equal(illegal, !wsc_code_sendable((uint16_t)code));
        assert_int_equal(close.faults & ~WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL), 0);
        free(exact);
    }
}

static void bodies_of_every_length(void **state) {
    (void)state;
    wsc_close close;
    wsc_close_parse(&close, NULL, 0);
    assert_false(close.has_code);
    assert_int_equal(close.reason.len, 0);
    assert_int_equal(close.faults, 0);
    for (size_t len = 1; len <= WSC_CONTROL_MAX; len++) {
        uint8_t *body = test_alloc(len);
        memset(body, 'r', len);
        body[0] = 1000 >> 8;
        if (len > 1) body[1] = 1000 & 0xFF;
        wsc_close_parse(&close, body, len);
        assert_int_equal(close.has_code, len >= 2);
        assert_int_equal(close.faults, len == 1 ? WSC_FAULT_BIT(WSC_FAULT_CLOSE_ONE_OCTET) : 0);
        assert_int_equal(close.reason.len, len >= 2 ? len - 2 : 0);
        if (len >= 2) assert_int_equal(close.code, 1000);
        free(body);
    }
}

static void bad_reasons_are_named(void **state) {
    (void)state;
    static const char *const reasons[] = {"\xFF",  "ok\xC3",  "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                          "a\x80", "\xC0\xAF"};
    for (size_t i = 0; i < COUNT(reasons); i++) {
        uint8_t body[WSC_CONTROL_MAX];
        size_t len = wsc_close_encode(body, 1000, reasons[i], strlen(reasons[i]));
        uint8_t *exact = test_exact(body, len);
        wsc_close close;
        wsc_close_parse(&close, exact, len);
        assert_int_equal(close.faults, WSC_FAULT_BIT(WSC_FAULT_CLOSE_REASON_NOT_UTF8));
        assert_int_equal(close.reason.len, strlen(reasons[i]));
        assert_memory_equal(close.reason.data, reasons[i], close.reason.len);
        free(exact);
    }
    /* Two faults in one body are both named. */
    wsc_close close;
    wsc_close_parse(&close, (const uint8_t *)"\x03\xED\xFF", 3);
    assert_int_equal(close.faults, WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL) |
                                       WSC_FAULT_BIT(WSC_FAULT_CLOSE_REASON_NOT_UTF8));
}

static void writing_stops_at_125_octets(void **state) {
    (void)state;
    char reason[WSC_CONTROL_MAX];
    memset(reason, 'x', sizeof reason);
    uint8_t *body = test_alloc(WSC_CONTROL_MAX);
    assert_int_equal(wsc_close_encode(body, 1001, NULL, 0), 2);
    assert_int_equal(body[0] << 8 | body[1], 1001);
    assert_int_equal(wsc_close_encode(body, 65535, reason, 123), 125);
    assert_int_equal(body[0] << 8 | body[1], 65535);
    assert_memory_equal(body + 2, reason, 123);
    assert_int_equal(wsc_close_encode(body, 1000, reason, 124), 0);
    assert_int_equal(wsc_close_encode(body, 1000, reason, SIZE_MAX), 0);
    free(body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_class),    cmocka_unit_test(every_code_is_read_and_written),
        cmocka_unit_test(bodies_of_every_length),      cmocka_unit_test(bad_reasons_are_named),
        cmocka_unit_test(writing_stops_at_125_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
