import { ChevronDown } from "lucide-react";
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  type Key,
} from "react-aria-components";

export type Option = { id: string; label: string };

type Props = {
  label: string;
  value: string;
  options: Option[];
  onChange: (id: string) => void;
  hideLabel?: boolean;
};

/** One of several: a list that opens below its present value. */
export function Choice({ label, value, options, onChange, hideLabel = false }: Props) {
  return (
    <Select
      aria-label={hideLabel ? label : undefined}
      value={value}
      onChange={(key: Key | null) => onChange(String(key ?? ""))}
      className="flex flex-col gap-1"
    >
      {!hideLabel && <Label className="text-sm text-soft">{label}</Label>}
      <Button className="field inline-flex items-center justify-between gap-2 text-left hover:bg-sunk">
        {hideLabel && <span className="text-sm text-soft">{label}</span>}
        <SelectValue className="truncate" />
        <ChevronDown aria-hidden className="size-4 text-soft" />
      </Button>
      <Popover className="min-w-(--trigger-width)">
        <ListBox
          items={options}
          className="card max-h-72 overflow-auto p-1 shadow-xl outline-none"
        >
          {(option) => (
            <ListBoxItem
              id={option.id}
              textValue={option.label}
              className="cursor-pointer rounded-md px-3 py-1.5 outline-none focus:bg-sunk data-[selected]:font-semibold data-[selected]:text-accent data-[focused]:bg-sunk"
            >
              {option.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
