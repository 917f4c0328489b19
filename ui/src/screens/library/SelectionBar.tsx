import { RotateCcw, Trash2, X } from "lucide-react";
import { useTexts } from "../../i18n";
import { Button, IconButton } from "../../parts/Button";

type Props = {
  count: number;
  isBusy: boolean;
  onReprocess: () => void;
  onDelete: () => void;
  onClear: () => void;
};

/** What can be done with the selected documents. */
export function SelectionBar({ count, isBusy, onReprocess, onDelete, onClear }: Props) {
  const texts = useTexts();
  return (
    <div
      role="toolbar"
      aria-label={texts.selected(count)}
      className="mx-4 mb-3 flex flex-wrap items-center gap-2 rounded-xl bg-tint px-3 py-2 sm:mx-8"
    >
      <IconButton label={texts.clearSelection} onPress={onClear}>
        <X className="size-4" />
      </IconButton>
      <span className="mr-auto font-medium text-accent tabular-nums">{texts.selected(count)}</span>
      <Button size="small" isDisabled={isBusy} onPress={onReprocess}>
        <RotateCcw aria-hidden className="size-4" />
        {texts.retryFailed}
      </Button>
      <Button size="small" isDisabled={isBusy} onPress={onDelete} className="text-bad">
        <Trash2 aria-hidden className="size-4" />
        {texts.deleteSelected}
      </Button>
    </div>
  );
}
