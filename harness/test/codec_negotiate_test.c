/* SPDX-License-Identifier: MIT */
/* The negotiation of permessage-deflate (RFC 7692 5, 7, 7.1). */
#include "codec_test_support.h"

/* A head with these Sec-WebSocket-Extensions fields, separated by "|". The head has to be freed. */
typedef struct test_head {
    wsc_http http;
    char *buf;
    wsc_field fields[16];
} test_head;

static void head_make(test_head *head, wsc_http_kind kind, const char *extensions) {
    test_octets text = {NULL, 0, 0};
    const char *start = kind == WSC_HTTP_REQUEST ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 101 x\r\n";
    test_put(&text, start, strlen(start));
    while (*extensions != '\0') {
        size_t len = strcspn(extensions, "|");
        test_put(&text, "Sec-WebSocket-Extensions: ", 26);
        test_put(&text, extensions, len);
        test_put(&text, "\r\n", 2);
        extensions += len + (extensions[len] == '|');
    }
    test_put(&text, "\r\n", 2);
    head->buf = test_alloc(text.len);
    wsc_http_init(&head->http, kind, head->buf, text.len, head->fields, COUNT(head->fields));
    wsc_http_status status;
    assert_int_equal(wsc_http_push(&head->http, text.data, text.len, &status), text.len);
    assert_int_equal(status, WSC_HTTP_DONE);
    test_clear(&text);
}

/* Names of faults, separated by ",". */
static void faults_text(char *dst, size_t cap, wsc_deflate_faults faults) {
    size_t len = 0;
    dst[0] = '\0';
    for (int i = 1; i < WSC_DEFLATE_FAULT_COUNT; i++) {
        if ((faults & WSC_DEFLATE_FAULT_BIT(i)) == 0) continue;
        int more = snprintf(dst + len, cap - len, "%s%s", len > 0 ? "," : "",
                            wsc_deflate_fault_name((wsc_deflate_fault)i));
        assert_in_range(more, 1, cap - len - 1);
        len += (size_t)more;
    }
}

/* An element, what it means (written anew), and its faults as an offer and as a response (without their first
   word; NULL: the same as of the offer). */
typedef struct element_case {
    const char *text, *meaning, *offer, *response;
} element_case;

#define NAME "permessage-deflate"

static const element_case elements[] = {
    {NAME, NAME, "", NULL},
    {NAME "; server_no_context_takeover", NAME "; server_no_context_takeover", "", NULL},
    {NAME ";client_no_context_takeover;server_no_context_takeover",
     NAME "; server_no_context_takeover; client_no_context_takeover", "", NULL},
    {NAME "; client_max_window_bits", NAME "; client_max_window_bits", "", "client-bits-missing"},
    {NAME "; client_max_window_bits=8", NAME "; client_max_window_bits=8", "", NULL},
    {NAME "; client_max_window_bits = 15 ; server_max_window_bits = 10",
     NAME "; server_max_window_bits=10; client_max_window_bits=15", "", NULL},
    {NAME "; server_max_window_bits=\"12\"", NAME "; server_max_window_bits=12", "", NULL},
    {NAME "; server_max_window_bits=\"1\\2\"", NAME "; server_max_window_bits=12", "", NULL},
    {NAME "; server_max_window_bits", NAME, "server-bits-missing", NULL},
    {NAME "; server_max_window_bits=7", NAME, "server-bits-range", NULL},
    {NAME "; server_max_window_bits=16", NAME, "server-bits-range", NULL},
    {NAME "; server_max_window_bits=0", NAME, "server-bits-range", NULL},
    {NAME "; server_max_window_bits=4294967304", NAME, "server-bits-range", NULL},
    {NAME "; server_max_window_bits=18446744073709551624", NAME, "server-bits-range", NULL},
    {NAME "; server_max_window_bits=08", NAME, "server-bits-leading-zero", NULL},
    {NAME "; server_max_window_bits=00", NAME, "server-bits-leading-zero", NULL},
    {NAME "; server_max_window_bits=\"\\08\"", NAME, "server-bits-leading-zero", NULL},
    {NAME "; server_max_window_bits=-9", NAME, "server-bits-malformed", NULL},
    {NAME "; server_max_window_bits=+9", NAME, "server-bits-malformed", NULL},
    {NAME "; server_max_window_bits=9.0", NAME, "server-bits-malformed", NULL},
    {NAME "; server_max_window_bits=0xA", NAME, "server-bits-malformed", NULL},
    {NAME "; client_max_window_bits=16", NAME, "client-bits-range", NULL},
    {NAME "; client_max_window_bits=010", NAME, "client-bits-leading-zero", NULL},
    {NAME "; client_max_window_bits=x", NAME, "client-bits-malformed", NULL},
    {NAME "; server_no_context_takeover=1", NAME, "server-takeover-value", NULL},
    {NAME "; client_no_context_takeover=true", NAME, "client-takeover-value", NULL},
    {NAME "; unknown", NAME, "parameter-unknown", NULL},
    {NAME "; SERVER_NO_CONTEXT_TAKEOVER", NAME, "parameter-unknown", NULL},
    {NAME "; server_max_window_bit=9", NAME, "parameter-unknown", NULL},
    {NAME "; server_max_window_bits=9; server_max_window_bits=9", NAME "; server_max_window_bits=9",
     "parameter-repeated", NULL},
    {NAME "; server_max_window_bits=9; server_max_window_bits=10", NAME "; server_max_window_bits=9",
     "parameter-repeated", NULL},
    {NAME "; client_no_context_takeover; client_no_context_takeover", NAME "; client_no_context_takeover",
     "parameter-repeated", NULL},
    {NAME "; client_max_window_bits; a=1; client_max_window_bits=3", NAME "; client_max_window_bits",
     "parameter-unknown,parameter-repeated", "parameter-unknown,parameter-repeated,client-bits-missing"},
};

