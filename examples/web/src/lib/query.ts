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
