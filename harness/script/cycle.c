/* SPDX-License-Identifier: MIT */
#include "script/cycle.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Octets of content in a round, so that what is kept is bounded. */
#define ROUND_MAX ((uint64_t)1 << 20)

typedef struct kept {
    uint8_t *data;
    size_t len;
    obs_message message;
} kept;

struct emit_cycle {
    const case_message *message;
    uint64_t round; /* messages in one */
    kept *kept;
};

bool emit_cycle_pays(const case_message *message, uint64_t count) {
    return message->payload.total <= ROUND_MAX && count > 2 * (message->payload.total / message->each);
}

emit_cycle *emit_cycle_new(const case_message *message) {
    emit_cycle *cycle = calloc(1, sizeof *cycle);
    if (!cycle) abort();
    *cycle = (emit_cycle){.message = message, .round = message->payload.total / message->each};
    cycle->kept = calloc((size_t)cycle->round, sizeof *cycle->kept);
    if (!cycle->kept) abort();
    return cycle;
}

static void message_describe(obs_message *result, const case_message *message, uint64_t nth) {
    uint8_t part[4096];
    uint64_t base = nth * message->each;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    *result = (obs_message){.opcode = message->opcode, .len = message->each};
    if (!digest || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) abort();
    for (uint64_t at = 0; at < message->each;) {
        uint64_t left = message->each - at;
        size_t n = left < sizeof part ? (size_t)left : sizeof part;
        payload_read(&message->payload, base + at, part, n);
        if (at == 0) memcpy(result->start, part, n < sizeof result->start ? n : sizeof result->start);
        if (EVP_DigestUpdate(digest, part, n) != 1) abort();
        at += n;
    }
    if (EVP_DigestFinal_ex(digest, result->digest, NULL) != 1) abort();
    EVP_MD_CTX_free(digest);
}

void emit_cycle_put(emit_cycle *cycle, uint64_t nth, const octets *packed) {
    if (nth < cycle->round || nth >= 2 * cycle->round) return;
    kept *one = &cycle->kept[nth - cycle->round];
    one->data = malloc(packed->len ? packed->len : 1);
    if (!one->data) abort();
    memcpy(one->data, packed->data, packed->len);
    one->len = packed->len;
    message_describe(&one->message, cycle->message, nth - cycle->round);
}

bool emit_cycle_get(emit_cycle *cycle, uint64_t nth, uint64_t offset, octets *packed, observation *o) {
    if (nth < 2 * cycle->round) return false;
    const kept *one = &cycle->kept[nth % cycle->round];
    packed->len = 0;
    octets_add(packed, one->data, one->len);
    observe_known(o, offset, &one->message);
    return true;
}

void emit_cycle_free(emit_cycle *cycle) {
    if (!cycle) return;
    for (uint64_t i = 0; i < cycle->round; i++) free(cycle->kept[i].data);
    free(cycle->kept);
    free(cycle);
}
