// How answers are cached, and lists that are read page by page.

import { QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient, type UseQueryOptions } from "@tanstack/react-query";
import type { PostgrestError } from "@supabase/supabase-js";
import { ask, Refusal } from "./supabase";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && error instanceof Refusal && error.code === "offline",
    },
    mutations: { networkMode: "always" },
  },
});

// One answer, cached under a key.
export function useRead<T>(
  queryKey: readonly unknown[],
  queryFn: () => Promise<T>,
  options: Omit<UseQueryOptions<T>, "queryKey" | "queryFn"> = {},
) {
  return useQuery({ queryKey, queryFn, ...options });
}

type Page<Row> = PromiseLike<{ data: Row[] | null; error: PostgrestError | null }>;
const PAGE = 50;

// A list of the contract: the next page is that of the last row's cursor.
export function useList<Row extends { cursor: string }>(
  key: readonly unknown[],
  page: (args: { page_size: number; cursor?: string }) => Page<Row>,
  enabled = true,
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(page({ page_size: PAGE, cursor: pageParam })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Row[]) => (last.length < PAGE ? undefined : last.at(-1)?.cursor),
    enabled,
  });
  return { ...query, rows: query.data?.pages.flat() };
}

// A table as such a list, newest first: rows of one transaction have one time, so their ids count too.
export function newestFirst<Row extends { id: string; created_at: string }>(rows: Rows<Row>, page: { page_size: number; cursor?: string }) {
  const [at, id] = page.cursor?.split(" ") ?? [];
  const later = id ? rows.or(`created_at.lt."${at}",and(created_at.eq."${at}",id.lt.${id})`) : rows;
  return later.order("created_at", { ascending: false }).order("id", { ascending: false }).limit(page.page_size)
    .then(({ data, error }) => ({ error, data: data && data.map((row) => ({ ...row, cursor: `${row.created_at} ${row.id}` })) }));
}

interface Rows<Row> extends Page<Row> {
  or(filters: string): Rows<Row>;
  order(column: "created_at" | "id", options: { ascending: boolean }): Rows<Row>;
  limit(count: number): Rows<Row>;
}

// An act; afterwards what begins with one of `keys` is read again.
export function useAct<Input, Output>(
  act: (input: Input) => Promise<Output>,
  keys: readonly (readonly unknown[])[] = [],
) {
  const client = useQueryClient();
  return useMutation<Output, Error, Input>({
    mutationFn: act,
    onSuccess: () => Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
