-- config.sql - generated from schemas/ by schemac: what the
-- database looks like.  Addresses are dotted, lists are words with
-- blanks between, secrets are sealed under the router's key file,
-- NULL is a setting that is not set.

-- The router
CREATE TABLE system (
    only INTEGER PRIMARY KEY DEFAULT 1 CHECK (only = 1),
    -- Name of this router, shown in the prompt
    hostname TEXT CHECK (length(hostname) BETWEEN 1 AND 64),
    -- Seconds
    ipsec_lifetime_seconds INTEGER CHECK (ipsec_lifetime_seconds BETWEEN 1800 AND 864000),
    -- Kilobytes
    ipsec_lifetime_kilobytes INTEGER CHECK (ipsec_lifetime_kilobytes BETWEEN 102400 AND 4294967295)
) STRICT;
INSERT INTO system DEFAULT VALUES;

-- Transform set
CREATE TABLE transform_set (
    -- Name of the transform set
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- One to six transforms, the most wanted first
    transforms TEXT,
    PRIMARY KEY (name)
) STRICT;

-- IKE policy rule
CREATE TABLE ike_policy_rule (
    -- Number of the rule, 1 is tried first
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
    -- Use of aggressive mode; left out: not allowed
    aggressive_mode TEXT CHECK (aggressive_mode IN ('accepted', 'requested', 'required')),
    -- How the two ends prove who they are
    authentication TEXT CHECK (authentication IN ('pre-share', 'rsa-sig')),
    -- Cipher of phase 1
    encryption TEXT CHECK (encryption IN ('3des', 'des')),
    -- Diffie-Hellman group of phase 1
    dh_group TEXT CHECK (dh_group IN ('1', '2', '5')),
    -- Hash of phase 1
    hash TEXT CHECK (hash IN ('md5', 'sha')),
    -- Lifetime of IKE SAs, in seconds
    lifetime INTEGER CHECK (lifetime BETWEEN 60 AND 86400),
    PRIMARY KEY (number)
) STRICT;

-- Virtual router
CREATE TABLE virtual_router (
    -- Name of the virtual router
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    PRIMARY KEY (name)
) STRICT;
INSERT INTO virtual_router (name) VALUES ('default');

