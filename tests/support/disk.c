/*
 * disk.c - a VFS of SQLite whose files are in memory.
 *
 * Each file has what a reader sees now, what is certain to be there after the
 * power went, and the writes between the two.
 */
#include "tests/support/disk.h"

#include "base/arena.h"
#include "base/str.h"
#include "tests/support/config_random.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { SECTOR = 512, PATH_ROOM = 512, SHM_REGIONS = 16 };

struct bytes {
    uint8_t *data;
    size_t length;
    size_t room;
};

/* A write, or with no data a truncation. */
struct pending {
    STAILQ_ENTRY(pending) link;
    size_t at;
    struct bytes bytes;
};

struct node {
    LIST_ENTRY(node) link;
    char *name;
    struct bytes now;
    struct bytes certain;
    struct bytes kept;
    STAILQ_HEAD(pendings, pending) pendings;
    void *shm[SHM_REGIONS];
    bool exists;
    bool existed; /* when it was kept */
};

struct disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *before;
    LIST_HEAD(nodes, node) nodes;
    struct dice dice;
    enum disk_fault fault;
    unsigned in; /* operations until it fails; 0: it does not */
    bool failed;
};

/* What SQLite gives us room for. */
struct file {
    sqlite3_file base;
    struct disk *disk;
    struct node *node;
    bool is_temporary;
};

/* ---- bytes ---- */

static void
bytes_resize(struct bytes *bytes, size_t length)
{
    if (length > bytes->room) {
        size_t room = 2 * length;
        uint8_t *data = mem_alloc(room);

        if (bytes->length > 0)
            memcpy(data, bytes->data, bytes->length);
        free(bytes->data);
        bytes->data = data;
        bytes->room = room;
    }
    if (length > bytes->length)
        memset(bytes->data + bytes->length, 0, length - bytes->length);
    bytes->length = length;
}

static void
bytes_copy(struct bytes *to, const struct bytes *from)
{
    bytes_resize(to, from->length);
    if (from->length > 0)
        memcpy(to->data, from->data, from->length);
}

static void
bytes_write(struct bytes *to, size_t at, const struct bytes *from)
{
    if (from->data == NULL) {
        bytes_resize(to, from->length);
        return;
    }
    if (at + from->length > to->length)
        bytes_resize(to, at + from->length);
    memcpy(to->data + at, from->data, from->length);
}

/* ---- nodes ---- */

static void
forget_pendings(struct node *node)
{
    struct pending *pending;

    while ((pending = STAILQ_FIRST(&node->pendings)) != NULL) {
        STAILQ_REMOVE_HEAD(&node->pendings, link);
        free(pending->bytes.data);
        free(pending);
    }
}

static void
forget_shm(struct node *node)
{
    for (size_t i = 0; i < SHM_REGIONS; i++) {
        free(node->shm[i]);
        node->shm[i] = NULL;
    }
}

static struct node *
find_node(struct disk *disk, const char *name)
{
    struct node *node;

    LIST_FOREACH(node, &disk->nodes, link) {
        if (str_equal(node->name, name))
            return node;
    }
    return NULL;
}

static struct node *
make_node(struct disk *disk, const char *name)
{
    struct node *node = mem_alloc(sizeof *node);

    node->name = mem_strdup(name);
    STAILQ_INIT(&node->pendings);
    LIST_INSERT_HEAD(&disk->nodes, node, link);
    return node;
}

static void
empty_node(struct node *node, bool exists)
{
    bytes_resize(&node->now, 0);
    bytes_resize(&node->certain, 0);
    forget_pendings(node);
    node->exists = exists;
}

static void
free_node(struct node *node)
{
    LIST_REMOVE(node, link);
    forget_pendings(node);
    forget_shm(node);
    free(node->now.data);
    free(node->certain.data);
    free(node->kept.data);
    free(node->name);
    free(node);
}

/* Seen now, and to be lost with the power. */
static void
put(struct node *node, size_t at, const uint8_t *data, size_t length)
{
    struct pending *pending = mem_alloc(sizeof *pending);

    pending->at = at;
    pending->bytes.length = length;
    if (data != NULL) {
        pending->bytes.data = mem_alloc(length + 1);
        memcpy(pending->bytes.data, data, length);
    }
    STAILQ_INSERT_TAIL(&node->pendings, pending, link);
    bytes_write(&node->now, at, &pending->bytes);
}

/* ---- failing ---- */

enum operation { READS, WRITES, CHANGES };

