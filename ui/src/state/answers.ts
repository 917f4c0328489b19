import type { Citation, Passage, Schemas } from "../api/client";

export type Answer = Schemas["AnswerView"];
export type LogEntry = Schemas["LogView"];

/** A part of an answer's text: words, or the mark of a citation. */
export type Part = { kind: "text"; text: string } | { kind: "mark"; index: number };

const MARK = /\[(\d{1,3})\]/g;

/**
 * Split a text at the marks `[n]` of its citations.
 *
 * A number in brackets that no citation has belongs to the text, as in a quoted footnote.
 */
export function partsOf(text: string, citations: readonly { index: number }[]): Part[] {
  const known = new Set(citations.map((citation) => citation.index));
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(MARK)) {
    const index = Number(found[1]);
    if (!known.has(index)) continue;
    const before = text.slice(from, found.index).replace(/ $/, "");
    if (before) parts.push({ kind: "text", text: before });
    parts.push({ kind: "mark", index });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

/** Return an answer with a list of its sources, to paste somewhere else. */
export function asText(question: string, response: string, citations: readonly Citation[]): string {
  const sources = citations.map((each) => {
    const page = each.page_label ?? each.page;
    return `[${each.index}] ${each.title || each.source}${page ? `, p. ${page}` : ""}: “${each.quote}”`;
  });
  return [question, "", response, ...(sources.length ? ["", ...sources] : [])].join("\n");
}

/** Return the words of the question that were found, those that say most first. */
export function foundWords(passage: Passage, most = 5): string[] {
  const terms = Object.entries(passage.explanation?.terms ?? {}) as [string, number][];
  return terms
    .filter(([, weight]) => weight > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([word]) => word);
}
