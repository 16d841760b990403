-- What paid work brings beside the money: points, and by them a level (R13). Nothing takes points
-- away: that needs a final ruling of fraud, and there is none yet.

create table worker_merit (
    assignment_id uuid   not null,
    reason        text   not null,
    worker_id     uuid   not null references member (id) on delete restrict on update restrict,
    gained_on     date   not null,
    currency      text   not null,
    amount_micros bigint not null,
    usd_micros    bigint,          -- empty until somebody has entered the rate of that day
    primary key (assignment_id, reason),
    constraint worker_merit_reason_known check (reason in ('approved', 'partly_approved', 'five_stars')),
    constraint worker_merit_not_negative check (amount_micros >= 0 and usd_micros >= 0)
);
create index worker_merit_worker on worker_merit (worker_id);
create index worker_merit_unrated on worker_merit (gained_on) where usd_micros is null;
create function worker_merit_check_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.usd_micros is null and new.usd_micros is not null
       and (new.assignment_id, new.reason, new.worker_id, new.gained_on, new.currency, new.amount_micros)
           = (old.assignment_id, old.reason, old.worker_id, old.gained_on, old.currency, old.amount_micros)
    then
        return new;
    end if;
    raise exception 'worker_merit is append-only, but for a rate that was missing'
        using errcode = '23001', constraint = 'append_only';
end $$;
create trigger x_append_only before update or delete on worker_merit
    for each row execute function worker_merit_check_change();

-- The sums of a worker's merits, and what they make.
create table worker_standing (
    worker_id       uuid   primary key references member (id) on delete restrict on update restrict,
    satisfied_count int    not null,
    five_star_count int    not null,
    usd_micros      bigint not null,
    level           int    not null,
    constraint worker_standing_level_range check (level between 0 and 10)
);
create function worker_standing_never_falls() returns trigger language plpgsql as $$
begin
    if new.satisfied_count < old.satisfied_count or new.five_star_count < old.five_star_count
       or new.usd_micros < old.usd_micros or new.level < old.level then
        raise exception 'points and level never fall'
            using errcode = '23514', constraint = 'worker_standing_never_falls';
    end if;
    return new;
end $$;
create trigger a_never_falls before update on worker_standing
    for each row execute function worker_standing_never_falls();

-- What one unit of a currency is worth in dollars, for points alone. The operator enters the others.
insert into rate (kind, scope, valid_from, micros, source) values
    ('usd_reference', 'USD', '2020-01-01', 1000000, 'a dollar is a dollar');

-- More than one assignment per campaign is for level 4 and above, where the employer set a limit
-- at all (R15). `domain.workers.rules` has the same number; a test holds them equal.
create function claim_limit(p_most int, p_worker uuid) returns int language sql stable as $$
    select case when p_most > 1 and not exists (
                    select from worker_standing s where s.worker_id = p_worker and s.level >= 4)
                then 1 else p_most end
$$;
-- The text of migration 0018 stands, but for the limit.
do $patch$
declare
    name text;
    body text;
begin
    foreach name in array array['claim_place', 'claim_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position('c.per_worker_max > (' in body) = 0 then
            raise exception '% has no limit per worker', name;
        end if;
        execute replace(body, 'c.per_worker_max > (',
                        'claim_limit(c.per_worker_max, p_worker) > (');
    end loop;
end $patch$;

-- Work that was approved before there were points; those are counted once the process runs.
insert into worker_merit (assignment_id, reason, worker_id, gained_on, currency, amount_micros)
    select id, state, worker_id, (decided_at at time zone 'UTC')::date, currency,
           coalesce(awarded_reward_micros, reward_micros)
    from assignment where state in ('approved', 'partly_approved');
insert into worker_standing (worker_id, satisfied_count, five_star_count, usd_micros, level)
    select worker_id, count(*) filter (where reason = 'approved'), 0, 0, 0
    from worker_merit group by worker_id;

-- Success looks at the last decisions, those against the worker too (R14).
drop index assignment_worker_approved;
create index assignment_worker_decided on assignment (worker_id, decided_at)
    where state in ('approved', 'partly_approved', 'closed_rejected');
