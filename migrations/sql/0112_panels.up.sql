-- Three reviewers who know nobody of it vote on a contested rejection before staff need to.

alter table dispute add column panel_until timestamptz;
create index dispute_panel on dispute (panel_until, id) where panel_until is not null;
alter table dispute_step drop constraint dispute_step_party_known;
alter table dispute_step add constraint dispute_step_party_known check
    (party in ('worker', 'employer', 'panel', 'staff', 'clock'));

create table panel_seat (
    id          uuid        primary key,
    dispute_id  uuid        not null references dispute (id) on delete restrict on update restrict,
    reviewer_id uuid        not null references member (id) on delete restrict on update restrict,
    seated_at   timestamptz not null,
    due_at      timestamptz not null,
    ended_at    timestamptz,
    ruling      text,
    percent     int,
    text        text,
    unique (dispute_id, reviewer_id),
    constraint panel_seat_ruling_known check (ruling in ('worker', 'employer', 'split')),
    constraint panel_seat_split_has_percent check
        ((coalesce(ruling, '') = 'split') = (percent is not null) and percent in (25, 50, 75)),
    constraint panel_seat_vote_is_whole check
        ((ruling is null) = (text is null) and (ruling is null or ended_at is not null))
);
create index panel_seat_open on panel_seat (reviewer_id, seated_at, id) where ended_at is null;
create index panel_seat_due on panel_seat (due_at, dispute_id) where ended_at is null;
create index worker_standing_expert on worker_standing (worker_id) where level >= 8;

-- Nobody sits on their own case, and a vote is the last word of a reviewer.
create function panel_seat_check() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and (old.ended_at is not null
       or (new.id, new.dispute_id, new.reviewer_id) <> (old.id, old.dispute_id, old.reviewer_id)) then
        raise exception 'a seat that has ended never changes'
            using errcode = '23514', constraint = 'panel_seat_ends_once';
    end if;
    perform 1 from dispute d
      where d.id = new.dispute_id and new.reviewer_id in (d.worker_id, d.employer_id);
    if found then
        raise exception 'nobody reviews a dispute of their own'
            using errcode = '23514', constraint = 'panel_seat_of_another';
    end if;
    return new;
end $$;
create trigger a_check before insert or update on panel_seat
    for each row execute function panel_seat_check();
