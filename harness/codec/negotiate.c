/* SPDX-License-Identifier: MIT */
/* Negotiation of permessage-deflate (RFC 7692 5, 7, 7.1): what elements of Sec-WebSocket-Extensions say, what
   a server answers, and what a client makes of the answer. */
#include "octet.h"

#include <stdio.h>
#include <string.h>

#define BIT(symbol)      WSC_DEFLATE_FAULT_BIT(WSC_DEFLATE_FAULT_##symbol)
#define EXTENSIONS_FIELD "sec-websocket-extensions"

/* What is wrong with a number of bits. */
typedef struct bits_faults {
    wsc_deflate_faults missing; /* 0: the parameter may stand without a value */
    wsc_deflate_faults malformed, leading_zero, range;
} bits_faults;

/* The faults of one kind of element. */
typedef struct element_faults {
    wsc_deflate_faults unknown, repeated, server_takeover_value, client_takeover_value;
    bits_faults server_bits, client_bits;
} element_faults;

static const element_faults offer_faults = {
    .unknown = BIT(OFFER_PARAMETER_UNKNOWN),
    .repeated = BIT(OFFER_PARAMETER_REPEATED),
    .server_takeover_value = BIT(OFFER_SERVER_TAKEOVER_VALUE),
    .client_takeover_value = BIT(OFFER_CLIENT_TAKEOVER_VALUE),
    .server_bits = {BIT(OFFER_SERVER_BITS_MISSING), BIT(OFFER_SERVER_BITS_MALFORMED),
                    BIT(OFFER_SERVER_BITS_LEADING_ZERO), BIT(OFFER_SERVER_BITS_RANGE)},
    .client_bits = {0, BIT(OFFER_CLIENT_BITS_MALFORMED), BIT(OFFER_CLIENT_BITS_LEADING_ZERO),
                    BIT(OFFER_CLIENT_BITS_RANGE)},
};

static const element_faults response_faults = {
    .unknown = BIT(RESPONSE_PARAMETER_UNKNOWN),
    .repeated = BIT(RESPONSE_PARAMETER_REPEATED),
    .server_takeover_value = BIT(RESPONSE_SERVER_TAKEOVER_VALUE),
    .client_takeover_value = BIT(RESPONSE_CLIENT_TAKEOVER_VALUE),
    .server_bits = {BIT(RESPONSE_SERVER_BITS_MISSING), BIT(RESPONSE_SERVER_BITS_MALFORMED),
                    BIT(RESPONSE_SERVER_BITS_LEADING_ZERO), BIT(RESPONSE_SERVER_BITS_RANGE)},
    .client_bits = {BIT(RESPONSE_CLIENT_BITS_MISSING), BIT(RESPONSE_CLIENT_BITS_MALFORMED),
                    BIT(RESPONSE_CLIENT_BITS_LEADING_ZERO), BIT(RESPONSE_CLIENT_BITS_RANGE)},
};

static bool span_equals(wsc_span span, const char *string) {
    return wsc_span_equal(span, (wsc_span){string, strlen(string)});
}

unsigned wsc_deflate_window_bits(const wsc_deflate_params *params, wsc_role sender) {
    unsigned bits = sender == WSC_SERVER ? params->server_max_window_bits : params->client_max_window_bits;
    return bits != 0 ? bits : WSC_WINDOW_BITS_MAX;
}

bool wsc_deflate_takeover(const wsc_deflate_params *params, wsc_role sender) {
    return sender == WSC_SERVER ? !params->server_no_context_takeover : !params->client_no_context_takeover;
}

/* ---- Elements ---- */

/* 1*DIGIT without leading zeros, 8 to 15 (7.1.2). Returns the faults; *bits is set if there is none. */
static wsc_deflate_faults read_bits(uint8_t *bits, wsc_span value, const bits_faults *faults) {
    unsigned number = 0;
    size_t digits = 0;
    bool leading_zero = false;
    for (size_t i = 0; i < value.len; i++) {
        /* Only quoted values have escapes; what they stand for is a token (RFC 6455 9.1). */
        if (value.data[i] == '\\' && i + 1 < value.len) i++;
        if (!wsc_is_digit(value.data[i])) return faults->malformed;
        if (digits++ > 0 && number == 0) leading_zero = true;
        if (number <= WSC_WINDOW_BITS_MAX) number = 10 * number + (unsigned)(value.data[i] - '0');
    }
    if (digits == 0) return faults->malformed;
    if (leading_zero) return faults->leading_zero;
    if (number < WSC_WINDOW_BITS_MIN || number > WSC_WINDOW_BITS_MAX) return faults->range;
    *bits = (uint8_t)number;
    return 0;
}

