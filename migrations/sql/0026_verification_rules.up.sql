
-- Which checks make a level for whom, and which payments need which level: dated, by two people.

create table verification_ruleset (
    version        int         primary key,
    state          text        not null,
    effective_from timestamptz not null,
    note           text        not null,
    author_id      uuid        not null references member (id) on delete restrict on update restrict,
    created_at     timestamptz not null,
    approver_id    uuid        references member (id) on delete restrict on update restrict,
    approved_at    timestamptz,
    withdrawn_by   uuid        references member (id) on delete restrict on update restrict,
    withdrawn_at   timestamptz,
    constraint verification_ruleset_state_known check (state in ('draft', 'approved', 'withdrawn')),
    constraint verification_ruleset_four_eyes check (approver_id <> author_id),
    constraint verification_ruleset_approved check
        ((approver_id is null) = (approved_at is null)
         and (state <> 'approved' or approver_id is not null)),
    constraint verification_ruleset_withdrawn check
        ((state = 'withdrawn') = (withdrawn_by is not null)
         and (withdrawn_by is null) = (withdrawn_at is null))
);
create index verification_ruleset_effective on verification_ruleset (effective_from, version)
    where state = 'approved';
create index verification_ruleset_author on verification_ruleset (author_id);
create index verification_ruleset_approver on verification_ruleset (approver_id);
create index verification_ruleset_withdrawn_by on verification_ruleset (withdrawn_by);
-- It has the columns of a routing ruleset, and is kept from being edited by the same guard.
create trigger x_guard before update or delete on verification_ruleset
    for each row execute function routing_ruleset_guard();

create table verification_rule (
    id           uuid  primary key,
    version      int   not null references verification_ruleset (version) on delete restrict on update restrict,
    position     int   not null,
    name         text  not null,
    country      text,
    region       text,
    role         text,
    entity       text,
    levels       jsonb not null,
    attempts_max int   not null,
    retry_hours  int   not null,
    constraint verification_rule_place_once unique (version, position),
    constraint verification_rule_entity_known check (entity in ('person', 'business'))
);
create trigger x_append_only before update or delete on verification_rule
    for each row execute function refuse_change();

create table verification_requirement (
    id                 uuid   primary key,
    version            int    not null references verification_ruleset (version) on delete restrict on update restrict,
    position           int    not null,
    name               text   not null,
    level              int    not null,
    country            text,
    region             text,
    currency           text,
    amount_from_micros bigint,
    year_from_micros   bigint,
    provider           text,
    constraint verification_requirement_place_once unique (version, position),
    constraint verification_requirement_level check (level between 1 and 3)
);
create trigger x_append_only before update or delete on verification_requirement
    for each row execute function refuse_change();

-- Above it two people accept a document: what the member has or is about to be paid.
insert into rate (kind, scope, valid_from, micros, source)
    select 'verification_decision', scope, valid_from, micros, source
    from rate where kind = 'payout_release';
