/*
 * secrets.c - typed lines made fit to be seen.
 *
 * A wrong line is repeated on standard error, which may end up in a log, and
 * `show history` repeats all; neither may show a session key or a password.
 * The line may be wrong and its words shortened: in doubt a word is hidden.
 * What follows `masked` is sealed and may be seen.
 */
#include "run/shell.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    KEY_DIGITS = 16,     /* of the shortest key: DES, 8 bytes          */
    WORDS_BEFORE_KEY = 2 /* session-key-inbound TRANSFORM SPI KEY...   */
};

static const char key_command[] = "session-key-";

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t
word_length(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0' && !is_blank(text[length]))
        length++;
    return length;
}

/* Hexadecimal digits, enough for a key, wherever they stand. */
static bool
looks_like_key(const char *word, size_t length)
{
    size_t i;

    if (length < KEY_DIGITS)
        return false;
    for (i = 0; i < length; i++) {
        if (!isxdigit((unsigned char)word[i]))
            return false;
    }
    return true;
}

static void
add_word(const char *word, size_t length, bool hidden, struct str *out)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (hidden) {
            str_add_char(out, '*');
        } else if (iscntrl((unsigned char)word[i])) {
            str_add_char(out, '?');
        } else {
            str_add_char(out, word[i]);
        }
    }
}

/* Lines with a login in them. */
enum login_line { LOGIN_NONE, LOGIN_HOST, LOGIN_SNMP, LOGIN_USER };

/* Where in a line the walk is. */
struct hiding {
    bool after_key_command; /* session-key-...                       */
    size_t key_words;       /* since then                            */
    bool masked;            /* what follows is no secret             */
    size_t words;           /* of the line, without `no`             */
    bool is_enable;         /* the first one is `enable`             */
    bool after_password;    /* `enable secret`, `password`           */
    bool after_key;         /* `key` of a preshared key              */
    size_t level_words;     /* of `level N` that are still to come   */
    size_t index;           /* of the word, `no` included            */
    enum login_line login;  /* see hides_login                       */
    size_t login_words;     /* until a passphrase of a user          */
    bool is_ipsec;          /* `ipsec certificate ...`               */
    bool after_phrase;      /* `passphrase` of a file                */
    bool is_enrolment;      /* `ipsec ca enroll ...`                 */
};

static bool
is_short_for(const char *word, size_t length, const char *whole, size_t least)
{
    return length >= least && length <= strlen(whole) &&
           strncasecmp(word, whole, length) == 0;
}

/* A session key: all that follows transform and SPI. */
static bool
hides_key(struct hiding *at, const char *word, size_t length)
{
    bool hidden = looks_like_key(word, length);

    if (at->after_key_command && at->key_words++ >= WORDS_BEFORE_KEY) {
        at->masked =
            at->masked || (at->key_words == WORDS_BEFORE_KEY + 1 &&
                              strncasecmp(word, "masked", length) == 0);
        hidden = !at->masked;
    }
    at->after_key_command =
        at->after_key_command ||
        (length >= strlen(key_command) &&
            strncasecmp(word, key_command, strlen(key_command)) == 0);
    return hidden;
}

/* A preshared key, or a password: all that follows its command but `level N`,
 * `0`, and what follows `5`, which is a hash. */
static bool
hides_password(struct hiding *at, const char *word, size_t length)
{
    if (at->after_password) {
        if (at->level_words > 0) {
            at->level_words--;
            return false;
        }
        if (length == strlen("level") && is_short_for(word, length, "level", 1))
            at->level_words = 1;
        at->masked = at->masked || (length == 1 && *word == '5');
        return at->level_words == 0 && !at->masked &&
               !(length == 1 && *word == '0');
    }
    if (at->after_key)
        return true;
    if (is_short_for(word, length, "no", 2) && at->words == 0)
        return false;
    at->after_key = at->words == 0 && is_short_for(word, length, "key", 1);
    at->after_password =
        (at->words == 0 && is_short_for(word, length, "password", 2)) ||
        (at->words == 1 && at->is_enable &&
            (is_short_for(word, length, "password", 1) ||
                is_short_for(word, length, "secret", 1)));
    at->is_enable = at->words == 0 && is_short_for(word, length, "enable", 2);
    at->words++;
    return false;
}

