import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useStore } from "../state/store";
import { api, data, objectUrl, type DocumentView } from "./client";
import { connection } from "./events";
import type { operations } from "./schema";

const LISTS = ["documents"] as const;

export const keys = {
  lists: LISTS,
  list: (filters: object) => [...LISTS, filters] as const,
  document: (id: string) => ["document", id] as const,
  status: (id: string) => ["status", id] as const,
  tasks: (id: string) => ["document", id, "tasks"] as const,
  chunks: (id: string) => ["document", id, "chunks"] as const,
  page: (id: string, page: number) => ["page", id, page] as const,
  pageText: (id: string, page: number) => ["page", id, page, "text"] as const,
  history: ["history"] as const,
  health: ["health"] as const,
  me: ["me"] as const,
};

// Milliseconds between questions for the state where no stream of events tells of changes.
const POLL_MS = 2_000;

/** Return how often to ask for what is still changing; false while the stream tells. */
export function usePolling(isChanging: boolean): number | false {
  const how = useStore(connection);
  return isChanging && how !== "live" ? POLL_MS : false;
}

export const isWorking = (status: string): boolean =>
  status === "pending" || status === "processing" || status === "deleting";

export type ListFilters = NonNullable<
  operations["list_documents_api_v1_documents_get"]["parameters"]["query"]
>;

const PAGE = 100;

/** The documents that match, page by page. */
export function useDocuments(filters: ListFilters) {
  const how = useStore(connection);
  return useInfiniteQuery({
    queryKey: keys.list(filters),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/documents", {
          params: { query: { limit: PAGE, ...filters, cursor: pageParam } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: how === "live" ? false : 5_000,
  });
}

export function useDocument(id: string) {
  const how = useStore(connection);
  return useQuery({
    queryKey: keys.document(id),
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/documents/{document_id}", {
          params: { path: { document_id: id } },
          signal,
        }),
      ),
    refetchInterval: (query) =>
      how !== "live" && isWorking(query.state.data?.status ?? "") ? POLL_MS : false,
  });
}

export function useStatus(id: string, enabled = true) {
  const how = useStore(connection);
  return useQuery({
    queryKey: keys.status(id),
    enabled,
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/processing/status/{document_id}", {
          params: { path: { document_id: id } },
          signal,
        }),
      ),
    // A stream can lose its last event with the connection, so work is asked for even beside it.
    refetchInterval: (query) =>
      isWorking(query.state.data?.status ?? "pending") ? (how === "live" ? 10_000 : POLL_MS) : false,
  });
}

export function useTasks(id: string) {
  return useQuery({
    queryKey: keys.tasks(id),
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/documents/{document_id}/tasks", {
          params: { path: { document_id: id } },
          signal,
        }),
      ),
  });
}

export function useChunks(id: string) {
  return useInfiniteQuery({
    queryKey: keys.chunks(id),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/documents/{document_id}/chunks", {
          params: {
            path: { document_id: id },
            query: { limit: 100, sentences: true, cursor: pageParam },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One passage with its sentences. */
export function useChunk(documentId: string, chunkId: string) {
  return useQuery({
    queryKey: ["document", documentId, "chunk", chunkId],
    staleTime: 60_000,
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/documents/{document_id}/chunks/{chunk_id}", {
          params: { path: { document_id: documentId, chunk_id: chunkId } },
          signal,
        }),
      ),
  });
}

/** The picture of a page, as an address for `<img>`. */
export function usePagePicture(id: string, page: number | null) {
  return useQuery({
    queryKey: keys.page(id, page ?? 0),
    enabled: page !== null,
    staleTime: Infinity,
    gcTime: 10 * 60_000,
    queryFn: ({ signal }) => objectUrl(`/api/v1/documents/${id}/pages/${page}.png`, signal),
  });
}

/** The words of a page with their boxes, and how the page is turned. */
export function usePageText(id: string, page: number | null) {
  return useQuery({
    queryKey: keys.pageText(id, page ?? 0),
    enabled: page !== null,
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/documents/{document_id}/pages/{number}/text", {
          params: { path: { document_id: id, number: page ?? 1 } },
          signal,
        }),
      ),
  });
}

/** Conversations of this reader, the last used first. */
export function useConversations() {
  return useInfiniteQuery({
    queryKey: keys.history,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/v1/conversations", {
          params: { query: { limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** A conversation with its turns; none for an empty id. */
export function useConversation(id: string) {
  return useQuery({
    queryKey: [...keys.history, id],
    enabled: id !== "",
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/conversations/{conversation_id}", {
          params: { path: { conversation_id: id } },
          signal,
        }),
      ),
  });
}

/** The collections that this reader may see. */
export function useCollections() {
  return useQuery({
    queryKey: ["collections"],
    queryFn: ({ signal }) => data(api.GET("/api/v1/collections", { signal })),
  });
}

/** Checks by name; one that works may list what it found, such as the walls of a sandbox. */
export type Health = { status: string; checks: Record<string, boolean | string[]> };

export function useHealth() {
  return useQuery({
    queryKey: keys.health,
    refetchInterval: 15_000,
    queryFn: async ({ signal }): Promise<Health> => {
      const response = await fetch("/readyz", { signal });
      const body = (await response.json()) as Partial<Health>;
      return { status: response.ok ? "ready" : "not_ready", checks: body.checks ?? {} };
    },
  });
}

/** Who is asking, and whether by a cookie, which can be given back. */
export function useMe() {
  return useQuery({
    queryKey: keys.me,
    queryFn: ({ signal }) => data(api.GET("/api/v1/me", { signal })),
  });
}

/** Whether nothing was uploaded yet: a first visit. */
export function useIsEmpty() {
  const found = useDocuments({});
  return found.data ? found.data.pages[0]?.total === 0 : false;
}

export const all = (pages: { documents: DocumentView[] }[] | undefined): DocumentView[] =>
  pages?.flatMap((page) => page.documents) ?? [];
