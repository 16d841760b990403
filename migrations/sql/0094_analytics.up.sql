-- What the platform counts of its own events: each for a purpose, under a pseudonym per purpose.

create table analytics_choice (
    member_id  uuid        primary key references member (id) on delete restrict on update restrict,
    is_allowed boolean     not null,
    chosen_at  timestamptz not null
);

-- Without its row here a pseudonym leads to nobody.
create table analytics_subject (
    member_id uuid not null references member (id) on delete restrict on update restrict,
    purpose   text not null,
    pseudonym uuid not null,
    primary key (member_id, purpose),
    constraint analytics_subject_pseudonym unique (pseudonym),
    constraint analytics_subject_purpose_known check (purpose in ('fraud', 'faults', 'variety'))
);

-- On purpose without references.
create table analytics_event (
    id          uuid        primary key,
    pseudonym   uuid        not null,
    purpose     text        not null,
    kind        text        not null,
    happened_at timestamptz not null,
    event_count int         not null,
    constraint analytics_event_once_a_day unique (pseudonym, kind, happened_at),
    constraint analytics_event_purpose_known check (purpose in ('fraud', 'faults', 'variety')),
    constraint analytics_event_counts check (event_count > 0)
);
create index analytics_event_old on analytics_event (happened_at);

create table analytics_position (
    id  int    primary key,
    tx  xid8   not null,
    seq bigint not null,
    constraint analytics_position_only_one check (id = 1)
);
insert into analytics_position (id, tx, seq)
    values (1, pg_snapshot_xmin(pg_current_snapshot()), 0);

insert into rate (kind, scope, valid_from, number, source) values
    ('retention', 'analytics', '2020-01-01', 180, 'a first value: the operator decides');
