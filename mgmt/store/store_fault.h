/*
 * store_fault.h - make a database call fail, to see what is left behind.
 *
 * For tests of the law that a refused commit changes nothing.  Never armed by
 * the daemon.
 */
#ifndef STORE_STORE_FAULT_H
#define STORE_STORE_FAULT_H

struct store;

/* The call-th call from now fails without being made; those after it work
 * again.  0 disarms. */
void store_fault_arm(struct store *store, unsigned call);
/* Did it fail yet? */
_Bool store_fault_is_armed(const struct store *store);

#endif
