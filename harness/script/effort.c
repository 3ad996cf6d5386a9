/* SPDX-License-Identifier: MIT */
#include "script/effort.h"

#include <stdlib.h>

#define HOUR_MS 3600000u

typedef struct effort {
    uint64_t octets, segments;
    uint64_t frames; /* the most that one step sends */
} effort;

static uint64_t add(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t multiply(uint64_t a, uint64_t b) {
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Payload of a step and the writes that it asks for, without those that only its size asks for. */
static effort step_effort(const case_step *step) {
    effort sum = {0, 1, 0};
    switch (step->kind) {
    case STEP_RAW: sum.octets = step->raw.total; break;
    case STEP_MESSAGE:
        sum.octets = step->message.payload.total;
        sum.frames = case_num_fragments(&step->message.fragments, sum.octets);
        sum.segments = add(1, sum.frames);
        break;
    case STEP_MESSAGES:
        sum.octets = multiply(step->message.each, step->message.count);
        sum.segments = add(1, step->message.count);
        break;
    case STEP_SEND:
        for (size_t i = 0; i < step->send.num_frames; i++)
            sum.octets = add(sum.octets, step->send.frames[i].payload.total);
        break;
    default: break;
    }
    if (step->every) sum.segments = add(sum.segments, sum.octets / step->every);
    return sum;
}

/* The loader bounds how deep repetitions are nested. */
static effort steps_effort(const case_step *steps, size_t num) {
    effort sum = {0, 0, 0};
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        bool again = step->kind == STEP_REPEAT;
        uint64_t times = again ? step->repeat.times : 1;
        effort one = again ? steps_effort(step->repeat.steps, step->repeat.num_steps) : step_effort(step);
        sum.octets = add(sum.octets, multiply(one.octets, times));
        sum.segments = add(sum.segments, multiply(one.segments, times));
        if (one.frames > sum.frames) sum.frames = one.frames;
    }
    return sum;
}

static unsigned longer(unsigned ms, uint64_t by_ms) {
    return ms + (unsigned)(by_ms < HOUR_MS ? by_ms : HOUR_MS);
}

unsigned effort_patience_ms(unsigned timeout_ms, const test_case *test) {
    /* The largest message may be one that is only announced. */
    effort all = steps_effort(test->steps, test->num_steps);
    uint64_t octets = all.octets < test->largest ? all.octets : test->largest;
    /* A message of one frame is what its octets are. */
    return longer(timeout_ms, add(octets >> 10, all.frames > 1 ? all.frames : 0));
}

unsigned effort_bound_ms(unsigned case_ms, const test_case *test) {
    effort all = steps_effort(test->steps, test->num_steps);
    return longer(case_ms, multiply(add(all.segments, all.octets >> 10), 4));
}

/* ---- Work ---------------------------------------------------------------------------------------------- */

/* About how many octets a message has on the wire: what the compression makes of a sample of its payload is
   taken for what it makes of all. */
static uint64_t wire_octets(const case_message *message, uint64_t total) {
    enum { SAMPLE = 4096 };
    if (!message->compress.on) return total;
    uint8_t sample[SAMPLE], small[SAMPLE];
    size_t len = message->payload.total < SAMPLE ? (size_t)message->payload.total : SAMPLE;
    const wsc_deflater_config config = {.level = 1, .mem_level = 1};
    size_t size = wsc_deflater_size(&config);
    void *memory = len > 0 ? malloc(size) : NULL;
    wsc_deflater *deflater = memory ? wsc_deflater_init(memory, size, &config) : NULL;
    size_t made = 0;
    if (deflater) {
        payload_read(&message->payload, 0, sample, len);
        made = wsc_deflater_message(deflater, sample, len, small, sizeof small);
    }
    free(memory);
    return made ? multiply(total / len + 1, made) : total;
}

static uint64_t message_work(const case_message *message, uint64_t total) {
    return add(total >> 10, case_num_fragments(&message->fragments, wire_octets(message, total)));
}

static uint64_t steps_work(const case_step *steps, size_t num, bool full) {
    uint64_t sum = 0;
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        const case_message *message = &step->message;
        uint64_t one = 0, times = 1;
        switch (step->kind) {
        case STEP_REPEAT:
            one = steps_work(step->repeat.steps, step->repeat.num_steps, full);
            times = step->repeat.times;
            break;
        case STEP_MESSAGE: one = message_work(message, message->payload.total); break;
        case STEP_MESSAGES:
            one = message_work(message, message->each);
            times = full ? message->count : message->quick;
            break;
        case STEP_SEND: one = add(step_effort(step).octets >> 10, step->send.num_frames); break;
        default: one = step_effort(step).octets >> 10;
        }
        sum = add(sum, multiply(one, times));
    }
    return sum;
}

uint64_t effort_work(const test_case *test, bool full) {
    return steps_work(test->steps, test->num_steps, full);
}
