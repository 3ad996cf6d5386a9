/* SPDX-License-Identifier: MIT */
/* A whole connection: what a client sent, a request and frames, and behind it what a server sent, a response
   and frames. Each side reads the other's head, agrees on permessage-deflate or not, and goes on with a
   session where the head ended. Frames are looked at only if the handshake was accepted; what is agreed on is
   what both heads say; a session says what session_model.c says of the octets behind the head; nothing
   depends on how either direction was cut; what a server answers to the request is accepted by whoever sent
   it.

   The last two octets say how many octets the client sent, modulo the size and one. */
#include "heads.h"
#include "session_model.h"

#define FIELDS_MAX  40
#define MESSAGE_MAX 5000 /* what is compressed is short enough to hold very much */

/* One direction of a connection, and what its reader makes of it. */
typedef struct direction {
    const uint8_t *data;
    size_t size;
    head head;
    bool open;    /* the head was accepted, by this reader and, of a response, by the request's */
    bool deflate; /* permessage-deflate was agreed on */
    wsc_deflate_params params;    /* as it was agreed on */
    wsc_inspector_config inspect; /* if deflate */
} direction;

static bool accepted(wsc_http_faults faults) {
    return (faults & ~WSC_HTTP_FAULTS_TOLERATED) == 0;
}

static void direction_agree(direction *d, wsc_role sender, const wsc_deflate_params *params) {
    d->deflate = true;
    d->params = *params;
    d->inspect = (wsc_inspector_config){.sender = sender,
                                        .no_context_takeover = !wsc_deflate_takeover(params, sender),
                                        .window_bits = (uint8_t)wsc_deflate_window_bits(params, sender),
                                        .max_message = MESSAGE_MAX};
}

/* ---- Heads ---- */

static void read_request(direction *up, wsc_request *request, wsc_deflate_offers *offers, fuzz_way way) {
    up->head = head_read(WSC_HTTP_REQUEST, up->data, up->size, way, (head_bounds){up->size, FIELDS_MAX});
    wsc_request_check(request, &up->head.http);
    up->open = up->head.status == WSC_HTTP_DONE && accepted(request->faults);
    *offers = (wsc_deflate_offers){0};
    if (!up->open) return;
    wsc_deflate_offers_read(offers, &up->head.http);
    wsc_deflate_params params;
    int chosen = wsc_deflate_answer(&params, &(wsc_deflate_policy){0}, offers);
    if (chosen >= 0) {
        ORACLE(offers->faults[chosen] == 0, "connection-offer");
        direction_agree(up, WSC_CLIENT, &params);
    }
}

/* The offers of the request that a client of ours could have made: those without fault. */
static size_t own_offers(const wsc_deflate_offers *offers, wsc_deflate_params *own) {
    size_t num = 0;
    for (size_t i = 0; i < offers->num_offers; i++) {
        if (offers->faults[i] == 0) own[num++] = offers->offers[i];
    }
    return num;
}

static bool response_good(const head *h, const wsc_request *request, const wsc_deflate_offers *offers,
                          wsc_deflate_response *deflate) {
    static const wsc_span extension = {"permessage-deflate", 18};
    wsc_deflate_params own[WSC_DEFLATE_OFFERS_MAX];
    size_t num_own = own_offers(offers, own);
    const wsc_offer offer = {.key = request->key, .extensions = &extension, .num_extensions = num_own > 0};
    wsc_response response;
    wsc_response_check(&response, &h->http, &offer);
    *deflate = (wsc_deflate_response){0};
    if (h->status != WSC_HTTP_DONE || !accepted(response.faults)) return false;
    wsc_deflate_response_check(deflate, &h->http, own, num_own);
    return (deflate->faults & ~WSC_DEFLATE_FAULTS_TOLERATED) == 0;
}

static void read_response(direction *down, const direction *up, const wsc_request *request,
                          const wsc_deflate_offers *offers, fuzz_way way) {
    wsc_deflate_response deflate;
    down->head =
        head_read(WSC_HTTP_RESPONSE, down->data, down->size, way, (head_bounds){down->size, FIELDS_MAX});
    down->open = up->open && response_good(&down->head, request, offers, &deflate);
    if (down->open && deflate.agreed) direction_agree(down, WSC_SERVER, &deflate.params);
}

