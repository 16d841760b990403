-- Whoever may take fewer claims is told, again when it changes; how many and why they read.
create function claim_allowance_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'allowance_set', changed.member_id, changed.member_id from changed;
    return null;
end $$;
create trigger e_set after insert on claim_allowance referencing new table as changed
    for each statement execute function claim_allowance_event();
create trigger e_changed after update on claim_allowance referencing new table as changed
    for each statement execute function claim_allowance_event();
