import { useTexts } from "../../i18n";
import { Waiting } from "../../parts/Empty";
import type { useChunk } from "../../api/queries";
import { RichText } from "../../parts/RichText";
import { inUnits } from "../../state/blocks";
import type { Source } from "../../state/source";

type Props = { shown: Source; chunk: ReturnType<typeof useChunk> };

/** A passage as text, with the quoted sentences marked; for files without fixed pages. */
export function QuotedPassage({ shown, chunk }: Props) {
  const texts = useTexts();
  if (chunk.isPending) return <Waiting lines={5} label={texts.loading} />;
  if (chunk.isError) {
    return (
      <figure className="card mx-auto max-w-prose p-6">
        <blockquote className="font-serif text-lg leading-relaxed">“{shown.quote}”</blockquote>
        <figcaption className="mt-3 text-sm text-soft">{texts.sourceGone}</figcaption>
      </figure>
    );
  }
  const { content, section, sentences } = chunk.data;
  const quoted = (sentences ?? []).filter((each) => shown.sentenceIds.includes(each.sentence_id));
  return (
    <article ref={reveal} className="card mx-auto max-w-prose p-6">
      {section && <p className="mb-3 text-sm text-soft">{section}</p>}
      <RichText
        text={content}
        marks={inUnits(content, quoted)}
        className="font-serif text-[1.0625rem] leading-relaxed"
      />
      <p className="mt-4 text-xs text-soft">{texts.noPages}</p>
    </article>
  );
}

function reveal(article: HTMLElement | null): void {
  article?.querySelector("[data-quote]")?.scrollIntoView({ block: "center" });
}
