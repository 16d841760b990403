-- Who lets money out or back in. A release after screening ends no other hold; what a file of a bank
-- says counts only once a second person has confirmed it; plugins are told of payouts after commit.

alter table payout add column screened_at timestamptz;

alter table provider_file
    add column state           text   not null default 'applied',
    add column needs_second    boolean not null default false,
    add column content         bytea, -- sealed by the vault, until it is decided about
    add column outcomes        jsonb  not null default '[]',
    add column unknown_count   int    not null default 0,
    add column differing_count int    not null default 0,
    add column concerned_ids   uuid[] not null default '{}',
    add column decided_by      uuid   references member (id) on delete restrict on update restrict,
    add column decided_at      timestamptz,
    add column note            text,
    add column due_at          timestamptz,
    drop constraint provider_file_once,
    drop constraint provider_file_digest_once,
    add constraint provider_file_state_known
        check (state in ('waiting', 'confirmed', 'applied', 'declined', 'superseded')),
    add constraint provider_file_keeps_what_waits
        check ((content is not null) = (state in ('waiting', 'confirmed'))),
    add constraint provider_file_decided
        check ((decided_by is null) = (decided_at is null)
               and (decided_by is not null or state not in ('confirmed', 'declined'))),
    add constraint provider_file_four_eyes
        check (state = 'declined' or decided_by is null or decided_by <> read_by),
    add constraint provider_file_second_person
        check (not needs_second or decided_by is not null or state = 'waiting'),
    add constraint provider_file_brought_by_somebody check (read_by is not null or not needs_second),
    add constraint provider_file_counts_not_negative
        check (unknown_count >= 0 and differing_count >= 0),
    add constraint provider_file_note_short check (length(note) <= 1000),
    add constraint provider_file_confirmed_is_due check ((due_at is not null) = (state = 'confirmed'));
-- What was declined says nothing, so the true file may still come under the same name.
create unique index provider_file_once on provider_file (instance_id, file_id)
    where state not in ('declined', 'superseded');
create unique index provider_file_digest_once on provider_file (instance_id, digest)
    where state not in ('declined', 'superseded');
create index provider_file_waiting on provider_file (read_at) where state in ('waiting', 'confirmed');
create index provider_file_due on provider_file (due_at) where due_at is not null;
create index provider_file_decided_by on provider_file (decided_by);

-- How far each observer of a plugin has been told of payouts.
create table payout_observer (
    name          text        primary key,
    tx            xid8        not null,
    seq           bigint      not null,
    failure_count int         not null default 0,
    retry_at      timestamptz,
    skipped_count bigint      not null default 0,
    constraint payout_observer_counts_not_negative check (failure_count >= 0 and skipped_count >= 0)
);
