/*
 * source.h - what one exec of the daemon answers, cached in pages.
 *
 * Rows are found by key: the page that covers it is there and young enough,
 * or it is asked for.  What depends on the configuration alone is believed
 * until that changes (source_doubt).  While the daemon cannot be reached a page
 * serves for SOURCE_KEPT_US more; after that, or without a page, the answer is
 * ERR_IO.
 */
#ifndef SNMP_SOURCE_H
#define SNMP_SOURCE_H

#include "snmp/link.h"
#include "snmp/page.h"

enum {
    SOURCE_AGE_US = 1000000,      /* a page is believed for so long     */
    SOURCE_WALK_US = 5000000,     /* in a walk through a large table    */
    SOURCE_LASTS_US = 60000000,   /* what only a commit changes         */
    SOURCE_KEPT_US = 300000000,   /* where nobody can be asked          */
    SOURCE_UNUSED_US = 360000000, /* a page that nobody reads is let go */
};

struct source;

/* How rows are asked for: link_ask, or a test's. */
struct source_asker {
    enum err (*ask)(void *context, const struct link_question *question);
    void *context;
};

struct source_place {
    const struct page *page; /* good until the source is asked again */
    size_t row;
};

/* All borrowed for the source's life.  router: 0 for all of them; used where
 * the exec has such an argument. */
struct source *source_new(const struct source_asker *asker,
    enum schema_exec_id exec, const struct key_shape *shape, uint32_t router);
void source_free(struct source *source); /* NULL is allowed */

/* The row of this key.  ERR_NOT_FOUND: none; ERR_IO: nobody knows. */
MUST_CHECK enum err source_at(struct source *source, struct key key,
    uint64_t now_us, struct source_place *out_place);
/* The first row after this key. */
MUST_CHECK enum err source_after(struct source *source, struct key key,
    uint64_t now_us, struct source_place *out_place);
/* The first of all. */
MUST_CHECK enum err source_first(
    struct source *source, uint64_t now_us, struct source_place *out_place);

/* The configuration changed: no page is believed unasked. */
void source_doubt(struct source *source);
/* Another daemon answers: what it said of its state is worth nothing. */
void source_forget_stamps(struct source *source);
/* Let go of pages that nobody reads. */
void source_tidy(struct source *source, uint64_t now_us);
/* Of the oldest page that serves; now: none does. */
uint64_t source_oldest_us(const struct source *source, uint64_t now_us);
size_t source_size(const struct source *source); /* bytes */
/* Does the exec take the router as an argument? */
bool source_knows_routers(enum schema_exec_id exec);

#endif
