/*
 * ip.h - IPv4 addresses as numbers.
 *
 * An address is a uint32_t in host order everywhere except inside packets,
 * where the name ends in _be.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { IP_TEXT_SIZE = 16 }; /* "255.255.255.255" and its end */

/* Dotted quad of exactly four decimal parts without leading zeros. */
MUST_CHECK enum err ip_parse(const char *text, uint32_t *out_addr);
/* Writes at most IP_TEXT_SIZE bytes; returns text. */
const char *ip_format(uint32_t addr, char *text);

bool ip_is_mask(uint32_t mask);         /* ones, then zeros                */
unsigned ip_mask_length(uint32_t mask); /* of a contiguous mask: 0 to 32   */
uint32_t ip_mask_of(unsigned length);   /* 0 to 32                         */

#endif
