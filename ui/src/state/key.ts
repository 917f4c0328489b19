import { createStore } from "./store";

// Signed in, the browser has a cookie that scripts can't read; the page only knows whether the
// server asks for it. `number` grows with each sign-in, so that open connections begin again.
export type SignIn = { isNeeded: boolean; number: number };

export const signIn = createStore<SignIn>({ isNeeded: false, number: 0 });

// Earlier versions kept the key itself, where scripts could read it.
for (const storage of [sessionStorage, localStorage]) storage.removeItem("quire.key");

export function signedIn(): void {
  signIn.set({ isNeeded: false, number: signIn.get().number + 1 });
}

/** Ask for a key: the server knows no session of this browser, or does not any more. */
export function askForKey(): void {
  if (!signIn.get().isNeeded) signIn.set({ ...signIn.get(), isNeeded: true });
}
