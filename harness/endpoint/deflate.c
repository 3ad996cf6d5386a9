/* SPDX-License-Identifier: MIT */
/* permessage-deflate (RFC 7692) of both roles: what is offered and answered, and messages that are
 * compressed. */
#include "endpoint/faults.h"

#include <stdlib.h>
#include <string.h>

static const char field[] = "Sec-WebSocket-Extensions";

/* What a client offers unless told otherwise: as browsers do. */
static const wsc_deflate_params usual_offer = {.has_client_max_window_bits = true};

static bool bent(const endpoint_core *core) {
    return core->fault != EP_NONE;
}

/* ---- Negotiation -------------------------------------------------------------------------------------- */

void ep_deflate_answer(endpoint_core *core, ep_answer *answer) {
    ep_deflate *deflate = &core->deflate;
    wsc_deflate_offers offers;
    if (core->config.deflate.off) return;
    wsc_deflate_offers_read(&offers, &core->head->http);
    if (bent(core)) ep_fault_deflate_offers(core, &offers);
    int chosen = wsc_deflate_answer(&deflate->params, &core->config.deflate.policy, &offers);
    deflate->agreed = chosen >= 0;
    if (deflate->agreed)
        (void)wsc_deflate_element_write(answer->extensions, sizeof answer->extensions, &deflate->params);
    if (bent(core)) ep_fault_deflate_answer(core, &offers, chosen, answer);
    if (answer->extensions[0] != '\0') ep_answer_add(answer, field, answer->extensions);
}

/* The offers of a client. */
static const wsc_deflate_params *own_offers(const endpoint_core *core, size_t *num) {
    const endpoint_deflate *config = &core->config.deflate;
    *num = config->off ? 0 : config->offers != NULL ? config->num_offers : 1;
    return config->offers != NULL ? config->offers : &usual_offer;
}

bool ep_deflate_offered(const endpoint_core *core) {
    size_t num;
    (void)own_offers(core, &num);
    return num > 0;
}

void ep_deflate_offer(endpoint_core *core, ep_answer *request) {
    size_t num, used = 0;
    const wsc_deflate_params *offers = own_offers(core, &num);
    char *text = request->extensions;
    for (size_t i = 0; i < num; i++) {
        size_t gap = i > 0 ? 2 : 0, left = sizeof request->extensions - used;
        if (left <= gap) break;
        size_t len = wsc_deflate_element_write(text + used + gap, left - gap, &offers[i]);
        if (len == 0) {
            text[used] = '\0';
            break;
        }
        if (gap > 0) memcpy(text + used, ", ", gap);
        used += gap + len;
    }
    if (bent(core)) ep_fault_deflate_offer(core, request);
    if (text[0] != '\0') ep_answer_add(request, field, text);
}

bool ep_deflate_judge(endpoint_core *core) {
    wsc_deflate_response response;
    size_t num;
    const wsc_deflate_params *offers = own_offers(core, &num);
    wsc_deflate_response_check(&response, &core->head->http, offers, num);
    wsc_deflate_faults faults = response.faults & ~WSC_DEFLATE_FAULTS_TOLERATED;
    if (bent(core)) faults = ep_fault_deflate_response(core, &response, faults);
    core->deflate.agreed = response.agreed && num > 0;
    core->deflate.params = response.params;
    return faults == 0 || num == 0;
}

/* ---- Messages of the peer ----------------------------------------------------------------------------- */

static wsc_role peer_role(const endpoint_core *core) {
    return ep_is_client(core) ? WSC_SERVER : WSC_CLIENT;
}

static wsc_role own_role(const endpoint_core *core) {
    return ep_is_client(core) ? WSC_CLIENT : WSC_SERVER;
}

bool ep_deflate_open(endpoint_core *core, wsc_session_config *session) {
    ep_deflate *deflate = &core->deflate;
    const wsc_deflate_params *params = &deflate->params;
    wsc_inspector_config config = {
        .sender = peer_role(core),
        .window_bits = (uint8_t)wsc_deflate_window_bits(params, peer_role(core)),
        .no_context_takeover = !wsc_deflate_takeover(params, peer_role(core)),
        .strict = true,
        .max_message = session->max_message,
    };
    bool wanted = deflate->agreed;
    if (bent(core)) wanted = ep_fault_deflate_open(core, &config) || wanted;
    if (!wanted) return true;
    if (deflate->inspector == NULL) deflate->inspector = malloc(sizeof *deflate->inspector);
    if (deflate->inspector == NULL) return false;
    wsc_inspector_init(deflate->inspector, &config);
    session->inspector = deflate->inspector;
    return true;
}

/* ---- Own messages ------------------------------------------------------------------------------------- */

static bool deflater_open(endpoint_core *core) {
    ep_deflate *deflate = &core->deflate;
    const wsc_deflate_params *params = &deflate->params;
    if (deflate->deflater != NULL) return true;
    wsc_deflater_config config = {
        .window_bits = (uint8_t)wsc_deflate_window_bits(params, own_role(core)),
        .no_context_takeover = !wsc_deflate_takeover(params, own_role(core)),
        .level = 1,
        .out_len = 16384,
    };
    if (bent(core)) ep_fault_deflate_deflater(core, &config);
    size_t size = wsc_deflater_size(&config);
    deflate->memory = malloc(size);
    if (deflate->memory == NULL) return false;
    deflate->deflater = wsc_deflater_init(deflate->memory, size, &config);
    return deflate->deflater != NULL;
}

bool ep_deflate_pack(endpoint_core *core, const uint8_t *data, size_t len, wsc_flush flush) {
    static const uint8_t headroom[EP_HEADROOM] = {0};
    ep_buffer *packed = &core->deflate.packed;
    wsc_octets out;
    packed->len = 0;
    if (!deflater_open(core) || !ep_buffer_append(packed, headroom, sizeof headroom)) return false;
    do {
        size_t used = wsc_deflater_push(core->deflate.deflater, data, len, flush, &out);
        data += used;
        len -= used;
        if (!ep_buffer_append(packed, out.data, out.len)) return false;
    } while (out.len > 0);
    return true;
}

void ep_send_message(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len) {
    ep_buffer *packed = &core->deflate.packed;
    if (ep_fault_deflate_send(core, opcode, data, len)) return;
    if (!core->deflate.compressed) {
        ep_send_frame(core, opcode, data, len);
        return;
    }
    if (!ep_deflate_pack(core, data, len, WSC_FLUSH_MESSAGE)) {
        core->broken = true;
        return;
    }
    ep_fault_deflate_packed(core);
    ep_send_data_frame(core, opcode, true, packed->data + EP_HEADROOM, packed->len - EP_HEADROOM);
}

void ep_deflate_free(endpoint_core *core) {
    free(core->deflate.inspector);
    free(core->deflate.memory);
    ep_buffer_free(&core->deflate.packed);
}
