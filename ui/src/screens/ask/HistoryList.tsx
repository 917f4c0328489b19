import { useNavigate } from "@tanstack/react-router";
import { MessageSquareQuote, X } from "lucide-react";
import { useConversations } from "../../api/queries";
import { useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button, IconButton } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { FailureLine } from "../../parts/Failure";
import { conversationId } from "../../state/conversation";
import { useStore } from "../../state/store";

/** Conversations so far, the last used first. */
export function HistoryList({ onClose }: { onClose: () => void }) {
  const texts = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const shown = useStore(conversationId);
  const found = useConversations();
  const entries = found.data?.pages.flatMap((page) => page.conversations) ?? [];
  return (
    <aside
      aria-label={texts.history}
      className="absolute inset-y-0 left-0 z-20 flex w-[min(20rem,88vw)] flex-col border-r border-line bg-sheet shadow-xl md:static md:shadow-none"
    >
      <div className="flex items-center justify-between px-4 py-3">
        <h2 className="font-semibold">{texts.history}</h2>
        <IconButton label={texts.close} onPress={onClose}>
          <X className="size-5" />
        </IconButton>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {found.isPending && <Waiting lines={6} label={texts.loading} />}
        {found.isError && <FailureLine error={found.error} onRetry={() => void found.refetch()} />}
        {found.isSuccess && entries.length === 0 && (
          <p className="px-2 text-soft">{texts.historyEmpty}</p>
        )}
        <ul>
          {entries.map((entry) => (
            <li key={entry.conversation_id}>
              <button
                type="button"
                aria-current={entry.conversation_id === shown}
                className={`flex w-full gap-2.5 rounded-lg px-2 py-2 text-left ${
                  entry.conversation_id === shown ? "bg-tint" : "hover:bg-sunk"
                }`}
                onClick={() => {
                  void navigate({ to: "/", search: { c: entry.conversation_id } });
                  if (matchMedia("(max-width: 48rem)").matches) onClose();
                }}
              >
                <MessageSquareQuote aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
                <span className="min-w-0">
                  <span className="line-clamp-2">{entry.title || texts.askNew}</span>
                  <span className="text-xs text-soft">{format.ago(entry.updated_at)}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        {found.hasNextPage && (
          <Button
            kind="quiet"
            className="w-full"
            isDisabled={found.isFetchingNextPage}
            onPress={() => void found.fetchNextPage()}
          >
            {texts.more}
          </Button>
        )}
      </div>
    </aside>
  );
}
