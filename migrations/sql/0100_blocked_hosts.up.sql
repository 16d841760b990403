-- Hosts that no campaign may lead to, and the hosts that tasks lead to.

create table blocked_host (
    host       text        not null,
    position   int         not null,
    is_blocked boolean     not null,
    reason     text        not null,
    actor_id   uuid        not null references member (id) on delete restrict on update restrict,
    at         timestamptz not null,
    primary key (host, position),
    constraint blocked_host_written check (host ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)+$')
);
create index blocked_host_actor on blocked_host (actor_id);
create trigger x_append_only before update or delete on blocked_host
    for each row execute function refuse_change();

create table campaign_host (
    campaign_id uuid not null references campaign (id) on delete restrict on update restrict,
    host        text not null,
    primary key (campaign_id, host)
);
-- What can be told of tasks that are there, in the spelling that nearly all have.
insert into campaign_host (campaign_id, host)
    select distinct t.campaign_id, lower(found[1])
    from task t cross join lateral regexp_matches(
        concat_ws(' ', t.content_url, t.content_text, t.variables::text),
        '((?:[a-z0-9_-]+\.)+[a-z]{2,63})', 'gi') as found;
