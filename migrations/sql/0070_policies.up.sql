-- Versions of policies, and who agreed to which. What was posted is never edited, what was agreed
-- to stays agreed.

create table policy_version (
    id           uuid        primary key,
    kind         text        not null,
    version      int         not null,
    languages    text[]      not null,
    texts        text[]      not null,
    note         text        not null,
    is_material  boolean     not null,
    data_regions text[]      not null,
    effective_at timestamptz not null,
    drafted_by   uuid        not null references member (id) on delete restrict on update restrict,
    drafted_at   timestamptz not null,
    posted_by    uuid        references member (id) on delete restrict on update restrict,
    posted_at    timestamptz,
    constraint policy_version_once unique (kind, version),
    constraint policy_version_kind_known check (kind in ('terms', 'privacy')),
    constraint policy_version_from_one check (version > 0),
    constraint policy_version_a_text_per_language
        check (cardinality(languages) > 0 and cardinality(languages) = cardinality(texts)),
    constraint policy_version_regions_known
        check (cardinality(data_regions) > 0 and data_regions <@ array['eu', 'us']::text[]),
    constraint policy_version_four_eyes check (posted_by <> drafted_by),
    constraint policy_version_posted check ((posted_by is null) = (posted_at is null)),
    -- R33; nobody has agreed to anything before a first version.
    constraint policy_version_told_ahead check
        (effective_at - posted_at >= case when is_material and version > 1
                                     then interval '720 hours' else interval '0' end)
);
create index policy_version_drafted_by on policy_version (drafted_by);
create index policy_version_posted_by on policy_version (posted_by) where posted_by is not null;

create function policy_version_stays() returns trigger language plpgsql as $$
begin
    if old.posted_at is not null then
        raise exception 'a posted version never changes'
            using errcode = '23514', constraint = 'policy_version_stays';
    end if;
    return coalesce(new, old);
end $$;
create trigger a_stays before update or delete on policy_version
    for each row execute function policy_version_stays();
create trigger x_no_truncate before truncate on policy_version
    for each statement execute function refuse_change();

create table consent (
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    version_id   uuid        not null
                 references policy_version (id) on delete restrict on update restrict,
    language     text        not null,
    data_regions text[]      not null,
    given_at     timestamptz not null,
    primary key (member_id, version_id)
);
create index consent_version on consent (version_id);
create trigger x_append_only before update or delete on consent
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on consent
    for each statement execute function refuse_change();

-- Whom we told of a version before it took effect, and when.
create table policy_notice (
    version_id uuid        not null
               references policy_version (id) on delete restrict on update restrict,
    member_id  uuid        not null references member (id) on delete restrict on update restrict,
    told_at    timestamptz not null,
    primary key (version_id, member_id)
);
create index policy_notice_member on policy_notice (member_id);
create trigger x_append_only before update or delete on policy_notice
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on policy_notice
    for each statement execute function refuse_change();
create function policy_notice_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, member_id)
    select 'policy_posted', changed.version_id, changed.member_id from changed;
    return null;
end $$;
create trigger e_began after insert on policy_notice referencing new table as changed
    for each statement execute function policy_notice_event();

-- Whether a policy is in force that the member must agree to and has not.
create function lacks_consent(p_member uuid, p_now timestamptz)
returns boolean language sql stable as $$
    select exists (
        select from policy_version p
        where p.is_material and p.posted_at is not null and p.effective_at <= p_now
          and not exists (
              select from consent c join policy_version v on v.id = c.version_id
              where c.member_id = p_member and v.kind = p.kind and v.version >= p.version))
$$;

-- The text of migration 0018 stands, with one condition more.
do $patch$
declare
    name text;
    body text;
    mark constant text := 'and c.employer_id <> p_worker';
begin
    foreach name in array array['claim_place', 'claim_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position(mark in body) = 0 then
            raise exception '% lets everybody work for themselves', name;
        end if;
        execute replace(body, mark, mark || $more$
                      and not lacks_consent(p_worker, p_now)$more$);
    end loop;
end $patch$;
