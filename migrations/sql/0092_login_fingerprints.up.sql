-- Where sign-ins came from: for risk cases alone, and soon gone.

-- On purpose without references: nothing but an id leads from an address to a person.
create table login_fingerprint (
    id           uuid        primary key, -- of the session that began
    member_id    uuid        not null,
    content      bytea       not null,    -- sealed: address, browser, language
    address_mark bytea       not null,    -- keyed: equal for equal addresses
    seen_at      timestamptz not null,
    constraint login_fingerprint_mark_length check (octet_length(address_mark) = 32)
);
create index login_fingerprint_member on login_fingerprint (member_id, seen_at desc);
create index login_fingerprint_mark on login_fingerprint (address_mark, seen_at desc);
create index login_fingerprint_old on login_fingerprint (seen_at);

insert into rate (kind, scope, valid_from, number, source) values
    ('retention', 'fingerprints', '2020-01-01', 30, 'a first value: the operator decides');
