-- What has ended goes after so many days: which rows, and what became of them.

create index login_session_ended on login_session
    (least(revoked_at, idle_expires_at, absolute_expires_at));
create index step_up_challenge_expires on step_up_challenge (expires_at);
create index profile_change_ended on profile_change (decided_at) where decided_at is not null;
create index invitation_ended on invitation (ended_at) where ended_at is not null;

-- Days; the operator decides them, by a newer row.
insert into rate (kind, scope, valid_from, number, source) values
    ('retention', 'sessions', '2020-01-01', 30, 'a first value: the operator decides'),
    ('retention', 'profile_changes', '2020-01-01', 180, 'a first value: the operator decides'),
    ('retention', 'notifications', '2020-01-01', 180, 'a first value: the operator decides'),
    ('retention', 'webhook_deliveries', '2020-01-01', 30, 'as the events that they tell'),
    ('retention', 'invitations', '2020-01-01', 365, 'a first value: the operator decides');

-- The receipt of each day on which something went; the rows that count never say whose.
create table purge (
    store     text   not null,
    purged_on date   not null,
    row_count bigint not null,
    primary key (store, purged_on),
    constraint purge_counts_something check (row_count > 0)
);

-- When the tax papers of somebody erased may go, as their receipt says; and when they went.
alter table erasure add column tax_until timestamptz;
alter table erasure add column tax_erased_at timestamptz;
update erasure e set tax_until = (
    select max((line ->> 'kept_until')::timestamptz) from jsonb_array_elements(e.stores) as line)
where erased_at is not null
  and exists (select from data_key k where k.subject_id = e.member_id);
create index erasure_tax_due on erasure (tax_until, id)
    where tax_until is not null and tax_erased_at is null;