/* expected, with the kind of element before each name. */
static void expected_faults(char *dst, size_t cap, const char *expected, const char *kind) {
    size_t len = 0;
    dst[0] = '\0';
    while (*expected != '\0') {
        size_t word = strcspn(expected, ",");
        int more = snprintf(dst + len, cap - len, "%s%s-%.*s", len > 0 ? "," : "", kind, (int)word, expected);
        assert_in_range(more, 1, cap - len - 1);
        len += (size_t)more;
        expected += word + (expected[word] == ',');
    }
}

static void elements_are_read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(elements); i++) {
        for (int response = 0; response < 2; response++) {
            test_head head;
            wsc_list list;
            wsc_extension element;
            wsc_deflate_params params;
            char found[300], expected[300], written[WSC_DEFLATE_ELEMENT_MAX];
            head_make(&head, WSC_HTTP_REQUEST, elements[i].text);
            wsc_list_init(&list, &head.http, "sec-websocket-extensions");
            assert_true(wsc_list_extension(&list, &element));
            memset(&params, 0xEE, sizeof params);
            wsc_deflate_faults faults = response ? wsc_deflate_response_read(&params, &element)
                                                 : wsc_deflate_offer_read(&params, &element);
            faults_text(found, sizeof found, faults);
            bool own = response && elements[i].response != NULL;
            expected_faults(expected, sizeof expected, own ? elements[i].response : elements[i].offer,
                            response ? "response" : "offer");
            assert_string_equal(found, expected);
            if (!own) {
                size_t len = wsc_deflate_element_write(written, sizeof written, &params);
                assert_int_equal(len, strlen(elements[i].meaning));
                assert_string_equal(written, elements[i].meaning);
            }
            free(head.buf);
        }
    }
}

static void elements_are_written_where_they_fit(void **state) {
    (void)state;
    wsc_deflate_params params = {true, true, true, true, 255, 255};
    char dst[WSC_DEFLATE_ELEMENT_MAX];
    size_t len = wsc_deflate_element_write(dst, sizeof dst, &params);
    assert_in_range(len, 1, sizeof dst - 1);
    assert_string_equal(dst, NAME "; server_no_context_takeover; client_no_context_takeover; "
                                  "server_max_window_bits=255; client_max_window_bits=255");
    for (size_t cap = 1; cap <= len + 1; cap++) {
        char *exact = test_alloc(cap);
        assert_int_equal(wsc_deflate_element_write(exact, cap, &params), cap > len ? len : 0);
        free(exact);
    }
    assert_int_equal(wsc_deflate_element_write(NULL, 0, &params), 0);
}

