-- Tokens of programs: only their SHA-256.
create table token (
    name text not null primary key,
    scope text not null,
    digest blob not null
) without rowid;
