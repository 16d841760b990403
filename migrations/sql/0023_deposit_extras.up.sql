-- Money that nobody asked for is booked and shown, and a refund that fails late comes back.

insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('deposit:unallocated', 'liability', -1, true, null, 'money that arrived and nobody asked for');

alter table deposit
    add column dismissed_micros bigint not null default 0,
    add constraint deposit_dismissed_not_negative check (dismissed_micros >= 0);
alter table deposit_refund
    add column watch_count int not null default 0,
    -- A refund that is done is watched for a while: a payer's bank may give it back.
    drop constraint deposit_refund_due_while_open,
    add constraint deposit_refund_due_while_open
        check (case state when 'failed' then due_at is null when 'done' then true
               else due_at is not null end),
    add constraint deposit_refund_watch_count_not_negative check (watch_count >= 0);

-- One payment of a payer, as the provider names it. What belongs to its deposit is counted; what
-- nobody asked for waits for two people.
create table deposit_arrival (
    id                   uuid        primary key,
    instance_id          text        not null,
    arrival_ref          text        not null,
    deposit_id           uuid        references deposit (id) on delete restrict on update restrict,
    state                text        not null,
    currency             text        not null,
    amount_micros        bigint      not null,
    said                 text        not null default '',
    arrived_at           timestamptz not null,
    recorded_at          timestamptz not null,
    proposed_as          text,
    proposed_employer_id uuid        references member (id) on delete restrict on update restrict,
    proposed_note        text,
    proposed_by          uuid        references member (id) on delete restrict on update restrict,
    proposed_at          timestamptz,
    decided_by           uuid        references member (id) on delete restrict on update restrict,
    decided_at           timestamptz,
    constraint deposit_arrival_once unique (instance_id, arrival_ref),
    constraint deposit_arrival_state_known
        check (state in ('counted', 'unallocated', 'credited', 'sent_back', 'ours')),
    constraint deposit_arrival_counted_of_one check (state <> 'counted' or deposit_id is not null),
    constraint deposit_arrival_amount_positive check (amount_micros > 0),
    constraint deposit_arrival_said_short check (length(said) <= 140),
    constraint deposit_arrival_proposal_known
        check (proposed_as in ('credited', 'sent_back', 'ours')),
    constraint deposit_arrival_proposal_whole
        check ((proposed_as is null) = (proposed_by is null)
               and (proposed_as is null) = (proposed_at is null)
               and (proposed_as is null) = (proposed_note is null)
               and (proposed_employer_id is not null) = (proposed_as is not distinct from 'credited')),
    constraint deposit_arrival_decided
        check ((decided_by is null) = (decided_at is null)
               and (decided_by is not null) = (state in ('credited', 'sent_back', 'ours'))),
    constraint deposit_arrival_four_eyes check (decided_by <> proposed_by)
);
create index deposit_arrival_deposit on deposit_arrival (deposit_id) where deposit_id is not null;
create index deposit_arrival_unallocated on deposit_arrival (arrived_at) where state = 'unallocated';
create index deposit_arrival_proposed_employer on deposit_arrival (proposed_employer_id);
create index deposit_arrival_proposed_by on deposit_arrival (proposed_by);
create index deposit_arrival_decided_by on deposit_arrival (decided_by);

-- Both are news for the employer even where the deposit's state stays as it is.
create function deposit_refund_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, employer_id)
    select 'deposit_refund_failed', changed.deposit_id, deposit.employer_id
    from changed join before using (id) join deposit on deposit.id = changed.deposit_id
    where changed.state = 'failed' and before.state <> 'failed';
    return null;
end $$;
create trigger e_changed after update on deposit_refund
    referencing old table as before new table as changed
    for each statement execute function deposit_refund_event();

create function deposit_arrival_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, employer_id)
    select 'deposit_extra_arrived', changed.deposit_id, deposit.employer_id
    from changed join deposit on deposit.id = changed.deposit_id
    where changed.state = 'unallocated';
    return null;
end $$;
create trigger e_began after insert on deposit_arrival referencing new table as changed
    for each statement execute function deposit_arrival_event();

-- How far back an instance was asked for webhooks that it could not deliver.
alter table provider_cursor
    drop constraint provider_cursor_kind_known,
    add constraint provider_cursor_kind_known check (kind in ('statement', 'webhooks'));