static enum login_line
login_line(const struct hiding *at, const char *word, size_t length)
{
    if (at->index == 0 && is_short_for(word, length, "host", 2))
        return LOGIN_HOST;
    if (at->index == 0 && is_short_for(word, length, "snmp-server", 2))
        return LOGIN_SNMP;
    if (at->index == 1 && at->login == LOGIN_SNMP)
        return is_short_for(word, length, "user", 1) ? LOGIN_USER : LOGIN_NONE;
    return at->login;
}

/* After `authentication` and `privacy` of a user: the algorithm, then the
 * passphrase. */
static bool
hides_passphrase(struct hiding *at, const char *word, size_t length)
{
    if (at->login_words == 1) {
        at->login_words = 0;
        return true;
    }
    if (is_short_for(word, length, "authentication", 1) ||
        is_short_for(word, length, "privacy", 1)) {
        at->login_words = 2;
    } else if (at->login_words == 2) {
        at->login_words = 1;
    }
    return false;
}

/*
 *    host NAME A.B.C.D ftp [port N] USER PASSWORD
 *    snmp-server user NAME ... authentication ALGORITHM PASSPHRASE
 *                              privacy ALGORITHM PASSPHRASE
 */
static bool
hides_login(struct hiding *at, const char *word, size_t length)
{
    enum { HOST_WORDS = 5, USER_WORDS = 3, MASKED_MIN = 2 };
    size_t index;

    at->login = login_line(at, word, length);
    index = at->index++;
    if (index >= USER_WORDS &&
        is_short_for(word, length, "masked", MASKED_MIN)) {
        at->login_words = 0;
        if (at->login == LOGIN_HOST)
            at->login = LOGIN_NONE;
        return false;
    }
    if (at->login == LOGIN_HOST)
        return index >= HOST_WORDS;
    return at->login == LOGIN_USER && index >= USER_WORDS &&
           hides_passphrase(at, word, length);
}

/* `ipsec ca enroll NAME PASSWORD`, and what is behind that. */
static bool
hides_enrolment(struct hiding *at, const char *word, size_t length)
{
    enum { NAME_INDEX = 4 };

    if (at->index == 2)
        at->is_enrolment = at->is_ipsec && is_short_for(word, length, "ca", 2);
    if (at->index == 3) {
        at->is_enrolment =
            at->is_enrolment && is_short_for(word, length, "enroll", 1);
    }
    return at->is_enrolment && at->index > NAME_INDEX;
}

/* `ipsec certificate import FORMAT FILE ... passphrase WORD`: in a line that
 * begins so, all that follows `passphrase`, or what may be meant by it. */
static bool
hides_phrase(struct hiding *at, const char *word, size_t length)
{
    enum { BEFORE_FORMAT = 3, PASS_MIN = 1 };

    if (at->after_phrase)
        return true;
    if (hides_enrolment(at, word, length))
        return true;
    if (at->index == 1)
        at->is_ipsec = is_short_for(word, length, "ipsec", 2);
    if (at->index == 2) {
        at->is_ipsec =
            at->is_ipsec && is_short_for(word, length, "certificate", 2);
    }
    at->after_phrase = at->is_ipsec && at->index > BEFORE_FORMAT &&
                       is_short_for(word, length, "passphrase", PASS_MIN);
    return false;
}

void
hide_secrets(const char *line, struct str *out)
{
    struct hiding at = {0};

    while (*line != '\0') {
        size_t length = word_length(line);
        bool key;
        bool password;
        bool login;
        bool phrase;

        if (length == 0) {
            str_add_char(out, ' '); /* a tab would move the caret */
            line++;
            continue;
        }
        key = hides_key(&at, line, length);
        password = hides_password(&at, line, length);
        login = hides_login(&at, line, length);
        phrase = hides_phrase(&at, line, length);
        add_word(line, length, key || password || login || phrase, out);
        line += length;
    }
}
