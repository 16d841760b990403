-- A bank's statement tells of money that came to our account, too.

alter table provider_file add column arrivals jsonb not null default '[]';
