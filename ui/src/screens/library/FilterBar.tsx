import { useEffect, useState } from "react";
import type { DocumentView } from "../../api/client";
import { named, useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { Choice, type Option } from "../../parts/Choice";
import { hasFilters, STATUSES, type LibrarySearch } from "./filters";

const PAUSE_MS = 200;

type Props = {
  search: LibrarySearch;
  rows: DocumentView[];
  onChange: (next: LibrarySearch) => void;
};

/** What is shown of the library; the address has the same. */
export function FilterBar({ search, rows, onChange }: Props) {
  const texts = useTexts();
  const [name, setName] = useState(search.name ?? "");
  const types = useKnown(rows.map((one) => one.file_type), search.file_type);
  const collections = useKnown(rows.map((one) => one.collection), search.collection);

  useEffect(() => setName(search.name ?? ""), [search.name]);
  useEffect(() => {
    if (name === (search.name ?? "")) return;
    const timer = setTimeout(() => onChange(without(search, "name", name)), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [name, search, onChange]);

  const any: Option = { id: "", label: texts.filterAny };
  const statuses = [any, ...STATUSES.map((id) => ({ id, label: named(texts, "status", id) }))];
  const asOptions = (values: string[], show: (value: string) => string) => [
    any,
    ...values.map((id) => ({ id, label: show(id) })),
  ];
  return (
    <div role="search" className="flex flex-wrap items-center gap-2 px-4 pb-3 sm:px-8">
      <input
        data-search
        type="search"
        aria-label={texts.filterName}
        placeholder={texts.filterName}
        value={name}
        onChange={(event) => setName(event.target.value)}
        className="field min-w-40 flex-1 sm:max-w-xs"
      />
      <Choice
        hideLabel
        label={texts.filterStatus}
        value={search.status ?? ""}
        options={statuses}
        onChange={(value) => onChange(without(search, "status", value))}
      />
      {types.length > 1 && (
        <Choice
          hideLabel
          label={texts.filterType}
          value={search.file_type ?? ""}
          options={asOptions(types, (value) => value.toUpperCase())}
          onChange={(value) => onChange(without(search, "file_type", value))}
        />
      )}
      {collections.length > 1 && (
        <Choice
          hideLabel
          label={texts.filterCollection}
          value={search.collection ?? ""}
          options={asOptions(collections, (value) => value)}
          onChange={(value) => onChange(without(search, "collection", value))}
        />
      )}
      {hasFilters(search) && (
        <Button size="small" kind="quiet" onPress={() => onChange({})}>
          {texts.clearFilters}
        </Button>
      )}
    </div>
  );
}

/** Set a filter, or take it out of the address if it is empty. */
function without(search: LibrarySearch, key: keyof LibrarySearch, value: string): LibrarySearch {
  const next = { ...search, [key]: value };
  if (!value) delete next[key];
  return next;
}

/** All values seen so far, because a filtered list no longer has the others. */
function useKnown(values: string[], chosen: string | undefined): string[] {
  const [known, setKnown] = useState<string[]>([]);
  const found = [...new Set([...known, ...values, ...(chosen ? [chosen] : [])])].sort();
  const key = found.join("\n");
  useEffect(() => setKnown(key ? key.split("\n") : []), [key]);
  return found;
}
