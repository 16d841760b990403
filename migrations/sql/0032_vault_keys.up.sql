-- What is sealed under a key of its own per person: destroying the key forgets the person.

create table data_key (
    id         bigint      generated always as identity primary key,
    subject_id uuid        not null, -- a member; no reference, so that it outlives none
    kek_id     int         not null, -- which key of the file wraps it
    wrapped    bytea       not null,
    created_at timestamptz not null,
    retired_at timestamptz,
    constraint data_key_kek check (kek_id >= 0)
);
create unique index data_key_active on data_key (subject_id) where retired_at is null;
create index data_key_subject on data_key (subject_id);
create index data_key_kek on data_key (kek_id, id);

-- The row and column that a value belongs to are part of what its seal covers.
create table sealed_value (
    owner_table text   not null,
    row_id      uuid   not null,
    field       text   not null,
    subject_id  uuid   not null,
    data_key_id bigint not null references data_key (id) on delete restrict on update restrict,
    sealed      bytea  not null,
    primary key (owner_table, row_id, field)
);
create index sealed_value_key on sealed_value (data_key_id);
create index sealed_value_subject on sealed_value (subject_id);

-- Only the seal may be renewed, never what it belongs to.
create function sealed_value_same_place() returns trigger language plpgsql as $$
begin
    if (new.owner_table, new.row_id, new.field, new.subject_id)
       is distinct from (old.owner_table, old.row_id, old.field, old.subject_id) then
        raise exception 'a sealed value stays where it is'
            using errcode = '23001', constraint = 'sealed_value_same_place';
    end if;
    return new;
end $$;
create trigger x_same_place before update on sealed_value
    for each row execute function sealed_value_same_place();
