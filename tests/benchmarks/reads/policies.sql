-- PostGraphile's way: a role that sees by policies. Everybody else here owns the tables.
create function bench.viewer() returns uuid language sql stable parallel safe
    return nullif(current_setting('bench.viewer', true), '')::uuid;
create function bench.claim_place(campaign_id uuid) returns assignment
language sql volatile security definer set search_path to public as $$
    select * from bench.claim(campaign_id, bench.viewer())
$$;
do $$ begin
    create role bench_peer;
exception when duplicate_object then null;
end $$;
grant usage on schema public, bench to bench_peer;
grant select on campaign, assignment, rating, member to bench_peer;
alter table campaign enable row level security;
alter table assignment enable row level security;
alter table rating enable row level security;
create policy seen on campaign to bench_peer using (
    state <> all ('{draft,funded}') and published_at is not null or employer_id = bench.viewer());
create policy seen on assignment to bench_peer using (
    worker_id = bench.viewer()
    or (select c.employer_id from campaign c where c.id = campaign_id) = bench.viewer());
create policy seen on rating to bench_peer using (
    state = 'visible' or author_id = bench.viewer());
-- What PostGraphile shows of them: no filter without an index unless it is told so.
comment on column campaign.category is '@behavior +filterBy';
comment on function bench.claim is '@behavior -*';
