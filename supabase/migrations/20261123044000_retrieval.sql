-- Retrieval: passages for a question, and the words that it was searched for.
--
-- Invariants
--   * Only passages of lessons that are open to the caller are ranked.
--   * The support of a passage is the share of the weight of the question's terms that it contains.

create type private.meant_word as (word text, meant text, term text, frequency bigint);
comment on type private.meant_word is
'The correction of a word that no passage contains. word: without accents; meant: the known word '
'that was probably meant; term: its stem; frequency: the number of passages with the stem. All but '
'word are null without a correction.';

create type private.query_reading as (
  asked text [], frequencies bigint [], meant private.meant_word [], passage_count bigint,
  passage_size numeric,
  terms text [], weights numeric []
);
comment on type private.query_reading is
'A parsed query. asked: its stems; frequencies: how many of passage_count passages contain each; '
'passage_size: how many stems a passage has on average; '
'meant: corrections of unknown words; terms and weights: the stems to search for, and the weight '
'of each.';

create function private.term_counts(
  p_course_id uuid, p_lesson_ids uuid[], p_terms text[]
) returns private.query_reading
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_reading private.query_reading;
begin
  -- One scan of the passages of the course is cheaper than an index lookup a term over all courses.
  with passage as materialized (
    select v.terms from private.passage_vectors as v
    where v.course_id = p_course_id and v.lesson_id = any(p_lesson_ids)
  ),

  asked as materialized (
    select distinct t.term, quote_literal(t.term)::tsquery as query
    from unnest(p_terms) as t (term) where t.term is not null
  ),

  counted as materialized (
    select a.term, count(p.terms) as frequency
    from asked as a left join passage as p on p.terms @@ a.query
    group by a.term
  )

  select
    (select array_agg(c.term order by c.term) from counted as c),
    (select array_agg(c.frequency order by c.term) from counted as c),
    count(*), coalesce(avg(length(p.terms)), 1)
  into v_reading.asked, v_reading.frequencies, v_reading.passage_count, v_reading.passage_size
  from passage as p;
  return v_reading;
end
$$;
comment on function private.term_counts(uuid, uuid[], text[]) is
'A reading with the number of passages of the lessons that contain each term, 0 included, and with '
'the number and the size of the passages.';

create function private.meant_words(
  p_config text, p_words text[], p_course_id uuid, p_lesson_ids uuid[]
) returns setof private.meant_word
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config regconfig := p_config::regconfig;
begin
  return query
  with similar_word as materialized (
    select
      w.word, s.word as meant, s.at,
      (tsvector_to_array(to_tsvector(v_config, s.word)))[1] as term
    from unnest(p_words) as w (word)
    cross join lateral private.similar_words(
      w.word, array[private.everyone(), p_course_id]
    ) with ordinality as s (word, at)
  ),

  held as materialized (
    select k.term, k.frequency
    from private.term_counts(
      p_course_id, p_lesson_ids, array(select s.term from similar_word as s)
    ) as c
    cross join lateral unnest(c.asked, c.frequencies) as k (term, frequency)
    where k.frequency > 0
  )

  select distinct on (w.word) w.word, s.meant, h.term, h.frequency
  from unnest(p_words) as w (word)
  left join (
    similar_word as s inner join held as h on h.term = s.term
  ) on s.word = w.word
  order by w.word, s.at;
end
$$;
comment on function private.meant_words(text, text[], uuid, uuid[]) is
'Each word with the likeliest known word whose stem a passage of the lessons contains.';

create function private.read_query(
  p_config text, p_query text, p_course_id uuid, p_lesson_ids uuid[]
) returns private.query_reading
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config regconfig := p_config::regconfig;
  v_stems text[] := tsvector_to_array(
    to_tsvector(v_config, private.asked_text(left(p_query, 2000)))
  );
  v_missing text[];
  v_reading private.query_reading;
