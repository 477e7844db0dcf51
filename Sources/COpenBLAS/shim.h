#ifndef COPENBLAS_SHIM_H
#define COPENBLAS_SHIM_H

#include <cblas.h>
#include <stddef.h>

// The library's own allocator of work buffers. It is exported but stands in no header, so a build
// without it has to link too.
extern void *blas_memory_alloc(int kind) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

// A buffer that stays with the library when it is given back, or NULL where it has no such function.
static inline void *copenblas_take_buffer(void) {
  return blas_memory_alloc && blas_memory_free ? blas_memory_alloc(0) : NULL;
}

static inline void copenblas_give_back(void *buffer) {
  if (buffer) blas_memory_free(buffer);
}

#endif
