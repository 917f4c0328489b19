import createClient from "openapi-fetch";
import { askForKey } from "../state/key";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type DocumentView = Schemas["DocumentView"];
export type Citation = Schemas["Citation"];
export type Passage = Schemas["Passage"];
export type ProblemBody = Schemas["Problem"];

/** An error that the server explained, or one that kept its answer from arriving. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string = "",
  ) {
    super(detail);
  }

  /** Whether trying again can help without changing anything. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const OFFLINE = "offline";

/** Return the problem of a response that is not OK. */
export async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("x-correlation-id") ?? "";
  if (response.status === 401) askForKey();
  try {
    const body = (await response.json()) as ProblemBody;
    return new Problem(response.status, body.code, body.detail, body.correlation_id || requestId);
  } catch {
    return new Problem(response.status, "http_error", response.statusText, requestId);
  }
}

/** What the server wants of its own page with each change; pages of other origins can't send it. */
export const OWN_PAGE: Record<string, string> = { "X-Quire-CSRF": "1" };

/** Fetch from this server with the cookie of the session; a request without an answer raises `Problem(0, "offline")`. */
export async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  for (const [name, value] of Object.entries(OWN_PAGE)) request.headers.set(name, value);
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, OFFLINE, "");
  }
}

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request: Request) => send(request),
});

type Answer<T> = { data?: T; response: Response; error?: unknown };

/** Return the data of a response, or raise its problem. */
export async function data<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data: found, response, error } = await answer;
  if (response.ok) return found as T;
  if (response.status === 401) askForKey();
  const body = (error ?? {}) as Partial<ProblemBody>;
  const requestId = body.correlation_id ?? response.headers.get("x-correlation-id") ?? "";
  throw new Problem(
    response.status,
    body.code ?? "http_error",
    body.detail ?? response.statusText,
    requestId,
  );
}

/** Return a binary resource as an address for `<img>`, which shows no reason if it fails. */
export async function objectUrl(path: string, signal?: AbortSignal): Promise<string> {
  const response = await send(path, { signal: signal ?? null });
  if (!response.ok) throw await problemOf(response);
  return URL.createObjectURL(await response.blob());
}
