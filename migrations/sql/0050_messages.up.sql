-- Workers and employers write to each other by their public ids. What was said stays said.

create table message_thread (
    id            uuid        primary key,
    campaign_id   uuid        not null references campaign (id) on delete restrict on update restrict,
    assignment_id uuid        references assignment (id) on delete restrict on update restrict,
    worker_id     uuid        not null references member (id) on delete restrict on update restrict,
    employer_id   uuid        not null references member (id) on delete restrict on update restrict,
    last_position int         not null,
    constraint message_thread_of_two check (worker_id <> employer_id),
    constraint message_thread_assignment unique (assignment_id)
);
create unique index message_thread_campaign on message_thread (campaign_id, worker_id)
    where assignment_id is null;

create table message_party (
    thread_id     uuid        not null references message_thread (id) on delete restrict on update restrict,
    member_id     uuid        not null references member (id) on delete restrict on update restrict,
    last_at       timestamptz not null,
    read_position int         not null,
    primary key (thread_id, member_id)
);
create index message_party_list on message_party (member_id, last_at desc, thread_id desc);

create table message (
    id        uuid        primary key,
    thread_id uuid        not null references message_thread (id) on delete restrict on update restrict,
    position  int         not null,
    author_id uuid        not null references member (id) on delete restrict on update restrict,
    subject   text,
    text      text        not null,
    masked    text[]      not null,
    sent_at   timestamptz not null,
    constraint message_place unique (thread_id, position),
    constraint message_length check (length(text) between 1 and 4096),
    constraint message_subject_length check (length(subject) between 1 and 200),
    constraint message_masked_known check (masked <@ array['email', 'phone', 'handle']::text[])
);
create index message_list on message (thread_id, position desc, id desc);
create trigger x_append_only before update or delete on message
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on message
    for each statement execute function refuse_change();

create table message_link (
    message_id  uuid    not null references message (id) on delete restrict on update restrict,
    position    int     not null,
    url         text    not null,
    host        text    not null,
    is_external boolean not null,
    primary key (message_id, position)
);
create trigger x_append_only before update or delete on message_link
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on message_link
    for each statement execute function refuse_change();

-- Both hear of every message; that something was masked is told to its author alone.
create function message_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'message_sent', changed.id, null, t.worker_id, t.employer_id
    from changed join message_thread t on t.id = changed.thread_id;
    insert into event (kind, subject_id, member_id)
    select 'message_masked', changed.id, changed.author_id
    from changed where changed.masked <> '{}';
    return null;
end $$;
create trigger e_began after insert on message referencing new table as changed
    for each statement execute function message_event();
