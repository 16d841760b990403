-- Earnings that a member spends as an employer (E21): one way, and once each.

create table spending (
    id            uuid        primary key,
    member_id     uuid        not null references member (id) on delete restrict on update restrict,
    currency      text        not null,
    amount_micros bigint      not null,
    spent_at      timestamptz not null,
    constraint spending_amount_positive check (amount_micros > 0)
);
create index spending_member on spending (member_id, spent_at desc, id desc);
create trigger x_append_only before update or delete on spending
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on spending
    for each statement execute function refuse_change();

create function spending_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'spending_made', changed.id, changed.member_id from changed;
    return null;
end $$;
create trigger e_made after insert on spending referencing new table as changed
    for each statement execute function spending_event();
