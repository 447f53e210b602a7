-- heartbeats.db: what has to call in. Precious as state.db is, but written all the time. Times and
-- lengths are microseconds.

-- Checks whose slugs are addressed with the same ping key.
create table heartbeat_project (
    id bigint not null primary key,
    name text not null,
    ping_key text not null unique
) without rowid;

-- What the owner decided about each check.
create table heartbeat (
    id bigint not null primary key,
    definition text not null
) without rowid;

-- What became of it: rewritten by every call, so it is kept apart and small.
create table heartbeat_life (
    id bigint not null primary key,
    life text not null
) without rowid;

-- The log of each check: the newest lines, and its last failures.
create table heartbeat_ping (
    seq integer primary key,
    heartbeat bigint not null,
    n bigint not null,
    at bigint not null,
    kind text not null,
    exit bigint,
    rid text,
    duration bigint,
    scheme text not null,
    method text not null,
    remote text not null,
    agent text not null,
    body blob not null
);
create index heartbeat_ping_of on heartbeat_ping (heartbeat, n);

-- Every change of status.
create table heartbeat_flip (
    seq integer primary key,
    heartbeat bigint not null,
    at bigint not null,
    before text not null,
    after text not null,
    reason text not null
);
create index heartbeat_flip_of on heartbeat_flip (heartbeat, at);
