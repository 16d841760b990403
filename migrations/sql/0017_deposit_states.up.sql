-- What a deposit becomes after it has settled: disputed, refunded, or never what was asked.
insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('chargeback:receivable', 'asset',   1, true, null, 'deposits that were pulled back, not yet decided'),
    ('expense:losses',        'expense', 1, true, null, 'what nobody pays back')
on conflict (kind) do nothing;

alter table deposit
    drop constraint deposit_state_known,
    add constraint deposit_state_known check (state in
        ('initiated', 'pending', 'settled', 'failed', 'expired', 'mismatched', 'underpaid',
         'overpaid', 'disputed', 'won', 'lost', 'partly_refunded', 'refunded')),
    add column instructions        text,
    add column expires_at          timestamptz,
    add column arrived_micros      bigint,
    add column arrived_currency    text,
    add column credited_micros     bigint,
    add column refunded_micros     bigint not null default 0,
    add column disputed_micros     bigint,
    add column lost_micros         bigint not null default 0,
    add column dispute_count       int    not null default 0,
    add column dispute_hold_id     uuid,
    add column watch_count         int    not null default 0,
    add column heard_at            timestamptz,
    add column capture_count       int    not null default 0,
    add column first_capture_at    timestamptz,
    add column capture_lease_until timestamptz,
    add constraint deposit_refunded_of_credited check
        (refunded_micros >= 0 and refunded_micros <= coalesce(credited_micros, 0)),
    add constraint deposit_credited_positive check (credited_micros > 0);
update deposit set credited_micros = amount_micros where state = 'settled';
drop index deposit_open;
create index deposit_due on deposit (due_at) where due_at is not null;

create table deposit_refund (
    id              uuid        primary key,
    deposit_id      uuid        not null references deposit (id) on delete restrict on update restrict,
    state           text        not null,
    currency        text        not null,
    amount_micros   bigint      not null,
    refund_ref      text        not null,
    provider_ref    text,
    failure         text,
    hold_id         uuid,
    asked_by        uuid        references member (id) on delete restrict on update restrict,
    asked_at        timestamptz not null,
    first_sent_at   timestamptz,
    last_sent_at    timestamptz,
    lease_until     timestamptz,
    send_count      int         not null,
    look_up_count   int         not null,
    missing_count   int         not null,
    missing_since   timestamptz,
    ended_at        timestamptz,
    due_at          timestamptz,
    constraint deposit_refund_ref_once unique (refund_ref),
    constraint deposit_refund_amount_positive check (amount_micros > 0),
    constraint deposit_refund_state_known check (state in
        ('prepared', 'sending', 'unknown', 'pending', 'done', 'failed')),
    constraint deposit_refund_due_while_open check ((state in ('done', 'failed')) = (due_at is null))
);
create index deposit_refund_deposit on deposit_refund (deposit_id);
create index deposit_refund_due on deposit_refund (due_at) where due_at is not null;
create index deposit_refund_provider_ref on deposit_refund (provider_ref) where provider_ref is not null;
create index deposit_refund_asked_by on deposit_refund (asked_by);

-- What people decide about a deposit that is not what was asked for: one proposes, another agrees.
create table deposit_decision (
    id          uuid        primary key,
    deposit_id  uuid        not null references deposit (id) on delete restrict on update restrict,
    decision    text        not null,
    note        text        not null,
    proposed_by uuid        not null references member (id) on delete restrict on update restrict,
    proposed_at timestamptz not null,
    agreed_by   uuid        references member (id) on delete restrict on update restrict,
    agreed_at   timestamptz,
    dropped_at  timestamptz,
    constraint deposit_decision_known check (decision in ('credit', 'dismiss')),
    constraint deposit_decision_four_eyes check (agreed_by <> proposed_by),
    constraint deposit_decision_agreed check ((agreed_by is null) = (agreed_at is null))
);
create unique index deposit_decision_one_open on deposit_decision (deposit_id)
    where agreed_at is null and dropped_at is null;
create index deposit_decision_deposit on deposit_decision (deposit_id);
create index deposit_decision_proposed_by on deposit_decision (proposed_by);
create index deposit_decision_agreed_by on deposit_decision (agreed_by);
