-- Another place to be paid waits until a letter to the member was read; what there is counts as read.
alter table destination add column confirmed_at timestamptz;
update destination set confirmed_at = created_at;
