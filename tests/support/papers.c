/*
 * papers.c - credentials for tests of IKE: real keys, toy certificates.
 */
#include "tests/support/papers.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/str.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_ROOM = 16384, SPKI_ROOM = 1024, DN = 9 };

/* Fuzz targets use this file too: no test framework here. */
static void
must(bool is_so)
{
    if (!is_so)
        abort();
}

/* ---- keys ---- */

char *
papers_line(const char *first, const char *second)
{
    FILE *file = fopen("tests/vectors/ike_rsa.txt", "r");
    char *line = mem_alloc(LINE_ROOM);
    char start[64];

    (void)snprintf(start, sizeof start, "%s %s ", first, second);
    must(file != NULL);
    while (fgets(line, LINE_ROOM, file) != NULL) {
        if (strncmp(line, start, strlen(start)) == 0) {
            (void)fclose(file);
            return line;
        }
    }
    must(false); /* there is no such line */
    return line;
}

EVP_PKEY *
papers_key(const char *name)
{
    char *line = papers_line("key", name);
    char *rest = line;
    uint8_t der[4096];
    const uint8_t *at = der;
    size_t length = 0;
    const char *word = NULL;
    EVP_PKEY *key;

    for (int i = 0; i < 4; i++)
        word = strtok_r(rest, " \n", &rest);
    must(hex_decode(word, der, sizeof der, &length) == OK);
    key = d2i_AutoPrivateKey(NULL, &at, (long)length);
    must(key != NULL);
    free(line);
    return key;
}

void
papers_init(struct papers *papers, const char *key)
{
    *papers = (struct papers){.key = papers_key(key)};
}

void
papers_done(struct papers *papers)
{
    EVP_PKEY_free(papers->key);
    papers->key = NULL;
}

/* ---- certificates ---- */

static void
add(struct papers *papers, uint8_t type, struct ike_blob identity,
    const char *issuer, size_t length)
{
    struct paper *paper = &papers->chain[papers->count++];
    struct wr w = wr_over(paper->bytes, sizeof paper->bytes);
    uint8_t spki[SPKI_ROOM];
    uint8_t *end = spki;
    int size = i2d_PUBKEY(papers->key, NULL);

    must(papers->count <= PAPERS_MAX && size > 0 && size <= SPKI_ROOM);
    (void)i2d_PUBKEY(papers->key, &end);
    wr_u8(&w, 'C');
    wr_u8(&w, type);
    wr_u8(&w, (uint8_t)identity.length);
    wr_bytes(&w, identity.bytes, identity.length);
    wr_u8(&w, (uint8_t)strlen(issuer));
    wr_bytes(&w, issuer, strlen(issuer));
    wr_u16(&w, (uint16_t)size);
    wr_bytes(&w, spki, (size_t)size);
    must(wr_ok(&w) && length <= sizeof paper->bytes);
    paper->length = wr_length(&w) > length ? wr_length(&w) : length;
}

void
papers_add(struct papers *papers, uint8_t type, const char *identity,
    const char *issuer, size_t length)
{
    add(papers, type,
        (struct ike_blob){(const uint8_t *)identity, strlen(identity)}, issuer,
        length);
}

void
papers_add_address(struct papers *papers, uint32_t address, const char *issuer)
{
    uint8_t bytes[4];

    put_u32(bytes, address);
    add(papers, 1, (struct ike_blob){bytes, sizeof bytes}, issuer, 0);
}

void
papers_trust(struct papers *papers, const char *name)
{
    must(papers->trusted_count < PAPERS_TRUSTED_MAX);
    papers->trusted[papers->trusted_count++] = name;
}

/* What is in one. */
struct seen {
    uint8_t type;
    struct ike_blob identity;
    struct ike_blob issuer;
    struct ike_blob spki;
};

static struct ike_blob
take(struct rd *r, size_t length)
{
    return (struct ike_blob){rd_bytes(r, length), length};
}

