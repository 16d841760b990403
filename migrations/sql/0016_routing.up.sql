-- Who pays whom, when, and who let it out: dated rulesets, payout runs, four eyes, instructions.

-- A rate may be an amount as well, such as the limit above which two people release a payout.
alter table rate
    alter column basis_points drop not null,
    add column micros bigint,
    add constraint rate_is_one_thing check (num_nonnulls(basis_points, micros) = 1),
    add constraint rate_micros_positive check (micros > 0);
insert into rate (kind, scope, valid_from, micros, source)
    select 'payout_release', currency, '2020-01-01', units::bigint * 1000000, 'a first value: the operator decides'
    from (values ('EUR', 5000), ('USD', 5000), ('GBP', 5000), ('BRL', 25000), ('INR', 400000),
                 ('JPY', 750000), ('KWD', 1500), ('MXN', 100000), ('PHP', 300000))
         as first_value (currency, units);
insert into rate (kind, scope, valid_from, micros, source)
    select 'payout_run_release', scope, valid_from, micros * 10, source
    from rate where kind = 'payout_release';

-- Named groups of countries. Data, not code: who belongs to them is added with a migration.
create table routing_region (
    name    text not null,
    country text not null,
    primary key (name, country),
    constraint routing_region_country_code check (country ~ '^[A-Z]{2}$')
);
insert into routing_region (name, country)
    select 'EU', unnest(string_to_array(
        'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK', ' '));
insert into routing_region (name, country)
    select 'EEA', unnest(string_to_array('IS LI NO', ' ')) union all
    select 'EEA', country from routing_region where name = 'EU';
insert into routing_region (name, country)
    select 'SEPA', unnest(string_to_array('AD AL CH GB MC MD ME MK RS SM VA', ' ')) union all
    select 'SEPA', country from routing_region where name = 'EEA';

-- Written by one person, approved by another, then only its end is new: a withdrawal.
create table routing_ruleset (
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
    constraint routing_ruleset_state_known check (state in ('draft', 'approved', 'withdrawn')),
    constraint routing_ruleset_four_eyes check (approver_id <> author_id),
    constraint routing_ruleset_approved check
        ((approver_id is null) = (approved_at is null)
         and (state <> 'approved' or approver_id is not null)),
    constraint routing_ruleset_withdrawn check
        ((state = 'withdrawn') = (withdrawn_by is not null)
         and (withdrawn_by is null) = (withdrawn_at is null))
);
create index routing_ruleset_effective on routing_ruleset (effective_from, version)
    where state = 'approved';
create index routing_ruleset_author on routing_ruleset (author_id);
create index routing_ruleset_approver on routing_ruleset (approver_id);
create index routing_ruleset_withdrawn_by on routing_ruleset (withdrawn_by);

create function routing_ruleset_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (old.version, old.effective_from, old.note, old.author_id, old.created_at)
            is distinct from (new.version, new.effective_from, new.note, new.author_id, new.created_at)
        or (old.state, new.state) not in
            (('draft', 'approved'), ('draft', 'withdrawn'), ('approved', 'withdrawn'))
        or (old.state = 'approved'
            and (old.approver_id, old.approved_at) is distinct from (new.approver_id, new.approved_at))
    then
        raise exception 'a ruleset is never edited'
            using errcode = '23001', constraint = 'append_only';
    end if;
    return new;
end $$;
create trigger x_guard before update or delete on routing_ruleset
    for each row execute function routing_ruleset_guard();

create table routing_rule (
    id                   uuid   primary key,
    version              int    not null references routing_ruleset (version) on delete restrict on update restrict,
    position             int    not null,
    name                 text   not null,
    country              text,
    region               text,
    destination_country  text,
    currency             text,
    amount_from_micros   bigint,
    amount_to_micros     bigint,
    destination_kind     text,
    rail                 text,
    level                int,
    member_age_days      int,
    legal_entity         text,
    providers            text[] not null,
    router               text   not null,
    minimum_micros       bigint,
    max_fee_basis_points int,
    fee_payer            text   not null,
    schedule             text   not null,
    hold_hours           int    not null,
    constraint routing_rule_place_once unique (version, position),
    constraint routing_rule_has_providers check (cardinality(providers) > 0),
    constraint routing_rule_fee_payer_known check (fee_payer in ('platform', 'member')),
    constraint routing_rule_schedule_known check (schedule in ('at_once', 'daily', 'weekly')),
    constraint routing_rule_hold_hours check (hold_hours between 0 and 720)
);
create trigger x_append_only before update or delete on routing_rule
    for each row execute function refuse_change();

-- What was collected on a day of the calendar, to be released together.
create table payout_run (
    id           uuid        primary key,
    state        text        not null,
    schedule     text        not null,
    currency     text        not null,
    run_on       date        not null,
    collected_at timestamptz not null,
    closed_at    timestamptz,
    constraint payout_run_state_known check (state in ('open', 'released', 'cancelled')),
    constraint payout_run_schedule_known check (schedule in ('daily', 'weekly')),
    constraint payout_run_once unique (schedule, currency, run_on),
    constraint payout_run_closed check ((state = 'open') = (closed_at is null))
);
create index payout_run_collected on payout_run (collected_at, id);

alter table payout
    add column approved_at timestamptz,
    add column held_until  timestamptz,
    add column schedule    text,
    add column run_id      uuid references payout_run (id) on delete restrict on update restrict,
    add constraint payout_schedule_known check (schedule in ('daily', 'weekly'));
create index payout_run_id on payout (run_id) where run_id is not null;
create index payout_held on payout (problem, held_until) where state = 'held';

-- Who let what out. Nobody stands here twice for the same thing.
create table payout_release (
    id          uuid        primary key,
    run_id      uuid        references payout_run (id) on delete restrict on update restrict,
    payout_id   uuid        references payout (id) on delete restrict on update restrict,
    member_id   uuid        not null references member (id) on delete restrict on update restrict,
    reason      text        not null,
    released_at timestamptz not null,
    constraint payout_release_of_one_thing check (num_nonnulls(run_id, payout_id) = 1),
    constraint payout_release_reason_short check (length(reason) <= 500),
    constraint payout_release_run_once unique (run_id, member_id),
    constraint payout_release_payout_once unique (payout_id, member_id)
);
create index payout_release_member on payout_release (member_id);
create trigger x_append_only before update or delete on payout_release
    for each row execute function refuse_change();

-- Why a payout goes where it goes: every candidate of the rule that decided.
create table route_decision (
    id              uuid        primary key,
    payout_id       uuid        not null references payout (id) on delete restrict on update restrict,
    ruleset_version int         references routing_ruleset (version) on delete restrict on update restrict,
    rule_name       text,
    instance_id     text,
    trace           jsonb       not null,
    decided_at      timestamptz not null
);
create index route_decision_payout on route_decision (payout_id, decided_at, id);
create index route_decision_version on route_decision (ruleset_version);
create trigger x_append_only before update or delete on route_decision
    for each row execute function refuse_change();

-- A worker's standing wish to be paid without asking each time.
create table payout_instruction (
    id             uuid        primary key,
    worker_id      uuid        not null references member (id) on delete restrict on update restrict,
    currency       text        not null,
    destination_id uuid        not null references destination (id) on delete restrict on update restrict,
    minimum_micros bigint      not null,
    paused_until   timestamptz,
    created_at     timestamptz not null,
    constraint payout_instruction_one_per_currency unique (worker_id, currency),
    constraint payout_instruction_minimum check (minimum_micros > 0)
);
create index payout_instruction_destination on payout_instruction (destination_id);
