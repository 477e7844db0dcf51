#define _GNU_SOURCE
#include "FileFaults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The error number that the variable gives; 0 where it is not set.
static int fault(const char *variable) {
  const char *text = getenv(variable);
  return text ? atoi(text) : 0;
}

int flock(int descriptor, int operation) {
  int number = fault("GMLP_TEST_FLOCK");
  if (number == 0) return (int)syscall(SYS_flock, descriptor, operation);
  errno = number;
  return -1;
}

int fsync(int descriptor) {
  int number = fault("GMLP_TEST_FOLDER_FSYNC");
  struct stat status;
  if (number == 0 || fstat(descriptor, &status) != 0 || !S_ISDIR(status.st_mode))
    return (int)syscall(SYS_fsync, descriptor);
  errno = number;
  return -1;
}

int fchmod(int descriptor, mode_t mode) {
  int number = fault("GMLP_TEST_FCHMOD");
  if (number == 0) return (int)syscall(SYS_fchmod, descriptor, mode);
  errno = number;
  return -1;
}

// Of what is only read, which data are: memory that ranks share is written.
void *mmap(void *start, size_t bytes, int access, int flags, int descriptor, off_t offset) {
  int number = fault("GMLP_TEST_SHARED_MAPPING");
  if (number == 0 || descriptor < 0 || access != PROT_READ || (flags & MAP_TYPE) != MAP_SHARED)
    return (void *)syscall(SYS_mmap, start, bytes, access, flags, descriptor, offset);
  errno = number;
  return MAP_FAILED;
}

void *mmap64(void *, size_t, int, int, int, off64_t) __attribute__((alias("mmap")));

char *openblas_get_corename(void) {
  char *name = getenv("GMLP_TEST_CORE");
  if (name) return name;
  char *(*own)(void) = (char *(*)(void))dlsym(RTLD_NEXT, "openblas_get_corename");
  return own ? own() : NULL;
}

char *openblas_get_config(void) {
  char *text = getenv("GMLP_TEST_CONFIG");
  if (text) return text;
  char *(*own)(void) = (char *(*)(void))dlsym(RTLD_NEXT, "openblas_get_config");
  return own ? own() : NULL;
}

// Stops the process where the path is the one to stop at, the first time.
static void stop_at(const char *path) {
  static atomic_flag has_stopped = ATOMIC_FLAG_INIT;
  const char *end = getenv("GMLP_TEST_STOP_AT");
  if (!end || strlen(path) < strlen(end) || strcmp(path + strlen(path) - strlen(end), end) != 0)
    return;
  if (!atomic_flag_test_and_set(&has_stopped)) kill(getpid(), SIGSTOP);
}

static int open_at(int folder, const char *path, int flags, va_list arguments) {
  int has_mode = (flags & O_CREAT) != 0 || (flags & __O_TMPFILE) == __O_TMPFILE;
  mode_t mode = has_mode ? va_arg(arguments, mode_t) : 0;
  stop_at(path);
  return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int descriptor = open_at(AT_FDCWD, path, flags, arguments);
  va_end(arguments);
  return descriptor;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int descriptor = open_at(folder, path, flags, arguments);
  va_end(arguments);
  return descriptor;
}

int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));
