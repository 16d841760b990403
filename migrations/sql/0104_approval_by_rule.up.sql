-- Work whose answers are known to be right, or agree with the crowd, is approved by itself (3.5).
alter table campaign add column approves_by_rule boolean not null default false;
create index campaign_approves_by_rule on campaign (id) where approves_by_rule;
