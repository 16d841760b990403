select assignment_id as "assignmentId", stars, comment
from rating
where assignment_id = any($1::uuid[]) and (state = 'visible' or author_id = $2)
order by given_at, id
