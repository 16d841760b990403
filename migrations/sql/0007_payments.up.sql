-- Money entering and leaving. The intent is committed before a provider hears of it.

create table deposit (
    id              uuid        primary key,
    employer_id     uuid        not null references member (id) on delete restrict on update restrict,
    state           text        not null,
    currency        text        not null,
    amount_micros   bigint      not null,
    fee_micros      bigint,
    deposit_ref     text        not null,
    instance_id     text        not null,
    reference       text        not null,
    return_url      text        not null,
    provider_ref    text,
    redirect_url    text,
    failure         text,
    started_at      timestamptz not null,
    settled_at      timestamptz,
    create_count    int         not null,
    look_up_count   int         not null,
    due_at          timestamptz,
    constraint deposit_ref_once unique (deposit_ref),
    constraint deposit_amount_positive check (amount_micros > 0),
    constraint deposit_fee_below_amount check (fee_micros >= 0 and fee_micros < amount_micros),
    constraint deposit_state_known check (state in ('initiated', 'pending', 'settled', 'failed', 'mismatched'))
);
create index deposit_employer on deposit (employer_id, started_at desc, id desc);
create index deposit_open on deposit (due_at) where state in ('initiated', 'pending');

create table destination (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    state        text        not null,
    kind         text        not null,
    country      text        not null,
    currency     text        not null,
    label        text        not null,
    fields       bytea       not null,
    fingerprint  bytea       not null,
    created_at   timestamptz not null,
    removed_at   timestamptz,
    constraint destination_state_known check (state in ('active', 'removed')),
    constraint destination_fingerprint_is_sha256 check (octet_length(fingerprint) = 32)
);
create index destination_member on destination (member_id, created_at desc, id desc);

create table payout (
    id             uuid        primary key,
    worker_id      uuid        not null references member (id) on delete restrict on update restrict,
    destination_id uuid        not null references destination (id) on delete restrict on update restrict,
    state          text        not null,
    currency       text        not null,
    amount_micros  bigint      not null,
    fee_micros     bigint      not null,
    problem        text,
    requested_at   timestamptz not null,
    paid_at        timestamptz,
    closed_at      timestamptz,
    constraint payout_amount_positive check (amount_micros > 0),
    constraint payout_fee_below_amount check (fee_micros >= 0 and fee_micros < amount_micros),
    constraint payout_state_known check (state in
        ('requested', 'held', 'approved', 'queued', 'sending', 'unknown', 'pending', 'unclaimed',
         'on_hold', 'paid', 'failed', 'cancelled', 'returned', 'refunded', 'reversed'))
);
create index payout_worker on payout (worker_id, requested_at desc, id desc);
create index payout_destination on payout (destination_id);
create index payout_open on payout (requested_at) where state in
    ('requested', 'held', 'approved', 'queued', 'sending', 'unknown', 'pending', 'unclaimed', 'on_hold');

-- What one call hands over. batch_ref is the idempotency key; it never changes once committed.
create table payout_batch (
    id             uuid        primary key,
    batch_ref      text        not null,
    instance_id    text        not null,
    currency       text        not null,
    items_digest   bytea       not null,
    state          text        not null,
    send_count     int         not null,
    look_up_count  int         not null,
    watch_count    int         not null,
    missing_count  int         not null,
    missing_since  timestamptz,
    unknown_since  timestamptz,
    first_sent_at  timestamptz,
    last_sent_at   timestamptz,
    due_at         timestamptz,
    provider_ref   text,
    created_at     timestamptz not null,
    constraint payout_batch_ref_once unique (batch_ref),
    constraint payout_batch_digest_is_sha256 check (octet_length(items_digest) = 32),
    constraint payout_batch_due_while_open check ((state = 'closed') = (due_at is null)),
    constraint payout_batch_state_known check (state in ('prepared', 'sending', 'sent', 'closed'))
);
create index payout_batch_open on payout_batch (due_at) where state <> 'closed';

create table payout_attempt (
    id            uuid        primary key,
    payout_id     uuid        not null references payout (id) on delete restrict on update restrict,
    batch_id      uuid        not null references payout_batch (id) on delete restrict on update restrict,
    attempt_no    int         not null,
    item_ref      text        not null,
    state         text        not null,
    closed_reason text,
    frozen_reason text,
    provider_ref  text,
    provider_code text,
    fee_micros    bigint,
    created_at    timestamptz not null,
    changed_at    timestamptz not null,
    constraint payout_attempt_no_once unique (payout_id, attempt_no),
    constraint payout_attempt_item_ref_once unique (item_ref),
    constraint payout_attempt_state_known check (state in
        ('prepared', 'sending', 'unknown', 'accepted', 'pending', 'on_hold', 'unclaimed', 'paid',
         'cancelled', 'failed', 'returned', 'refunded', 'reversed', 'rejected', 'missing'))
);
-- One open attempt per payout is a fact of the database, not a convention.
create unique index payout_attempt_one_open on payout_attempt (payout_id)
    where state not in ('rejected', 'missing', 'failed', 'cancelled', 'returned', 'refunded', 'reversed');
create index payout_attempt_batch on payout_attempt (batch_id);

create table provider_call (
    id            uuid        primary key,
    subject_id    uuid        not null,
    instance_id   text        not null,
    kind          text        not null,
    send_no       int         not null,
    started_at    timestamptz not null,
    finished_at   timestamptz,
    outcome       text,
    constraint provider_call_kind_known check (kind in ('send', 'look_up', 'create'))
);
create index provider_call_subject on provider_call (subject_id, started_at);
