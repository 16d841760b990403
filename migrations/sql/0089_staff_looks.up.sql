-- Who of the staff looked at the person behind a member, and why. Written before it is shown.
create table staff_look (
    id        uuid        primary key,
    staff_id  uuid        not null references member (id) on delete restrict on update restrict,
    member_id uuid        not null references member (id) on delete restrict on update restrict,
    reason    text        not null,
    looked_at timestamptz not null,
    constraint staff_look_at_others check (staff_id <> member_id)
);
create index staff_look_member on staff_look (member_id, looked_at desc, id desc);
create index staff_look_staff on staff_look (staff_id);
create trigger x_append_only before update or delete on staff_look
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on staff_look
    for each statement execute function refuse_change();

create index verification_look_subject on verification_look (subject_id);
