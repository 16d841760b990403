-- Whether a session outlives the browser that began it: what began before this did.
alter table login_session add column is_remembered boolean not null default true;
