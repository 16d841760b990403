-- Members ask staff, about things that they can see. What was written is never edited; it goes with
-- the member. Notes of staff lie apart, where no read of the member ever comes.

create table ticket (
    id            uuid        primary key,
    member_id     uuid        not null references member (id) on delete restrict on update restrict,
    category      text        not null,
    state         text        not null,
    about_kinds   text[]      not null,
    about_ids     uuid[]      not null,
    last_position int         not null,
    opened_at     timestamptz not null,
    changed_at    timestamptz not null,
    resolved_at   timestamptz,
    resolved_side text,
    constraint ticket_category_known check
        (category in ('misuse', 'work', 'payment', 'account', 'privacy', 'other')),
    constraint ticket_state_known check (state in ('open', 'waiting_for_member', 'resolved')),
    constraint ticket_about_known check (about_kinds <@ array[
        'campaign', 'assignment', 'deposit', 'payout', 'dispute', 'document']::text[]),
    constraint ticket_about_whole
        check (cardinality(about_kinds) = cardinality(about_ids) and cardinality(about_ids) <= 10),
    constraint ticket_resolved check
        ((state = 'resolved') = (resolved_at is not null)
         and (state = 'resolved') = (resolved_side is not null)),
    constraint ticket_resolved_side_known check (resolved_side in ('member', 'staff'))
);
create index ticket_list on ticket (member_id, changed_at desc, id desc);
create index ticket_queue on ticket (state, changed_at, id);
create index ticket_about on ticket using gin (about_ids);

create table ticket_reply (
    ticket_id uuid        not null references ticket (id) on delete restrict on update restrict,
    position  int         not null,
    side      text        not null,
    author_id uuid        not null references member (id) on delete restrict on update restrict,
    text      text        not null,
    sent_at   timestamptz not null,
    primary key (ticket_id, position),
    constraint ticket_reply_side_known check (side in ('member', 'staff')),
    constraint ticket_reply_length check (length(text) between 1 and 4096)
);
create index ticket_reply_author on ticket_reply (author_id);
create trigger x_append_only before update on ticket_reply
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on ticket_reply
    for each statement execute function refuse_change();

create table ticket_note (
    id        uuid        primary key,
    ticket_id uuid        not null references ticket (id) on delete restrict on update restrict,
    author_id uuid        not null references member (id) on delete restrict on update restrict,
    text      text        not null,
    noted_at  timestamptz not null,
    constraint ticket_note_length check (length(text) between 1 and 4096)
);
create index ticket_note_list on ticket_note (ticket_id, noted_at, id);
create index ticket_note_author on ticket_note (author_id);
create trigger x_append_only before update on ticket_note
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on ticket_note
    for each statement execute function refuse_change();

-- The member hears of the ticket itself, of each word of staff, and of an end that staff made.
create function ticket_opened_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'ticket_opened', changed.id, changed.member_id from changed;
    return null;
end $$;
create trigger e_opened after insert on ticket referencing new table as changed
    for each statement execute function ticket_opened_event();

create function ticket_resolved_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'ticket_resolved', changed.id, changed.member_id
    from changed join before on before.id = changed.id
    where changed.resolved_side = 'staff' and before.resolved_side is null;
    return null;
end $$;
create trigger e_resolved after update on ticket
    referencing old table as before new table as changed
    for each statement execute function ticket_resolved_event();

create function ticket_answered_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'ticket_answered', t.id, t.member_id
    from changed join ticket t on t.id = changed.ticket_id where changed.side = 'staff';
    return null;
end $$;
create trigger e_answered after insert on ticket_reply referencing new table as changed
    for each statement execute function ticket_answered_event();
