-- Embeddings: vectors of passages, for search by meaning. No extension is needed.
--
-- Invariants
--   * A vector counts only while the text of its passage is unchanged: body_hash detects stale
--     vectors.
--   * All vectors have length 1, so that the sum of products is the cosine.

create table private.passage_embeddings (
  lesson_id uuid not null,
  ord integer not null,
  model text not null,
  body_hash text not null,
  embedding real[] not null,
  signs bit varying not null,
  constraint passage_embeddings_pkey primary key (lesson_id, ord),
  constraint passage_embeddings_lesson_id_ord_fkey foreign key (lesson_id, ord)
  references public.lesson_passages (lesson_id, ord) on delete cascade
);
comment on table private.passage_embeddings is
'Embeddings of passages; written by save_embeddings.';
comment on column private.passage_embeddings.body_hash is 'md5 of the body that was embedded.';
comment on column private.passage_embeddings.embedding is 'The vector, of length 1.';
comment on column private.passage_embeddings.signs is
'A bit for each number of the vector: whether it is positive. The fewer bits differ, the nearer '
'two vectors are; this is compared first, since it costs little.';
alter table private.passage_embeddings enable row level security;
revoke all on private.passage_embeddings from public, anon, authenticated, service_role;

create function private.unit_vector(p_embedding real[]) returns real[]
language plpgsql immutable
set search_path = ''
as $$
declare
  v_length double precision;
begin
  if array_ndims(p_embedding) is distinct from 1 or cardinality(p_embedding) > 16000 or exists (
    select from unnest(p_embedding) as u (value)
    where (u.value between -1e30 and 1e30) is not true
  ) then
    return null;
  end if;
  select sqrt(sum(u.value::double precision ^ 2)) into v_length
  from unnest(p_embedding) as u (value);
  if v_length < 1e-30 then
    return null;
  end if;
  return array(
    -- What is almost zero would underflow.
    select case when abs(u.value / v_length) < 1e-9 then 0 else u.value / v_length end::real
    from unnest(p_embedding) with ordinality as u (value, at) order by u.at
  );
end
$$;
comment on function private.unit_vector(real[]) is
'A vector scaled to length 1; null if it is null, empty, zero, too long or not finite.';

create function private.vector_signs(p_embedding real[]) returns bit varying
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select string_agg(case when u.value > 0 then '1' else '0' end, '' order by u.at)
    from unnest(p_embedding) with ordinality as u (value, at)
  )::bit varying;
end
$$;
comment on function private.vector_signs(real[]) is
'A bit for each number of a vector: whether it is positive.';

create function private.near_passages(
  p_course_id uuid, p_lesson_ids uuid[], p_embedding real[], p_lessons uuid[], p_ords integer[]
) returns table (lesson_id uuid, ord integer, likeness double precision)
-- A plan that expects a thousand hashes all lessons.
language plpgsql stable rows 50
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_embedding real[] := private.unit_vector(p_embedding);
  v_signs bit varying;
begin
  if v_embedding is null then
    return;
  end if;
  v_signs := private.vector_signs(v_embedding);
  return query
  with known as materialized (
    select e.lesson_id, e.ord, e.signs
    from public.lesson_passages as p
    inner join private.passage_embeddings as e
      on e.lesson_id = p.lesson_id and e.ord = p.ord and e.body_hash = md5(p.body)
    where p.course_id = p_course_id and p.lesson_id = any(p_lesson_ids)
      and length(e.signs) = length(v_signs)
  ),

  candidate as (
    (
      select k.lesson_id, k.ord from known as k
      order by bit_count(k.signs # v_signs), k.lesson_id, k.ord limit 40
    )
    union
    select k.lesson_id, k.ord
    from known as k
    inner join unnest(p_lessons, p_ords) as u (lesson_id, ord)
      on u.lesson_id = k.lesson_id and u.ord = k.ord
  )

  select
    c.lesson_id, c.ord,
    (
      select sum(u.mine::double precision * u.theirs)
      from unnest(v_embedding, e.embedding) as u (mine, theirs)
    )
  from candidate as c
  inner join private.passage_embeddings as e on e.lesson_id = c.lesson_id and e.ord = c.ord;
end
$$;
comment on function private.near_passages(uuid, uuid[], real[], uuid[], integer[]) is
'The cosines of a vector with the given passages (p_lessons, p_ords), and with the 40 of the '
'lessons whose signs differ least; none without stored vectors of the same size.';

create function private.passages_to_embed(p_model text, p_page_size integer, p_cursor text)
returns table (
  lesson_id uuid, ord integer, body_hash text, body text, remaining bigint, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'passages_to_embed', p_model));
  v_after private.cursor_position;
