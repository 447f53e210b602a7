-- series.db: bulk. Times are microseconds since 1970.

create table series (
    id integer primary key,
    host text not null,
    subject text not null,
    metric text not null,
    unique (host, subject, metric)
);

-- One row a tick until its hour is sealed: (series id, f32) pairs. By time first, so that a
-- write touches one page.
create table hot (
    at bigint not null,
    host text not null,
    body blob not null,
    primary key (at, host)
) without rowid;

-- Sealed samples of a family: resolution 0 as measured (an hour a block), 300 five-minute means
-- (a day a block), 3600 hourly means (30 days a block).
-- With rowid: without, bodies of this size leave a third of every page empty.
create table block (
    host text not null,
    resolution bigint not null,
    family text not null,
    start bigint not null,
    finish bigint not null,
    body blob not null,
    primary key (host, resolution, family, start)
);
