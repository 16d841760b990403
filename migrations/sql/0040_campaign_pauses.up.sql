-- A campaign can be paused by a rule of ours; each such decision is kept, with the owner's answer.

alter table campaign add column pause_reason text;
alter table campaign drop constraint campaign_state_known;
alter table campaign add constraint campaign_state_known check (state in
    ('draft', 'funded', 'running', 'paused', 'paused_system', 'exhausted', 'stopping', 'finished'));
alter table campaign add constraint campaign_pause_reason_known check (pause_reason in
    ('low_escrow', 'rejection_breaker', 'review_time_breach', 'quality'));
alter table campaign add constraint campaign_paused_has_reason check
    ((state = 'paused_system') = (pause_reason is not null));
drop index campaign_unfinished;
create index campaign_unfinished on campaign (id)
    where state in ('running', 'paused', 'paused_system', 'exhausted', 'stopping');

create table campaign_decision (
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    position    int         not null,
    event       text        not null,
    party       text        not null,
    reason      text,
    text        text,
    actor_id    uuid        references member (id) on delete restrict on update restrict,
    at          timestamptz not null,
    primary key (campaign_id, position),
    constraint campaign_decision_party_known check (party in ('system', 'staff', 'owner')),
    constraint campaign_decision_actor check ((party = 'system') = (actor_id is null))
);
create trigger x_append_only before update or delete on campaign_decision
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on campaign_decision
    for each statement execute function refuse_change();
