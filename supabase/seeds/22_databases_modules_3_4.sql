-- Contents of "How databases answer questions", modules 3 and 4. Publishes the course at the end.

insert into public.lesson_drafts (lesson_id, body_md, video_url, transcript)
values
(
  'c1000000-0000-4000-8000-000000000301',
  $md$A join pairs rows of two inputs that satisfy a condition. SQL says which pairs; the planner
chooses how to find them. There are three algorithms. Let the outer input have *n* rows and the
inner *m*.

## Nested loop

```text
for each row a of the outer input
  for each row b of the inner input
    if a and b match, return the pair
```

Without help this takes *n · m* comparisons. With an index on the inner table the inner loop is a
short search, and the cost is about *n* index searches. It is the best plan when *n* is small, it
returns its first row at once, and it is the only one of the three that works for any condition,
for example `a.valid_from < b.day`.

## Hash join

Read one input, normally the smaller, and put its rows into a **hash table** by the join key. Then
read the other input once, and look up each row. The cost is about *n + m*. It needs `=` as the
condition and memory for the table: when that exceeds `work_mem` times `hash_mem_multiplier`, both
inputs are divided into batches and written to temporary files. `explain analyze` shows it as
`Batches: 8`.

## Merge join

Sort both inputs by the key, then walk through them side by side, as you would merge two sorted
lists. When an index delivers the rows in order, the sort is saved. It is good for two large inputs
that are sorted already. The condition must be an equality as well.

| | needs | first row | suits |
|---|---|---|---|
| nested loop | an index on the inner side | at once | few outer rows |
| hash join | `=`, memory | after building | large inputs without order |
| merge join | `=`, both sides sorted | after sorting | large inputs in order |

## The usual accident

The planner expects 2 outer rows and picks a nested loop. In truth there are 200,000, and the inner
search runs 200,000 times. In the plan you see `rows=2` beside `actual … rows=200000`, and
`loops=200000` at the inner node. The join is not at fault; the **estimate** is. The times printed
at that node are averages for one loop: multiply them by `loops`.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000302',
  $md$This lesson is optional. It explains where the number `rows=` in a plan comes from.

## The sample

`analyze` reads a random sample of 300 × `default_statistics_target` rows, 30,000 by default,
whatever the size of the table. From the sample it stores for each column, readable in `pg_stats`:

- `null_frac`: the share of nulls
- `n_distinct`: how many different values; negative numbers are a share of the rows
- `most_common_vals` and `most_common_freqs`: up to 100 frequent values and how often they occur
- `histogram_bounds`: 101 limits that cut the other values into 100 groups of equal size
- `correlation`: how far the order on disk follows the order of the values, from −1 to 1

## From statistics to rows

For `country = 'NO'` the planner looks in the list of frequent values. If the list says 0.04, then
a table of 50,000 rows gives 2,000. For a value that is not in the list, it shares what is left
equally:

```text
selectivity = (1 - null_frac - sum(most_common_freqs)) / (n_distinct - number of common values)
```

For `price < 20` it counts the groups of the histogram below 20 and interpolates within one.

## Where it goes wrong

Conditions joined by `and` are multiplied, as though they were **independent**. Suppose that 2 % of
the rows have `city = 'Oslo'` and 4 % have `country = 'NO'`. The estimate for both is 0.02 · 0.04 =
0.08 %. But everyone in Oslo is in Norway, so the truth is 2 %: the estimate is 25 times too low.
Tell the planner that the columns belong together:

```sql
create statistics address_city_country (dependencies, mcv) on city, country from address;
analyze address;
```

Other sources of error: statistics older than a large import (run `analyze` after it); a function
around a column, for which the planner assumes a fixed share such as 0.5 % for `=`; and a skewed
column with more than 100 frequent values (`alter table … alter column … set statistics 500`).

## Cost

The planner turns estimated pages and rows into one figure. Reading a page in sequence costs 1, a
random page 4 (`random_page_cost`), handling a row 0.01. On solid-state disks a value near 1.1 for
the random page is closer to the truth.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000303',
  $md$Answer on paper first, then look it up in the lesson named in brackets. When you can give a
reason for each answer, take the quiz: it asks some of this, and more.

1. A table has rows of 200 bytes with their headers, plus a line pointer each. How many fit on one
   page of 8192 bytes? How many pages do 500,000 rows need? *(Rows, pages and tables)*
2. `select * from member where not (age > 30)` does not return a member whose age is null. Why?
   Write a query that does. *(NULL and three-valued logic)*
3. A B-tree has 360 entries a page. How many levels above the leaves are needed for 10 million keys?
   And for 20 million? *(Inside a B-tree)*
4. There is an index on `(country, city)`. Which of these conditions can use it to find its place?
   *(Inside a B-tree)*
   - a) `country = 'PE'`
   - b) `city = 'Lima'`
   - c) `country = 'PE' and city > 'L'`
   - d) `upper(country) = 'PE'`
