select id, country from member where id = any($1::uuid[])
