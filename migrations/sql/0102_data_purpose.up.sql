-- What the data of a campaign is for, and what a worker agreed to at the claim (C10).
alter table campaign
    add column data_purpose text not null default 'service',
    add column data_details text,
    add column data_licence text,
    add constraint campaign_data_purpose_known
        check (data_purpose in ('service', 'research', 'model_training')),
    add constraint campaign_data_details_length check (length(data_details) between 1 and 300),
    add constraint campaign_data_licence_known
        check (data_licence in ('cc0_1_0', 'cc_by_4_0', 'cc_by_sa_4_0', 'cc_by_nc_4_0'));
-- Empty for claims from before: nobody had told those workers. The instant is `claimed_at`.
alter table assignment
    add column agreed_purpose text,
    add column agreed_details text,
    add column agreed_licence text;

create function data_use_stays() returns trigger language plpgsql as $$
begin
    raise exception 'what data is for never changes on a % that was offered', tg_table_name
        using errcode = '23514', constraint = tg_table_name || '_data_use_fixed';
end $$;
create trigger b_data_use_fixed
    before update of data_purpose, data_details, data_licence on campaign for each row
    when (old.state <> 'draft' and (old.data_purpose, old.data_details, old.data_licence)
          is distinct from (new.data_purpose, new.data_details, new.data_licence))
    execute function data_use_stays();
create trigger b_data_use_fixed
    before update of agreed_purpose, agreed_details, agreed_licence, claimed_at
    on assignment for each row
    when ((old.agreed_purpose, old.agreed_details, old.agreed_licence, old.claimed_at)
          is distinct from
          (new.agreed_purpose, new.agreed_details, new.agreed_licence, new.claimed_at))
    execute function data_use_stays();

-- The claim as it is; it takes the words of its offer along.
do $patch$
declare
    name text;
    body text;
    columns constant text := 'claimed_at,
                     deadline_at)';
    chosen constant text := 'p_now + make_interval(mins => offer.claim_minutes)';
begin
    foreach name in array array['claim_place', 'claim_place_waiting'] loop
        body := pg_get_functiondef(name::regproc);
        if position(columns in body) = 0 or position(chosen in body) = 0 then
            raise exception '% does not insert as it did', name;
        end if;
        body := replace(body, columns, 'claimed_at,
                     deadline_at, agreed_purpose, agreed_details, agreed_licence)');
        execute replace(body, chosen, chosen || ',
                       offer.data_purpose, offer.data_details, offer.data_licence');
    end loop;
end $patch$;
