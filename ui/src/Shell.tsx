import { Link, Outlet } from "@tanstack/react-router";
import { Activity, CloudOff, CloudUpload, LibraryBig, MessageSquareQuote, Settings, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { connection } from "./api/events";
import { useIsEmpty } from "./api/queries";
import { useTexts } from "./i18n";
import icon from "./icon.svg?url";
import { DropZone } from "./parts/DropZone";
import { KeyboardHelp, useShortcuts } from "./parts/Keyboard";
import { Toasts } from "./parts/toasts";
import { SignIn } from "./screens/SignIn";
import { signIn } from "./state/key";
import { useStore } from "./state/store";
import { uploads } from "./state/uploads";

/** What every screen has around it: the menu, the state of the connection, drops and keys. */
export function Shell() {
  const { isNeeded } = useStore(signIn);
  if (isNeeded) return <SignIn />;
  return <SignedIn />;
}

function SignedIn() {
  const texts = useTexts();
  const isFirstVisit = useIsEmpty();
  const [showsHelp, setShowsHelp] = useState(false);
  useShortcuts(() => setShowsHelp(true));
  return (
    <div className="flex h-full flex-col-reverse md:flex-row">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      >
        {texts.skip}
      </a>
      <Menu />
      <main id="content" tabIndex={-1} className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <ConnectionNotice />
        <div className="relative min-h-0 flex-1">
          <Outlet />
        </div>
      </main>
      <DropZone isFirstVisit={isFirstVisit} />
      <KeyboardHelp isOpen={showsHelp} onClose={() => setShowsHelp(false)} />
      <Toasts />
    </div>
  );
}

function Menu() {
  const texts = useTexts();
  const sending = useStore(uploads).filter((one) => one.state === "queued" || one.state === "sending");
  return (
    <nav
      aria-label={texts.mainMenu}
      className="flex shrink-0 items-center border-line bg-sheet max-md:justify-around max-md:border-t max-md:pb-[env(safe-area-inset-bottom)] md:w-20 md:flex-col md:gap-1 md:border-r md:py-3"
    >
      <img src={icon} alt="" className="mb-3 hidden size-9 md:block" />
      <Place to="/" label={texts.ask} picture={MessageSquareQuote} exact />
      <Place to="/upload" label={texts.upload} picture={CloudUpload} count={sending.length} />
      <Place to="/library" label={texts.library} picture={LibraryBig} />
      <Place to="/activity" label={texts.activity} picture={Activity} />
      <span className="hidden flex-1 md:block" />
      <Place to="/settings" label={texts.settings} picture={Settings} />
    </nav>
  );
}

type PlaceProps = {
  to: "/" | "/upload" | "/library" | "/activity" | "/settings";
  label: string;
  picture: LucideIcon;
  exact?: boolean;
  count?: number;
};

function Place({ to, label, picture: Picture, exact = false, count = 0 }: PlaceProps) {
  return (
    <Link
      to={to}
      activeOptions={{ exact, includeSearch: false }}
      className="group relative flex w-full flex-col items-center gap-0.5 py-2 text-[0.6875rem] text-soft hover:text-ink data-[status=active]:font-semibold data-[status=active]:text-accent"
    >
      <span className="grid h-8 w-12 place-items-center rounded-full transition-colors group-hover:bg-sunk group-data-[status=active]:bg-tint">
        <Picture aria-hidden className="size-5" strokeWidth={1.75} />
      </span>
      <span className="max-w-full truncate px-0.5">{label}</span>
      {count > 0 && (
        <span className="absolute top-1 right-[calc(50%-1.6rem)] grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 text-[0.625rem] font-semibold text-on-accent">
          {count}
        </span>
      )}
    </Link>
  );
}

function ConnectionNotice() {
  const texts = useTexts();
  const how = useStore(connection);
  if (how !== "offline" && how !== "polling") return null;
  return (
    <p
      role="status"
      className={`flex items-center justify-center gap-2 px-4 py-1.5 text-sm ${
        how === "offline" ? "bg-bad-tint text-bad" : "bg-warn-tint text-warn"
      }`}
    >
      <CloudOff aria-hidden className="size-4 shrink-0" />
      {texts[how]}
    </p>
  );
}
