/* SPDX-License-Identifier: MIT */
/* Faults of negotiating permessage-deflate. */
#include "endpoint/faults.h"

#include <stdio.h>
#include <string.h>

#define BIT(symbol) WSC_DEFLATE_FAULT_BIT(WSC_DEFLATE_FAULT_##symbol)

/* ---- Offers that are accepted ------------------------------------------------------------------------- */

static wsc_deflate_faults accepted(ep_fault fault) {
    switch (fault) {
    case EP_DEFLATE_ACCEPTS_UNKNOWN_PARAMETER: return BIT(OFFER_PARAMETER_UNKNOWN);
    case EP_DEFLATE_ACCEPTS_REPEATED_PARAMETER: return BIT(OFFER_PARAMETER_REPEATED);
    case EP_DEFLATE_ACCEPTS_BITS_OUT_OF_RANGE:
        return BIT(OFFER_SERVER_BITS_RANGE) | BIT(OFFER_CLIENT_BITS_RANGE);
    case EP_DEFLATE_ACCEPTS_LEADING_ZERO:
        return BIT(OFFER_SERVER_BITS_LEADING_ZERO) | BIT(OFFER_CLIENT_BITS_LEADING_ZERO);
    case EP_DEFLATE_ACCEPTS_MALFORMED_BITS:
        return BIT(OFFER_SERVER_BITS_MALFORMED) | BIT(OFFER_CLIENT_BITS_MALFORMED);
    case EP_DEFLATE_ACCEPTS_MISSING_BITS: return BIT(OFFER_SERVER_BITS_MISSING);
    case EP_DEFLATE_ACCEPTS_TAKEOVER_VALUE:
        return BIT(OFFER_SERVER_TAKEOVER_VALUE) | BIT(OFFER_CLIENT_TAKEOVER_VALUE);
    default: return 0;
    }
}

void ep_fault_deflate_offers(const endpoint_core *core, wsc_deflate_offers *offers) {
    for (size_t i = 0; i < offers->num_offers; i++) offers->faults[i] &= ~accepted(core->fault);
}

/* ---- Answers ------------------------------------------------------------------------------------------ */

/* Changes what is agreed on, and what is said of it alike. */
static void change_params(endpoint_core *core, const wsc_deflate_params *offer) {
    wsc_deflate_params *params = &core->deflate.params;
    switch (core->fault) {
    case EP_DEFLATE_ANSWERS_CLIENT_BITS_UNASKED:
        if (offer->has_client_max_window_bits) return;
        params->has_client_max_window_bits = true;
        params->client_max_window_bits = WSC_WINDOW_BITS_MAX;
        return;
    case EP_DEFLATE_ANSWERS_OFFER_BACK: *params = *offer; return;
    case EP_DEFLATE_ANSWERS_LARGER_WINDOW:
        if (offer->has_server_max_window_bits) params->server_max_window_bits = WSC_WINDOW_BITS_MAX;
        return;
    case EP_DEFLATE_ANSWERS_WITHOUT_SERVER_BITS:
        params->has_server_max_window_bits = false;
        params->server_max_window_bits = 0;
        return;
    case EP_DEFLATE_ANSWERS_WITHOUT_SERVER_TAKEOVER: params->server_no_context_takeover = false; return;
    default: return;
    }
}

static void append(ep_answer *answer, const char *text) {
    size_t used = strlen(answer->extensions);
    (void)snprintf(answer->extensions + used, sizeof answer->extensions - used, "%s", text);
}

/* Writes what was agreed on in another way. */
static void change_text(const endpoint_core *core, ep_answer *answer) {
    wsc_deflate_params params = core->deflate.params;
    char bits[48];
    switch (core->fault) {
    case EP_DEFLATE_ANSWERS_TAKEOVER_VALUE:
        if (!params.server_no_context_takeover) return;
        params.server_no_context_takeover = false;
        (void)wsc_deflate_element_write(answer->extensions, sizeof answer->extensions, &params);
        append(answer, "; server_no_context_takeover=true");
        return;
    case EP_DEFLATE_ANSWERS_LEADING_ZERO:
        if (!params.has_server_max_window_bits) return;
        (void)snprintf(bits, sizeof bits, "; server_max_window_bits=0%u", params.server_max_window_bits);
        params.has_server_max_window_bits = false;
        (void)wsc_deflate_element_write(answer->extensions, sizeof answer->extensions, &params);
        append(answer, bits);
        return;
    case EP_DEFLATE_ANSWERS_UNKNOWN_PARAMETER: append(answer, "; level=6"); return;
    default: return;
    }
}

void ep_fault_deflate_answer(endpoint_core *core, const wsc_deflate_offers *offers, int chosen,
                             ep_answer *answer) {
    ep_deflate *deflate = &core->deflate;
    if (chosen < 0) {
        if (core->fault != EP_DEFLATE_ANSWERS_UNOFFERED || offers->num_offers > 0) return;
        deflate->agreed = true;
        append(answer, WSC_DEFLATE_NAME);
        return;
    }
    change_params(core, &offers->offers[chosen]);
    (void)wsc_deflate_element_write(answer->extensions, sizeof answer->extensions, &deflate->params);
    change_text(core, answer);
    if (core->fault == EP_DEFLATE_ANSWERS_TWICE && offers->num_offers > 1)
        append(answer, ", " WSC_DEFLATE_NAME);
}

