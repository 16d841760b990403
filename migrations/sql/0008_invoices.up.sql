-- Finance documents: gapless numbers, immutable once issued, corrected only by a credit note.

create table legal_entity (
    id         uuid primary key,
    code       text not null,
    name       text not null,
    street     text not null,
    postcode   text not null,
    city       text not null,
    country    text not null,
    vat_id     text,
    constraint legal_entity_code_once unique (code),
    constraint legal_entity_code_short check (code ~ '^[A-Z0-9]+$' and length(code) <= 8)
);

create table number_series (
    legal_entity_id uuid not null references legal_entity (id) on delete restrict on update restrict,
    document_kind   text not null,
    fiscal_year     int  not null,
    prefix          text not null,
    next_number     int  not null default 1 check (next_number > 0),
    primary key (legal_entity_id, document_kind, fiscal_year),
    constraint number_series_prefix_once unique (prefix, fiscal_year),
    constraint number_series_kind_known check (document_kind in ('fee_invoice', 'self_bill'))
);

-- Takes p_count numbers; the row stays locked until COMMIT, so this is the last step.
create function number_take(p_entity uuid, p_kind text, p_year int, p_count int default 1)
returns int language plpgsql as $$
declare
    first_number int;
begin
    update number_series set next_number = next_number + p_count
     where legal_entity_id = p_entity and document_kind = p_kind and fiscal_year = p_year
    returning next_number - p_count into first_number;
    if not found then
        raise exception 'no number series %/%/%', p_entity, p_kind, p_year
            using errcode = '23503', constraint = 'number_series_missing';
    end if;
    return first_number;
end $$;

create table issued_document (
    id               uuid        primary key,
    legal_entity_id  uuid        not null,
    document_kind    text        not null,
    fiscal_year      int         not null,
    sequence_number  int         not null,
    number           text        not null,
    issued_on        date        not null,
    counterparty_id  uuid        not null references member (id) on delete restrict on update restrict,
    currency         text        not null,
    minor_micros     bigint      not null, -- in one unit of *_minor
    net_minor        bigint      not null,
    vat_minor        bigint      not null,
    gross_minor      bigint      not null,
    canonical_json   text        not null,
    canonical_sha256 bytea       not null,
    created_at       timestamptz not null,
    constraint issued_document_series
        foreign key (legal_entity_id, document_kind, fiscal_year) references number_series
        on delete restrict on update restrict,
    constraint issued_document_number unique (number),
    constraint issued_document_sequence unique (legal_entity_id, document_kind, fiscal_year, sequence_number),
    constraint issued_document_kind_known check (document_kind in ('fee_invoice', 'self_bill')),
    constraint issued_document_minor check (minor_micros in (10000, 100000, 1000000)),
    constraint issued_document_sum check (gross_minor = net_minor + vat_minor),
    constraint issued_document_digest check (canonical_sha256 = sha256(convert_to(canonical_json, 'UTF8')))
);
create index issued_document_counterparty on issued_document (counterparty_id, created_at desc, id desc);

create table document_file (
    document_id uuid  not null references issued_document (id) on delete restrict on update restrict,
    file_kind   text  not null check (file_kind in ('pdf')),
    sha256      bytea not null,
    content     bytea not null,
    primary key (document_id, file_kind),
    constraint document_file_digest check (sha256 = sha256(content))
);

-- Which assignment stands on which document: once per kind, for ever.
create table billed_assignment (
    assignment_id uuid not null references assignment (id) on delete restrict on update restrict,
    document_kind text not null,
    -- deferred: everything else is written before the document, because its number comes last
    document_id   uuid not null references issued_document (id) on delete restrict on update restrict
                  deferrable initially deferred,
    primary key (assignment_id, document_kind),
    constraint billed_assignment_kind_known check (document_kind in ('fee_invoice', 'self_bill'))
);
create index billed_assignment_document on billed_assignment (document_id);

-- Fractions of a smallest unit that no document could show yet. Sum billed + carry = sum of items.
create table billing_carry (
    legal_entity_id uuid   not null references legal_entity (id) on delete restrict on update restrict,
    counterparty_id uuid   not null references member (id) on delete restrict on update restrict,
    document_kind   text   not null,
    currency        text   not null,
    micros          bigint not null,
    primary key (legal_entity_id, counterparty_id, document_kind, currency),
    constraint billing_carry_not_negative check (micros >= 0),
    constraint billing_carry_kind_known check (document_kind in ('fee_invoice', 'self_bill'))
);
create index billing_carry_counterparty on billing_carry (counterparty_id);

create trigger x_append_only before update or delete on issued_document
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on issued_document
    for each statement execute function refuse_change();
create trigger x_append_only before update or delete on document_file
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on document_file
    for each statement execute function refuse_change();
create trigger x_append_only before update or delete on billed_assignment
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on billed_assignment
    for each statement execute function refuse_change();
