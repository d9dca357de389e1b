/*
 * side.c - one end's view: networks, and which kind of file it is in.
 */
#include "offline/words.h"

#include "base/ip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL = 10, BITS = 32 };

void
side_init(struct side *side)
{
    memset(side, 0, sizeof *side);
    side->here.last = UINT32_MAX;
    side->there.last = UINT32_MAX;
}

void
side_copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from);
}

void
side_add_ike(struct side *side, const char *offer)
{
    if (side->ike_count < OFFLINE_OFFERS_MAX)
        side_copy(side->ike[side->ike_count++], OFFLINE_OFFER_SIZE, offer);
}

void
side_add_esp(struct side *side, const char *offer)
{
    if (side->esp_count < OFFLINE_OFFERS_MAX)
        side_copy(side->esp[side->esp_count++], OFFLINE_OFFER_SIZE, offer);
}

/* "A/24" */
static bool
read_prefix(const char *text, struct offline_network *out)
{
    char address[IP_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    unsigned long bits = BITS;
    uint32_t mask;
    uint32_t first;

    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (slash != NULL)
        bits = strtoul(slash + 1, NULL, DECIMAL);
    if (ip_parse(address, &first) != OK || bits > BITS)
        return false;
    mask = bits == 0 ? 0 : UINT32_MAX << (BITS - bits);
    *out = (struct offline_network){first & mask, first | ~mask};
    return true;
}

bool
side_network(const char *text, struct offline_network *out)
{
    char kind[16];
    char one[32];
    char two[32];
    uint32_t a;
    uint32_t b;
    int words;

    if (text == NULL)
        return false;
    words = sscanf(text, "%15[^: /.0-9]%*[: ]%31s %31s", kind, one, two);
    if (words <= 0) /* no word before the address */
        return read_prefix(text, out);

    if (words == 3 && ip_parse(one, &a) == OK && ip_parse(two, &b) == OK) {
        if (strcmp(kind, "subnet") == 0) {
            *out = (struct offline_network){a & b, a | ~b};
            return true;
        }
        *out = (struct offline_network){a, b};
        return strcmp(kind, "range") == 0;
    }
    return words >= 2 && read_prefix(one, out);
}

bool
side_read(const char *text, const char *our_address, struct side *out)
{
    return swanctl_read(text, our_address, out) ||
           script_read(text, our_address, out);
}
