import { objectUrl } from "../api/client";

/**
 * Open an original PDF in a new tab at its page; save a file of any other type.
 *
 * A web page or a picture from someone else's document must not run as a part of this page.
 */
export async function openOriginal(
  documentId: string,
  fileName: string,
  page: number | null,
): Promise<void> {
  const path = `/api/v1/documents/${documentId}/file`;
  if (!fileName.toLowerCase().endsWith(".pdf")) {
    await save(path, fileName);
    return;
  }
  // Opened at once, because browsers block windows that open some time after a click.
  const tab = window.open("", "_blank");
  try {
    const address = await objectUrl(path);
    if (tab) tab.location.href = page ? `${address}#page=${page}` : address;
  } catch (error) {
    tab?.close();
    throw error;
  }
}

/** Save a conversation with its sources as a file. */
export async function saveConversation(id: string): Promise<void> {
  await save(`/api/v1/conversations/${id}/export.md`, "conversation.md");
}

async function save(path: string, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = await objectUrl(path);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
