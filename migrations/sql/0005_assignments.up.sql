-- A worker's claim on a place, what was handed in under it, and the decision.

create table assignment (
    id                  uuid        primary key,
    task_id             uuid        not null references task (id) on delete restrict on update restrict,
    campaign_id         uuid        not null references campaign (id) on delete restrict on update restrict,
    worker_id           uuid        not null references member (id) on delete restrict on update restrict,
    state               text        not null,
    currency            text        not null,
    reward_micros       bigint      not null,
    fee_micros          bigint      not null,
    vat_micros          bigint      not null,
    instruction_version int         not null,
    revision_count      int         not null,
    claimed_at          timestamptz not null,
    deadline_at         timestamptz not null,
    submitted_at        timestamptz,
    approves_at         timestamptz,
    decided_at          timestamptz,
    decided_by          text,
    constraint assignment_state_known check (state in
        ('claimed', 'submitted', 'returned', 'expired', 'revision_requested', 'withdrawn',
         'approved', 'rejected', 'closed_rejected')),
    constraint assignment_decided_by_known check
        (decided_by in ('employer', 'time', 'code', 'consensus', 'staff', 'ruling')),
    constraint assignment_submitted_has_clock check (state <> 'submitted' or approves_at is not null),
    foreign key (campaign_id, instruction_version) references instruction_version (campaign_id, version)
);
-- A worker does a task once, which overlap and consensus need.
create unique index assignment_one_per_task on assignment (task_id, worker_id)
    where state not in ('returned', 'expired', 'withdrawn');
-- One live claim per worker and campaign (R3).
create unique index assignment_one_live_claim on assignment (campaign_id, worker_id)
    where state = 'claimed';
create index assignment_deadline on assignment (deadline_at) where state in ('claimed', 'revision_requested');
create index assignment_approves on assignment (approves_at) where state = 'submitted';
create index assignment_rejected on assignment (decided_at) where state = 'rejected';
create index assignment_undecided on assignment (campaign_id)
    where state in ('claimed', 'submitted', 'revision_requested', 'rejected');
create index assignment_worker on assignment (worker_id, claimed_at desc, id desc);
create index assignment_campaign on assignment (campaign_id, claimed_at desc, id desc);
create index assignment_task on assignment (task_id, claimed_at desc, id desc);
create index assignment_worker_approved on assignment (worker_id, decided_at) where state = 'approved';

-- The same table stands in domain/assignments/rules.py; a test holds the two equal.
create table assignment_move (
    from_state text not null,
    to_state   text not null,
    primary key (from_state, to_state)
);
insert into assignment_move values
    ('claimed', 'submitted'), ('claimed', 'returned'), ('claimed', 'expired'),
    ('submitted', 'approved'), ('submitted', 'rejected'), ('submitted', 'revision_requested'),
    ('revision_requested', 'submitted'), ('revision_requested', 'withdrawn'),
    ('revision_requested', 'approved'),
    ('rejected', 'closed_rejected'), ('rejected', 'approved');
create function assignment_check_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'claimed' then
            raise exception 'an assignment starts claimed'
                using errcode = '23514', constraint = 'assignment_first_state';
        end if;
        return new;
    end if;
    if new.state is distinct from old.state then
        perform 1 from assignment_move where from_state = old.state and to_state = new.state;
        if not found then
            raise exception 'assignment cannot go from % to %', old.state, new.state
                using errcode = '23514', constraint = 'assignment_legal_move';
        end if;
    end if;
    if (new.task_id, new.campaign_id, new.worker_id, new.currency, new.reward_micros, new.fee_micros,
        new.vat_micros, new.instruction_version)
       is distinct from
       (old.task_id, old.campaign_id, old.worker_id, old.currency, old.reward_micros, old.fee_micros,
        old.vat_micros, old.instruction_version) then
        raise exception 'price and instructions of an assignment never change'
            using errcode = '23514', constraint = 'assignment_terms_fixed';
    end if;
    return new;
end $$;
create trigger a_first_state before insert on assignment
    for each row execute function assignment_check_move();
create trigger a_legal_move before update on assignment
    for each row execute function assignment_check_move();

create table submission (
    id            uuid        primary key,
    assignment_id uuid        not null references assignment (id) on delete restrict on update restrict,
    revision      int         not null,
    received_at   timestamptz not null,
    constraint submission_revision_once unique (assignment_id, revision)
);

create table submission_item (
    submission_id uuid not null references submission (id) on delete restrict on update restrict,
    position      int  not null,
    kind          text not null,
    role          text not null,
    text          text,
    score         int,
    primary key (submission_id, position),
    constraint submission_item_kind_known check (kind in ('text', 'score')),
    constraint submission_item_role_known check (role in ('answer', 'proof')),
    constraint submission_item_value check
        ((kind = 'text') = (text is not null) and (kind = 'score') = (score is not null))
);

create table review (
    id            uuid        primary key,
    assignment_id uuid        not null references assignment (id) on delete restrict on update restrict,
    revision      int         not null,
    decision      text        not null,
    reason_code   text,
    clause_id     text,
    text          text,
    reviewer_id   uuid        not null references member (id) on delete restrict on update restrict,
    decided_at    timestamptz not null,
    constraint review_decision_known check (decision in ('approve', 'reject', 'ask_revision')),
    constraint review_reason_known check (reason_code in
        ('too_fast', 'failed_checks', 'skipped_required', 'not_per_instruction', 'duplicate', 'spam')),
    constraint review_rejection_has_reason check
        (decision <> 'reject' or (reason_code is not null and text is not null)),
    constraint review_revision_has_text check (decision <> 'ask_revision' or text is not null)
);
create index review_assignment on review (assignment_id, decided_at);
create trigger x_append_only before update or delete on submission
    for each row execute function refuse_change();
create trigger x_append_only before update or delete on submission_item
    for each row execute function refuse_change();
create trigger x_append_only before update or delete on review
    for each row execute function refuse_change();
