/* SPDX-License-Identifier: MIT */
/* Negotiation of permessage-deflate: parameters are read as a second reading by definition reads them; what
   is without fault survives being written and read, with quotes and without; an answer is one to an offer
   without fault, keeps what that asks for, and a client finds nothing in it; a response that a client accepts
   keeps all that one of the offers asks for.

   The input is lines: up to the first empty one values of Sec-WebSocket-Extensions of a request, behind it
   those of the response. The last octet are options: the policy of the server. */
#include "fuzz.h"

#define FIELDS_MAX 16

#define BIT(symbol) WSC_DEFLATE_FAULT_BIT(WSC_DEFLATE_FAULT_##symbol)

static const char field_name[] = "Sec-WebSocket-Extensions";

typedef struct heads {
    wsc_field fields[2][FIELDS_MAX]; /* request, response */
    wsc_http http[2];
} heads;

static void heads_make(heads *h, const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    size_t which = 0;
    memset(h, 0, sizeof *h);
    for (size_t pos = 0; pos < size;) {
        const char *end = memchr(text + pos, '\n', size - pos);
        size_t len = end != NULL ? (size_t)(end - text) - pos : size - pos;
        wsc_http *http = &h->http[which];
        if (len == 0 && which == 0)
            which = 1;
        else if (http->num_fields < FIELDS_MAX)
            h->fields[which][http->num_fields++] =
                (wsc_field){{field_name, sizeof field_name - 1}, {text + pos, len}};
        pos += len + 1;
    }
    for (which = 0; which < 2; which++) {
        h->http[which].kind = which == 0 ? WSC_HTTP_REQUEST : WSC_HTTP_RESPONSE;
        h->http[which].fields = h->fields[which];
    }
}

/* ---- The second reading ---- */

typedef struct named_faults {
    wsc_deflate_faults unknown, repeated, server_flag, client_flag;
    wsc_deflate_faults server_missing, server_malformed, server_zero, server_range;
    wsc_deflate_faults client_missing, client_malformed, client_zero, client_range;
} named_faults;

static const named_faults of_offer = {BIT(OFFER_PARAMETER_UNKNOWN),
                                      BIT(OFFER_PARAMETER_REPEATED),
                                      BIT(OFFER_SERVER_TAKEOVER_VALUE),
                                      BIT(OFFER_CLIENT_TAKEOVER_VALUE),
                                      BIT(OFFER_SERVER_BITS_MISSING),
                                      BIT(OFFER_SERVER_BITS_MALFORMED),
                                      BIT(OFFER_SERVER_BITS_LEADING_ZERO),
                                      BIT(OFFER_SERVER_BITS_RANGE),
                                      0,
                                      BIT(OFFER_CLIENT_BITS_MALFORMED),
                                      BIT(OFFER_CLIENT_BITS_LEADING_ZERO),
                                      BIT(OFFER_CLIENT_BITS_RANGE)};
static const named_faults of_response = {
    BIT(RESPONSE_PARAMETER_UNKNOWN),        BIT(RESPONSE_PARAMETER_REPEATED),
    BIT(RESPONSE_SERVER_TAKEOVER_VALUE),    BIT(RESPONSE_CLIENT_TAKEOVER_VALUE),
    BIT(RESPONSE_SERVER_BITS_MISSING),      BIT(RESPONSE_SERVER_BITS_MALFORMED),
    BIT(RESPONSE_SERVER_BITS_LEADING_ZERO), BIT(RESPONSE_SERVER_BITS_RANGE),
    BIT(RESPONSE_CLIENT_BITS_MISSING),      BIT(RESPONSE_CLIENT_BITS_MALFORMED),
    BIT(RESPONSE_CLIENT_BITS_LEADING_ZERO), BIT(RESPONSE_CLIENT_BITS_RANGE)};

