import { createStore } from "./store";

// A key is kept until the tab is closed, or on this computer if its owner asks for that.
const NAME = "quire.key";

export type SignIn = { key: string; isNeeded: boolean };

function read(): string {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? "";
}

export const signIn = createStore<SignIn>({ key: read(), isNeeded: false });

export function savedKey(): string {
  return signIn.get().key;
}

export function saveKey(key: string, remember: boolean): void {
  (remember ? localStorage : sessionStorage).setItem(NAME, key);
  signIn.set({ key, isNeeded: false });
}

/** Drop a key that the server refused, and ask for another one. */
export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
  if (!signIn.get().isNeeded) signIn.set({ key: "", isNeeded: true });
}
