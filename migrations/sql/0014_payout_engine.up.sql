-- What providers give us to keep, the exact bytes of a batch, numbers without a gap, steps of one
-- payment, exchanges, and what people decide about payments in doubt.

-- Exchanges go over this account: one balance per currency, only exchanges touch it.
insert into ledger_account_kind (kind, account_class, normal_side, is_house, floor, meaning) values
    ('fx:clearing', 'equity', -1, true, null, 'what exchanges changed from one currency into another');

alter table payout
    add column cancel_asked_at timestamptz;

alter table payout_batch
    add column plugin_id      text,
    add column plugin_version text,
    add column api_version    int,
    add column sequence_no    bigint,
    add column payload        bytea,
    add column payload_digest bytea,
    add column provider_state jsonb not null default '{}',
    add column objection      text,
    add constraint payout_batch_payload_has_digest check ((payload is null) = (payload_digest is null)),
    add constraint payout_batch_payload_digest_is_sha256 check (octet_length(payload_digest) = 32),
    add constraint payout_batch_provider_state_small check
        (jsonb_typeof(provider_state) = 'object' and octet_length(provider_state::text) <= 8192),
    add constraint payout_batch_objection_known check (objection in ('refused', 'duplicate'));

alter table payout_attempt
    add column plugin_id       text,
    add column plugin_version  text,
    add column api_version     int,
    add column sequence_no     bigint,
    add column provider_state  jsonb not null default '{}',
    add column next_step       text,
    add column step_count      int not null default 0,
    add column step_due_at     timestamptz,
    add column step_started_at timestamptz,
    add column fee_currency    text,
    add column source_micros   bigint,
    add column source_currency text,
    add column target_micros   bigint,
    add column target_currency text,
    add column exchange_rate   numeric,
    add constraint payout_attempt_provider_state_small check
        (jsonb_typeof(provider_state) = 'object' and octet_length(provider_state::text) <= 8192),
    add constraint payout_attempt_step_is_due check ((next_step is null) = (step_due_at is null)),
    add constraint payout_attempt_exchange_whole check
        (num_nulls(source_micros, source_currency, target_micros, target_currency, exchange_rate)
         in (0, 5));
create index payout_attempt_step on payout_attempt (step_due_at) where next_step is not null;
create index payout_attempt_provider_ref on payout_attempt (provider_ref) where provider_ref is not null;
create index payout_attempt_frozen on payout_attempt (changed_at) where frozen_reason is not null;
create index payout_batch_provider_ref on payout_batch (provider_ref) where provider_ref is not null;

-- Numbers without a gap, per instance. What was given back is handed out again first.
create table provider_sequence (
    instance_id text     not null,
    name        text     not null,
    next_no     bigint   not null,
    freed       bigint[] not null default '{}',
    primary key (instance_id, name)
);

-- When the next call that moves money may start; all nodes share it.
create table provider_pace (
    instance_id  text        primary key,
    next_send_at timestamptz not null
);

alter table provider_call
    add column error_code text,
    add column detail     text,
    add constraint provider_call_detail_short check (length(detail) <= 500),
    drop constraint provider_call_kind_known,
    add constraint provider_call_kind_known check (kind in
        ('send', 'look_up', 'create', 'prepare', 'cancel', 'advance', 'capture', 'refund',
         'look_up_refund'));

-- What people found out about an attempt that no machine may decide; two of them.
create table payout_resolution (
    id          uuid        primary key,
    attempt_id  uuid        not null references payout_attempt (id) on delete restrict on update restrict,
    verdict     text        not null,
    state       text        not null,
    reason      text        not null,
    evidence    text        not null,
    proposed_by uuid        not null references member (id) on delete restrict on update restrict,
    proposed_at timestamptz not null,
    decided_by  uuid        references member (id) on delete restrict on update restrict,
    decided_at  timestamptz,
    constraint payout_resolution_verdict_known check (verdict in ('paid', 'not_paid', 'returned')),
    constraint payout_resolution_state_known check (state in ('proposed', 'approved', 'declined')),
    constraint payout_resolution_reason_given check (length(reason) between 1 and 1000),
    constraint payout_resolution_evidence_short check (length(evidence) <= 1000),
    constraint payout_resolution_decided check
        ((state = 'proposed') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
    constraint payout_resolution_four_eyes check (state <> 'approved' or decided_by <> proposed_by)
);
create unique index payout_resolution_one_open on payout_resolution (attempt_id) where state = 'proposed';
create index payout_resolution_attempt on payout_resolution (attempt_id);
create index payout_resolution_proposed_by on payout_resolution (proposed_by);
create index payout_resolution_decided_by on payout_resolution (decided_by);

-- No new sends through an instance that is set up wrongly, on any node, until people lift it.
create table provider_quarantine (
    instance_id text        primary key,
    reason      text        not null,
    since       timestamptz not null,
    lifted_at   timestamptz,
    lifted_by   uuid        references member (id) on delete restrict on update restrict,
    constraint provider_quarantine_lifted check ((lifted_at is null) = (lifted_by is null))
);
create index provider_quarantine_lifted_by on provider_quarantine (lifted_by);
