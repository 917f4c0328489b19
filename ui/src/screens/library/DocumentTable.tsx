import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { DocumentView } from "../../api/client";
import { useTexts, type Catalogue } from "../../i18n";
import { useFormat, type Format } from "../../i18n/format";
import { Progress } from "../../parts/Progress";
import { Status } from "../../parts/Status";
import { sortedBy, type LibrarySearch, type SortKey } from "./filters";

const ROW_PX = 52;
// Rows before the end at which the next page is asked for.
const AHEAD = 30;

type Props = {
  rows: DocumentView[];
  total: number;
  search: LibrarySearch;
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  onSort: (search: LibrarySearch) => void;
  onEnd: () => void;
};

type Column = {
  id: string;
  label: (texts: Catalogue) => string;
  sort?: SortKey;
  className: string;
  show: (row: DocumentView, texts: Catalogue, format: Format) => React.ReactNode;
};

const COLUMNS: Column[] = [
  {
    id: "status",
    label: (texts) => texts.columnStatus,
    sort: "status",
    className: "w-36 shrink-0 max-sm:w-28",
    show: (row) => <State row={row} />,
  },
  {
    id: "type",
    label: (texts) => texts.columnType,
    sort: "file_type",
    className: "w-20 shrink-0 max-md:hidden",
    show: (row) => row.file_type.toUpperCase(),
  },
  {
    id: "collection",
    label: (texts) => texts.columnCollection,
    className: "w-32 shrink-0 truncate max-xl:hidden",
    show: (row) => row.collection,
  },
  {
    id: "pages",
    label: (texts) => texts.columnPages,
    className: "w-20 shrink-0 text-right tabular-nums max-lg:hidden",
    show: (row, _, format) => (row.page_count ? format.number(row.page_count) : "–"),
  },
  {
    id: "passages",
    label: (texts) => texts.columnPassages,
    sort: "total_chunks",
    className: "w-24 shrink-0 text-right tabular-nums max-lg:hidden",
    show: (row, _, format) => format.number(row.total_chunks),
  },
  {
    id: "size",
    label: (texts) => texts.columnSize,
    sort: "file_size",
    className: "w-24 shrink-0 text-right tabular-nums max-md:hidden",
    show: (row, _, format) => format.size(row.file_size),
  },
  {
    id: "added",
    label: (texts) => texts.columnAdded,
    sort: "created_at",
    className: "w-32 shrink-0 text-right max-sm:hidden",
    show: (row, _, format) => format.ago(row.created_at),
  },
];