-- Interface
CREATE TABLE interface (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Kind of interface
    type TEXT NOT NULL CHECK (type IN ('loopback', 'null', 'fastEthernet', 'gigabitEthernet')),
    -- Number, or slot/port
    location TEXT NOT NULL CHECK (length(location) BETWEEN 1 AND 16),
    -- Address
    ip_address TEXT,
    -- Mask of its network
    ip_mask TEXT,
    -- Largest IP packet, in bytes
    ip_mtu INTEGER CHECK (ip_mtu BETWEEN 160 AND 9000),
    -- Text for people
    description TEXT CHECK (length(description) BETWEEN 1 AND 80),
    -- Take the interface out of service
    shutdown INTEGER CHECK (shutdown IN (0, 1)),
    PRIMARY KEY (virtual_router, type, location),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Secure IP interface
CREATE TABLE tunnel (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Name of the tunnel
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    -- Virtual router of the tunnel's endpoints; left out: this one
    transport_vr TEXT CHECK (length(transport_vr) BETWEEN 1 AND 32),
    -- Address
    ip_address TEXT,
    -- Mask of its network
    ip_mask TEXT,
    -- One of the transport VR's own addresses
    source_address TEXT,
    -- FQDN or user@FQDN, signaled tunnels only
    source_identity TEXT CHECK (length(source_identity) BETWEEN 1 AND 80),
    -- Address of the peer
    destination_address TEXT,
    -- FQDN or user@FQDN, signaled tunnels only
    destination_identity TEXT CHECK (length(destination_identity) BETWEEN 1 AND 80),
    -- Address of the backup peer
    backup_destination_address TEXT,
    -- FQDN or user@FQDN
    backup_destination_identity TEXT CHECK (length(backup_destination_identity) BETWEEN 1 AND 80),
    -- How the tunnel's SAs come to be
    signaling TEXT CHECK (signaling IN ('manual', 'isakmp')),
    -- Transform set of the tunnel
    transform_set TEXT CHECK (length(transform_set) BETWEEN 1 AND 64),
    -- Address
    local_identity_address TEXT,
    -- Mask of the subnet
    local_identity_mask TEXT,
    -- First address of the range
    local_identity_first TEXT,
    -- Last address of the range
    local_identity_last TEXT,
    -- Address
    peer_identity_address TEXT,
    -- Mask of the subnet
    peer_identity_mask TEXT,
    -- First address of the range
    peer_identity_first TEXT,
    -- Last address of the range
    peer_identity_last TEXT,
    -- Seconds
    lifetime_seconds INTEGER CHECK (lifetime_seconds BETWEEN 1800 AND 864000),
    -- Kilobytes
    lifetime_kilobytes INTEGER CHECK (lifetime_kilobytes BETWEEN 102400 AND 4294967295),
    -- Largest inner packet, in bytes
    mtu INTEGER CHECK (mtu BETWEEN 160 AND 9000),
    -- Require perfect forward secrecy with this Diffie-Hellman group
    pfs_group TEXT CHECK (pfs_group IN ('1', '2', '5')),
    -- The transform of the tunnel's set
    session_key_inbound_transform TEXT CHECK (session_key_inbound_transform IN ('ah-hmac-md5', 'ah-hmac-sha', 'esp-hmac-md5', 'esp-hmac-sha', 'esp-des', 'esp-3des', 'esp-des-hmac-md5', 'esp-des-hmac-sha', 'esp-3des-hmac-md5', 'esp-3des-hmac-sha')),
    -- SPI, 256 to 4294967295, decimal or 0x
    session_key_inbound_spi INTEGER CHECK (session_key_inbound_spi BETWEEN 0 AND 4294967295),
    -- Keys in hexadecimal, the encryption key before the authentication key
    session_key_inbound_key TEXT CHECK (session_key_inbound_key GLOB '$e1$*'),
    -- The transform of the tunnel's set
    session_key_outbound_transform TEXT CHECK (session_key_outbound_transform IN ('ah-hmac-md5', 'ah-hmac-sha', 'esp-hmac-md5', 'esp-hmac-sha', 'esp-des', 'esp-3des', 'esp-des-hmac-md5', 'esp-des-hmac-sha', 'esp-3des-hmac-md5', 'esp-3des-hmac-sha')),
    -- SPI, 256 to 4294967295, decimal or 0x
    session_key_outbound_spi INTEGER CHECK (session_key_outbound_spi BETWEEN 0 AND 4294967295),
    -- Keys in hexadecimal, the encryption key before the authentication key
    session_key_outbound_key TEXT CHECK (session_key_outbound_key GLOB '$e1$*'),
    -- Text for people
    description TEXT CHECK (length(description) BETWEEN 1 AND 80),
    -- Take the tunnel out of service
    shutdown INTEGER CHECK (shutdown IN (0, 1)),
    -- Take the IP interface out of service
    ip_shutdown INTEGER CHECK (ip_shutdown IN (0, 1)),
    PRIMARY KEY (virtual_router, name),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (transport_vr)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (transform_set)
        REFERENCES transform_set (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Static route
CREATE TABLE route (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Destination network
    prefix TEXT NOT NULL,
    -- Mask of the network
    mask TEXT NOT NULL,
    -- Address of the next router
    next_hop TEXT,
    -- Kind of interface
    out_type TEXT CHECK (out_type IN ('loopback', 'null', 'fastEthernet', 'gigabitEthernet')),
    -- Number, or slot/port
    out_location TEXT CHECK (length(out_location) BETWEEN 1 AND 16),
    -- Name of the tunnel
    out_tunnel TEXT CHECK (length(out_tunnel) BETWEEN 1 AND 80),
    -- Administrative distance: the lowest wins
    distance INTEGER CHECK (distance BETWEEN 1 AND 255),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX route_keys ON route (virtual_router, prefix, mask, coalesce(next_hop, ''), coalesce(out_type, ''), coalesce(out_location, ''), coalesce(out_tunnel, ''));

-- What was committed, by whom, and what it changed.  Never rewritten: a
-- rollback is a commit of its own.  changes: objects that it touched.
CREATE TABLE commit_log (
    generation INTEGER PRIMARY KEY,
    user       TEXT NOT NULL,
    origin     TEXT NOT NULL,
    at         TEXT NOT NULL,
    comment    TEXT NOT NULL,
    changes    INTEGER NOT NULL
) STRICT;

-- One row for each object created or deleted (setting is NULL) and for each
-- setting that changed.  old and new are the lines that set it, with secrets
-- in masked form; NULL where it was or is not set.  keys, old_values and
-- new_values say the same as JSON objects by column, with the values as the
-- object's own table has them: from these an older configuration is rebuilt.
CREATE TABLE change (
    generation INTEGER NOT NULL REFERENCES commit_log (generation),
    position   INTEGER NOT NULL,
    object     TEXT NOT NULL,
    path       TEXT NOT NULL,
    setting    TEXT,
    old        TEXT,
    new        TEXT,
    keys       TEXT NOT NULL,
    old_values TEXT,
    new_values TEXT,
    PRIMARY KEY (generation, position)
) STRICT;

-- Who last changed this?
CREATE INDEX change_by_path ON change (path, setting, generation);

-- Sequence numbers that manual SAs may have used already: those below next.
-- Not configuration: written without a commit, never rolled back.
CREATE TABLE sequence (
    tunnel TEXT NOT NULL,
    spi    INTEGER NOT NULL,
    next   INTEGER NOT NULL,
    PRIMARY KEY (tunnel, spi)
) STRICT;
