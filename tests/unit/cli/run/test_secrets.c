/* test_secrets.c - what others may see of a typed line. */
#include "run/shell.h"

#include "base/str.h"

#include <criterion/criterion.h>

struct pair {
    const char *text;
    const char *expected;
    const char *why;
};

static void
expect_hidden(const struct pair *row)
{
    struct str out;

    str_init(&out);
    hide_secrets(row->text, &out);
    cr_expect_str_eq(str_text(&out), row->expected, "%s", row->why);
    str_done(&out);
}

Test(run_secrets, hides_keys_and_nothing_else)
{
    static const struct pair rows[] = {
        {.text = "tunnel mtu 1400",                                                          "tunnel mtu 1400", "no key"                               },
        {.text = "tunnel session-key-inbound esp-des 0x1001 0123 45",
         .expected = "tunnel session-key-inbound esp-des 0x1001 **** **",
         .why = "all that follows the SPI"                                                                                                             },
        {.text = "TUNNEL SESSION-KEY-OUT esp-des 4097 nonsense",
         .expected = "TUNNEL SESSION-KEY-OUT esp-des 4097 ********",
         .why = "shortened, in capitals, not hexadecimal"                                                                                              },
        {.text = "tunnel session-key-inbound esp-des 0x1001 masked $e1$abc",
         .expected =
                "tunnel session-key-inbound esp-des 0x1001 masked $e1$abc",                                     .why = "the masked form is no secret"  },
        {.text = "tunnel session-key-inbound esp-des 0x1001 mas $e1$abc",
         .expected = "tunnel session-key-inbound esp-des 0x1001 mas $e1$abc",
         .why = "nor is it shortened"                                                                                                                  },
        {.text = "tunnel session-key-inbound esp-des 0123456789abcdef",
         .expected = "tunnel session-key-inbound esp-des ****************",
         .why = "the SPI was forgotten"                                                                                                                },
        {.text = "no tunnel session-key-inbound",
         .expected = "no tunnel session-key-inbound",
         .why = "there is no key in it"                                                                                                                },
        {.text = "interface loopback 0123456789abcde",
         .expected = "interface loopback 0123456789abcde",
         .why = "one digit less than the shortest key"                                                                                                 },
        {.text = "key s3cr3t two",
         .expected = "key ****** ***",
         .why = "a preshared key, and what was typed behind it"                                                                                        },
        {.text = "  K secret",
         .expected = "  K ******",
         .why = "shortened, in capitals, indented"                                                                                                     },
        {.text = "masked-key $e1$abc",
         .expected = "masked-key $e1$abc",
         .why = "its masked form"                                                                                                                      },
        {.text = "enable secret alpha",
         .expected = "enable secret *****",
         .why = "a secret of a level"                                                                                                                  },
        {.text = " enable password level 15 0 alpha beta",
         .expected = " enable password level 15 0 ***** ****",
         .why = "level and kind are no secret"                                                                                                         },
        {.text = "ena sec \"al pha\"",
         .expected = "ena sec *** ****",
         .why = "shortened, and two words"                                                                                                             },
        {.text = "enable secret level 5 5 $y$j9T$a$b",
         .expected = "enable secret level 5 5 $y$j9T$a$b",
         .why = "a hash is no secret"                                                                                                                  },
        {.text = "password alpha",
         .expected = "password *****",
         .why = "of a line"                                                                                                                            },
        {.text = "no enable secret level 15",
         .expected = "no enable secret level 15",
         .why = "there is none in it"                                                                                                                  },
        {.text = "show password",
         .expected = "show password",
         .why = "another command"                                                                                                                      },
        {.text = "",                                                                         .expected = "",    .why = "empty"                         },
        {.text = "host backup 192.0.2.9 ftp bob hunter2",
         .expected = "host backup 192.0.2.9 ftp bob *******",
         .why = "a password"                                                                                                                           },
        {.text = "ho backup 192.0.2.9 ftp port 21 bob hunter2",
         .expected = "ho backup 192.0.2.9 ftp port ** *** *******",
         .why = "with a port"                                                                                                                          },
        {.text = "host backup 192.0.2.9 ftp bob masked $e1$abc",
         .expected = "host backup 192.0.2.9 ftp bob masked $e1$abc",
         .why = "sealed"                                                                                                                               },
        {.text = "host backup 192.0.2.9 tftp",
         .expected = "host backup 192.0.2.9 tftp",
         .why = "no password"                                                                                                                          },
        {.text =
                "snmp-server user ann auth sha secret-pass priv aes128 other-pass",
         .expected =
                "snmp-server user ann auth sha *********** priv aes128 **********",
         .why = "two passphrases"                                                                                                                      },
        {.text = "snmp-s u ann group p a sha256 secret-pass",
         .expected = "snmp-s u ann group p a sha256 ***********",
         .why = "one-letter words"                                                                                                                     },
        {.text = "snmp-server user ann authentication sha masked $e1$abc",
         .expected =
                "snmp-server user ann authentication sha masked $e1$abc",                                       .why = "sealed"                        },
        {.text = "snmp-server user ann authentication sha authentication",
         .expected =
                "snmp-server user ann authentication sha **************",                                       .why = "a passphrase that is a keyword"},
        {.text = "ipsec ca enroll hq open-sesame",
         .expected = "ipsec ca enroll hq ***********",
         .why = "the password of a CA"                                                                                                                 },
        {.text = "ipsec ca authenticate hq fingerprint ab",
         .expected = "ipsec ca authenticate hq fingerprint ab",
         .why = "no secret"                                                                                                                            },
        {.text = "snmp-server contact a b c d e f",
         .expected = "snmp-server contact a b c d e f",
         .why = "no user"                                                                                                                              },
        {.text = "a\tb\033[2Jc\177",
         .expected = "a b?[2Jc?",
         .why = "what a terminal would act on; columns stay"                                                                                           },
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_hidden(&rows[i]);
}