static void parameters_have_a_meaning(void **state) {
    (void)state;
    wsc_deflate_params params = {0};
    assert_int_equal(wsc_deflate_window_bits(&params, WSC_CLIENT), 15);
    assert_int_equal(wsc_deflate_window_bits(&params, WSC_SERVER), 15);
    assert_true(wsc_deflate_takeover(&params, WSC_CLIENT));
    assert_true(wsc_deflate_takeover(&params, WSC_SERVER));
    params = (wsc_deflate_params){true, false, true, true, 9, 0};
    assert_int_equal(wsc_deflate_window_bits(&params, WSC_CLIENT), 15);
    assert_int_equal(wsc_deflate_window_bits(&params, WSC_SERVER), 9);
    assert_true(wsc_deflate_takeover(&params, WSC_CLIENT));
    assert_false(wsc_deflate_takeover(&params, WSC_SERVER));
    params = (wsc_deflate_params){false, true, false, true, 0, 10};
    assert_int_equal(wsc_deflate_window_bits(&params, WSC_CLIENT), 10);
    assert_false(wsc_deflate_takeover(&params, WSC_CLIENT));
    assert_true(wsc_deflate_takeover(&params, WSC_SERVER));
}

/* What a server answers to offers. */
typedef struct answer_case {
    wsc_deflate_policy policy;
    const char *offers;
    int chosen;
    const char *response; /* NULL: none */
} answer_case;

static const answer_case answers[] = {
    /* a server without wishes */
    {{0}, "", -1, NULL},
    {{0}, "permessage-bzip2, x-webkit-deflate-frame", -1, NULL},
    {{0}, "Permessage-Deflate", -1, NULL},
    {{0}, NAME, 0, NAME},
    {{0}, "foo, " NAME "; server_no_context_takeover, bar", 0, NAME "; server_no_context_takeover"},
    {{0}, NAME "; client_no_context_takeover; client_max_window_bits=9", 0, NAME},
    {{0}, NAME "; server_max_window_bits=8", 0, NAME "; server_max_window_bits=8"},
    {{0}, NAME "; server_max_window_bits=15", 0, NAME "; server_max_window_bits=15"},
    /* offers in order; what has a fault is declined */
    {{0},
     NAME "; x, " NAME "; server_max_window_bits=7, " NAME "; server_max_window_bits=10, " NAME,
     2,
     NAME "; server_max_window_bits=10"},
    {{0}, NAME "; x|" NAME "; server_no_context_takeover=1|" NAME, 2, NAME},
    {{0}, NAME "; server_max_window_bits", -1, NULL},
    {{0}, "broken;;, " NAME, 0, NAME},
    /* a server with wishes */
    {{.server_no_context_takeover = true}, NAME, 0, NAME "; server_no_context_takeover"},
    {{.client_no_context_takeover = true}, NAME, 0, NAME "; client_no_context_takeover"},
    {{.follow_hints = true},
     NAME "; client_no_context_takeover; client_max_window_bits=9",
     0,
     NAME "; client_no_context_takeover; client_max_window_bits=9"},
    {{.follow_hints = true}, NAME "; client_max_window_bits", 0, NAME},
    {{.server_max_window_bits = 12}, NAME, 0, NAME "; server_max_window_bits=12"},
    {{.server_max_window_bits = 12},
     NAME "; server_max_window_bits=10",
     0,
     NAME "; server_max_window_bits=10"},
    {{.server_max_window_bits = 12},
     NAME "; server_max_window_bits=14",
     0,
     NAME "; server_max_window_bits=12"},
    {{.client_max_window_bits = 10}, NAME, 0, NAME},
    {{.client_max_window_bits = 10}, NAME "; client_max_window_bits", 0, NAME "; client_max_window_bits=10"},
    {{.client_max_window_bits = 10},
     NAME "; client_max_window_bits=12",
     0,
     NAME "; client_max_window_bits=10"},
    {{.client_max_window_bits = 10}, NAME "; client_max_window_bits=8", 0, NAME "; client_max_window_bits=8"},
    {{.client_max_window_bits = 10, .client_max_window_bits_required = true},
     NAME ", " NAME "; client_max_window_bits",
     1,
     NAME "; client_max_window_bits=10"},
    {{.client_max_window_bits = 10, .client_max_window_bits_required = true}, NAME, -1, NULL},
    {{.min_window_bits = 9}, NAME "; server_max_window_bits=8", -1, NULL},
    {{.min_window_bits = 9},
     NAME "; server_max_window_bits=8, " NAME "; server_max_window_bits=9",
     1,
     NAME "; server_max_window_bits=9"},
};

