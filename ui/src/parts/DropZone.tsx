import { CloudUpload } from "lucide-react";
import { useEffect, useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import { useTexts } from "../i18n";
import { collectionForUploads } from "../state/collection";
import { filesOf } from "../state/dropped";
import { addFiles } from "../state/uploads";
import { tell } from "./toasts";

/** Takes files that are dropped anywhere on the page. */
export function DropZone({ isFirstVisit }: { isFirstVisit: boolean }) {
  const texts = useTexts();
  const navigate = useNavigate();
  const [isOver, setIsOver] = useState(false);

  useEffect(() => {
    // An element inside reports that it is left when the next one is entered, so both are counted.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setIsOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setIsOver(false);
    };
    const over = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = async (event: DragEvent) => {
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth = 0;
      setIsOver(false);
      const files = await filesOf(event.dataTransfer);
      if (files.length === 0) {
        tell(texts.uploadEmptyFolder, "bad");
        return;
      }
      addFiles(files, collectionForUploads.get());
      if (!isFirstVisit) void navigate({ to: "/upload" });
    };
    const onDrop = (event: DragEvent) => void drop(event);
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", over);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", over);
      removeEventListener("drop", onDrop);
    };
  }, [navigate, texts, isFirstVisit]);

  if (!isOver) return null;
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-accent/15 p-6 backdrop-blur-[2px]">
      <p className="card flex items-center gap-3 border-2 border-dashed border-accent px-8 py-6 text-lg font-semibold text-accent shadow-xl">
        <CloudUpload aria-hidden className="size-7" />
        {texts.dropAnywhere}
      </p>
    </div>
  );
}
