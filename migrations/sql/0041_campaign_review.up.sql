-- Staff look at campaigns before and after they open; members report them; unverified employers
-- offer only so much at a time; what is over is archived.

alter table campaign drop constraint campaign_state_known;
alter table campaign add constraint campaign_state_known check (state in
    ('draft', 'funded', 'pending_review', 'declined', 'running', 'paused', 'paused_system',
     'paused_admin', 'exhausted', 'stopping', 'finished', 'archived'));
alter table campaign drop constraint campaign_pause_reason_known;
alter table campaign add constraint campaign_pause_reason_known check (pause_reason in
    ('low_escrow', 'rejection_breaker', 'review_time_breach', 'quality', 'reports', 'staff'));
alter table campaign drop constraint campaign_paused_has_reason;
alter table campaign add constraint campaign_paused_has_reason check
    ((state in ('paused_system', 'paused_admin')) = (pause_reason is not null));
drop index campaign_unfinished;
create index campaign_unfinished on campaign (id)
    where state in ('running', 'paused', 'paused_system', 'paused_admin', 'exhausted', 'stopping');
create index campaign_finished on campaign (finished_at) where state = 'finished';
create index campaign_overseen on campaign (funded_at, id)
    where state in ('pending_review', 'paused_admin', 'paused_system');

alter table campaign_decision rename column reason to pause_reason;
alter table campaign_decision add column decline_reason text;

create table campaign_report (
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    reporter_id uuid        not null references member (id) on delete restrict on update restrict,
    reason      text        not null,
    text        text        not null,
    at          timestamptz not null,
    primary key (campaign_id, reporter_id),
    constraint campaign_report_reason_known check (reason in
        ('personal_data', 'card_data', 'fraud', 'offensive', 'unmarked_adult', 'other'))
);
create trigger x_append_only before update or delete on campaign_report
    for each row execute function refuse_change();

-- A rate may be a count as well.
alter table rate
    add column number int,
    drop constraint rate_is_one_thing,
    add constraint rate_is_one_thing check (num_nonnulls(basis_points, micros, number) = 1),
    add constraint rate_number_positive check (number > 0);
insert into rate (kind, scope, valid_from, micros, source) values
    ('campaign_review', '*', '2020-01-01', 1000000000000000000, 'nothing is looked at first until the operator says so'),
    ('unverified_employer', '*', '2020-01-01', 1000000000000, 'a first value: the operator decides');
insert into rate (kind, scope, valid_from, micros, source)
    select 'unverified_employer', scope, valid_from, micros * 2, source
    from rate where kind = 'payout_release';
insert into rate (kind, scope, valid_from, number, source) values
    ('campaign_reports', '*', '2020-01-01', 3, 'a first value: the operator decides');

-- What verification has found, where rules below it can read it.
alter table member add column verification_level int not null default 0,
    add constraint member_verification_level_range check (verification_level between 0 and 3);
update member m set verification_level = s.level
from verification_standing s where s.member_id = m.id and s.level > 0;
