import { describe, expect, it } from "vitest";
import type { DocumentView } from "../src/api/client";
import { pagesWithProgress, withProgress } from "../src/state/patches";

const document = (id: string, progress: number): DocumentView =>
  ({ document_id: id, revision: 1, progress, status: "processing" }) as DocumentView;

describe("progress of a document", () => {
  it.each([
    [{ revision: 1, percent: 50, step: "" }, 50],
    [{ revision: 1, percent: 10, step: "" }, 20],
    [{ revision: 2, percent: 50, step: "" }, 20],
    [undefined, 20],
  ])("is shown if it is further and of the same revision", (told, progress) => {
    expect(withProgress(document("a", 20), told).progress).toBe(progress);
  });

  it("leaves everything else as it was", () => {
    const page = (ids: string[]) => ({
      documents: ids.map((id) => document(id, 20)),
      total: 3,
      next_cursor: null,
      as_of: "e-1",
    });
    const found = { pages: [page(["a", "b"]), page(["c"])], pageParams: [undefined, "x"] };
    const told = new Map([["b", { revision: 1, percent: 60, step: "" }]]);
    const patched = pagesWithProgress(found, told);
    expect(patched.pages[0]?.documents.map((one) => one.progress)).toEqual([20, 60]);
    expect(patched.pages[0]?.documents[0]).toBe(found.pages[0]?.documents[0]);
    expect(patched.pages[1]).toBe(found.pages[1]);
    expect(pagesWithProgress(patched, told)).toBe(patched);
  });
});
