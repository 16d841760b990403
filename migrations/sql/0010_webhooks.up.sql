-- Events told to members' own servers. The position says how far the feed has been handed out; a
-- delivery is one event for one endpoint and holds no payload, which is written anew at each try.

create table webhook_endpoint (
    id               uuid        primary key,
    member_id        uuid        not null references member (id) on delete restrict on update restrict,
    url              text        not null,
    kinds            text[]      not null,    -- empty: every kind
    document         text,                    -- the owner's own query; null: the built-in ones
    state            text        not null,
    disabled_reason  text,
    secret           bytea       not null,    -- sealed by the vault
    previous_secret  bytea,                   -- signs as well until previous_until
    previous_until   timestamptz,
    failing_since    timestamptz,
    failure_count    int         not null default 0, -- one after the other
    paused_until     timestamptz,             -- a dead receiver is asked seldom
    since            pg_snapshot not null default pg_current_snapshot(), -- only later events are told
    created_at       timestamptz not null,
    constraint webhook_endpoint_state_known check (state in ('active', 'disabled')),
    constraint webhook_endpoint_reason_known check (disabled_reason in ('owner', 'gone', 'failing')),
    constraint webhook_endpoint_reason_when_disabled check ((state = 'disabled') = (disabled_reason is not null)),
    constraint webhook_endpoint_rotation_ends check ((previous_secret is null) = (previous_until is null))
);
create index webhook_endpoint_member on webhook_endpoint (member_id, created_at desc, id desc);

create table webhook_delivery (
    id            uuid        primary key,
    endpoint_id   uuid        not null references webhook_endpoint (id) on delete restrict on update restrict,
    event_id      uuid,                       -- null for a test; events are purged, so no reference
    event_kind    text        not null,
    state         text        not null,
    attempt_count int         not null default 0,
    next_at       timestamptz,                -- of the next attempt
    leased_until  timestamptz,                -- an attempt is under way; then it was lost
    last_status   int,
    last_error    text,                       -- its kind only: never what the receiver said
    created_at    timestamptz not null,
    delivered_at  timestamptz,
    constraint webhook_delivery_once unique (endpoint_id, event_id),
    constraint webhook_delivery_state_known check
        (state in ('pending', 'retrying', 'delivered', 'dead', 'discarded')),
    constraint webhook_delivery_waits_for_something check
        ((state in ('pending', 'retrying')) = (next_at is not null))
);
create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, created_at desc, id desc);
create index webhook_delivery_due on webhook_delivery (endpoint_id, next_at, id) where next_at is not null;
create index webhook_delivery_leased on webhook_delivery (endpoint_id) where leased_until is not null;
create index webhook_delivery_created on webhook_delivery (created_at);

create table webhook_position (
    id  int    primary key,
    tx  xid8   not null,
    seq bigint not null,
    constraint webhook_position_only_one check (id = 1)
);
insert into webhook_position (id, tx, seq) values (1, '0', 0);
