/*
 * rounds.h - how many of many cases of one kind a build tries.
 *
 * A plain build looks at what comes of each; under a sanitizer, where a case
 * costs five times as much, a sample shows what it does to memory.
 */
#ifndef SUPPORT_ROUNDS_H
#define SUPPORT_ROUNDS_H

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static inline unsigned
rounds(unsigned plain, unsigned sanitized)
{
#ifdef __SANITIZE_ADDRESS__
    (void)plain;
    return sanitized;
#else
    (void)sanitized;
    return plain;
#endif
}

#endif
