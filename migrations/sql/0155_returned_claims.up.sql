-- Who claims and gives back again and again would hold the last place of a campaign for ever: the
-- third place given back within a day cools down for that campaign, as expiries do for all (R3).

alter table assignment add column returned_at timestamptz;
create index assignment_given_back on assignment (campaign_id, worker_id, returned_at)
    where returned_at is not null;

create function is_cooling_down_in(p_campaign uuid, p_worker uuid, p_now timestamptz)
returns boolean language sql stable as $$
    select is_cooling_down(p_worker, p_now) or (
        select count(*) >= 3 from assignment a
        where a.campaign_id = p_campaign and a.worker_id = p_worker
          and a.returned_at > p_now - interval '24 hours')
$$;

-- As 0131 has them, with the new condition in place of the old one.
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
          and not is_cooling_down_in(p_campaign, p_worker, p_now)
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
