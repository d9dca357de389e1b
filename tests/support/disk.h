/*
 * disk.h - a disk in memory under SQLite, that fails when a test wants it.
 *
 * It is SQLite's default while it exists.  What was written and not synced may
 * be lost when the power goes: each such write stays, goes, or stays in part.
 * One connection at a time; locks are not kept.
 */
#ifndef SUPPORT_DISK_H
#define SUPPORT_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct disk;

enum disk_fault {
    DISK_REFUSES, /* this operation fails, those after it work      */
    DISK_FILLS,   /* from here on no write does, until disk_arm(0)  */
    DISK_STALLS,  /* from here on nothing works, until disk_arm(0)  */
    DISK_FAULTS
};

struct disk *disk_new(uint64_t seed);
void disk_free(struct disk *disk);

/* The operation-th read, write, truncation, sync or removal from now fails;
 * where that is no case of its own it is not counted: a disk that fills counts
 * writes, one that stalls all but reads.  0: all work again. */
void disk_arm(struct disk *disk, enum disk_fault fault, unsigned operation);
/* Did it come to that? */
bool disk_failed(const struct disk *disk);
/* The power goes and comes back; also ends what was armed.  No file may be
 * open. */
void disk_reboot(struct disk *disk);
/* Keep the contents of all files; put them back as they were kept. */
void disk_keep(struct disk *disk);
void disk_put_back(struct disk *disk);

#endif
