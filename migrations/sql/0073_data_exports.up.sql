-- What members take along: one archive each, sealed, for a week.

create table data_export (
    id        uuid        primary key,
    member_id uuid        not null references member (id) on delete restrict on update restrict,
    asked_at  timestamptz not null,
    ready_at  timestamptz,
    until     timestamptz,
    content   bytea,
    constraint data_export_ready check
        ((ready_at is null) = (until is null) and (ready_at is null) = (content is null))
);
create index data_export_member on data_export (member_id, asked_at desc, id desc);
create index data_export_until on data_export (until) where until is not null;
create unique index data_export_one_waits on data_export (member_id) where ready_at is null;

insert into rate (kind, scope, valid_from, number, source) values
    ('retention', 'data_exports', '2020-01-01', 7, 'long enough to fetch it');
