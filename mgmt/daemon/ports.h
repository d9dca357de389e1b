/*
 * ports.h - the host and tun ports of one router: opened, watched, and opened
 * again when they come back.
 *
 *    closed --ask the opener--> asked --descriptors--> open
 *      ^                          | no: again in a second, later in five
 *      |                          v
 *      +--- D gave it back --- closing <-- namespace or device gone
 *
 * A port whose address or device is down on the host stays open, and is held
 * down.  Every change is an event in the log.
 *
 * Thread M only.
 */
#ifndef DAEMON_PORTS_H
#define DAEMON_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chassis;
struct config;
struct dp;
struct dp_batch;
struct opener;
struct opener_answer;
struct ports;

struct ports_params {
    struct opener *opener;         /* borrowed                   */
    uint16_t router;               /* its number with the opener */
    const struct chassis *chassis; /* borrowed                   */
    struct dp *dp;                 /* borrowed                   */
};

struct ports *ports_new(const struct ports_params *params);
/* After thread D and before the dp; NULL is allowed. */
void ports_free(struct ports *ports);

/* To be called once a second, and at the start: then all are asked for.
 * Returns how many answers are awaited. */
size_t ports_tick(
    struct ports *ports, const struct config *running, uint64_t now_us);
void ports_answer(
    struct ports *ports, const struct opener_answer *answer, uint64_t now_us);
/* False: the batch is not theirs. */
bool ports_take_back(struct ports *ports, struct dp_batch *batch);

/* Why the port of this number is not up; "": it is, or is none of these. */
const char *ports_why(const struct ports *ports, size_t number);

/* What ARP knows of an address, on the link where local is an address of the
 * Linux host: of enum probe_neighbour. */
unsigned ports_neighbour(
    const struct ports *ports, uint32_t local, uint32_t address);

#endif
