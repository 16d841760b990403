-- Members who are linked to each other bring each other nothing, and what was won by fraud is
-- taken back.

alter table destination add column payee_hash bytea;
alter table destination add constraint destination_payee_hash_length
    check (octet_length(payee_hash) = 32);
create index destination_payee on destination (payee_hash) where payee_hash is not null;

alter table referral add column reject_reason text;
alter table referral add column claw_back_text text;
alter table referral add column clawed_back_by uuid references member (id) on delete restrict on update restrict;
alter table referral add column clawed_back_at timestamptz;
alter table referral drop constraint referral_state_known;
alter table referral add constraint referral_state_known check
    (state in ('signed_up', 'earning', 'ended', 'rejected', 'clawed_back'));
alter table referral add constraint referral_reject_reason_known check
    (reject_reason in ('self', 'payout_link'));
alter table referral add constraint referral_rejected_why check
    ((state = 'rejected') = (reject_reason is not null));
alter table referral add constraint referral_clawed_back_why check
    ((state = 'clawed_back') = (claw_back_text is not null)
     and (state = 'clawed_back') = (clawed_back_by is not null)
     and (state = 'clawed_back') = (clawed_back_at is not null));
