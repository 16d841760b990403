-- Law as dated data, who sells on which VAT terms, and why a price has the VAT it has.

create table reference_rule (
    rule_kind      text        not null,
    scope          text        not null,
    valid_from     date        not null,
    revision       int         not null default 1,
    valid_to       date,
    value          jsonb       not null,
    source         text        not null,
    verified_on    date,
    confirmed_by   uuid        references member (id) on delete restrict on update restrict,
    confirmed_at   timestamptz,
    confirmed_note text,
    primary key (rule_kind, scope, valid_from, revision),
    constraint reference_rule_revision check (revision > 0),
    constraint reference_rule_span check (valid_to is null or valid_to >= valid_from),
    constraint reference_rule_source check (source <> ''),
    constraint reference_rule_value check (jsonb_typeof(value) = 'object'),
    constraint reference_rule_confirmed check (
        num_nonnulls(confirmed_by, confirmed_at, confirmed_note) in (0, 3))
);

-- The three columns of the confirmation are set once; nothing else ever changes.
create function reference_rule_confirm_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.confirmed_by is null and new.confirmed_by is not null
       and (new.rule_kind, new.scope, new.valid_from, new.revision, new.value, new.source)
           = (old.rule_kind, old.scope, old.valid_from, old.revision, old.value, old.source)
       and (new.valid_to, new.verified_on) is not distinct from (old.valid_to, old.verified_on)
    then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name
        using errcode = '23001', constraint = 'append_only';
end $$;
create trigger x_confirm_only before update or delete on reference_rule
    for each row execute function reference_rule_confirm_only();
create trigger x_no_truncate before truncate on reference_rule
    for each statement execute function refuse_change();

-- Until now rates of VAT were rows of `rate`. They stay as history, and nobody adds to them.
alter table rate add constraint rate_no_vat check (kind <> 'vat') not valid;

-- The tax facts of a company that sells, by its code. The newest row not after the day counts.
create table vat_seller (
    code                      text        not null,
    valid_from                date        not null,
    revision                  int         not null default 1,
    country                   text        not null,
    is_small_business         bool        not null,
    has_oss                   bool        not null,
    service_kind              text        not null,
    union_sales_this_year_eur bigint      not null,
    union_sales_last_year_eur bigint      not null,
    has_one_establishment     bool        not null,
    recorded_by               uuid        references member (id) on delete restrict on update restrict,
    recorded_at               timestamptz, -- null: by the set-up of a company
    primary key (code, valid_from, revision),
    constraint vat_seller_country check (country ~ '^[A-Z]{2}$'),
    constraint vat_seller_service check (service_kind in ('electronic', 'intermediation')),
    constraint vat_seller_sales check (
        union_sales_this_year_eur >= 0 and union_sales_last_year_eur >= 0),
    constraint vat_seller_revision check (revision > 0)
);
create trigger x_append_only before update or delete on vat_seller
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on vat_seller
    for each statement execute function refuse_change();
-- Who issues documents until now sold as a taxed company of its country.
insert into vat_seller
    (code, valid_from, country, is_small_business, has_oss, service_kind,
     union_sales_this_year_eur, union_sales_last_year_eur, has_one_establishment)
select code, '2020-01-01', country, false, false, 'electronic', 0, 0, true
from legal_entity;

create table vat_decision (
    id             uuid        primary key,
    subject_kind   text        not null,
    subject_id     uuid        not null,
    seller_code    text        not null,
    counterparty_id uuid       not null references member (id) on delete restrict on update restrict,
    decided_on     date        not null,
    decided_at     timestamptz not null,
    category       text        not null,
    basis_points   int,
    exemption_code text,
    exemption_text text,
    reported_in    text        not null,
    place          text        not null,
    rule           text        not null,
    currency       text        not null,
    net_micros     bigint      not null, -- what was sold at it; feeds the limits of the year
    inputs         jsonb       not null,
    rules_used     jsonb       not null,
    constraint vat_decision_subject check (subject_kind in ('campaign', 'self_bill')),
    constraint vat_decision_category check (category in ('S', 'Z', 'E', 'AE', 'G', 'O')),
    constraint vat_decision_return check (
        reported_in in ('domestic', 'ec_sales_list', 'oss', 'none')),
    constraint vat_decision_rate check (
        case category when 'S' then basis_points between 1 and 10000
                      when 'O' then basis_points is null
                      else basis_points = 0 end),
    constraint vat_decision_reason check (category in ('S', 'Z') or exemption_text is not null),
    constraint vat_decision_net check (net_micros >= 0)
);
create index vat_decision_subject on vat_decision (subject_kind, subject_id);
create index vat_decision_counterparty on vat_decision (counterparty_id);
create index vat_decision_year on vat_decision (seller_code, decided_on) include (currency, net_micros)
    where rule in ('below_union_threshold', 'union_consumer');
create trigger x_append_only before update or delete on vat_decision
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on vat_decision
    for each statement execute function refuse_change();

-- A campaign's VAT is decided when it is funded, and its documents keep that decision.
alter table campaign add column vat_decision_id uuid
    references vat_decision (id) on delete restrict on update restrict;
insert into vat_decision
    (id, subject_kind, subject_id, seller_code, counterparty_id, decided_on, decided_at, category,
     basis_points, exemption_text, reported_in, place, rule, currency, net_micros, inputs, rules_used)
select gen_random_uuid(), 'campaign', c.id,
       coalesce((select min(code) from legal_entity), ''), c.employer_id,
       (c.funded_at at time zone 'UTC')::date, c.funded_at,
       case when r.basis_points > 0 then 'S' else 'O' end,
       nullif(r.basis_points, 0), case when r.basis_points = 0 then 'No VAT is charged' end,
       case when r.basis_points > 0 then 'domestic' else 'none' end, m.country,
       'rate_by_country', c.currency, c.place_count * c.fee_micros, '{}', '[]'
from campaign c
join member m on m.id = c.employer_id
cross join lateral (
    select basis_points from rate
    where kind = 'vat' and scope in (m.country, '*')
      and valid_from <= (c.funded_at at time zone 'UTC')::date
    order by scope = '*', valid_from desc limit 1
) r
where c.funded_at is not null;
update campaign c set vat_decision_id = d.id
from vat_decision d where d.subject_kind = 'campaign' and d.subject_id = c.id;
create index campaign_vat_decision on campaign (vat_decision_id);
alter table campaign add constraint campaign_vat_decided
    check (funded_at is null or vat_decision_id is not null);
