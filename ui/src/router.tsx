import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
} from "@tanstack/react-router";
import { FileQuestion } from "lucide-react";
import { useTexts } from "./i18n";
import { Empty } from "./parts/Empty";
import { Failure } from "./parts/Failure";
import { AskScreen } from "./screens/ask/AskScreen";
import { readSearch } from "./screens/library/filters";
import { Shell } from "./Shell";

// The first screen comes with the page; each other one is loaded when it is opened.
const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
});

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    validateSearch: (raw: Record<string, unknown>): { c?: string } =>
      typeof raw["c"] === "string" ? { c: raw["c"].slice(0, 64) } : {},
    component: AskScreen,
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/upload",
    component: lazyRouteComponent(() => import("./screens/upload/UploadScreen"), "UploadScreen"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/library",
    validateSearch: readSearch,
    component: lazyRouteComponent(() => import("./screens/library/LibraryScreen"), "LibraryScreen"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/documents/$id",
    validateSearch: (raw: Record<string, unknown>): { page?: number; mark?: string } => {
      const page = Number(raw["page"]);
      return {
        ...(Number.isInteger(page) && page > 0 ? { page } : {}),
        ...(typeof raw["mark"] === "string" ? { mark: raw["mark"] } : {}),
      };
    },
    component: lazyRouteComponent(() => import("./screens/document/DocumentScreen"), "DocumentScreen"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/activity",
    component: lazyRouteComponent(() => import("./screens/activity/ActivityScreen"), "ActivityScreen"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    component: lazyRouteComponent(() => import("./screens/settings/SettingsScreen"), "SettingsScreen"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([...routes]),
  defaultPreload: "intent",
});

/** Load the other screens while nothing else is to do, so that they open without a connection too. */
export function loadScreens(): void {
  const load = () =>
    void Promise.all([
      import("./screens/upload/UploadScreen"),
      import("./screens/library/LibraryScreen"),
      import("./screens/document/DocumentScreen"),
      import("./screens/activity/ActivityScreen"),
      import("./screens/settings/SettingsScreen"),
    ]).catch(() => undefined); // A screen that is missing is loaded when it is opened.
  if ("requestIdleCallback" in window) requestIdleCallback(load);
  else setTimeout(load, 1_000);
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  const texts = useTexts();
  return (
    <Empty picture={FileQuestion} title={texts.notFoundTitle} text={texts.notFoundText}>
      <Link to="/" className="text-accent hover:underline">
        {texts.ask}
      </Link>
    </Empty>
  );
}
