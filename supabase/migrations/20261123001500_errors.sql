-- Errors: the catalogue of every error that the database raises on purpose, and the one function
-- that raises them.
--
-- Invariants
--   * Clients compare the code; it never changes its meaning. The sentence may be shown to people.
--   * Only private.refuse raises. PostgREST answers with the status and the body
--     {"code", "message", "details", "hint"}: SQLSTATE PGRST is its contract for that.
--   * docs/errors.md, the union in database.types.ts and the table of the service are generated
--     from the catalogue.

create table private.errors (
  code text not null,
  status integer not null,
  message text not null,
  hint text not null,
  constraint errors_pkey primary key (code),
  constraint errors_code_check check (code ~ '^[a-z]+(_[a-z]+)+$'),
  constraint errors_status_check check (status between 400 and 499)
);
comment on table private.errors is
'Every error that the database raises on purpose: code, HTTP status, sentence and hint.';
comment on column private.errors.code is 'Stable name that clients compare.';
comment on column private.errors.status is 'HTTP status of the answer.';
comment on column private.errors.message is
'Sentence for people; {name} is replaced by the key of that name in the details.';
comment on column private.errors.hint is 'What the developer or the user can do.';

alter table private.errors enable row level security;
revoke all on private.errors from public, anon, authenticated, service_role;