/* Could the fault come at such an operation, and is it another case than the
 * next one?  What is left on a disk that stalls is decided by what changes
 * it, and only a write needs room. */
static bool
is_a_point(const struct disk *disk, enum operation operation)
{
    switch (disk->fault) {
    case DISK_FILLS:
        return operation == WRITES;
    case DISK_STALLS:
        return operation != READS || disk->failed;
    case DISK_REFUSES:
    case DISK_FAULTS:
    default:
        return true;
    }
}

/* Does this operation fail?  The answer is SQLite's. */
static int
judge(struct disk *disk, enum operation operation, int refusal)
{
    if (disk->in == 0 || !is_a_point(disk, operation))
        return SQLITE_OK;
    if (disk->in > 1) {
        disk->in--;
        return SQLITE_OK;
    }
    disk->failed = true;
    if (disk->fault == DISK_REFUSES)
        disk->in = 0;
    return disk->fault == DISK_FILLS ? SQLITE_FULL : refusal;
}

/* ---- methods of a file ---- */

static struct file *
of(sqlite3_file *base)
{
    return (struct file *)(void *)base;
}

static int
file_close(sqlite3_file *base)
{
    struct file *file = of(base);

    if (file->is_temporary)
        free_node(file->node);
    return SQLITE_OK;
}

static int
file_read(sqlite3_file *base, void *to, int length, sqlite3_int64 at)
{
    struct file *file = of(base);
    const struct bytes *now = &file->node->now;
    size_t wanted = (size_t)length;
    size_t there = 0;
    int result = judge(file->disk, READS, SQLITE_IOERR_READ);

    if (result != SQLITE_OK)
        return result;
    if ((size_t)at < now->length) {
        there = now->length - (size_t)at;
        if (there > wanted)
            there = wanted;
        memcpy(to, now->data + at, there);
    }
    memset((uint8_t *)to + there, 0, wanted - there);
    return there < wanted ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

/* A write that fails may have done a part of it. */
static int
file_write(sqlite3_file *base, const void *from, int length, sqlite3_int64 at)
{
    struct file *file = of(base);
    size_t done = (size_t)length;
    int result = judge(file->disk, WRITES, SQLITE_IOERR_WRITE);

    if (result != SQLITE_OK)
        done = dice_below(&file->disk->dice, done / SECTOR + 1) * SECTOR;
    if (done > 0)
        put(file->node, (size_t)at, from, done);
    return result;
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 length)
{
    struct file *file = of(base);
    int result = judge(file->disk, CHANGES, SQLITE_IOERR_TRUNCATE);

    if (result == SQLITE_OK)
        put(file->node, 0, NULL, (size_t)length);
    return result;
}

static int
file_sync(sqlite3_file *base, int flags)
{
    struct file *file = of(base);
    int result = judge(file->disk, CHANGES, SQLITE_IOERR_FSYNC);

    (void)flags;
    if (result != SQLITE_OK)
        return result;
    bytes_copy(&file->node->certain, &file->node->now);
    forget_pendings(file->node);
    return SQLITE_OK;
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *out_size)
{
    *out_size = (sqlite3_int64)of(base)->node->now.length;
    return SQLITE_OK;
}

static int
file_lock(sqlite3_file *base, int lock)
{
    (void)base;
    (void)lock;
    return SQLITE_OK;
}

static int
file_is_reserved(sqlite3_file *base, int *out_reserved)
{
    (void)base;
    *out_reserved = 0;
    return SQLITE_OK;
}

static int
file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int
file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int
file_characteristics(sqlite3_file *base)
{
    (void)base;
    return 0;
}

static int
shm_map(sqlite3_file *base, int region, int size, int extend,
    void volatile **out_memory)
{
    struct node *node = of(base)->node;

    if (region >= SHM_REGIONS)
        return SQLITE_NOMEM;
    if (node->shm[region] == NULL && extend)
        node->shm[region] = mem_alloc((size_t)size);
    *out_memory = node->shm[region];
    return SQLITE_OK;
}

static int
shm_lock(sqlite3_file *base, int at, int count, int flags)
{
    (void)base;
    (void)at;
    (void)count;
    (void)flags;
    return SQLITE_OK;
}

static void
shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int
shm_unmap(sqlite3_file *base, int remove)
{
    (void)remove;
    forget_shm(of(base)->node); /* there is one connection */
    return SQLITE_OK;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- methods of the disk ---- */

static int
disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
    int *out_flags)
{
    struct disk *disk = vfs->pAppData;
    struct file *file = of(base);
    struct node *node = name == NULL ? NULL : find_node(disk, name);

    if (node == NULL)
        node = make_node(disk, name == NULL ? "" : name);
    if (!node->exists)
        empty_node(node, true);
    *file = (struct file){
        .base = {&file_methods},
        .disk = disk,
        .node = node,
        .is_temporary = name == NULL,
    };
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int
disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct disk *disk = vfs->pAppData;
    struct node *node = find_node(disk, name);
    int result = judge(disk, CHANGES, SQLITE_IOERR_DELETE);

    (void)sync;
    if (result == SQLITE_OK && node != NULL)
        empty_node(node, false);
    return result;
}

static int
disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_there)
{
    const struct node *node = find_node(vfs->pAppData, name);

    *out_there = node != NULL && node->exists &&
                 (flags != SQLITE_ACCESS_EXISTS || node->now.length > 0);
    return SQLITE_OK;
}

