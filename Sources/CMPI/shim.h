#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <limits.h>
#include <linux/futex.h>
#include <mpi.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Open MPI defines these as casts of the addresses of structures, which Swift cannot import. */
static inline MPI_Comm cmpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_uint16(void) { return MPI_UINT16_T; }
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Op cmpi_max(void) { return MPI_MAX; }
static inline MPI_Op cmpi_min(void) { return MPI_MIN; }
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Status *cmpi_status_ignore(void) { return MPI_STATUS_IGNORE; }
static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Info cmpi_no_info(void) { return MPI_INFO_NULL; }

/* The affinity mask of this thread: the bytes written, or -1. The libc's own function hides behind
   a feature macro that cannot be set for a module. */
static inline long cmpi_affinity(unsigned long *mask, unsigned long bytes) {
  return syscall(SYS_sched_getaffinity, 0, bytes, mask);
}

/* Gives this thread another affinity mask, as far as the system allows: 0, or -1. */
static inline long cmpi_set_affinity(const unsigned long *mask, unsigned long bytes) {
  return syscall(SYS_sched_setaffinity, 0, bytes, mask);
}

/* Copies from the memory of another process: the bytes read, or -1. */
static inline long cmpi_read_memory(int process, unsigned long address, void *to, unsigned long bytes) {
  struct iovec here = {to, bytes};
  struct iovec there = {(void *)address, bytes};
  return syscall(SYS_process_vm_readv, process, &here, 1ul, &there, 1ul, 0ul);
}

/* A file in memory that only its descriptor names: it goes when the last process closes it. */
static inline int cmpi_memory_file(const char *name) {
  const unsigned close_on_exec = 1;
  return (int)syscall(SYS_memfd_create, name, close_on_exec);
}

/* A descriptor that can be read from as soon as the process has ended, or -1. */
static inline int cmpi_process_file(int process) {
  return (int)syscall(SYS_pidfd_open, process, 0);
}

/* Words in memory that several processes share. */
static inline unsigned cmpi_load(const unsigned *word) {
  return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}
static inline void cmpi_store(unsigned *word, unsigned value) {
  __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}
static inline unsigned cmpi_add(unsigned *word, unsigned value) {
  return __atomic_add_fetch(word, value, __ATOMIC_SEQ_CST);
}
static inline void cmpi_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Sleeps while the word has this value, at most so long: 0 when woken, else -1 with errno. */
static inline long cmpi_sleep_while(const unsigned *word, unsigned value, long nanoseconds) {
  struct timespec time = {0, nanoseconds};
  return syscall(SYS_futex, word, FUTEX_WAIT, value, &time, (void *)0, 0);
}

/* Wakes all who sleep on the word: their number, or -1. */
static inline long cmpi_wake_all(const unsigned *word) {
  return syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, (void *)0, (void *)0, 0);
}

#endif
