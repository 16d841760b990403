-- What happened, for live streams and webhooks. A row is written by a trigger in the transaction
-- that changes the state, so no operation can forget it, and none can be announced that was undone.

create table event (
    seq         bigint      generated always as identity primary key,
    id          uuid        not null default gen_random_uuid(),
    tx          xid8        not null default pg_current_xact_id(),
    kind        text        not null,
    subject_id  uuid        not null, -- what changed: a campaign, assignment, payout, deposit, …
    campaign_id uuid,                 -- the campaign it happened in
    member_id   uuid,                 -- whose it is first of all
    employer_id uuid,                 -- who is concerned besides
    recorded_at timestamptz not null default now(),
    constraint event_id_once unique (id),
    constraint event_of_somebody check (member_id is not null or employer_id is not null)
);
-- Commit order is not the order of seq: readers go by (tx, seq), below every running transaction.
create index event_feed on event (tx, seq);
create index event_subject on event (subject_id, tx, seq);
create index event_campaign on event (campaign_id, tx, seq) where campaign_id is not null;
create index event_member on event (member_id, tx, seq) where member_id is not null;
create index event_employer on event (employer_id, tx, seq) where employer_id is not null;
create index event_recorded on event (recorded_at);

-- Transaction numbers are given out before the locks are taken: who waits for a subject may have the
-- lower number and still change it later. Its event then stands where the last one of the subject
-- does, and so after it. No reader has passed that place: this transaction is still running.
create function event_after_its_last() returns trigger language plpgsql as $$
declare
    last record;
begin
    select tx, recorded_at into last from event
    where subject_id = new.subject_id order by tx desc, seq desc limit 1;
    new.tx := greatest(new.tx, last.tx);
    new.recorded_at := greatest(new.recorded_at, last.recorded_at);
    return new;
end $$;
create trigger a_place before insert on event
    for each row execute function event_after_its_last();

create function campaign_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, employer_id)
    select 'campaign_' || changed.state, changed.id, changed.id, changed.employer_id
    from changed join before using (id) where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on campaign
    referencing old table as before new table as changed
    for each statement execute function campaign_event();

create function assignment_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'assignment_' || changed.state, changed.id, changed.campaign_id, changed.worker_id,
           campaign.employer_id
    from changed join campaign on campaign.id = changed.campaign_id;
    return null;
end $$;
create trigger e_began after insert on assignment referencing new table as changed
    for each statement execute function assignment_began_event();

create function assignment_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'assignment_' || changed.state, changed.id, changed.campaign_id, changed.worker_id,
           campaign.employer_id
    from changed join before using (id) join campaign on campaign.id = changed.campaign_id
    where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on assignment
    referencing old table as before new table as changed
    for each statement execute function assignment_event();

create function deposit_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, employer_id)
    select 'deposit_' || changed.state, changed.id, changed.employer_id from changed;
    return null;
end $$;
create trigger e_began after insert on deposit referencing new table as changed
    for each statement execute function deposit_began_event();

create function deposit_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, employer_id)
    select 'deposit_' || changed.state, changed.id, changed.employer_id
    from changed join before using (id) where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on deposit
    referencing old table as before new table as changed
    for each statement execute function deposit_event();

create function payout_began_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'payout_' || changed.state, changed.id, changed.worker_id from changed;
    return null;
end $$;
create trigger e_began after insert on payout referencing new table as changed
    for each statement execute function payout_began_event();

create function payout_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'payout_' || changed.state, changed.id, changed.worker_id
    from changed join before using (id) where changed.state <> before.state;
    return null;
end $$;
create trigger e_changed after update on payout
    referencing old table as before new table as changed
    for each statement execute function payout_event();

-- A rating is news for the rated once it can be seen; nobody answers stars with stars.
create function rating_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'rating_visible', changed.id, changed.subject_id
    from changed join before using (id)
    where changed.state = 'visible' and before.state <> 'visible';
    return null;
end $$;
create trigger e_changed after update on rating
    referencing old table as before new table as changed
    for each statement execute function rating_event();

-- One event per referral and transaction, however many assignments were rewarded in it.
create function referral_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'referral_rewarded', referral.id, referral.referrer_id
    from referral where referral.id in (select referral_id from changed);
    return null;
end $$;
create trigger e_began after insert on referral_reward referencing new table as changed
    for each statement execute function referral_event();

create function document_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'document_issued', changed.id, changed.counterparty_id from changed;
    return null;
end $$;
create trigger e_began after insert on issued_document referencing new table as changed
    for each statement execute function document_event();
