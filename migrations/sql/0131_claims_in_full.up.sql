-- Who may claim, and the claim itself, written out whole as they are by now: 0043 to 0102 each
-- replaced some lines of them. Nothing changes here. A test compares what is in the database with
-- what stands in a file, so whoever changes one again writes it out again.

create or replace function worker_facts(
    p_worker uuid,
    p_now timestamptz
) returns jsonb language sql stable as $$
select jsonb_build_object(
    'member', m.id,
    'country', jsonb_build_array(m.country),
    'age', jsonb_build_array(
        date_part('year', age((p_now at time zone 'UTC')::date, p.born_on))::text),
    'language', to_jsonb(coalesce(w.languages, '{}')),
    'device', to_jsonb(coalesce(w.devices, '{}')),
    'verification_level', jsonb_build_array(m.verification_level::text),
    'level', jsonb_build_array(coalesce(
        (select s.level from worker_standing s where s.worker_id = m.id), 0)::text),
    'success_rate', (
        -- The mean of a Beta(9, 1) after these decisions, in whole per cent.
        select jsonb_build_array((100 * (9 + s.good) / (10 + s.good + s.bad))::text)
        from worker_success(m.id) s),
    'approved_count', jsonb_build_array((
        select count(*)::text from assignment a
        where a.worker_id = m.id and a.state = 'approved')),
    'skills', (
        select coalesce(jsonb_object_agg(g.skill_id, jsonb_build_array(g.value::text)), '{}')
        from (select distinct on (skill_id) skill_id, value, expires_at from skill_grant
              where worker_id = m.id order by skill_id, attempt desc) g
        where g.expires_at is null or g.expires_at > p_now),
    'wants_adult', coalesce(w.wants_adult, false))
from member m
join member_person p on p.member_id = m.id
left join work_preference w on w.member_id = m.id
where m.id = p_worker
$$;

create or replace function campaign_misses(
    p_campaign uuid,
    p_employer uuid,
    p_content_rating text,
    p_facts jsonb
) returns text[] language sql stable as $$
select array(
    select t.field from campaign_target t
    where t.campaign_id = p_campaign
      and not target_holds(t.comparator, t.numbers, t.codes, case
          when t.field = 'skill' and p_facts is not null
              then coalesce(p_facts -> 'skills' -> t.skill_id::text, '[]')
          when t.field <> 'favourite' then p_facts -> t.field
          when exists (select from member_mark k
                       where k.owner_id = p_employer and k.mark = 'favourite'
                         and k.member_id = (p_facts ->> 'member')::uuid) then '["favourite"]'
          when p_facts is not null then '[]'
      end)
    group by t.field order by min(t.position)
) || case
    when p_content_rating = 'adult'
         and ((p_facts ->> 'wants_adult')::boolean and (p_facts -> 'age' ->> 0)::int >= 21)
             is not true
    then array ['adult_content'] else '{}' end
$$;

create or replace function claim_place(
    p_campaign uuid,
    p_worker uuid,
    p_assignment uuid,
    p_now timestamptz,
    p_task uuid
) returns uuid language plpgsql as $$
declare
    claimed uuid;
