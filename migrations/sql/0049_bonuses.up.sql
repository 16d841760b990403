-- Bonuses: what an employer pays on top for good work, with our fee and its VAT (E6), and on papers.

create table bonus (
    id              uuid        primary key,
    assignment_id   uuid        not null references assignment (id) on delete restrict on update restrict,
    campaign_id     uuid        not null references campaign (id) on delete restrict on update restrict,
    employer_id     uuid        not null references member (id) on delete restrict on update restrict,
    worker_id       uuid        not null references member (id) on delete restrict on update restrict,
    currency        text        not null,
    amount_micros   bigint      not null,
    fee_micros      bigint      not null,
    vat_micros      bigint      not null,
    vat_decision_id uuid        not null references vat_decision (id) on delete restrict on update restrict,
    reason          text        not null,
    sent_at         timestamptz not null,
    constraint bonus_amount_positive check (amount_micros > 0),
    constraint bonus_fees_not_negative check (fee_micros >= 0 and vat_micros >= 0),
    constraint bonus_reason_length check (length(reason) between 1 and 1000)
);
create index bonus_assignment on bonus (assignment_id, sent_at desc, id desc);
create index bonus_campaign on bonus (campaign_id);
create index bonus_employer on bonus (employer_id, currency);
create index bonus_worker on bonus (worker_id, currency);
create trigger x_append_only before update or delete on bonus
    for each row execute function refuse_change();

alter table vat_decision drop constraint vat_decision_subject;
alter table vat_decision add constraint vat_decision_subject check
    (subject_kind in ('campaign', 'self_bill', 'bonus'));
insert into rate (kind, scope, valid_from, basis_points, source) values
    ('bonus_fee', '*', '2020-01-01', 500, 'platform price list');
insert into rate (kind, scope, valid_from, micros, source) values
    ('bonus_min', '*', '2020-01-01', 5000, 'a first value: the operator decides'),
    ('bonus_max', '*', '2020-01-01', 100000000, 'a first value: the operator decides');

-- All that fee invoices and self-bills show: a bonus stands beside the work it was given for.
create view billable_work as
    select a.id, false as is_bonus, a.campaign_id, c.title, c.employer_id, a.worker_id, a.currency,
           coalesce(a.awarded_reward_micros, a.reward_micros) as reward_micros,
           coalesce(a.awarded_fee_micros, a.fee_micros) as fee_micros,
           coalesce(a.awarded_vat_micros, a.vat_micros) as vat_micros,
           a.decided_at as earned_at, c.vat_decision_id
    from assignment a join campaign c on c.id = a.campaign_id
    where a.state in ('approved', 'partly_approved')
    union all
    select b.id, true, b.campaign_id, c.title, b.employer_id, b.worker_id, b.currency,
           b.amount_micros, b.fee_micros, b.vat_micros, b.sent_at, b.vat_decision_id
    from bonus b join campaign c on c.id = b.campaign_id;

-- Which of it stands on which document; the id is that of an assignment or of a bonus.
alter table billed_assignment drop constraint billed_assignment_assignment_id_fkey;
alter table billed_assignment rename constraint billed_assignment_kind_known to billed_work_kind_known;
alter table billed_assignment rename column assignment_id to work_id;
alter table billed_assignment rename to billed_work;
alter index billed_assignment_pkey rename to billed_work_pkey;
alter index billed_assignment_document rename to billed_work_document;

create function bonus_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'assignment_bonus_sent', changed.assignment_id, changed.campaign_id, changed.worker_id,
           changed.employer_id
    from changed;
    return null;
end $$;
create trigger e_began after insert on bonus referencing new table as changed
    for each statement execute function bonus_event();
