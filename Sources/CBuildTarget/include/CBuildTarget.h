#ifndef CBUILDTARGET_H
#define CBUILDTARGET_H

// What the fast parts of this build were compiled for. Only data: no instruction of the build's target
// runs when it is read.

// The instruction sets that compilers use of their own accord. Each has its name and the compiler's macro.
#if defined(__x86_64__)
// Then where CPUID tells of it (leaf, subleaf, register, bit), and the registers that the system must save.
// Source: Intel's and AMD's manuals, as in the compiler's <cpuid.h>.
#define CBUILDTARGET_SETS(SET)                                       \
  SET("sse3", __SSE3__, 1, 0, ECX, 0, NONE)                          \
  SET("ssse3", __SSSE3__, 1, 0, ECX, 9, NONE)                        \
  SET("sse4.1", __SSE4_1__, 1, 0, ECX, 19, NONE)                     \
  SET("sse4.2", __SSE4_2__, 1, 0, ECX, 20, NONE)                     \
  SET("movbe", __MOVBE__, 1, 0, ECX, 22, NONE)                       \
  SET("popcnt", __POPCNT__, 1, 0, ECX, 23, NONE)                     \
  SET("lzcnt", __LZCNT__, 0x80000001, 0, ECX, 5, NONE)               \
  SET("sse4a", __SSE4A__, 0x80000001, 0, ECX, 6, NONE)               \
  SET("bmi", __BMI__, 7, 0, EBX, 3, NONE)                            \
  SET("bmi2", __BMI2__, 7, 0, EBX, 8, NONE)                          \
  SET("adx", __ADX__, 7, 0, EBX, 19, NONE)                           \
  SET("gfni", __GFNI__, 7, 0, ECX, 8, NONE)                          \
  SET("avx", __AVX__, 1, 0, ECX, 28, AVX)                            \
  SET("fma", __FMA__, 1, 0, ECX, 12, AVX)                            \
  SET("f16c", __F16C__, 1, 0, ECX, 29, AVX)                          \
  SET("avx2", __AVX2__, 7, 0, EBX, 5, AVX)                           \
  SET("fma4", __FMA4__, 0x80000001, 0, ECX, 16, AVX)                 \
  SET("xop", __XOP__, 0x80000001, 0, ECX, 11, AVX)                   \
  SET("avxvnni", __AVXVNNI__, 7, 1, EAX, 4, AVX)                     \
  SET("avxifma", __AVXIFMA__, 7, 1, EAX, 23, AVX)                    \
  SET("avxvnniint8", __AVXVNNIINT8__, 7, 1, EDX, 4, AVX)             \
  SET("avxneconvert", __AVXNECONVERT__, 7, 1, EDX, 5, AVX)           \
  SET("avx512f", __AVX512F__, 7, 0, EBX, 16, AVX512)                 \
  SET("avx512dq", __AVX512DQ__, 7, 0, EBX, 17, AVX512)               \
  SET("avx512ifma", __AVX512IFMA__, 7, 0, EBX, 21, AVX512)           \
  SET("avx512cd", __AVX512CD__, 7, 0, EBX, 28, AVX512)               \
  SET("avx512bw", __AVX512BW__, 7, 0, EBX, 30, AVX512)               \
  SET("avx512vl", __AVX512VL__, 7, 0, EBX, 31, AVX512)               \
  SET("avx512vbmi", __AVX512VBMI__, 7, 0, ECX, 1, AVX512)            \
  SET("avx512vbmi2", __AVX512VBMI2__, 7, 0, ECX, 6, AVX512)          \
  SET("avx512vnni", __AVX512VNNI__, 7, 0, ECX, 11, AVX512)           \
  SET("avx512bitalg", __AVX512BITALG__, 7, 0, ECX, 12, AVX512)       \
  SET("avx512vpopcntdq", __AVX512VPOPCNTDQ__, 7, 0, ECX, 14, AVX512) \
  SET("avx512fp16", __AVX512FP16__, 7, 0, EDX, 23, AVX512)           \
  SET("avx512bf16", __AVX512BF16__, 7, 1, EAX, 5, AVX512)            \
  SET("apxf", __APX_F__, 7, 1, EDX, 21, APX)
#elif defined(__aarch64__)
// Then where Linux tells of it: the word of the auxiliary vector and its bit, as in <asm/hwcap.h>.
#define CBUILDTARGET_SETS(SET)                                                  \
  SET("sha3", __ARM_FEATURE_SHA3, AT_HWCAP, HWCAP_SHA3)                         \
  SET("lse", __ARM_FEATURE_ATOMICS, AT_HWCAP, HWCAP_ATOMICS)                    \
  SET("fp16", __ARM_FEATURE_FP16_VECTOR_ARITHMETIC, AT_HWCAP, HWCAP_ASIMDHP)    \
  SET("rdm", __ARM_FEATURE_QRDMX, AT_HWCAP, HWCAP_ASIMDRDM)                     \
  SET("fcma", __ARM_FEATURE_COMPLEX, AT_HWCAP, HWCAP_FCMA)                      \
  SET("rcpc", __ARM_FEATURE_RCPC, AT_HWCAP, HWCAP_LRCPC)                        \
  SET("dotprod", __ARM_FEATURE_DOTPROD, AT_HWCAP, HWCAP_ASIMDDP)                \
  SET("sve", __ARM_FEATURE_SVE, AT_HWCAP, HWCAP_SVE)                            \
  SET("i8mm", __ARM_FEATURE_MATMUL_INT8, AT_HWCAP2, HWCAP2_I8MM)                \
  SET("bf16", __ARM_FEATURE_BF16, AT_HWCAP2, HWCAP2_BF16)                       \
  SET("sve2", __ARM_FEATURE_SVE2, AT_HWCAP2, HWCAP2_SVE2)                       \
  SET("sve-i8mm", __ARM_FEATURE_SVE_MATMUL_INT8, AT_HWCAP2, HWCAP2_SVEI8MM)     \
  SET("sve-bf16", __ARM_FEATURE_SVE_BF16, AT_HWCAP2, HWCAP2_SVEBF16)            \
  SET("f64mm", __ARM_FEATURE_SVE_MATMUL_FP64, AT_HWCAP2, HWCAP2_SVEF64MM)
#else
#define CBUILDTARGET_SETS(SET)
#endif

// For each set above "1" if the build needs it, else the macro's name.
extern const char *const cbuildtarget_macros[];

// The name that clang's -march, on AArch64 -mcpu, was given.
extern const char cbuildtarget_processor[];

#endif
