-- The cost budget: a process takes a share of a bucket, spends it by itself, brings the rest back.
-- Nothing is granted beyond what the bucket holds, so all processes together spend no more.
create function rate_lease(
    p_key text, p_capacity int, p_per_second double precision, p_least int, p_wanted int,
    out granted int, out remaining double precision)
language plpgsql as $$
declare
    moment timestamptz := clock_timestamp();
begin
    insert into rate_bucket as bucket (key, tokens, refilled_at) values (p_key, p_capacity, moment)
    on conflict (key) do update set
        tokens = least(p_capacity, bucket.tokens
            + p_per_second * greatest(0, extract(epoch from moment - bucket.refilled_at))),
        -- A little ahead is somebody who overtook us; far ahead is a clock that was wrong.
        refilled_at = case when bucket.refilled_at < moment + interval '1 minute'
            then greatest(bucket.refilled_at, moment) else moment end
    returning tokens into remaining;
    granted := 0;
    if remaining >= p_least then
        granted := least(p_wanted, floor(remaining));
        remaining := remaining - granted;
        update rate_bucket set tokens = remaining where key = p_key;
    end if;
end $$;

-- A bucket that was forgotten meanwhile is full: nothing is missing from it.
create function rate_return(p_key text, p_capacity int, p_points int) returns void
language sql as $$
    update rate_bucket set tokens = least(p_capacity, tokens + p_points) where key = p_key;
$$;
