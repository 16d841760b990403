-- What members say of themselves, and what staff decide about the rest.

create table member_profile (
    member_id uuid   primary key references member (id) on delete restrict on update restrict,
    city      text,
    gender    text,
    interests text[] not null,
    shown     text[] not null,
    constraint member_profile_gender_known check (gender in ('woman', 'man', 'other')),
    constraint member_profile_shown_known check (shown <@ array
        ['city', 'age_band', 'gender', 'languages', 'interests', 'devices']::text[])
);

-- One request per field waits at a time; the value that was asked for goes with the decision.
create table profile_change (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    field        text        not null,
    wanted       text,
    reason       text        not null,
    state        text        not null,
    asked_at     timestamptz not null,
    decided_by   uuid        references member (id) on delete restrict on update restrict,
    decided_at   timestamptz,
    answer       text,
    constraint profile_change_field_known check (field in ('name', 'born_on', 'email')),
    constraint profile_change_state_known check (state in ('waiting', 'approved', 'declined')),
    constraint profile_change_wanted_while_waiting check ((state = 'waiting') = (wanted is not null)),
    constraint profile_change_decided check
        ((state = 'waiting') = (decided_at is null) and (decided_at is null) = (decided_by is null)
         and (decided_at is null) = (answer is null))
);
create unique index profile_change_one_waits on profile_change (member_id, field)
    where state = 'waiting';
create index profile_change_member on profile_change (member_id, asked_at desc, id desc);
create index profile_change_queue on profile_change (asked_at, id) where state = 'waiting';
create index profile_change_decided_by on profile_change (decided_by) where decided_by is not null;