static void a_server_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        test_head head;
        wsc_deflate_offers offers;
        wsc_deflate_params params;
        char written[WSC_DEFLATE_ELEMENT_MAX];
        head_make(&head, WSC_HTTP_REQUEST, answers[i].offers);
        memset(&offers, 0xEE, sizeof offers);
        memset(&params, 0xEE, sizeof params);
        wsc_deflate_offers_read(&offers, &head.http);
        int chosen = wsc_deflate_answer(&params, &answers[i].policy, &offers);
        assert_int_equal(chosen, answers[i].chosen);
        if (chosen >= 0) {
            assert_true(wsc_deflate_element_write(written, sizeof written, &params) > 0);
            assert_string_equal(written, answers[i].response);
            assert_int_equal(wsc_deflate_response_compare(&params, &offers.offers[chosen]), 0);
        } else {
            static const wsc_deflate_params none = {0};
            assert_memory_equal(&params, &none, sizeof none);
        }
        free(head.buf);
    }
}

/* Whatever the policy, an answer has no fault next to the offer that it accepts. */
static void answers_fit_their_offers(void **state) {
    (void)state;
    test_random random = {1};
    for (int i = 0; i < 20000; i++) {
        wsc_deflate_offers offers = {.num_offers = 1 + test_below(&random, 3)};
        for (size_t n = 0; n < offers.num_offers; n++) {
            wsc_deflate_params *offer = &offers.offers[n];
            uint32_t bits = test_next(&random);
            *offer = (wsc_deflate_params){bits & 1, bits >> 1 & 1, bits >> 2 & 1, bits >> 3 & 1, 0, 0};
            if (offer->has_server_max_window_bits)
                offer->server_max_window_bits = (uint8_t)(8 + test_below(&random, 8));
            if (offer->has_client_max_window_bits && (bits >> 4 & 1) != 0)
                offer->client_max_window_bits = (uint8_t)(8 + test_below(&random, 8));
            offers.faults[n] = (bits >> 5 & 3) == 0;
        }
        uint32_t bits = test_next(&random);
        wsc_deflate_policy policy = {.server_no_context_takeover = bits & 1,
                                     .client_no_context_takeover = bits >> 1 & 1,
                                     .follow_hints = bits >> 2 & 1,
                                     .client_max_window_bits_required = bits >> 3 & 1};
        if ((bits >> 4 & 1) != 0) policy.server_max_window_bits = (uint8_t)(8 + test_below(&random, 8));
        if ((bits >> 5 & 1) != 0) policy.client_max_window_bits = (uint8_t)(8 + test_below(&random, 8));
        if ((bits >> 6 & 1) != 0) policy.min_window_bits = (uint8_t)(8 + test_below(&random, 8));
        wsc_deflate_params params;
        int chosen = wsc_deflate_answer(&params, &policy, &offers);
        if (chosen < 0) continue;
        assert_int_equal(offers.faults[chosen], 0);
        assert_int_equal(wsc_deflate_response_compare(&params, &offers.offers[chosen]), 0);
        unsigned own = wsc_deflate_window_bits(&params, WSC_SERVER);
        if (policy.server_max_window_bits != 0) assert_in_range(own, 8, policy.server_max_window_bits);
        if (policy.server_no_context_takeover) assert_false(wsc_deflate_takeover(&params, WSC_SERVER));
        if (policy.client_no_context_takeover) assert_false(wsc_deflate_takeover(&params, WSC_CLIENT));
    }
}

