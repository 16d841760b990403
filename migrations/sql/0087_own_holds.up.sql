-- A member may hold all of their own payouts; and what the platform told to whom is written down.

create table payout_member_hold (
    member_id uuid        primary key references member (id) on delete restrict on update restrict,
    held_at   timestamptz not null
);

create table disclosure (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    recipient    text        not null,
    legal_basis  text        not null,
    reference    text        not null,
    fields       text[]      not null,
    disclosed_on date        not null,
    may_be_told  boolean     not null,
    recorded_by  uuid        not null references member (id) on delete restrict on update restrict,
    recorded_at  timestamptz not null,
    constraint disclosure_fields_some check (cardinality(fields) between 1 and 50),
    constraint disclosure_not_by_oneself check (recorded_by <> member_id),
    constraint disclosure_after_it_happened check (disclosed_on <= (recorded_at at time zone 'UTC')::date)
);
create index disclosure_of_member on disclosure (member_id, recorded_at desc, id desc);
create index disclosure_list on disclosure (recorded_at desc, id desc);
create trigger x_append_only before update or delete on disclosure
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on disclosure
    for each statement execute function refuse_change();
