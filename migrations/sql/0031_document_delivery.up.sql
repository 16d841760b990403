-- Documents go to their members by mail, each once. The address is never kept here.

create table document_delivery (
    document_id uuid primary key references issued_document (id) on delete restrict on update restrict,
    state       text        not null,
    try_count   int         not null,
    tried_at    timestamptz not null,
    ended_at    timestamptz,
    constraint document_delivery_state check (
        state in ('sending', 'sent', 'nobody') and (state = 'sending') = (ended_at is null)),
    constraint document_delivery_tries check (try_count > 0)
);
