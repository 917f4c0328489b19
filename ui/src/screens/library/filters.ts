import type { ListFilters } from "../../api/queries";

/** The state of the library in its address, so that a view can be linked and saved. */
export type LibrarySearch = {
  name?: string;
  status?: string;
  file_type?: string;
  collection?: string;
  sort?: SortKey;
  order?: "asc" | "desc";
};

export const SORT_KEYS = ["created_at", "file_name", "file_size", "file_type", "status", "total_chunks"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const STATUSES = [
  "completed",
  "processing",
  "pending",
  "failed",
  "completed_empty",
  "cancelled",
] as const;

/** Keep what is valid of an address that someone may have typed. */
export function readSearch(raw: Record<string, unknown>): LibrarySearch {
  const text = (name: string) => {
    const value = raw[name];
    return typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined;
  };
  const sort = SORT_KEYS.find((key) => key === raw["sort"]);
  const order = raw["order"] === "asc" || raw["order"] === "desc" ? raw["order"] : undefined;
  const status = STATUSES.find((each) => each === raw["status"]);
  return clean({
    name: text("name"),
    status,
    file_type: text("file_type"),
    collection: text("collection"),
    sort,
    order,
  });
}

function clean(search: LibrarySearch): LibrarySearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ) as LibrarySearch;
}

export const asFilters = (search: LibrarySearch): ListFilters => search as ListFilters;

/** Sort by a column; the column that sorts already turns its order round. */
export function sortedBy(search: LibrarySearch, key: SortKey): LibrarySearch {
  const isShown = (search.sort ?? "created_at") === key;
  const order = search.order ?? "desc";
  // Names begin with A and everything else with the newest or largest.
  const first = key === "file_name" || key === "file_type" ? "asc" : "desc";
  return { ...search, sort: key, order: isShown ? (order === "asc" ? "desc" : "asc") : first };
}

export function hasFilters(search: LibrarySearch): boolean {
  return Boolean(search.name || search.status || search.file_type || search.collection);
}
