import { afterEach, describe, expect, it, vi } from "vitest";
import { endSession } from "../src/api/session";

const answer = (status: number) =>
  vi.stubGlobal("fetch", async () =>
    status === 204
      ? new Response(null, { status })
      : Response.json({ status, code: "unavailable", detail: "Try again in a moment." }, { status }),
  );

afterEach(() => vi.unstubAllGlobals());

describe("signing out", () => {
  it.each([204, 401])("is done with %i", async (status) => {
    answer(status);
    await expect(endSession()).resolves.toBeUndefined();
  });

  it.each([429, 500, 503])("is not done with %i", async (status) => {
    answer(status);
    await expect(endSession()).rejects.toThrow("Try again in a moment.");
  });
});
