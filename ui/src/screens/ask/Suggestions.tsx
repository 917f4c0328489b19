import questions from "../../../../samples/questions.json";
import { all, useDocuments } from "../../api/queries";
import { useTexts } from "../../i18n";
import { start } from "../../state/conversation";
import { sampleNames } from "../../state/samples";

/** Questions to try, while the library has the sample documents. */
export function Suggestions() {
  const texts = useTexts();
  const documents = all(useDocuments({}).data?.pages);
  const hasSamples = sampleNames.every((name) =>
    documents.some((one) => one.file_name === name && one.status === "completed"),
  );
  if (!hasSamples) return null;
  return (
    <div className="mt-4 flex w-full flex-col gap-2">
      <h2 className="text-sm text-soft">{texts.askTry}</h2>
      {questions.map(({ question }) => (
        <button
          key={question}
          type="button"
          onClick={() => void start(question)}
          className="card px-4 py-2.5 text-left hover:border-accent hover:bg-tint"
        >
          {question}
        </button>
      ))}
    </div>
  );
}
