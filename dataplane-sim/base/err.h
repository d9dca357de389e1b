/*
 * err.h - what went wrong, for the caller to act on.
 *
 * A closed list by value.  A function that can explain itself to a person
 * takes a struct diag beside it; all others return only this.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The value is lost at the caller's peril. */
#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
    OK = 0,
    ERR_SYNTAX,    /* text cannot be understood                  */
    ERR_INVALID,   /* understood, but breaks a stated rule       */
    ERR_CONFLICT,  /* right in itself, but the world disagrees   */
    ERR_NOT_FOUND, /* no such object                             */
    ERR_EXISTS,    /* there is one already                       */
    ERR_DENIED,    /* privilege                                  */
    ERR_MALFORMED, /* bytes from outside that we cannot accept   */
    ERR_AUTH,      /* integrity or identity check failed         */
    ERR_EXHAUSTED, /* a stated limit is reached                  */
    ERR_IO,        /* file, socket, database                     */
};

/* The name without its prefix, in lower case: "not-found".  Never NULL. */
const char *err_name(enum err error);

#endif