/* The number of bits that a value stands for, or 0 and the fault. Escapes of a quoted one say nothing. */
static uint8_t value_bits(const wsc_param *param, wsc_deflate_faults malformed, wsc_deflate_faults zero,
                          wsc_deflate_faults range, wsc_deflate_faults *faults) {
    fuzz_trace text = {.data = NULL};
    uint8_t bits = 0;
    for (size_t i = 0; i < param->value.len; i++) {
        if (!param->quoted || param->value.data[i] != '\\') trace_put(&text, param->value.data + i, 1);
    }
    trace_put(&text, "", 1);
    const char *number = (const char *)text.data;
    if (text.len == 1 || strspn(number, "0123456789") != text.len - 1)
        *faults |= malformed;
    else if (number[0] == '0' && text.len > 2)
        *faults |= zero;
    else if (text.len > 3 || strtol(number, NULL, 10) < 8 || strtol(number, NULL, 10) > 15)
        *faults |= range;
    else
        bits = (uint8_t)strtol(number, NULL, 10);
    trace_clear(&text);
    return bits;
}

static bool is(const wsc_param *param, const char *name) {
    return param->name.len == strlen(name) && memcmp(param->name.data, name, param->name.len) == 0;
}

static bool repeats(const wsc_extension *element, size_t index) {
    for (size_t i = 0; i < index; i++) {
        const wsc_span *a = &element->params[i].name, *b = &element->params[index].name;
        if (a->len == b->len && memcmp(a->data, b->data, a->len) == 0) return true;
    }
    return false;
}

static wsc_deflate_faults second_reading(wsc_deflate_params *params, const wsc_extension *element,
                                         const named_faults *f) {
    wsc_deflate_faults faults = 0;
    memset(params, 0, sizeof *params);
    for (size_t i = 0; i < element->num_params; i++) {
        const wsc_param *p = &element->params[i];
        bool server_flag = is(p, "server_no_context_takeover"),
             client_flag = is(p, "client_no_context_takeover");
        bool server_bits = is(p, "server_max_window_bits"), client_bits = is(p, "client_max_window_bits");
        if (!server_flag && !client_flag && !server_bits && !client_bits) {
            faults |= f->unknown;
        } else if (repeats(element, i)) {
            faults |= f->repeated;
        } else if (server_flag || client_flag) {
            if (p->has_value)
                faults |= server_flag ? f->server_flag : f->client_flag;
            else
                *(server_flag ? &params->server_no_context_takeover : &params->client_no_context_takeover) =
                    true;
        } else if (server_bits) {
            if (!p->has_value)
                faults |= f->server_missing;
            else
                params->server_max_window_bits =
                    value_bits(p, f->server_malformed, f->server_zero, f->server_range, &faults);
            params->has_server_max_window_bits = params->server_max_window_bits != 0;
        } else if (p->has_value) {
            params->client_max_window_bits =
                value_bits(p, f->client_malformed, f->client_zero, f->client_range, &faults);
            params->has_client_max_window_bits = params->client_max_window_bits != 0;
        } else {
            faults |= f->client_missing;
            params->has_client_max_window_bits = f->client_missing == 0;
        }
    }
    return faults;
}

static bool params_equal(const wsc_deflate_params *a, const wsc_deflate_params *b) {
    return a->server_no_context_takeover == b->server_no_context_takeover &&
           a->client_no_context_takeover == b->client_no_context_takeover &&
           a->has_server_max_window_bits == b->has_server_max_window_bits &&
           a->has_client_max_window_bits == b->has_client_max_window_bits &&
           a->server_max_window_bits == b->server_max_window_bits &&
           a->client_max_window_bits == b->client_max_window_bits;
}

/* ---- Elements ---- */

/* Text of a list of one element, read again. */
static void check_text(const char *text, size_t len, const wsc_deflate_params *params, bool response) {
    wsc_field field = {{field_name, sizeof field_name - 1}, {text, len}};
    wsc_http http = {.fields = &field, .num_fields = 1};
    wsc_list list;
    wsc_extension element;
    wsc_deflate_params again;
    wsc_list_init(&list, &http, field_name);
    ORACLE(wsc_list_extension(&list, &element), "element-written");
    wsc_deflate_faults faults =
        response ? wsc_deflate_response_read(&again, &element) : wsc_deflate_offer_read(&again, &element);
    ORACLE(faults == 0 && params_equal(&again, params), "element-written");
    ORACLE(!wsc_list_extension(&list, &element) && !list.malformed, "element-written");
}

