-- The IRS says that a name and a number do not belong together: who was named, and what followed.

create table b_notice (
    id            uuid        primary key,
    member_id     uuid        not null references member (id) on delete restrict on update restrict,
    notice        text        not null,
    received_on   date        not null, -- the day of the CP2100 that names the member
    tax_year      int         not null, -- that it is about
    letter_by     date,
    withhold_from date,
    recorded_by   uuid        not null references member (id) on delete restrict on update restrict,
    recorded_at   timestamptz not null,
    constraint b_notice_kind check (notice in ('first', 'second', 'repeated')),
    constraint b_notice_year check (tax_year < extract(year from received_on)),
    constraint b_notice_days check (
        (notice = 'repeated') = (letter_by is null) and (letter_by is null) = (withhold_from is null))
);
create index b_notice_of on b_notice (member_id, received_on);
create index b_notice_recorded_by on b_notice (recorded_by);
create index b_notice_due on b_notice (letter_by) where letter_by is not null;

create table b_notice_letter (
    notice_id uuid        primary key references b_notice (id) on delete restrict on update restrict,
    sent_on   date        not null,
    noted_by  uuid        not null references member (id) on delete restrict on update restrict,
    noted_at  timestamptz not null
);
create index b_notice_letter_by on b_notice_letter (noted_by);

create table b_notice_end (
    notice_id uuid        primary key references b_notice (id) on delete restrict on update restrict,
    way       text        not null,
    note      text        not null, -- what the person has seen; empty for a form
    ended_by  uuid        references member (id) on delete restrict on update restrict,
    ended_at  timestamptz not null,
    constraint b_notice_end_way check (way in ('w9', 'letter')),
    constraint b_notice_end_person check ((way = 'letter') = (ended_by is not null)),
    constraint b_notice_end_note check (length(note) <= 500)
);
create index b_notice_end_by on b_notice_end (ended_by);

do $$
declare name text;
begin
    foreach name in array array['b_notice', 'b_notice_letter', 'b_notice_end'] loop
        execute format('create trigger x_append_only before update or delete on %I'
                       ' for each row execute function refuse_change()', name);
        execute format('create trigger x_no_truncate before truncate on %I'
                       ' for each statement execute function refuse_change()', name);
    end loop;
end $$;
