-- What is kept of a file, where it is less than what was sent: pictures lose their metadata.

alter table upload add column kept_byte_count bigint;
alter table upload add column kept_sha256 bytea;
update upload set kept_byte_count = byte_count, kept_sha256 = sha256
where state in ('checked', 'attached');
alter table upload add constraint upload_kept check
    (num_nonnulls(kept_byte_count, kept_sha256) in (0, 2)
     and (state not in ('checked', 'attached') or kept_sha256 is not null)
     and (state <> 'asked' or kept_sha256 is null));
alter table upload add constraint upload_kept_digest_is_sha256 check (octet_length(kept_sha256) = 32);
