-- Embeddings: vectors of passages, where the extension vector is available.
--
-- Invariants
--   * Without the extension everything else works, and these functions refuse with
--     vector_unavailable.
--   * A vector counts only while the text of its passage is unchanged: body_hash detects stale
--     vectors.

-- The table exists only with the extension.
do $$
begin
  if exists (select from pg_available_extensions where name = 'vector') then
    begin
      create extension if not exists vector with schema extensions;
    exception
      when insufficient_privilege then
        raise notice 'the extension vector may not be created; search works by words alone';
    end;
  end if;
  if exists (
    select from pg_extension
    where extname = 'vector' and extnamespace = 'extensions'::regnamespace
  ) then
    create table private.passage_embeddings (
      lesson_id uuid not null,
      ord integer not null,
      model text not null,
      body_hash text not null,
      embedding extensions.vector not null,
      constraint passage_embeddings_pkey primary key (lesson_id, ord),
      constraint passage_embeddings_lesson_id_ord_fkey foreign key (lesson_id, ord)
      references public.lesson_passages (lesson_id, ord) on delete cascade
    );
    comment on table private.passage_embeddings is
    'Embeddings of passages; written by save_embeddings.';
    comment on column private.passage_embeddings.body_hash is 'md5 of the body that was embedded.';
    alter table private.passage_embeddings enable row level security;
    revoke all on private.passage_embeddings from public, anon, authenticated, service_role;
  end if;
end
$$;

create function private.near_passages(
  p_course_id uuid, p_lesson_ids uuid[], p_embedding real[]
) returns table (lesson_id uuid, ord integer, place bigint)
language plpgsql stable
set search_path = ''
as $$
begin
  -- A null, empty or non-finite embedding matches nothing.
  if p_embedding is null or to_regclass('private.passage_embeddings') is null
    or array_ndims(p_embedding) is distinct from 1 or cardinality(p_embedding) > 16000
    or exists (
      select from unnest(p_embedding) as u (value)
      where (u.value between -3.4e38 and 3.4e38) is not true
    ) then
    return;
  end if;
  -- An exact scan: a course has hundreds of passages, and an approximate index loses matches.
  return query execute
    'select e.lesson_id, e.ord,
      row_number() over (
        order by e.embedding operator(extensions.<=>) $3::extensions.vector, e.lesson_id, e.ord
      )
    from private.passage_embeddings as e
    inner join public.lesson_passages as p
      on p.lesson_id = e.lesson_id and p.ord = e.ord and md5(p.body) = e.body_hash
    where p.course_id = $1 and p.lesson_id = any($2)
      and extensions.vector_dims(e.embedding) = cardinality($3)
    order by 3 limit 100'
  using p_course_id, p_lesson_ids, p_embedding;
end
$$;
comment on function private.near_passages(uuid, uuid[], real[]) is
'The at most 100 passages of lessons that are nearest in meaning; none without the extension '
'vector.';

create function private.require_vector() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  perform private.require_service();
  if to_regclass('private.passage_embeddings') is null then
    perform private.refuse('vector_unavailable');
  end if;
end
$$;
comment on function private.require_vector() is
'Refuses callers other than service_role, and databases without the extension vector.';

create function private.passages_to_embed(p_model text, p_page_size integer, p_cursor text)
returns table (lesson_id uuid, ord integer, body_hash text, body text, cursor text)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'passages_to_embed', p_model));
  v_after private.cursor_position;
begin
  perform private.require_vector();
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query execute
    'select p.lesson_id, p.ord, md5(p.body),
      concat_ws(
        E''\n\n'', l.title, nullif(array_to_string(p.heading_path, '' › ''), ''''), p.body
      ),
      private.make_cursor($3, p.ord, null, p.lesson_id)
    from public.lesson_passages as p
    inner join public.lessons as l on l.id = p.lesson_id
    where not exists (
      select from private.passage_embeddings as e
      where e.lesson_id = p.lesson_id and e.ord = p.ord and e.model = $1
        and e.body_hash = md5(p.body)
    ) and ($4 is null or (p.lesson_id, p.ord) > ($4, $5))
    order by p.lesson_id, p.ord limit $2'
  using p_model, p_page_size, v_signature, v_after.id, v_after.number::integer;
end
$$;
grant execute on function private.passages_to_embed(text, integer, text) to service_role;

create function public.passages_to_embed(
  model text, page_size integer default 50, cursor text default null
)
returns table (lesson_id uuid, ord integer, body_hash text, body text, cursor text)
language sql stable
set search_path = ''
begin atomic
  select * from private.passages_to_embed(
    passages_to_embed.model, passages_to_embed.page_size, passages_to_embed.cursor
  );
end;
comment on function public.passages_to_embed(text, integer, text) is
'Lists passages without a current embedding of a model.

For service_role. body is the text to embed: title of the lesson, headings, body. save_embeddings
removes what it stores from the list, so that a call without a cursor gives the next passages; a
cursor skips passages that the model refuses.

Errors: invalid_cursor, invalid_page, service_required, vector_unavailable.';

grant execute on function public.passages_to_embed(text, integer, text) to service_role;

create function private.save_embeddings(p_model text, p_passages jsonb) returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.require_vector();
  execute
    'insert into private.passage_embeddings (lesson_id, ord, model, body_hash, embedding)
    select distinct on (p.lesson_id, p.ord)
      p.lesson_id, p.ord, $1, r.body_hash, (r.embedding::text)::extensions.vector
    from jsonb_to_recordset($2) as r (
      lesson_id uuid, ord integer, body_hash text, embedding jsonb
    )
    inner join public.lesson_passages as p
      on p.lesson_id = r.lesson_id and p.ord = r.ord and md5(p.body) = r.body_hash
    order by p.lesson_id, p.ord
    on conflict (lesson_id, ord) do update
    set model = excluded.model, body_hash = excluded.body_hash, embedding = excluded.embedding'
  using p_model, p_passages;
  get diagnostics v_count = row_count;
  return v_count;
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
as passages_to_embed gives them. A passage whose text has changed since is skipped.

Errors: service_required, vector_unavailable.';

grant execute on function public.save_embeddings(text, jsonb) to service_role;
