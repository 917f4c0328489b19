import type { DocumentView } from "../../api/client";
import { useChunks } from "../../api/queries";
import { named, useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { Waiting } from "../../parts/Empty";
import { Failure } from "../../parts/Failure";
import { RichText } from "../../parts/RichText";

/** What was read of a document, in reading order. */
export function Passages({ document }: { document: DocumentView }) {
  const texts = useTexts();
  const found = useChunks(document.document_id);
  const chunks = found.data?.pages.flatMap((page) => page.chunks) ?? [];
  return (
    <div className="h-full overflow-y-auto px-4 py-5 sm:px-8">
      <div className="mx-auto flex max-w-3xl flex-col gap-3">
        {found.isPending && <Waiting lines={6} label={texts.loading} />}
        {found.isError && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {found.isSuccess && chunks.length === 0 && <p className="text-soft">{texts.passageNone}</p>}
        {chunks.map((chunk) => (
          <article key={chunk.chunk_id} className="card p-4">
            <p className="mb-1.5 flex flex-wrap gap-x-3 text-xs text-soft">
              <span>{named(texts, "kind", chunk.chunk_type)}</span>
              {chunk.page && <span>{texts.pageOf(String(chunk.page))}</span>}
              {chunk.section && <span>{chunk.section}</span>}
            </p>
            <RichText text={chunk.content} className="font-serif leading-relaxed" />
          </article>
        ))}
        {found.hasNextPage && (
          <Button isDisabled={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
            {texts.more}
          </Button>
        )}
      </div>
    </div>
  );
}
