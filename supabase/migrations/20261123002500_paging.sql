-- Paging: how every list is cut into pages.
--
-- Invariants
--   * A list takes page_size (1 to 200) and cursor; each row carries its cursor, and the cursor of
--     the last row asks for the next page. A page without rows is the end.
--   * A cursor is a position, not an offset: rows that come or go meanwhile shift no page.

create function private.require_page(p_page_size integer) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if p_page_size is null or p_page_size not between 1 and 200 then
    perform private.refuse('invalid_page');
  end if;
end
$$;
comment on function private.require_page(integer) is 'Refuses a page size outside 1 to 200.';

-- A cursor contains the sort key of a row and a signature of the arguments. Nothing in it is
-- secret: a forged cursor returns another page of what the caller may see anyway.
create function private.make_cursor(p_signature text, p_number numeric, p_text text, p_id uuid)
returns text
-- PL/pgSQL evaluates an expression for each row; a SQL function would start an executor.
language plpgsql stable
set search_path = ''
as $$
begin
  -- The text that jsonb would have, in a third of its time. Base64 for URLs: replace() searches
  -- bytes; translate() and rtrim() look at each character.
  return replace(replace(replace(replace(encode(convert_to(format(
    '{"s": "%s", "id": "%s", "text": %s, "number": %s}',
    p_signature, p_id, coalesce(to_json(p_text)::text, 'null'),
    coalesce(to_json(p_number)::text, 'null')
  ), 'UTF8'), 'base64'), '=', ''), E'\n', ''), '+', '-'), '/', '_');
end
$$;
comment on function private.make_cursor(text, numeric, text, uuid) is
'The position of a row in a list, as an opaque text that is safe in a URL.';

create type private.cursor_position as (number numeric, text text, id uuid);
comment on type private.cursor_position is
'Where the next page starts: the sort key and the id of the row before.';

create function private.read_cursor(p_signature text, p_cursor text)
returns private.cursor_position
language plpgsql stable
set search_path = ''
as $$
declare
  v_object jsonb;
  v_position private.cursor_position;
begin
  begin
    v_object := convert_from(decode(
      rpad(translate(p_cursor, '-_', '+/'), (length(p_cursor) + 3) / 4 * 4, '='), 'base64'
    ), 'UTF8')::jsonb;
    v_position := row(
      (v_object ->> 'number')::numeric, v_object ->> 'text', (v_object ->> 'id')::uuid
    );
  exception
    when data_exception or statement_too_complex then
      v_object := null;
  end;
  if v_object ->> 's' is distinct from p_signature or v_position.id is null then
    perform private.refuse('invalid_cursor');
  end if;
  return v_position;
end
$$;
comment on function private.read_cursor(text, text) is
'The position in a cursor of a list with the same signature; refuses any other.';
