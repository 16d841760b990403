-- The ledger: double entry, append only, balanced per currency, never overdrawn.
-- amount > 0 is a debit, < 0 a credit, in micros. `balance` is kept in the account's normal side.

-- The chart of accounts. House accounts carry no balance in line and are never locked.
create table ledger_account_kind (
    kind        text     primary key,
    account_class text   not null,
    normal_side smallint not null check (normal_side in (-1, 1)),
    is_house    boolean  not null,
    floor       bigint,
    meaning     text     not null,
    constraint ledger_kind_class_known check
        (account_class in ('asset', 'liability', 'income', 'expense', 'equity')),
    constraint ledger_kind_house_has_no_floor check (not is_house or floor is null)
);
insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('provider:clearing',     'asset',      1, true,  null, 'money at a payment provider'),
    ('employer:available',    'liability', -1, false, 0,    'what an employer may spend'),
    ('campaign:escrow',       'liability', -1, true,  null, 'rewards of open and held places'),
    ('campaign:fees',         'liability', -1, true,  null, 'fee and VAT of places not yet decided'),
    ('worker:pending',        'liability', -1, false, 0,    'handed in and not decided: the worker''s own escrow'),
    ('worker:earnings',       'liability', -1, false, 0,    'what a worker has earned'),
    ('worker:payout',         'liability', -1, false, 0,    'payouts on their way'),
    ('tax:vat_accrued',       'liability', -1, true,  null, 'VAT earned, not yet on a document'),
    ('tax:vat_output',        'liability', -1, true,  null, 'VAT on issued documents'),
    ('income:fees',           'income',    -1, true,  null, 'our fee on paid work'),
    ('income:payout_fees',    'income',    -1, true,  null, 'fees that members pay for payouts'),
    ('expense:provider_fees', 'expense',    1, true,  null, 'what providers charge us'),
    ('expense:referrals',     'expense',    1, true,  null, 'referral rewards, paid by the platform');

create table ledger_account (
    id          bigint generated always as identity primary key,
    code        text     not null,
    kind        text     not null references ledger_account_kind (kind) on delete restrict on update restrict,
    owner_id    uuid,
    currency    text     not null check (currency ~ '^[A-Z][A-Z][A-Z]$'),
    normal_side smallint not null check (normal_side in (-1, 1)),
    is_house    boolean  not null default false,
    balance     bigint   not null default 0,
    held        bigint   not null default 0,
    floor       bigint,
    entry_count bigint   not null default 0,
    unique (id, currency),
    constraint ledger_account_code unique (code, currency),
    constraint ledger_held_positive  check (held >= 0),
    constraint ledger_balance_floor  check (floor is null or balance - held >= floor),
    constraint ledger_house_is_plain check (not is_house or (floor is null and held = 0))
);
create index ledger_account_owner on ledger_account (owner_id) where owner_id is not null;

create table ledger_period (
    month     date primary key check (extract(day from month) = 1),
    closed_at timestamptz
);

create table ledger_transfer (
    id              uuid        primary key,
    idempotency_key text        not null,
    request_digest  bytea       not null,
    event           text        not null,
    kind            text        not null,
    correlation_id  uuid        not null,
    actor_id        uuid,
    effective_on    date        not null,
    reverses        uuid references ledger_transfer (id) on delete restrict on update restrict,
    recorded_at     timestamptz not null,
    transaction_id  xid8        not null,
    constraint ledger_transfer_key unique (idempotency_key),
    constraint ledger_reversed_once unique (reverses)
);
create index ledger_transfer_effective on ledger_transfer (effective_on);
create index ledger_transfer_correlation on ledger_transfer (correlation_id);

create table ledger_entry (
    id            bigint generated always as identity primary key,
    transfer_id   uuid   not null references ledger_transfer (id) on delete restrict on update restrict,
    account_id    bigint not null,
    currency      text   not null,
    amount        bigint not null check (amount <> 0),
    account_seq   bigint,
    balance_after bigint,
    constraint ledger_entry_currency
        foreign key (account_id, currency) references ledger_account (id, currency)
        on delete restrict on update restrict
);
create index ledger_entry_transfer on ledger_entry (transfer_id);
create unique index ledger_entry_account_seq on ledger_entry (account_id, account_seq)
    where account_seq is not null;
create index ledger_entry_house on ledger_entry (account_id, id) where account_seq is null;

create table ledger_unfolded (
    id         bigint generated always as identity primary key,
    account_id bigint not null,
    amount     bigint not null
);
create index ledger_unfolded_account on ledger_unfolded (account_id);

-- 1. A transfer is stamped by the database and refused in a closed month.
create function ledger_transfer_stamp() returns trigger language plpgsql as $$
declare
    effective_month date := date_trunc('month', new.effective_on)::date;
begin
    new.transaction_id := pg_current_xact_id();
    new.recorded_at := transaction_timestamp();
    perform pg_advisory_xact_lock_shared(
        hashtext('ledger_period'), to_char(effective_month, 'YYYYMM')::int);
    perform 1 from ledger_period where month = effective_month and closed_at is not null;
    if found then
        raise exception 'period % is closed', effective_month
            using errcode = '23514', constraint = 'ledger_period_closed';
    end if;
    return new;
