/*
 * bench_rsa.h - bare signatures: what rsa-sig costs at the least.
 *
 * One key of 2048 bits of tests/vectors, contexts of OpenSSL that are made
 * once, and the padding that IKE has.
 */
#ifndef SUPPORT_BENCH_RSA_H
#define SUPPORT_BENCH_RSA_H

struct bench_rsa;

struct bench_rsa *bench_rsa_new(void);
void bench_rsa_free(struct bench_rsa *rsa);
/* What one end does: sign a hash, verify the peer's signature. */
void bench_rsa_run(struct bench_rsa *rsa);

#endif
