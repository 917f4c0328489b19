import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { DocumentView, Schemas } from "../api/client";
import type { Change } from "../api/events";
import { keys } from "../api/queries";

type Progress = NonNullable<Change["progress"]>;
type Pages = InfiniteData<Schemas["DocumentPage"]>;

/** Return the document with this progress; the same one if it is further, or of another revision. */
export function withProgress(document: DocumentView, told: Progress | undefined): DocumentView {
  if (!told || told.revision !== document.revision || told.percent <= document.progress) {
    return document;
  }
  return { ...document, progress: told.percent };
}

/** Return the pages with the progress of their documents; the same ones if nothing changes. */
export function pagesWithProgress(found: Pages, told: ReadonlyMap<string, Progress>): Pages {
  let isChanged = false;
  const pages = found.pages.map((page) => {
    const documents = page.documents.map((one) => withProgress(one, told.get(one.document_id)));
    if (documents.every((one, at) => one === page.documents[at])) return page;
    isChanged = true;
    return { ...page, documents };
  });
  return isChanged ? { ...found, pages } : found;
}

/** Show progress in what was read already. */
export function patchDocuments(client: QueryClient, told: ReadonlyMap<string, Progress>): void {
  if (told.size === 0) return;
  client.setQueriesData<Pages>({ queryKey: keys.lists }, (found) =>
    found ? pagesWithProgress(found, told) : found,
  );
  for (const [id, progress] of told) {
    client.setQueryData<DocumentView>(keys.document(id), (found) =>
      found ? withProgress(found, progress) : found,
    );
  }
}
