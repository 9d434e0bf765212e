-- Storage policies: who reads and adds objects.
--
-- Invariants
--   * An object can be downloaded, listed and signed by whoever reads the row that names it: the
--     conditions are queries of those tables under the policies of the caller.
--   * No policy lets a client change or remove an object, or read a bucket.
--
-- A file of its own, and short: on the platform each statement here locks the tables of Auth and
-- Storage until it commits. Comments on these policies need the owner of the table.

do $$
begin
  if to_regclass('storage.objects') is null then
    return;
  end if;
  -- Anyone reads what is attached to previews; learners and staff what is attached to the lessons
  -- that they read.
  execute $policy$
    create policy lyceum_select_lesson_files on storage.objects
    for select to anon, authenticated
    using (
      bucket_id = 'lesson-files'
      and exists (select from public.lesson_files as f where f.path = objects.name)
    )
  $policy$;
  -- Learners read what they uploaded; staff what was handed in to them, or is an answer in a quiz.
  execute $policy$
    create policy lyceum_select_submissions on storage.objects
    for select to authenticated
    using (
      bucket_id = 'submissions'
      and (
        split_part(name, '/', 1) = (select private.account_id())::text
        or exists (select from public.lab_submissions as s where s.file_path = objects.name)
        or exists (
          select from public.quiz_attempts as a
          cross join lateral jsonb_each(a.answers) as v
          where a.user_id = private.path_id(objects.name, 1)
            and a.lesson_id = private.path_id(objects.name, 2)
            and v.value = to_jsonb(objects.name)
        )
      )
    )
  $policy$;
  execute $policy$
    create policy lyceum_insert on storage.objects
    for insert to authenticated
    with check (private.may_store(bucket_id, name))
  $policy$;
end
$$;
