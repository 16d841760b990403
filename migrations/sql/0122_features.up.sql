-- Paid placement: an employer pays for a campaign to be shown first for a while (R43, E2f).

insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('income:features', 'income', -1, true, null, 'what employers pay to have campaigns shown first');
insert into rate (kind, scope, valid_from, micros, source) values
    ('feature_min', '*', '2020-01-01', 2000000, 'a first value: the operator decides'),
    ('feature_max', '*', '2020-01-01', 50000000, 'a first value: the operator decides');
insert into rate (kind, scope, valid_from, number, source) values
    ('feature_hours', '*', '2020-01-01', 24, 'a first value: the operator decides');

alter table vat_decision drop constraint vat_decision_subject;
alter table vat_decision add constraint vat_decision_subject check
    (subject_kind in ('campaign', 'self_bill', 'bonus', 'feature'));

create table campaign_feature (
    id              uuid        primary key,
    campaign_id     uuid        not null references campaign (id) on delete restrict on update restrict,
    employer_id     uuid        not null references member (id) on delete restrict on update restrict,
    currency        text        not null,
    amount_micros   bigint      not null,
    vat_micros      bigint      not null,
    vat_decision_id uuid        not null references vat_decision (id) on delete restrict on update restrict,
    weight          int         not null, -- the amount in thousandths of the least bid in its currency
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    constraint campaign_feature_amount_positive check (amount_micros > 0 and vat_micros >= 0),
    constraint campaign_feature_weight_positive check (weight > 0),
    constraint campaign_feature_lasts check (starts_at < ends_at)
);
create index campaign_feature_now on campaign_feature (ends_at);
create index campaign_feature_campaign on campaign_feature (campaign_id, ends_at desc);
create index campaign_feature_employer on campaign_feature (employer_id, currency);
create index campaign_feature_decision on campaign_feature (vat_decision_id);
create trigger x_append_only before update or delete on campaign_feature
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on campaign_feature
    for each statement execute function refuse_change();

create or replace view billable_work as
    select a.id, false as is_bonus, a.campaign_id, c.title, c.employer_id, a.worker_id, a.currency,
           coalesce(a.awarded_reward_micros, a.reward_micros) as reward_micros,
           coalesce(a.awarded_fee_micros, a.fee_micros) as fee_micros,
           coalesce(a.awarded_vat_micros, a.vat_micros) as vat_micros,
           a.decided_at as earned_at, a.vat_decision_id, false as is_placement
    from assignment a join campaign c on c.id = a.campaign_id
    where a.state in ('approved', 'partly_approved')
    union all
    select b.id, true, b.campaign_id, c.title, b.employer_id, b.worker_id, b.currency,
           b.amount_micros, b.fee_micros, b.vat_micros, b.sent_at, b.vat_decision_id, false
    from bonus b join campaign c on c.id = b.campaign_id
    union all
    select f.id, false, f.campaign_id, c.title, f.employer_id, null, f.currency,
           0, f.amount_micros, f.vat_micros, f.starts_at, f.vat_decision_id, true
    from campaign_feature f join campaign c on c.id = f.campaign_id;