begin
  v_reading := private.term_counts(p_course_id, p_lesson_ids, v_stems[:64]);
  v_missing := array(
    select k.term from unnest(v_reading.asked, v_reading.frequencies) as k (term, frequency)
    where k.frequency = 0
  );
  if cardinality(v_missing) > 0 then
    v_reading.meant := array(
      select m from private.meant_words(
        p_config,
        array(
          select w.word from private.text_words(left(p_query, 2000)) as w (word)
          where length(w.word) >= 4
            and tsvector_to_array(to_tsvector(v_config, w.word)) && v_missing
          order by w.word limit 8
        ),
        p_course_id, p_lesson_ids
      ) as m
    );
  end if;
  with corrected as materialized (
    select m.term, m.frequency, tsvector_to_array(to_tsvector(v_config, m.word)) as instead_of
    from unnest(v_reading.meant) as m where m.term is not null
  )

  select
    array_agg(t.term),
    array_agg(
      -- A correction is a guess.
      t.trust * ln(1 + (v_reading.passage_count - t.frequency + 0.5) / (t.frequency + 0.5))
    )
  into v_reading.terms, v_reading.weights
  from (
    select k.term, k.frequency, 1 as trust
    from unnest(v_reading.asked, v_reading.frequencies) as k (term, frequency)
    where not exists (select from corrected as c where k.term = any(c.instead_of))
    union
    select c.term, c.frequency, 0.5
    from corrected as c where c.term <> all(v_reading.asked)
  ) as t;
  return v_reading;
end
$$;
comment on function private.read_query(text, text, uuid, uuid[]) is
'Parses a query into at most 64 stems. A stem that no passage of the lessons contains is replaced '
'by its correction, which weighs half. The fewer passages contain a stem, the more it weighs.';

create function private.ranked_passages(
  p_course_id uuid, p_lesson_ids uuid[], p_reading private.query_reading, p_k integer,
  p_embedding real[], p_lesson_id uuid
)
returns table (
  lesson_id uuid, ord integer, lesson_title text, heading_path text[], anchor text, source text,
  body text, score real, support real, likeness real
)
language plpgsql stable rows 10
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_total double precision := (
    select sum(u.weight) from unnest(p_reading.weights) as u (weight)
  );
