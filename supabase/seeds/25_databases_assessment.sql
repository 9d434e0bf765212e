-- Assessment of the course "How databases answer questions": a quiz and two rubrics.
--
-- A passed quiz completes its lesson; a lab completes its lesson when staff accept it.

update public.lessons l
set
  completion_rule = case l.content_type
    when 'quiz' then 'pass' else 'accept'
  end::public.completion_rule
where
  l.course_id = 'c1000000-0000-4000-8000-000000000000'
  and l.content_type in ('quiz', 'lab');

insert into public.quizzes (
  lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal
)
values (
  'c1000000-0000-4000-8000-000000000303',
  60,
  3,
  1800,
  true,
  null,
  'highest',
  'after_pass'
);

insert into public.questions (
  id, lesson_id, course_id, ord, kind, prompt_md, points, options
)
values
(
  'f1000000-0000-4000-8000-000000000301',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  1,
  'numeric',
  $md$A table has rows of 200 bytes with their headers, plus a line pointer of 4 bytes each. How
many fit on one page of 8192 bytes?$md$,
  2,
  '[]'
),
(
  'f1000000-0000-4000-8000-000000000302',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  2,
  'multiple',
  $md$There is an index on `(country, city)`. Which conditions can use it to find their place?$md$,
  2,
  $json$[
  {
    "id": "a",
    "text": "`country = 'PE'`"
  },
  {
    "id": "b",
    "text": "`city = 'Lima'`"
  },
  {
    "id": "c",
    "text": "`country = 'PE' and city > 'L'`"
  },
  {
    "id": "d",
    "text": "`upper(country) = 'PE'`"
  }
]$json$
),
(
  'f1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  3,
  'single',
  $md$Why does `where not (age > 30)` leave out a member whose age is null?$md$,
  1,
  $json$[
  {
    "id": "a",
    "text": "`null > 30` is false"
  },
  {
    "id": "b",
    "text": "The condition is null, and only true passes"
  },
  {
    "id": "c",
    "text": "Rows with nulls are never read"
  },
  {
    "id": "d",
    "text": "`not` cannot be applied to a comparison"
  }
]$json$
),
(
  'f1000000-0000-4000-8000-000000000304',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  4,
  'matching',
  $md$Which join algorithm is described?$md$,
  3,
  $json${
  "left": [
    {
      "id": "l1",
      "text": "Builds a table in memory before it returns anything"
    },
    {
      "id": "l2",
      "text": "The only one that can join on `a.x < b.y`"
    },
    {
      "id": "l3",
      "text": "Profits from indexes on both sides, because they deliver order"
    }
  ],
  "right": [
    {
      "id": "r1",
      "text": "Nested loop"
    },
    {
      "id": "r2",
      "text": "Hash join"
    },
    {
      "id": "r3",
      "text": "Merge join"
    }
  ]
}$json$
),
(
  'f1000000-0000-4000-8000-000000000305',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  5,
  'true_false',
  $md$A bitmap heap scan visits a page at most once, although several matching rows lie on it.$md$,
  1,
  '[]'
),
(
  'f1000000-0000-4000-8000-000000000306',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  6,
  'short_text',
  $md$A node shows `actual time=0.02..0.05 rows=1 loops=40000`. By which figure, in the words of
the plan, is the time to be multiplied?$md$,
  1,
  '[]'
),
(
  'f1000000-0000-4000-8000-000000000307',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  7,
  'numeric',
  $md$How many milliseconds did that node take in all?$md$,
  1,
  '[]'
),
(
  'f1000000-0000-4000-8000-000000000308',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000000',
  8,
  'ordering',
  $md$Put the stations of a query in order.$md$,
  2,
  $json$[
  {
    "id": "plan",
    "text": "Planner"
  },
  {
    "id": "parse",
    "text": "Parser"
  },
  {
    "id": "run",
    "text": "Executor"
  },
  {
    "id": "rewrite",
    "text": "Rewriter"
  }
]$json$
);

insert into private.answer_keys (question_id, key, explanation_md)
values
(
  'f1000000-0000-4000-8000-000000000301',
  '{"value": 40, "tolerance": 0, "relative": false}',
  'A page header takes 24 bytes; 8168 / 204 is a little more than 40.'
),
(
  'f1000000-0000-4000-8000-000000000302',
  '{"correct": ["a", "c"]}',
  'The index is ordered by country first, and by the column itself, not by a function of it.'
),
(
  'f1000000-0000-4000-8000-000000000303',
  '{"correct": "b"}',
  '`null > 30` is null, and so is its negation.'
),
(
  'f1000000-0000-4000-8000-000000000304',
  '{"pairs": {"l1": "r2", "l2": "r1", "l3": "r3"}}',
  'Hash joins need equality; merge joins need order.'
),
(
  'f1000000-0000-4000-8000-000000000305',
  '{"correct": true}',
  'The bitmap is sorted by page before the table is touched.'
),
(
  'f1000000-0000-4000-8000-000000000306',
  '{"accepted": ["loops", "loops=40000"], "max_distance": 1}',
  'Times in a plan are per loop.'
),
(
  'f1000000-0000-4000-8000-000000000307',
  '{"value": 2000, "tolerance": 0.01, "relative": true}',
  '0.05 ms in each of 40,000 loops.'
),
(
  'f1000000-0000-4000-8000-000000000308',
  '{"order": ["parse", "rewrite", "plan", "run"]}',
  'Text becomes a tree, views are replaced, a plan is chosen, rows are fetched.'
);

insert into private.lab_rubrics (lesson_id, criteria)
values
(
  'c1000000-0000-4000-8000-000000000203',
  $json$[
  {
    "id": "plan",
    "title": "The plan is complete and from the given query",
    "points": 4
  },
  {
    "id": "reading",
    "title": "Estimated and actual rows are compared",
    "points": 4
  },
  {
    "id": "time",
    "title": "The node that takes most of the time is named",
    "points": 2
  }
]$json$
),
(
  'c1000000-0000-4000-8000-000000000402',
  $json$[
  {
    "id": "cause",
    "title": "The cause is shown in the plan",
    "points": 4
  },
  {
    "id": "repair",
    "title": "The repair removes it",
    "points": 4
  },
  {
    "id": "proof",
    "title": "The time before and after is given",
    "points": 2
  }
]$json$
);
