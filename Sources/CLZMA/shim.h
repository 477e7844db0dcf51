#ifndef CLZMA_SHIM_H
#define CLZMA_SHIM_H

#include <lzma.h>

// The flag is a cast, which Swift cannot import.
static inline uint32_t clzma_concatenated(void) { return LZMA_CONCATENATED; }

#endif
