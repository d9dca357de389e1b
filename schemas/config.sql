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
    ipsec_lifetime_kilobytes INTEGER CHECK (ipsec_lifetime_kilobytes BETWEEN 102400 AND 4294967295),
    -- Kept; passwords are hashes in any case
    service_password_encryption INTEGER CHECK (service_password_encryption IN (0, 1)),
    -- Use of revocation lists
    crl TEXT CHECK (crl = 'ignored' OR crl = 'optional' OR crl = 'required'),
    -- Seconds that clocks may differ, in dates of certificates
    clock_skew INTEGER CHECK (clock_skew BETWEEN 0 AND 86400),
    -- Licence for IPsec tunnels: kept, none is needed
    ipsec_license TEXT CHECK (length(ipsec_license) BETWEEN 1 AND 64)
) STRICT;
INSERT INTO system DEFAULT VALUES;

-- Secret of a privilege level
CREATE TABLE enable_secret (
    -- Level that it leads to; left out: 10
    level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 15),
    -- The secret itself; only its hash is kept
    secret TEXT CHECK (secret GLOB '$y$*'),
    PRIMARY KEY (level)
) STRICT;

-- Banner
CREATE TABLE banner (
    -- When it is shown
    type TEXT NOT NULL CHECK (type = 'motd' OR type = 'login' OR type = 'exec' OR type = 'incoming-telnet'),
    -- Text between two equal characters, `\n` between its lines
    text TEXT CHECK (length(text) BETWEEN 1 AND 2000),
    PRIMARY KEY (type)
) STRICT;

-- Line that sessions come in by
CREATE TABLE line (
    -- Way that they come in
    type TEXT NOT NULL CHECK (type = 'console' OR type = 'vty'),
    -- Number, or the first of a range
    first INTEGER NOT NULL CHECK (first BETWEEN 0 AND 29),
    -- Last line of the range
    last INTEGER CHECK (last BETWEEN 0 AND 29),
    -- Minutes
    exec_timeout_minutes INTEGER CHECK (exec_timeout_minutes BETWEEN 0 AND 35791),
    -- Seconds
    exec_timeout_seconds INTEGER CHECK (exec_timeout_seconds BETWEEN 0 AND 59),
    -- Lines of the screen; 0 turns the pager off
    length INTEGER CHECK (length BETWEEN 0 AND 512),
    -- Columns of the screen
    width INTEGER CHECK (width BETWEEN 40 AND 512),
    -- Kept; who logs in is ssh's business
    login INTEGER CHECK (login IN (0, 1)),
    -- Kept as a hash, and not asked for: ssh does that
    password TEXT CHECK (password GLOB '$y$*'),
    PRIMARY KEY (type, first)
) STRICT;

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
    aggressive_mode TEXT CHECK (aggressive_mode = 'accepted' OR aggressive_mode = 'requested' OR aggressive_mode = 'required'),
    -- How the two ends prove who they are
    authentication TEXT CHECK (authentication = 'pre-share' OR authentication = 'rsa-sig'),
    -- Cipher of phase 1
    encryption TEXT CHECK (encryption = '3des' OR encryption = 'des' OR encryption = 'aes128' OR encryption = 'aes192' OR encryption = 'aes256'),
    -- Diffie-Hellman group of phase 1
    dh_group TEXT CHECK (dh_group = '1' OR dh_group = '2' OR dh_group = '5' OR dh_group = '14' OR dh_group = '15' OR dh_group = '16' OR dh_group = '19' OR dh_group = '20' OR dh_group = '21'),
    -- Hash of phase 1
    hash TEXT CHECK (hash = 'md5' OR hash = 'sha' OR hash = 'sha256' OR hash = 'sha384' OR hash = 'sha512'),
    -- Lifetime of IKE SAs, in seconds
    lifetime INTEGER CHECK (lifetime BETWEEN 60 AND 86400),
    -- One of our own addresses
    scope_address TEXT,
    -- Its virtual router
    scope_virtual_router TEXT CHECK (length(scope_virtual_router) BETWEEN 1 AND 32),
    PRIMARY KEY (number)
) STRICT;

-- Who this router is, in requests for certificates
CREATE TABLE ipsec_identity (
    -- Whose; left out: this router's
    whose TEXT NOT NULL CHECK (whose = 'router'),
    -- Common name
    common_name TEXT CHECK (length(common_name) BETWEEN 1 AND 64),
    -- Country, two letters
    country TEXT CHECK (length(country) BETWEEN 2 AND 2),
    -- FQDN, as peers know this router
    domain_name TEXT CHECK (length(domain_name) BETWEEN 1 AND 80),
    -- Organization
    organization TEXT CHECK (length(organization) BETWEEN 1 AND 64),
    PRIMARY KEY (whose)
) STRICT;

-- A CA
CREATE TABLE ca_identity (
    -- Name of the CA
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- Where certificates are asked for
    enrollment_url TEXT CHECK (length(enrollment_url) BETWEEN 1 AND 200),
    -- Attempts to enrol; 0: no limit
    enrollment_retry_limit INTEGER CHECK (enrollment_retry_limit BETWEEN 0 AND 100),
    -- Minutes between attempts
    enrollment_retry_period INTEGER CHECK (enrollment_retry_period BETWEEN 0 AND 60),
    -- Whole name or common name of the CA; left out: the name here
    issuer_identifier TEXT CHECK (length(issuer_identifier) BETWEEN 1 AND 200),
    -- Use of this CA's revocation lists; left out: as `ipsec crl` says
    crl TEXT CHECK (crl = 'ignored' OR crl = 'optional' OR crl = 'required'),
    -- Where a revocation list of this CA is, besides where certificates say
    crl_url TEXT CHECK (length(crl_url) BETWEEN 1 AND 200),
    -- HTTP proxy on the way to the CA
    root_proxy_url TEXT CHECK (length(root_proxy_url) BETWEEN 1 AND 200),
    PRIMARY KEY (name)
) STRICT;

