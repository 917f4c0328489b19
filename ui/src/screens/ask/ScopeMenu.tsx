import { Filter, X } from "lucide-react";
import { useMemo, useState } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { all, useCollections, useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { EVERYTHING, scope, type Scope } from "../../state/conversation";
import { useStore } from "../../state/store";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";

/** Choose which documents, collections or types of file an answer may come from. */
export function ScopeMenu() {
  const texts = useTexts();
  const chosen = useStore(scope);
  return (
    <DialogTrigger>
      <AriaButton className="inline-flex min-h-8 max-w-[70%] items-center gap-1.5 rounded-full px-2.5 text-sm text-soft hover:bg-sunk hover:text-ink">
        <Filter aria-hidden className="size-4 shrink-0" />
        <span className="truncate">{summaryOf(chosen, texts)}</span>
      </AriaButton>
      <Popover placement="top start" offset={8}>
        <Dialog aria-label={texts.scope} className="card w-[min(22rem,92vw)] p-3 shadow-xl outline-none">
          <ScopeChoices chosen={chosen} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function summaryOf(chosen: Scope, texts: ReturnType<typeof useTexts>): string {
  const parts = [
    ...(chosen.documents.length === 1 ? [chosen.documents[0]?.title ?? ""] : []),
    ...(chosen.documents.length > 1 ? [texts.scopeSome(chosen.documents.length)] : []),
    ...chosen.collections,
    ...chosen.types.map((type) => type.toUpperCase()),
  ];
  return parts.length ? parts.join(" · ") : texts.scopeAll;
}

const isEverything = (chosen: Scope) =>
  chosen.documents.length + chosen.types.length + chosen.collections.length === 0;

function ScopeChoices({ chosen }: { chosen: Scope }) {
  const texts = useTexts();
  const [text, setText] = useState("");
  const found = useDocuments({});
  const documents = all(found.data?.pages);
  const types = useMemo(() => [...new Set(documents.map((one) => one.file_type))].sort(), [documents]);
  const open = useCollections();
  const collections = open.data?.collections.map((one) => one.name) ?? [];
  const needle = text.trim().toLowerCase();
  const matching = documents
    .filter((one) => nameOf(one).toLowerCase().includes(needle))
    .slice(0, 50);
  if (found.isPending) return <Waiting label={texts.loading} />;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center justify-between">
        <h2 className="font-semibold">{texts.scope}</h2>
        {!isEverything(chosen) && (
          <Button size="small" kind="quiet" onPress={() => scope.set(EVERYTHING)}>
            {texts.scopeReset}
          </Button>
        )}
      </div>
      {types.length > 1 && (
        <Chips
          label={texts.scopeTypes}
          all={types}
          chosen={chosen.types}
          show={(type) => type.toUpperCase()}
          onChange={(next) => scope.set({ ...chosen, types: next })}
        />
      )}
      {collections.length > 1 && (
        <Chips
          label={texts.scopeCollections}
          all={collections}
          chosen={chosen.collections}
          show={(name) => name}
          onChange={(next) => scope.set({ ...chosen, collections: next })}
        />
      )}
      <fieldset className="flex min-h-0 flex-col gap-1.5">
        <legend className="mb-1 text-sm text-soft">{texts.scopeDocuments}</legend>
        <input
          type="search"
          aria-label={texts.scopeFind}
          placeholder={texts.scopeFind}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="field text-sm"
        />
        <div className="max-h-56 overflow-y-auto">
          {matching.map((one) => {
            const isOn = chosen.documents.some((each) => each.id === one.document_id);
            return (
              <label
                key={one.document_id}
                className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 text-sm hover:bg-sunk"
              >
                <input
                  type="checkbox"
                  className="accent-accent"
                  checked={isOn}
                  onChange={() =>
                    scope.set({
                      ...chosen,
                      documents: isOn
                        ? chosen.documents.filter((each) => each.id !== one.document_id)
                        : [...chosen.documents, { id: one.document_id, title: nameOf(one) }],
                    })
                  }
                />
                <span className="truncate">{nameOf(one)}</span>
              </label>
            );
          })}
        </div>
      </fieldset>
    </div>
  );
}

const nameOf = (one: { title: string; file_name: string }) => one.title || one.file_name;

type ChipsProps = {
  label: string;
  all: string[];
  chosen: string[];
  show: (value: string) => string;
  onChange: (next: string[]) => void;
};

function Chips({ label, all: values, chosen, show, onChange }: ChipsProps) {
  return (
    <fieldset className="flex flex-wrap gap-1.5">
      <legend className="mb-1 text-sm text-soft">{label}</legend>
      {values.map((value) => {
        const isOn = chosen.includes(value);
        return (
          <button
            key={value}
            type="button"
            aria-pressed={isOn}
            onClick={() =>
              onChange(isOn ? chosen.filter((each) => each !== value) : [...chosen, value])
            }
            className={`inline-flex items-center gap-1 rounded-full border px-2.5 py-0.5 text-sm ${
              isOn ? "border-accent bg-tint text-accent" : "border-line hover:bg-sunk"
            }`}
          >
            {show(value)}
            {isOn && <X aria-hidden className="size-3.5" />}
          </button>
        );
      })}
    </fieldset>
  );
}
