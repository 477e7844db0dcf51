#ifndef ROUNDING_CHECK_H
#define ROUNDING_CHECK_H

#include <stdint.h>

// How many of all 2^32 floats clanes_narrow does not round by the rule; `first` receives the bits of one of them.
uint64_t rounding_check(uint32_t *first);

#endif
