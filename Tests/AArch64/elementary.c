// Prints the hash of elementary.swift, which has no library of its own on this processor.

#include <stdint.h>
#include <stdio.h>

uint64_t elementary_hash(void);

int main(void) { printf("%016llx\n", (unsigned long long)elementary_hash()); }
