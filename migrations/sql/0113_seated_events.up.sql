-- Who is asked to vote hears of it, and nobody else: the subject is the seat, not the dispute.

create function panel_seat_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'dispute_seated', changed.id, null, changed.reviewer_id, null from changed;
    return null;
end $$;
create trigger e_seated after insert on panel_seat referencing new table as changed
    for each statement execute function panel_seat_event();