end $$;
create trigger a_stamp before insert on ledger_transfer
    for each row execute function ledger_transfer_stamp();

-- 2. Entries only in the transaction that made the transfer. The instant is compared too, because
--    transaction ids begin again after a dump and restore.
create function ledger_entry_open() returns trigger language plpgsql as $$
begin
    perform 1 from ledger_transfer t
     where t.id = new.transfer_id
       and t.transaction_id = pg_current_xact_id()
       and t.recorded_at = transaction_timestamp();
    if not found then
        raise exception 'transfer % is closed', new.transfer_id
            using errcode = '23514', constraint = 'ledger_transfer_closed';
    end if;
    return new;
end $$;
create trigger a_open before insert on ledger_entry
    for each row execute function ledger_entry_open();

-- 3. Members' balances move at once, under the account row; house accounts are never locked here.
create function ledger_entry_apply() returns trigger language plpgsql as $$
begin
    update ledger_account
       set balance = balance + new.amount * normal_side,
           entry_count = entry_count + 1
     where id = new.account_id and not is_house
    returning entry_count, balance into new.account_seq, new.balance_after;
    return new;
end $$;
create trigger b_apply before insert on ledger_entry
    for each row execute function ledger_entry_apply();

create function ledger_entry_defer_house() returns trigger language plpgsql as $$
begin
    insert into ledger_unfolded (account_id, amount)
    select e.account_id, sum(e.amount) from new_entries e
     where e.account_seq is null
     group by e.account_id;
    return null;
end $$;
create trigger c_defer_house after insert on ledger_entry
    referencing new table as new_entries
    for each statement execute function ledger_entry_defer_house();

-- 4. Balanced at COMMIT, or at `set constraints all immediate`.
create function ledger_transfer_balanced() returns trigger language plpgsql as $$
declare
    entries int;
    wrong   text;
begin
    select count(*) into entries from ledger_entry where transfer_id = new.id;
    if entries < 2 then
        raise exception 'transfer % has % entries', new.id, entries
            using errcode = '23514', constraint = 'ledger_transfer_entries';
    end if;
    select currency into wrong from ledger_entry
     where transfer_id = new.id group by currency having sum(amount) <> 0 limit 1;
    if found then
        raise exception 'transfer % is unbalanced in %', new.id, wrong
            using errcode = '23514', constraint = 'ledger_transfer_balanced';
    end if;
    return null;
end $$;
create constraint trigger z_balanced after insert on ledger_transfer
    deferrable initially deferred for each row execute function ledger_transfer_balanced();

-- 5. Append only.
create trigger x_append_only before update or delete on ledger_entry
    for each row execute function refuse_change();
create trigger x_append_only before update or delete on ledger_transfer
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on ledger_entry
    for each statement execute function refuse_change();
create trigger x_no_truncate before truncate on ledger_transfer
    for each statement execute function refuse_change();

-- 6. The one way to write: any number of transfers in one round trip. Accounts come into being
--    with their first entry; the chart says what they are.
create function ledger_post(
    p_ids uuid[], p_keys text[], p_digests bytea[], p_events text[], p_kinds text[],
    p_correlations uuid[], p_actors uuid[], p_effective_on date[], p_reverses uuid[],
    p_leg_transfers uuid[], p_leg_codes text[], p_leg_kinds text[], p_leg_owners uuid[],
    p_leg_currencies text[], p_leg_amounts bigint[]
) returns table (posted_id uuid, posted_key text, was_replayed boolean) language plpgsql as $$
declare
    fresh uuid[];