begin
  return query
  with term as materialized (
    select
      t.weight::double precision as weight, quote_literal(t.term)::tsquery as query,
      1::bigint << (row_number() over (order by t.term) - 1)::integer as bit
    from unnest(p_reading.terms, p_reading.weights) as t (term, weight)
  ),

  passage as materialized (
    select v.lesson_id, v.ord, v.terms, h.bits, h.weight
    from private.passage_vectors as v
    cross join lateral (
      select bit_or(t.bit) as bits, sum(t.weight) as weight from term as t where v.terms @@ t.query
    ) as h
    where v.course_id = p_course_id and v.lesson_id = any(p_lesson_ids) and h.bits is not null
  ),

  beside as (
    select
      p.*,
      (
        case when lag(p.ord) over w = p.ord - 1 then lag(p.bits) over w else 0 end
        | case when lead(p.ord) over w = p.ord + 1 then lead(p.bits) over w else 0 end
      ) & ~p.bits as near_bits
    from passage as p
    window w as (partition by p.lesson_id order by p.ord)
  ),

  -- Only passages that cover much are ranked.
  candidate as (
    select
      b.lesson_id, b.ord, b.bits, b.near_bits, b.weight, ts_filter(b.terms, '{d}') as body,
      ts_filter(b.terms, '{a,b}') as headings,
      0.6 + 0.4 * length(b.terms) / p_reading.passage_size::double precision as size
    from beside as b
    order by b.weight desc, b.lesson_id, b.ord limit 150
  ),

  -- BM25: what a term adds saturates with its occurrences, which count less in a long passage. A
  -- heading counts 0.4 of an occurrence, a term of the passage before or after 0.2 of one term.
  -- ts_rank of one term is a partial sum of 1/n², so its distance from the limit gives how often the
  -- term occurs; unnest of a whole vector would cost a hundred times as much.
  by_words as (
    select
      c.lesson_id, c.ord, c.weight / v_total as support,
      (
        (
          select sum(t.weight * 2.2 * o.count / (1.2 + o.count))
          from term as t
          cross join lateral (
            select
              case when c.body @@ t.query then greatest(
                0,
                1 / (1.64493406685 * (1.00000001 - ts_rank('{1,1,1,1}', c.body, t.query))) - 0.55
              ) / c.size else 0 end
              + case when c.headings @@ t.query then 0.4 else 0 end as count
          ) as o
          where t.bit & c.bits <> 0
        )
        + 0.2 * coalesce((select sum(t.weight) from term as t where t.bit & c.near_bits <> 0), 0)
      -- A passage of the lesson that the reader has open gains a little.
      ) / v_total * case when c.lesson_id = p_lesson_id then 1.1 else 1 end as score
    from candidate as c
    order by score desc, c.lesson_id, c.ord limit 50
  ),

  by_meaning as materialized (
    select n.lesson_id, n.ord, n.likeness
    from private.near_passages(
      p_course_id, p_lesson_ids, p_embedding,
      array(select w.lesson_id from by_words as w order by w.lesson_id, w.ord),
      array(select w.ord from by_words as w order by w.lesson_id, w.ord)
    ) as n
    where p_embedding is not null
  ),

  -- Both scores on a scale from 0 to 1: words from none to the best, meaning from the mean to the
  -- best.
  scale as (
    select
      (select max(w.score) from by_words as w) as words, max(m.likeness) as best,
      avg(m.likeness) as mean
    from by_meaning as m
  ),

  fused as (
    select
      coalesce(w.lesson_id, m.lesson_id) as lesson_id, coalesce(w.ord, m.ord) as ord,
      coalesce(w.support, 0) as support, m.likeness,
      case
        when s.best is null then w.score
        else 0.65 * coalesce(w.score / s.words, 0)
          + 0.35 * coalesce((m.likeness - s.mean) / nullif(s.best - s.mean, 0), 0)
      end as score
    from by_words as w
    full join by_meaning as m on m.lesson_id = w.lesson_id and m.ord = w.ord
    cross join scale as s
    order by score desc, 1, 2 limit p_k
  )

  select
    f.lesson_id, f.ord, l.title, p.heading_path, p.anchor, p.source, p.body,
    f.score::real, f.support::real, f.likeness::real
  from fused as f
  inner join public.lesson_passages as p on p.lesson_id = f.lesson_id and p.ord = f.ord
  inner join public.lessons as l on l.id = f.lesson_id
  order by f.score desc, f.lesson_id, f.ord;
end
$$;
comment on function private.ranked_passages(
  uuid, uuid[], private.query_reading, integer, real[], uuid
) is
'The p_k passages of lessons that match a query best, by weighted terms and by meaning. Passages '
'of p_lesson_id gain a small bonus. likeness: the cosine with p_embedding, null without vectors.';

