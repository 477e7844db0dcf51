#include "CMappings.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

// The exit code of a bad input file.
enum { BAD_FILE = 65 };

// A handler may read a list at any time, so nodes are never freed: one without a size is used again.
struct cmapping {
  _Atomic(uintptr_t) start;
  _Atomic(size_t) size;
  char *path;
  struct cmapping *next;
};

static _Atomic(struct cmapping *) mappings;
static pthread_mutex_t changes = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction previous;

static struct iovec text(const char *words) {
  return (struct iovec){.iov_base = (void *)words, .iov_len = strlen(words)};
}

// Only calls that POSIX allows in a handler of signals.
static void on_bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  // Zero and below: another process sent the signal, and there is no address.
  if (info->si_code > 0) {
    uintptr_t address = (uintptr_t)info->si_addr;
    for (struct cmapping *mapping = mappings; mapping; mapping = mapping->next) {
      size_t size = mapping->size;
      if (size == 0 || address - mapping->start >= size) continue;
      struct iovec line[] = {
          text("gmlp-train: "), text(mapping->path),
          text(": was cut short, or its disk failed, while it was in use; copy it again, leave it alone "
               "until the run has ended, and start again\n")};
      // Nobody is left to whom a failure could be told.
      ssize_t written = writev(STDERR_FILENO, line, sizeof line / sizeof *line);
      (void)written;
      _exit(BAD_FILE);
    }
  }
  // Not ours: whoever was asked before decides, when the instruction fails again.
  (void)sigaction(SIGBUS, &previous, NULL);
  if (info->si_code <= 0) (void)raise(number);
}

static void listen(void) {
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
  // Both fail for signals alone that do not exist.
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGBUS, &action, &previous);
}

static struct cmapping *unused(void) {
  for (struct cmapping *mapping = mappings; mapping; mapping = mapping->next) {
    if (mapping->size == 0) return mapping;
  }
  struct cmapping *mapping = calloc(1, sizeof *mapping);
  if (!mapping) return NULL;
  mapping->next = mappings;
  mappings = mapping;
  return mapping;
}

struct cmapping *cmapping_note(const void *start, size_t size, const char *path) {
  pthread_once(&once, listen);
  char *copy = strdup(path);
  if (!copy) return NULL;
  pthread_mutex_lock(&changes);
  struct cmapping *mapping = unused();
  if (mapping) {
    free(mapping->path);
    mapping->path = copy;
    mapping->start = (uintptr_t)start;
    mapping->size = size;
  } else {
    free(copy);
  }
  pthread_mutex_unlock(&changes);
  return mapping;
}

void cmapping_forget(struct cmapping *mapping) {
  if (mapping) mapping->size = 0;
}