/* ---- What a client offers ----------------------------------------------------------------------------- */

void ep_fault_deflate_offer(const endpoint_core *core, ep_answer *request) {
    static const struct {
        ep_fault fault;
        const char *params;
    } offers[] = {
        {EP_DEFLATE_OFFERS_BITS_OUT_OF_RANGE, "; server_max_window_bits=16"},
        {EP_DEFLATE_OFFERS_LEADING_ZERO, "; client_max_window_bits=09"},
        {EP_DEFLATE_OFFERS_MISSING_BITS, "; server_max_window_bits"},
        {EP_DEFLATE_OFFERS_TAKEOVER_VALUE, "; server_no_context_takeover=1"},
        {EP_DEFLATE_OFFERS_UNKNOWN_PARAMETER, "; client_max_window_bits; level=6"},
        {EP_DEFLATE_OFFERS_REPEATED_PARAMETER, "; client_max_window_bits; client_max_window_bits"},
        {EP_DEFLATE_TAKES_CLIENT_BITS_UNASKED, ""},
        {EP_DEFLATE_TAKES_LARGER_WINDOW, "; client_max_window_bits; server_max_window_bits=10"},
        {EP_DEFLATE_TAKES_SERVER_TAKEOVER, "; client_max_window_bits; server_no_context_takeover"},
    };
    if (request->extensions[0] == '\0') return;
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        if (offers[i].fault != core->fault) continue;
        (void)snprintf(request->extensions, sizeof request->extensions, WSC_DEFLATE_NAME "%s",
                       offers[i].params);
    }
}

/* ---- What a client takes ------------------------------------------------------------------------------ */

static wsc_deflate_faults taken(ep_fault fault) {
    switch (fault) {
    case EP_DEFLATE_TAKES_UNKNOWN_PARAMETER: return BIT(RESPONSE_PARAMETER_UNKNOWN);
    case EP_DEFLATE_TAKES_REPEATED_PARAMETER: return BIT(RESPONSE_PARAMETER_REPEATED);
    case EP_DEFLATE_TAKES_BITS_OUT_OF_RANGE:
        return BIT(RESPONSE_SERVER_BITS_RANGE) | BIT(RESPONSE_CLIENT_BITS_RANGE);
    case EP_DEFLATE_TAKES_LEADING_ZERO:
        return BIT(RESPONSE_SERVER_BITS_LEADING_ZERO) | BIT(RESPONSE_CLIENT_BITS_LEADING_ZERO);
    case EP_DEFLATE_TAKES_MALFORMED_BITS:
        return BIT(RESPONSE_SERVER_BITS_MALFORMED) | BIT(RESPONSE_CLIENT_BITS_MALFORMED);
    case EP_DEFLATE_TAKES_MISSING_BITS:
        return BIT(RESPONSE_SERVER_BITS_MISSING) | BIT(RESPONSE_CLIENT_BITS_MISSING);
    case EP_DEFLATE_TAKES_TAKEOVER_VALUE:
        return BIT(RESPONSE_SERVER_TAKEOVER_VALUE) | BIT(RESPONSE_CLIENT_TAKEOVER_VALUE);
    case EP_DEFLATE_TAKES_TWO_ANSWERS: return BIT(RESPONSE_TWICE);
    default: return 0;
    }
}

/* How the answer compares with what the fault made of the offer. */
static wsc_deflate_faults compared(ep_fault fault, const wsc_deflate_params *params) {
    wsc_deflate_params offer = {.has_client_max_window_bits = true};
    switch (fault) {
    case EP_DEFLATE_OFFERS_LEADING_ZERO: offer.client_max_window_bits = 9; break;
    case EP_DEFLATE_OFFERS_BITS_OUT_OF_RANGE:
    case EP_DEFLATE_OFFERS_MISSING_BITS:
    case EP_DEFLATE_OFFERS_TAKEOVER_VALUE: offer.has_client_max_window_bits = false; break;
    default: break;
    }
    return wsc_deflate_response_compare(params, &offer) & ~WSC_DEFLATE_FAULTS_TOLERATED;
}

wsc_deflate_faults ep_fault_deflate_response(const endpoint_core *core, const wsc_deflate_response *response,
                                             wsc_deflate_faults faults) {
    const wsc_deflate_params *params = &response->params;
    switch (core->fault) {
    case EP_DEFLATE_REFUSES_CLIENT_TAKEOVER:
        return params->client_no_context_takeover ? BIT(RESPONSE_TWICE) : faults;
    case EP_DEFLATE_REFUSES_SERVER_BITS:
        return params->has_server_max_window_bits ? BIT(RESPONSE_TWICE) : faults;
    case EP_DEFLATE_OFFERS_LEADING_ZERO:
    case EP_DEFLATE_OFFERS_BITS_OUT_OF_RANGE:
    case EP_DEFLATE_OFFERS_MISSING_BITS:
    case EP_DEFLATE_OFFERS_TAKEOVER_VALUE:
        return response->agreed ? faults | compared(core->fault, params) : faults;
    default: return faults & ~taken(core->fault);
    }
}
