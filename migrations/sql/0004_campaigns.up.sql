-- What employers offer, and the units of work inside it.

create table campaign (
    id                  uuid        primary key,
    employer_id         uuid        not null references member (id) on delete restrict on update restrict,
    state               text        not null,
    title               text        not null,
    category            text        not null,
    currency            text        not null,
    reward_micros       bigint      not null,
    fee_micros          bigint      not null,
    vat_micros          bigint      not null,
    claim_minutes       int         not null,
    review_days         int         not null,
    revision_count_max  int         not null,
    per_worker_max      int,
    instruction_version int         not null,
    created_at          timestamptz not null,
    funded_at           timestamptz,
    published_at        timestamptz,
    ends_at             timestamptz,
    place_count         int         not null,
    finished_at         timestamptz,
    constraint campaign_state_known check (state in
        ('draft', 'funded', 'running', 'paused', 'exhausted', 'stopping', 'finished')),
    constraint campaign_currency_code check (currency ~ '^[A-Z][A-Z][A-Z]$'),
    constraint campaign_reward_positive check (reward_micros > 0),
    constraint campaign_fee_not_negative check (fee_micros >= 0 and vat_micros >= 0),
    constraint campaign_claim_minutes_range check (claim_minutes between 5 and 90),
    constraint campaign_review_days_range check (review_days between 1 and 7),
    constraint campaign_revision_count_range check (revision_count_max between 0 and 2),
    constraint campaign_per_worker_positive check (per_worker_max is null or per_worker_max > 0),
    constraint campaign_place_count_not_negative check (place_count >= 0),
    constraint campaign_title_length check (length(title) between 1 and 200)
);
create index campaign_employer on campaign (employer_id, created_at desc, id desc);
create index campaign_open on campaign (published_at desc, id desc) where state = 'running';
create index campaign_unfinished on campaign (id)
    where state in ('running', 'paused', 'exhausted', 'stopping');

-- Versions are immutable: an assignment is judged by the one it was claimed under.
create table instruction_version (
    campaign_id uuid        not null references campaign (id) on delete restrict on update restrict,
    version     int         not null,
    text        text        not null,
    clauses     jsonb       not null,
    created_at  timestamptz not null,
    primary key (campaign_id, version),
    constraint instruction_version_positive check (version > 0)
);
create trigger x_append_only before update or delete on instruction_version
    for each row execute function refuse_change();

-- Places are counters: total = open + held + filled + settled + cancelled, always.
create table task (
    id                    uuid primary key,
    campaign_id           uuid not null references campaign (id) on delete restrict on update restrict,
    position              int  not null,
    state                 text not null,
    content_kind          text not null,
    content_text          text not null,
    content_url           text,
    external_reference    text,
    priority              int  not null,
    place_count_total     int  not null,
    place_count_open      int  not null,
    place_count_held      int  not null,
    place_count_filled    int  not null,
    place_count_settled   int  not null,
    place_count_cancelled int  not null,
    constraint task_position_once unique (campaign_id, position),
    constraint task_state_known check (state in ('open', 'full', 'agreed', 'closed')),
    constraint task_content_kind_known check (content_kind in ('text', 'link')),
    constraint task_content_link_has_url check ((content_kind = 'link') = (content_url is not null)),
    constraint task_priority_range check (priority between 0 and 100),
    constraint task_place_total_range check (place_count_total between 1 and 100000),
    constraint task_places check (
        place_count_open >= 0 and place_count_held >= 0 and place_count_filled >= 0
        and place_count_settled >= 0 and place_count_cancelled >= 0
        and place_count_total = place_count_open + place_count_held + place_count_filled
                              + place_count_settled + place_count_cancelled)
);
create index task_with_places on task (campaign_id, priority desc, position) where place_count_open > 0;
create index task_busy on task (campaign_id) where place_count_open + place_count_held > 0;
