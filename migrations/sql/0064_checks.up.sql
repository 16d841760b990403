-- What a worker must prove, questions with hidden answers, and contact data in what was handed in.

alter table campaign add column collects_contacts boolean not null default false;

alter table instruction_version add column proofs jsonb not null default '[]';
alter table instruction_version add column questions jsonb not null default '[]';

-- The right answers stand apart: whatever reads instructions cannot read them.
create table check_key (
    campaign_id uuid   not null,
    version     int    not null,
    question_id text   not null,
    answers     text[] not null,
    primary key (campaign_id, version, question_id),
    foreign key (campaign_id, version) references instruction_version (campaign_id, version),
    constraint check_key_some check (cardinality(answers) between 1 and 10)
);
create trigger x_append_only before update or delete on check_key
    for each row execute function refuse_change();
create trigger x_no_truncate before truncate on check_key
    for each statement execute function refuse_change();

alter table submission add column check_answers jsonb not null default '[]';
alter table submission add column failed_check_count int;
alter table submission add column contact_kinds text[] not null default '{}';
alter table submission add constraint submission_failed_checks_not_negative
    check (failed_check_count >= 0);
alter table submission add constraint submission_contact_kinds_known
    check (contact_kinds <@ array['email', 'phone', 'handle']::text[]);

alter table submission_item add column proof_id text;
alter table submission_item add constraint submission_item_proof_is_a_proof
    check (proof_id is null or role = 'proof');