begin
    -- Else the limit per worker would not count what the same worker claimed and
    -- handed in while this one waited.
    perform pg_advisory_xact_lock(
        hashtextextended(format('claim %s %s', p_campaign, p_worker), 0));
    perform lock_counted_claims(p_campaign);
    with offer as (
        select c.* from campaign c
        where c.id = p_campaign and c.state = 'running' and c.employer_id <> p_worker
          and not lacks_consent(p_worker, p_now)
          and (c.ends_at is null or c.ends_at > p_now)
          and exists (select 1 from member m
                      where m.id = p_worker and 'worker' = any(m.roles)
                        and m.state in ('registered', 'active'))
          and not is_cooling_down(p_worker, p_now)
          and not is_allowance_used(p_worker, p_now)
          and not is_blocked(c.employer_id, p_worker)
          and (not c.is_targeted or cardinality(campaign_misses(
               c.id, c.employer_id, c.content_rating,
               (select worker_facts(p_worker, p_now)))) = 0)
          and (num_nonnulls(c.starts_at, c.daily_from_hour,
                            c.day_claim_max, c.country_share_max) = 0
               or cardinality(campaign_closed(c.id, p_worker, p_now)) = 0)
          and (c.per_worker_max is null or claim_limit(c.per_worker_max, p_worker) > (
               select count(*) from assignment a
               where a.campaign_id = c.id and a.worker_id = p_worker
                 and a.state not in ('returned', 'expired', 'withdrawn')))
    ), candidate as (
        select t.id from task t join offer on offer.id = t.campaign_id
        where t.place_count_open > 0 and (p_task is null or t.id = p_task)
          and not exists (
              select 1 from assignment a
              where a.task_id = t.id and a.worker_id = p_worker
                and a.state not in ('returned', 'expired', 'withdrawn'))
        order by t.priority desc, t.position
        limit 1
        for update of t skip locked
    ), taken as (
        update task t
        set place_count_open = t.place_count_open - 1,
            place_count_held = t.place_count_held + 1,
            state = case when t.place_count_open = 1 then 'full' else 'open' end
        from candidate where t.id = candidate.id
        returning t.id
    )
    insert into assignment
        (id, task_id, campaign_id, worker_id, state, currency, reward_micros,
         fee_micros, vat_micros, instruction_version, revision_count, claimed_at,
         deadline_at, agreed_purpose, agreed_details, agreed_licence)
    select p_assignment, taken.id, offer.id, p_worker, 'claimed', offer.currency,
           offer.reward_micros, offer.fee_micros, offer.vat_micros,
           offer.instruction_version, 0, p_now,
           p_now + make_interval(mins => offer.claim_minutes),
           offer.data_purpose, offer.data_details, offer.data_licence
    from taken, offer
    returning id into claimed;
    return claimed;
end
$$;

create or replace function claim_place_waiting(
    p_campaign uuid,
    p_worker uuid,
    p_assignment uuid,
    p_now timestamptz,
    p_task uuid
) returns uuid language plpgsql as $$
declare
    claimed uuid;
