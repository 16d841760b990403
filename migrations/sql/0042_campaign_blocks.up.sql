-- Staff can end a campaign for good: live claims are revoked, what was handed in is paid.

alter table campaign add column blocked_at timestamptz;
alter table campaign drop constraint campaign_state_known;
alter table campaign add constraint campaign_state_known check (state in
    ('draft', 'funded', 'pending_review', 'declined', 'running', 'paused', 'paused_system',
     'paused_admin', 'blocked', 'exhausted', 'stopping', 'finished', 'archived'));
alter table campaign add constraint campaign_blocked_has_instant
    check (state <> 'blocked' or blocked_at is not null);
drop index campaign_unfinished;
create index campaign_unfinished on campaign (id) where state in
    ('running', 'paused', 'paused_system', 'paused_admin', 'blocked', 'exhausted', 'stopping');

alter table assignment drop constraint assignment_state_known;
alter table assignment add constraint assignment_state_known check (state in
    ('claimed', 'submitted', 'returned', 'expired', 'revoked', 'revision_requested', 'withdrawn',
     'approved', 'rejected', 'disputed', 'closed_rejected'));
insert into assignment_move values
    ('claimed', 'revoked'), ('revoked', 'submitted'), ('revoked', 'returned');
drop index assignment_deadline;
create index assignment_deadline on assignment (deadline_at)
    where state in ('claimed', 'revoked', 'revision_requested');
drop index assignment_undecided;
create index assignment_undecided on assignment (campaign_id)
    where state in ('claimed', 'revoked', 'submitted', 'revision_requested', 'rejected', 'disputed');
