#include "CProcessor.h"

#include <CBuildTarget.h>
#include <stdint.h>

const char *cprocessor_target(void) { return cbuildtarget_processor; }

#ifdef __x86_64__
#include <cpuid.h>

enum Register { EAX, EBX, ECX, EDX };

// Bits of XCR0: which registers the system saves.
enum State { NONE = 0, AVX = 0x06, AVX512 = 0xE6, APX = 0x80000 };

struct Set {
  const char *name;
  uint32_t leaf, subleaf;
  enum Register reg;
  int bit;
  enum State state;
};

#define ROW(name, macro, leaf, subleaf, reg, bit, state) {name, leaf, subleaf, reg, bit, state},

static const struct Set sets[] = {CBUILDTARGET_SETS(ROW)};

int cprocessor_count(void) { return sizeof sets / sizeof *sets; }

const char *cprocessor_name(int index) { return sets[index].name; }

int cprocessor_needs(int index) { return cbuildtarget_macros[index][0] == '1'; }

// XCR0, or 0 where the system does not let programs read it.
static uint32_t saved_states(void) {
  uint32_t words[4];
  const uint32_t osxsave = 1u << 27;
  if (!__get_cpuid(1, &words[0], &words[1], &words[2], &words[3]) || !(words[2] & osxsave)) return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

int cprocessor_has(int index) {
  const struct Set *set = &sets[index];
  uint32_t words[4];
  if (!__get_cpuid_count(set->leaf, set->subleaf, &words[0], &words[1], &words[2], &words[3])) return 0;
  if (!(words[set->reg] >> set->bit & 1)) return 0;
  return (saved_states() & set->state) == (uint32_t)set->state;
}

#else

// Other architectures have no choice of instruction sets here.
int cprocessor_count(void) { return 0; }
const char *cprocessor_name(int index) { (void)index; return ""; }
int cprocessor_needs(int index) { (void)index; return 0; }
int cprocessor_has(int index) { (void)index; return 0; }

#endif
