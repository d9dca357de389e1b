/*
 * asking.h - rows after a key, asked of the daemon by one exec.
 *
 * Private to snmp; what comes is kept by source.c.
 */
#ifndef SNMP_ASKING_H
#define SNMP_ASKING_H

#include "snmp/source.h"

/* Lifetime: its source's. */
struct asking {
    struct source_asker asker;
    enum schema_exec_id exec;
    const struct schema_exec *schema;
    uint32_t router;
    uint16_t arg_after; /* these four: SCHEMA_NONE where it has none */
    uint16_t arg_most;
    uint16_t arg_stamp;
    uint16_t arg_router;
    struct page_builder *builder; /* rows of the last answer */
};

/* Borrows as source_new does. */
void asking_init(struct asking *asking, const struct source_asker *asker,
    enum schema_exec_id exec, const struct key_shape *shape, uint32_t router);
void asking_done(struct asking *asking);

bool asking_has_arg(enum schema_exec_id exec, const char *name);
/* All its rows come at once. */
bool asking_is_whole(const struct asking *asking);
/* Rows after this key into the builder.  *stamp is that of what came before,
 * and then that of what came; *lasts, too: it changes by commits only. */
MUST_CHECK enum err asking_ask(struct asking *asking, struct key after,
    bool is_brief, uint64_t *stamp, bool *lasts);

#endif
