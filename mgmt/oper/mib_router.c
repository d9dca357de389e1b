/*
 * mib_router.c - virtual routers, what they lend their tunnels, transform
 * sets, drops, and what IP did.
 */
#include "oper/mib.h"

#include "base/str.h"
#include "gen/views.h"

/* ---- virtual routers ---- */

static void
send_router(struct mib_page *page, const struct numbered *entry)
{
    struct str context;
    struct row row;

    str_init(&context);
    str_printf(&context, "router%u", (unsigned)entry->number);
    row_start(&row);
    row_number(&row, COLUMN_MIB_ROUTER_ROUTER_INDEX, entry->number);
    row_text(&row, COLUMN_MIB_ROUTER_NAME, entry->name);
    row_str(&row, COLUMN_MIB_ROUTER_CONTEXT, &context);
    mib_send(page, &row);
    str_done(&context);
}

static void
send_endpoint(struct mib_page *page, const struct numbered *entry)
{
    const struct object *vr = number_object(page->show->view->running, entry);
    struct row row;

    if (vr == NULL ||
        !value_is_set(&vr->fields[FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT]))
        return;
    row_start(&row);
    row_number(&row, COLUMN_MIB_LOCAL_ENDPOINT_ROUTER_INDEX, entry->number);
    row_value(&row, COLUMN_MIB_LOCAL_ENDPOINT_ADDRESS,
        &vr->fields[FIELD_VIRTUAL_ROUTER_LOCAL_ENDPOINT]);
    mib_send(page, &row);
}

struct walk {
    struct mib_page *page;
    void (*send)(struct mib_page *page, const struct numbered *entry);
};

static bool
take_router(void *context, const struct numbered *entry)
{
    struct walk *walk = context;

    walk->send(walk->page, entry);
    return !mib_is_full(walk->page);
}

static enum err
walk_routers(const struct show *show,
    void (*send)(struct mib_page *page, const struct numbered *entry))
{
    struct mib_page page;
    struct walk walk = {.page = &page, .send = send};
    struct number_query query = {.space = NUMBER_ROUTERS};

    mib_begin(show, &page);
    query.after = page.after;
    if (numbers_page(show->view->store, &query, take_router, &walk) != OK)
        page.is_broken = true;
    return mib_end(&page);
}

enum err
mib_routers(const struct show *show)
{
    return walk_routers(show, send_router);
}

enum err
mib_local_endpoints(const struct show *show)
{
    return walk_routers(show, send_endpoint);
}

enum err
mib_router_summary(const struct show *show)
{
    struct row row;

    row_start(&row);
    row_number(&row, COLUMN_MIB_ROUTER_SUMMARY_TOTAL,
        config_count_type(show->view->running, OBJECT_VIRTUAL_ROUTER));
    row_send(&row, show);
    return OK;
}

/* ---- transform sets ---- */

struct set {
    const struct object *object;
};

static void
send_set(struct mib_page *page, const struct object *set)
{
    uint64_t list = set->fields[FIELD_TRANSFORM_SET_TRANSFORMS].number;
    struct row row;

    row_start(&row);
    row_value(&row, COLUMN_MIB_TRANSFORM_SET_NAME,
        &set->fields[FIELD_TRANSFORM_SET_NAME]);
    for (unsigned i = 0; i < value_list_count(list); i++) {
        row_number(&row, COLUMN_MIB_TRANSFORM_SET_TRANSFORM_1 + i,
            value_list_at(list, i));
    }
    mib_send(page, &row);
}

enum err
mib_transform_sets(const struct show *show)
{
    const struct object *object = NULL;
    const struct set *found;
    struct mib_sort *sort;
    struct mib_page page;

    mib_begin(show, &page);
    sort = mib_sort_new(&page, "t", sizeof *found);
    while ((object = config_next(show->view->running, OBJECT_TRANSFORM_SET,
                object == NULL ? NULL : object->fields)) != NULL) {
        const struct set set = {object};
        struct mib_key key = {0};

        mib_key_text(
            &key, value_string(&object->fields[FIELD_TRANSFORM_SET_NAME]));
        mib_sort_add(sort, &key, &set);
    }
    while ((found = mib_sort_next(sort)) != NULL)
        send_set(&page, found->object);
    mib_sort_free(sort);
    return mib_end(&page);
}