/* What a server of ours answers to the request is accepted, and means what it meant. */
static void check_answer(const direction *up, const wsc_request *request, const wsc_deflate_offers *offers) {
    char accept[WSC_ACCEPT_LEN + 1], element[WSC_DEFLATE_ELEMENT_MAX] = "", text[400];
    if (!up->open) return;
    wsc_accept_encode(accept, request->key);
    if (up->deflate)
        ORACLE(wsc_deflate_element_write(element, sizeof element, &up->params) > 0, "connection-answer");
    int len =
        snprintf(text, sizeof text,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                 accept, up->deflate ? "Sec-WebSocket-Extensions: " : "", element, up->deflate ? "\r\n" : "");
    ORACLE(len > 0 && (size_t)len < sizeof text, "connection-answer");
    head h = head_read(WSC_HTTP_RESPONSE, (const uint8_t *)text, (size_t)len, FUZZ_WHOLE,
                       (head_bounds){(size_t)len, 4});
    wsc_deflate_response deflate;
    ORACLE(response_good(&h, request, offers, &deflate), "connection-answer");
    ORACLE(deflate.agreed == up->deflate, "connection-answer");
    if (up->deflate) {
        for (wsc_role role = WSC_CLIENT; role <= WSC_SERVER; role++) {
            ORACLE(wsc_deflate_window_bits(&deflate.params, role) ==
                       wsc_deflate_window_bits(&up->params, role),
                   "connection-agreement");
            ORACLE(wsc_deflate_takeover(&deflate.params, role) == wsc_deflate_takeover(&up->params, role),
                   "connection-agreement");
        }
    }
    head_free(&h);
}

/* ---- Frames ---- */

/* Reads what is behind the head, as the peer of `sender` does. */
static void read_frames(const direction *d, wsc_role sender, fuzz_way way, fuzz_trace *trace) {
    const uint8_t *data = d->data + d->head.consumed;
    size_t size = d->size - d->head.consumed;
    uint8_t scratch[64];
    wsc_inspector *inspector = d->deflate ? fuzz_alloc(sizeof *inspector) : NULL;
    wsc_session session;
    const wsc_session_config config = {.role = sender == WSC_CLIENT ? WSC_SERVER : WSC_CLIENT,
                                       .max_message = MESSAGE_MAX,
                                       .scratch = scratch,
                                       .scratch_len = sizeof scratch,
                                       .inspector = inspector};
    if (inspector != NULL) wsc_inspector_init(inspector, &d->inspect);
    wsc_session_init(&session, &config);
    fuzz_cuts cuts = fuzz_cuts_make(way, data, size);
    wsc_session_event event = {.type = WSC_SESSION_MORE};
    for (size_t pos = 0; pos < size && event.type != WSC_SESSION_FAIL;) {
        size_t len = fuzz_piece(&cuts, size - pos), used = 0;
        const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, len);
        do {
            used += wsc_session_push(&session, piece + used, len - used, &event);
            ORACLE(used <= len, "connection-consumed");
            session_trace(trace, &event);
        } while (event.type != WSC_SESSION_MORE && event.type != WSC_SESSION_FAIL);
        fuzz_piece_close(&cuts);
        pos += len;
    }
    if (event.type != WSC_SESSION_FAIL) {
        wsc_session_eof(&session, &event);
        trace_event(trace, 'f', event.fault);
    }
    free(inspector);
}

static void check_frames(const direction *d, wsc_role sender, fuzz_way way) {
    fuzz_trace said = {.data = NULL}, expected = {.data = NULL};
    size_t consumed;
    session_rules rules = {.role = sender == WSC_CLIENT ? WSC_SERVER : WSC_CLIENT,
                           .max_message = MESSAGE_MAX,
                           .inspector = d->deflate ? fuzz_alloc(sizeof *rules.inspector) : NULL};
    if (d->deflate) wsc_inspector_init(rules.inspector, &d->inspect);
    session_model(&expected, d->data + d->head.consumed, d->size - d->head.consumed, &rules, &consumed);
    read_frames(d, sender, way, &said);
    ORACLE(trace_equal(&said, &expected), "connection-frames");
    trace_clear(&said);
    trace_clear(&expected);
    free(rules.inspector);
}

/* ---- Both directions ---- */

static void check_same(const direction *a, const direction *b) {
    ORACLE(a->open == b->open && a->deflate == b->deflate, "connection-cuts");
    ORACLE(!a->open || a->head.consumed == b->head.consumed, "connection-cuts");
    ORACLE(!a->deflate || (a->inspect.window_bits == b->inspect.window_bits &&
                           a->inspect.no_context_takeover == b->inspect.no_context_takeover),
           "connection-cuts");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > FUZZ_MAX) return 0;
    size -= 2;
    size_t sent = ((size_t)data[size] << 8 | data[size + 1]) % (size + 1);
    direction ups[3], downs[3];
    for (int way = FUZZ_WHOLE; way <= FUZZ_RANDOM; way++) {
        direction *up = &ups[way], *down = &downs[way];
        wsc_request request;
        wsc_deflate_offers offers;
        *up = (direction){.data = data, .size = sent};
        *down = (direction){.data = data + sent, .size = size - sent};
        read_request(up, &request, &offers, (fuzz_way)way);
        read_response(down, up, &request, &offers, (fuzz_way)way);
        check_answer(up, &request, &offers);
        check_same(&ups[FUZZ_WHOLE], up);
        check_same(&downs[FUZZ_WHOLE], down);
        if (up->open) check_frames(up, WSC_CLIENT, (fuzz_way)way);
        if (down->open) check_frames(down, WSC_SERVER, (fuzz_way)way);
    }
    for (int way = FUZZ_WHOLE; way <= FUZZ_RANDOM; way++) {
        head_free(&ups[way].head);
        head_free(&downs[way].head);
    }
    return 0;
}
