-- Employers are told of work that waits for them at half of the review time, and when a tenth of it
-- is left (R5): once for all of a campaign, and again only for what was handed in after that.

create table review_reminder (
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    percent     int         not null,
    told_at     timestamptz not null,
    primary key (campaign_id, percent),
    constraint review_reminder_percent_known check (percent in (50, 90))
);

create function review_reminder_event() returns trigger language plpgsql as $$
begin
    insert into event (kind, subject_id, employer_id)
    select 'campaign_review_due', c.id, c.employer_id
    from changed join campaign c on c.id = changed.campaign_id;
    return null;
end $$;
create trigger e_told after insert on review_reminder referencing new table as changed
    for each statement execute function review_reminder_event();
create trigger e_again after update on review_reminder referencing new table as changed
    for each statement execute function review_reminder_event();
