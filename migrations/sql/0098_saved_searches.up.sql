-- Filters of the market that members keep, and campaigns they were told of by them.
create table saved_search (
    member_id   uuid        not null references member (id) on delete restrict on update restrict,
    name        text        not null,
    filter      text        not null, -- as the member reads it
    condition   jsonb       not null, -- the same, as campaigns are looked for
    is_alerting boolean     not null,
    set_at      timestamptz not null,
    primary key (member_id, name),
    constraint saved_search_name_length check (length(name) between 1 and 60)
);
create index saved_search_alerting on saved_search (member_id) where is_alerting;

create table search_alert (
    member_id   uuid        not null references member (id) on delete restrict on update restrict,
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    told_at     timestamptz not null,
    primary key (member_id, campaign_id)
);
create index search_alert_campaign on search_alert (campaign_id);
create index search_alert_day on search_alert (member_id, told_at);

-- Up to which event all searches have been looked through, and the round that is under way: to
-- which event it goes, and which member was last.
create table search_position (
    id             int    primary key,
    tx             xid8   not null,
    seq            bigint not null,
    until_tx       xid8,
    until_seq      bigint,
    last_member_id uuid,
    constraint search_position_only_one check (id = 1),
    constraint search_position_round check ((until_tx is null) = (until_seq is null))
);
insert into search_position (id, tx, seq) values (1, pg_snapshot_xmin(pg_current_snapshot()), 0);

-- The subject is the campaign, but the event is the member's alone: no other reader of the
-- campaign is told who looks for it.
create function search_alert_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'search_found', changed.campaign_id, changed.member_id from changed;
    return null;
end $$;
create trigger e_told after insert on search_alert referencing new table as changed
    for each statement execute function search_alert_event();

alter table notification_choice drop constraint notification_choice_muted_known;
alter table notification_choice add constraint notification_choice_muted_known check
    (muted <@ array['messages', 'work', 'campaigns', 'rewards', 'searches', 'invitations']::text[]);