-- IPsec tunnel profile
CREATE TABLE tunnel_profile (
    -- Name of the profile
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- Most tunnels of this profile; left out: unlimited
    max_interfaces INTEGER CHECK (max_interfaces BETWEEN 1 AND 131072),
    -- Kind of identity
    ike_local_identity_kind TEXT CHECK (ike_local_identity_kind = 'domain-name' OR ike_local_identity_kind = 'username'),
    -- FQDN or user@FQDN
    ike_local_identity_name TEXT CHECK (length(ike_local_identity_name) BETWEEN 1 AND 80),
    -- Kind of identity
    ike_peer_identity_kind TEXT CHECK (ike_peer_identity_kind = 'domain-name' OR ike_peer_identity_kind = 'username'),
    -- FQDN or user@FQDN; * stands for any beginning
    ike_peer_identity_name TEXT CHECK (length(ike_peer_identity_name) BETWEEN 1 AND 80),
    -- Transforms, the most wanted first
    transforms TEXT,
    -- Seconds
    lifetime_seconds INTEGER CHECK (lifetime_seconds BETWEEN 1800 AND 864000),
    -- Kilobytes
    lifetime_kilobytes INTEGER CHECK (lifetime_kilobytes BETWEEN 102400 AND 4294967295),
    -- Require perfect forward secrecy with this Diffie-Hellman group
    pfs_group TEXT CHECK (pfs_group = '1' OR pfs_group = '2' OR pfs_group = '5' OR pfs_group = '14' OR pfs_group = '15' OR pfs_group = '16' OR pfs_group = '19' OR pfs_group = '20' OR pfs_group = '21'),
    -- This end of the tunnels
    local_ip TEXT,
    -- Ask users for name and password, after IKE
    extended_authentication INTEGER CHECK (extended_authentication IN (0, 1)),
    PRIMARY KEY (name)
) STRICT;

-- Named host
CREATE TABLE host (
    -- Name of the host
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- Address of the host
    address TEXT,
    -- Protocol to copy files by
    protocol TEXT CHECK (protocol = 'ftp' OR protocol = 'tftp'),
    -- Port of the FTP server, 21 where left out
    port INTEGER CHECK (port BETWEEN 1 AND 65535),
    -- User
    login_user TEXT CHECK (length(login_user) BETWEEN 1 AND 64),
    -- Password
    login_password TEXT CHECK (login_password GLOB '$e1$*'),
    PRIMARY KEY (name)
) STRICT;

-- Severity of events that are logged
CREATE TABLE log_severity (
    -- Category; left out: all that have none of their own
    category TEXT CHECK (category = 'audit' OR category = 'auditIpsec' OR category = 'commit' OR category = 'daemon' OR category = 'ikepki' OR category = 'server' OR category = 'session' OR category = 'store' OR category = 'stTunnel'),
    -- The least severe event that is logged
    severity TEXT CHECK (severity = 'emergency' OR severity = 'alert' OR severity = 'critical' OR severity = 'error' OR severity = 'warning' OR severity = 'notice' OR severity = 'info' OR severity = 'debug')
) STRICT;
CREATE UNIQUE INDEX log_severity_keys ON log_severity (coalesce(category, ''));

-- Destination of events in this router
CREATE TABLE log_destination (
    -- Where to
    keeper TEXT NOT NULL CHECK (keeper = 'console' OR keeper = 'nv-file'),
    -- The least severe event that goes there
    severity TEXT CHECK (severity = 'emergency' OR severity = 'alert' OR severity = 'critical' OR severity = 'error' OR severity = 'warning' OR severity = 'notice' OR severity = 'info' OR severity = 'debug'),
    PRIMARY KEY (keeper)
) STRICT;

-- Syslog server
CREATE TABLE log_syslog (
    -- Address of the server
    address TEXT NOT NULL,
    -- UDP port of the server
    port INTEGER CHECK (port BETWEEN 1 AND 65535),
    -- Facility of the messages
    facility TEXT CHECK (facility = 'daemon' OR facility = 'auth' OR facility = 'local0' OR facility = 'local1' OR facility = 'local2' OR facility = 'local3' OR facility = 'local4' OR facility = 'local5' OR facility = 'local6' OR facility = 'local7'),
    -- The least severe event that goes there
    severity TEXT CHECK (severity = 'emergency' OR severity = 'alert' OR severity = 'critical' OR severity = 'error' OR severity = 'warning' OR severity = 'notice' OR severity = 'info' OR severity = 'debug'),
    PRIMARY KEY (address)
) STRICT;

