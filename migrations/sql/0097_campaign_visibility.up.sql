-- Whether a campaign is for everybody's eyes, or for those of members alone.

alter table campaign
    add column visibility text not null default 'public',
    add constraint campaign_visibility_known check (visibility in ('public', 'members'));
