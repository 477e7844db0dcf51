#include "CProcessor.h"

#include <CBuildTarget.h>
#include <stdint.h>
#include <string.h>

const char *cprocessor_target(void) { return cbuildtarget_processor; }

int cprocessor_needs(int index) { return cbuildtarget_macros[index][0] == '1'; }

#define NAME(name, ...) name,
// The last one ends the list, which may have no others.
static const char *const names[] = {CBUILDTARGET_SETS(NAME) NULL};

int cprocessor_count(void) { return sizeof names / sizeof *names - 1; }

const char *cprocessor_name(int index) { return names[index]; }

#if defined(__x86_64__)
#include <cpuid.h>

enum Register { EAX, EBX, ECX, EDX };

// Bits of XCR0: which registers the system saves.
enum State { NONE = 0, AVX = 0x06, AVX512 = 0xE6, APX = 0x80000 };

struct Place {
  uint32_t leaf, subleaf;
  enum Register reg;
  int bit;
  enum State state;
};

#define PLACE(name, macro, leaf, subleaf, reg, bit, state) {leaf, subleaf, reg, bit, state},
static const struct Place places[] = {CBUILDTARGET_SETS(PLACE)};

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
  const struct Place *place = &places[index];
  uint32_t words[4];
  if (!__get_cpuid_count(place->leaf, place->subleaf, &words[0], &words[1], &words[2], &words[3])) return 0;
  if (!(words[place->reg] >> place->bit & 1)) return 0;
  return (saved_states() & place->state) == (uint32_t)place->state;
}

int cprocessor_is_amd(void) {
  uint32_t words[4];
  if (!__get_cpuid(0, &words[0], &words[1], &words[2], &words[3])) return 0;
  const uint32_t name[] = {words[EBX], words[EDX], words[ECX]};
  return memcmp(name, "AuthenticAMD", sizeof name) == 0;
}

#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

struct Place {
  unsigned long word, bit;
};

#define PLACE(name, macro, word, bit) {word, bit},
static const struct Place places[] = {CBUILDTARGET_SETS(PLACE)};

int cprocessor_has(int index) { return (getauxval(places[index].word) & places[index].bit) != 0; }

int cprocessor_is_amd(void) { return 0; }

#else

// There are no sets to ask for.
int cprocessor_has(int index) { (void)index; return 0; }

int cprocessor_is_amd(void) { return 0; }

#endif
