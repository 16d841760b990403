-- Files that members hand in: asked for with what they will be, kept outside of the database.

create table upload (
    id          uuid        primary key,
    owner_id    uuid        not null references member (id) on delete restrict on update restrict,
    subject_id  uuid        not null,
    kind        text        not null,
    media_type  text        not null,
    byte_count  bigint      not null,
    sha256      bytea       not null,
    state       text        not null,
    asked_at    timestamptz not null,
    expires_at  timestamptz,
    constraint upload_kind_known check (kind in ('image', 'audio', 'video', 'file')),
    constraint upload_state_known check (state in ('asked', 'checked', 'attached', 'dropped')),
    constraint upload_size check (byte_count between 1 and 100000000),
    constraint upload_digest_is_sha256 check (octet_length(sha256) = 32),
    constraint upload_attached_stays check ((state = 'attached') = (expires_at is null))
);
-- What counts against the owner, and what the sweep takes away.
create index upload_unused on upload (owner_id, expires_at) where state <> 'attached';
create index upload_expires on upload (expires_at) where state <> 'attached';

alter table submission_item add column upload_id uuid unique
    references upload (id) on delete restrict on update restrict;
alter table submission_item drop constraint submission_item_kind_known;
alter table submission_item add constraint submission_item_kind_known
    check (kind in ('text', 'score', 'image', 'audio', 'video', 'file'));
alter table submission_item drop constraint submission_item_value;
alter table submission_item add constraint submission_item_value check
    ((kind = 'text') = (text is not null) and (kind = 'score') = (score is not null)
     and (kind in ('image', 'audio', 'video', 'file')) = (upload_id is not null));
