/* SPDX-License-Identifier: MIT */
/* Mutation of inputs that are frames, or heads: the steps of an engine's mutator know what a frame or a line
 * is. */
#ifndef MUTATOR_H
#define MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes the `size` octets of data in one to six steps; the result has at most max_size octets, and its size
   is returned. What is no frame is kept as it is. The same seed gives the same result. If has_option, the
   last octet are options of the entry point and not part of a frame. */
size_t mutate_frames(uint8_t *data, size_t size, size_t max_size, uint64_t seed, int has_option);
/* Some frames of one input and then some of another, written to out. Returns the size. */
size_t cross_frames(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                    uint8_t *out, size_t max_size, uint64_t seed, int has_option);

/* The same of inputs that are heads of HTTP messages, one behind the other: lines come, go, change places and
   values. num_options: octets of options behind them, at most 2; two are how many octets come before the
   second side's, and go with the size. */
size_t mutate_heads(uint8_t *data, size_t size, size_t max_size, uint64_t seed, size_t num_options);

#endif
