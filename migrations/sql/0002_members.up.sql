-- Members and how they sign in. Personal data stands apart from the row that everything refers to.

create table member (
    id            uuid        primary key,
    state         text        not null,
    country       text        not null,
    roles         text[]      not null,
    registered_at timestamptz not null,
    constraint member_state_known check (state in
        ('registered', 'active', 'restricted', 'suspended', 'frozen', 'closed', 'erased')),
    constraint member_country_code check (country ~ '^[A-Z][A-Z]$'),
    constraint member_roles_known check
        (roles <@ array['worker', 'employer', 'integrator', 'staff', 'finance']::text[])
);

create table member_person (
    member_id uuid primary key references member (id) on delete restrict on update restrict,
    email     text not null,
    email_key text not null,
    name      text not null,
    born_on   date not null,
    constraint member_person_email_once unique (email_key)
);

create table member_password (
    member_id  uuid        primary key references member (id) on delete restrict on update restrict,
    hash       text        not null,
    changed_at timestamptz not null
);

create table login_session (
    id                  uuid        primary key,
    member_id           uuid        not null references member (id) on delete restrict on update restrict,
    token_hash          bytea       not null,
    surface             text        not null,
    authenticated_with  text[]      not null,
    created_at          timestamptz not null,
    last_seen_at        timestamptz not null,
    idle_expires_at     timestamptz not null,
    absolute_expires_at timestamptz not null,
    revoked_at          timestamptz,
    revoke_reason       text,
    constraint login_session_token unique (token_hash),
    constraint login_session_token_is_sha256 check (octet_length(token_hash) = 32),
    constraint login_session_surface_known check (surface in ('api', 'console'))
);
create index login_session_member on login_session (member_id, created_at desc, id desc);

-- A consent to exactly one thing: amount and payee are inside the bound hash.
create table step_up_challenge (
    id         uuid        primary key,
    session_id uuid        not null references login_session (id) on delete restrict on update restrict,
    purpose    text        not null,
    bound_hash bytea       not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    passed_at  timestamptz,
    passed_with text,
    spent_at   timestamptz,
    constraint step_up_hash_is_sha256 check (octet_length(bound_hash) = 32),
    constraint step_up_method_known check (passed_with in ('password', 'passkey', 'totp')),
    constraint step_up_spent_after_passed check (spent_at is null or passed_at is not null)
);
create index step_up_challenge_session on step_up_challenge (session_id);
