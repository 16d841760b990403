-- Signals of fraud are added up to a score; from some score on a person looks. Nobody is banned
-- by it: a case ends by the decision of a person alone.

create table risk_case (
    id            uuid        primary key,
    member_id     uuid        not null references member (id) on delete restrict on update restrict,
    state         text        not null,
    score         int         not null,
    begun_at      timestamptz not null,
    opened_at     timestamptz,
    taken_at      timestamptz,
    taken_by      uuid        references member (id) on delete restrict on update restrict,
    decided_at    timestamptz,
    decided_by    uuid        references member (id) on delete restrict on update restrict,
    decision      text,
    measure       text,
    suspension_id uuid        references suspension (id) on delete restrict on update restrict,
    constraint risk_case_state_known check
        (state in ('signalled', 'open', 'in_review', 'cleared', 'actioned')),
    constraint risk_case_score_range check (score between 0 and 100),
    constraint risk_case_opened check ((state = 'signalled') = (opened_at is null)),
    constraint risk_case_taken_by_a_person check
        ((state in ('signalled', 'open')) = (taken_at is null)
         and (taken_at is null) = (taken_by is null)),
    constraint risk_case_decided_by_a_person check
        ((state in ('cleared', 'actioned')) = (decided_at is not null)
         and (decided_at is null) = (decided_by is null)
         and (decided_at is null) = (decision is null)),
    constraint risk_case_not_by_oneself check (taken_by <> member_id and decided_by <> member_id),
    constraint risk_case_measure_known check (measure in ('claim_allowance', 'suspension_proposal')),
    constraint risk_case_acted check ((state = 'actioned') = (measure is not null)),
    constraint risk_case_suspension check
        ((measure is not distinct from 'suspension_proposal') = (suspension_id is not null))
);
create unique index risk_case_one_at_a_time on risk_case (member_id) where decided_at is null;
create index risk_case_of_member on risk_case (member_id, begun_at desc, id desc);
create index risk_case_waiting on risk_case (score desc, opened_at, id)
    where state in ('open', 'in_review');

create table risk_signal (
    id             uuid        primary key,
    case_id        uuid        not null references risk_case (id) on delete restrict on update restrict,
    member_id      uuid        not null references member (id) on delete restrict on update restrict,
    kind           text        not null,
    about          text        not null,
    points         int         not null,
    other_id       uuid        references member (id) on delete restrict on update restrict,
    assignment_ids uuid[]      not null default '{}',
    found_at       timestamptz not null,
    constraint risk_signal_kind_known check (kind in
        ('payee_shared', 'tax_number_shared', 'self_referral', 'controls_failed', 'haste')),
    constraint risk_signal_points_range check (points between 1 and 100),
    constraint risk_signal_other check (other_id <> member_id),
    constraint risk_signal_found_once unique (member_id, kind, about)
);
create index risk_signal_case on risk_signal (case_id, found_at, id);

create index submission_checked on submission (received_at) where failed_check_count is not null;

-- Fewer claims a day, until a date. The claim looks at it, so it stands beside assignments.
create table claim_allowance (
    member_id      uuid        primary key references member (id) on delete restrict on update restrict,
    claims_per_day int         not null,
    reasons        text        not null,
    set_at         timestamptz not null,
    set_by         uuid        not null references member (id) on delete restrict on update restrict,
    ends_at        timestamptz not null,
    constraint claim_allowance_range check (claims_per_day between 1 and 100),
    constraint claim_allowance_ends check (ends_at > set_at),
    constraint claim_allowance_not_by_oneself check (set_by <> member_id)
);

create function is_allowance_used(p_worker uuid, p_now timestamptz)
returns boolean language sql stable as $$
    select exists (
        select from claim_allowance l
        where l.member_id = p_worker and l.ends_at > p_now
          and l.claims_per_day <= (
              select count(*) from assignment a
              where a.worker_id = p_worker and a.claimed_at > p_now - interval '24 hours'))
$$;

-- The claim as it is, with one condition more before the cooling down.
do $patch$
declare
    name text;
    body text;
    mark constant text := 'and not is_cooling_down(p_worker, p_now)';
begin
    foreach name in array array['claim_place', 'claim_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position(mark in body) = 0 then
            raise exception '% has no cooling down', name;
        end if;
        execute replace(body, mark, mark || '
                      and not is_allowance_used(p_worker, p_now)');
    end loop;
end $patch$;

-- Points of what is found, and the score from which a person looks (R27).
insert into rate (kind, scope, valid_from, number, source) values
    ('risk_points', 'payee_shared', '2020-01-01', 60, 'a first value: the operator decides'),
    ('risk_points', 'tax_number_shared', '2020-01-01', 60, 'a first value: the operator decides'),
    ('risk_points', 'self_referral', '2020-01-01', 40, 'a first value: the operator decides'),
    ('risk_points', 'controls_failed', '2020-01-01', 30, 'a first value: the operator decides'),
    ('risk_points', 'haste', '2020-01-01', 30, 'a first value: the operator decides'),
    ('risk_review', '*', '2020-01-01', 60, 'a first value: the operator decides');
