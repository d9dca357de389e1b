-- A database of version 1, four commits old: what its program made, dumped by
-- the sqlite3 shell.  Never changed: it stands for the files out there.
BEGIN TRANSACTION;
CREATE TABLE system (
    only INTEGER PRIMARY KEY DEFAULT 1 CHECK (only = 1),
    hostname TEXT CHECK (length(hostname) BETWEEN 1 AND 64),
    ipsec_lifetime_seconds INTEGER CHECK (ipsec_lifetime_seconds BETWEEN 1800 AND 864000),
    ipsec_lifetime_kilobytes INTEGER CHECK (ipsec_lifetime_kilobytes BETWEEN 102400 AND 4294967295)
) STRICT;
INSERT INTO system VALUES(1,'northside',NULL,NULL);
CREATE TABLE transform_set (
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    transforms TEXT,
    PRIMARY KEY (name)
) STRICT;
INSERT INTO transform_set VALUES('plain','esp-hmac-sha');
INSERT INTO transform_set VALUES('strong','esp-3des-hmac-sha esp-3des-hmac-md5');
CREATE TABLE ike_policy_rule (
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
    aggressive_mode TEXT CHECK (aggressive_mode IN ('accepted', 'requested', 'required')),
    authentication TEXT CHECK (authentication IN ('pre-share', 'rsa-sig')),
    encryption TEXT CHECK (encryption IN ('3des', 'des')),
    dh_group TEXT CHECK (dh_group IN ('1', '2', '5')),
    hash TEXT CHECK (hash IN ('md5', 'sha')),
    lifetime INTEGER CHECK (lifetime BETWEEN 60 AND 86400),
    PRIMARY KEY (number)
) STRICT;
INSERT INTO ike_policy_rule VALUES(10,NULL,'pre-share','3des','2','sha',7200);
CREATE TABLE virtual_router (
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    PRIMARY KEY (name)
) STRICT;
INSERT INTO virtual_router VALUES('default');
INSERT INTO virtual_router VALUES('isp');
CREATE TABLE interface (
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    type TEXT NOT NULL CHECK (type IN ('loopback', 'null', 'fastEthernet', 'gigabitEthernet')),
    location TEXT NOT NULL CHECK (length(location) BETWEEN 1 AND 16),
    ip_address TEXT,
    ip_mask TEXT,
    ip_mtu INTEGER CHECK (ip_mtu BETWEEN 160 AND 9000),
    description TEXT CHECK (length(description) BETWEEN 1 AND 80),
    shutdown INTEGER CHECK (shutdown IN (0, 1)),
    PRIMARY KEY (virtual_router, type, location),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO interface VALUES('default','loopback','0','10.1.0.1','255.255.0.0',1500,'"the boston lan"',NULL);
INSERT INTO interface VALUES('isp','loopback','7','192.0.2.1','255.255.255.255',NULL,NULL,NULL);
CREATE TABLE tunnel (
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    transport_vr TEXT CHECK (length(transport_vr) BETWEEN 1 AND 32),
    ip_address TEXT,
    ip_mask TEXT,
    source_address TEXT,
    source_identity TEXT CHECK (length(source_identity) BETWEEN 1 AND 80),
    destination_address TEXT,
    destination_identity TEXT CHECK (length(destination_identity) BETWEEN 1 AND 80),
    backup_destination_address TEXT,
    backup_destination_identity TEXT CHECK (length(backup_destination_identity) BETWEEN 1 AND 80),
    signaling TEXT CHECK (signaling IN ('manual', 'isakmp')),
    transform_set TEXT CHECK (length(transform_set) BETWEEN 1 AND 64),
    local_identity_address TEXT,
    local_identity_mask TEXT,
    local_identity_first TEXT,
    local_identity_last TEXT,
    peer_identity_address TEXT,
    peer_identity_mask TEXT,
    peer_identity_first TEXT,
    peer_identity_last TEXT,
    lifetime_seconds INTEGER CHECK (lifetime_seconds BETWEEN 1800 AND 864000),
    lifetime_kilobytes INTEGER CHECK (lifetime_kilobytes BETWEEN 102400 AND 4294967295),
    mtu INTEGER CHECK (mtu BETWEEN 160 AND 9000),
    pfs_group TEXT CHECK (pfs_group IN ('1', '2', '5')),
    session_key_inbound_transform TEXT CHECK (session_key_inbound_transform IN ('ah-hmac-md5', 'ah-hmac-sha', 'esp-hmac-md5', 'esp-hmac-sha', 'esp-des', 'esp-3des', 'esp-des-hmac-md5', 'esp-des-hmac-sha', 'esp-3des-hmac-md5', 'esp-3des-hmac-sha')),
    session_key_inbound_spi INTEGER CHECK (session_key_inbound_spi BETWEEN 0 AND 4294967295),
    session_key_inbound_key TEXT CHECK (session_key_inbound_key GLOB '$e1$*'),
    session_key_outbound_transform TEXT CHECK (session_key_outbound_transform IN ('ah-hmac-md5', 'ah-hmac-sha', 'esp-hmac-md5', 'esp-hmac-sha', 'esp-des', 'esp-3des', 'esp-des-hmac-md5', 'esp-des-hmac-sha', 'esp-3des-hmac-md5', 'esp-3des-hmac-sha')),
    session_key_outbound_spi INTEGER CHECK (session_key_outbound_spi BETWEEN 0 AND 4294967295),
    session_key_outbound_key TEXT CHECK (session_key_outbound_key GLOB '$e1$*'),
    description TEXT CHECK (length(description) BETWEEN 1 AND 80),
    shutdown INTEGER CHECK (shutdown IN (0, 1)),
    ip_shutdown INTEGER CHECK (ip_shutdown IN (0, 1)),
    PRIMARY KEY (virtual_router, name),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (transport_vr)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (transform_set)
        REFERENCES transform_set (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO tunnel VALUES('default','ottawa','isp','10.255.0.1','255.255.255.252','192.0.2.1',NULL,'192.0.2.2',NULL,NULL,NULL,'manual','plain',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1300,NULL,'esp-hmac-sha',4097,'$e1$Ka3rYI9dWGFSdsAdLAFhvhpOxrH+wU/yGbCX6MnhpBoPXZip0yBCviAUVrPkVbbnAwSKeN3I8uo=','esp-hmac-sha',4098,'$e1$b5081pjx0U7/tZzGJTtGeQ98B7FWoL1M4frULTAe1ns2KSJa/wcQy7YROL06m9RQl6iLK16mnxI=','"changed in three"',NULL,NULL);
CREATE TABLE route (
    virtual_router TEXT NOT NULL CHECK (length(virtual_router) BETWEEN 1 AND 32),
    prefix TEXT NOT NULL,
    mask TEXT NOT NULL,
    next_hop TEXT,
    out_type TEXT CHECK (out_type IN ('loopback', 'null', 'fastEthernet', 'gigabitEthernet')),
    out_location TEXT CHECK (length(out_location) BETWEEN 1 AND 16),
    out_tunnel TEXT CHECK (length(out_tunnel) BETWEEN 1 AND 80),
    distance INTEGER CHECK (distance BETWEEN 1 AND 255),
    FOREIGN KEY (virtual_router)
        REFERENCES virtual_router (name) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO route VALUES('default','10.2.0.0','255.255.0.0',NULL,NULL,NULL,'ottawa',NULL);
CREATE TABLE commit_log (
    generation INTEGER PRIMARY KEY,
    user       TEXT NOT NULL,
    origin     TEXT NOT NULL,
    at         TEXT NOT NULL,
    comment    TEXT NOT NULL,
    changes    INTEGER NOT NULL
) STRICT;
INSERT INTO commit_log VALUES(1,'root','console','2015-01-01T10:00:00Z','the first site',9);
INSERT INTO commit_log VALUES(2,'root','console','2015-01-02T10:00:00Z','denver',1);
INSERT INTO commit_log VALUES(3,'root','console','2015-01-03T10:00:00Z','',4);
INSERT INTO commit_log VALUES(4,'root','console','2015-01-04T10:00:00Z','denver is gone',2);
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
INSERT INTO change VALUES(1,1,'system','system','hostname',NULL,'hostname boston','{}',NULL,'{"hostname": "boston"}');
INSERT INTO change VALUES(1,2,'system','system','ipsec_lifetime',NULL,'ipsec lifetime seconds 7200','{}',NULL,'{"ipsec_lifetime_seconds": 7200}');
INSERT INTO change VALUES(1,3,'transform-set','ipsec transform-set plain',NULL,NULL,'ipsec transform-set plain','{"name": "plain"}',NULL,NULL);
INSERT INTO change VALUES(1,4,'transform-set','ipsec transform-set plain','transforms',NULL,'ipsec transform-set plain esp-hmac-sha','{"name": "plain"}',NULL,'{"transforms": "esp-hmac-sha"}');
INSERT INTO change VALUES(1,5,'transform-set','ipsec transform-set strong',NULL,NULL,'ipsec transform-set strong','{"name": "strong"}',NULL,NULL);
INSERT INTO change VALUES(1,6,'transform-set','ipsec transform-set strong','transforms',NULL,'ipsec transform-set strong esp-3des-hmac-sha esp-3des-hmac-md5','{"name": "strong"}',NULL,'{"transforms": "esp-3des-hmac-sha esp-3des-hmac-md5"}');
INSERT INTO change VALUES(1,7,'virtual-router','virtual-router isp',NULL,NULL,'virtual-router isp','{"name": "isp"}',NULL,NULL);
INSERT INTO change VALUES(1,8,'interface','interface loopback 0',NULL,NULL,'interface loopback 0','{"virtual_router": "default", "type": "loopback", "location": "0"}',NULL,NULL);
INSERT INTO change VALUES(1,9,'interface','interface loopback 0','ip',NULL,'ip address 10.1.0.1 255.255.0.0','{"virtual_router": "default", "type": "loopback", "location": "0"}',NULL,'{"ip_address": "10.1.0.1", "ip_mask": "255.255.0.0"}');
INSERT INTO change VALUES(1,10,'interface','interface loopback 0','ip_mtu',NULL,'ip mtu 1500','{"virtual_router": "default", "type": "loopback", "location": "0"}',NULL,'{"ip_mtu": 1500}');
INSERT INTO change VALUES(1,11,'interface','interface loopback 0','description',NULL,'description "the boston lan"','{"virtual_router": "default", "type": "loopback", "location": "0"}',NULL,'{"description": "\"the boston lan\""}');
INSERT INTO change VALUES(1,12,'interface','virtual-router isp interface loopback 7',NULL,NULL,'virtual-router isp interface loopback 7','{"virtual_router": "isp", "type": "loopback", "location": "7"}',NULL,NULL);
INSERT INTO change VALUES(1,13,'interface','virtual-router isp interface loopback 7','ip',NULL,'ip address 192.0.2.1 255.255.255.255','{"virtual_router": "isp", "type": "loopback", "location": "7"}',NULL,'{"ip_address": "192.0.2.1", "ip_mask": "255.255.255.255"}');
INSERT INTO change VALUES(1,14,'tunnel','interface tunnel ipsec:ottawa',NULL,NULL,'interface tunnel ipsec:ottawa','{"virtual_router": "default", "name": "ottawa"}',NULL,NULL);
INSERT INTO change VALUES(1,15,'tunnel','interface tunnel ipsec:ottawa','transport_vr',NULL,'interface tunnel ipsec:ottawa transport-virtual-router isp','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"transport_vr": "isp"}');
INSERT INTO change VALUES(1,16,'tunnel','interface tunnel ipsec:ottawa','ip',NULL,'ip address 10.255.0.1 255.255.255.252','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"ip_address": "10.255.0.1", "ip_mask": "255.255.255.252"}');
INSERT INTO change VALUES(1,17,'tunnel','interface tunnel ipsec:ottawa','source',NULL,'tunnel source 192.0.2.1','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"source_address": "192.0.2.1"}');
INSERT INTO change VALUES(1,18,'tunnel','interface tunnel ipsec:ottawa','destination',NULL,'tunnel destination 192.0.2.2','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"destination_address": "192.0.2.2"}');
INSERT INTO change VALUES(1,19,'tunnel','interface tunnel ipsec:ottawa','signaling',NULL,'tunnel signaling manual','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"signaling": "manual"}');
INSERT INTO change VALUES(1,20,'tunnel','interface tunnel ipsec:ottawa','transform_set',NULL,'tunnel transform-set plain','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"transform_set": "plain"}');
INSERT INTO change VALUES(1,21,'tunnel','interface tunnel ipsec:ottawa','mtu',NULL,'tunnel mtu 1400','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"mtu": 1400}');
INSERT INTO change VALUES(1,22,'tunnel','interface tunnel ipsec:ottawa','session_key_inbound',NULL,'tunnel session-key-inbound esp-hmac-sha 0x1001 masked $e1$Ka3rYI9dWGFSdsAdLAFhvhpOxrH+wU/yGbCX6MnhpBoPXZip0yBCviAUVrPkVbbnAwSKeN3I8uo=','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"session_key_inbound_transform": "esp-hmac-sha", "session_key_inbound_spi": 4097, "session_key_inbound_key": "$e1$Ka3rYI9dWGFSdsAdLAFhvhpOxrH+wU/yGbCX6MnhpBoPXZip0yBCviAUVrPkVbbnAwSKeN3I8uo="}');
INSERT INTO change VALUES(1,23,'tunnel','interface tunnel ipsec:ottawa','session_key_outbound',NULL,'tunnel session-key-outbound esp-hmac-sha 0x1002 masked $e1$b5081pjx0U7/tZzGJTtGeQ98B7FWoL1M4frULTAe1ns2KSJa/wcQy7YROL06m9RQl6iLK16mnxI=','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"session_key_outbound_transform": "esp-hmac-sha", "session_key_outbound_spi": 4098, "session_key_outbound_key": "$e1$b5081pjx0U7/tZzGJTtGeQ98B7FWoL1M4frULTAe1ns2KSJa/wcQy7YROL06m9RQl6iLK16mnxI="}');
INSERT INTO change VALUES(1,24,'route','ip route 10.2.0.0 255.255.0.0 tunnel ipsec:ottawa',NULL,NULL,'ip route 10.2.0.0 255.255.0.0 tunnel ipsec:ottawa','{"virtual_router": "default", "prefix": "10.2.0.0", "mask": "255.255.0.0", "out_tunnel": "ottawa"}',NULL,NULL);
INSERT INTO change VALUES(1,25,'route','ip route 10.3.0.0 255.255.0.0 192.0.2.9',NULL,NULL,'ip route 10.3.0.0 255.255.0.0 192.0.2.9','{"virtual_router": "default", "prefix": "10.3.0.0", "mask": "255.255.0.0", "next_hop": "192.0.2.9"}',NULL,NULL);
INSERT INTO change VALUES(1,26,'route','ip route 10.3.0.0 255.255.0.0 192.0.2.9','distance',NULL,'ip route 10.3.0.0 255.255.0.0 192.0.2.9 20','{"virtual_router": "default", "prefix": "10.3.0.0", "mask": "255.255.0.0", "next_hop": "192.0.2.9"}',NULL,'{"distance": 20}');
INSERT INTO change VALUES(2,1,'tunnel','interface tunnel ipsec:denver',NULL,NULL,'interface tunnel ipsec:denver','{"virtual_router": "default", "name": "denver"}',NULL,NULL);
INSERT INTO change VALUES(2,2,'tunnel','interface tunnel ipsec:denver','transport_vr',NULL,'interface tunnel ipsec:denver transport-virtual-router isp','{"virtual_router": "default", "name": "denver"}',NULL,'{"transport_vr": "isp"}');
INSERT INTO change VALUES(2,3,'tunnel','interface tunnel ipsec:denver','ip',NULL,'ip address 10.255.0.5 255.255.255.252','{"virtual_router": "default", "name": "denver"}',NULL,'{"ip_address": "10.255.0.5", "ip_mask": "255.255.255.252"}');
INSERT INTO change VALUES(2,4,'tunnel','interface tunnel ipsec:denver','source',NULL,'tunnel source 192.0.2.1','{"virtual_router": "default", "name": "denver"}',NULL,'{"source_address": "192.0.2.1"}');
INSERT INTO change VALUES(2,5,'tunnel','interface tunnel ipsec:denver','destination',NULL,'tunnel destination identity gw.denver.example.com','{"virtual_router": "default", "name": "denver"}',NULL,'{"destination_identity": "gw.denver.example.com"}');
INSERT INTO change VALUES(2,6,'tunnel','interface tunnel ipsec:denver','signaling',NULL,'tunnel signaling isakmp','{"virtual_router": "default", "name": "denver"}',NULL,'{"signaling": "isakmp"}');
INSERT INTO change VALUES(2,7,'tunnel','interface tunnel ipsec:denver','transform_set',NULL,'tunnel transform-set strong','{"virtual_router": "default", "name": "denver"}',NULL,'{"transform_set": "strong"}');
INSERT INTO change VALUES(2,8,'tunnel','interface tunnel ipsec:denver','local_identity',NULL,'tunnel local-identity subnet 10.1.0.0 255.255.0.0','{"virtual_router": "default", "name": "denver"}',NULL,'{"local_identity_address": "10.1.0.0", "local_identity_mask": "255.255.0.0"}');
INSERT INTO change VALUES(2,9,'tunnel','interface tunnel ipsec:denver','peer_identity',NULL,'tunnel peer-identity range 10.4.0.1 10.4.0.9','{"virtual_router": "default", "name": "denver"}',NULL,'{"peer_identity_first": "10.4.0.1", "peer_identity_last": "10.4.0.9"}');
INSERT INTO change VALUES(2,10,'tunnel','interface tunnel ipsec:denver','lifetime',NULL,'tunnel lifetime seconds 3600','{"virtual_router": "default", "name": "denver"}',NULL,'{"lifetime_seconds": 3600}');
INSERT INTO change VALUES(2,11,'tunnel','interface tunnel ipsec:denver','pfs_group',NULL,'tunnel pfs group 2','{"virtual_router": "default", "name": "denver"}',NULL,'{"pfs_group": "2"}');
INSERT INTO change VALUES(3,1,'system','system','hostname','hostname boston','hostname northside','{}','{"hostname": "boston"}','{"hostname": "northside"}');
INSERT INTO change VALUES(3,2,'ike-policy-rule','ipsec ike-policy-rule 10',NULL,NULL,'ipsec ike-policy-rule 10','{"number": 10}',NULL,NULL);
INSERT INTO change VALUES(3,3,'ike-policy-rule','ipsec ike-policy-rule 10','authentication',NULL,'authentication pre-share','{"number": 10}',NULL,'{"authentication": "pre-share"}');
INSERT INTO change VALUES(3,4,'ike-policy-rule','ipsec ike-policy-rule 10','encryption',NULL,'encryption 3des','{"number": 10}',NULL,'{"encryption": "3des"}');
INSERT INTO change VALUES(3,5,'ike-policy-rule','ipsec ike-policy-rule 10','dh_group',NULL,'group 2','{"number": 10}',NULL,'{"dh_group": "2"}');
INSERT INTO change VALUES(3,6,'ike-policy-rule','ipsec ike-policy-rule 10','hash',NULL,'hash sha','{"number": 10}',NULL,'{"hash": "sha"}');
INSERT INTO change VALUES(3,7,'ike-policy-rule','ipsec ike-policy-rule 10','lifetime',NULL,'lifetime 7200','{"number": 10}',NULL,'{"lifetime": 7200}');
INSERT INTO change VALUES(3,8,'tunnel','interface tunnel ipsec:ottawa','mtu','tunnel mtu 1400','tunnel mtu 1300','{"virtual_router": "default", "name": "ottawa"}','{"mtu": 1400}','{"mtu": 1300}');
INSERT INTO change VALUES(3,9,'tunnel','interface tunnel ipsec:ottawa','description',NULL,'description "changed in three"','{"virtual_router": "default", "name": "ottawa"}',NULL,'{"description": "\"changed in three\""}');
INSERT INTO change VALUES(3,10,'route','ip route 10.3.0.0 255.255.0.0 192.0.2.9',NULL,'ip route 10.3.0.0 255.255.0.0 192.0.2.9',NULL,'{"virtual_router": "default", "prefix": "10.3.0.0", "mask": "255.255.0.0", "next_hop": "192.0.2.9"}',NULL,NULL);
INSERT INTO change VALUES(3,11,'route','ip route 10.3.0.0 255.255.0.0 192.0.2.9','distance','ip route 10.3.0.0 255.255.0.0 192.0.2.9 20',NULL,'{"virtual_router": "default", "prefix": "10.3.0.0", "mask": "255.255.0.0", "next_hop": "192.0.2.9"}','{"distance": 20}',NULL);
INSERT INTO change VALUES(4,1,'system','system','ipsec_lifetime','ipsec lifetime seconds 7200',NULL,'{}','{"ipsec_lifetime_seconds": 7200}',NULL);
INSERT INTO change VALUES(4,2,'tunnel','interface tunnel ipsec:denver',NULL,'interface tunnel ipsec:denver',NULL,'{"virtual_router": "default", "name": "denver"}',NULL,NULL);
INSERT INTO change VALUES(4,3,'tunnel','interface tunnel ipsec:denver','transport_vr','interface tunnel ipsec:denver transport-virtual-router isp',NULL,'{"virtual_router": "default", "name": "denver"}','{"transport_vr": "isp"}',NULL);
INSERT INTO change VALUES(4,4,'tunnel','interface tunnel ipsec:denver','ip','ip address 10.255.0.5 255.255.255.252',NULL,'{"virtual_router": "default", "name": "denver"}','{"ip_address": "10.255.0.5", "ip_mask": "255.255.255.252"}',NULL);
INSERT INTO change VALUES(4,5,'tunnel','interface tunnel ipsec:denver','source','tunnel source 192.0.2.1',NULL,'{"virtual_router": "default", "name": "denver"}','{"source_address": "192.0.2.1"}',NULL);
INSERT INTO change VALUES(4,6,'tunnel','interface tunnel ipsec:denver','destination','tunnel destination identity gw.denver.example.com',NULL,'{"virtual_router": "default", "name": "denver"}','{"destination_identity": "gw.denver.example.com"}',NULL);
INSERT INTO change VALUES(4,7,'tunnel','interface tunnel ipsec:denver','signaling','tunnel signaling isakmp',NULL,'{"virtual_router": "default", "name": "denver"}','{"signaling": "isakmp"}',NULL);
INSERT INTO change VALUES(4,8,'tunnel','interface tunnel ipsec:denver','transform_set','tunnel transform-set strong',NULL,'{"virtual_router": "default", "name": "denver"}','{"transform_set": "strong"}',NULL);
INSERT INTO change VALUES(4,9,'tunnel','interface tunnel ipsec:denver','local_identity','tunnel local-identity subnet 10.1.0.0 255.255.0.0',NULL,'{"virtual_router": "default", "name": "denver"}','{"local_identity_address": "10.1.0.0", "local_identity_mask": "255.255.0.0"}',NULL);
INSERT INTO change VALUES(4,10,'tunnel','interface tunnel ipsec:denver','peer_identity','tunnel peer-identity range 10.4.0.1 10.4.0.9',NULL,'{"virtual_router": "default", "name": "denver"}','{"peer_identity_first": "10.4.0.1", "peer_identity_last": "10.4.0.9"}',NULL);
INSERT INTO change VALUES(4,11,'tunnel','interface tunnel ipsec:denver','lifetime','tunnel lifetime seconds 3600',NULL,'{"virtual_router": "default", "name": "denver"}','{"lifetime_seconds": 3600}',NULL);
INSERT INTO change VALUES(4,12,'tunnel','interface tunnel ipsec:denver','pfs_group','tunnel pfs group 2',NULL,'{"virtual_router": "default", "name": "denver"}','{"pfs_group": "2"}',NULL);
CREATE TABLE sequence (
    tunnel TEXT NOT NULL,
    spi    INTEGER NOT NULL,
    next   INTEGER NOT NULL,
    PRIMARY KEY (tunnel, spi)
) STRICT;
INSERT INTO sequence VALUES('ottawa',4098,1048577);
CREATE UNIQUE INDEX route_keys ON route (virtual_router, prefix, mask, coalesce(next_hop, ''), coalesce(out_type, ''), coalesce(out_location, ''), coalesce(out_tunnel, ''));
CREATE INDEX change_by_path ON change (path, setting, generation);
COMMIT;
PRAGMA application_id = 1163021646;
PRAGMA user_version = 1;
