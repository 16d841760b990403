-- A rejection can be contested: while it is, its money stays in the worker's pending account.

alter table assignment drop constraint assignment_state_known;
alter table assignment add constraint assignment_state_known check (state in
    ('claimed', 'submitted', 'returned', 'expired', 'revision_requested', 'withdrawn',
     'approved', 'rejected', 'disputed', 'closed_rejected'));
insert into assignment_move values
    ('rejected', 'disputed'), ('disputed', 'approved'), ('disputed', 'closed_rejected');
drop index assignment_undecided;
create index assignment_undecided on assignment (campaign_id)
    where state in ('claimed', 'submitted', 'revision_requested', 'rejected', 'disputed');

insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('expense:goodwill', 'expense', 1, true, null, 'what we pay for deadlines of ours that we missed');

create table dispute (
    id               uuid        primary key,
    assignment_id    uuid        not null unique references assignment (id) on delete restrict on update restrict,
    worker_id        uuid        not null references member (id) on delete restrict on update restrict,
    employer_id      uuid        not null references member (id) on delete restrict on update restrict,
    state            text        not null,
    opened_at        timestamptz not null,
    due_at           timestamptz,
    ruling           text,
    ruled_by         uuid,
    ruled_at         timestamptz,
    worker_accepts   boolean     not null,
    employer_accepts boolean     not null,
    final_at         timestamptz,
    constraint dispute_state_known check (state in
        ('awaiting_answer', 'mediation', 'panel', 'decided', 'appealed', 'final')),
    constraint dispute_ruling_known check (ruling in ('worker', 'employer', 'platform')),
    constraint dispute_of_two check (worker_id <> employer_id),
    constraint dispute_final_has_end check
        ((state = 'final') = (final_at is not null) and (state = 'final') = (due_at is null)),
    constraint dispute_decided_has_ruling check
        (ruling is not null or state in ('awaiting_answer', 'mediation', 'panel')),
    constraint dispute_ruling_has_instant check ((ruling is null) = (ruled_at is null))
);
create index dispute_due on dispute (due_at, id) where state <> 'final';
create index dispute_worker on dispute (worker_id, opened_at desc, id desc);
create index dispute_employer on dispute (employer_id, opened_at desc, id desc);
create index dispute_queue on dispute (opened_at, id) where state in ('panel', 'appealed');

-- The same table stands in domain/disputes/rules.py; a test holds the two equal.
create table dispute_move (
    from_state text not null,
    to_state   text not null,
    primary key (from_state, to_state)
);
insert into dispute_move values
    ('awaiting_answer', 'mediation'), ('awaiting_answer', 'final'),
    ('mediation', 'final'), ('mediation', 'panel'), ('panel', 'decided'),
    ('decided', 'appealed'), ('decided', 'final'), ('appealed', 'final');
create function dispute_check_move() returns trigger language plpgsql as $$
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
    if (new.assignment_id, new.worker_id, new.employer_id, new.opened_at)
       is distinct from (old.assignment_id, old.worker_id, old.employer_id, old.opened_at) then
        raise exception 'what a dispute is about never changes'
            using errcode = '23514', constraint = 'dispute_terms_fixed';
    end if;
    return new;
end $$;
create trigger a_first_state before insert on dispute
    for each row execute function dispute_check_move();
create trigger a_legal_move before update on dispute
    for each row execute function dispute_check_move();

create table dispute_step (
    dispute_id uuid        not null references dispute (id) on delete restrict on update restrict,
    position   int         not null,
    event      text        not null,
    party      text        not null,
    actor_id   uuid,
    text       text,
    ruling     text,
    at         timestamptz not null,
    hash       bytea       not null,
    primary key (dispute_id, position),
    constraint dispute_step_party_known check (party in ('worker', 'employer', 'staff', 'clock')),
    constraint dispute_step_ruling_known check (ruling in ('worker', 'employer', 'platform')),
    constraint dispute_step_hash_length check (octet_length(hash) = 32)
);
create trigger x_append_only before update or delete on dispute_step
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on dispute_step
    for each statement execute function refuse_change();

create function dispute_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'dispute_' || changed.state, changed.id, a.campaign_id, changed.worker_id,
           changed.employer_id
    from changed join assignment a on a.id = changed.assignment_id;
    return null;
end $$;
create trigger e_began after insert on dispute referencing new table as changed
    for each statement execute function dispute_began_event();

create function dispute_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'dispute_' || changed.state, changed.id, a.campaign_id, changed.worker_id,
           changed.employer_id
    from changed join before using (id) join assignment a on a.id = changed.assignment_id
    where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on dispute
    referencing old table as before new table as changed
    for each statement execute function dispute_event();