static int
disk_full_path(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    (void)sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}

static int
disk_randomness(sqlite3_vfs *vfs, int count, char *out)
{
    struct disk *disk = vfs->pAppData;

    for (int i = 0; i < count; i++)
        out[i] = (char)dice_below(&disk->dice, 256);
    return count;
}

static int
disk_sleep(sqlite3_vfs *vfs, int time_us)
{
    (void)vfs;
    return time_us;
}

static int
disk_time(sqlite3_vfs *vfs, sqlite3_int64 *out_ms)
{
    (void)vfs;
    *out_ms = INT64_C(2457028) * 86400000; /* a day of 2015 */
    return SQLITE_OK;
}

struct disk *
disk_new(uint64_t seed)
{
    struct disk *disk = mem_alloc(sizeof *disk);

    disk->dice.state = seed;
    LIST_INIT(&disk->nodes);
    disk->before = sqlite3_vfs_find(NULL);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct file),
        .mxPathname = PATH_ROOM,
        .zName = "failing-disk",
        .pAppData = disk,
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_path,
        .xRandomness = disk_randomness,
        .xSleep = disk_sleep,
        .xCurrentTimeInt64 = disk_time,
    };
    if (sqlite3_vfs_register(&disk->vfs, 1) != SQLITE_OK)
        abort();
    return disk;
}

void
disk_free(struct disk *disk)
{
    struct node *node;

    while ((node = LIST_FIRST(&disk->nodes)) != NULL)
        free_node(node);
    (void)sqlite3_vfs_unregister(&disk->vfs);
    (void)sqlite3_vfs_register(disk->before, 1);
    free(disk);
}

void
disk_arm(struct disk *disk, enum disk_fault fault, unsigned operation)
{
    disk->fault = fault;
    disk->in = operation;
    disk->failed = false;
}

bool
disk_failed(const struct disk *disk)
{
    return disk->failed;
}

/* All of it, nothing, or the first sectors. */
static void
survive(struct disk *disk, struct node *node, struct pending *pending)
{
    size_t sectors = pending->bytes.length / SECTOR;
    size_t fate = dice_below(&disk->dice, 3);

    if (fate == 0)
        return;
    if (fate == 1 && pending->bytes.data != NULL)
        pending->bytes.length = dice_below(&disk->dice, sectors + 1) * SECTOR;
    bytes_write(&node->certain, pending->at, &pending->bytes);
}

void
disk_reboot(struct disk *disk)
{
    struct node *node;
    struct pending *pending;

    LIST_FOREACH(node, &disk->nodes, link) {
        STAILQ_FOREACH(pending, &node->pendings, link)
        survive(disk, node, pending);
        forget_pendings(node);
        forget_shm(node);
        bytes_copy(&node->now, &node->certain);
    }
    disk_arm(disk, DISK_REFUSES, 0);
}

void
disk_keep(struct disk *disk)
{
    struct node *node;

    LIST_FOREACH(node, &disk->nodes, link) {
        bytes_copy(&node->kept, &node->now);
        node->existed = node->exists;
    }
}

void
disk_put_back(struct disk *disk)
{
    struct node *node;

    LIST_FOREACH(node, &disk->nodes, link) {
        empty_node(node, node->existed);
        if (node->existed) {
            bytes_copy(&node->now, &node->kept);
            bytes_copy(&node->certain, &node->kept);
        }
    }
    disk_arm(disk, DISK_REFUSES, 0);
}
