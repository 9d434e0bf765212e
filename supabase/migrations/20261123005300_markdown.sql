-- Markdown: who sees which part of it.
--
-- Invariants
--   * Comments, front matter, hidden blocks and blocks for staff reach no learner. Solutions are in
--     no passage. An unclosed block hides the rest of the text.
--   * Time grows with the length of a text: patterns with captures see at most 2,000 characters.

create function private.uncommented_text(p_line text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_line text := p_line;
  v_masked text;
  v_at integer;
  v_length integer;
begin
  -- Bounded: code spans are recognized for ten comments, in lines of at most 10,000 characters.
  for v_round in 1..case when length(p_line) <= 10000 then 10 else 0 end loop
    -- A comment inside a code span is code: mask spans at their length.
    select string_agg(m.part[1] || repeat('x', length(m.part[2])), '' order by m.at) into v_masked
    from regexp_matches(v_line, '([^`]*)(`[^`]*`|`|$)', 'g') with ordinality as m (part, at);
    v_at := strpos(v_masked, '<!--');
    if v_at = 0 then
      return v_line;
    end if;
    v_length := strpos(substr(v_line, v_at + 4), '-->');
    if v_length = 0 then
      return left(v_line, v_at + 3);
    end if;
    v_line := left(v_line, v_at - 1) || substr(v_line, v_at + v_length + 6);
  end loop;
  v_line := regexp_replace(v_line, '<!--.*?-->', '', 'g');
  return coalesce(substring(v_line from '^.*?<!--'), v_line);
end
$$;
comment on function private.uncommented_text(text) is
'A line without HTML comments; an unclosed comment is cut after its <!--.';

create function private.front_matter(p_lines text[]) returns integer
language plpgsql immutable
set search_path = ''
as $$
declare
  v_mark text := substring(p_lines[1] from '^\ufeff?(---|\+\+\+)[ \t]*$');
begin
  for v_at in 2..case when v_mark is null then 0 else least(cardinality(p_lines), 1000) end loop
    if p_lines[v_at] ~ '^(?:---|\.\.\.|\+\+\+)[ \t]*$' then
      return case when v_at > 2 and p_lines[2] ~ '\S' then v_at else 0 end;
    end if;
    -- Anything but keys, values, lists and remarks is text after a rule.
    exit when p_lines[v_at] !~ '^(?:\s*$|\s|#|-\s|[[:alnum:]_."''-]+\s*[:=]|\[|[]}])';
  end loop;
  return 0;
end
$$;
comment on function private.front_matter(text[]) is
'The number of lines of the front matter, YAML or TOML, that a text begins with; 0 without one.';

create function private.innermost(p_kinds text[], p_depth integer, p_wanted text[]) returns integer
language plpgsql immutable
set search_path = ''
as $$
begin
  for v_at in reverse p_depth..1 loop
    if p_kinds[v_at] = any(p_wanted) then
      return v_at;
    end if;
  end loop;
  return 0;
end
$$;
comment on function private.innermost(text[], integer, text[]) is
'The place of the last wanted kind among the first p_depth; 0 without one.';

create function private.element_balance(p_line text, p_name text) returns integer
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(case when t.tag[1] = '/' then -1 when t.tag[2] = '/' then 0 else 1 end), 0)
    from regexp_matches(
      p_line,
      '<(/?)' || regexp_replace(p_name, '\W', '\\\&', 'g') || '(?![\w.:-])[^<>]*?(/?)(?:>|$)',
      'gi'
    ) as t (tag)
  );
end
$$;
comment on function private.element_balance(text, text) is
'How many more elements of a name begin than end on a line of HTML.';

-- Words as text search folds them: lower case, without accents.
create function private.titled_audience(p_title text) returns integer
language plpgsql immutable
set search_path = ''
as $$
declare
  v_title text;
