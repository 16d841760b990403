-- What an hour of a campaign's work pays: as its employer estimates the time, and once ten have
-- handed in, as it was (R18).

alter table campaign
    add column estimated_seconds int,
    add constraint campaign_estimated_seconds_range
        check (estimated_seconds between 5 and 86400);

-- The least that an hour should pay (R17). Nothing is too little where nobody has said.
insert into rate (kind, scope, valid_from, micros, source) values
    ('hourly_minimum', '*', '2020-01-01', 1, 'nothing until the operator says so'),
    ('hourly_minimum', 'USD', '2020-01-01', 8000000, 'a first value: the operator decides'),
    ('hourly_minimum', 'GBP', '2020-01-01', 6000000, 'a first value: the operator decides');

-- From the claim to what was handed in first, of the latest fifty claims with work. No row where
-- nobody knows. The median counts, for times have a heavy tail.
create function campaign_wage(p_campaign uuid)
returns table (campaign_id uuid, currency text, hourly_micros bigint, basis text, work_count int)
language sql stable as $$
    with work as (
        select greatest(1, ceil(extract(epoch from s.received_at - a.claimed_at)))::bigint as seconds
        from assignment a join submission s on s.assignment_id = a.id and s.revision = 1
        where a.campaign_id = p_campaign
        order by a.claimed_at desc, a.id limit 50
    ), middle as (
        select count(*)::int as work_count,
               percentile_disc(0.5) within group (order by seconds)
                   + percentile_disc(0.5) within group (order by seconds desc) as doubled_median
        from work
    )
    select c.id, c.currency,
           case when m.work_count >= 10 then c.reward_micros * 7200 / m.doubled_median
                else c.reward_micros * 3600 / c.estimated_seconds end,
           case when m.work_count >= 10 then 'measured' else 'employer' end,
           m.work_count
    from campaign c cross join middle m
    where c.id = p_campaign and (m.work_count >= 10 or c.estimated_seconds is not null)
$$;
