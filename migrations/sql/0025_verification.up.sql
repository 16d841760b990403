
-- Who somebody is: verifications, their checks, what was answered and decided, and the lists.

-- What a member says besides the registration; sealed by the vault.
create table verification_profile (
    member_id  uuid        primary key references member (id) on delete restrict on update restrict,
    entity     text        not null,
    phone      bytea,
    changed_at timestamptz not null,
    constraint verification_profile_entity_known check (entity in ('person', 'business'))
);

-- What payouts look at: the level reached, and whether a person must look at a hit first.
create table verification_standing (
    member_id  uuid        primary key references member (id) on delete restrict on update restrict,
    level      int         not null,
    is_held    boolean     not null,
    changed_at timestamptz not null,
    constraint verification_standing_level check (level between 0 and 3)
);

create table verification (
    id              uuid        primary key,
    member_id       uuid        not null references member (id) on delete restrict on update restrict,
    level           int         not null,
    state           text        not null,
    attempt_no      int         not null,
    decline_count   int         not null,
    ruleset_version int         not null,
    rule_name       text        not null,
    attempts_max    int         not null,
    retry_hours     int         not null,
    started_at      timestamptz not null,
    changed_at      timestamptz not null,
    decided_at      timestamptz,
    valid_until     date,
    retry_at        timestamptz,
    reasons         text[]      not null,
    return_url      text        not null,
    constraint verification_level_once unique (member_id, level),
    constraint verification_level check (level between 0 and 3),
    constraint verification_state_known check (state in
        ('not_started', 'started', 'pending', 'needs_input', 'verified', 'declined', 'expired', 'revoked')),
    constraint verification_valid_until check (valid_until is null or state in ('verified', 'expired', 'revoked')),
    constraint verification_retry_at check (retry_at is null or state in ('declined', 'revoked'))
);
create index verification_ends on verification (valid_until) where state = 'verified';

create table verification_check (
    id              uuid        primary key,
    verification_id uuid        not null references verification (id) on delete restrict on update restrict,
    attempt_no      int         not null,
    kind            text        not null,
    state           text        not null,
    check_ref       text        not null,
    verifiers       text[]      not null,
    recheck_days    int,
    outage_days     int         not null,
    tried           text[]      not null,
    instance_id     text,
    provider_ref    text,
    redirect_url    bytea,
    given           bytea,
    facts           bytea,
    reasons         text[]      not null,
    ask_count       int         not null,
    look_up_count   int         not null,
    away_count      int         not null,
    is_for_people   boolean     not null,
    is_stale        boolean     not null,
    due_at          timestamptz,
    recheck_at      timestamptz,
    valid_until     date,
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    redact_at       timestamptz,
    constraint verification_check_once unique (verification_id, attempt_no, kind),
    constraint verification_check_ref_once unique (check_ref),
    constraint verification_check_state_known check (state in
        ('unchecked', 'format_ok', 'pending', 'needs_input', 'verified', 'mismatch', 'hit',
         'unavailable', 'expired', 'revoked')),
    constraint verification_check_has_verifiers check (cardinality(verifiers) > 0)
);
create index verification_check_due on verification_check (due_at) where due_at is not null;
create index verification_check_recheck on verification_check (recheck_at) where recheck_at is not null;
create index verification_check_redact on verification_check (redact_at) where redact_at is not null;
create index verification_check_queue on verification_check (changed_at, id) where is_for_people;
create index verification_check_provider on verification_check (instance_id, provider_ref)
    where provider_ref is not null;
create index verification_check_file on verification_check (instance_id, created_at)
    where state = 'pending' and due_at is null and not is_for_people;

-- Each answer of a verifier, with what proves it. Kept when everything else is deleted.
create table verification_answer (
    id                 uuid        primary key,
    check_id           uuid        not null references verification_check (id) on delete restrict on update restrict,
    instance_id        text        not null,
    ask_no             int         not null,
    state              text        not null,
    reasons            text[]      not null,
    staff_details      text[]      not null,
    evidence_source    text,
    evidence_reference text,
    evidence_at        timestamptz,
    evidence_digest    text,
    lists              jsonb       not null,
    answered_at        timestamptz not null
);
create index verification_answer_check on verification_answer (check_id, answered_at);
create trigger x_append_only before update or delete on verification_answer
    for each row execute function refuse_change();

