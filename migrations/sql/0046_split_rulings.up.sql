-- A dispute may end in between: the worker is paid a share, and the employer gets the rest back.

alter table assignment drop constraint assignment_state_known;
alter table assignment add constraint assignment_state_known check (state in
    ('claimed', 'submitted', 'returned', 'expired', 'revision_requested', 'withdrawn',
     'approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected', 'revoked'));
insert into assignment_move values ('disputed', 'partly_approved');
alter table assignment add column awarded_reward_micros bigint;
alter table assignment add column awarded_fee_micros bigint;
alter table assignment add column awarded_vat_micros bigint;
alter table assignment add constraint assignment_award_of_a_split check
    ((state = 'partly_approved') = (awarded_reward_micros is not null)
     and (state = 'partly_approved') = (awarded_fee_micros is not null)
     and (state = 'partly_approved') = (awarded_vat_micros is not null)
     and awarded_reward_micros between 0 and reward_micros
     and awarded_fee_micros between 0 and fee_micros
     and awarded_vat_micros between 0 and vat_micros);
drop index assignment_worker_approved;
create index assignment_worker_approved on assignment (worker_id, decided_at)
    where state in ('approved', 'partly_approved');

alter table dispute add column percent int;
alter table dispute drop constraint dispute_ruling_known;
alter table dispute add constraint dispute_ruling_known check
    (ruling in ('worker', 'employer', 'platform', 'split'));
alter table dispute add constraint dispute_split_has_percent check
    ((coalesce(ruling, '') = 'split') = (percent is not null) and percent between 1 and 99);
alter table dispute_step add column percent int;
alter table dispute_step drop constraint dispute_step_ruling_known;
alter table dispute_step add constraint dispute_step_ruling_known check
    (ruling in ('worker', 'employer', 'platform', 'split'));
