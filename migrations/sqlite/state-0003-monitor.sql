-- Monitors that the page and the API made; those of config files are not here.
create table monitor (
    name text primary key,
    -- The keys of its table, as TOML.
    body text not null,
    changed integer not null,
    -- Who changed it last.
    author text not null
);
