-- What an employer may reject, and that a rejection can still be taken back when its money is gone.

alter table assignment add column is_beyond_places boolean not null default false;
alter table assignment drop constraint assignment_decided_by_known;
alter table assignment add constraint assignment_decided_by_known check
    (decided_by in ('employer', 'time', 'code', 'consensus', 'staff', 'ruling', 'platform'));
insert into assignment_move values ('closed_rejected', 'approved');
-- How much of a campaign was decided, and what of late: read at each rejection.
create index assignment_decided on assignment (campaign_id, decided_at desc) include (state)
    where state in ('approved', 'partly_approved', 'rejected', 'disputed', 'closed_rejected');

-- Beyond the limit a rejection waits for staff; until they agree, the review time goes on.
create table rejection_request (
    id            uuid        primary key,
    assignment_id uuid        not null unique references assignment (id) on delete restrict on update restrict,
    employer_id   uuid        not null references member (id) on delete restrict on update restrict,
    state         text        not null,
    reason_code   text        not null,
    clause_id     text,
    text          text        not null,
    asked_at      timestamptz not null,
    decided_by    uuid        references member (id) on delete restrict on update restrict,
    decided_at    timestamptz,
    answer        text,
    constraint rejection_request_state_known check (state in ('waiting', 'acknowledged', 'declined')),
    constraint rejection_request_decided_by_a_person check
        ((state = 'waiting') = (decided_by is null) and (state = 'waiting') = (decided_at is null)
         and (state = 'waiting') = (answer is null)),
    constraint rejection_request_of_another check (decided_by <> employer_id)
);
create index rejection_request_waiting on rejection_request (asked_at, id) where state = 'waiting';

-- Staff free one campaign of the limits, and say why: a pilot, or answers that are known before.
create table rejection_waiver (
    campaign_id uuid        primary key references campaign (id) on delete restrict on update restrict,
    staff_id    uuid        not null references member (id) on delete restrict on update restrict,
    text        text        not null,
    given_at    timestamptz not null
);
create trigger x_append_only before update or delete on rejection_waiver
    for each row execute function refuse_change();
