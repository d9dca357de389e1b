/*
 * spi.c - the SPIs that we choose: each is one SA's of those that come in.
 *
 * Among a hundred thousand SAs one in forty thousand random numbers is taken
 * already, and two SAs with one SPI means that a tunnel hears nothing.  A
 * number is taken from the moment it is offered until its SA, or the exchange
 * that came to nothing, is gone.
 */
#include "ike/quick.h"

#include "base/arena.h"

#include <stdlib.h>

/* Heap; the engine's. */
struct spi {
    LIST_ENTRY(spi) link;
    uint32_t number;
};

static struct spi_bucket *
bucket_of(struct ike *ike, uint32_t number)
{
    return &ike->spis[number % BUCKETS]; /* they are random */
}

static struct spi *
find(struct ike *ike, uint32_t number)
{
    struct spi *spi;

    LIST_FOREACH(spi, bucket_of(ike, number), link) {
        if (spi->number == number)
            return spi;
    }
    return NULL;
}

uint32_t
spi_new(struct ike *ike)
{
    struct spi *spi = mem_alloc(sizeof *spi);

    do {
        spi->number = random_u32(ike);
    } while (spi->number < SPI_MIN || find(ike, spi->number) != NULL);
    LIST_INSERT_HEAD(bucket_of(ike, spi->number), spi, link);
    return spi->number;
}

void
spi_release(struct ike *ike, uint32_t number)
{
    struct spi *spi = find(ike, number);

    if (spi == NULL)
        return;
    LIST_REMOVE(spi, link);
    free(spi);
}

void
spis_done(struct ike *ike)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (!LIST_EMPTY(&ike->spis[i]))
            spi_release(ike, LIST_FIRST(&ike->spis[i])->number);
    }
}
