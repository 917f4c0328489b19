import type { FileWithPath } from "./uploads";

// Files that systems leave in folders, which nobody wants to read.
const JUNK = /^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i;

/** Return all files of a drop, those in folders too. */
export async function filesOf(transfer: DataTransfer): Promise<FileWithPath[]> {
  // Entries must be taken before the first pause: the list is emptied when the event has ended.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry?.() ?? null)
    .filter((entry) => entry !== null);
  if (entries.length === 0) return fromList(transfer.files);
  const found = await Promise.all(entries.map((entry) => filesIn(entry, "")));
  return found.flat();
}

/** Return the files of an `<input type="file">`, with their paths if it took a folder. */
export function fromList(files: Iterable<File>): FileWithPath[] {
  return [...files]
    .filter((file) => !JUNK.test(file.name))
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function filesIn(entry: FileSystemEntry, folder: string): Promise<FileWithPath[]> {
  if (JUNK.test(entry.name)) return [];
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path }];
  }
  const inside = await readAll((entry as FileSystemDirectoryEntry).createReader());
  return (await Promise.all(inside.map((each) => filesIn(each, path)))).flat();
}

/** Return all entries of a folder; a browser gives them a hundred at a time. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    found.push(...some);
  }
}