static bool
look(struct ike_blob certificate, struct seen *out)
{
    struct rd r = rd_over(certificate.bytes, certificate.length);
    bool is_one = rd_u8(&r) == 'C';

    out->type = rd_u8(&r);
    out->identity = take(&r, rd_u8(&r));
    out->issuer = take(&r, rd_u8(&r));
    out->spki = take(&r, rd_u16(&r));
    return rd_ok(&r) && is_one;
}

static bool
same(struct ike_blob a, struct ike_blob b)
{
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static struct ike_blob
text_blob(const char *text)
{
    return (struct ike_blob){(const uint8_t *)text, strlen(text)};
}

/* ---- ours ---- */

static bool
is_usable(void *context)
{
    const struct papers *papers = context;

    return !papers->has_no_key;
}

/* Is it who we are to be? */
static bool
is_us(const struct seen *own, const struct ike_identity *us)
{
    uint8_t address[4];

    if (us->name[0] != '\0')
        return same(own->identity, text_blob(us->name));
    put_u32(address, us->address);
    return us->address == 0 ||
           (own->type == 1 &&
               same(own->identity, (struct ike_blob){address, sizeof address}));
}

static size_t
chain(void *context, const struct ike_identity *us,
    const struct ike_blob *authorities, size_t count, struct ike_blob *out,
    size_t room)
{
    struct papers *papers = context;
    bool is_asked = count == 0;
    struct seen seen;
    size_t n = 0;

    if (count > 0)
        papers->asked = count;
    for (size_t i = 0; i < papers->count; i++) {
        must(look(
            (struct ike_blob){papers->chain[i].bytes, papers->chain[i].length},
            &seen));
        if (i == 0 && !is_us(&seen, us))
            return 0;
        for (size_t a = 0; a < count; a++)
            is_asked |= same(seen.issuer, authorities[a]);
    }
    while (is_asked && n < papers->count && n < room) {
        out[n] =
            (struct ike_blob){papers->chain[n].bytes, papers->chain[n].length};
        n++;
    }
    return n;
}

static bool
identify(void *context, struct ike_blob certificate,
    const struct ike_identity *wanted, uint32_t local, uint8_t *out_type,
    struct ike_blob *out_body)
{
    static uint8_t address[4];
    const struct papers *papers = context;
    struct seen seen;

    if (papers->has_no_key)
        return false;
    if (certificate.length == 0) { /* a bare key may be anyone's */
        put_u32(address, local);
        *out_type = wanted->name[0] != '\0' ? 2 : 1;
        *out_body = wanted->name[0] != '\0'
                        ? text_blob(wanted->name)
                        : (struct ike_blob){address, sizeof address};
        return papers->count == 0;
    }
    if (!look(certificate, &seen) || !is_us(&seen, wanted))
        return false;
    *out_type = seen.type;
    *out_body = seen.identity;
    return true;
}

static size_t
authorities(void *context, struct ike_blob *out, size_t room)
{
    const struct papers *papers = context;
    size_t n = 0;

    for (; n < papers->trusted_count && n < room; n++)
        out[n] = text_blob(papers->trusted[n]);
    return n;
}

static size_t
sign(void *context, struct ike_blob certificate, struct ike_blob hash,
    uint8_t *out, size_t room)
{
    struct papers *papers = context;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(papers->key, NULL);
    size_t length = room;
    bool good;

    (void)certificate;
    good = ctx != NULL && !papers->has_no_key && EVP_PKEY_sign_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_sign(ctx, out, &length, hash.bytes, hash.length) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (good && papers->signs_wrongly)
        out[length / 2] ^= 1;
    papers->signed_count++;
    return good ? length : 0;
}

/* ---- theirs ---- */

static bool
fits(EVP_PKEY *key, const struct ike_claim *claim)
{
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool good =
        ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_verify(ctx, claim->signature.bytes, claim->signature.length,
            claim->hash.bytes, claim->hash.length) == 1;

    EVP_PKEY_CTX_free(ctx);
    return good;
}

static bool
is_trusted(const struct papers *papers, struct ike_blob name)
{
    for (size_t i = 0; i < papers->trusted_count; i++) {
        if (same(name, text_blob(papers->trusted[i])))
            return true;
    }
    return false;
}

/* From one to the paper of its issuer, at most as often as there are papers. */
static enum ike_reason
walk(const struct papers *papers, const struct ike_claim *claim,
    const struct seen *seen)
{
    struct ike_blob issuer = seen->issuer;
    bool is_first = true;

    for (size_t step = 0; step <= claim->certificate_count; step++) {
        struct ike_blob above = {0};

        if (is_trusted(papers, issuer))
            return IKE_REASON_COUNT;
        for (size_t i = 0; i < claim->certificate_count; i++) {
            struct seen other;

            if (look(claim->certificates[i], &other) && other.type == DN &&
                same(other.identity, issuer))
                above = other.issuer;
        }
        if (above.length == 0)
            return is_first ? IKE_REASON_CERT_CA : IKE_REASON_CERT_CHAIN;
        issuer = above;
        is_first = false;
    }
    return IKE_REASON_CERT_CHAIN;
}

static enum ike_reason
examine(struct papers *papers, const struct ike_claim *claim)
{
    const struct ike_blob *leaf = NULL;
    struct seen seen = {0};
    const uint8_t *at;
    enum ike_reason reason;
    EVP_PKEY *key;
    bool good;

    if (claim->certificate_count == 0) {
        if (!papers->knows_bare_keys)
            return IKE_REASON_NO_PUBLIC_KEY;
        return fits(papers->key, claim) ? IKE_REASON_COUNT
                                        : IKE_REASON_CERT_SIGNATURE;
    }
    for (size_t i = 0; i < claim->certificate_count && leaf == NULL; i++) {
        if (!look(claim->certificates[i], &seen))
            return IKE_REASON_CERT_MALFORMED;
        if (seen.type == claim->identity_type &&
            same(seen.identity, claim->identity))
            leaf = &claim->certificates[i];
    }
    if (leaf == NULL)
        return IKE_REASON_CERT_IDENTITY;
    reason = walk(papers, claim, &seen);
    if (reason != IKE_REASON_COUNT)
        return reason;
    at = seen.spki.bytes;
    key = d2i_PUBKEY(NULL, &at, (long)seen.spki.length);
    good = fits(key, claim);
    EVP_PKEY_free(key);
    papers->last_id = 14695981039346656037U;
    for (size_t i = 0; i < leaf->length; i++)
        papers->last_id = (papers->last_id ^ leaf->bytes[i]) * 1099511628211U;
    return good ? IKE_REASON_COUNT : IKE_REASON_CERT_SIGNATURE;
}

static void
judge(void *context, const struct ike_claim *claim,
    struct ike_verdict *out_verdict)
{
    struct papers *papers = context;
    enum ike_reason reason;

    papers->judged++;
    if (claim->certificate_count > papers->most_certificates)
        papers->most_certificates = claim->certificate_count;
    reason = examine(papers, claim);
    if (reason == IKE_REASON_COUNT && papers->has_verdict)
        reason = papers->verdict;
    *out_verdict = (struct ike_verdict){
        .is_trusted = reason == IKE_REASON_COUNT,
        .reason = reason,
        .certificate_id = claim->certificate_count > 0 ? papers->last_id : 0,
        .is_of_address =
            claim->certificate_count == 0 && papers->keys_are_of_addresses,
    };
}

static void
name_text(void *context, struct ike_blob name, char *out, size_t size)
{
    (void)context;
    (void)snprintf(
        out, size, "%.*s", (int)name.length, (const char *)name.bytes);
}

static bool
name_is(void *context, struct ike_blob name, const char *text)
{
    (void)context;
    return same(name, text_blob(text));
}

struct ike_credentials
papers_credentials(struct papers *papers)
{
    return (struct ike_credentials){
        .context = papers,
        .is_usable = is_usable,
        .chain = chain,
        .identify = identify,
        .authorities = authorities,
        .sign = sign,
        .judge = judge,
        .name_text = name_text,
        .name_is = name_is,
    };
}