-- An entry of a list that may be the member. What a person decided about it is not asked again
-- while entry and member stay as they are.
create table verification_hit (
    id             uuid        primary key,
    member_id      uuid        not null references member (id) on delete restrict on update restrict,
    check_id       uuid        not null references verification_check (id) on delete restrict on update restrict,
    state          text        not null,
    list_id        text        not null,
    entry_id       text        not null,
    entry_digest   text        not null,
    subject_digest bytea       not null,
    score          int         not null,
    entry_name     bytea       not null,
    programmes     text[]      not null,
    found_at       timestamptz not null,
    decided_at     timestamptz,
    constraint verification_hit_once unique (member_id, list_id, entry_id, entry_digest, subject_digest),
    constraint verification_hit_state_known check (state in ('open', 'cleared', 'confirmed', 'gone')),
    constraint verification_hit_decided check ((state = 'open') = (decided_at is null))
);
create index verification_hit_check on verification_hit (check_id);
create index verification_hit_held on verification_hit (member_id) where state in ('open', 'confirmed');

-- Decisions of people. Where it takes two, the first row decides nothing yet.
create table verification_decision (
    id              uuid        primary key,
    verification_id uuid        not null references verification (id) on delete restrict on update restrict,
    check_id        uuid        references verification_check (id) on delete restrict on update restrict,
    ask_no          int         not null,
    decided_by      uuid        not null references member (id) on delete restrict on update restrict,
    action          text        not null,
    reason          text        not null,
    note            text        not null,
    is_final        boolean     not null,
    decided_at      timestamptz not null,
    constraint verification_decision_action_known check (action in ('accept', 'decline', 'revoke'))
);
create unique index verification_decision_once on verification_decision (check_id, ask_no, action, decided_by)
    where check_id is not null;
create index verification_decision_of on verification_decision (verification_id, decided_at);
create index verification_decision_by on verification_decision (decided_by);
create trigger x_append_only before update or delete on verification_decision
    for each row execute function refuse_change();

-- What a member uploads for a check, sealed; forgotten once the check is decided.
create table verification_upload (
    id           uuid        primary key,
    check_id     uuid        not null references verification_check (id) on delete restrict on update restrict,
    name         text        not null,
    ticket_hash  bytea       not null,
    ticket_until timestamptz not null,
    media_type   text,
    digest       text,
    byte_count   int,
    content      bytea,
    uploaded_at  timestamptz,
    constraint verification_upload_once unique (check_id, name),
    constraint verification_upload_ticket_once unique (ticket_hash),
    constraint verification_upload_whole check (num_nonnulls(media_type, digest, byte_count, uploaded_at) in (0, 4))
);

-- Who looked at what a member uploaded, or took a file of checks out of the house.
create table verification_look (
    id         uuid        primary key,
    member_id  uuid        not null references member (id) on delete restrict on update restrict,
    kind       text        not null,
    subject_id uuid        not null,
    reason     text        not null,
    looked_at  timestamptz not null,
    constraint verification_look_kind_known check (kind in ('case', 'file'))
);
create index verification_look_by on verification_look (member_id);
create trigger x_append_only before update or delete on verification_look
    for each row execute function refuse_change();

-- Lists to screen against, as their publishers offer them; the newest of each counts.
create table verification_list (
    id           uuid        primary key,
    instance_id  text        not null,
    list_id      text        not null,
    name         text        not null,
    digest       text        not null,
    published_on date,
    entry_count  int         not null,
    content      bytea       not null,
    added_by     uuid        references member (id) on delete restrict on update restrict,
    added_at     timestamptz not null,
    constraint verification_list_entries check (entry_count > 0)
);
create index verification_list_newest on verification_list (instance_id, list_id, added_at desc, id desc);
create index verification_list_by on verification_list (added_by);
create trigger x_append_only before update or delete on verification_list
    for each row execute function refuse_change();

-- What a payout lacks: the level that lets it go on.
alter table payout add column needed_level int;

create function verification_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'verification_' || changed.state, changed.id, changed.member_id
    from changed join before using (id) where changed.state <> before.state;
    return null;
end $$;
create function verification_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'verification_' || changed.state, changed.id, changed.member_id from changed;
    return null;
end $$;
create trigger e_began after insert on verification referencing new table as changed
    for each statement execute function verification_began_event();
create trigger e_changed after update on verification
    referencing old table as before new table as changed
    for each statement execute function verification_event();
