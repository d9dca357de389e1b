/*
 * version.c - which release this is; alone, for programs that want no more of
 * this room.
 */
#include "oper/oper.h"

const char oper_version[] = "0.1.0";

/* The day of the release, not of the compilation: the same source gives the
 * same program. */
const char oper_build_date[] = "November 23, 2026";
