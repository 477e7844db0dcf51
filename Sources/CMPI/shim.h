#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <limits.h>
#include <linux/futex.h>
#include <mpi.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A handle of MPI: the address of a structure with Open MPI, a number with MPICH and its kin. Swift imports neither
   Open MPI's constants nor a common type of both, so all calls that take a handle stand here. */
#ifdef OPEN_MPI
typedef uintptr_t cmpi_handle;
#else
typedef int cmpi_handle;
#endif
_Static_assert(sizeof(cmpi_handle) == sizeof(MPI_Comm), "a communicator is no handle");
_Static_assert(sizeof(cmpi_handle) == sizeof(MPI_Request), "a request is no handle");
_Static_assert(sizeof(cmpi_handle) == sizeof(MPI_Datatype), "a type is no handle");

/* Whether the library is Open MPI, whose launcher and variables differ from those of all others. */
static inline int cmpi_is_open_mpi(void) {
#ifdef OPEN_MPI
  return 1;
#else
  return 0;
#endif
}

static inline cmpi_handle cmpi_world(void) { return (cmpi_handle)MPI_COMM_WORLD; }
static inline cmpi_handle cmpi_float(void) { return (cmpi_handle)MPI_FLOAT; }
static inline cmpi_handle cmpi_double(void) { return (cmpi_handle)MPI_DOUBLE; }
static inline cmpi_handle cmpi_int64(void) { return (cmpi_handle)MPI_INT64_T; }
static inline cmpi_handle cmpi_uint16(void) { return (cmpi_handle)MPI_UINT16_T; }
static inline cmpi_handle cmpi_byte(void) { return (cmpi_handle)MPI_BYTE; }
static inline cmpi_handle cmpi_sum(void) { return (cmpi_handle)MPI_SUM; }
static inline cmpi_handle cmpi_max(void) { return (cmpi_handle)MPI_MAX; }
static inline cmpi_handle cmpi_min(void) { return (cmpi_handle)MPI_MIN; }

static inline int cmpi_init(int *provided) { return MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, provided); }
static inline int cmpi_abort(cmpi_handle ranks, int code) { return MPI_Abort((MPI_Comm)ranks, code); }

static inline int cmpi_return_errors(cmpi_handle ranks) {
  return MPI_Comm_set_errhandler((MPI_Comm)ranks, MPI_ERRORS_RETURN);
}
static inline int cmpi_rank(cmpi_handle ranks, int *rank) { return MPI_Comm_rank((MPI_Comm)ranks, rank); }
static inline int cmpi_size(cmpi_handle ranks, int *size) { return MPI_Comm_size((MPI_Comm)ranks, size); }
static inline int cmpi_split(cmpi_handle ranks, int color, int key, cmpi_handle *part) {
  return MPI_Comm_split((MPI_Comm)ranks, color, key, (MPI_Comm *)part);
}
/* The ranks that can share memory with this one. */
static inline int cmpi_split_hosts(cmpi_handle ranks, int key, cmpi_handle *part) {
  return MPI_Comm_split_type((MPI_Comm)ranks, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, (MPI_Comm *)part);
}
static inline int cmpi_free(cmpi_handle *ranks) { return MPI_Comm_free((MPI_Comm *)ranks); }

static inline int cmpi_barrier(cmpi_handle ranks) { return MPI_Barrier((MPI_Comm)ranks); }
static inline int cmpi_start_barrier(cmpi_handle ranks, cmpi_handle *request) {
  return MPI_Ibarrier((MPI_Comm)ranks, (MPI_Request *)request);
}
static inline int cmpi_broadcast(void *values, int count, cmpi_handle type, int root, cmpi_handle ranks) {
  return MPI_Bcast(values, count, (MPI_Datatype)type, root, (MPI_Comm)ranks);
}
/* In place where source is null. */
static inline int cmpi_all_reduce(const void *source, void *target, int count, cmpi_handle type, cmpi_handle operation,
                                  cmpi_handle ranks) {
  return MPI_Allreduce(source ? source : MPI_IN_PLACE, target, count, (MPI_Datatype)type, (MPI_Op)operation,
                       (MPI_Comm)ranks);
}
/* In place: each rank has its part where all get it. */
static inline int cmpi_all_gather(void *values, const int *counts, const int *places, cmpi_handle type,
                                  cmpi_handle ranks) {
  return MPI_Allgatherv(MPI_IN_PLACE, 0, (MPI_Datatype)type, values, counts, places, (MPI_Datatype)type,
                        (MPI_Comm)ranks);
}

static inline int cmpi_start_send(const void *values, int count, cmpi_handle type, int to, int tag, cmpi_handle ranks,
                                  cmpi_handle *request) {
  return MPI_Isend(values, count, (MPI_Datatype)type, to, tag, (MPI_Comm)ranks, (MPI_Request *)request);
}
static inline int cmpi_start_receive(void *values, int count, cmpi_handle type, int from, int tag, cmpi_handle ranks,
                                     cmpi_handle *request) {
  return MPI_Irecv(values, count, (MPI_Datatype)type, from, tag, (MPI_Comm)ranks, (MPI_Request *)request);
}
/* Whether a message with this tag has come from anybody. */
static inline int cmpi_look(cmpi_handle ranks, int tag, int *found) {
  return MPI_Iprobe(MPI_ANY_SOURCE, tag, (MPI_Comm)ranks, found, MPI_STATUS_IGNORE);
}
static inline int cmpi_test(cmpi_handle *request, int *is_over) {
  return MPI_Test((MPI_Request *)request, is_over, MPI_STATUS_IGNORE);
}
static inline int cmpi_test_all(int count, cmpi_handle *requests, int *are_over, MPI_Status *statuses) {
  return MPI_Testall(count, (MPI_Request *)requests, are_over, statuses);
}
static inline int cmpi_wait_all(int count, cmpi_handle *requests, MPI_Status *statuses) {
  return MPI_Waitall(count, (MPI_Request *)requests, statuses);
}
static inline int cmpi_count(const MPI_Status *status, cmpi_handle type, int *count) {
  return MPI_Get_count(status, (MPI_Datatype)type, count);
}

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
