-- A campaign may be extended at another price: claims keep theirs, with the VAT decided for it.

alter table assignment add column vat_decision_id uuid
    references vat_decision (id) on delete restrict on update restrict;
update assignment a set vat_decision_id = c.vat_decision_id from campaign c where c.id = a.campaign_id;
create index assignment_vat_decision on assignment (vat_decision_id);

-- The price of the moment in which the task's row is ours: whoever changes it has locked all tasks.
-- The statement that made the claim may have read the campaign a moment before that.
create function assignment_price() returns trigger language plpgsql as $$
begin
    if new.vat_decision_id is null then
        select c.reward_micros, c.fee_micros, c.vat_micros, c.vat_decision_id
            into new.reward_micros, new.fee_micros, new.vat_micros, new.vat_decision_id
            from campaign c where c.id = new.campaign_id;
    end if;
    return new;
end $$;
create trigger b_price before insert on assignment
    for each row execute function assignment_price();

create function assignment_keeps_decision() returns trigger language plpgsql as $$
begin
    raise exception 'the price of an assignment never changes'
        using errcode = '23514', constraint = 'assignment_terms_fixed';
end $$;
create trigger c_decision_fixed before update of vat_decision_id on assignment
    for each row when (new.vat_decision_id is distinct from old.vat_decision_id)
    execute function assignment_keeps_decision();

-- The most a place of it ever cost, for the limit of what an unverified employer offers.
alter table campaign add column place_micros_max bigint;

create or replace view billable_work as
    select a.id, false as is_bonus, a.campaign_id, c.title, c.employer_id, a.worker_id, a.currency,
           coalesce(a.awarded_reward_micros, a.reward_micros) as reward_micros,
           coalesce(a.awarded_fee_micros, a.fee_micros) as fee_micros,
           coalesce(a.awarded_vat_micros, a.vat_micros) as vat_micros,
           a.decided_at as earned_at, a.vat_decision_id
    from assignment a join campaign c on c.id = a.campaign_id
    where a.state in ('approved', 'partly_approved')
    union all
    select b.id, true, b.campaign_id, c.title, b.employer_id, b.worker_id, b.currency,
           b.amount_micros, b.fee_micros, b.vat_micros, b.sent_at, b.vat_decision_id
    from bonus b join campaign c on c.id = b.campaign_id;
