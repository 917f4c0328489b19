import { Link } from "@tanstack/react-router";
import type { DocumentView } from "../../api/client";
import { useDocument, useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { Status } from "../../parts/Status";

/** The documents made of the files in an archive or e-mail, and those that became none. */
export function Files({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const found = useDocuments({ parent_id: document.document_id, sort: "file_name", order: "asc" });
  if (found.isPending) return <Waiting lines={4} label={texts.loading} />;
  if (!found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const files = found.data.pages.flatMap((page) => page.documents);
  const unread = document.members_unread;
  if (files.length === 0 && !unread) return <p className="p-8 text-center text-soft">{texts.filesNone}</p>;
  return (
    <div className="h-full overflow-y-auto px-4 py-5 sm:px-8">
      <ul className="mx-auto flex max-w-4xl flex-col gap-2">
        {files.map((file) => (
          <li key={file.document_id} className="card flex flex-wrap items-center gap-x-3 px-4 py-3">
            <Link
              to="/documents/$id"
              params={{ id: file.document_id }}
              className="min-w-0 break-words text-accent hover:underline"
            >
              {file.member_path || file.file_name}
            </Link>
            <span className="ml-auto text-sm">
              <Status status={file.status} />
            </span>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <div className="mx-auto mt-3 flex max-w-4xl">
          <Button size="small" onPress={() => void found.fetchNextPage()}>
            {texts.more}
          </Button>
        </div>
      )}
      {unread && (
        <section className="mx-auto mt-5 max-w-4xl text-sm">
          <h2 className="font-medium text-warn">{texts.filesUnread(unread.count)}</h2>
          <ul className="mt-2 flex flex-col gap-1">
            {unread.members.map((one, at) => (
              <li key={`${at}-${one.path}`} className="break-words">
                {one.document_id ? (
                  <Link
                    to="/documents/$id"
                    params={{ id: one.document_id }}
                    className="text-accent hover:underline"
                  >
                    {one.path}
                  </Link>
                ) : (
                  one.path
                )}{" "}
                <span className="text-soft">{one.message}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** The archive or e-mail that a document is a file of. */
export function Parent({ id, path }: { id: string; path: string }) {
  const texts = useTexts();
  const parent = useDocument(id);
  return (
    <p className="mt-1 text-sm break-words text-soft">
      {texts.documentParent}{" "}
      <Link to="/documents/$id" params={{ id }} className="text-accent hover:underline">
        {parent.data?.title || parent.data?.file_name || path}
      </Link>
    </p>
  );
}
