import { useNavigate, useSearch } from "@tanstack/react-router";
import { LibraryBig, SearchX } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { all, useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { useFormat } from "../../i18n/format";
import { Button } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { FilePicker } from "../../parts/FilePicker";
import { useChanges } from "../../parts/useChanges";
import { DocumentTable } from "./DocumentTable";
import { asFilters, hasFilters, type LibrarySearch } from "./filters";
import { FilterBar } from "./FilterBar";
import { SelectionBar } from "./SelectionBar";

/** All documents: found by name, sorted, filtered, and changed many at once. */
export function LibraryScreen() {
  const texts = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const search = useSearch({ from: "/library" });
  const found = useDocuments(asFilters(search));
  const rows = useMemo(() => all(found.data?.pages), [found.data]);
  const total = found.data?.pages[0]?.total ?? 0;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const changes = useChanges();

  const show = (next: LibrarySearch) => void navigate({ to: "/library", search: next, replace: true });

  // What is no longer shown must not be changed unseen.
  const shownKey = JSON.stringify(search);
  useEffect(() => setSelected(new Set()), [shownKey]);

  const isEmpty = found.isSuccess && total === 0;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-end justify-between gap-3 px-4 pt-6 pb-3 sm:px-8">
        <div>
          <h1 className="font-serif text-2xl tracking-tight">{texts.libraryTitle}</h1>
          <p className="text-sm text-soft tabular-nums" role="status">
            {found.isSuccess && (total === 1 ? texts.oneDocument : texts.documents(format.number(total)))}
          </p>
        </div>
        <FilePicker kind="primary" />
      </header>
      <FilterBar search={search} rows={rows} onChange={show} />
      {selected.size > 0 && (
        <SelectionBar
          count={selected.size}
          isBusy={changes.isBusy}
          onReprocess={() => void changes.reprocess([...selected]).then(() => setSelected(new Set()))}
          onDelete={() => changes.remove([...selected], () => setSelected(new Set()))}
          onClear={() => setSelected(new Set())}
        />
      )}
      {found.isPending && <Waiting lines={8} label={texts.loading} />}
      {found.isError && !found.data && (
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      )}
      {isEmpty &&
        (hasFilters(search) ? (
          <Empty picture={SearchX} title={texts.libraryNoMatch} text={texts.libraryNoMatchText}>
            <Button onPress={() => show({})}>{texts.clearFilters}</Button>
          </Empty>
        ) : (
          <Empty picture={LibraryBig} title={texts.libraryEmpty} text={texts.libraryEmptyText}>
            <FilePicker kind="primary" />
            <FilePicker folder />
          </Empty>
        ))}
      {rows.length > 0 && (
        <DocumentTable
          rows={rows}
          total={total}
          search={search}
          selected={selected}
          onSelect={setSelected}
          onSort={show}
          onEnd={() => {
            if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
          }}
        />
      )}
      {changes.dialog}
    </div>
  );
}
