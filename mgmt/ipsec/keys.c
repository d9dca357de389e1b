/*
 * keys.c - the SAs of a manual tunnel or of a transport profile, made from its
 * session keys.
 *
 * A session key is unsealed for the time of making the SA and wiped.  Its
 * clear form is one or two words of hexadecimal digits with a blank between:
 * the encryption key, then the authentication key, only those that the
 * transform needs.
 */
#include "ipsec/manager.h"

#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"

#include <string.h>

/* Take one word off the clear text and decode it. */
static enum err
take_key(char **at, struct secret *key)
{
    char *end = strchr(*at, ' ');
    enum err error;

    if (end != NULL)
        *end = '\0';
    error = hex_decode(*at, key->bytes, sizeof(key->bytes), &key->length);
    *at = end != NULL ? end + 1 : *at + strlen(*at);
    return error;
}

static enum err
split_keys(char *clear, struct sa_params *params)
{
    const struct sa_transform *needs = sa_transform_of(params->transform);
    enum err error = OK;

    if (needs->encryption_key != 0)
        error = take_key(&clear, &params->encryption_key);
    if (error == OK && needs->authentication_key != 0)
        error = take_key(&clear, &params->authentication_key);
    if (error != OK || *clear != '\0')
        return ERR_INVALID;
    return OK;
}

static enum err
unseal_keys(
    const struct ipsec *ipsec, const char *sealed, struct sa_params *params)
{
    struct secret secret = {0};
    char clear[SECRET_MAX + 1] = {0};
    enum err error;

    error = ipsec->unsealer->unseal(ipsec->unsealer->context, sealed, &secret);
    if (error == OK) {
        memcpy(clear, secret.bytes, secret.length);
        error = split_keys(clear, params);
    }
    wipe(clear, sizeof(clear));
    secret_done(&secret);
    return error;
}

static const char *
label_of(const struct object *owner, enum sa_direction direction)
{
    const bool is_in = direction == SA_INBOUND;
    const size_t of_tunnel = is_in ? SETTING_TUNNEL_SESSION_KEY_INBOUND
                                   : SETTING_TUNNEL_SESSION_KEY_OUTBOUND;
    const size_t of_profile =
        is_in ? SETTING_TRANSPORT_PROFILE_SESSION_KEY_INBOUND
              : SETTING_TRANSPORT_PROFILE_SESSION_KEY_OUTBOUND;

    return schema_objects[owner->type]
        .settings[owner->type == OBJECT_TUNNEL ? of_tunnel : of_profile]
        .label;
}

static void
explain(const struct object *owner, enum sa_direction direction, enum err error,
    struct diag *diag)
{
    const char *label = label_of(owner, direction);
    const char *sentence;
    struct str path;

    if (error == ERR_AUTH || error == ERR_SYNTAX) {
        sentence = "The key was sealed under another router's key file: type "
                   "the key itself.";
    } else if (error == ERR_INVALID) {
        sentence = "The keys or the SPI do not fit the transform.";
    } else {
        sentence = "The cryptographic library refuses the keys.";
    }
    str_init(&path);
    object_path(owner, &path);
    diag_add(diag, DIAG_ERROR, str_text(&path), label, "%s", sentence);
    str_done(&path);
}

enum err
wish_make_sa(const struct ipsec *ipsec, const struct wish *wish,
    enum sa_direction direction, struct diag *diag, struct sa **out_sa)
{
    const struct dp_tunnel *ends = &wish->interface.tunnel;
    const struct sa_wish *from =
        direction == SA_INBOUND ? &wish->inbound : &wish->outbound;
    struct sa_params params = {
        .direction = direction,
        .mode = from->payload != 0 ? SA_TRANSPORT : SA_TUNNEL,
        .payload = from->payload,
        .transform = from->transform,
        .spi = from->spi,
        .src = direction == SA_INBOUND ? ends->destination : ends->source,
        .dst = direction == SA_INBOUND ? ends->source : ends->destination,
        .vr = ends->transport_vr,
        .tunnel = wish->interface.index,
        .udp = from->udp,
    };
    enum err error;

    error = unseal_keys(ipsec, from->key, &params);
    if (error == OK)
        error = sa_new(ipsec->crypto, &params, out_sa);
    secret_done(&params.encryption_key);
    secret_done(&params.authentication_key);
    if (error != OK)
        explain(from->owner, direction, error, diag);
    return error;
}