/* ---- drops ---- */

enum err
mib_drops(const struct show *show)
{
    uint64_t packets[DROP_COUNT];
    struct mib_sort *sort;
    struct mib_page page;
    const unsigned *drop;
    struct row row;

    dp_drops(show->view->dp, packets);
    mib_begin(show, &page);
    sort = mib_sort_new(&page, "t", sizeof *drop);
    for (unsigned i = 1; i < DROP_COUNT; i++) { /* 0 is no drop */
        struct mib_key key = {0};

        mib_key_text(&key, drop_reasons[i].name);
        mib_sort_add(sort, &key, &i);
    }
    while ((drop = mib_sort_next(sort)) != NULL) {
        row_start(&row);
        row_text(&row, COLUMN_MIB_DROP_NAME, drop_reasons[*drop].name);
        row_number(&row, COLUMN_MIB_DROP_PACKETS, packets[*drop]);
        row_text(&row, COLUMN_MIB_DROP_SENTENCE, drop_reasons[*drop].sentence);
        mib_send(&page, &row);
    }
    mib_sort_free(sort);
    return mib_end(&page);
}

/* ---- IP ---- */

static uint64_t
sum(const uint64_t drops[DROP_COUNT], const enum drop *which, size_t count)
{
    uint64_t total = 0;

    while (count-- > 0)
        total += drops[which[count]];
    return total;
}

static void
fill_drops(struct row *row, const uint64_t drops[DROP_COUNT])
{
    static const enum drop reassembly[] = {DROP_FRAGMENT_FULL,
        DROP_FRAGMENT_TWICE, DROP_FRAGMENT_OVERLAP, DROP_FRAGMENT_TIMEOUT,
        DROP_FRAGMENT_TOO_BIG, DROP_FRAGMENT_MALFORMED};
    static const enum drop in_discards[] = {DROP_POOL_EMPTY, DROP_PUNT_FULL};
    static const enum drop out_discards[] = {
        DROP_PORT_FULL, DROP_PORT_REFUSED, DROP_TOO_BIG, DROP_INTERFACE_DOWN};

    row_number(row, COLUMN_MIB_IP_HEADER_ERRORS,
        drops[DROP_MALFORMED] + drops[DROP_TTL_EXPIRED]);
    row_number(row, COLUMN_MIB_IP_ADDRESS_ERRORS, drops[DROP_NOT_FOR_US]);
    row_number(row, COLUMN_MIB_IP_NO_ROUTES, drops[DROP_NO_ROUTE]);
    row_number(row, COLUMN_MIB_IP_IN_DISCARDS, sum(drops, in_discards, 2));
    row_number(row, COLUMN_MIB_IP_OUT_DISCARDS, sum(drops, out_discards, 4));
    row_number(row, COLUMN_MIB_IP_REASSEMBLY_FAILED, sum(drops, reassembly, 6));
}

enum err
mib_ip(const struct show *show)
{
    uint64_t drops[DROP_COUNT];
    struct dp_traffic traffic;
    struct row row;

    dp_drops(show->view->dp, drops);
    dp_traffic(show->view->dp, &traffic);
    row_start(&row);
    row_number(&row, COLUMN_MIB_IP_RECEIVED, traffic.received);
    row_number(&row, COLUMN_MIB_IP_FORWARDED, traffic.forwarded);
    row_number(&row, COLUMN_MIB_IP_DELIVERED, traffic.local);
    row_number(&row, COLUMN_MIB_IP_OUT_REQUESTS, traffic.echoes + traffic.udp);
    row_number(&row, COLUMN_MIB_IP_REASSEMBLY, traffic.fragments_in);
    row_number(&row, COLUMN_MIB_IP_REASSEMBLED, traffic.reassembled);
    row_number(&row, COLUMN_MIB_IP_FRAGMENTS, traffic.fragments);
    fill_drops(&row, drops);
    row_send(&row, show);
    return OK;
}