static void check_written(const wsc_deflate_params *params, bool response) {
    char text[WSC_DEFLATE_ELEMENT_MAX], quoted[WSC_DEFLATE_ELEMENT_MAX + 8];
    size_t len = wsc_deflate_element_write(text, sizeof text, params);
    ORACLE(len > 0 && len < sizeof text && strlen(text) == len, "element-size");
    char *small = fuzz_alloc(len + 1);
    ORACLE(wsc_deflate_element_write(small, len + 1, params) == len, "element-size");
    ORACLE(wsc_deflate_element_write(small, len, params) == 0, "element-size");
    free(small);
    check_text(text, len, params, response);
    size_t quoted_len = 0;
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        if (inside && text[i] == ';') {
            quoted[quoted_len++] = '"';
            inside = false;
        }
        quoted[quoted_len++] = text[i];
        if (text[i] == '=') {
            quoted[quoted_len++] = '"';
            inside = true;
        }
    }
    if (inside) quoted[quoted_len++] = '"';
    check_text(quoted, quoted_len, params, response);
}

static void check_names(wsc_deflate_faults faults) {
    for (int i = 1; i < WSC_DEFLATE_FAULT_COUNT; i++) {
        if ((faults & WSC_DEFLATE_FAULT_BIT(i)) == 0) continue;
        const char *name = wsc_deflate_fault_name((wsc_deflate_fault)i);
        ORACLE(name != NULL && wsc_deflate_fault_from_name(name) == (wsc_deflate_fault)i, "fault-name");
        ORACLE(wsc_deflate_fault_requirement((wsc_deflate_fault)i) != NULL, "fault-name");
    }
}

/* All elements of a head, by both readings. Returns how many are about compression. */
static size_t check_elements(const wsc_http *http, bool response) {
    const named_faults *names = response ? &of_response : &of_offer;
    wsc_list list;
    wsc_extension element;
    size_t num = 0;
    wsc_list_init(&list, http, field_name);
    while (wsc_list_extension(&list, &element)) {
        wsc_deflate_params params, expected;
        wsc_deflate_faults faults = response ? wsc_deflate_response_read(&params, &element)
                                             : wsc_deflate_offer_read(&params, &element);
        ORACLE(faults == second_reading(&expected, &element, names), "element-faults");
        ORACLE(params_equal(&params, &expected), "element-params");
        check_names(faults);
        check_written(&params, response);
        num += element.name.len == strlen(WSC_DEFLATE_NAME) &&
               memcmp(element.name.data, WSC_DEFLATE_NAME, element.name.len) == 0;
    }
    return num;
}

/* ---- Both sides ---- */

/* What an offer asks for and a response has to keep (RFC 7692 7.1), by definition. */
static bool keeps(const wsc_deflate_params *response, const wsc_deflate_params *offer) {
    unsigned limit = offer->has_server_max_window_bits ? offer->server_max_window_bits : 15;
    unsigned own = response->has_server_max_window_bits ? response->server_max_window_bits : 15;
    return (response->server_no_context_takeover || !offer->server_no_context_takeover) && own <= limit &&
           (offer->has_client_max_window_bits || !response->has_client_max_window_bits);
}

static void check_meaning(const wsc_deflate_params *params) {
    ORACLE(wsc_deflate_window_bits(params, WSC_SERVER) ==
               (params->server_max_window_bits != 0 ? params->server_max_window_bits : 15),
           "params-meaning");
    ORACLE(wsc_deflate_window_bits(params, WSC_CLIENT) ==
               (params->client_max_window_bits != 0 ? params->client_max_window_bits : 15),
           "params-meaning");
    ORACLE(wsc_deflate_takeover(params, WSC_SERVER) == !params->server_no_context_takeover, "params-meaning");
    ORACLE(wsc_deflate_takeover(params, WSC_CLIENT) == !params->client_no_context_takeover, "params-meaning");
}