begin
    insert into ledger_account (code, kind, owner_id, currency, normal_side, is_house, floor)
    select distinct leg.code, leg.kind, leg.owner_id, leg.currency, k.normal_side, k.is_house, k.floor
      from unnest(p_leg_codes, p_leg_kinds, p_leg_owners, p_leg_currencies)
        as leg (code, kind, owner_id, currency)
      join ledger_account_kind k on k.kind = leg.kind
     where not exists (select 1 from ledger_account a
                        where a.code = leg.code and a.currency = leg.currency)
     order by leg.code, leg.currency
    on conflict (code, currency) do nothing;

    with inserted as (
        insert into ledger_transfer
            (id, idempotency_key, request_digest, event, kind, correlation_id, actor_id, effective_on, reverses)
        select w.id, w.key, w.digest, w.event, w.kind, w.correlation_id, w.actor_id, w.effective_on, w.reverses
          from unnest(p_ids, p_keys, p_digests, p_events, p_kinds, p_correlations, p_actors,
                      p_effective_on, p_reverses)
            as w (id, key, digest, event, kind, correlation_id, actor_id, effective_on, reverses)
         -- a replay must not meet a_stamp: its month may be closed by now
         where not exists (select 1 from ledger_transfer t where t.idempotency_key = w.key)
         order by w.key
        on conflict (idempotency_key) do nothing
        returning id
    )
    select coalesce(array_agg(id), array[]::uuid[]) into fresh from inserted;

    perform 1 from unnest(p_keys, p_digests) as w (key, digest)
      join ledger_transfer t on t.idempotency_key = w.key
     where t.request_digest <> w.digest;
    if found then
        raise exception 'idempotency key used before with other content'
            using errcode = '23505', constraint = 'ledger_key_reused';
    end if;
    perform 1 from unnest(p_leg_transfers) as leg (transfer_id) where leg.transfer_id <> all (p_ids);
    if found then
        raise exception 'an entry belongs to no transfer of this call'
            using errcode = '23514', constraint = 'ledger_stray_entry';
    end if;

    -- Members' rows are locked in the order of their ids, so that two calls cannot deadlock.
    insert into ledger_entry (transfer_id, account_id, currency, amount)
    select leg.transfer_id, a.id, leg.currency, leg.amount
      from unnest(p_leg_transfers, p_leg_codes, p_leg_currencies, p_leg_amounts)
           with ordinality as leg (transfer_id, code, currency, amount, position)
      left join ledger_account a on a.code = leg.code and a.currency = leg.currency
     where leg.transfer_id = any (fresh)
     order by a.id, leg.position;

    return query
    select t.id, t.idempotency_key, t.id <> all (fresh)
      from ledger_transfer t where t.idempotency_key = any (p_keys);
end $$;

-- 7. Holds: money set aside inside one member's account until it is posted or voided.
create table ledger_hold (
    id              uuid        primary key,
    account_id      bigint      not null,
    currency        text        not null,
    amount          bigint      not null check (amount > 0),
    reason          text        not null,
    state           text        not null default 'pending',
    transfer_id     uuid references ledger_transfer (id) on delete restrict on update restrict
                    deferrable initially deferred,
    idempotency_key text        not null constraint ledger_hold_key unique,
    request_digest  bytea       not null,
    expires_at      timestamptz,
    created_at      timestamptz not null,
    resolved_at     timestamptz,
    constraint ledger_hold_currency
        foreign key (account_id, currency) references ledger_account (id, currency)
        on delete restrict on update restrict,
    constraint ledger_hold_state_known check (state in ('pending', 'posted', 'voided', 'expired')),
    constraint ledger_hold_posted check ((state = 'posted') = (transfer_id is not null))
);
create index ledger_hold_due on ledger_hold (expires_at) where state = 'pending';
create index ledger_hold_account on ledger_hold (account_id) where state = 'pending';

-- AFTER, not BEFORE: a BEFORE trigger also fires for a row that ON CONFLICT then skips.
create function ledger_hold_place() returns trigger language plpgsql as $$
begin
    if new.state <> 'pending' then
        raise exception 'a hold starts pending'
            using errcode = '23514', constraint = 'ledger_hold_starts_pending';
    end if;
    update ledger_account set held = held + new.amount where id = new.account_id and not is_house;
    if not found then
        raise exception 'no hold on a house account'
            using errcode = '23514', constraint = 'ledger_hold_on_member';
    end if;
    return null;
end $$;
create trigger b_place after insert on ledger_hold
    for each row execute function ledger_hold_place();

create function ledger_hold_resolve() returns trigger language plpgsql as $$
begin
    if old.state <> 'pending' or new.state = 'pending'
       or (new.id, new.account_id, new.currency, new.amount, new.idempotency_key)
          is distinct from (old.id, old.account_id, old.currency, old.amount, old.idempotency_key) then
        raise exception 'hold % is %', old.id, old.state
            using errcode = '23514', constraint = 'ledger_hold_resolved_once';
    end if;
    update ledger_account set held = held - old.amount where id = old.account_id;
    new.resolved_at := transaction_timestamp();
    return new;
end $$;
create trigger a_resolve before update on ledger_hold
    for each row execute function ledger_hold_resolve();
create trigger x_no_delete before delete on ledger_hold
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on ledger_hold
    for each statement execute function refuse_change();

-- 8. Lock members' accounts in order, before a transaction that touches holds and transfers.
create function ledger_lock(p_codes text[], p_currency text) returns void language plpgsql as $$
begin
    perform 1 from ledger_account
      where code = any (p_codes) and currency = p_currency and not is_house
      order by id for no key update;
end $$;

-- 9. Fold the house accounts' movements into their balances.
create function ledger_fold(p_limit int default 10000) returns bigint language plpgsql as $$
declare
    folded bigint;
begin
    with taken as (
        delete from ledger_unfolded
         where id in (select id from ledger_unfolded order by id limit p_limit for update skip locked)
        returning account_id, amount
    ), summed as (
        select account_id, sum(amount) as amount from taken group by account_id
    ), applied as (
        update ledger_account a set balance = a.balance + s.amount * a.normal_side
          from summed s where s.account_id = a.id returning a.id
    )
    select count(*) into folded from taken;
    return folded;
end $$;
