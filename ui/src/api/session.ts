import { api, data, Problem } from "./client";

const UNAUTHORIZED = 401;

/** End the session of this browser. Problem: it may still be open; one that had ended before is none. */
export async function endSession(): Promise<void> {
  try {
    await data(api.DELETE("/api/v1/session"));
  } catch (failure) {
    if (!(failure instanceof Problem && failure.status === UNAUTHORIZED)) throw failure;
  }
}
