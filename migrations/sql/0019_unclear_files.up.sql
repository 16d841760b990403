-- A file that was handed in before the one that explains it may be read again.
alter table provider_file
    add column unclear_count int not null default 0,
    add constraint provider_file_unclear_count_not_negative check (unclear_count >= 0);
