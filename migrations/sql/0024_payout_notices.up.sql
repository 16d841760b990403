-- What a member must hear about the places where they are paid: that one was added or removed, so
-- that a thief's is noticed, and that money waits to be collected, once a week.

alter table payout add column reminded_at timestamptz;

create function payout_reminded_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'payout_unclaimed_reminder', changed.id, changed.worker_id
    from changed join before using (id)
    where changed.reminded_at is distinct from before.reminded_at;
    return null;
end $$;
create trigger e_reminded after update on payout
    referencing old table as before new table as changed
    for each statement execute function payout_reminded_event();

create function destination_added_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'destination_added', changed.id, changed.member_id from changed;
    return null;
end $$;
create trigger e_began after insert on destination referencing new table as changed
    for each statement execute function destination_added_event();

create function destination_removed_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'destination_removed', changed.id, changed.member_id
    from changed join before using (id)
    where changed.state = 'removed' and before.state <> 'removed';
    return null;
end $$;
create trigger e_changed after update on destination
    referencing old table as before new table as changed
    for each statement execute function destination_removed_event();
