-- A worker gave a place back after its price had changed: it is cancelled, and the next sweep pays it back.
alter table assignment add column is_outpriced boolean not null default false;
create index assignment_outpriced on assignment (id) where is_outpriced;
