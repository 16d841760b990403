-- What every aggregate leans on: append-only tables, request keys, dated rates, rate limits.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name
        using errcode = '23001', constraint = 'append_only';
end $$;

-- One row per wish of a member; kept as long as the ledger it guards.
create table idempotent_request (
    actor_id       uuid        not null,
    key            text        not null,
    operation      text        not null,
    request_digest bytea       not null,
    result         text,
    created_at     timestamptz not null,
    primary key (actor_id, key),
    constraint idempotent_request_key_length check (length(key) between 1 and 255)
);

-- Basis points that somebody decided on a date: our fee, the referral reward, VAT by country.
-- Rows are added, never edited; the newest row not after the asked day counts.
create table rate (
    kind         text not null,
    scope        text not null,
    valid_from   date not null,
    basis_points int  not null,
    source       text not null,
    primary key (kind, scope, valid_from),
    constraint rate_in_range check (basis_points between 0 and 10000)
);
create trigger x_append_only before update or delete on rate
    for each row execute function refuse_change();
insert into rate (kind, scope, valid_from, basis_points, source) values
    ('campaign_fee', '*', '2020-01-01', 1000, 'platform price list'),
    ('referral',     '*', '2020-01-01',  500, 'platform price list'),
    ('vat',          '*', '2020-01-01',    0, 'no VAT outside the platform''s own country'),
    ('vat',         'DE', '2021-01-01', 1900, 'UStG section 12 (1)');

-- Token buckets shared by all processes. Unlogged: empty after a crash, which only forgives.
create unlogged table rate_bucket (
    key         text primary key,
    tokens      double precision not null,
    refilled_at timestamptz      not null
);
create function rate_take(p_key text, p_capacity int, p_per_second double precision, p_cost int default 1)
returns double precision language plpgsql as $$
declare
    moment    timestamptz := clock_timestamp();
    available double precision;
begin
    insert into rate_bucket as bucket (key, tokens, refilled_at) values (p_key, p_capacity, moment)
    on conflict (key) do update set
        tokens = least(p_capacity, bucket.tokens
            + p_per_second * greatest(0, extract(epoch from moment - bucket.refilled_at))),
        refilled_at = greatest(bucket.refilled_at, moment)
    returning tokens into available;
    if available >= p_cost then
        update rate_bucket set tokens = tokens - p_cost where key = p_key;
        return 0;
    end if;
    return (p_cost - available) / p_per_second;
end $$;
