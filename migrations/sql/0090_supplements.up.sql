-- What other sources say of a member, under a consent to each source. Without a row there is none.
create table source_consent (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    source       text        not null,
    given_at     timestamptz not null,
    withdrawn_at timestamptz,
    constraint source_consent_source_known check (source in ('newspaper', 'blog', 'messenger')),
    constraint source_consent_begins_first check (withdrawn_at >= given_at)
);
create unique index source_consent_one_stands on source_consent (member_id, source)
    where withdrawn_at is null;
create index source_consent_member on source_consent (member_id);

create table profile_supplement (
    id         uuid        primary key,
    member_id  uuid        not null references member (id) on delete restrict on update restrict,
    consent_id uuid        not null
               references source_consent (id) on delete restrict on update restrict,
    text       text        not null,
    found_in   text        not null,
    added_by   uuid        not null references member (id) on delete restrict on update restrict,
    added_at   timestamptz not null,
    constraint profile_supplement_by_others check (added_by <> member_id)
);
create index profile_supplement_member on profile_supplement (member_id, added_at desc, id desc);
create index profile_supplement_consent on profile_supplement (consent_id);
create index profile_supplement_added_by on profile_supplement (added_by);

-- Nothing is added under a consent that was withdrawn, or of somebody else.
create function profile_supplement_agreed() returns trigger language plpgsql as $$
begin
    if not exists (select from source_consent c where c.id = new.consent_id
                   and c.member_id = new.member_id and c.withdrawn_at is null) then
        raise exception 'the member does not agree to this source'
            using errcode = '23514', constraint = 'profile_supplement_agreed';
    end if;
    return new;
end $$;
create trigger a_agreed before insert or update on profile_supplement
    for each row execute function profile_supplement_agreed();
