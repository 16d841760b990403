-- In mediation each side offers a share; two equal offers end the dispute there (E4p).

alter table dispute add column worker_offer int;
alter table dispute add column employer_offer int;
alter table dispute add column worker_offer_count int not null default 0;
alter table dispute add column employer_offer_count int not null default 0;
alter table dispute add constraint dispute_offers_bounded check
    (worker_offer_count between 0 and 3 and employer_offer_count between 0 and 3
     and (worker_offer is null) = (worker_offer_count = 0)
     and (employer_offer is null) = (employer_offer_count = 0)
     and worker_offer between 1 and 99 and employer_offer between 1 and 99);

-- An offer changes no state, and the other side must hear of it all the same.
create or replace function dispute_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, campaign_id, member_id, employer_id)
    select 'dispute_' || case when changed.state <> before.state then changed.state
                              else 'offered' end,
           changed.id, a.campaign_id, changed.worker_id, changed.employer_id
    from changed join before using (id) join assignment a on a.id = changed.assignment_id
    where changed.state <> before.state
       or (changed.worker_offer_count, changed.employer_offer_count)
          <> (before.worker_offer_count, before.employer_offer_count);
    return null;
end $$;
