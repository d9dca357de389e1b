/*
 * bench_dh.h - the bare exponentiations of a Diffie-Hellman exchange: the limit
 * that negotiations are measured against.
 *
 * OpenSSL's constant-time one, on numbers, a Montgomery context and a BN_CTX
 * that are made once; nothing is drawn, checked or converted.
 */
#ifndef SUPPORT_BENCH_DH_H
#define SUPPORT_BENCH_DH_H

#include <stddef.h>
#include <stdint.h>

struct bench_dh;

/* exponent: its length in bytes. */
struct bench_dh *bench_dh_new(uint16_t group, size_t exponent);
void bench_dh_free(struct bench_dh *dh);
/* What one end does in one exchange: 2^x, and y^x. */
void bench_dh_run(struct bench_dh *dh);

#endif
