-- What reaches us from providers unasked. It says about whom there is news; look-ups move money.

create table provider_event (
    id           uuid        primary key,
    instance_id  text        not null,
    event_id     text        not null,
    route        text        not null,
    body_digest   bytea       not null,
    body         bytea,                 -- sealed; forgotten after a while
    signed_at    timestamptz,
    received_at  timestamptz not null,
    state        text        not null,
    event_type   text,
    matched_ids  uuid[]      not null,
    try_count    int         not null,
    handled_at   timestamptz,
    due_at       timestamptz,
    constraint provider_event_once unique (instance_id, event_id),
    constraint provider_event_digest_is_sha256 check (octet_length(body_digest) = 32),
    constraint provider_event_state_known check (state in
        ('received', 'matched', 'unmatched', 'ignored', 'unreadable'))
);
create index provider_event_due on provider_event (due_at) where due_at is not null;
create index provider_event_unmatched on provider_event (instance_id, received_at)
    where state = 'unmatched';
create index provider_event_open on provider_event (received_at, id)
    where state in ('received', 'unmatched', 'unreadable');
create index provider_event_body on provider_event (received_at) where body is not null;

-- Of what was refused nothing is kept but how often, and the digest of the last body.
create table provider_event_refused (
    id          uuid        primary key,
    instance_id text        not null,
    route       text        not null,
    refused_on  date        not null,
    refused_count int         not null,
    last_digest bytea       not null,
    last_at     timestamptz not null,
    constraint provider_event_refused_once unique (instance_id, route, refused_on)
);

create table provider_cursor (
    id          uuid        primary key,
    instance_id text        not null,
    kind        text        not null,
    cursor      text        not null,
    read_until  timestamptz not null,
    read_at     timestamptz not null,
    constraint provider_cursor_once unique (instance_id, kind),
    constraint provider_cursor_kind_known check (kind in ('statement'))
);

create table provider_file (
    id          uuid        primary key,
    instance_id text        not null,
    file_id     text        not null,
    digest      bytea       not null,
    name        text        not null,
    byte_count  int         not null,
    item_count  int         not null,
    line_count  int         not null,
    read_by     uuid        references member (id) on delete restrict on update restrict,
    read_at     timestamptz not null,
    constraint provider_file_once unique (instance_id, file_id),
    constraint provider_file_digest_once unique (instance_id, digest),
    constraint provider_file_digest_is_sha256 check (octet_length(digest) = 32)
);
create index provider_file_read_by on provider_file (read_by);

create table provider_statement_line (
    id            uuid        primary key,
    instance_id   text        not null,
    line_id       text        not null,
    kind          text        not null,
    booked_at     timestamptz not null,
    currency      text        not null,
    amount_micros bigint      not null,
    item_ref      text,
    deposit_ref   text,
    provider_ref  text,
    raw_code      text        not null,
    received_at   timestamptz not null,
    state         text        not null,
    reason        text,
    subject_id    uuid,
    settled_at    timestamptz,
    note          text,
    explained_by  uuid        references member (id) on delete restrict on update restrict,
    constraint provider_statement_line_once unique (instance_id, line_id),
    constraint provider_statement_line_kind_known check (kind in
        ('payout', 'fee', 'return', 'reversal', 'deposit', 'top_up', 'exchange', 'other')),
    constraint provider_statement_line_state_known check (state in
        ('waiting', 'matched', 'exception', 'explained')),
    constraint provider_statement_line_reason check ((state in ('waiting', 'exception')) = (reason is not null)),
    constraint provider_statement_line_explained check ((state = 'explained') = (explained_by is not null))
);
create index provider_statement_line_open on provider_statement_line (instance_id, booked_at)
    where state in ('waiting', 'exception');
create index provider_statement_line_subject on provider_statement_line (subject_id)
    where subject_id is not null;
create index provider_statement_line_explained_by on provider_statement_line (explained_by);

-- News is matched by whatever name the provider uses.
create index deposit_provider_ref on deposit (provider_ref) where provider_ref is not null;

-- When a provider last had news of a batch: "I do not have it" is not believed any more.
alter table payout_batch add column heard_at timestamptz;
-- When an instance was asked last.
create index provider_call_instance on provider_call (instance_id, started_at);