create function private.search_passages(
  p_course_id uuid, p_query text, p_k integer, p_embedding real[]
)
returns table (
  course_slug text, lesson_id uuid, lesson_slug text, lesson_title text, ord integer,
  heading_path text[], anchor text, source text, body text, score real, support_percent real
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course public.courses;
  v_lesson_ids uuid[];
  v_reading private.query_reading;
begin
  if p_k is null or p_k not between 1 and 50 then
    perform private.refuse('invalid_search');
  end if;
  perform private.require_visible(p_course_id);
  select c.* into v_course from public.courses as c where c.id = p_course_id;
  v_lesson_ids := private.readable_lesson_ids(p_course_id);
  v_reading := private.read_query(
    private.text_config(v_course.locale), p_query, p_course_id, v_lesson_ids
  );
  return query
  select
    v_course.slug, r.lesson_id, l.slug, r.lesson_title, r.ord, r.heading_path, r.anchor, r.source,
    r.body, r.score, (100 * r.support)::real
  from private.ranked_passages(
    p_course_id, v_lesson_ids, v_reading, p_k, p_embedding, null
  ) as r
  inner join public.lessons as l on l.id = r.lesson_id
  order by r.score desc, r.lesson_id, r.ord;
end
$$;
grant execute on function private.search_passages(uuid, text, integer, real[])
to authenticated, service_role;

create function public.search_passages(
  course_id uuid, query text, k integer default 8, query_embedding real[] default null
)
returns table (
  course_slug text, lesson_id uuid, lesson_slug text, lesson_title text, ord integer,
  heading_path text[], anchor text, source text, body text, score real, support_percent real
)
language sql stable
set search_path = ''
begin atomic
  select * from private.search_passages(
    search_passages.course_id, search_passages.query, search_passages.k,
    search_passages.query_embedding
  );
end;
comment on function public.search_passages(uuid, text, integer, real[]) is
'Finds the passages of a course that answer a question best, in lessons open to the caller.

Staff search all lessons. k, 1 to 50, is the number of passages. Any word may match; rare words
weigh more, text more than headings, signs such as >> and -F count, and unknown words are corrected.
support_percent is how much of the weight of the query the passage covers, 0 to 100. query_embedding
is used where save_embeddings has stored vectors of the same size.

Send free text with POST: in a GET, PostgREST reads a value such as in.memory or eq.5 as a filter.

Errors: course_not_found, invalid_search.';

grant execute on function public.search_passages(uuid, text, integer, real[])
to authenticated, service_role;

create function private.without_filler(p_question text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  if octet_length(p_question) = length(p_question) then
    return p_question;
  end if;
  return regexp_replace(
    p_question,
    '请问|为什么|為什麼|是什么|是什麼|什么是|什麼是|什么|什麼|甚麼|怎么样|怎么|怎樣|怎麼|如何|为何|哪些|哪个|哪個|多少'
    '|解释一下|解释|解釋|说明|說明|介绍|告诉我|一下|请|吗|嗎|呢|的|了|是'
    '|とは何ですか|とはなんですか|とは|何ですか|なんですか|ですか|ますか|でしょうか|どうして|どのように|どうやって|どんな'
    '|なぜ|どう|どこ|いつ|だれ|について|教えてください|教えて|説明してください|説明して|ください|です|ます|何|は|が|を|に|の|と|で|も'
    '|คืออะไร|หมายถึงอะไร|อะไร|คือ|อย่างไร|ยังไง|ทำไม|เมื่อไหร่|เมื่อไร|ที่ไหน|เท่าไร|ช่วยอธิบาย|อธิบาย|ช่วย|หน่อย|ครับ|ค่ะ|คะ'
    '|ไหม|หรือไม่|และ|ของ|ใน|เป็น|ได้|แม่นหยัง'
    '|ແມ່ນຫຍັງ|ແນວໃດ|អ្វីទៅជា|អ្វី|ដូចម្តេច|ဘာလဲ|ဘယ်လို',
    ' ', 'g'
  );
end
$$;
comment on function private.without_filler(text) is
'A question without the words that any question has, in scripts without blanks.';

create function private.question_words(
  p_config text, p_question text, p_reading private.query_reading
) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config regconfig := p_config::regconfig;
begin
  return coalesce((
    with asked as materialized (
      select
        w.word, w.at, lower(extensions.unaccent('extensions.unaccent', w.word)) as bare,
        tsvector_to_array(to_tsvector(v_config, w.word)) as stems
      from (
        select lower(t.token) as word, min(t.at) as at
        from ts_parse(
          'default', private.asked_text(left(private.without_filler(p_question), 2000))
        ) with ordinality as t (tokid, token, at)
        -- Words, words with digits, parts of words with hyphens, numbers.
        where t.tokid in (1, 2, 3, 9, 10, 11, 22)
        group by 1
      ) as w
      order by w.at limit 64
    )

    select jsonb_agg(
      jsonb_build_object(
        'word', private.decoded_sign(a.word),
        'frequency', (
          select max(k.frequency)
          from unnest(p_reading.asked, p_reading.frequencies) as k (term, frequency)
          where k.term = any(a.stems)
        ),
        'meant', m.meant, 'meant_frequency', case when m.meant is not null then m.frequency end
      ) order by a.at
    )
    from asked as a
    left join unnest(p_reading.meant) as m on m.word = a.bare and m.term is not null
  ), '[]');
end
$$;
comment on function private.question_words(text, text, private.query_reading) is
'The first 64 words of a question in order, signs such as >> and -F among them. frequency: how '
'many passages contain the word, null for a stop word; meant and meant_frequency: its correction '
'where no passage contains it. p_reading: the question as parsed by read_query.';
