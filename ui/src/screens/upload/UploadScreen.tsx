import { CloudUpload } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../i18n";
import { FilePicker } from "../../parts/FilePicker";
import { Screen } from "../../parts/Screen";
import { collectionForUploads } from "../../state/collection";
import { useStore } from "../../state/store";
import { UploadRows } from "./UploadRows";

const COLLECTION = /^[a-z0-9][a-z0-9_-]{0,127}$/;

/** Where files are added; they can be dropped on every other screen as well. */
export function UploadScreen() {
  const texts = useTexts();
  const collection = useStore(collectionForUploads);
  const [typed, setTyped] = useState(collection);
  return (
    <Screen title={texts.uploadTitle}>
      <div className="flex flex-col items-center gap-3 rounded-2xl border-2 border-dashed border-line px-4 py-10 text-center">
        <span className="grid size-14 place-items-center rounded-2xl bg-tint text-accent">
          <CloudUpload aria-hidden className="size-7" strokeWidth={1.5} />
        </span>
        <h2 className="text-lg font-semibold">{texts.dropHere}</h2>
        <p className="max-w-md text-soft text-balance">{texts.uploadText}</p>
        <div className="flex flex-wrap justify-center gap-2">
          <FilePicker kind="primary" collection={collection} />
          <FilePicker folder collection={collection} />
        </div>
        <label className="mt-2 flex items-center gap-2 text-sm text-soft">
          {texts.uploadInto}
          <input
            className="field w-40 text-ink aria-invalid:border-bad"
            value={typed}
            aria-invalid={!COLLECTION.test(typed)}
            onChange={(event) => {
              const name = event.target.value.toLowerCase();
              setTyped(name);
              if (COLLECTION.test(name)) collectionForUploads.set(name);
            }}
          />
        </label>
      </div>
      <UploadRows />
    </Screen>
  );
}