begin
  if p_title is null or length(p_title) > 200 then
    return 0;
  end if;
  v_title := btrim(regexp_replace(
    lower(extensions.unaccent('extensions.unaccent', p_title)), '[][*_"''`~<>(){}!?.:;|+#=–—-]+',
    ' ', 'g'
  ));
  if v_title ~ '^(?:notes? )?(?:for )?(?:the )?(?:staff|instructors?|teachers?)(?: notes?| only| guide)?$'
  then
    return 2;
  end if;
  -- The long expression below costs milliseconds to compile: most titles have none of its words.
  if v_title !~ (
    'sol|ans[wv]|key|spoil|losung|antw|repon|corrig|respue|rispo|respo|gabar|oplos|uitwerk|losning'
    '|svar|facit|fasit|ratkais|vasta|megold|valasz|rez|raspuns|rozwi|odpo|reseni|cozum|cevap|yanit'
    '|jawab|penyel|dap an|giai|sprend|atsak|ebazp|erantz|reiteach|freagr|[^\x01-\x7f]'
  ) then
    return 0;
  end if;
  return case when v_title ~ (
    '^\W*(?:\d+\W+)*(?:(?:the|show|see|view|reveal|click|here|for|to|check|your|my|our|toggle|expand|'
    'sample|model|suggested|worked|possible|full|correct|right|official|example|hidden|die|der|'
    'das|zur|la|las|le|les|el|ver|mostrar|voir|afficher|anzeigen|possibles?|kunci|参考|參考|標準|'
    '标准|正确|查看|模範|ดู)\s*){0,5}'
    '(?:solutions?|answers?|answer key|key to (?:the )?exercises|spoilers?'
    '|losung(?:en)?|musterlosung(?:en)?|losungsvorschlag|antwort(?:en)?|losungen anzeigen'
    '|reponses?|corriges?|soluci(?:on|ones)|respuestas?|soluzion[ei]|rispost[ae]'
    '|soluc(?:ao|oes)|respostas?|gabarito|solucio(?:ns)?|resposta|respostes'
    '|oplossing(?:en)?|antwoord(?:en)?|uitwerking(?:en)?|losning(?:ar)?|losning(?:er)?|svar|facit'
    '|fasit|ratkaisut?|vastaus|vastaukset|megoldas(?:ok)?|valasz(?:ok)?|soluti[ei]|rezolvar[ei]'
    '|raspuns(?:uri)?|rozwiazani[ea]|odpowied[zź]i?|reseni|odpoved[ií]?|cozum(?:ler)?|cevap(?:lar)?'
    '|yanit(?:lar)?|jawaban|penyelesaian|solusi|dap an|loi giai|bai giai|sprendim(?:as|ai)'
    '|atsakym(?:as|ai)|ebazpen(?:a|ak)|erantzun(?:a|ak)|reiteach|freagra[ií]?|решени[ея]|ответы?'
    '|р[іо]зв.?язок|відповід[ьі]|решења?|одговори?|λ[υύ]σ(?:η|εισ|εις)|απαντησ(?:η|εισ|εις)'
    '|απάντησ(?:η|εις)|(?:ال)?حل|(?:ال)?حلول|(?:ال)?[اإ]جاب(?:ة|ات)|(?:ה)?פתרו(?:ן|נות)'
    '|(?:ה)?תשוב(?:ה|ות)|פתרונות|उत्तर|समाधान|हल|தீர்வு|விடை|լուծում|պատասխան'
    '|答案|解答例?|答え|回答|正解|解析|題解|题解|정답|해답|풀이|เฉลย|คำตอบ|เฉลยคำตอบ)'
    '(?:\s*(?:key|keys|sheet|guide|video|details|\d+[a-z]?|[a-h]|[ivx]+))*'
    '(?:\s+(?:to|for|of|from|zu|zur|zum|fur|von|a|al|de|del|des|du|di|da|para|pour|per|van|voor|'
    'till|av)\s+(?:(?:the|this|all|der|den|die|dieser|la|las|los|le|les|l|el|lo)\s+)*'
    '(?:exercis|question|problem|task|quiz|challenge|activit|assignment|practi[cs]e|puzzle|homework'
    '|part|number|step|test|q\d|ex\d|\d|aufgab|ubung|frage|ejercici|pregunta|cuestionari|problema'
    '|exercic|esercizi|domand|pergunta|oefening|vrag|ovning|fraga|uppgift|oppgave|opgave|zadani'
    '|zadanie|uloh|soru|soal|latihan).*)?$'
  ) then 1 else 0 end;
