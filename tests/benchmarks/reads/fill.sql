-- Members 1 to N are employers, the workers follow. Triggers and foreign keys rest meanwhile:
-- what they guard is made here by rules of arithmetic, and nothing has happened.
set session_replication_role to replica;

create schema bench;
create function bench.id(kind int, number bigint) returns uuid language sql immutable parallel safe
    return ('01900000-0000-7' || lpad(to_hex(kind), 3, '0') || '-8000-'
            || lpad(to_hex(number), 12, '0'))::uuid;

insert into member (id, state, country, roles, registered_at)
select bench.id(1, n), 'active', (array['DE', 'US', 'IN', 'PH', 'NG'])[1 + n %% 5],
       '{worker,employer}', timestamptz '2025-01-01' + n * interval '1 minute'
from generate_series(1, %(employers)s + %(workers)s) n;

insert into member_person (member_id, email, email_key, name, born_on)
select bench.id(1, n), 'member' || n || '@example.org', 'member' || n || '@example.org',
       'Member ' || n, '1990-01-01'
from generate_series(1, %(employers)s + %(workers)s) n;

insert into login_session (id, member_id, token_hash, surface, authenticated_with, created_at,
                           last_seen_at, idle_expires_at, absolute_expires_at)
select bench.id(9, n), bench.id(1, n), sha256(('prs_bench_' || n)::bytea), 'api', '{password}',
       now(), now() + interval '1 day', now() + interval '30 days', now() + interval '90 days'
from generate_series(1, %(employers)s + %(workers)s) n;

-- The newest go by turns to pairs of a large employer and a category, the others to everybody.
create unlogged table bench.campaign as
select n, bench.id(2, n) as id, c.is_new, board,
       case when is_new then 1 + board %% %(board_employers)s
            else 1 + n %% %(employers)s end as employer,
       (%(categories)s)[1 + case when is_new then board / %(board_employers)s
                                 else n / 7 end %% 8] as category,
       10000 * (1 + n %% 50) as reward_micros,
       case when is_new then 55 when n <= %(newest)s then 7 else 6 end as assignment_count,
       timestamptz '2026-01-01' + n * interval '1 minute' as created_at,
       case when n <= %(open_campaigns)s then %(open_places)s else 0 end as open_count
from generate_series(1, %(campaigns)s) n
cross join lateral (select n > %(campaigns)s - %(newest)s as is_new,
                           n %% %(boards)s as board) c;

-- Nobody pays VAT, as an employer outside of the Union.
insert into vat_decision (id, subject_kind, subject_id, seller_code, counterparty_id, decided_on,
                          decided_at, category, exemption_text, reported_in, place, rule, currency,
                          net_micros, inputs, rules_used)
select bench.id(6, n), 'campaign', id, 'bench', bench.id(1, employer), funded_at::date, funded_at,
       'O', 'Not subject to VAT', 'none', 'US', 'outside_union', 'USD',
       (assignment_count + open_count)::bigint * reward_micros / 10, '{}', '[]'
from bench.campaign
cross join lateral (select created_at + interval '5 minutes' as funded_at) f;

insert into campaign (id, employer_id, state, title, category, category_slug, currency,
                      reward_micros, fee_micros, vat_micros, claim_minutes, review_days, revision_count_max,
                      instruction_version, created_at, funded_at, published_at, place_count,
                      vat_decision_id)
select id, bench.id(1, employer), 'running', 'Campaign number ' || n || ' of many', category,
       category, 'USD', reward_micros, reward_micros / 10, 0, 30, 7, 2, 1, created_at,
       created_at + interval '5 minutes', created_at + interval '10 minutes',
       assignment_count + open_count, bench.id(6, n)
from bench.campaign;

insert into instruction_version (campaign_id, version, text, clauses, created_at)
select id, 1, 'Do the task as it says.', '[]', created_at from bench.campaign;

-- One task per campaign holds all of its places.
insert into task (id, campaign_id, position, state, content_kind, content_text, priority,
                  place_count_total, place_count_open, place_count_held, place_count_filled,
                  place_count_settled, place_count_cancelled)
