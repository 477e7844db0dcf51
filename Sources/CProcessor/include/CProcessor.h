#ifndef CPROCESSOR_H
#define CPROCESSOR_H

// What the build needs and this processor has. Compiled for every processor of its architecture, so that
// it may run before anything else does.

// The number of instruction sets that are known.
int cprocessor_count(void);

// The name of set number `index`, such as "avx512f".
const char *cprocessor_name(int index);

// Whether the build needs it.
int cprocessor_needs(int index);

// Whether this processor has it and the system saves its registers.
int cprocessor_has(int index);

// Whether AMD made it.
int cprocessor_is_amd(void);

// The name that clang's -march, on AArch64 -mcpu, was given.
const char *cprocessor_target(void);

#endif