insert into private.errors (code, status, message, hint)
values
(
  'not_authenticated', 401, 'Please sign in.',
  'Send the access token of a signed-in user whose account exists.'
),
(
  'account_suspended', 403, 'Your account is suspended.',
  'details has until, null without an end, and reason; an admin can restore it.'
),
('admin_required', 403, 'Only an administrator may do this.', 'Ask an admin of the platform.'),
(
  'author_required', 403, 'Only instructors and admins may create courses.',
  'Ask an admin of the platform for the role of an instructor.'
),
(
  'code_invalid', 403, 'This access code is wrong, expired or used up.',
  'Ask the instructor for a valid code.'
),
(
  'code_required', 403, 'This course opens with an access code.',
  'Pass the code that the instructor gave out.'
),
(
  'entitlement_revoked', 403, 'Your access to this course was revoked.',
  'The staff of the course can grant it again.'
),
(
  'lesson_locked', 403, 'This lesson is not open to you yet.',
  'details has reason and opens_at; explain_access lists what opens the lesson.'
),
(
  'managers_only', 403,
  'Only an owner or instructor may change this: learners see it or have worked in it.',
  'Ask one of them; assistants edit words, content and lessons that learners do not see.'
),
(
  'not_course_staff', 403, 'Only the staff of this course may do this.',
  'An owner of the course can add you to its staff.'
),
(
  'not_enrolled', 403, 'You are not enrolled in this course.',
  'Call enroll first; details has the status of an enrollment that is not active.'
),
(
  'owners_only', 403, 'Only an owner of the course may do this.',
  'Ask an owner; instructors invite learners.'
),
(
  'own_work', 403, 'You cannot decide about your own work.',
  'Another person of the staff can do it.'
),
('service_required', 403, 'Only a server may do this.', 'Call it with the secret key.'),
('source_reserved', 403, 'Staff grant access with the source staff only.', 'Leave source out.'),
(
  'tutor_disabled', 403, 'The tutor of this course is turned off.',
  'The staff of the course can turn it on with save_tutor_settings.'
),
(
  'attempt_not_found', 404, 'This attempt does not exist, or you may not see it.',
  'List quiz_attempts, or call start_attempt.'
),
(
  'certificate_not_found', 404, 'No certificate has this code.',
  'Compare the code with the certificate, character by character.'
),
(
  'conversation_not_found', 404, 'You have no such conversation in this course.',
  'Make a new id for a new conversation.'
),
(
  'course_not_found', 404, 'This course does not exist, or you may not see it.',
  'Look the course up in courses.'
),
(
  'draft_not_found', 404, 'This lesson has no draft.', 'Write one into lesson_drafts.'
),
(
  'enrollment_not_found', 404, 'This enrollment does not exist.',
  'List enrollments of the course.'
),
(
  'entitlement_not_found', 404, 'This entitlement does not exist.',
  'List entitlements of the course.'
),
(
  'file_not_found', 404, 'This file does not exist.',
  'Upload it to Storage first, in the last day and in your own folder, and pass its path.'
),
(
  'invitation_not_found', 404, 'There is no such invitation for you.',
  'List my_invitations; the address of the account must be confirmed.'
),
(
  'learner_not_found', 404, 'This person is not enrolled in the course.',
  'Pass the user_id of an enrollment.'
),
(
  'lesson_not_found', 404, 'This lesson does not exist, or you may not see it.',
  'Look the lesson up in course_outline.'
),
(
  'offer_not_found', 404, 'This offer does not exist, or is not for sale.',
  'List offers of the course.'
),
('module_not_found', 404, 'This module does not exist.', 'Look the module up in course_outline.'),
(
  'question_not_found', 404, 'This question does not exist here.',
  'Pass a question_id of this quiz or attempt; the kind of a question never changes.'
),
(
  'quiz_not_found', 404, 'This lesson has no quiz.',
  'Look for lessons with the content type quiz.'
),
('list_not_found', 404, 'There is no such list.', 'Lists are numbered from 0.'),
('submission_not_found', 404, 'This submission does not exist.', 'Reload lab_queue.'),
(
  'turn_not_found', 404, 'This turn of the tutor does not exist.',
  'begin_tutor_turn returns the id.'
),
('user_not_found', 404, 'This account does not exist.', 'Pass the id of a profile.'),
(
  'version_not_found', 404, 'This lesson has no such version.',
  'lesson_history lists the versions of a lesson.'
),
(
  'hint_not_found', 404, 'This hint does not exist, or is not the next one.',
  'Take hints in order, from 1.'
),
(
  'already_member', 409, 'This person has that already.',
  'They are in the course, on its staff, or have the role.'
),
('attempt_pending', 409, 'This attempt awaits a grade.', 'grade_attempt grades it.'),
('attempt_closed', 409, 'This attempt was handed in.', 'review_attempt returns its score.'),
(
  'attempt_expired', 409, 'The time of this attempt is up; the answers saved before count.',
  'submit_attempt returns the result.'
),
(
  'attempt_open', 409, 'This attempt is not handed in yet.',
  'Wait until it is submitted or expired.'
),
('attempts_exhausted', 409, 'You have no attempts left.', 'See max_attempts of the quiz.'),
(
  'too_many_files', 409, 'This lesson has {limit} files, and takes no more.',
  'Remove one, or put several into an archive.'
),
(
  'too_many_versions', 409, 'This lab has {limit} versions of your work, and takes no more.',
  'The staff of the course can grade the newest version.'
),
('code_taken', 409, 'The course already has this access code.', 'Choose another code.'),
(
  'course_closed', 409, 'This course takes no enrollments now.',
  'details has enrollment_mode, opens_at and closes_at.'
),
(
  'course_has_learners', 409, 'This course has learners and cannot be deleted.',
  'Call archive_course or unpublish_course instead: the work of its learners stays.'
),
(
  'course_incomplete', 409, 'You have completed {completed} of {required} required lessons.',
  'details has both numbers; course_outline lists what is missing.'
),
(
  'course_not_published', 409, 'This course is not published yet.',
  'Call publish_course first.'
),
(
  'draft_conflict', 409, 'Another person has saved this draft meanwhile.',
  'details has who and when; load the draft again and send its updated_at with the change.'
),
(
  'event_id_reused', 409, 'This report was sent for another lesson before.',
  'Make a new event_id for each report; repeat it only to retry.'
),
(
  'import_key_reused', 409, 'Another bundle was imported with this key.',
  'Make a new import_key for each import; repeat it only to retry.'
),
(
  'incomplete_list', 409, 'The list must name every item exactly once.',
  'Reload the items and send all their ids.'
),
(
  'invitation_closed', 409, 'This invitation is no longer open.',
  'details has its status; one that is still pending has expired or lost its ground. Invite again.'
),
(
  'invitation_required', 409, 'Somebody becomes an owner when they accept it.',
  'Call invite with the role owner.'
),
(
  'isolation_level', 409, 'Courses can only be edited in read committed.',
  'Use the isolation level read committed.'
),
('lab_accepted', 409, 'Your work was already accepted.', 'Nothing needs to be done.'),
(
  'last_admin', 409, 'This account is the only administrator.',
  'Make another account an admin first.'
),
('last_owner', 409, 'A course needs at least one owner.', 'Make another person an owner first.'),
(
  'lesson_archived', 409, 'This lesson is archived.', 'Call restore_lesson_archive first.'
),
(
  'lesson_fixed', 409, 'The draft of a lesson cannot move to another lesson.',
  'Write a draft for the other lesson instead.'
),
(
  'lesson_has_work', 409, 'Learners have worked in this lesson, so it cannot be deleted.',
  'Call archive_lesson or archive_module instead: the lesson is hidden, their work stays.'
),
(
  'lesson_rule', 409, 'This lesson is not complete yet.',
  'details has completion_rule, and for videos watched_percent and required_percent.'
),
(
  'module_archived', 409, 'This module is archived.', 'Call restore_module_archive first.'
),
(
  'content_type_fixed', 409, 'The type of this lesson cannot change any more.',
  'It has questions, attempts or submissions; make another lesson.'
),
(
  'not_a_quiz', 409, 'This lesson is not a quiz.',
  'Look for lessons with the content type quiz.'
),
(
  'question_changed', 409, 'Another person has saved this question meanwhile.',
  'details has the revision, who saved it and when; reload the question and apply the change again.'
),
(
  'bank_in_use', 409, 'Quizzes draw from this bank.',
  'Delete its rows in quiz_draws first.'
),
(
  'bank_not_found', 404, 'This bank of questions does not exist.',
  'Read the table question_banks for the banks of the course.'
),
(
  'question_has_attempts', 409, 'This question is part of attempts.',
  'Call archive_question: it is not drawn any more and does not count.'
),
(
  'name_required', 409, 'A certificate bears a name with at least one letter.',
  'The learner changes the name in their profile first.'
),
(
  'not_a_lab', 409, 'This lesson takes no submissions.',
  'Look for lessons with the content type lab.'
),
('not_pending', 409, 'This enrollment does not wait for approval.', 'Reload the list.'),
(
  'not_submitted', 409, 'This version of the work cannot be graded.',
  'details has its status; reload lab_queue.'
),
(
  'order_conflict', 409, 'This payment was reported for another buyer or offer.',
  'A reference names one payment of one person.'
),
(
  'prerequisite_cycle', 409, 'A prerequisite cannot depend on what it leads to.',
  'Remove a link of the cycle first.'
),
('prerequisite_missing', 409, 'Complete {courses} first.', 'See course_prerequisites.'),
(
  'price_missing', 409, 'This model has no price.',
  'Set it with save_model_price, then start the service again.'
),
(
  'quiz_closed', 409, 'The due date of this quiz has passed.',
  'The staff of the course can set another date with save_quiz_override.'
),
('quiz_empty', 409, 'This quiz has no questions yet.', 'Add questions with save_question.'),
(
  'slug_taken', 409, 'This name for the address is taken.',
  'Choose another slug: unique among all courses, or among the lessons of a course.'
),
(
  'submission_claimed', 409, 'Another person is grading this submission.',
  'Take another one from lab_queue.'
),
(
  'turn_in_progress', 409, 'The tutor is still answering in this conversation.',
  'Wait for the answer, or stop it.'
),
(
  'turn_key_reused', 409, 'Another question was asked with this key.',
  'Make a new key for each question.'
),
(
  'invalid_address', 422, 'This is not a valid address.',
  'details has the column. Send http:// or https:// with a host, or for md_url and video_url the '
  'path of an object in storage; without blanks, quotes and controls, at most 2,048 characters.'
),
(
  'invalid_answer', 422, 'This answer does not fit the question.',
  'Send option ids of the attempt, in the form of the question''s kind.'
),
(
  'invalid_budget', 422, 'The budget is not valid.',
  'Send a kind that budgets lists, and max_rows and max_bytes from 0.'
),
(
  'invalid_bundle', 422, 'The bundle is not valid at {path}: {problem}',
  'details has the place; docs/bundle.schema.json has the form. Nothing was imported.'
),
(
  'invalid_code', 422, 'An access code has 6 to 64 characters and at least one use.',
  'Leave the code out to have one made.'
),
(
  'invalid_criteria', 422, 'The points do not fit the rubric.',
  'Send {"criterion id": points} with 0 to the points of each criterion of the rubric.'
),
(
  'invalid_cursor', 422, 'This page does not belong to this list.',
  'Send the cursor of the last row with otherwise equal arguments, or none.'
),
('invalid_decision', 422, 'Choose to accept or to reject.', 'Send accept as true or false.'),
(
  'invalid_email', 422, 'This is not an e-mail address.', 'Send one, at most 254 characters.'
),
(
  'invalid_embeddings', 422, 'The embeddings are not valid.',
  'Send the model, and passages as [{"lesson_id", "ord", "body_hash", "embedding"}].'
),
(
  'invalid_entitlement', 422, 'The entitlement is not valid.',
  'source is a lower-case word; expires_at is after starts_at.'
),
(
  'invalid_expiry', 422, 'The end must be in the future.',
  'Send a time after now, for an invitation within a year; or none.'
),
(
  'invalid_grade', 422, 'A grade has a score from 0 to 100, that of a lab a decision.',
  'A lab: score or criteria, and accept; an attempt: score_percent for each question.'
),
(
  'invalid_guidance', 422, 'The guidance is too long.',
  'Notes have at most 4,000 characters; misconceptions are at most 6 texts of 500.'
),
(
  'invalid_limit', 422, 'The limit is not valid.',
  'scope is user, user_course, course or platform; period minute, day or month; meter '
  'requests or micros; null removes a limit.'
),
(
  'invalid_lookup', 422, 'Say what to look up, in one way.',
  'Send the id, or the slugs; see the comment of the function.'
),
('invalid_note', 422, 'A note has at most 1,000 characters.', 'Send a shorter note, or none.'),
(
  'invalid_offer', 422, 'The offer is not valid.',
  'It has a title, courses, a price above 0, a currency such as EUR, and days or a period.'
),
(
  'invalid_order', 422, 'The report of a payment is not valid.',
  'It has provider, reference, amount and currency; a paid period ends in the future.'
),
(
  'invalid_override', 422, 'The exception is not valid.',
  'extra_seconds is 0 to 604,800, extra_attempts 0 to 1,000; due_at or due_on, from 2000 on.'
),
('invalid_page', 422, 'A page has 1 to 200 rows.', 'Send page_size from 1 to 200, or none.'),
(
  'invalid_path', 422, 'The file is not in the folder of this lesson.',
  'Upload it to lesson-files as <course_id>/<lesson_id>/<uuid>, and pass this path.'
),
(
  'invalid_price', 422, 'The price is not valid.',
  'Send provider, model, a day, and micro-dollars for a million tokens; 1 dollar is 1000000.'
),
(
  'invalid_progress', 422, 'The progress report is not valid.',
  'Seconds start at 0; seconds_spent is at most 86,400; watched is [[from, to]], at most 1,000.'
),
(
  'invalid_question', 422, 'The question is not valid: {problem}',
  'Send options and key in the form of the kind.'
),
(
  'invalid_role', 422, 'The role is not valid here.',
  'Platform: learner, instructor, admin. In a course: learner, assistant, instructor, owner.'
),
(
  'invalid_roster', 422, 'A roster is a list of 1 to 500 learners.',
  'Send 1 to 500 in a call, as [{"email": "…"}] or [{"user_id": "…"}], or their ids.'
),
(
  'invalid_rubric', 422, 'A rubric has 1 to 50 criteria with different ids.',
  'Send [{"id", "title", "points"}] with points above 0.'
),
('invalid_score', 422, 'The score is 0 to {max_score} points.', 'See max_score of the attempt.'),
(
  'invalid_search', 422, 'The search is not valid.',
  'Send kind as course, module or lesson, and k from 1 to 50.'
),
(
  'invalid_settings', 422, 'The settings of the tutor are not valid.',
  'Send enabled, and max_support_level as low, medium or high.'
),
(
  'invalid_sort', 422, 'This list cannot be sorted like that.',
  'sort is name, progress, last_activity or enrolled; a minus in front reverses it.'
),
(
  'invalid_slug', 422, 'A name for the address has lower-case letters, digits and single hyphens.',
  'Send at most 80 characters, as in sql-basics.'
),
(
  'invalid_submission', 422, 'Hand in a text, a link or a file.',
  'Send at least one of body, url (http or https) and file_path (in the folder of your own id).'
),
(
  'invalid_time_zone', 422, 'This is not the name of a time zone.',
  'Send a name of the IANA database, as in America/Los_Angeles, or UTC.'
),
(
  'invalid_title', 422, 'A title has 1 to 200 characters.', 'Send a title that is not blank.'
),
(
  'invalid_turn', 422, 'The question for the tutor is not valid.',
  'See the comment of the function for its parameters.'
),
(
  'reason_required', 422, 'Give a reason of at most 1,000 characters.',
  'The history shows the reason.'
),
(
  'weak_code', 422, 'This access code is easy to guess.',
  'Leave the code out to have one made; an own code has at least 40 bits: 8 letters and digits in '
  'no order, or 9 letters, or 13 digits.'
),
(
  'tutor_locked', 423, 'The tutor is locked while you have an open attempt in this course.',
  'Submit the attempt that details name; then the tutor answers again.'
),
(
  'budget_exceeded', 429, 'You have stored as much as one account may store in a day.',
  'details has the kind, the limit and reset_at; go on then.'
),
(
  'too_many_guesses', 429, 'Too many wrong access codes. Please try again later.',
  'details has the limit and reset_at; a right code is refused until then too.'
),
(
  'quota_exceeded', 429, 'The limit of the tutor for this {period} is used up.',
  'details has the limit and reset_at; ask again then.'
);