begin
    -- Else the limit per worker would not count what the same worker claimed and
    -- handed in while this one waited.
    perform pg_advisory_xact_lock(
        hashtextextended(format('claim %s %s', p_campaign, p_worker), 0));
    perform lock_counted_claims(p_campaign);
    with offer as (
        select c.* from campaign c
        where c.id = p_campaign and c.state = 'running' and c.employer_id <> p_worker
          and not lacks_consent(p_worker, p_now)
          and (c.ends_at is null or c.ends_at > p_now)
          and exists (select 1 from member m
                      where m.id = p_worker and 'worker' = any(m.roles)
                        and m.state in ('registered', 'active'))
          and not is_cooling_down(p_worker, p_now)
          and not is_allowance_used(p_worker, p_now)
          and not is_blocked(c.employer_id, p_worker)
          and (not c.is_targeted or cardinality(campaign_misses(
               c.id, c.employer_id, c.content_rating,
               (select worker_facts(p_worker, p_now)))) = 0)
          and (num_nonnulls(c.starts_at, c.daily_from_hour,
                            c.day_claim_max, c.country_share_max) = 0
               or cardinality(campaign_closed(c.id, p_worker, p_now)) = 0)
          and (c.per_worker_max is null or claim_limit(c.per_worker_max, p_worker) > (
               select count(*) from assignment a
               where a.campaign_id = c.id and a.worker_id = p_worker
                 and a.state not in ('returned', 'expired', 'withdrawn')))
    ), candidate as (
        select t.id from task t join offer on offer.id = t.campaign_id
        where t.place_count_open > 0 and (p_task is null or t.id = p_task)
          and not exists (
              select 1 from assignment a
              where a.task_id = t.id and a.worker_id = p_worker
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
        (id, task_id, campaign_id, worker_id, state, currency, reward_micros,
         fee_micros, vat_micros, instruction_version, revision_count, claimed_at,
         deadline_at, agreed_purpose, agreed_details, agreed_licence)
    select p_assignment, taken.id, offer.id, p_worker, 'claimed', offer.currency,
           offer.reward_micros, offer.fee_micros, offer.vat_micros,
           offer.instruction_version, 0, p_now,
           p_now + make_interval(mins => offer.claim_minutes),
           offer.data_purpose, offer.data_details, offer.data_licence
    from taken, offer
    returning id into claimed;
    return claimed;
end
$$;

create or replace function claim_next_place(
    p_campaign uuid,
    p_worker uuid,
    p_assignment uuid,
    p_now timestamptz,
    p_task uuid
) returns uuid language plpgsql as $$
declare
    share int;
    is_gold boolean;
    chosen uuid;
begin
    select case when skill_id is null then gold_percent else 100 end
    into share from consensus_plan where campaign_id = p_campaign;
    if share is null then
        return claim_place(p_campaign, p_worker, p_assignment, p_now, p_task);
    end if;
    -- As in what is called: before the lock of the task.
    perform pg_advisory_xact_lock(
        hashtextextended(format('claim %s %s', p_campaign, p_worker), 0));
    if is_test_over(p_campaign, p_worker, p_now) then
        return null;
    end if;
    is_gold := abs(hashtextextended(p_assignment::text, 0) % 100) < share;
    select t.id into chosen from task t
    where t.campaign_id = p_campaign and t.place_count_open > 0
      and t.state <> 'agreed'
      and (p_task is null or t.id = p_task)
      and (p_task is not null or is_gold or t.gold_label is null)
      and (t.answers_asked is null
           or t.place_count_held + t.place_count_filled + t.place_count_settled
              < t.answers_asked)
      and not exists (
          select 1 from assignment a
          where a.task_id = t.id and a.worker_id = p_worker
            and a.state not in ('returned', 'expired', 'withdrawn'))
    order by (t.gold_label is null) = is_gold, t.priority desc, t.position
    limit 1
    for update of t skip locked;
    if chosen is null then
        return null;
    end if;
    return claim_place(p_campaign, p_worker, p_assignment, p_now, chosen);
end
$$;

create or replace function claim_next_place_waiting(
    p_campaign uuid,
    p_worker uuid,
    p_assignment uuid,
    p_now timestamptz,
    p_task uuid
) returns uuid language plpgsql as $$
declare
    share int;
    is_gold boolean;
    chosen uuid;
begin
    select case when skill_id is null then gold_percent else 100 end
    into share from consensus_plan where campaign_id = p_campaign;
    if share is null then
        return claim_place_waiting(p_campaign, p_worker, p_assignment, p_now, p_task);
    end if;
    -- As in what is called: before the lock of the task.
    perform pg_advisory_xact_lock(
        hashtextextended(format('claim %s %s', p_campaign, p_worker), 0));
    if is_test_over(p_campaign, p_worker, p_now) then
        return null;
    end if;
    is_gold := abs(hashtextextended(p_assignment::text, 0) % 100) < share;
    select t.id into chosen from task t
    where t.campaign_id = p_campaign and t.place_count_open > 0
      and t.state <> 'agreed'
      and (p_task is null or t.id = p_task)
      and (p_task is not null or is_gold or t.gold_label is null)
      and (t.answers_asked is null
           or t.place_count_held + t.place_count_filled + t.place_count_settled
              < t.answers_asked)
      and not exists (
          select 1 from assignment a
          where a.task_id = t.id and a.worker_id = p_worker
            and a.state not in ('returned', 'expired', 'withdrawn'))
    order by (t.gold_label is null) = is_gold, t.priority desc, t.position
    limit 1
    for update of t ;
    if chosen is null then
        return null;
    end if;
    return claim_place_waiting(p_campaign, p_worker, p_assignment, p_now, chosen);
end
$$;