static void no_more_offers_are_read_than_fit(void **state) {
    (void)state;
    test_octets text = {NULL, 0, 0};
    for (int i = 0; i < WSC_DEFLATE_OFFERS_MAX + 8; i++) {
        if (i > 0) test_put(&text, ",", 1);
        test_put(&text, NAME, strlen(NAME));
    }
    test_put(&text, "", 1);
    test_head head;
    wsc_deflate_offers offers;
    head_make(&head, WSC_HTTP_REQUEST, (const char *)text.data);
    wsc_deflate_offers_read(&offers, &head.http);
    assert_int_equal(offers.num_offers, WSC_DEFLATE_OFFERS_MAX);
    test_clear(&text);
    free(head.buf);
}

/* What a client makes of a response. */
typedef struct response_case {
    const char *offers, *response;
    bool agreed;
    const char *faults;
} response_case;

static const response_case responses[] = {
    {NAME, "", false, ""},
    {"", "", false, ""},
    {NAME, "permessage-other", false, ""},
    {NAME, NAME, true, ""},
    {"", NAME, true, "response-not-offered"},
    {NAME, NAME "; server_no_context_takeover", true, ""},
    {NAME, NAME "; client_no_context_takeover", true, ""},
    {NAME, NAME "; server_max_window_bits=9", true, ""},
    {NAME, NAME "; client_max_window_bits=9", true, "response-client-bits-not-offered"},
    {NAME "; client_max_window_bits", NAME "; client_max_window_bits=9", true, ""},
    {NAME "; client_max_window_bits=10", NAME "; client_max_window_bits=10", true, ""},
    {NAME "; client_max_window_bits=10", NAME "; client_max_window_bits=11", true,
     "response-client-bits-above-hint"},
    {NAME "; client_max_window_bits=10", NAME, true, ""},
    {NAME "; client_no_context_takeover", NAME, true, ""},
    {NAME "; server_no_context_takeover", NAME, true, "response-server-takeover-omitted"},
    {NAME "; server_max_window_bits=10", NAME, true, "response-server-bits-omitted"},
    {NAME "; server_max_window_bits=14", NAME, true, "response-server-bits-omitted"},
    {NAME "; server_max_window_bits=15", NAME, true, ""},
    {NAME "; server_max_window_bits=10", NAME "; server_max_window_bits=11", true,
     "response-server-bits-above-offer"},
    {NAME "; server_max_window_bits=10", NAME "; server_max_window_bits=8", true, ""},
    {NAME, NAME ", " NAME, true, "response-twice"},
    {NAME, NAME "|foo|" NAME "; x", true, "response-parameter-unknown,response-twice"},
    {NAME, NAME "; server_max_window_bits=99", true, "response-server-bits-range"},
    /* the offer that fits counts */
    {NAME "; server_max_window_bits=10|" NAME, NAME, true, ""},
    {NAME "; server_max_window_bits=10; server_no_context_takeover|" NAME "; server_max_window_bits=9", NAME,
     true, "response-server-bits-omitted"},
    {NAME "|" NAME "; client_max_window_bits=9", NAME "; client_max_window_bits=10", true,
     "response-client-bits-above-hint"},
    {NAME "; client_max_window_bits=9|" NAME, NAME "; client_max_window_bits=10", true,
     "response-client-bits-above-hint"},
};

static void a_client_checks(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(responses); i++) {
        test_head request, head;
        wsc_deflate_offers offers;
        wsc_deflate_response response;
        char found[300];
        head_make(&request, WSC_HTTP_REQUEST, responses[i].offers);
        head_make(&head, WSC_HTTP_RESPONSE, responses[i].response);
        wsc_deflate_offers_read(&offers, &request.http);
        memset(&response, 0xEE, sizeof response);
        wsc_deflate_response_check(&response, &head.http, offers.offers, offers.num_offers);
        assert_int_equal(response.agreed, responses[i].agreed);
        faults_text(found, sizeof found, response.faults);
        assert_string_equal(found, responses[i].faults);
        free(request.buf);
        free(head.buf);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_read),         cmocka_unit_test(elements_are_written_where_they_fit),
        cmocka_unit_test(parameters_have_a_meaning), cmocka_unit_test(a_server_answers),
        cmocka_unit_test(answers_fit_their_offers),  cmocka_unit_test(no_more_offers_are_read_than_fit),
        cmocka_unit_test(a_client_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
