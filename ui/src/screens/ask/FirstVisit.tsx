import { FolderOpen } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { FailureLine } from "../../parts/Failure";
import { FilePicker } from "../../parts/FilePicker";
import { addSamples } from "../../state/samples";
import { UploadRows } from "../upload/UploadRows";

/** What someone sees who has no documents yet. */
export function FirstVisit() {
  const texts = useTexts();
  const [error, setError] = useState<unknown>(null);
  return (
    <div className="my-auto">
      <Empty picture={FolderOpen} title={texts.askFirst} text={texts.askFirstText}>
        <FilePicker kind="primary" />
        <Button onPress={() => void addSamples().catch(setError)}>{texts.trySamples}</Button>
      </Empty>
      {error !== null && <FailureLine error={error} />}
      <UploadRows />
    </div>
  );
}
