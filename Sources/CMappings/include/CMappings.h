#ifndef CMAPPINGS_H
#define CMAPPINGS_H

#include <stddef.h>

/// A file that is mapped into memory.
struct cmapping;

/// Notes that the file at `path` is mapped at `size` bytes from `start` on.
///
/// A page of it that can no longer be read, as after somebody has cut the file short, then ends the process
/// with a line that names the file and exit code 65, in place of SIGBUS.
///
/// Returns what cmapping_forget takes; NULL where there is no memory to note it.
struct cmapping *cmapping_note(const void *start, size_t size, const char *path);

/// Forgets a file that is about to be unmapped; NULL is nothing to forget.
void cmapping_forget(struct cmapping *mapping);

#endif
