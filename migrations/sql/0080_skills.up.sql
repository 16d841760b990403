-- What workers have shown that they can do: paid tests whose known answers make a value of 0 to 100,
-- and campaigns that ask for it.

create table skill (
    id          uuid        primary key,
    owner_id    uuid        references member (id) on delete restrict on update restrict,
    name        text        not null,
    description text        not null,
    valid_days  int,
    retake_days int         not null,
    attempt_max int         not null,
    created_at  timestamptz not null,
    constraint skill_valid_days_range check (valid_days between 1 and 3650),
    constraint skill_retake_days_range check (retake_days between 0 and 365),
    constraint skill_attempt_max_range check (attempt_max between 1 and 20)
);
create unique index skill_name on skill (owner_id, lower(name)) nulls not distinct;
create function skill_never_changes() returns trigger language plpgsql as $$
begin
    raise exception 'who was tested for a skill was tested for what it said'
        using errcode = '23001', constraint = 'append_only';
end $$;
create trigger x_append_only before update or delete on skill
    for each row execute function skill_never_changes();

-- One line per test that was taken to its end; the latest one counts.
create table skill_grant (
    skill_id     uuid        not null references skill (id) on delete restrict on update restrict,
    worker_id    uuid        not null references member (id) on delete restrict on update restrict,
    attempt      int         not null,
    campaign_id  uuid        not null references campaign (id) on delete restrict on update restrict,
    right_count  int         not null,
    answer_count int         not null,
    value        int         not null,
    graded_at    timestamptz not null,
    expires_at   timestamptz,
    primary key (worker_id, skill_id, attempt),
    constraint skill_grant_attempt_positive check (attempt > 0),
    constraint skill_grant_counts check (right_count between 0 and answer_count and answer_count > 0),
    constraint skill_grant_value check (value = 100 * right_count / answer_count)
);
create index skill_grant_campaign on skill_grant (campaign_id);
create trigger x_append_only before update or delete on skill_grant
    for each row execute function skill_never_changes();

alter table consensus_plan
    add column skill_id           uuid references skill (id) on delete restrict on update restrict,
    add column skill_answer_count int,
    add constraint consensus_plan_test check
        (num_nonnulls(skill_id, skill_answer_count) in (0, 2) and skill_answer_count between 1 and 100);

alter table campaign_target
    add column skill_id uuid references skill (id) on delete restrict on update restrict,
    add constraint campaign_target_names_skill check ((field = 'skill') = (skill_id is not null)),
    drop constraint campaign_target_field_known,
    add constraint campaign_target_field_known check (field in
        ('country', 'age', 'language', 'device', 'verification_level', 'level', 'success_rate',
         'approved_count', 'favourite', 'skill'));

-- The texts of migration 0043 stand, with the values of the worker's skills, by skill.
do $patch$
declare
    body text := pg_get_functiondef('worker_facts'::regproc);
    mark constant text := '''wants_adult'', coalesce(';
begin
    if position(mark in body) = 0 then
        raise exception 'worker_facts says nothing of content for grown-ups';
    end if;
    execute replace(body, mark, $more$'skills', (
            select coalesce(jsonb_object_agg(g.skill_id, jsonb_build_array(g.value::text)), '{}')
            from (select distinct on (skill_id) skill_id, value, expires_at from skill_grant
                  where worker_id = m.id order by skill_id, attempt desc) g
            where g.expires_at is null or g.expires_at > p_now),
        $more$ || mark);

    body := pg_get_functiondef('campaign_misses'::regproc);
    if position('when t.field <> ''favourite''' in body) = 0 then
        raise exception 'campaign_misses knows no favourites';
    end if;
    execute replace(body, 'when t.field <> ''favourite''',
        'when t.field = ''skill'' and p_facts is not null
                  then coalesce(p_facts -> ''skills'' -> t.skill_id::text, ''[]'')
              when t.field <> ''favourite''');
end $patch$;

-- A test takes no answer that would not count for its result, and none of whoever has to wait before
-- the next try, or has had the last one.
create function is_test_over(p_campaign uuid, p_worker uuid, p_now timestamptz)
returns boolean language sql stable as $$
    select exists (
        select from consensus_plan p join skill k on k.id = p.skill_id
        cross join lateral (
            select count(*) as attempts, max(g.graded_at) as last_at,
                   count(*) filter (where g.campaign_id = p.campaign_id) as here
            from skill_grant g where g.worker_id = p_worker and g.skill_id = k.id) taken
        where p.campaign_id = p_campaign
          and (taken.attempts >= k.attempt_max
               or taken.last_at + make_interval(days => k.retake_days) > p_now
               or (select count(*) from assignment a
                   where a.campaign_id = p_campaign and a.worker_id = p_worker
                     and a.submitted_at is not null) >= p.skill_answer_count * (taken.here + 1)))
$$;
-- The text of migration 0065 stands; whoever takes a test gets what has a known answer first.
do $patch$
declare
    name text;
    body text;
    share constant text := 'select gold_percent into share from consensus_plan';
    lock constant text := 'p_campaign, p_worker), 0));';
begin
    foreach name in array array['claim_next_place', 'claim_next_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position(share in body) = 0 or position(lock in body) = 0 then
            raise exception '% asks no plan', name;
        end if;
        body := replace(body, share, 'select case when skill_id is null then gold_percent else 100 end
                into share from consensus_plan');
        execute replace(body, lock, lock || '
                if is_test_over(p_campaign, p_worker, p_now) then
                    return null;
                end if;');
    end loop;
end $patch$;