static wsc_deflate_faults read_bits_param(bool *has, uint8_t *bits, const wsc_param *param,
                                          const bits_faults *faults) {
    wsc_deflate_faults found = param->has_value ? read_bits(bits, param->value, faults) : faults->missing;
    if (found == 0) *has = true;
    return found;
}

static wsc_deflate_faults read_flag_param(bool *flag, const wsc_param *param, wsc_deflate_faults fault) {
    if (param->has_value) return fault;
    *flag = true;
    return 0;
}

static wsc_deflate_faults read_element(wsc_deflate_params *params, const wsc_extension *element,
                                       const element_faults *faults) {
    static const char *const names[4] = {"server_no_context_takeover", "client_no_context_takeover",
                                         "server_max_window_bits", "client_max_window_bits"};
    wsc_deflate_faults found = 0;
    bool seen[4] = {false};
    *params = (wsc_deflate_params){0};
    for (size_t i = 0; i < element->num_params; i++) {
        const wsc_param *param = &element->params[i];
        size_t which = 0;
        while (which < 4 && !span_equals(param->name, names[which])) which++;
        if (which == 4) {
            found |= faults->unknown;
            continue;
        }
        if (seen[which]) {
            found |= faults->repeated;
            continue;
        }
        seen[which] = true;
        switch (which) {
        case 0:
            found |=
                read_flag_param(&params->server_no_context_takeover, param, faults->server_takeover_value);
            break;
        case 1:
            found |=
                read_flag_param(&params->client_no_context_takeover, param, faults->client_takeover_value);
            break;
        case 2:
            found |= read_bits_param(&params->has_server_max_window_bits, &params->server_max_window_bits,
                                     param, &faults->server_bits);
            break;
        default:
            found |= read_bits_param(&params->has_client_max_window_bits, &params->client_max_window_bits,
                                     param, &faults->client_bits);
        }
    }
    return found;
}

wsc_deflate_faults wsc_deflate_offer_read(wsc_deflate_params *params, const wsc_extension *element) {
    return read_element(params, element, &offer_faults);
}

wsc_deflate_faults wsc_deflate_response_read(wsc_deflate_params *params, const wsc_extension *element) {
    return read_element(params, element, &response_faults);
}

/* The next element of a list that is permessage-deflate. */
static bool next_element(wsc_list *list, wsc_extension *element) {
    while (wsc_list_extension(list, element)) {
        if (span_equals(element->name, WSC_DEFLATE_NAME)) return true;
    }
    return false;
}

size_t wsc_deflate_element_write(char *dst, size_t cap, const wsc_deflate_params *params) {
    char server_bits[40] = "", client_bits[40] = "";
    if (params->has_server_max_window_bits) {
        (void)snprintf(server_bits, sizeof server_bits, "; server_max_window_bits=%u",
                       params->server_max_window_bits);
    }
    if (params->has_client_max_window_bits) {
        /* Without a value it is a mere statement of support (7.1.2.2). */
        if (params->client_max_window_bits == 0)
            (void)snprintf(client_bits, sizeof client_bits, "; client_max_window_bits");
        else
            (void)snprintf(client_bits, sizeof client_bits, "; client_max_window_bits=%u",
                           params->client_max_window_bits);
    }
    int len = snprintf(dst, cap, "%s%s%s%s%s", WSC_DEFLATE_NAME,
                       params->server_no_context_takeover ? "; server_no_context_takeover" : "",
                       params->client_no_context_takeover ? "; client_no_context_takeover" : "", server_bits,
                       client_bits);
    return len > 0 && (size_t)len < cap ? (size_t)len : 0;
}

/* ---- The server ---- */

void wsc_deflate_offers_read(wsc_deflate_offers *offers, const wsc_http *http) {
    wsc_list list;
    wsc_extension element;
    offers->num_offers = 0;
    wsc_list_init(&list, http, EXTENSIONS_FIELD);
    while (offers->num_offers < WSC_DEFLATE_OFFERS_MAX && next_element(&list, &element)) {
        size_t n = offers->num_offers++;
        offers->faults[n] = wsc_deflate_offer_read(&offers->offers[n], &element);
    }
}

