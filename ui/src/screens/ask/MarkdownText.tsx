import { Children, type ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import type { Turn } from "../../state/conversation";
import { WithMarks } from "./AnswerText";

type Props = { turn: Turn; onOpen: (index: number) => void };

/** An answer in Markdown; HTML in it is shown as text, and its links and pictures load nothing. */
export default function MarkdownText({ turn, onOpen }: Props) {
  const marked = (children: ReactNode): ReactNode =>
    Children.map(children, (child) =>
      typeof child === "string" ? <WithMarks text={child} turn={turn} onOpen={onOpen} /> : child,
    );
  const components: Components = {
    p: ({ children }) => <p>{marked(children)}</p>,
    li: ({ children }) => <li>{marked(children)}</li>,
    strong: ({ children }) => <strong>{marked(children)}</strong>,
    em: ({ children }) => <em>{marked(children)}</em>,
    h1: ({ children }) => <h3 className="font-semibold">{marked(children)}</h3>,
    h2: ({ children }) => <h3 className="font-semibold">{marked(children)}</h3>,
    h3: ({ children }) => <h4 className="font-semibold">{marked(children)}</h4>,
    ul: ({ children }) => <ul className="list-disc pl-6">{children}</ul>,
    ol: ({ children }) => <ol className="list-decimal pl-6">{children}</ol>,
    pre: ({ children }) => <pre className="overflow-x-auto rounded-lg bg-sunk p-3 text-sm">{children}</pre>,
    code: ({ children }) => <code className="rounded bg-sunk px-1 font-mono text-[0.9em]">{children}</code>,
    a: ({ children }) => <>{children}</>,
    img: ({ alt }) => <>{alt}</>,
  };
  return (
    <div className="flex flex-col gap-3 text-[1.0625rem] leading-relaxed" data-testid="answer">
      <Markdown components={components}>{turn.text}</Markdown>
    </div>
  );
}
