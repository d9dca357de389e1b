/*
 * vectors.h - the packets of tests/vectors that scapy made, read line by line.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "base/secret.h"
#include "gen/drops.h"
#include "gen/enums.h"

#include <stddef.h>
#include <stdint.h>

struct crypto;
struct pkt;

enum { VECTOR_PACKET_MAX = 2048 };

/* One packet, protected and in clear, or the reason to drop it. */
struct vector {
    enum transform transform;
    uint32_t spi;
    struct secret encryption_key;
    struct secret authentication_key;
    uint8_t outer[VECTOR_PACKET_MAX];
    size_t outer_length;
    uint8_t inner[VECTOR_PACKET_MAX];
    size_t inner_length;
    enum drop drop;
};

/* All lines of the file, which has so many, one call for each; the packet is
 * any, to be loaded. */
void vectors_each(const char *path, unsigned lines,
    void (*call)(struct crypto *, struct pkt *, const struct vector *));
void vectors_load(struct pkt *pkt, const uint8_t *bytes, size_t length);
const char *vectors_transform_name(enum transform transform);

#endif
