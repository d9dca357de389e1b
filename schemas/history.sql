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
