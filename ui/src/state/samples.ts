import { problemOf, send } from "../api/client";
import { addFiles, type FileWithPath } from "./uploads";

const addresses = import.meta.glob("../../../samples/*.{pdf,docx}", {
  query: "?url",
  import: "default",
  eager: true,
}) as Record<string, string>;

const nameOf = (path: string): string => path.split("/").pop() ?? path;

export const sampleNames: string[] = Object.keys(addresses).map(nameOf);

/** Upload the sample documents that come with the page. */
export async function addSamples(): Promise<void> {
  const files = await Promise.all(
    Object.entries(addresses).map(async ([path, address]): Promise<FileWithPath> => {
      const response = await send(address);
      if (!response.ok) throw await problemOf(response);
      const name = nameOf(path);
      return { file: new File([await response.blob()], name), path: name };
    }),
  );
  addFiles(files);
}
