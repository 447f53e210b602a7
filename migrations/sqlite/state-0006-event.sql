-- Which event it is ('login', 'ban'); nothing where it is none. The page asks for the newest of a kind.
alter table observed add column event text;
update observed set event = json_extract(body, '$.event.event')
    where body like '{"kind":"event"%' and json_valid(body);
create index observed_event on observed (event, at) where event is not null;
