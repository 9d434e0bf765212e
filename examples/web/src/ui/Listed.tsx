// A list of the contract as a table: waiting, empty, its rows, and more of them.

import type { ReactNode } from "react";
import { type Column, LoadMore, Table } from "./parts";
import { Empty, Waiting } from "./State";

type Shown<Row> = Parameters<typeof Waiting>[0]["query"] & Parameters<typeof LoadMore>[0]["list"] & { rows?: Row[] };
type Props<Row> = { list: Shown<Row>; caption: string; empty: string; columns: Column<Row>[]; children?: ReactNode };

export function Listed<Row>({ list, caption, empty, columns, children }: Props<Row>) {
  if (!list.rows) return <Waiting query={list} />;
  if (list.rows.length === 0) return <Empty text={empty} />;
  return (
    <>
      {children}
      <Table caption={caption} rows={list.rows} columns={columns} />
      <LoadMore list={list} />
    </>
  );
}