-- Entry of a classifier list
CREATE TABLE classifier (
    -- Name of the classifier list
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- IP protocol, ip: any
    protocol TEXT CHECK (protocol = 'ip' OR protocol = 'icmp' OR protocol = 'igmp' OR protocol = 'ipip' OR protocol = 'tcp' OR protocol = 'udp' OR protocol = 'gre' OR protocol = 'esp' OR protocol = 'ah' OR protocol = 'ospf' OR protocol = 'pim'),
    -- IP protocol by number
    protocol_number INTEGER CHECK (protocol_number BETWEEN 0 AND 255),
    -- Source address
    source TEXT,
    -- Bits of the source that may differ
    source_wildcard TEXT,
    -- Destination address
    destination TEXT,
    -- Bits of the destination that may differ
    destination_wildcard TEXT,
    -- Source port of TCP or UDP
    source_port INTEGER CHECK (source_port BETWEEN 0 AND 65535),
    -- Destination port of TCP or UDP
    destination_port INTEGER CHECK (destination_port BETWEEN 0 AND 65535)
) STRICT;
CREATE UNIQUE INDEX classifier_keys ON classifier (name, coalesce(protocol, ''), coalesce(protocol_number, ''), coalesce(source, ''), coalesce(source_wildcard, ''), coalesce(destination, ''), coalesce(destination_wildcard, ''), coalesce(source_port, ''), coalesce(destination_port, ''));

-- Policy list
CREATE TABLE policy_list (
    -- Name of the policy list
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    PRIMARY KEY (name)
) STRICT;

