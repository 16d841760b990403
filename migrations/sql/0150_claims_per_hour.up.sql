-- How many claims a campaign takes within an hour, whichever hour: an employer's speed.

alter table campaign
    add column hour_claim_max int,
    add constraint campaign_hour_claim_max_positive check (hour_claim_max > 0);

-- As 0044 has it, and the hour as the day: claims that gave their place back do not count.
create or replace function campaign_closed(p_campaign uuid, p_worker uuid, p_now timestamptz)
returns text[] language sql stable as $$
    select array_remove(array[
        case when c.starts_at > p_now then 'not_yet' end,
        case when c.daily_from_hour < c.daily_to_hour
                  and (hour.now < c.daily_from_hour or hour.now >= c.daily_to_hour)
               or c.daily_from_hour > c.daily_to_hour
                  and hour.now < c.daily_from_hour and hour.now >= c.daily_to_hour
             then 'out_of_hours' end,
        case when c.day_claim_max <= (
                 select count(*) from assignment a
                 where a.campaign_id = c.id
                   and a.claimed_at >= date_trunc('day', p_now, 'UTC')
                   and a.state not in ('returned', 'expired', 'revoked', 'withdrawn'))
             then 'day_limit' end,
        case when c.hour_claim_max <= (
                 select count(*) from assignment a
                 where a.campaign_id = c.id
                   and a.claimed_at > p_now - interval '1 hour'
                   and a.state not in ('returned', 'expired', 'revoked', 'withdrawn'))
             then 'hour_limit' end,
        case when c.country_share_max is not null
                  and greatest(1, c.place_count::bigint * c.country_share_max / 100) <= (
                 select count(*) from assignment a join member m on m.id = a.worker_id
                 where a.campaign_id = c.id
                   and m.country = (select w.country from member w where w.id = p_worker)
                   and a.state not in
                       ('returned', 'expired', 'revoked', 'withdrawn', 'closed_rejected'))
             then 'country_share' end
    ], null)
    from campaign c
    cross join (select extract(hour from p_now at time zone 'UTC')::int as now) hour
    where c.id = p_campaign
$$;

-- Claims that are counted together wait for each other; those of other campaigns never do.
create or replace function lock_counted_claims(p_campaign uuid) returns void language sql volatile as $$
    select pg_advisory_xact_lock(hashtextextended(format('counted %s', c.id), 0))
    from campaign c
    where c.id = p_campaign
      and num_nonnulls(c.day_claim_max, c.hour_claim_max, c.country_share_max) > 0
$$;

-- As 0155 has them; a limit per hour is looked at too.
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
          and not is_cooling_down_in(p_campaign, p_worker, p_now)
          and not is_allowance_used(p_worker, p_now)
          and not is_blocked(c.employer_id, p_worker)
          and (not c.is_targeted or cardinality(campaign_misses(
               c.id, c.employer_id, c.content_rating,
               (select worker_facts(p_worker, p_now)))) = 0)
          and (num_nonnulls(c.starts_at, c.daily_from_hour,
                            c.day_claim_max, c.hour_claim_max, c.country_share_max) = 0
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
          and not is_cooling_down_in(p_campaign, p_worker, p_now)
          and not is_allowance_used(p_worker, p_now)
          and not is_blocked(c.employer_id, p_worker)
          and (not c.is_targeted or cardinality(campaign_misses(
               c.id, c.employer_id, c.content_rating,
               (select worker_facts(p_worker, p_now)))) = 0)
          and (num_nonnulls(c.starts_at, c.daily_from_hour,
                            c.day_claim_max, c.hour_claim_max, c.country_share_max) = 0
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