end
$$;
comment on function private.titled_audience(text) is
'Who must not see the text below a title: 2 learners, as of Instructor notes; 1 search and tutor, '
'as of Solution, Answer key, Lösung zu Aufgabe 2, 答案; 0 nobody, as of Solutions of equations.';

create function private.is_outline(p_title text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return length(p_title) <= 120 and btrim(regexp_replace(
    lower(extensions.unaccent('extensions.unaccent', p_title)),
    '[][*_"''`~<>(){}!?.:;,|+#=–—-]+|[^[:alnum:][:space:]]', ' ', 'g'
  )) ~ (
    '^(?:\d+\s+)*(?:the |your |our |key |die |unsere? |les |los |las )?(?:'
    '(?:(?:learning|lesson|chapter|section|unit|module|course|teaching)\s+)*(?:objectives?|outcomes)'
    '|(?:by the end of|after) this .*|what you (?:ll|will|are going to) learn.*'
    '|in this (?:chapter|section|lesson|module) you (?:ll|will) .*'
    '|(?:(?:chapter|section|unit|end of chapter|self|review|comprehension|discussion|study|quiz|check'
    '|practice|guiding|driving|critical|thinking|multiple|choice|short|answer|visual|art|connections?'
    '|grasp|test|prep|reading|further|and|assessment|knowledge)\s+)*questions'
    '|(?:section |chapter )?quiz|(?:check|test) your\s*(?:self|understanding|knowledge|learning)'
    '|concept check|self (?:check|test|assessment)|critical thinking|test prep.*'
    '|glossary(?: terms)?|key (?:terms|words|vocabulary)|keywords|terms to know'
    '|bibliography|works cited|further reading|additional (?:reading|resources)|table of contents'
    '|(?:lern|grob|fein|kompetenz)?ziele?(?: (?:der|des|dieser|dieses) .*)?|lernergebnisse'
    '|was (?:sie|du|ihr|wir) .*lern(?:en|st|t)|nach (?:dieser|diesem) .* (?:konnen|kannst) .*'
    '|(?:(?:kontroll|wiederholungs|verstandnis|quiz|ubungs|test|leit|diskussions|reflexions|prufungs)'
    '\s*)?fragen(?: (?:zu[mr]?|fur) .*)?|selbst(?:test|kontrolle|uberprufung)'
    '|(?:uberpruf\w*|teste\w*) (?:sie )?(?:dein|ihr|euer) (?:wissen|verstandnis)|wissenscheck'
    '|glossar|(?:wichtige |zentrale )?(?:fach|schlussel)?begriffe'
    '|literatur(?:verzeichnis|angaben|hinweise|liste)?|quellen(?:verzeichnis|angaben)'
    '|(?:weiterfuhrende|verwendete|empfohlene) (?:literatur|links|quellen|ressourcen|materialien)'
    '|inhaltsverzeichnis'
    '|objectifs?(?: (?:d apprentissage|pedagogiques?|du .*|de .*))?'
    '|questions (?:de|pour|d) .*|(?:verifiez|testez) vos connaissances|glossaire'
    '|(?:mots|termes|notions) cles?|bibliographie|pour (?:en savoir|aller) plus(?: loin)?|sommaire'
    '|table des matieres'
    '|objetivos?(?: (?:de .*|del .*))?|resultados de aprendizaje'
    '|preguntas(?: (?:de|para) .*)?|(?:comprueba|pon a prueba) (?:tus|sus) conocimientos'
    '|autoevaluacion|glosario|(?:terminos|palabras|conceptos) clave|bibliografia'
    '|referencias bibliograficas|lecturas? (?:recomendadas?|adicionales?)|tabla de contenidos?'
    '|perguntas(?: de .*)?|glossario|palavras chave|termos chave|referencias bibliograficas'
    '|obiettivi(?: .*)?|domande(?: di .*)?|parole chiave|leerdoelen|begrippenlijst'
    '|(?:controle|herhalings)?vragen'
    ')$'
  );
end
$$;
comment on function private.is_outline(text) is
'Whether a title is that of a part that teaches nothing itself: objectives, review questions, '
'glossary, bibliography, table of contents.';

create function private.block_audience(p_title text) returns integer
language plpgsql immutable
set search_path = ''
as $$
begin
  return greatest(
    private.titled_audience(p_title), case when private.is_outline(p_title) then 1 else 0 end
  );
end
$$;
comment on function private.block_audience(text) is
'Who must not see a block with this title, as for titled_audience; search and tutor also see no '
'outline.';

create function private.holds_text(p_info text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return p_info ~ (
    '^\{(?:note|tip|warning|important|caution|attention|danger|error|hint|seealso|admonition'
    '|dropdown|card|grid|tab|exercise|example|question|challenge|callout|margin|sidebar|topic'
    '|details|div|toggle|prereq|keypoints|objectives|discussion|container|block|proof|figure|epigraph'
    '|pull-quote|highlights|glossary|definition|theorem|lemma|remark|algorithm|panels|table|important'
    '|versionadded|versionchanged|deprecated|rubric|centered|aside|info|summary|prf:|blockquote)'
  );
end
$$;
comment on function private.holds_text(text) is
'Whether what a fence says of its content means text, as {note} does, not code.';

create function private.named_audience(p_name text) returns integer
language plpgsql immutable
set search_path = ''
as $$
declare
  v_name text;
begin
  if p_name !~ '[^[:space:]]' then
    return 0;
  end if;
  v_name := lower(extensions.unaccent('extensions.unaccent', left(p_name, 500)));
  return case
    when v_name ~ (
      '(?:^|[^[:alpha:]])(?:staff|instructors?|teachers?|teaching-?notes?|tutor-?notes?|trainers?'
      '|facilitators?|lehrkraft|lehrkrafte|lehrperson|dozent|enseignants?|formateurs?|docentes?'
      '|profesor(?:es)?)(?:$|[^[:alpha:]]|notes?)'
    ) then 2
    -- Only the whole name or class: content-hidden of Quarto is hidden in other formats.
    when v_name ~ '^\{?\s*hidden[\s}]*$|[{\s]\.hidden(?![\w-])|^["'']hidden["'']' then 2
    when v_name ~ (
      '(?:^|[^[:alpha:]])(?:hidden|solution|answer|spoiler|losung|musterlosung|antwort|reponse'
      '|corrige|solucion|respuesta|soluzione|solucao|oplossing|losning|答案|解答)'
    ) then 1
    -- Only the whole name: many a text is about questions.
    when v_name ~ (
      '^\W*(?:(?:learning|review|section|chapter|lesson)[- ]?)?(?:objectives?|outcomes|questions'
      '|glossary|key-?terms|lernziele|bibliography|tableofcontents|toctree|contents)\W*$'
    ) then 1
    else 0
  end;
end
$$;
comment on function private.named_audience(text) is
'Who must not see a block with this name or these classes: 2 learners, since it is hidden or for '
'staff; 1 search and tutor, since it is a solution or an outline; 0 nobody.';

create function private.shown_markdown(p_md text, p_least integer) returns text
language plpgsql stable strict
set search_path = ''
as $$
declare
  v_lines text[];
  v_shown text[];
  v_is_changed boolean := false;
  -- The open blocks: how each ends, at which mark, and who must not see it.
  v_kinds text[] := '{}'::text[];
  v_marks text[] := '{}'::text[];
  v_audiences integer[] := '{}'::integer[];
  v_depth integer := 0;
  v_hidden integer := 0;
  -- The block that begins on the line.
  v_kind text;
  v_mark text;
  v_audience integer;
  v_line text;
  v_rest text;
  v_plain text;
  v_prefix text;
  v_quotes integer;
  v_indent integer;
  v_level integer;
  v_title text;
  v_match text[];
  v_at integer;
  v_is_blank boolean;
  v_was_blank boolean := true;
  -- A line with text came before.
  v_is_begun boolean := false;
  v_fence text;
  v_fence_indent integer := 0;
  v_is_secret boolean := false;
  v_comment boolean := false;
  v_closed text[];
begin
  -- Few texts have parts for staff; a test is cheaper than the loop, and one of the signs that
  -- every such part begins with is cheaper than one of their names.
  if p_least = 2 and (
    p_md !~ '[<{]|:::|%%|\[[/_!Cc]|!!!|\?\?\?|\.\.\s|^\ufeff?(?:---|\+\+\+)'
    or p_md !~* (
      '<!--|^\ufeff?(?:---|\+\+\+)[ \t\r]*\n|\[(?://|_)\]:|%%|comment|\{/\*|\{#|hidden|staff|instructor|teach'
      '|tutor|trainer|facilitator|lehr|dozent|enseignant|formateur|docente|profesor'
    )
  ) then
    return p_md;
  end if;
  v_lines := regexp_split_to_array(p_md, '\r\n|\n|\r');
  v_shown := v_lines;
  v_at := private.front_matter(v_lines);
  for v_i in 1..v_at loop
    v_shown[v_i] := null;
    v_is_changed := true;
  end loop;

  for v_i in v_at + 1..cardinality(v_lines) loop
    v_line := v_lines[v_i];
    v_kind := null;
    v_mark := '';
    v_audience := v_hidden;
    if v_fence is not null then
      -- Code: only its end matters, and the marks of nbgrader.
      v_rest := btrim(v_line, E' \t');
      if length(v_rest) >= length(v_fence) and btrim(v_rest, left(v_fence, 1)) = ''
        and strpos(v_line, left(v_fence, 1)) <= v_fence_indent + 4 then
        v_fence := null;
        v_is_secret := false;
      elsif strpos(v_line, ' SOLUTION') > 0 and v_line ~ '^\W*(?:BEGIN|END) SOLUTION' then
        v_is_secret := v_line ~ '^\W*BEGIN';
        v_audience := greatest(v_audience, 1);
      end if;
      if greatest(v_audience, case when v_is_secret then 1 end) >= p_least then
        v_shown[v_i] := null;
        v_is_changed := true;
      end if;
      v_was_blank := false;
      continue;
    end if;

    if v_comment then
      v_is_changed := true;
      v_at := strpos(v_line, '-->');
      v_shown[v_i] := null;
      continue when v_at = 0;
      v_line := substr(v_line, v_at + 3);
      v_comment := false;
      v_shown[v_i] := v_line;
    end if;
    if strpos(v_line, '<!--') > 0 then
      v_rest := v_line;
      v_line := private.uncommented_text(v_line);
      -- An unclosed comment leaves its <!-- at the end.
      v_comment := right(v_line, 4) = '<!--';
      if v_comment then
        v_line := left(v_line, -4);
      end if;
      v_is_changed := v_is_changed or v_line <> v_rest;
      v_shown[v_i] := v_line;
    end if;

    v_prefix := substring(v_line from '^(?:[\s\u00a0\ufeff]|>|[-*+:]\s|\d+[.)]\s)*');
    v_rest := substr(v_line, length(v_prefix) + 1);
    v_is_blank := v_rest = '';
    v_quotes := length(v_prefix) - length(replace(v_prefix, '>', ''));
    v_indent := length(v_line) - length(ltrim(v_line, E' \t'));
    v_level := null;
    if left(v_rest, 1) = '#' and v_rest ~ '^#{1,6}(?:\s|$)' and v_prefix !~ '^(?: {4}|\t)' then
      v_level := length(substring(v_rest from '^#+'));
      v_title := btrim(left(v_rest, 1000), E'# \t');
    elsif not v_is_blank and v_prefix !~ '\S' and v_lines[v_i + 1] ~ '^ {0,3}(?:=+|-{2,})\s*$'
      and v_rest !~ '^(?:\||:::|```|~~~|#{1,6}\s)' then
      v_level := case when v_lines[v_i + 1] ~ '=' then 1 else 2 end;
      v_title := left(v_rest, 1000);
    end if;

    -- Sections, quotes, indented blocks and paragraphs end before the line.
    while v_depth > 0 loop
      v_mark := v_marks[v_depth];
      exit when v_kinds[v_depth] not in ('section', 'quote', 'indent', 'paragraph');
      exit when not coalesce(case v_kinds[v_depth]
        when 'section' then v_level <= v_mark::integer
        when 'indent' then not v_is_blank and v_indent < v_mark::integer
        when 'paragraph' then v_is_blank
        else v_quotes < v_mark::integer
          and (v_is_blank or v_level is not null or v_rest ~ '^(?:\{:|:::|```|~~~)')
      end, false);
      v_depth := v_depth - 1;
      v_hidden := case when v_depth > 0 then v_audiences[v_depth] else 0 end;
    end loop;
    v_audience := v_hidden;
    v_mark := '';

    -- What begins or ends on the line.
    if v_is_blank then
      null;
    elsif starts_with(v_rest, ':::') then
      v_at := length(substring(v_rest from '^:+'));
      v_rest := btrim(substr(v_rest, v_at + 1), E' \t\u00a0');
      if v_rest = '' then
        v_level := private.innermost(v_kinds, v_depth, array['colons', 'fence', 'element', 'range']);
        if v_level > 0 and v_kinds[v_level] = 'colons'
          and (v_hidden = 0 or v_at >= v_marks[v_level]::integer) then
          -- The end of a block is seen by those who see its beginning.
          v_audience := v_audiences[v_level];
          v_hidden := v_audience;
          v_depth := v_level - 1;
        end if;
      else
        v_kind := 'colons';
        v_mark := v_at::text;
        v_match := regexp_match(left(v_rest, 1000), '^(\{[^{}]*\}|[^\s[{]*)([^{]*)(.*)$');
        v_audience := greatest(
          private.named_audience(v_match[1]), private.block_audience(v_match[2]),
          private.named_audience(case when strpos(v_rest, '{') > 0 then v_rest end)
        );
      end if;
    elsif left(v_rest, 3) in ('```', '~~~') and v_rest !~ '^`+[^`]+`' then
      v_mark := substring(v_rest from '^(?:`+|~+)');
      v_rest := btrim(substr(v_rest, length(v_mark) + 1));
      v_level := private.innermost(v_kinds, v_depth, array['fence']);
      if v_rest = '' and v_level > 0 and starts_with(v_mark, v_marks[v_level]) then
        v_audience := v_audiences[v_level];
        v_hidden := v_audience;
        v_depth := v_level - 1;
      else
        v_match := regexp_match(left(v_rest, 1000), '^(\{[^{}]*\}?|\S*)(.*)$');
        v_audience := greatest(
          private.named_audience(v_match[1]),
          case when left(v_match[1], 1) = '{' then private.block_audience(v_match[2]) end
        );
        if v_match[1] ~ '-start\}$' and v_audience > 0 then
          v_fence := v_mark;
          v_fence_indent := length(v_prefix);
          v_kind := 'range';
          v_mark := replace(v_match[1], '-start}', '-end}');
        elsif v_audience > 0 and v_match[1] !~ '-end\}$' or private.holds_text(v_match[1]) then
          v_kind := 'fence';
        else
          v_fence := v_mark;
          v_fence_indent := length(v_prefix);
        end if;
      end if;
    elsif v_level is not null then
      v_match := regexp_match(v_title, '^([^{]*)(.*)$');
      v_audience := greatest(
        private.titled_audience(v_match[1]) % 2, private.named_audience(v_match[2]),
        -- The title of the whole text is no outline.
        case when (v_level > 1 or v_is_begun) and private.is_outline(v_match[1]) then 1 end
      );
      if v_audience > 0 then
        v_kind := case when v_quotes > 0 then 'quote' else 'section' end;
        v_mark := case when v_quotes > 0 then v_quotes else v_level end;
      end if;
    elsif v_rest ~ '^\{:[^:}][^}]*\}\s*$' then
      -- A class of kramdown belongs to the block above, or after an empty line to the one below.
      v_audience := private.named_audience(v_rest);
      if v_audience > 0 and v_was_blank then
        v_kind := 'paragraph';
      elsif v_audience >= p_least then
        v_at := v_i - 1;
        while v_at > 0 and v_shown[v_at] is not null and case
          when v_lines[v_i - 1] ~ '^\s*>' then v_lines[v_at] ~ '^\s*>'
            and length(v_lines[v_at]) - length(replace(v_lines[v_at], '>', '')) > v_quotes
          else v_lines[v_at] ~ '[^\s>]'
        end loop
          v_shown[v_at] := null;
          v_at := v_at - 1;
        end loop;
      end if;
    elsif v_quotes > 0 and starts_with(v_rest, '[!') then
      v_match := regexp_match(left(v_rest, 500), '^\[!([^]]*)\][-+]?(.*)$');
      v_audience := greatest(
        private.named_audience(v_match[1]), private.titled_audience(v_match[1]),
        private.block_audience(v_match[2])
      );
      if v_audience > 0 then
        v_kind := 'quote';
        v_mark := v_quotes;
      end if;
    elsif v_quotes > 0 and v_rest ~ '^!\s*[^[\s]' then
      v_audience := 1;
    elsif v_rest ~ '^(?:\?{3}\+?|!{3}\+?|\.\.)\s' then
      v_match := regexp_match(left(v_rest, 500), '^\S+\s+([\w-]*)(?:::)?(.*)$');
      v_audience := greatest(
        private.named_audience(v_match[1]), private.block_audience(btrim(v_match[2], ' "'))
      );
      if v_audience > 0 then
        v_kind := 'indent';
        v_mark := v_indent + 1;
      end if;
    elsif v_rest ~* '^\[(?://|_|comment)[^]]*\]:' then
      v_audience := 2;
    elsif v_rest ~ '^(?:%%|\{%-? *comment|\{::comment|\{/\*|\{#.*#\})' then
      v_mark := case
        when starts_with(v_rest, '%%') then '%%'
        when starts_with(v_rest, '{%') then 'endcomment'
        when starts_with(v_rest, '{:') then '{:/'
        when starts_with(v_rest, '{#') then '#}'
        else '*/}'
      end;
      if strpos(substr(v_rest, 3), v_mark) > 0 then
        v_audience := 2;
      elsif v_mark <> '%%' or v_rest ~ '^%%\s*$' then
        v_audience := 2;
        v_kind := 'range';
      end if;
    elsif v_rest ~ '^(?:\\begin *\{|\{\{[%<] *\w|\{% *\w|\[(?:spoiler|details|hide)\M)' then
      v_match := regexp_match(left(v_rest, 1000), '^\W*(?:begin *\{)?(\w+)\M(.*)$');
      v_audience := greatest(
        private.named_audience(v_match[1]),
        private.titled_audience(regexp_replace(v_match[2], '\w+=|[%>].*$', '', 'g'))
      );
      if v_audience > 0 then
        v_mark := v_match[1];
        if v_rest !~ ('(?:end|/)\W*' || v_mark) then
          v_kind := 'range';
        end if;
      end if;
    elsif v_rest ~ '^(?:[*_]{1,3})?[^*_:：]{1,80}(?:[*_]{1,3}[:：.]?|[:：])' and private.titled_audience(
      substring(v_rest from '^[*_]*([^*_:：]*)')
    ) = 1 and (v_rest ~ '^[^*_:：]*[:：]' or v_rest ~ '^[*_]+[^*_]*(?:[:：.][*_]|[*_]+(?:[:：.]|\s*$))')
    then
      v_audience := 1;
      v_kind := 'paragraph';
    end if;

    if v_kind is null and v_depth > 0 then
      v_at := private.innermost(v_kinds, v_depth, array['colons', 'fence', 'range']);
      if v_at > 0 and v_kinds[v_at] = 'range' and (
        strpos(v_line, v_marks[v_at]) > 0 and v_marks[v_at] !~ '^\w+$'
        or v_marks[v_at] = 'endcomment' and strpos(v_line, 'endcomment') > 0
        or v_marks[v_at] ~ '^\w+$' and v_line ~ ('(?:end|/)\W*' || v_marks[v_at])
      ) then
        v_depth := v_at - 1;
        v_audience := greatest(v_audience, v_hidden);
      end if;
    end if;
    if v_kind is null and strpos(v_line, '<') > 0 then
      -- The first element of the line that counts. It ends when as many of its name have ended.
      v_plain := regexp_replace(v_line, '`[^`]*`', '', 'g');
      v_at := private.innermost(v_kinds, v_depth, array['colons', 'fence', 'element']);
      if v_at > 0 and v_kinds[v_at] = 'element' then
        v_mark := split_part(v_marks[v_at], ' ', 1);
        v_level := split_part(v_marks[v_at], ' ', 2)::integer
          + private.element_balance(v_plain, v_mark);
        v_marks[v_at] := v_mark || ' ' || v_level;
        if v_level <= 0 then
          v_depth := v_at - 1;
        end if;
      end if;
      v_match := regexp_match(left(v_plain, 1000), '<([a-zA-Z][\w.:-]*)(?=[\s/>])([^<>]*)>?(.*)$');
      if v_match is not null then
        v_title := case when lower(v_match[1]) in ('details', 'summary') then concat_ws(
          ' ', left(v_plain, 1000), left(v_lines[v_i + 1], 500), left(v_lines[v_i + 2], 500)
        ) end;
        v_level := greatest(
          private.named_audience(regexp_replace(v_match[1], '([a-z])([A-Z])', '\1-\2', 'g')),
          private.named_audience(substring(
            v_match[2] from
            '(?i)\m(?:class|classname|id|title|label|value|summary|data-[a-z-]+)\s*=\s*(.*)$'
          )),
          private.block_audience(regexp_replace(
            substring(v_title from '(?i)<summary[^<>]*>(.*?)</summary'), '<[^<>]*>', ' ', 'g'
          ))
        );
        if v_level > 0 then
          v_audience := greatest(v_audience, v_level);
          v_mark := lower(v_match[1]);
          if v_closed is null then
            v_closed := array(
              select distinct lower(t.part[1])
              from regexp_matches(p_md, '</([a-zA-Z][\w.:-]*)', 'g') as t (part)
            );
          end if;
          v_level := private.element_balance(v_plain, v_mark);
          if v_level > 0 and v_mark = any(v_closed) then
            v_kind := 'element';
            v_mark := v_mark || ' ' || v_level;
          end if;
        end if;
      end if;
    end if;

    if v_kind is not null and v_depth < 100 then
      v_depth := v_depth + 1;
      v_kinds[v_depth] := v_kind;
      v_marks[v_depth] := v_mark;
      v_audiences[v_depth] := greatest(v_audience, v_hidden);
    end if;
    if greatest(v_audience, v_hidden) >= p_least then
      v_shown[v_i] := null;
      v_is_changed := true;
    end if;
    v_hidden := case when v_depth > 0 then v_audiences[v_depth] else 0 end;
    v_was_blank := v_is_blank;
    v_is_begun := v_is_begun or not v_is_blank;
  end loop;

  if not v_is_changed then
    return p_md;
  end if;
  return (
    select coalesce(string_agg(coalesce(s.line, ''), E'\n' order by s.at), '')
    from (
      select u.line, u.at, lag(u.line) over (order by u.at) as before
      from unnest(v_shown) with ordinality as u (line, at)
    ) as s
    -- One empty line stands for what is left out.
    where s.line is not null or s.before is not null
  );
end
$$;
comment on function private.shown_markdown(text, integer) is
'Markdown without what is hidden from an audience: p_least 2 for learners, without comments, front '
'matter, hidden blocks and blocks for staff; 1 for search and tutor, also without solutions.';