static void check_answer(const wsc_deflate_offers *offers, const wsc_deflate_policy *policy, bool plain) {
    wsc_deflate_params answer;
    int chosen = wsc_deflate_answer(&answer, policy, offers);
    ORACLE(chosen >= -1 && chosen < (int)offers->num_offers, "answer-index");
    check_meaning(&answer);
    for (int i = 0; plain && i < (chosen < 0 ? (int)offers->num_offers : chosen); i++)
        ORACLE(offers->faults[i] != 0, "answer-first");
    if (chosen < 0) return;
    const wsc_deflate_params *offer = &offers->offers[chosen];
    ORACLE(offers->faults[chosen] == 0, "answer-fault");
    ORACLE(keeps(&answer, offer) && wsc_deflate_response_compare(&answer, offer) == 0, "answer-keeps");
    ORACLE(!policy->server_no_context_takeover || answer.server_no_context_takeover, "answer-policy");
    ORACLE(!policy->client_no_context_takeover || answer.client_no_context_takeover, "answer-policy");
    ORACLE(policy->server_max_window_bits == 0 ||
               wsc_deflate_window_bits(&answer, WSC_SERVER) <= policy->server_max_window_bits,
           "answer-policy");
    ORACLE(wsc_deflate_window_bits(&answer, WSC_SERVER) >= policy->min_window_bits, "answer-policy");
    check_written(&answer, true);
}

static void check_response(const wsc_http *http, const wsc_deflate_offers *offers, size_t num_elements) {
    wsc_deflate_response response;
    wsc_deflate_response_check(&response, http, offers->offers, offers->num_offers);
    ORACLE(response.agreed == (num_elements > 0), "response-agreed");
    ORACLE(((response.faults & BIT(RESPONSE_TWICE)) != 0) == (num_elements > 1), "response-twice");
    check_names(response.faults);
    check_meaning(&response.params);
    bool kept = false;
    for (size_t i = 0; i < offers->num_offers; i++)
        kept = kept || keeps(&response.params, &offers->offers[i]);
    bool accepted = (response.faults & ~WSC_DEFLATE_FAULTS_TOLERATED) == 0;
    ORACLE(!response.agreed || !accepted || kept, "response-keeps");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    wsc_deflate_policy policy = {.server_no_context_takeover = option % 2 == 1,
                                 .client_no_context_takeover = option / 2 % 2 == 1,
                                 .follow_hints = option / 4 % 2 == 1,
                                 .client_max_window_bits_required = option / 8 % 2 == 1,
                                 .server_max_window_bits = option / 16 % 2 == 1 ? 10 : 0,
                                 .client_max_window_bits = option / 32 % 2 == 1 ? 9 : 0,
                                 .min_window_bits = option / 64 % 2 == 1 ? 9 : 0};
    heads h;
    wsc_deflate_offers offers;
    heads_make(&h, data, size);
    size_t num_offers = check_elements(&h.http[0], false), num_answers = check_elements(&h.http[1], true);
    wsc_deflate_offers_read(&offers, &h.http[0]);
    ORACLE(offers.num_offers == (num_offers < WSC_DEFLATE_OFFERS_MAX ? num_offers : WSC_DEFLATE_OFFERS_MAX),
           "offers-number");
    check_answer(&offers, &policy, option == 0);
    /* A client offers what it wrote itself. */
    size_t num_good = 0;
    for (size_t i = 0; i < offers.num_offers; i++) {
        if (offers.faults[i] == 0) offers.offers[num_good++] = offers.offers[i];
    }
    offers.num_offers = num_good;
    check_response(&h.http[1], &offers, num_answers);
    return 0;
}
