/* SPDX-License-Identifier: MIT */
#include "script/effort.h"

#define HOUR_MS 3600000u

typedef struct effort {
    uint64_t octets, segments;
    uint64_t frames;     /* the most that one step sends */
    uint64_t all_frames; /* of all steps */
} effort;

static uint64_t add(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t multiply(uint64_t a, uint64_t b) {
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Payload of a step and the writes that it asks for, without those that only its size asks for. */
static effort step_effort(const case_step *step, bool full) {
    effort sum = {.segments = 1};
    switch (step->kind) {
    case STEP_RAW: sum.octets = step->raw.total; break;
    case STEP_MESSAGE:
        sum.octets = step->message.payload.total;
        sum.frames = case_num_fragments(&step->message.fragments, sum.octets);
        sum.all_frames = sum.frames;
        sum.segments = add(1, sum.frames);
        break;
    case STEP_MESSAGES: {
        uint64_t count = full ? step->message.count : step->message.quick;
        sum.octets = multiply(step->message.each, count);
        sum.all_frames = multiply(case_num_fragments(&step->message.fragments, step->message.each), count);
        sum.segments = add(1, count);
        break;
    }
    case STEP_SEND:
        sum.all_frames = step->send.num_frames;
        for (size_t i = 0; i < step->send.num_frames; i++)
            sum.octets = add(sum.octets, step->send.frames[i].payload.total);
        break;
    default: break;
    }
    if (step->every) sum.segments = add(sum.segments, sum.octets / step->every);
    return sum;
}

/* The loader bounds how deep repetitions are nested. */
static effort steps_effort(const case_step *steps, size_t num, bool full) {
    effort sum = {0};
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        bool again = step->kind == STEP_REPEAT;
        uint64_t times = again ? step->repeat.times : 1;
        effort one =
            again ? steps_effort(step->repeat.steps, step->repeat.num_steps, full) : step_effort(step, full);
        sum.octets = add(sum.octets, multiply(one.octets, times));
        sum.segments = add(sum.segments, multiply(one.segments, times));
        sum.all_frames = add(sum.all_frames, multiply(one.all_frames, times));
        if (one.frames > sum.frames) sum.frames = one.frames;
    }
    return sum;
}

static unsigned longer(unsigned ms, uint64_t by_ms) {
    return ms + (unsigned)(by_ms < HOUR_MS ? by_ms : HOUR_MS);
}

unsigned effort_patience_ms(unsigned timeout_ms, const test_case *test) {
    /* The largest message may be one that is only announced. */
    effort all = steps_effort(test->steps, test->num_steps, true);
    uint64_t octets = all.octets < test->largest ? all.octets : test->largest;
    /* A message of one frame is what its octets are. */
    return longer(timeout_ms, add(octets >> 10, all.frames > 1 ? all.frames : 0));
}

unsigned effort_bound_ms(unsigned case_ms, const test_case *test) {
    effort all = steps_effort(test->steps, test->num_steps, true);
    return longer(case_ms, multiply(add(all.segments, all.octets >> 10), 4));
}

uint64_t effort_work(const test_case *test, bool full) {
    effort all = steps_effort(test->steps, test->num_steps, full);
    return add(all.octets >> 10, all.all_frames);
}
