-- Taking a place is one round trip: the lock, then the claim, whose snapshot begins after it.
-- One text makes both functions; the second waits for places that others hold at the moment.
do $make$
declare
    variant record;
begin
    for variant in
        select * from (values ('claim_place', 'skip locked'), ('claim_place_waiting', ''))
            as variants (name, wait)
    loop
        execute format($text$
            create function %1$I(
                p_campaign uuid, p_worker uuid, p_assignment uuid, p_now timestamptz, p_task uuid)
            returns uuid language plpgsql as $body$
            declare
                claimed uuid;
            begin
                -- Else the limit per worker would not count what the same worker claimed and
                -- handed in while this one waited.
                perform pg_advisory_xact_lock(
                    hashtextextended(format('claim %%s %%s', p_campaign, p_worker), 0));
                with offer as (
                    select c.* from campaign c
                    where c.id = p_campaign and c.state = 'running' and c.employer_id <> p_worker
                      and (c.ends_at is null or c.ends_at > p_now)
                      and exists (select 1 from member m
                                  where m.id = p_worker and 'worker' = any(m.roles)
                                    and m.state in ('registered', 'active'))
                      and (c.per_worker_max is null or c.per_worker_max > (
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
                    for update of t %2$s
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
                     deadline_at)
                select p_assignment, taken.id, offer.id, p_worker, 'claimed', offer.currency,
                       offer.reward_micros, offer.fee_micros, offer.vat_micros,
                       offer.instruction_version, 0, p_now,
                       p_now + make_interval(mins => offer.claim_minutes)
                from taken, offer
                returning id into claimed;
                return claimed;
            end $body$
        $text$, variant.name, variant.wait);
    end loop;
end $make$;
