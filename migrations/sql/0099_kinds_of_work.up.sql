-- Surveys and addresses as work, and whether something is made, checked or gathered.

alter table campaign
    add column work_mode text not null default 'create',
    add constraint campaign_work_mode_known check (work_mode in ('create', 'check', 'collect'));
alter table instruction_version
    add column survey jsonb not null default '[]',
    add constraint instruction_survey_is_a_list check (jsonb_typeof(survey) = 'array');
alter table submission_item
    add column answers jsonb,
    add column url text,
    drop constraint submission_item_kind_known,
    drop constraint submission_item_value,
    add constraint submission_item_kind_known check
        (kind in ('text', 'score', 'survey', 'link', 'image', 'audio', 'video', 'file')),
    add constraint submission_item_value check
        ((kind = 'text') = (text is not null) and (kind = 'score') = (score is not null)
         and (kind = 'survey') = (answers is not null) and (kind = 'link') = (url is not null)
         and (kind in ('image', 'audio', 'video', 'file')) = (upload_id is not null));
