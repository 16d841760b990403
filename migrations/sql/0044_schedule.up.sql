-- When a campaign takes claims, how many a day and of how many countries (R16); and how difficult
-- its employer thinks it is (P47).

alter table campaign
    add column difficulty        text not null default 'medium',
    add column starts_at         timestamptz,
    add column daily_from_hour   int,
    add column daily_to_hour     int,
    add column day_claim_max     int,
    add column country_share_max int,
    add constraint campaign_difficulty_known check (difficulty in ('easy', 'medium', 'hard')),
    add constraint campaign_starts_before_it_ends check (starts_at < ends_at),
    add constraint campaign_hours_are_two check
        (num_nonnulls(daily_from_hour, daily_to_hour) in (0, 2)
         and daily_from_hour between 0 and 23 and daily_to_hour between 0 and 23
         and daily_from_hour <> daily_to_hour),
    add constraint campaign_day_claim_max_positive check (day_claim_max > 0),
    add constraint campaign_country_share_max_range check (country_share_max between 25 and 100);
create index assignment_claimed_in on assignment (campaign_id, claimed_at);

-- What of a campaign's schedule and shares stands in the way of a claim now. Claims that gave their
-- place back do not count. One place of each country is always there.
create function campaign_closed(p_campaign uuid, p_worker uuid, p_now timestamptz)
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
create function lock_counted_claims(p_campaign uuid) returns void language sql volatile as $$
    select pg_advisory_xact_lock(hashtextextended(format('counted %s', c.id), 0))
    from campaign c
    where c.id = p_campaign and num_nonnulls(c.day_claim_max, c.country_share_max) > 0
$$;

-- The text of migration 0018 stands, with one condition more, and the lock that it needs.
do $patch$
declare
    name text;
    body text;
    lock_mark constant text := 'p_campaign, p_worker), 0));';
    mark constant text := 'and (c.per_worker_max is null';
begin
    foreach name in array array['claim_place', 'claim_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position(mark in body) = 0 or position(lock_mark in body) = 0 then
            raise exception '% has no limit per worker', name;
        end if;
        body := replace(body, lock_mark, lock_mark || $more$
                perform lock_counted_claims(p_campaign);$more$);
        execute replace(body, mark, $more$and (num_nonnulls(c.starts_at, c.daily_from_hour,
                                        c.day_claim_max, c.country_share_max) = 0
                           or cardinality(campaign_closed(c.id, p_worker, p_now)) = 0)
                      $more$ || mark);
    end loop;
end $patch$;