create function private.error_of(p_code text, p_details jsonb) returns private.errors
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_error private.errors;
  v_field record;
begin
  select e.* into strict v_error from private.errors as e where e.code = p_code;
  for v_field in select d.key, d.value from jsonb_each_text(p_details) as d loop
    v_error.message :=
      replace(v_error.message, format('{%s}', v_field.key), coalesce(v_field.value, ''));
  end loop;
  return v_error;
end
$$;
comment on function private.error_of(text, jsonb) is
'An error of the catalogue, whose sentence is filled with the details.';

create function private.refuse(
  p_code text, p_details jsonb default null, p_status integer default null
) returns void
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_error private.errors := private.error_of(p_code, p_details);
begin
  raise sqlstate 'PGRST' using
    message = jsonb_build_object(
      'code', v_error.code,
      'message', v_error.message,
      'details', p_details::text,
      'hint', v_error.hint
    )::text,
    detail = jsonb_build_object(
      'status', coalesce(p_status, v_error.status),
      'headers', jsonb_strip_nulls(
        jsonb_build_object('Retry-After', p_details ->> 'retry_after')
      )
    )::text;
end
$$;
comment on function private.refuse(text, jsonb, integer) is
'Raises an error of the catalogue. The details are sent as JSON text and fill the sentence; their '
'key retry_after, in seconds, is also a header. p_status replaces the status of the catalogue.';

