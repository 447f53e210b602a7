-- What a channel gave for a notice that rings until somebody answers, while it may still ring.
alter table outbox add column receipt text;
