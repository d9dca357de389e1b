/*
 * access.h - the numbers of entries of access lists; private to config.
 */
#ifndef CONFIG_ACCESS_H
#define CONFIG_ACCESS_H

#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

/* The number of the entry that says the same as these keys, or else one
 * behind the last of its list.  False: there is none left. */
bool access_entry_number(const struct config *config, const struct value *keys,
    uint64_t *out_number);

#endif
