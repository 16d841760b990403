-- Whoever decides where payouts go takes them first: two job workers never decide on the same ones.

create table payout_route_claim (
    payout_id      uuid        primary key references payout (id) on delete restrict on update restrict,
    claim_id       uuid        not null,
    until          timestamptz not null,
    is_asked_again boolean     not null default false
);
