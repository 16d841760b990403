-- The papers: more kinds, XML beside the PDF, who issues as data, drafts, runs of thousands.

alter table legal_entity
    add column legal_id    text,
    add column tax_number  text,
    add column endpoint    text,
    add column footer      text not null default '',
    add column logo_sha256 bytea,
    add column is_active   bool not null default true;

-- Pictures are kept for ever: issued documents name them by digest.
create table issuer_logo (
    sha256     bytea primary key,
    media_type text  not null,
    content    bytea not null,
    constraint issuer_logo_digest check (sha256 = sha256(content)),
    constraint issuer_logo_size check (length(content) <= 65536),
    constraint issuer_logo_media check (media_type in ('image/png', 'image/svg+xml'))
);
create trigger x_append_only before update or delete on issuer_logo
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on issuer_logo
    for each statement execute function refuse_change();
alter table legal_entity add constraint legal_entity_logo
    foreign key (logo_sha256) references issuer_logo on delete restrict on update restrict;

-- Who changed what about those who issue; never a secret among it.
create table issuer_change (
    id         uuid        primary key,
    actor_id   uuid        references member (id) on delete restrict on update restrict,
    subject    text        not null,
    changed_at timestamptz not null,
    before     jsonb,
    after      jsonb       not null
);
create index issuer_change_order on issuer_change (changed_at desc, id desc);
create index issuer_change_actor on issuer_change (actor_id);
create trigger x_append_only before update or delete on issuer_change
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on issuer_change
    for each statement execute function refuse_change();

alter table number_series drop constraint number_series_kind_known;
alter table number_series add constraint number_series_kind_known check (document_kind in
    ('fee_invoice', 'self_bill', 'credit_note', 'corrected_invoice', 'deposit_receipt',
     'payout_statement', 'account_statement'));
-- Letters, digits and + - _ / (BR-FR-01); the year and six digits come behind it.
alter table number_series add constraint number_series_prefix_short
    check (prefix ~ '^[A-Za-z0-9+_/-]+$' and length(prefix) <= 24);

alter table issued_document
    add column preceding_id uuid references issued_document (id) on delete restrict on update restrict,
    add column replaces_id  uuid references issued_document (id) on delete restrict on update restrict,
    add column about_kind   text,
    add column credit_way   text,
    add column language     text not null default 'en',
    add column vat_decision jsonb;
alter table issued_document drop constraint issued_document_kind_known;
alter table issued_document add constraint issued_document_kind_known check (document_kind in
    ('fee_invoice', 'self_bill', 'credit_note', 'corrected_invoice', 'deposit_receipt',
     'payout_statement', 'account_statement'));
alter table issued_document drop constraint issued_document_minor;
alter table issued_document add constraint issued_document_minor
    check (minor_micros in (1, 10, 100, 1000, 10000, 100000, 1000000));
alter table issued_document add constraint issued_document_names_its_original check (
    (document_kind in ('credit_note', 'corrected_invoice'))
    = (preceding_id is not null and about_kind is not null));
alter table issued_document add constraint issued_document_credit_way check (
    (document_kind = 'credit_note') = (credit_way is not null)
    and (credit_way is null or credit_way in ('refund', 'replaced', 'taken_back')));
create index issued_document_preceding on issued_document (preceding_id);
-- What is wrong is put right once; its replacement may be put right again.
create unique index issued_document_replaces on issued_document (replaces_id);
create index issued_document_month on issued_document (document_kind, issued_on);

alter table document_file drop constraint document_file_file_kind_check;
alter table document_file add constraint document_file_kind_known
    check (file_kind in ('pdf', 'cii', 'ubl'));

-- A deposit has one receipt, a payout one statement, a month of a balance one account statement.
create table document_subject (
    document_kind text not null,
    subject       text not null,
    document_id   uuid not null references issued_document (id) on delete restrict on update restrict
                  deferrable initially deferred,
    primary key (document_kind, subject)
);
create index document_subject_document on document_subject (document_id);
create trigger x_append_only before update or delete on document_subject
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on document_subject
    for each statement execute function refuse_change();

-- What could not be issued, and why. It goes when the document is issued after all.
create table document_draft (
    id              uuid        primary key,
    document_kind   text        not null,
    counterparty_id uuid        not null references member (id) on delete restrict on update restrict,
    currency        text        not null,
    content         text        not null,
    problems        text[]      not null,
    checked_at      timestamptz not null,
    constraint document_draft_once unique (counterparty_id, document_kind, currency),
    constraint document_draft_problems check (cardinality(problems) > 0)
);
create index document_draft_order on document_draft (checked_at desc, id desc);

create table document_preference (
    member_id uuid primary key references member (id) on delete restrict on update restrict,
    language  text not null,
    constraint document_preference_language check (language ~ '^[a-z]{2}$')
);

-- Thousands at once. An item is done in the transaction that issues its document.
create table document_run (
    id            uuid        primary key,
    document_kind text        not null,
    asked_by      uuid        references member (id) on delete restrict on update restrict,
    asked_at      timestamptz not null,
    finished_at   timestamptz,
    constraint document_run_kind check (document_kind in ('fee_invoice', 'self_bill'))
);
create index document_run_asked_by on document_run (asked_by);
create index document_run_order on document_run (asked_at desc, id desc);
create index document_run_open on document_run (asked_at) where finished_at is null;
create table document_run_item (
    run_id          uuid not null references document_run (id) on delete restrict on update restrict,
    counterparty_id uuid not null references member (id) on delete restrict on update restrict,
    currency        text not null,
    state           text not null default 'waiting',
    document_id     uuid references issued_document (id) on delete restrict on update restrict
                    deferrable initially deferred,
    primary key (run_id, counterparty_id, currency),
    constraint document_run_item_state check (
        state in ('waiting', 'issued', 'refused', 'nothing')
        and (state = 'issued') = (document_id is not null))
);
create index document_run_item_waiting on document_run_item (run_id) where state = 'waiting';
create index document_run_item_counterparty on document_run_item (counterparty_id);
create index document_run_item_document on document_run_item (document_id);
