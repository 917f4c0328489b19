import { useRef } from "react";
import { useTexts } from "../i18n";
import { fromList } from "../state/dropped";
import { addFiles } from "../state/uploads";
import { Button } from "./Button";

type Props = { kind?: "primary" | "plain"; folder?: boolean; collection?: string };

/** A button that opens the system's dialog for files, or for a folder. */
export function FilePicker({ kind = "plain", folder = false, collection }: Props) {
  const texts = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const label = folder ? texts.chooseFolder : texts.chooseFiles;
  return (
    <>
      <Button kind={kind} onPress={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder ? { webkitdirectory: "" } : {})}
        onChange={(event) => {
          addFiles(fromList(event.target.files ?? []), collection);
          event.target.value = "";
        }}
      />
    </>
  );
}