5. Which index would you make for "the five latest messages of one conversation", and in which order
   do its columns stand? *(Which index for which question)*
6. Why does a bitmap heap scan visit a page at most once, although several matching rows lie on it?
   *(Lab: read an execution plan)*
7. Name the join algorithm. *(Three ways to join)*
   - a) It builds a table in memory before it returns anything.
   - b) It is the only one that can join on `a.x < b.y`.
   - c) It profits from indexes on both sides because they deliver order.
8. A plan shows `Nested Loop (rows=3) (actual rows=90000 loops=1)`. What do you look at first: the
   join, the index or the statistics? *(Three ways to join, How the planner estimates)*
9. A node shows `actual time=0.02..0.05 rows=1 loops=40000`. How many milliseconds did it take in
   all? *(Three ways to join)*
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000401',
  $md$While one transaction reads a table, another may change it. PostgreSQL keeps both going by
storing several **versions** of a row. The technique is called multiversion concurrency control,
MVCC.

## Two numbers in each row

Every version carries `xmin`, the transaction that created it, and `xmax`, the one that deleted or
replaced it.

```sql
select xmin, xmax, ctid, * from city;
```

- `insert` writes a version with its own number in `xmin`.
- `delete` only sets `xmax`; the bytes stay.
- `update` does both: it sets `xmax` of the old version and writes a new one.

## Snapshots

A query sees the versions that were committed when its **snapshot** was taken: `xmin` committed
before, and `xmax` empty or not yet committed. At the level *read committed*, each statement takes
a new snapshot. At *repeatable read*, the first statement takes one for the entire transaction. So
readers do not wait for writers, nor writers for readers. Two writers of the same row do wait: the
second waits for the first to commit or roll back.

## Dead versions

A version that no snapshot can see any more is dead, but still takes room. `vacuum` removes dead
versions, and their index entries, and notes in the **visibility map** which pages hold only rows
that everyone can see. An index-only scan trusts that map; this is why the lab ran `vacuum` before
it. Autovacuum starts when about 20 % of a table, plus 50 rows, has been updated or deleted.

`vacuum` makes the room reusable; it seldom makes the file smaller. `vacuum full` does, by copying
the table under a lock that stops even readers.

## What hinders it

A transaction that stays open for hours holds an old snapshot, and nothing that it might see can be
removed. The table then grows although its number of rows does not: **bloat**. Look for such
sessions:

```sql
select pid, state, now() - xact_start as age
from pg_stat_activity
where xact_start is not null
order by xact_start
limit 5;
```

## HOT updates

If an update changes no indexed column and the page has room, the new version stays on that page
and no index is touched. It is called a heap-only tuple. A `fillfactor` of 90 keeps room for it.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000402',
  $md$A report is slow. You make it fast in three steps and measure each one. You need the table
`orders` from the first lab, without the index that you made there.

## 1. Prepare

```sql
drop index if exists orders_customer_id_idx;

create table customers (id int primary key, email text not null, country text not null);

insert into customers (id, email, country)
select n, 'Customer' || n || '@Example.com', (array['no', 'pe', 'gh', 'de'])[1 + n % 4]
from generate_series(1, 5000) as n;

analyze customers;
set timezone = 'UTC';
set max_parallel_workers_per_gather = 0;
```

## 2. Measure the report

```sql
explain (analyze, buffers)
select o.id, o.placed_at, o.total
from customers as c
join orders as o on o.customer_id = c.id
where lower(c.email) = 'customer42@example.com'
  and to_char(o.placed_at, 'YYYY-MM') = '2025-06'
order by o.placed_at desc
limit 5;
```

Expect a hash join over two sequential scans, about 1,508 buffers, and estimates that are far off:
1,000 orders of June where there are 21,600, and 25 customers where there is one. Both columns hide
in functions, so the planner has no statistics for them.

## 3. Free the column

Replace the condition with `to_char` by a range from 1 June, inclusive, to 1 July, exclusive. Run it
again. The number of buffers stays, but the estimate of June's orders is now within a few per cent,
and the time falls because `to_char` no longer runs 200,000 times.

## 4. Add two indexes

- one on the expression `lower(email)` of `customers`; run `analyze customers` afterwards, since the
  index gives the expression statistics of its own
- one on `orders` that fits both the join and the range: think about the order of its two columns

Expect a nested loop and about a dozen buffers.

## 5. Check the price

Measure `insert into orders … select … from generate_series(1, 20000)` with `\timing` on, with and
without the new index on `orders`. Roll back each time.

## Hand in

- the final query and the two `create index` statements
- a table: step, join algorithm, buffers, milliseconds
- one sentence: who pays for the index, and is it worth it?
$md$,
  null,
  null
);

select private.publish_drafts(
  array(
    select lesson_drafts.lesson_id from public.lesson_drafts
    where lesson_drafts.course_id = 'c1000000-0000-4000-8000-000000000000'
  ),
  null
);

update public.courses
set is_published = true
where id = 'c1000000-0000-4000-8000-000000000000';
