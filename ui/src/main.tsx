import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/client";
import { keepLive } from "./api/live";
import { loadScreens, router } from "./router";
import { signIn } from "./state/key";
import { followPreferences } from "./state/preferences";
import "./styles.css";

const MOST_RETRIES = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The server is asked again when an event says so, when the page is looked at, or on request.
      staleTime: 2_000,
      retry: (count, error) =>
        count < MOST_RETRIES && (!(error instanceof Problem) || error.isPassing),
      // A failing server is reported rather than waited for.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

followPreferences();
loadScreens();

// Events need a session, so the stream begins anew with each one.
let stop = keepLive(client);
let { number } = signIn.get();
signIn.subscribe(() => {
  if (signIn.get().number === number) return;
  number = signIn.get().number;
  stop();
  stop = keepLive(client);
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
