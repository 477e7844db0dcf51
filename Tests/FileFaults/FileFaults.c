#define _GNU_SOURCE
#include "FileFaults.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
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

char *openblas_get_corename(void) {
  char *name = getenv("GMLP_TEST_CORE");
  if (name) return name;
  char *(*own)(void) = (char *(*)(void))dlsym(RTLD_NEXT, "openblas_get_corename");
  return own ? own() : NULL;
}
