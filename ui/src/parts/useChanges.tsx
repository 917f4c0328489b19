import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { keys } from "../api/queries";
import { useTexts } from "../i18n";
import { cancelAll, deleteAll, reprocessAll, type Outcome } from "../state/changes";
import { Confirm } from "./Confirm";
import { sentenceOf } from "./Failure";
import { tell } from "./toasts";

type Changes = {
  reprocess: (ids: string[]) => Promise<void>;
  cancel: (ids: string[]) => Promise<void>;
  /** Ask first; `then` is called when the documents are deleted. */
  remove: (ids: string[], then?: () => void) => void;
  isBusy: boolean;
  /** The question before a deletion; render it once. */
  dialog: ReactNode;
};

/** What can be done with documents, with a receipt of what was done. */
export function useChanges(): Changes {
  const texts = useTexts();
  const client = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const [asked, setAsked] = useState<{ ids: string[]; then?: (() => void) | undefined } | null>(null);

  const run = async (work: Promise<Outcome>, receipt: ((count: number) => string) | null) => {
    setIsBusy(true);
    const { done, failed } = await work;
    setIsBusy(false);
    for (const id of done) {
      void client.invalidateQueries({ queryKey: keys.document(id) });
      void client.invalidateQueries({ queryKey: keys.status(id) });
    }
    await client.invalidateQueries({ queryKey: keys.lists });
    if (done.length && receipt) tell(receipt(done.length));
    if (failed.length) tell(texts.someFailed(failed.length, sentenceOf(failed[0]?.problem, texts)), "bad");
    return done.length > 0;
  };

  return {
    isBusy,
    reprocess: async (ids) => void (await run(reprocessAll(ids), texts.reprocessStarted)),
    cancel: async (ids) => void (await run(cancelAll(ids), null)),
    remove: (ids, then) => setAsked({ ids, then }),
    dialog: (
      <Confirm
        isOpen={asked !== null}
        title={texts.deleteTitle(asked?.ids.length ?? 0)}
        text={texts.deleteText}
        action={texts.deleteConfirm}
        onAnswer={(yes) => {
          const { ids, then } = asked ?? { ids: [] };
          setAsked(null);
          if (yes) void run(deleteAll(ids), texts.deletedReceipt).then((isDone) => isDone && then?.());
        }}
      />
    ),
  };
}
