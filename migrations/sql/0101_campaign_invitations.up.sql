-- Employers invite workers to a campaign. A row says nothing of who may claim: the claim alone does.

create table campaign_invitation (
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    worker_id   uuid        not null references member (id) on delete restrict on update restrict,
    state       text        not null,
    invited_at  timestamptz not null,
    is_told     boolean     not null,
    primary key (campaign_id, worker_id),
    constraint campaign_invitation_state_known check
        (state in ('open', 'taken', 'declined', 'ended'))
);
create index campaign_invitation_of_worker on campaign_invitation (worker_id, state);

-- Each worker once, as soon as the campaign runs; nobody whom the campaign is not for, or between
-- whom and the employer one has blocked the other. The employer is never told who was told.
create function tell_invited(p_campaign uuid) returns void language sql as $$
    with told as (
        update campaign_invitation i set is_told = true
        from campaign c
        where c.id = p_campaign and c.state = 'running' and i.campaign_id = c.id
          and i.state = 'open' and not i.is_told
          and not is_blocked(c.employer_id, i.worker_id)
          and cardinality(campaign_misses(
              c.id, c.employer_id, c.content_rating, worker_facts(i.worker_id, now()))) = 0
        returning i.campaign_id, i.worker_id
    )
    insert into event (kind, subject_id, member_id)
    select 'campaign_invited', campaign_id, worker_id from told
$$;

create function campaign_invitation_follows() returns trigger language plpgsql as $$
begin
    if new.state = 'running' then
        perform tell_invited(new.id);
    else
        update campaign_invitation set state = 'ended'
        where campaign_id = new.id and state = 'open';
    end if;
    return null;
end $$;
create trigger i_invitations after update on campaign for each row
    when (old.state is distinct from new.state
          and new.state in ('running', 'stopping', 'blocked', 'finished', 'archived'))
    execute function campaign_invitation_follows();

create function campaign_invitation_taken() returns trigger language plpgsql as $$
begin
    update campaign_invitation set state = 'taken'
    where campaign_id = new.campaign_id and worker_id = new.worker_id and state = 'open';
    return null;
end $$;
create trigger i_invitation_taken after insert on assignment for each row
    execute function campaign_invitation_taken();

-- Letters about invitations can be refused.
alter table notification_choice drop constraint notification_choice_muted_known;
alter table notification_choice add constraint notification_choice_muted_known check
    (muted <@ array['messages', 'work', 'campaigns', 'rewards', 'invitations']::text[]);
