-- Members invite friends by letter. Whoever refuses is never written to again: of their address
-- nothing but a keyed hash remains. Whoever invites an address that has refused, or that is here,
-- gets an invitation like any other, of which no letter goes out: it tells nobody anything.

create table invitation (
    id            uuid        primary key,
    inviter_id    uuid        not null references member (id) on delete restrict on update restrict,
    state         text        not null,
    label         text,
    is_silent     boolean     not null,
    address       text,
    address_key   text,
    address_hash  bytea       not null,
    token         text,
    letter_count  int         not null,
    is_letter_due boolean     not null,
    created_at    timestamptz not null,
    next_at       timestamptz,
    ended_at      timestamptz,
    constraint invitation_state_known check (state in
        ('created', 'sent', 'reminded_1', 'reminded_2', 'accepted', 'opted_out', 'bounced', 'expired')),
    constraint invitation_over check
        ((state in ('accepted', 'opted_out', 'bounced', 'expired')) = (ended_at is not null)
         and (ended_at is null) = (next_at is not null)),
    constraint invitation_erased check
        ((ended_at is not null or is_silent) = (address is null)
         and (address is null) = (address_key is null) and (address is null) = (token is null)
         and not (address is null and is_letter_due)),
    constraint invitation_letters check (letter_count between 0 and 3),
    constraint invitation_hash_length check (octet_length(address_hash) = 32),
    constraint invitation_token unique (token)
);
create index invitation_list on invitation (inviter_id, created_at desc, id desc);
create index invitation_due on invitation (next_at, id) where next_at is not null;
create unique index invitation_live on invitation (inviter_id, address_hash) where ended_at is null;
create index invitation_address on invitation (address_key) where address_key is not null;

create table invitation_suppression (
    address_hash bytea       primary key,
    since        timestamptz not null,
    constraint invitation_suppression_hash_length check (octet_length(address_hash) = 32)
);
create trigger x_append_only before update or delete on invitation_suppression
    for each row execute function refuse_change();
