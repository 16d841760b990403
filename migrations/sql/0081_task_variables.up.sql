-- What the instructions leave open, task by task: {{name}} in them is the task's own value.

alter table task
    add column variables jsonb not null default '[]',
    add constraint task_variables_are_a_list check (jsonb_typeof(variables) = 'array');
-- The names that every task of the campaign has a value for; empty: there is no task yet.
alter table campaign add column variable_names text[];
update campaign set variable_names = '{}' where place_count > 0;
