-- Contents of "How databases answer questions", modules 1 and 2.

insert into public.lesson_drafts (lesson_id, body_md, video_url, transcript)
values
(
  'c1000000-0000-4000-8000-000000000101',
  $md$A table looks like a grid. On disk it is a file that is cut into blocks of equal size.
PostgreSQL calls such a block a **page**; it has 8192 bytes unless the server was compiled
otherwise. Every read and every write moves whole pages, never single rows.

## What a page holds

| Part | Size | Place |
|---|---|---|
| page header | 24 bytes | start |
| line pointers | 4 bytes each | after the header, growing forwards |
| free space | what is left | the middle |
| rows | header of 23 bytes, padded to 24, plus data | from the end, growing backwards |

A row header names the transaction that created this version of the row and the one that deleted it.

## The address of a row

The hidden column `ctid` shows where a row lies: page number, then line pointer.

```sql
create table city (id int, name text);
insert into city values (1, 'Oslo'), (2, 'Lima'), (3, 'Accra');
update city set name = 'Lima (Peru)' where id = 2;
select ctid, id, name from city;
```

The answer has `(0,1)`, `(0,3)` and `(0,4)`. The update did not overwrite place 2: it wrote a new
version to place 4. So a `ctid` is an address for now, not a key to keep.

## Count pages, not rows

Suppose that a row takes 100 bytes with its header. With its line pointer that is 104 bytes, so a
page has room for (8192 − 24) / 104 = 78 rows. One million rows need 12,821 pages, about 105 MB.
Without an index, a question about one single row reads all of them.

```sql
select pg_relation_size('city') / 8192 as pages;
```

A row cannot span pages. When it grows beyond about 2 kB, PostgreSQL compresses its long values or
moves them to a side table; the technique is called TOAST.

## Keep in mind

- The cost of a query is mostly the number of pages that it touches.
- Narrow rows put more answers on one page.
- A table has no order of its own: without `order by`, any order is correct.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000102',
  $md$The film follows one SELECT from the moment it arrives as text until the last row leaves the
server.

## Chapters

1. Parser: text becomes a tree
2. Rewriter: views and row-level security are written into the query
3. Planner: many possible plans, one choice
4. Executor: nodes ask each other for the next row
5. What a prepared statement saves

## Try it yourself

```sql
explain select name from city where id = 2;
```

`explain` stops after step 3 and prints the plan. `explain analyze` also runs the query, so take
care with `update` and `delete`: wrap them in a transaction and roll back.
$md$,
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/films/databases-inside.webm',
  $md$Let us follow one question through the server. The question is: select name from city where id
equals two. It arrives as plain text, a few dozen characters, over a network connection.

The first station is the parser. It checks the grammar and turns the text into a tree. At this point
a missing comma is an error, but a missing table is not yet one, because the parser proper knows
only grammar. The second half of this station, called analysis, looks up the names. Is there a table
city? Does it have a column id? Is there an operator that compares an integer with an integer? Now
every name in the tree has become a number in the system catalogue.

The second station is the rewriter. If city were a view, its definition would be put in here. If the
table had row-level security, the conditions of the policies would be added here, as if you had
typed them. That is why a policy cannot be forgotten by an application: it is part of the query
before anybody thinks about speed.

The third station is the planner. It knows two ways to answer. Read the whole table and keep what
matches, or walk down an index and fetch one row. For each way it estimates a cost, using numbers
that it has collected about the table: how many pages, how many rows, how many distinct values. It
takes the cheapest plan. It does not run anything. With three tables there are already dozens of
plans, and from twelve on there are more than it wants to try, so it samples them instead.

The fourth station is the executor. A plan is a tree of nodes, and the top node asks the node below
for one row. That node asks the one below it. Rows climb up one at a time. This is why a limit of
ten can stop a scan early, and why a sort cannot hand out its first row before it has seen its
last.

At the end the rows are sent to you, and the plan is thrown away. A prepared statement keeps the
parsed tree, and after five executions it may keep a plan as well. The next time you see a slow
query, ask at which station the time was lost. It is nearly always the third one, choosing badly,
because somebody gave it poor numbers or no index.
$md$
),
(
  'c1000000-0000-4000-8000-000000000103',
  $md$`null` means that a value is unknown or missing. It is not zero and not an empty string.
Therefore SQL has three truth values: true, false and unknown.

## Comparisons

Every comparison with an unknown value is unknown, even `null = null`.

| Expression | Result |
|---|---|
| `1 = null` | unknown |
| `null <> null` | unknown |
| `null is null` | true |
| `null is not distinct from null` | true |
| `false and null` | false |
| `true or null` | true |

A `where` clause keeps a row only when the condition is **true**. Unknown rows are dropped like
false ones. A `check` constraint is the opposite: it refuses a row only when the condition is
**false**, so `check (price > 0)` lets a missing price pass.

## The trap in NOT IN

```sql
select name from city
where id not in (select city_id from visit);
```

If one `city_id` is null, the answer is empty. `id not in (1, null)` means `id <> 1 and id <> null`;
the second half is never true. Write it as an anti-join, which has no such trap:

```sql
select c.name from city as c
where not exists (select from visit as v where v.city_id = c.id);
```

## Aggregates and sorting

- `count(*)` counts rows; `count(city_id)` counts rows where it is known.
- `avg` and `sum` ignore nulls. `sum` over no rows is null, not 0; use `coalesce(sum(x), 0)`.
- `group by` and `distinct` treat all nulls as one group.
- In ascending order PostgreSQL puts nulls last; `nulls first` turns that round.
- A `unique` constraint accepts many nulls. Since version 15, `unique nulls not distinct` does not.

## Three-valued logic and security

A check such as `if role <> 'owner' then raise …` does nothing when `role` is null, because the
condition is unknown. Write `if role is distinct from 'owner'`: it is true for a missing role as
well.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000201',
  $md$An index answers the question "where are the rows with this key?" without reading the table.
The usual kind is the **B-tree**. Its pages form a tree in which all leaves have the same distance
from the root.

## Structure

- The **root** and the **inner pages** hold keys that act as signposts: "up to *Lima*, go left".
- The **leaf pages** hold the keys in order, each with the address (`ctid`) of its row.
- Every leaf knows its neighbours, so a range is read by walking from leaf to leaf.

## Why it stays flat

An entry for an 8-byte key takes 16 bytes, and 4 more for its line pointer. A page that is filled to
90 % holds about 360 of them.

| Levels above the leaves | Entries that fit |
|---|---|
| 0 | 360 |
| 1 | 360² ≈ 130,000 |
| 2 | 360³ ≈ 47 million |
| 3 | 360⁴ ≈ 17 billion |

So a search among 40 million keys reads three index pages, then one page of the table. Doubling
the table adds almost nothing: the height grows with the logarithm of the number of rows.

## Inserting

A new key must go to its place in the order. When that leaf is full, it is **split** into two, and
the parent gets one more signpost. If the parent is full, it is split too. The tree grows at the
root; this keeps all leaves at one depth. Keys that only ever increase, such as an identity column,
fill the rightmost leaf and leave the others packed. Random keys, such as version 4 UUIDs, touch
leaves all over the index and need more memory to stay fast.

## What order makes possible

```sql
create index person_last_first_idx on person (last_name, first_name);
```

The entries are sorted by last name, then by first name, like a telephone book. That serves
`last_name = 'Mora'`, `last_name like 'Mo%'` (with collation `C` or `text_pattern_ops`), and
`order by last_name, first_name`. It hardly serves `first_name = 'Ana'` alone: every *Ana* is
somewhere else. The rule is called **leftmost prefix**.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000202',
  $md$The film takes six questions about one table and asks which index, if any, can answer each.

## The questions

| Question | Index that helps |
|---|---|
| one customer's orders | B-tree on `(customer_id)` |
| one customer's newest orders | B-tree on `(customer_id, placed_at)` |
| orders of one day | B-tree on `(placed_at)`, and a range in the query |
| a word inside a note | GIN on `to_tsvector('english', note)` |
| a tag in an array | GIN on `(tags)` |
| a very large log by time | BRIN on `(logged_at)` |

## Two rules

1. Columns compared with `=` come first in a B-tree, the column of the range or of the order last.
2. An index on a column does not help a query on a function of that column. Rewrite the query, or
   index the expression.
$md$,
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/films/databases-inside.webm',
  $md$Here is a table of orders with ten million rows. We shall ask it six questions.

Question one: all orders of customer forty-two. The condition is an equality, so a B-tree on
customer id is enough. Forty rows come back, and about forty pages of the table are read, because
the orders of one customer are scattered over the file.

Question two: the ten newest orders of customer forty-two. The same index would fetch all forty and
sort them. An index on customer id and then placed at has them in order already. The server goes to
the end of that customer's section and walks backwards ten steps. Notice the order of the two
columns: equality first, range or sort last. The other way round, the entries of one customer would
be spread over the entire index.

Question three: the orders of the first of June. Many people write: where date of placed at equals
the first of June. Now the column is hidden inside a function, and an index on placed at is sorted
by something else, so it is useless. Write a range instead: placed at greater than or equal to the
first of June, and less than the second of June. The meaning is the same, and the index works.

Question four: notes that contain the word broken. A B-tree sorts by the beginning of the text, and
the word may stand anywhere. An inverted index, called GIN, stores each word once, with a list of
the rows that contain it, like the register at the end of a book.

Question five: products whose list of tags contains winter. It is the same idea: GIN on an array has
one entry for each element.

Question six: one hour out of a log of a billion lines. Rows were appended in order of time, so
neighbours on disk are neighbours in time. A BRIN index keeps just the smallest and the largest
value of each group of one hundred and twenty-eight pages. It is thousands of times smaller than a
B-tree, and it excludes nearly all groups at once. If the rows were in random order, it would
exclude nothing.

One last remark. Every index must be changed when a row is inserted, and often when a row is
updated. An index that no question uses is not free. Drop it.
$md$
),
(
  'c1000000-0000-4000-8000-000000000203',
  $md$You make a table with 200,000 orders, ask it the same question with and without an index, and
read what the server says about its work. Any PostgreSQL from version 15 will do.

## 1. Prepare

```sql
create table orders (
  id bigint generated always as identity primary key,
  customer_id int not null,
  placed_at timestamptz not null,
  total numeric(10, 2) not null
);

insert into orders (customer_id, placed_at, total)
select
  1 + (n * 7919) % 5000,
  timestamptz '2025-01-01 00:00+00' + n * interval '2 minutes',
  5 + (n * 31) % 300
from generate_series(1, 200000) as n;

analyze orders;
set max_parallel_workers_per_gather = 0;
```

The arithmetic gives each of 5,000 customers 40 orders, scattered over the file.

## 2. Ask without an index

```sql
explain (analyze, buffers) select * from orders where customer_id = 42;
```

Find these four things and write them down: the node `Seq Scan`, the estimated `rows=`, the actual
`rows=`, and `Buffers`. One buffer is one page of 8 kB; expect about 1,471 of them.

## 3. Ask with an index

```sql
create index orders_customer_id_idx on orders (customer_id);
```

Repeat the query. The plan now has a `Bitmap Index Scan` below a `Bitmap Heap Scan`: the addresses
are collected first, then the pages are visited in order, each once. Expect 42 buffers: 2 of the
index and 40 of the table.

## 4. Find the turning point

Repeat with `customer_id <= 50`, `<= 500` and `<= 4900`. At the last one the planner returns to
`Seq Scan`. Why is that right?

## 5. Never touch the table

```sql
vacuum orders;
explain (analyze, buffers)
select customer_id, count(*) from orders
where customer_id between 10 and 20 group by customer_id;
```

Look for `Index Only Scan` and `Heap Fetches: 0`.

## Hand in

A table with one line per query: node, estimated rows, actual rows, buffers; and two sentences on
step 4.
$md$,
  null,
  null
),
(
  'c1000000-0000-4000-8000-000000000204',
  $md$*Draft: the figures of the last section are still to be measured.*

## An index over part of a table

When a query always has the same condition, the index may have it as well.

```sql
create index orders_open_idx on orders (placed_at) where shipped_at is null;
```

The index holds open orders only. It is small, and an order that is shipped leaves it. The planner
uses it when the `where` clause of the query implies that of the index; it proves simple cases only,
so write the condition in the same form.

A partial **unique** index states a rule that no constraint can: one open attempt per learner.

```sql
create unique index attempts_one_open_idx on attempts (learner_id, quiz_id) where state = 'open';
```

## An index that carries its answer

`include` adds columns to the leaf pages that are not part of the key.

```sql
create index orders_customer_id_total_idx on orders (customer_id) include (total);
```

A query for `sum(total)` of one customer can now be an index-only scan. The columns make the leaves
larger, and an update of `total` must change the index: include only what a frequent query needs.
$md$,
  null,
  null
);
