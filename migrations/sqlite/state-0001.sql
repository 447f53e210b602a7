-- state.db: small and precious. Times are microseconds since 1970.

-- What the judge knows, one row a thing; opaque to everything else.
create table judge (
    key text primary key,
    value text not null
) without rowid;

-- What the judge decided: the alert history.
create table decision (
    seq integer primary key,
    at bigint not null,
    body text not null
);
create index decision_at on decision (at);

-- What was heard beside samples: states, events, the owner's words. With the samples of
-- series.db this is what replay hears.
create table observed (
    seq integer primary key,
    at bigint not null,
    body text not null
);
create index observed_at on observed (at);

-- Notices: 'pending' until the channel said it has them.
create table outbox (
    key text primary key,
    channel text not null,
    created bigint not null,
    state text not null,
    attempts bigint not null,
    due bigint not null,
    delivered bigint,
    error text,
    body text not null
) without rowid;
create index outbox_state on outbox (state, created);