/* The response to one offer; false if the policy declines it. */
static bool answer_offer(wsc_deflate_params *params, const wsc_deflate_policy *policy,
                         const wsc_deflate_params *offer) {
    uint8_t own = policy->server_max_window_bits != 0 ? policy->server_max_window_bits : WSC_WINDOW_BITS_MAX;
    uint8_t peer = policy->client_max_window_bits != 0 ? policy->client_max_window_bits : WSC_WINDOW_BITS_MAX;
    bool limit_peer = peer < WSC_WINDOW_BITS_MAX;
    if (offer->has_server_max_window_bits) {
        if (offer->server_max_window_bits < policy->min_window_bits) return false;
        if (offer->server_max_window_bits < own) own = offer->server_max_window_bits;
    }
    if (!offer->has_client_max_window_bits) {
        if (policy->client_max_window_bits_required) return false;
        limit_peer = false;
    } else if (offer->client_max_window_bits != 0) {
        if (offer->client_max_window_bits < peer) peer = offer->client_max_window_bits;
        if (policy->follow_hints) limit_peer = true;
    }
    *params = (wsc_deflate_params){
        .server_no_context_takeover = offer->server_no_context_takeover || policy->server_no_context_takeover,
        .client_no_context_takeover =
            policy->client_no_context_takeover || (policy->follow_hints && offer->client_no_context_takeover),
        .has_server_max_window_bits = offer->has_server_max_window_bits || own < WSC_WINDOW_BITS_MAX,
        .has_client_max_window_bits = limit_peer,
    };
    if (params->has_server_max_window_bits) params->server_max_window_bits = own;
    if (params->has_client_max_window_bits) params->client_max_window_bits = peer;
    return true;
}

int wsc_deflate_answer(wsc_deflate_params *params, const wsc_deflate_policy *policy,
                       const wsc_deflate_offers *offers) {
    for (size_t i = 0; i < offers->num_offers; i++) {
        if (offers->faults[i] == 0 && answer_offer(params, policy, &offers->offers[i])) return (int)i;
    }
    *params = (wsc_deflate_params){0};
    return -1;
}

/* ---- The client ---- */

wsc_deflate_faults wsc_deflate_response_compare(const wsc_deflate_params *response,
                                                const wsc_deflate_params *offer) {
    wsc_deflate_faults faults = 0;
    if (offer->server_no_context_takeover && !response->server_no_context_takeover)
        faults |= BIT(RESPONSE_SERVER_TAKEOVER_OMITTED);
    if (offer->has_server_max_window_bits) {
        /* 15 bits are what holds without the parameter: nothing is lost where it does not come back. */
        if (!response->has_server_max_window_bits)
            faults |= offer->server_max_window_bits < 15 ? BIT(RESPONSE_SERVER_BITS_OMITTED) : 0;
        else if (response->server_max_window_bits > offer->server_max_window_bits)
            faults |= BIT(RESPONSE_SERVER_BITS_ABOVE_OFFER);
    }
    if (response->has_client_max_window_bits) {
        if (!offer->has_client_max_window_bits)
            faults |= BIT(RESPONSE_CLIENT_BITS_NOT_OFFERED);
        else if (offer->client_max_window_bits != 0 &&
                 response->client_max_window_bits > offer->client_max_window_bits)
            faults |= BIT(RESPONSE_CLIENT_BITS_ABOVE_HINT);
    }
    return faults;
}

/* How bad a set of faults is; what may be tolerated counts least. */
static int badness(wsc_deflate_faults faults) {
    int fatal = __builtin_popcountll(faults & ~WSC_DEFLATE_FAULTS_TOLERATED);
    return 2 * fatal + ((faults & WSC_DEFLATE_FAULTS_TOLERATED) != 0 ? 1 : 0);
}

void wsc_deflate_response_check(wsc_deflate_response *response, const wsc_http *http,
                                const wsc_deflate_params *offers, size_t num_offers) {
    wsc_list list;
    wsc_extension element;
    wsc_deflate_params params;
    *response = (wsc_deflate_response){0};
    wsc_list_init(&list, http, EXTENSIONS_FIELD);
    while (next_element(&list, &element)) {
        wsc_deflate_faults faults = wsc_deflate_response_read(&params, &element);
        if (response->agreed) {
            response->faults |= faults | BIT(RESPONSE_TWICE);
            continue;
        }
        response->agreed = true;
        response->params = params;
        wsc_deflate_faults best = num_offers == 0 ? BIT(RESPONSE_NOT_OFFERED) : 0;
        for (size_t i = 0; i < num_offers; i++) {
            wsc_deflate_faults next = wsc_deflate_response_compare(&params, &offers[i]);
            if (i == 0 || badness(next) < badness(best)) best = next;
        }
        response->faults |= faults | best;
    }
}
