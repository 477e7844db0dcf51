#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H

#include <dnnl.h>

// The threads of oneDNN are OpenMP's. Declared here because clang does not ship GCC's omp.h.
extern void omp_set_num_threads(int threads);

#endif
