#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <mpi.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Open MPI defines these as casts of the addresses of structures, which Swift cannot import. */
static inline MPI_Comm cmpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Op cmpi_max(void) { return MPI_MAX; }
static inline MPI_Op cmpi_min(void) { return MPI_MIN; }
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }

/* The affinity mask of this thread: the bytes written, or -1. The libc's own function hides behind
   a feature macro that cannot be set for a module. */
static inline long cmpi_affinity(unsigned long *mask, unsigned long bytes) {
  return syscall(SYS_sched_getaffinity, 0, bytes, mask);
}

#endif
