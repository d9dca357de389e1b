/*
 * numbers.h - assigned numbers of ISAKMP and the IPsec DOI; private to this
 * room.  RFC 2407, 2408, 2409, 3526, 3602, 3706, 3947, 4106, 4868.
 */
#ifndef IKE_NUMBERS_H
#define IKE_NUMBERS_H

enum exchange_type {
    EXCHANGE_MAIN = 2,
    EXCHANGE_AGGRESSIVE = 4,
    EXCHANGE_INFORMATIONAL = 5,
    EXCHANGE_QUICK = 32,
};

enum {
    FLAG_ENCRYPTED = 1,
    FLAG_COMMIT = 2,
    FLAG_AUTHENTICATED = 4,
};

enum payload_type {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 1,
    PAYLOAD_PROPOSAL = 2,
    PAYLOAD_TRANSFORM = 3,
    PAYLOAD_KE = 4,
    PAYLOAD_ID = 5,
    PAYLOAD_CERT = 6,
    PAYLOAD_CERT_REQUEST = 7,
    PAYLOAD_HASH = 8,
    PAYLOAD_SIGNATURE = 9,
    PAYLOAD_NONCE = 10,
    PAYLOAD_NOTIFY = 11,
    PAYLOAD_DELETE = 12,
    PAYLOAD_VENDOR = 13,
    PAYLOAD_NAT_D = 20,
    PAYLOAD_NAT_OA = 21,
    PAYLOAD_NAT_D_DRAFT = 130,
    PAYLOAD_NAT_OA_DRAFT = 131,
    PAYLOAD_FRAGMENT = 132, /* Cisco's */
};

/* In certificate payloads and requests. */
enum certificate_type {
    CERT_X509_SIGNATURE = 4,
    CERT_CRL = 7,
};

enum { DOI_IPSEC = 1, SITUATION_IDENTITY_ONLY = 1 };

enum protocol_id { PROTOCOL_ISAKMP = 1, PROTOCOL_AH = 2, PROTOCOL_ESP = 3 };

enum { TRANSFORM_KEY_IKE = 1 };

/* Attributes: the first bit says that the value is in the header. */
enum { ATTRIBUTE_SHORT = 0x8000 };

enum phase1_attribute {
    P1_ENCRYPTION = 1,
    P1_HASH = 2,
    P1_METHOD = 3,
    P1_GROUP = 4,
    P1_LIFE_TYPE = 11,
    P1_LIFE_DURATION = 12,
    P1_KEY_LENGTH = 14,
};

enum phase2_attribute {
    P2_LIFE_TYPE = 1,
    P2_LIFE_DURATION = 2,
    P2_GROUP = 3,
    P2_MODE = 4,
    P2_AUTHENTICATION = 5,
    P2_KEY_LENGTH = 6,
};

enum { LIFE_SECONDS = 1, LIFE_KILOBYTES = 2 };

enum encapsulation {
    MODE_TUNNEL = 1,
    MODE_TRANSPORT = 2,
    MODE_UDP_TUNNEL = 3,
    MODE_UDP_TRANSPORT = 4,
    MODE_UDP_TUNNEL_DRAFT = 61443,
    MODE_UDP_TRANSPORT_DRAFT = 61444,
};

enum id_type {
    ID_ADDRESS = 1,
    ID_FQDN = 2,
    ID_USER_FQDN = 3,
    ID_SUBNET = 4,
    ID_RANGE = 7,
    ID_DN = 9,
    ID_KEY = 11,
};

enum notify_type {
    NOTIFY_INVALID_COOKIE = 4,
    NOTIFY_NO_PROPOSAL = 14,
    NOTIFY_PAYLOAD_MALFORMED = 16,
    NOTIFY_INVALID_KEY = 17,
    NOTIFY_INVALID_ID = 18,
    NOTIFY_INVALID_CERT_ENCODING = 19,
    NOTIFY_INVALID_CERTIFICATE = 20,
    NOTIFY_CERT_TYPE = 21,
    NOTIFY_INVALID_CERT_AUTHORITY = 22,
    NOTIFY_AUTHENTICATION_FAILED = 24,
    NOTIFY_INVALID_SIGNATURE = 25,
    NOTIFY_CERT_UNAVAILABLE = 28,
    NOTIFY_ERROR_LAST = 8191,
    NOTIFY_CONNECTED = 16384,
    NOTIFY_RESPONDER_LIFETIME = 24576,
    NOTIFY_REPLAY_STATUS = 24577,
    NOTIFY_INITIAL_CONTACT = 24578,
    NOTIFY_R_U_THERE = 36136,
    NOTIFY_R_U_THERE_ACK = 36137,
};

#endif
