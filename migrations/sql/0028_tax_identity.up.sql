-- Who a member is to the tax office. Forms are versions and never change; numbers lie in the vault.

create table tax_form (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    form_kind    text        not null,
    version      int         not null,
    country      text        not null,
    vat_status   text, -- of a VAT form
    text_version text        not null, -- of the sentences that were signed
    flags        text[]      not null,
    is_backup_exempt bool    not null, -- false: payments to this person are withheld from
    valid_until  date,
    submitted_at timestamptz not null,
    constraint tax_form_version_once unique (member_id, form_kind, version),
    constraint tax_form_kind_known check (form_kind in ('w9', 'w8ben', 'vat', 'seller')),
    constraint tax_form_status check ((form_kind = 'vat') = (vat_status is not null)),
    constraint tax_form_status_known check (
        vat_status in ('private', 'small_business', 'business')),
    constraint tax_form_country check (country ~ '^[A-Z]{2}$')
);

-- The end of a form is a row of its own.
create table tax_form_end (
    form_id  uuid        primary key references tax_form (id) on delete restrict on update restrict,
    reason   text        not null,
    ended_at timestamptz not null,
    constraint tax_form_end_known check (reason in ('superseded', 'changed'))
);

-- What may be shown of a number, and what finds it again; the number itself is a sealed value.
create table tax_number (
    form_id     uuid  not null references tax_form (id) on delete restrict on update restrict,
    field       text  not null,
    member_id   uuid  not null references member (id) on delete restrict on update restrict,
    number_kind text  not null,
    country     text  not null,
    last_four   text  not null,
    blind_index bytea not null,
    primary key (form_id, field),
    constraint tax_number_shown check (length(last_four) between 1 and 4),
    constraint tax_number_index check (length(blind_index) = 32)
);
create index tax_number_blind on tax_number (blind_index);
create index tax_number_member on tax_number (member_id);

-- Two members with one number: for staff to look at, nobody is refused by it.
create table tax_number_twin (
    form_id         uuid        not null references tax_form (id) on delete restrict on update restrict,
    field           text        not null,
    other_member_id uuid        not null references member (id) on delete restrict on update restrict,
    noticed_at      timestamptz not null,
    primary key (form_id, field, other_member_id)
);
create index tax_number_twin_other on tax_number_twin (other_member_id);

-- Answers about a VAT id, newest last; the check itself is the verifier's record.
create table vat_proof (
    id           uuid        primary key,
    form_id      uuid        not null references tax_form (id) on delete restrict on update restrict,
    outcome      text        not null,
    check_id     uuid,
    consultation text,
    note         text,
    recorded_by  uuid        references member (id) on delete restrict on update restrict,
    proven_at    timestamptz not null,
    constraint vat_proof_outcome check (outcome in ('valid', 'invalid', 'other')),
    constraint vat_proof_by_person check (
        outcome <> 'other' or (recorded_by is not null and note is not null))
);
create index vat_proof_form on vat_proof (form_id, proven_at desc, id desc);
create index vat_proof_recorded_by on vat_proof (recorded_by);

create table location_proof (
    member_id  uuid        not null references member (id) on delete restrict on update restrict,
    proof_kind text        not null,
    country    text        not null,
    seen_at    timestamptz not null,
    primary key (member_id, proof_kind, seen_at),
    constraint location_proof_known check (
        proof_kind in ('billing_address', 'network', 'bank', 'card', 'phone', 'other')),
    constraint location_proof_country check (country ~ '^[A-Z]{2}$')
);

-- Without it we may not write a member's documents. Only the withdrawal is set, once.
create table self_billing_agreement (
    id           uuid        primary key,
    member_id    uuid        not null references member (id) on delete restrict on update restrict,
    text_version text        not null,
    accepted_at  timestamptz not null,
    withdrawn_at timestamptz,
    constraint self_billing_agreement_order check (withdrawn_at >= accepted_at)
);
create unique index self_billing_agreement_current on self_billing_agreement (member_id)
    where withdrawn_at is null;
create index self_billing_agreement_member on self_billing_agreement (member_id);

-- Who saw a whole number, and why. Written before it is shown.
create table tax_reveal (
    id          uuid        primary key,
    actor_id    uuid        not null references member (id) on delete restrict on update restrict,
    member_id   uuid        not null references member (id) on delete restrict on update restrict,
    form_id     uuid        not null references tax_form (id) on delete restrict on update restrict,
    field       text        not null,
    reason      text        not null,
    revealed_at timestamptz not null
);
create index tax_reveal_member on tax_reveal (member_id, revealed_at desc);
create index tax_reveal_actor on tax_reveal (actor_id);
create index tax_reveal_form on tax_reveal (form_id);

create function self_billing_withdraw_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.withdrawn_at is null and new.withdrawn_at is not null
       and (new.id, new.member_id, new.text_version, new.accepted_at)
           = (old.id, old.member_id, old.text_version, old.accepted_at) then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name
        using errcode = '23001', constraint = 'append_only';
end $$;
create trigger x_withdraw_only before update or delete on self_billing_agreement
    for each row execute function self_billing_withdraw_only();

do $$
declare
    name text;
begin
    foreach name in array array['tax_form', 'tax_form_end', 'tax_number', 'tax_number_twin',
                                'vat_proof', 'location_proof', 'tax_reveal'] loop
        execute format('create trigger x_append_only before update or delete on %I'
                       ' for each row execute function refuse_change()', name);
        execute format('create trigger x_no_truncate before truncate on %I'
                       ' for each statement execute function refuse_change()', name);
    end loop;
end $$;
