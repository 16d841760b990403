-- An employer contests work that was approved, for fraud; the assignment stays approved (E20).

alter table dispute add column kind text not null default 'rejection';
alter table dispute alter column kind drop default;
alter table dispute add constraint dispute_kind_known check (kind in ('rejection', 'fraud'));
-- Between right and fraud there is nothing to share.
alter table dispute add constraint dispute_fraud_is_not_split check
    (kind = 'rejection' or (coalesce(ruling, '') <> 'split' and worker_offer is null
                            and employer_offer is null));
-- A worker's silence about fraud is not an answer: staff look at it.
insert into dispute_move values ('awaiting_answer', 'panel');

create or replace function dispute_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select case when changed.kind = 'fraud' then 'dispute_awaiting_worker'
                else 'dispute_' || changed.state end,
           changed.id, a.campaign_id, changed.worker_id, changed.employer_id
    from changed join assignment a on a.id = changed.assignment_id;
    return null;
end $$;

create or replace function dispute_check_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'awaiting_answer' then
            raise exception 'a dispute starts with a question'
                using errcode = '23514', constraint = 'dispute_first_state';
        end if;
        return new;
    end if;
    if new.state is distinct from old.state then
        perform 1 from dispute_move where from_state = old.state and to_state = new.state;
        if not found then
            raise exception 'dispute cannot go from % to %', old.state, new.state
                using errcode = '23514', constraint = 'dispute_legal_move';
        end if;
    end if;
    if (new.assignment_id, new.worker_id, new.employer_id, new.opened_at, new.kind)
       is distinct from
       (old.assignment_id, old.worker_id, old.employer_id, old.opened_at, old.kind) then
        raise exception 'what a dispute is about never changes'
            using errcode = '23514', constraint = 'dispute_terms_fixed';
    end if;
    return new;
end $$;