-- Classifier group of a policy list
CREATE TABLE classifier_group (
    -- Name of the policy list
    policy_list TEXT NOT NULL CHECK (length(policy_list) BETWEEN 1 AND 64),
    -- Name of a classifier list
    list TEXT NOT NULL CHECK (length(list) BETWEEN 1 AND 64),
    -- The lowest is asked first; those that are equal by name
    precedence INTEGER CHECK (precedence BETWEEN 0 AND 32768),
    -- Name of the tunnel
    forward_tunnel TEXT CHECK (length(forward_tunnel) BETWEEN 1 AND 80),
    -- Address of the next router
    forward_next_hop TEXT,
    -- Drop packets of the group
    filter INTEGER CHECK (filter IN (0, 1)),
    -- Route packets of the group, and ask no later group
    permit INTEGER CHECK (permit IN (0, 1)),
    PRIMARY KEY (policy_list, list),
    FOREIGN KEY (policy_list)
        REFERENCES policy_list (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Virtual router
CREATE TABLE virtual_router (
    -- Name of the virtual router
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    -- Source of the tunnels with endpoints here that have none of their own
    local_endpoint TEXT,
    -- Ask a peer that has gone silent whether it is alive
    option_dpd INTEGER CHECK (option_dpd IN (0, 1)),
    -- Detect address translation and wrap ESP in UDP for it
    option_nat_t INTEGER CHECK (option_nat_t IN (0, 1)),
    -- Tell a peer that its IKE cookie is not known
    option_tx_invalid_cookie INTEGER CHECK (option_tx_invalid_cookie IN (0, 1)),
    -- The SNMP agent runs in this virtual router
    snmp_server INTEGER CHECK (snmp_server IN (0, 1)),
    -- Who looks after the router
    snmp_contact TEXT CHECK (length(snmp_contact) BETWEEN 1 AND 255),
    -- Where the router is
    snmp_location TEXT CHECK (length(snmp_location) BETWEEN 1 AND 255),
    -- Largest SNMP packet, in bytes
    snmp_packet_size INTEGER CHECK (snmp_packet_size BETWEEN 484 AND 8192),
    -- Kind of interface
    snmp_trap_source_type TEXT CHECK (snmp_trap_source_type = 'loopback' OR snmp_trap_source_type = 'null' OR snmp_trap_source_type = 'fastEthernet' OR snmp_trap_source_type = 'gigabitEthernet' OR snmp_trap_source_type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    snmp_trap_source_location TEXT CHECK (length(snmp_trap_source_location) BETWEEN 1 AND 16),
    -- Traps of other agents are passed on
    snmp_trap_proxy INTEGER CHECK (snmp_trap_proxy IN (0, 1)),
    -- Interfaces are numbered without gaps
    snmp_interfaces_compress INTEGER CHECK (snmp_interfaces_compress IN (0, 1)),
    PRIMARY KEY (name)
) STRICT;
INSERT INTO virtual_router (name) VALUES ('default');

-- Preshared key
CREATE TABLE preshared_key (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Address of the peer
    address TEXT,
    -- FQDN or user@FQDN of the peer
    identity TEXT CHECK (length(identity) BETWEEN 1 AND 80),
    -- The key itself; it is never shown in clear
    key TEXT CHECK (key GLOB '$e1$*'),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX preshared_key_keys ON preshared_key (virtual_router, coalesce(address, ''), coalesce(identity, ''));

-- Public key of a peer
CREATE TABLE peer_public_key (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Address of the peer
    address TEXT,
    -- FQDN or user@FQDN of the peer
    name TEXT CHECK (length(name) BETWEEN 1 AND 80),
    -- The key: DER in hexadecimal digits
    key_string TEXT CHECK (length(key_string) BETWEEN 1 AND 3000),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX peer_public_key_keys ON peer_public_key (virtual_router, coalesce(address, ''), coalesce(name, ''));

-- Entry of an access list
CREATE TABLE access_list (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Name of the list
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 31),
    -- Place of the entry; left out: behind the last
    sequence INTEGER CHECK (sequence BETWEEN 1 AND 65535),
    -- What happens to those that match
    action TEXT NOT NULL CHECK (action = 'permit' OR action = 'deny'),
    -- Address
    source TEXT,
    -- Bits of the address that may differ
    wildcard TEXT,
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX access_list_keys ON access_list (virtual_router, name, coalesce(sequence, ''), action, coalesce(source, ''), coalesce(wildcard, ''));

-- SNMP community
CREATE TABLE snmp_community (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- The community, which SNMP sends in clear
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 31),
    -- What it can see
    view TEXT CHECK (view = 'everything' OR view = 'user' OR view = 'nothing'),
    -- What it can do
    privilege TEXT CHECK (privilege = 'ro' OR privilege = 'rw' OR privilege = 'admin'),
    -- Access list of the hosts that may use it
    access_list TEXT CHECK (length(access_list) BETWEEN 1 AND 64),
    PRIMARY KEY (virtual_router, name),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Traps
CREATE TABLE snmp_traps (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- The least severe event that makes a trap
    severity TEXT CHECK (severity = 'emergency' OR severity = 'alert' OR severity = 'critical' OR severity = 'error' OR severity = 'warning' OR severity = 'notice' OR severity = 'info' OR severity = 'debug'),
    -- Categories that make traps; left out: all
    categories TEXT,
    PRIMARY KEY (virtual_router),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Receiver of traps
CREATE TABLE snmp_host (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Address of the host
    address TEXT NOT NULL,
    -- Traps, or informs
    kind TEXT CHECK (kind = 'traps' OR kind = 'informs'),
    -- Version of the traps
    version TEXT CHECK (version = '1' OR version = '2c' OR version = '3'),
    -- Community of the traps; of version 3, the user
    community TEXT CHECK (length(community) BETWEEN 1 AND 31),
    -- UDP port of the host
    port INTEGER CHECK (port BETWEEN 1 AND 65535),
    -- The least severe event that it is told of
    severity TEXT CHECK (severity = 'emergency' OR severity = 'alert' OR severity = 'critical' OR severity = 'error' OR severity = 'warning' OR severity = 'notice' OR severity = 'info' OR severity = 'debug'),
    -- Categories that it is told of; left out: those of `snmp-server enable traps`
    categories TEXT,
    PRIMARY KEY (virtual_router, address),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- User of SNMPv3
CREATE TABLE snmp_user (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Name of the user
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    -- Access of the user
    access_group TEXT CHECK (access_group = 'public' OR access_group = 'private' OR access_group = 'admin'),
    -- Algorithm
    authentication_algorithm TEXT CHECK (authentication_algorithm = 'sha' OR authentication_algorithm = 'sha256' OR authentication_algorithm = 'sha512'),
    -- Passphrase of 8 to 64 characters
    authentication_key TEXT CHECK (authentication_key GLOB '$e1$*'),
    -- Algorithm
    privacy_algorithm TEXT CHECK (privacy_algorithm = 'aes128' OR privacy_algorithm = 'aes256'),
    -- Passphrase of 8 to 64 characters
    privacy_key TEXT CHECK (privacy_key GLOB '$e1$*'),
    PRIMARY KEY (virtual_router, name),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- IPsec transport profile
CREATE TABLE transport_profile (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Name of the profile
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- What is protected
    application TEXT,
    -- Transforms, the most wanted first
    transforms TEXT,
    -- Seconds
    lifetime_seconds INTEGER CHECK (lifetime_seconds BETWEEN 1800 AND 864000),
    -- Kilobytes
    lifetime_kilobytes INTEGER CHECK (lifetime_kilobytes BETWEEN 102400 AND 4294967295),
    -- Require perfect forward secrecy with this Diffie-Hellman group
    pfs_group TEXT CHECK (pfs_group = '1' OR pfs_group = '2' OR pfs_group = '5' OR pfs_group = '14' OR pfs_group = '15' OR pfs_group = '16' OR pfs_group = '19' OR pfs_group = '20' OR pfs_group = '21'),
    -- This end of the SAs; left out: any
    local_ip TEXT,
    -- The other end of the SAs; left out: any
    remote_ip TEXT,
    -- The transform of the profile
    session_key_inbound_transform TEXT CHECK (session_key_inbound_transform = 'ah-hmac-md5' OR session_key_inbound_transform = 'ah-hmac-sha' OR session_key_inbound_transform = 'esp-hmac-md5' OR session_key_inbound_transform = 'esp-hmac-sha' OR session_key_inbound_transform = 'esp-des' OR session_key_inbound_transform = 'esp-3des' OR session_key_inbound_transform = 'esp-des-hmac-md5' OR session_key_inbound_transform = 'esp-des-hmac-sha' OR session_key_inbound_transform = 'esp-3des-hmac-md5' OR session_key_inbound_transform = 'esp-3des-hmac-sha' OR session_key_inbound_transform = 'ah-hmac-sha256' OR session_key_inbound_transform = 'esp-hmac-sha256' OR session_key_inbound_transform = 'esp-des-hmac-sha256' OR session_key_inbound_transform = 'esp-3des-hmac-sha256' OR session_key_inbound_transform = 'esp-aes128' OR session_key_inbound_transform = 'esp-aes128-hmac-md5' OR session_key_inbound_transform = 'esp-aes128-hmac-sha' OR session_key_inbound_transform = 'esp-aes128-hmac-sha256' OR session_key_inbound_transform = 'esp-aes192' OR session_key_inbound_transform = 'esp-aes192-hmac-md5' OR session_key_inbound_transform = 'esp-aes192-hmac-sha' OR session_key_inbound_transform = 'esp-aes192-hmac-sha256' OR session_key_inbound_transform = 'esp-aes256' OR session_key_inbound_transform = 'esp-aes256-hmac-md5' OR session_key_inbound_transform = 'esp-aes256-hmac-sha' OR session_key_inbound_transform = 'esp-aes256-hmac-sha256' OR session_key_inbound_transform = 'esp-aes128-gcm' OR session_key_inbound_transform = 'esp-aes256-gcm'),
    -- SPI, 256 to 4294967295, decimal or 0x
    session_key_inbound_spi INTEGER CHECK (session_key_inbound_spi BETWEEN 0 AND 4294967295),
    -- Keys in hexadecimal, the encryption key before the authentication key
    session_key_inbound_key TEXT CHECK (session_key_inbound_key GLOB '$e1$*'),
    -- The transform of the profile
    session_key_outbound_transform TEXT CHECK (session_key_outbound_transform = 'ah-hmac-md5' OR session_key_outbound_transform = 'ah-hmac-sha' OR session_key_outbound_transform = 'esp-hmac-md5' OR session_key_outbound_transform = 'esp-hmac-sha' OR session_key_outbound_transform = 'esp-des' OR session_key_outbound_transform = 'esp-3des' OR session_key_outbound_transform = 'esp-des-hmac-md5' OR session_key_outbound_transform = 'esp-des-hmac-sha' OR session_key_outbound_transform = 'esp-3des-hmac-md5' OR session_key_outbound_transform = 'esp-3des-hmac-sha' OR session_key_outbound_transform = 'ah-hmac-sha256' OR session_key_outbound_transform = 'esp-hmac-sha256' OR session_key_outbound_transform = 'esp-des-hmac-sha256' OR session_key_outbound_transform = 'esp-3des-hmac-sha256' OR session_key_outbound_transform = 'esp-aes128' OR session_key_outbound_transform = 'esp-aes128-hmac-md5' OR session_key_outbound_transform = 'esp-aes128-hmac-sha' OR session_key_outbound_transform = 'esp-aes128-hmac-sha256' OR session_key_outbound_transform = 'esp-aes192' OR session_key_outbound_transform = 'esp-aes192-hmac-md5' OR session_key_outbound_transform = 'esp-aes192-hmac-sha' OR session_key_outbound_transform = 'esp-aes192-hmac-sha256' OR session_key_outbound_transform = 'esp-aes256' OR session_key_outbound_transform = 'esp-aes256-hmac-md5' OR session_key_outbound_transform = 'esp-aes256-hmac-sha' OR session_key_outbound_transform = 'esp-aes256-hmac-sha256' OR session_key_outbound_transform = 'esp-aes128-gcm' OR session_key_outbound_transform = 'esp-aes256-gcm'),
    -- SPI, 256 to 4294967295, decimal or 0x
    session_key_outbound_spi INTEGER CHECK (session_key_outbound_spi BETWEEN 0 AND 4294967295),
    -- Keys in hexadecimal, the encryption key before the authentication key
    session_key_outbound_key TEXT CHECK (session_key_outbound_key GLOB '$e1$*'),
    PRIMARY KEY (virtual_router, name),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Interface
CREATE TABLE interface (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Kind of interface
    type TEXT NOT NULL CHECK (type = 'loopback' OR type = 'null' OR type = 'fastEthernet' OR type = 'gigabitEthernet' OR type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    location TEXT NOT NULL CHECK (length(location) BETWEEN 1 AND 16),
    -- Address
    ip_address TEXT,
    -- Mask of its network
    ip_mask TEXT,
    -- Kind of interface
    ip_unnumbered_type TEXT CHECK (ip_unnumbered_type = 'loopback' OR ip_unnumbered_type = 'null' OR ip_unnumbered_type = 'fastEthernet' OR ip_unnumbered_type = 'gigabitEthernet' OR ip_unnumbered_type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    ip_unnumbered_location TEXT CHECK (length(ip_unnumbered_location) BETWEEN 1 AND 16),
    -- Largest IP packet, in bytes
    ip_mtu INTEGER CHECK (ip_mtu BETWEEN 160 AND 9000),
    -- Policy list for packets that come in here
    ip_policy_input TEXT CHECK (length(ip_policy_input) BETWEEN 1 AND 64),
    -- Text for people
    description TEXT CHECK (length(description) BETWEEN 1 AND 80),
    -- Take the interface out of service
    shutdown INTEGER CHECK (shutdown IN (0, 1)),
    -- Take the IP interface out of service
    ip_shutdown INTEGER CHECK (ip_shutdown IN (0, 1)),
    PRIMARY KEY (virtual_router, type, location),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (ip_policy_input)
        REFERENCES policy_list (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Secondary address
CREATE TABLE interface_address (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Kind of interface
    interface_type TEXT NOT NULL CHECK (interface_type = 'loopback' OR interface_type = 'null' OR interface_type = 'fastEthernet' OR interface_type = 'gigabitEthernet' OR interface_type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    interface_location TEXT NOT NULL CHECK (length(interface_location) BETWEEN 1 AND 16),
    -- Address
    address TEXT NOT NULL,
    -- Mask of its network
    mask TEXT NOT NULL,
    PRIMARY KEY (virtual_router, interface_type, interface_location, address, mask),
    FOREIGN KEY (virtual_router, interface_type, interface_location)
        REFERENCES interface (virtual_router, type, location) DEFERRABLE INITIALLY DEFERRED
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
    -- Kind of interface
    ip_unnumbered_type TEXT CHECK (ip_unnumbered_type = 'loopback' OR ip_unnumbered_type = 'null' OR ip_unnumbered_type = 'fastEthernet' OR ip_unnumbered_type = 'gigabitEthernet' OR ip_unnumbered_type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    ip_unnumbered_location TEXT CHECK (length(ip_unnumbered_location) BETWEEN 1 AND 16),
    -- One of the transport VR's own addresses
    source_address TEXT,
    -- FQDN, user@FQDN or a certificate's subject, signaled tunnels only
    source_identity TEXT CHECK (length(source_identity) BETWEEN 1 AND 80),
    -- Address of the peer
    destination_address TEXT,
    -- FQDN, user@FQDN or a certificate's subject, signaled tunnels only
    destination_identity TEXT CHECK (length(destination_identity) BETWEEN 1 AND 80),
    -- Address of the backup peer
    backup_destination_address TEXT,
    -- FQDN, user@FQDN or a certificate's subject
    backup_destination_identity TEXT CHECK (length(backup_destination_identity) BETWEEN 1 AND 80),
    -- Who a peer that signs has to be: the address, FQDN, user@FQDN or subject name that its certificate proves
    peer_certificate TEXT CHECK (length(peer_certificate) BETWEEN 1 AND 80),
    -- The same, of the backup destination, where that is somebody else
    backup_certificate TEXT CHECK (length(backup_certificate) BETWEEN 1 AND 80),
    -- How the tunnel's SAs come to be
    signaling TEXT CHECK (signaling = 'manual' OR signaling = 'isakmp'),
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
    -- What carries it
    encapsulation_kind TEXT CHECK (encapsulation_kind = 'udp'),
    -- UDP port of the peer; left out: 4500
    encapsulation_remote_port INTEGER CHECK (encapsulation_remote_port BETWEEN 1 AND 65535),
    -- Require perfect forward secrecy with this Diffie-Hellman group
    pfs_group TEXT CHECK (pfs_group = '1' OR pfs_group = '2' OR pfs_group = '5' OR pfs_group = '14' OR pfs_group = '15' OR pfs_group = '16' OR pfs_group = '19' OR pfs_group = '20' OR pfs_group = '21'),
    -- Policy list for packets that come in here
    ip_policy_input TEXT CHECK (length(ip_policy_input) BETWEEN 1 AND 64),
    -- The transform of the tunnel's set
    session_key_inbound_transform TEXT CHECK (session_key_inbound_transform = 'ah-hmac-md5' OR session_key_inbound_transform = 'ah-hmac-sha' OR session_key_inbound_transform = 'esp-hmac-md5' OR session_key_inbound_transform = 'esp-hmac-sha' OR session_key_inbound_transform = 'esp-des' OR session_key_inbound_transform = 'esp-3des' OR session_key_inbound_transform = 'esp-des-hmac-md5' OR session_key_inbound_transform = 'esp-des-hmac-sha' OR session_key_inbound_transform = 'esp-3des-hmac-md5' OR session_key_inbound_transform = 'esp-3des-hmac-sha' OR session_key_inbound_transform = 'ah-hmac-sha256' OR session_key_inbound_transform = 'esp-hmac-sha256' OR session_key_inbound_transform = 'esp-des-hmac-sha256' OR session_key_inbound_transform = 'esp-3des-hmac-sha256' OR session_key_inbound_transform = 'esp-aes128' OR session_key_inbound_transform = 'esp-aes128-hmac-md5' OR session_key_inbound_transform = 'esp-aes128-hmac-sha' OR session_key_inbound_transform = 'esp-aes128-hmac-sha256' OR session_key_inbound_transform = 'esp-aes192' OR session_key_inbound_transform = 'esp-aes192-hmac-md5' OR session_key_inbound_transform = 'esp-aes192-hmac-sha' OR session_key_inbound_transform = 'esp-aes192-hmac-sha256' OR session_key_inbound_transform = 'esp-aes256' OR session_key_inbound_transform = 'esp-aes256-hmac-md5' OR session_key_inbound_transform = 'esp-aes256-hmac-sha' OR session_key_inbound_transform = 'esp-aes256-hmac-sha256' OR session_key_inbound_transform = 'esp-aes128-gcm' OR session_key_inbound_transform = 'esp-aes256-gcm'),
    -- SPI, 256 to 4294967295, decimal or 0x
    session_key_inbound_spi INTEGER CHECK (session_key_inbound_spi BETWEEN 0 AND 4294967295),
    -- Keys in hexadecimal, the encryption key before the authentication key
    session_key_inbound_key TEXT CHECK (session_key_inbound_key GLOB '$e1$*'),
    -- The transform of the tunnel's set
    session_key_outbound_transform TEXT CHECK (session_key_outbound_transform = 'ah-hmac-md5' OR session_key_outbound_transform = 'ah-hmac-sha' OR session_key_outbound_transform = 'esp-hmac-md5' OR session_key_outbound_transform = 'esp-hmac-sha' OR session_key_outbound_transform = 'esp-des' OR session_key_outbound_transform = 'esp-3des' OR session_key_outbound_transform = 'esp-des-hmac-md5' OR session_key_outbound_transform = 'esp-des-hmac-sha' OR session_key_outbound_transform = 'esp-3des-hmac-md5' OR session_key_outbound_transform = 'esp-3des-hmac-sha' OR session_key_outbound_transform = 'ah-hmac-sha256' OR session_key_outbound_transform = 'esp-hmac-sha256' OR session_key_outbound_transform = 'esp-des-hmac-sha256' OR session_key_outbound_transform = 'esp-3des-hmac-sha256' OR session_key_outbound_transform = 'esp-aes128' OR session_key_outbound_transform = 'esp-aes128-hmac-md5' OR session_key_outbound_transform = 'esp-aes128-hmac-sha' OR session_key_outbound_transform = 'esp-aes128-hmac-sha256' OR session_key_outbound_transform = 'esp-aes192' OR session_key_outbound_transform = 'esp-aes192-hmac-md5' OR session_key_outbound_transform = 'esp-aes192-hmac-sha' OR session_key_outbound_transform = 'esp-aes192-hmac-sha256' OR session_key_outbound_transform = 'esp-aes256' OR session_key_outbound_transform = 'esp-aes256-hmac-md5' OR session_key_outbound_transform = 'esp-aes256-hmac-sha' OR session_key_outbound_transform = 'esp-aes256-hmac-sha256' OR session_key_outbound_transform = 'esp-aes128-gcm' OR session_key_outbound_transform = 'esp-aes256-gcm'),
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
        REFERENCES transform_set (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (ip_policy_input)
        REFERENCES policy_list (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Secondary address
CREATE TABLE tunnel_address (
    -- Name of the virtual router
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    -- Name of the tunnel
    tunnel TEXT NOT NULL CHECK (length(tunnel) BETWEEN 1 AND 80),
    -- Address
    address TEXT NOT NULL,
    -- Mask of its network
    mask TEXT NOT NULL,
    PRIMARY KEY (virtual_router, tunnel, address, mask),
    FOREIGN KEY (virtual_router, tunnel)
        REFERENCES tunnel (virtual_router, name) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- GRE tunnel
CREATE TABLE gre_tunnel (
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
    -- This end of the tunnel: one of the transport VR's own addresses
    source TEXT,
    -- The other end of the tunnel
    destination TEXT,
    -- Largest inner packet, in bytes
    mtu INTEGER CHECK (mtu BETWEEN 160 AND 9000),
    -- Policy list for packets that come in here
    ip_policy_input TEXT CHECK (length(ip_policy_input) BETWEEN 1 AND 64),
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
    FOREIGN KEY (ip_policy_input)
        REFERENCES policy_list (name) DEFERRABLE INITIALLY DEFERRED
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
    out_type TEXT CHECK (out_type = 'loopback' OR out_type = 'null' OR out_type = 'fastEthernet' OR out_type = 'gigabitEthernet' OR out_type = 'tenGigabitEthernet'),
    -- Number, slot/port, or slot/adapter/port
    out_location TEXT CHECK (length(out_location) BETWEEN 1 AND 16),
    -- Name of the tunnel
    out_tunnel TEXT CHECK (length(out_tunnel) BETWEEN 1 AND 80),
    -- Name of the GRE tunnel
    out_gre TEXT CHECK (length(out_gre) BETWEEN 1 AND 80),
    -- Administrative distance: the lowest wins
    distance INTEGER CHECK (distance BETWEEN 1 AND 255),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX route_keys ON route (virtual_router, prefix, mask, coalesce(next_hop, ''), coalesce(out_type, ''), coalesce(out_location, ''), coalesce(out_tunnel, ''), coalesce(out_gre, ''));

-- What was committed, by whom, and what it changed.  Never rewritten: a
-- rollback is a commit of its own.  changes: objects that it touched.  label
-- and id: given with the commit, or NULL; of one label the newest counts.
CREATE TABLE commit_log (
    generation INTEGER PRIMARY KEY,
    user       TEXT NOT NULL,
    origin     TEXT NOT NULL,
    at         TEXT NOT NULL,
    comment    TEXT NOT NULL,
    changes    INTEGER NOT NULL,
    label      TEXT,
    id         TEXT UNIQUE
) STRICT;

CREATE INDEX commit_by_label ON commit_log (label, generation)
    WHERE label IS NOT NULL;

-- What `commit confirmed` made and nobody has confirmed yet: one row, or none.
-- When the time has come, what is running goes back to generation back_to.
-- Written and removed in the transaction of the commit that it belongs to.
CREATE TABLE confirmation (
    generation  INTEGER NOT NULL REFERENCES commit_log (generation),
    back_to     INTEGER NOT NULL,
    deadline_us INTEGER NOT NULL, -- since 1970
    period_us   INTEGER NOT NULL, -- how long it had to wait in all
    guard_s     INTEGER NOT NULL, -- 0: no guard
    user        TEXT NOT NULL,
    origin      TEXT NOT NULL
) STRICT;

-- One row for each object created or deleted, as a whole (setting is NULL),
-- and one for each setting that changed in an object that stayed.  old and new
-- are the lines that make it, with secrets in masked form; NULL where it was
-- or is not there.  keys, old_values and new_values say the same, and all that
-- a created or deleted object had, as JSON objects by column, with the values
-- as the object's own table has them: from these an older configuration is
-- rebuilt.
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

-- Who did, or tried, what changes something: accepted commits are written
-- with the commit, the rest right after it happened.  The newest 100,000.
-- Which lines a commit changed is in `change`, not here; no secret is.
CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    user    TEXT NOT NULL,
    origin  TEXT NOT NULL,
    session INTEGER NOT NULL,
    event   TEXT NOT NULL,
    outcome TEXT NOT NULL,
    text    TEXT NOT NULL
) STRICT;

-- How far back the history reaches: what commits up to `oldest` changed is
-- pruned, or about to be, so that generation is the oldest one that can be
-- rebuilt.  No row: nothing was pruned yet.
CREATE TABLE kept (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    oldest INTEGER NOT NULL
) STRICT;

-- Numbers that SNMP knows interfaces by (ifIndex), and virtual routers (router
-- index).  Written in the transaction of the commit that makes or removes
-- them.  used: 1 configured, 2 a port of the chassis, 3 both; 0: it is gone
-- since generation `gone`, and its name keeps the number.
CREATE TABLE interface_number (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    used   INTEGER NOT NULL,
    gone   INTEGER
) STRICT;

CREATE INDEX interface_number_used ON interface_number (number)
    WHERE used > 0;
CREATE INDEX interface_number_plain ON interface_number (number)
    WHERE used > 0 AND name < 'tunnel'; -- not those of tunnels
CREATE INDEX interface_number_gone ON interface_number (gone, number)
    WHERE used = 0;

CREATE TABLE router_number (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    used   INTEGER NOT NULL,
    gone   INTEGER
) STRICT;

-- The router's own RSA keys, PKCS #8, sealed under its key file; certificates,
-- its own and those of CAs; revocation lists.  Not configuration: written by
-- commands that act at once, never rolled back.  Numbers are of one row for
-- certificates and lists.  subject, issuer and source (a file's name) are for
-- people who read the table; der alone counts.  trusted: what it signs is
-- believed, if it is a CA's.
CREATE TABLE pki_key (
    number INTEGER PRIMARY KEY,
    sealed TEXT NOT NULL
) STRICT;

CREATE TABLE pki_certificate (
    number  INTEGER PRIMARY KEY,
    trusted INTEGER NOT NULL,
    subject TEXT NOT NULL,
    source  TEXT NOT NULL,
    der     BLOB NOT NULL
) STRICT;

CREATE TABLE pki_crl (
    number INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL,
    source TEXT NOT NULL,
    der    BLOB NOT NULL
) STRICT;

-- Who the SNMP agent is: one row, or none before its first start.  The id in
-- hexadecimal; boots counts its starts (RFC 3414, 2.2.2).
CREATE TABLE snmp_engine (
    id    TEXT NOT NULL,
    boots INTEGER NOT NULL
) STRICT;

-- What operators were told of a certificate: the step before its end (1: 30
-- days, 2: 7, 3: one, 4: it has expired), and that it is revoked.
CREATE TABLE pki_notice (
    certificate INTEGER PRIMARY KEY,
    step        INTEGER NOT NULL,
    revoked     INTEGER NOT NULL
) STRICT;

-- Views, for people who look with sqlite3 (docs/database.md).  They are made
-- anew with each change of the tables.

-- What was committed, the newest first.
CREATE VIEW v_history AS
SELECT generation, at, user, origin, changes AS objects, comment
FROM commit_log
ORDER BY generation DESC;

-- Each line that a commit took away and put in its place; of an object that
-- came or went, all that it had.
CREATE VIEW v_changes AS
SELECT generation, at, user, path,
    CASE WHEN setting IS NULL THEN old || ' ' || old_values ELSE old END AS old,
    CASE WHEN setting IS NULL THEN new || ' ' || new_values ELSE new END AS new
FROM change JOIN commit_log USING (generation)
ORDER BY generation DESC, position;

-- Who touched it last?  setting is NULL for the object as a whole.
CREATE VIEW v_last_change AS
SELECT path, setting, max(generation) AS generation, at, user, comment
FROM change JOIN commit_log USING (generation)
GROUP BY path, setting;

-- What an empty column means is in docs/reference/configuration.md: the
-- default.
CREATE VIEW v_tunnels AS
SELECT name, virtual_router, coalesce(transport_vr, virtual_router) AS transport,
    coalesce(signaling, 'isakmp') AS signaling, ip_address, ip_mask,
    coalesce(source_address, source_identity) AS source,
    coalesce(destination_address, destination_identity) AS destination,
    coalesce(backup_destination_address, backup_destination_identity) AS backup,
    transform_set, mtu, coalesce(shutdown, 0) AS shutdown, description
FROM tunnel
ORDER BY virtual_router, name;

-- A row for each transform set, with how many tunnels use it.
CREATE VIEW v_transform_sets AS
SELECT name, transforms,
    (SELECT count(*) FROM tunnel WHERE transform_set = transform_set.name)
        AS tunnels
FROM transform_set
ORDER BY name;

CREATE VIEW v_interfaces AS
SELECT virtual_router, type || ' ' || location AS interface,
    ip_address, ip_mask, coalesce(shutdown, 0) AS shutdown, description
FROM interface
UNION ALL
SELECT virtual_router, 'tunnel ipsec:' || name,
    ip_address, ip_mask, coalesce(shutdown, 0), description
FROM tunnel
ORDER BY virtual_router, interface;

CREATE VIEW v_routes AS
SELECT virtual_router, prefix, mask,
    coalesce(next_hop, out_type || ' ' || out_location,
        'tunnel ipsec:' || out_tunnel) AS next, coalesce(distance, 1) AS distance
FROM route
ORDER BY virtual_router, prefix, mask;