select bench.id(3, n), id, 1, case when open_count > 0 then 'open' else 'full' end, 'text',
       'The task of campaign ' || n, 0, assignment_count + open_count, open_count, 0,
       assignment_count - settled, settled, 0
from bench.campaign
cross join lateral (select count(*) as settled from generate_series(1, assignment_count) j
                    where (n + j) %% 5 in (0, 1, 3)) s;

create unlogged table bench.assignment as
select row_number() over (order by n, j) as number, n, j, c.id as campaign_id, employer,
       %(employers)s + 1 + (n * 7919 + j * 31) %% %(workers)s as worker, reward_micros,
       (n + j) %% 5 as turn, created_at + interval '10 minutes' + j * interval '20 seconds' as at
from bench.campaign c cross join lateral generate_series(1, assignment_count) j;

insert into assignment (id, task_id, campaign_id, worker_id, state, currency, reward_micros,
                        fee_micros, vat_micros, instruction_version, revision_count, claimed_at,
                        deadline_at, submitted_at, approves_at, decided_at, decided_by)
select bench.id(4, number), bench.id(3, n), campaign_id, bench.id(1, worker),
       case turn when 2 then 'submitted' when 4 then 'rejected' else 'approved' end, 'USD',
       reward_micros, reward_micros / 10, 0, 1, 0, at, at + interval '30 minutes',
       at + interval '20 minutes', at + interval '7 days',
       case when turn <> 2 then at + interval '1 day' end, case when turn <> 2 then 'employer' end
from bench.assignment;

-- Two fifths are rated: by the employer, or by the worker, whose stars are at times still hidden.
insert into rating (id, assignment_id, author_id, subject_id, stars, comment, state, given_at,
                    visible_at)
select bench.id(5, number), bench.id(4, number),
       bench.id(1, case turn when 0 then employer else worker end),
       bench.id(1, case turn when 0 then worker else employer end),
       1 + number %% 5, case when number %% 3 = 0 then 'Good work, number ' || number end,
       case when is_hidden then 'hidden' else 'visible' end, at + interval '2 days',
       case when not is_hidden then at + interval '2 days' end
from bench.assignment
cross join lateral (select turn = 1 and number %% 7 = 0 as is_hidden) r
where turn in (0, 1);

drop table bench.campaign, bench.assignment;

-- What peers do for a claim: the least there is, the domain's statement inside the database.
create function bench.claim(wanted uuid, worker uuid) returns setof assignment
language plpgsql security definer set search_path to public as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('claim ' || wanted || ' ' || worker, 0));
    return query
    with offer as (
        select c.* from campaign c
        where c.id = wanted and c.state = 'running' and c.employer_id <> worker
          and (c.ends_at is null or c.ends_at > now())
          and exists (select 1 from member m where m.id = worker and 'worker' = any(m.roles)
                      and m.state in ('registered', 'active'))
          and (c.per_worker_max is null or c.per_worker_max > (
               select count(*) from assignment a where a.campaign_id = c.id
               and a.worker_id = worker and a.state not in ('returned', 'expired', 'withdrawn')))
    ), candidate as (
        select t.id from task t join offer on offer.id = t.campaign_id
        where t.place_count_open > 0
          and not exists (select 1 from assignment a where a.task_id = t.id
                          and a.worker_id = worker
                          and a.state not in ('returned', 'expired', 'withdrawn'))
        order by t.priority desc, t.position
        limit 1
        for update of t
    ), taken as (
        update task t
        set place_count_open = t.place_count_open - 1,
            place_count_held = t.place_count_held + 1,
            state = case when t.place_count_open = 1 then 'full' else 'open' end
        from candidate where t.id = candidate.id
        returning t.id
    )
    insert into assignment
        (id, task_id, campaign_id, worker_id, state, currency, reward_micros, fee_micros,
         vat_micros, instruction_version, revision_count, claimed_at, deadline_at)
    select gen_random_uuid(), taken.id, offer.id, worker, 'claimed', offer.currency,
           offer.reward_micros, offer.fee_micros, offer.vat_micros, offer.instruction_version, 0,
           now(), now() + make_interval(mins => offer.claim_minutes)
    from taken, offer
    returning *;
end $$;

set session_replication_role to origin;
