-- What a member is told: in an inbox, by mail, or both. Rows are made from the feed of events.

create table notification_position (
    id  int    primary key,
    tx  xid8   not null,
    seq bigint not null,
    constraint notification_position_only_one check (id = 1)
);
insert into notification_position (id, tx, seq)
    values (1, pg_snapshot_xmin(pg_current_snapshot()), 0);

create table notification_choice (
    member_id      uuid   primary key references member (id) on delete restrict on update restrict,
    payout_channel text   not null,
    muted          text[] not null,
    constraint notification_choice_channel_known check (payout_channel in ('email', 'inbox', 'both')),
    constraint notification_choice_muted_known check
        (muted <@ array['messages', 'work', 'campaigns', 'rewards']::text[])
);

create table notification (
    id          uuid        primary key,
    member_id   uuid        not null references member (id) on delete restrict on update restrict,
    event_id    uuid        not null,
    kind        text        not null,
    subject_id  uuid        not null,
    is_in_inbox boolean     not null,
    deadline_at timestamptz,
    created_at  timestamptz not null,
    read_at     timestamptz,
    mail_state  text        not null,
    mail_ended_at timestamptz,
    constraint notification_once unique (event_id, member_id),
    constraint notification_mail_known check
        (mail_state in ('unwanted', 'wanted', 'sending', 'sent', 'nobody')),
    constraint notification_mail_end check ((mail_state in ('sent', 'nobody')) = (mail_ended_at is not null))
);
create index notification_list on notification (member_id, created_at desc, id desc) where is_in_inbox;
create index notification_unread on notification (member_id) where is_in_inbox and read_at is null;
create index notification_old on notification (created_at);

-- A new session is news for whoever did not begin it.
create function login_session_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'session_begun', changed.id, changed.member_id from changed;
    return null;
end $$;
create trigger e_began after insert on login_session referencing new table as changed
    for each statement execute function login_session_event();
