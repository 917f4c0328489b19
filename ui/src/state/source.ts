import type { Citation, Passage } from "../api/client";
import { createStore } from "./store";
import type { Box } from "./geometry";

/** What the source pane shows: the sources of one answer, and which of them. */
export type OpenSource = { owner: string; list: Source[]; at: number };

/** A place in a document that an answer quotes, or a passage that came near. */
export type Source = {
  /** The number of the citation; null for a passage. */
  index: number | null;
  documentId: string;
  title: string;
  fileName: string;
  page: number | null;
  pageLabel: string | null;
  chunkId: string;
  sentenceIds: string[];
  quote: string;
  boxes: (Box & { page: number })[];
};

export const source = createStore<OpenSource | null>(null);

export function fromCitation(citation: Citation): Source {
  return {
    index: citation.index,
    documentId: citation.document_id,
    title: citation.title || citation.source,
    fileName: citation.source,
    page: citation.page ?? null,
    pageLabel: citation.page_label ?? null,
    chunkId: citation.chunk_id,
    sentenceIds: citation.sentence_ids,
    quote: citation.quote,
    boxes: citation.boxes as Source["boxes"],
  };
}

export function fromPassage(passage: Passage): Source {
  return {
    index: null,
    documentId: passage.document_id,
    title: passage.title || passage.source,
    fileName: passage.source,
    page: passage.page ?? null,
    pageLabel: null,
    chunkId: passage.chunk_id,
    sentenceIds: [],
    quote: passage.content,
    boxes: [],
  };
}

/** Show the next source of the same answer, or the previous one; the ends join. */
export function step(by: 1 | -1): void {
  source.update((open) =>
    open && { ...open, at: (open.at + by + open.list.length) % open.list.length },
  );
}