/** A table of any length; only the rows in view are drawn. */
export function DocumentTable({ rows, total, search, selected, onSelect, onSort, onEnd }: Props) {
  const texts = useTexts();
  const navigate = useNavigate();
  const pane = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => pane.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows.length < total && lastShown >= rows.length - AHEAD) onEnd();
  }, [lastShown, rows.length, total, onEnd]);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() =>
      pane.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  };
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const open = (row: DocumentView) =>
    void navigate({ to: "/documents/$id", params: { id: row.document_id } });
  const onKey = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[active];
    const act: Record<string, () => void> = {
      j: () => move(active + 1),
      ArrowDown: () => move(active + 1),
      k: () => move(active - 1),
      ArrowUp: () => move(active - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      x: () => row && toggle(row.document_id),
      Enter: () => row && open(row),
    };
    const chosen = act[event.key];
    if (!chosen || (event.target as HTMLElement).closest("input, button")) return;
    event.preventDefault();
    chosen();
  };
  const allShown = rows.length > 0 && rows.every((row) => selected.has(row.document_id));

  return (
    <div
      ref={pane}
      role="grid"
      aria-label={texts.libraryTitle}
      aria-rowcount={total + 1}
      aria-multiselectable
      onKeyDown={onKey}
      className="min-h-0 flex-1 overflow-auto border-t border-line"
    >
      <div
        role="row"
        aria-rowindex={1}
        className="sticky top-0 z-10 flex items-center gap-3 border-b border-line bg-paper px-4 py-1.5 text-sm text-soft sm:px-8"
      >
        <span role="columnheader" className="flex w-6 shrink-0 items-center">
          <input
            type="checkbox"
            aria-label={texts.selectAll}
            checked={allShown}
            className="size-4 accent-accent"
            onChange={() =>
              onSelect(allShown ? new Set() : new Set(rows.map((row) => row.document_id)))
            }
          />
        </span>
        <Heading
          column={{ id: "name", label: (t) => t.columnName, sort: "file_name", className: "min-w-0 flex-1", show: () => null }}
          search={search}
          onSort={onSort}
        />
        {COLUMNS.map((column) => (
          <Heading key={column.id} column={column} search={search} onSort={onSort} />
        ))}
      </div>
      <div className="relative" style={{ height: virtual.getTotalSize() }} role="presentation">
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <Row
                key={row.document_id}
                row={row}
                index={item.index}
                top={item.start}
                isActive={item.index === active}
                isSelected={selected.has(row.document_id)}
                onToggle={() => toggle(row.document_id)}
                onOpen={() => open(row)}
                onFocus={() => setActive(item.index)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

type HeadingProps = { column: Column; search: LibrarySearch; onSort: (next: LibrarySearch) => void };

function Heading({ column, search, onSort }: HeadingProps) {
  const texts = useTexts();
  const { sort } = column;
  const isSorting = sort !== undefined && (search.sort ?? "created_at") === sort;
  const order = search.order ?? "desc";
  const Arrow = order === "asc" ? ArrowUp : ArrowDown;
  return (
    <span
      role="columnheader"
      aria-sort={isSorting ? (order === "asc" ? "ascending" : "descending") : undefined}
      className={column.className}
    >
      {sort ? (
        <button
          type="button"
          title={texts.sortBy(column.label(texts))}
          onClick={() => onSort(sortedBy(search, sort))}
          className="inline-flex items-center gap-1 rounded hover:text-ink"
        >
          {column.label(texts)}
          {isSorting && <Arrow aria-hidden className="size-3.5" />}
        </button>
      ) : (
        column.label(texts)
      )}
    </span>
  );
}

type RowProps = {
  row: DocumentView;
  index: number;
  top: number;
  isActive: boolean;
  isSelected: boolean;
  onToggle: () => void;
  onOpen: () => void;
  onFocus: () => void;
};

function Row({ row, index, top, isActive, isSelected, onToggle, onOpen, onFocus }: RowProps) {
  const texts = useTexts();
  const format = useFormat();
  const name = row.title || row.file_name;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-index={index}
      tabIndex={isActive ? 0 : -1}
      onFocus={onFocus}
      onClick={onOpen}
      style={{ height: ROW_PX, transform: `translateY(${top}px)` }}
      className={`absolute inset-x-0 flex cursor-pointer items-center gap-3 border-b border-line px-4 sm:px-8 ${
        isSelected ? "bg-tint" : "hover:bg-sunk"
      }`}
    >
      <span role="gridcell" className="flex w-6 shrink-0 items-center" onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          aria-label={texts.selectRow(name)}
          checked={isSelected}
          onChange={onToggle}
          className="size-4 accent-accent"
        />
      </span>
      <span role="gridcell" className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        {row.title && row.title !== row.file_name && (
          <span className="block truncate text-xs text-soft">{row.file_name}</span>
        )}
      </span>
      {COLUMNS.map((column) => (
        <span key={column.id} role="gridcell" className={`text-sm ${column.className}`}>
          {column.show(row, texts, format)}
        </span>
      ))}
    </div>
  );
}

function State({ row }: { row: DocumentView }) {
  const texts = useTexts();
  return (
    <span className="flex flex-col gap-1" title={row.error?.message}>
      <Status status={row.status} />
      {row.status === "processing" && (
        <Progress value={row.progress} label={texts.uploadProgress(row.title || row.file_name)} />
      )}
    </span>
  );
}
