-- Members who leave: what becomes of their data, and what must not go meanwhile.

create table erasure (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    reason       text        not null,
    asked_at     timestamptz not null,
    due_at       timestamptz not null,
    erased_at    timestamptz,
    backups_until timestamptz,
    stores       jsonb       not null,
    constraint erasure_once unique (member_id),
    constraint erasure_reason_known check (reason in ('closed', 'under_age')),
    constraint erasure_done check ((erased_at is null) = (backups_until is null))
);
create index erasure_due on erasure (due_at, id) where erased_at is null;

-- While one stands, nothing of the member is erased or purged.
create table legal_hold (
    id        uuid        primary key,
    member_id uuid        not null references member (id) on delete restrict on update restrict,
    reason    text        not null,
    placed_by uuid        not null references member (id) on delete restrict on update restrict,
    placed_at timestamptz not null,
    lifted_by uuid        references member (id) on delete restrict on update restrict,
    lifted_at timestamptz,
    constraint legal_hold_lifted check ((lifted_at is null) = (lifted_by is null))
);
create unique index legal_hold_one_stands on legal_hold (member_id) where lifted_at is null;
create index legal_hold_placed_by on legal_hold (placed_by);
create index legal_hold_lifted_by on legal_hold (lifted_by) where lifted_by is not null;

-- Days; the operator decides them, by a newer row.
insert into rate (kind, scope, valid_from, number, source) values
    ('erasure_wait', '*', '2020-01-01',  30, 'returned payouts and reversed rejections still arrive; GDPR Art. 12 (3)'),
    ('backups_kept', '*', '2020-01-01',  35, 'a first value: the operator decides'),
    ('retention', 'tax_papers', '2020-01-01', 3652, 'as the books; unverified per country');
