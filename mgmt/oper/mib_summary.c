/*
 * mib_summary.c - how many tunnels are in which state, for SNMP.
 *
 * With 100,000 tunnels that takes a while: it is done by slices, of the
 * configuration that was running at first and the states that are found then.
 */
#include "oper/mib.h"

#include "base/arena.h"
#include "gen/views.h"
#include "ipsec/ipsec.h"
#include "oper/strength.h"

#include <stdlib.h>

/* Heap; its maker's. */
struct tunnel_summary {
    struct config *config; /* held */
    struct oper_view view; /* ipsec, negotiator and that */
    const struct object *at;
    uint32_t total;
    uint32_t enabled;
    uint32_t failed; /* down, and not shut down */
    uint32_t states[TUNNEL_STATE_COUNT];
    uint32_t strengths[CRYPTO_STRENGTH_COUNT]; /* of those that are up */
};

struct tunnel_summary *
tunnel_summary_new(const struct oper_view *view)
{
    struct tunnel_summary *summary = mem_alloc(sizeof *summary);

    summary->config = config_ref(view->running);
    summary->view = (struct oper_view){
        .running = summary->config,
        .ipsec = view->ipsec,
        .negotiator = view->negotiator,
    };
    return summary;
}

void
tunnel_summary_free(struct tunnel_summary *summary)
{
    if (summary == NULL)
        return;
    config_unref(summary->config);
    free(summary);
}

static void
take_tunnel(struct tunnel_summary *summary, const struct object *tunnel)
{
    bool is_enabled = field_number(tunnel, FIELD_TUNNEL_SHUTDOWN) == 0;
    enum tunnel_state state =
        ipsec_tunnel_state(summary->view.ipsec, tunnel, NULL);

    summary->total++;
    summary->enabled += is_enabled;
    summary->failed += is_enabled && state == TUNNEL_STATE_DOWN;
    summary->states[state]++;
    if (state == TUNNEL_STATE_UP)
        summary->strengths[strength_of_tunnel(&summary->view, tunnel)]++;
}

bool
tunnel_summary_step(struct tunnel_summary *summary, unsigned most)
{
    while (most-- > 0) {
        summary->at = config_next(summary->config, OBJECT_TUNNEL,
            summary->at == NULL ? NULL : summary->at->fields);
        if (summary->at == NULL)
            return true;
        take_tunnel(summary, summary->at);
    }
    return false;
}

void
tunnel_summary_rows(
    const struct tunnel_summary *summary, const struct row_sink *sink)
{
    const struct show show = {.sink = sink};
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_TOTAL, summary->total);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_ENABLED, summary->enabled);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_DISABLED,
        summary->total - summary->enabled);
    row_number(
        &row, COLUMN_MIB_TUNNEL_SUMMARY_UP, summary->states[TUNNEL_STATE_UP]);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_DOWN,
        summary->states[TUNNEL_STATE_DOWN]);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_FAILED, summary->failed);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_NOT_PRESENT,
        summary->states[TUNNEL_STATE_NOT_PRESENT]);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_WEAK,
        summary->strengths[CRYPTO_STRENGTH_WEAK]);
    row_number(&row, COLUMN_MIB_TUNNEL_SUMMARY_AGEING,
        summary->strengths[CRYPTO_STRENGTH_AGEING]);
    row_send(&row, &show);
}
