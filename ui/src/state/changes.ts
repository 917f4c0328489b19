import { api, data, Problem } from "../api/client";

export type Outcome = { done: string[]; failed: { id: string; problem: Problem }[] };

const AT_ONCE = 4;

/** Do something with each document, a few at once, and return what came of it. */
async function each(ids: readonly string[], act: (id: string) => Promise<unknown>): Promise<Outcome> {
  const outcome: Outcome = { done: [], failed: [] };
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await act(id);
        outcome.done.push(id);
      } catch (error) {
        outcome.failed.push({ id, problem: error instanceof Problem ? error : new Problem(0, "", "") });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
  return outcome;
}

const at = (id: string) => ({ params: { path: { document_id: id } } });

export const deleteAll = (ids: readonly string[]) =>
  each(ids, (id) => data(api.DELETE("/api/v1/documents/{document_id}", at(id))));

export const reprocessAll = (ids: readonly string[]) =>
  each(ids, (id) => data(api.POST("/api/v1/documents/{document_id}/reprocess", at(id))));

export const cancelAll = (ids: readonly string[]) =>
  each(ids, (id) => data(api.POST("/api/v1/documents/{document_id}/cancel", at(id))));
