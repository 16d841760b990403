-- Each day's transfers and entries under one hash, chained to the day before. A chain per transfer
-- would make every posting wait for the one before it.

create table ledger_day_seal (
    day            date        primary key,
    transfer_count bigint      not null check (transfer_count >= 0),
    previous       bytea       not null check (length(previous) = 32),
    hash           bytea       not null check (length(hash) = 32),
    sealed_at      timestamptz not null
);
create trigger x_append_only before update or delete on ledger_day_seal
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on ledger_day_seal
    for each statement execute function refuse_change();

-- What is in a day's books: all columns but `transaction_id`, which a dump and restore leaves
-- without meaning. JSON quotes each value, so no two rows read alike; nothing in it depends on
-- the settings of a session. A transfer is of the day (UTC) on which the database recorded it.
create function ledger_day_digest(p_day date, p_previous bytea, out count bigint, out hash bytea)
language sql stable as $$
    select count(*), sha256(p_previous || convert_to(p_day - date '2000-01-01' || ':', 'UTF8')
                            || coalesce(string_agg(sha256(t.line || e.lines), ''::bytea
                                                   order by t.recorded_at, t.id), ''::bytea))
    from (
        select id, recorded_at, convert_to(jsonb_build_array(
                   id, idempotency_key, encode(request_digest, 'hex'), event, kind, correlation_id,
                   actor_id, effective_on - date '2000-01-01', reverses,
                   (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8') as line
        from ledger_transfer
        where recorded_at >= p_day::timestamp at time zone 'UTC'
          and recorded_at < (p_day + 1)::timestamp at time zone 'UTC'
    ) t
    cross join lateral (
        select coalesce(convert_to(jsonb_agg(jsonb_build_array(
                   id, account_id, currency, amount, account_seq, balance_after)
                   order by id)::text, 'UTF8'), ''::bytea) as lines
        from ledger_entry where transfer_id = t.id
    ) e
$$;
create index ledger_transfer_recorded on ledger_transfer (recorded_at);

-- The next day that is over, sealed; nothing where every day is. The first is that of the first
-- transfer. A day is left open for an hour after its end: `recorded_at` is when a transaction
-- began, and none of ours lives that long.
create function ledger_seal_day() returns setof ledger_day_seal language plpgsql as $$
declare
    last_seal ledger_day_seal;
    next_day  date;
begin
    perform pg_advisory_xact_lock(hashtext('ledger_day_seal'));
    select * into last_seal from ledger_day_seal order by day desc limit 1;
    next_day := coalesce(last_seal.day + 1,
        (select (min(recorded_at) at time zone 'UTC')::date from ledger_transfer));
    if next_day is null
       or next_day >= ((transaction_timestamp() - interval '1 hour') at time zone 'UTC')::date then
        return;
    end if;
    return query
        insert into ledger_day_seal (day, transfer_count, previous, hash, sealed_at)
        select next_day, d.count, p.previous, d.hash, transaction_timestamp()
        from (select coalesce(last_seal.hash, decode(repeat('00', 32), 'hex')) as previous) p,
             ledger_day_digest(next_day, p.previous) d
        returning *;
end $$;