begin
  perform private.require_service();
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    p.lesson_id, p.ord, md5(p.body),
    concat_ws(E'\n\n', l.title, nullif(array_to_string(p.heading_path, ' › '), ''), p.body),
    count(*) over (),
    private.make_cursor(v_signature, p.ord, null, p.lesson_id)
  from public.lesson_passages as p
  inner join public.lessons as l on l.id = p.lesson_id
  where not exists (
    select from private.passage_embeddings as e
    where e.lesson_id = p.lesson_id and e.ord = p.ord and e.model = p_model
      and e.body_hash = md5(p.body)
  ) and (v_after.id is null or (p.lesson_id, p.ord) > (v_after.id, v_after.number::integer))
  order by p.lesson_id, p.ord limit p_page_size;
end
$$;
grant execute on function private.passages_to_embed(text, integer, text) to service_role;

create function public.passages_to_embed(
  model text, page_size integer default 50, cursor text default null
)
returns table (
  lesson_id uuid, ord integer, body_hash text, body text, remaining bigint, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.passages_to_embed(
    passages_to_embed.model, passages_to_embed.page_size, passages_to_embed.cursor
  );
end;
comment on function public.passages_to_embed(text, integer, text) is
'Lists passages without a current embedding of a model.

For service_role. body is the text to embed: title of the lesson, headings, body. remaining counts
this page and all after it. save_embeddings removes what it stores from the list, so that a call
without a cursor gives the next passages; a cursor skips passages that the model refuses.

Errors: invalid_cursor, invalid_page, service_required.';

grant execute on function public.passages_to_embed(text, integer, text) to service_role;

create function private.save_embeddings(p_model text, p_passages jsonb) returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.require_service();
  if p_model is null or jsonb_typeof(p_passages) is distinct from 'array' then
    perform private.refuse('invalid_embeddings');
  end if;
  insert into private.passage_embeddings as e (
    lesson_id, ord, model, body_hash, embedding, signs
  )
  select distinct on (p.lesson_id, p.ord)
    p.lesson_id, p.ord, p_model, r.body_hash, u.embedding, private.vector_signs(u.embedding)
  from jsonb_to_recordset(p_passages) as r (
    lesson_id uuid, ord integer, body_hash text, embedding double precision[]
  )
  inner join public.lesson_passages as p
    on p.lesson_id = r.lesson_id and p.ord = r.ord and md5(p.body) = r.body_hash
  cross join lateral (
    -- A number beyond real would be an error of the cast, not a vector to skip.
    select private.unit_vector(case
      when not exists (select from unnest(r.embedding) as v (value) where abs(v.value) > 1e30)
        then r.embedding::real[]
    end) as embedding
  ) as u
  where u.embedding is not null
  order by p.lesson_id, p.ord
  on conflict (lesson_id, ord) do update
  set
    model = excluded.model, body_hash = excluded.body_hash, embedding = excluded.embedding,
    signs = excluded.signs;
  get diagnostics v_count = row_count;
  return v_count;
exception
  when data_exception then
    perform private.refuse('invalid_embeddings');
    return null;
end
$$;
grant execute on function private.save_embeddings(text, jsonb) to service_role;

create function public.save_embeddings(model text, passages jsonb) returns integer
language sql volatile
set search_path = ''
begin atomic
  select private.save_embeddings(save_embeddings.model, save_embeddings.passages);
end;
comment on function public.save_embeddings(text, jsonb) is
'Stores embeddings of passages and returns how many were stored.

For service_role. passages is [{"lesson_id", "ord", "body_hash", "embedding": [numbers]}], the keys
as passages_to_embed gives them. A passage whose text has changed since is skipped, and a vector that
is empty, zero or not finite.

Errors: service_required, invalid_embeddings.';

grant execute on function public.save_embeddings(text, jsonb) to service_role;
