import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../src/api/client";
import { isEnded, rowOf, type Status } from "../src/screens/upload/rows";
import { fromList } from "../src/state/dropped";
import { addFiles, cancelUpload, createMeter, retryUpload, sendWith, uploads, type Sent } from "../src/state/uploads";

type Job = { name: string; resolve: (sent: Sent) => void; reject: (error: unknown) => void };

const file = (name: string, size = 100) => ({ file: new File(["x".repeat(size)], name), path: name });
const sent = (id: string): Sent => ({ document: { document_id: id } as Sent["document"], isDuplicate: false });
const states = () => uploads.get().map((one) => one.state);
let jobs: Job[] = [];

beforeEach(async () => {
  // Free the connections that the test before left in use.
  for (const job of jobs) job.reject(new DOMException("", "AbortError"));
  await new Promise((resolve) => setTimeout(resolve));
  uploads.set([]);
  jobs = [];
  sendWith(
    (upload, _onSent, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        jobs.push({ name: upload.name, resolve, reject });
      }),
  );
});

describe("uploads", () => {
  it("are sent three at once in the order of their names", async () => {
    addFiles([file("10.pdf"), file("2.pdf"), file("1.pdf"), file("3.pdf")]);
    expect(jobs.map((job) => job.name)).toEqual(["1.pdf", "2.pdf", "3.pdf"]);
    expect(states()).toEqual(["sending", "sending", "sending", "queued"]);
    jobs[0]?.resolve(sent("a"));
    await vi.waitFor(() => expect(jobs).toHaveLength(4));
    expect(uploads.get()[0]).toMatchObject({ state: "accepted", documentId: "a" });
  });

  it("tell why one is refused, and can be tried again", async () => {
    addFiles([file("a.exe")]);
    jobs[0]?.reject(new Problem(415, "unsupported_type", "Programs can't be read."));
    await vi.waitFor(() => expect(states()).toEqual(["refused"]));
    const [refused] = uploads.get();
    if (!refused) throw new Error();
    expect(rowOf(refused, undefined)).toMatchObject({
      label: "uploadRefused",
      tone: "bad",
      reason: "Programs can't be read.",
      canRetry: false,
    });
    retryUpload(refused.id);
    expect(states()).toEqual(["sending"]);
  });

  it("are cancelled while they wait and while they are sent", async () => {
    const added = addFiles([file("a"), file("b"), file("c"), file("d")]);
    await Promise.all(added.map((one) => cancelUpload(one.id)));
    await vi.waitFor(() => expect(states()).toEqual(Array(4).fill("cancelled")));
  });
});

describe("the row of an upload", () => {
  const [accepted] = (() => {
    uploads.set([]);
    return [{ ...base(), state: "accepted" as const, documentId: "d" }];
  })();

  function base() {
    const { file: content } = file("a.pdf");
    return { id: 1, file: content, name: "a.pdf", collection: "default", sent: 0, rate: 0, isDuplicate: false, problem: null };
  }

  it.each([
    ["pending", 0, "uploadWaiting", 10, true],
    ["processing", 50, "uploadEmbedding", 55, true],
    ["completed", 100, "uploadDone", 100, false],
    ["completed_empty", 100, "uploadEmpty", 100, false],
    ["failed", 40, "uploadFailed", 100, false],
    ["cancelled", 40, "uploadCancelled", 40, false],
  ])("of a %s document", (status, progress, label, percent, isMoving) => {
    const of = { status, progress, current_step: "embedding" } as Status;
    expect(rowOf(accepted, of)).toMatchObject({ label, percent, isMoving });
    expect(isEnded(accepted, of)).toBe(!isMoving);
  });

  it("says that a file was there already", () => {
    const of = { status: "completed", progress: 100 } as Status;
    expect(rowOf({ ...accepted, isDuplicate: true }, of).label).toBe("uploadDuplicate");
  });
});

describe("what was dropped", () => {
  it("leaves out files that systems keep in folders", () => {
    const names = ["a.pdf", ".DS_Store", "Thumbs.db", "~$a.docx"].map((name) => new File([], name));
    expect(fromList(names).map((each) => each.path)).toEqual(["a.pdf"]);
  });
});

describe("the speed of an upload", () => {
  it("is that of the last two seconds", () => {
    const meter = createMeter();
    expect(meter(0, 0)).toBe(0);
    expect(meter(1000, 1000)).toBe(1000);
    expect(meter(9000, 3000)).toBe(4000);
  });
});
