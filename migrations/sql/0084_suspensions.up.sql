-- A suspension is proposed by a rule or by staff, and imposed by a person alone: with reasons,
-- the work it is about, dates and an end. Nobody loses what was earned.

create table suspension (
    id                 uuid        primary key,
    member_id          uuid        not null references member (id) on delete restrict on update restrict,
    state              text        not null,
    source             text        not null,
    grounds            text,
    assignment_ids     uuid[]      not null,
    campaign_ids       uuid[]      not null,
    gold_count         int,
    gold_right_count   int,
    agreement_percent  int,
    member_state       text        not null,
    proposed_at        timestamptz not null,
    proposed_by        uuid        references member (id) on delete restrict on update restrict,
    due_at             timestamptz not null,
    dismissed_at       timestamptz,
    dismissed_by       uuid        references member (id) on delete restrict on update restrict,
    dismissal          text,
    appealed_at        timestamptz,
    appeal             text,
    ruled_at           timestamptz,
    ruled_by           uuid        references member (id) on delete restrict on update restrict,
    ruling             text,
    ended_at           timestamptz,
    constraint suspension_state_known check (state in
        ('proposed', 'human_review', 'imposed', 'dismissed', 'appealed', 'upheld', 'reversed')),
    constraint suspension_source_known check (source in ('staff', 'reliability')),
    constraint suspension_staff_say_why check
        ((source = 'staff') = (proposed_by is not null) and (source = 'staff') = (grounds is not null)),
    constraint suspension_rule_shows_counts check
        ((source = 'reliability') = (gold_count is not null)
         and (source = 'reliability') = (gold_right_count is not null)
         and (source = 'reliability') = (agreement_percent is not null)),
    constraint suspension_has_evidence check
        (cardinality(assignment_ids) + cardinality(campaign_ids) between 1 and 100),
    constraint suspension_counts check
        (gold_right_count between 0 and gold_count and agreement_percent between 0 and 100),
    constraint suspension_member_acted check (member_state in ('registered', 'active')),
    constraint suspension_not_by_oneself check
        (proposed_by <> member_id and dismissed_by <> member_id and ruled_by <> member_id),
    constraint suspension_dismissed check ((state = 'dismissed') = (dismissed_at is not null)),
    constraint suspension_appeal_whole check ((appeal is null) = (appealed_at is null)),
    constraint suspension_appealed_first check
        (appealed_at is not null or state not in ('appealed', 'upheld', 'reversed')),
    constraint suspension_ruling_of_a_person check
        ((state in ('upheld', 'reversed')) = (ruled_by is not null)
         and (ruled_by is null) = (ruling is null) and (ruled_by is null) = (ruled_at is null)),
    constraint suspension_over check
        (ended_at is not null or state not in ('dismissed', 'reversed'))
);
create unique index suspension_one_at_a_time on suspension (member_id) where ended_at is null;
create index suspension_of_member on suspension (member_id, proposed_at desc, id desc);
create index suspension_waiting on suspension (due_at, id) where state = 'human_review';
create index suspension_appealed on suspension (appealed_at, id) where state = 'appealed';

-- What a person decided: nothing of it can be left out, or changed.
create table suspension_decision (
    suspension_id  uuid        primary key references suspension (id) on delete restrict on update restrict,
    decided_by     uuid        not null references member (id) on delete restrict on update restrict,
    decided_at     timestamptz not null,
    reasons        text        not null,
    assignment_ids uuid[]      not null,
    campaign_ids   uuid[]      not null,
    from_on        date        not null,
    to_on          date        not null,
    ends_at        timestamptz not null,
    constraint suspension_decision_about_work check
        (cardinality(assignment_ids) + cardinality(campaign_ids) between 1 and 100),
    constraint suspension_decision_days check (from_on <= to_on),
    constraint suspension_decision_ends check (ends_at > decided_at)
);
create index suspension_decision_ends_at on suspension_decision (ends_at);
create trigger x_append_only before update or delete on suspension_decision
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on suspension_decision
    for each statement execute function refuse_change();

-- The same table stands in domain/suspensions/rules.py; a test holds the two equal.
create table suspension_move (
    from_state text not null,
    to_state   text not null,
    primary key (from_state, to_state)
);
insert into suspension_move values
    ('proposed', 'human_review'), ('human_review', 'imposed'), ('human_review', 'dismissed'),
    ('imposed', 'appealed'), ('appealed', 'upheld'), ('appealed', 'reversed');
create function suspension_check_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'proposed' then
            raise exception 'a suspension is proposed first'
                using errcode = '23514', constraint = 'suspension_first_state';
        end if;
        return new;
    end if;
    if new.state is distinct from old.state then
        perform 1 from suspension_move where from_state = old.state and to_state = new.state;
        if not found then
            raise exception 'suspension cannot go from % to %', old.state, new.state
                using errcode = '23514', constraint = 'suspension_legal_move';
        end if;
        if new.state = 'imposed' and not exists (
            select from suspension_decision d
            where d.suspension_id = new.id and d.decided_by <> new.member_id
              and d.decided_by is distinct from new.proposed_by) then
            raise exception 'a person imposes a suspension, with reasons'
                using errcode = '23514', constraint = 'suspension_imposed_by_a_person';
        end if;
    end if;
    if (new.member_id, new.source, new.grounds, new.assignment_ids, new.campaign_ids,
        new.member_state, new.proposed_at, new.proposed_by)
       is distinct from
       (old.member_id, old.source, old.grounds, old.assignment_ids, old.campaign_ids,
        old.member_state, old.proposed_at, old.proposed_by)
    then
        raise exception 'what was proposed never changes'
            using errcode = '23514', constraint = 'suspension_terms_fixed';
    end if;
    return new;
end $$;
create trigger a_first_state before insert on suspension
    for each row execute function suspension_check_move();
create trigger a_legal_move before update on suspension
    for each row execute function suspension_check_move();

create function suspension_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'suspension_' || changed.state, changed.id, changed.member_id
    from changed join before using (id)
    where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on suspension
    referencing old table as before new table as changed
    for each statement execute function suspension_event();

create index task_gold on task (id) where gold_label is not null;
