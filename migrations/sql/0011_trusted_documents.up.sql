-- Operations that frontends registered beforehand, under the hash of their text.

create table trusted_document (
    id       text        primary key,
    text     text        not null,
    added_at timestamptz not null,
    constraint trusted_document_id_is_hash
        check (id = 'sha256:' || encode(sha256(convert_to(text, 'UTF8')), 'hex')),
    constraint trusted_document_length check (length(text) between 1 and 100000)
);
create trigger x_append_only before update on trusted_document
    for each row execute function refuse_change();

-- Which release of which frontend holds it. Processes read on after the last seq they know, so
-- uploads take turns: seq is then the order of commits.
create table trusted_document_client (
    seq            bigint      generated always as identity primary key,
    client_name    text        not null,
    client_version text        not null,
    document_id    text        not null references trusted_document (id)
                               on delete restrict on update restrict,
    added_at       timestamptz not null,
    last_used_at   timestamptz, -- written at most once an hour
    constraint trusted_document_client_once unique (client_name, client_version, document_id),
    constraint trusted_document_client_name check (client_name ~ '^[A-Za-z0-9._/+-]{1,64}$'),
    constraint trusted_document_client_version check (client_version ~ '^[A-Za-z0-9._/+-]{1,64}$')
);
create index trusted_document_client_document on trusted_document_client (document_id);
