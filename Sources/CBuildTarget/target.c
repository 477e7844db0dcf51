#include "CBuildTarget.h"

#define TEXT(macro) #macro
#define MACRO(name, macro, ...) TEXT(macro),

// A macro that the compiler defines becomes its value, any other stays its own name.
const char *const cbuildtarget_macros[] = {CBUILDTARGET_SETS(MACRO) ""};

const char cbuildtarget_processor[] = CBUILDTARGET_PROCESSOR;
