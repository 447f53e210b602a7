-- People who may log in. Of everything secret only what cannot be turned round is kept, but for the
-- secrets of codes, which have to be known here to be checked.
create table account (
    id text not null primary key,
    -- In small letters.
    name text not null unique,
    role text not null,
    -- argon2id as PHC writes it.
    password text not null,
    totp blob,
    totp_step bigint not null,
    created bigint not null
) without rowid;

-- Codes on paper that were not used yet.
create table recovery_code (
    digest blob not null primary key,
    account text not null
) without rowid;

create table passkey (
    id blob not null primary key,
    account text not null,
    name text not null,
    -- The public key, as COSE has it.
    public_key blob not null,
    counter bigint not null,
    created bigint not null,
    used bigint
) without rowid;

create table session (
    -- SHA-256 of what the cookie holds.
    digest blob not null primary key,
    account text not null,
    created bigint not null,
    seen bigint not null,
    remote text not null,
    agent text not null
) without rowid;
create index session_of on session (account);

-- Browsers somebody logged in with before: those are not kept out by what others try.
create table device (
    digest blob not null primary key,
    account text not null,
    created bigint not null
) without rowid;

-- One-time links. A used one stays until it would have ended, so that it is not taken again.
create table link (
    digest blob not null primary key,
    -- Null: whoever opens it chooses.
    name text,
    role text not null,
    reset bigint not null,
    expires bigint not null,
    used bigint
) without rowid;

-- Who changed what over the web, and who came in.
create table change (
    seq integer primary key,
    at bigint not null,
    author text not null,
    remote text not null,
    what text not null
);
create index change_at on change (at);