-- Constraints call it and so answer with the catalogue. Postgres evaluates them after the policies:
-- a caller who may not write gets 42501 first.
create function private.check_column(p_column text, p_is_valid boolean) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if p_is_valid is false then
    if p_column = 'slug' then
      perform private.refuse('invalid_slug');
    elsif p_column = 'title' then
      perform private.refuse('invalid_title');
    elsif p_column = 'time_zone' then
      perform private.refuse('invalid_time_zone');
    else
      perform private.refuse('invalid_address', jsonb_build_object('column', p_column));
    end if;
  end if;
  return true;
end
$$;
comment on function private.check_column(text, boolean) is
'Refuses an invalid slug, title, time zone or address; p_is_valid is the condition of a check '
'constraint.';

grant execute on function private.check_column(text, boolean) to authenticated, service_role;

create function private.read_reason(p_reason text, p_is_required boolean) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_reason text := case when btrim(private.normalize_text(p_reason)) <> '' then btrim(p_reason) end;
begin
  if length(p_reason) > 1000 or (p_is_required and v_reason is null) then
    perform private.refuse('reason_required');
  end if;
  return v_reason;
end
$$;
comment on function private.read_reason(text, boolean) is
'The reason for an act, without blanks around it; null without one, also where it is only blanks '
'and signs without width. Refuses more than 1,000 characters, and none where one is required.';

create function private.is_upsert() returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce(
    nullif(current_setting('request.headers', true), '')::jsonb ->> 'prefer' ~ 'resolution=', false
  );
end
$$;
comment on function private.is_upsert() is
'True for a request of PostgREST that resolves duplicates itself, with on conflict.';
