/** One server-sent event. */
export type Frame = { id: string; event: string; data: string };

/** Split the text of an event stream into frames; comments are heartbeats and give none. */
export function createParser(): (text: string) => Frame[] {
  let rest = "";
  return (text) => {
    rest += text;
    const found: Frame[] = [];
    for (;;) {
      const end = /\r?\n\r?\n/.exec(rest);
      if (!end) return found;
      const frame = parse(rest.slice(0, end.index));
      rest = rest.slice(end.index + end[0].length);
      if (frame) found.push(frame);
    }
  };
}

function parse(block: string): Frame | null {
  const frame: Frame = { id: "", event: "message", data: "" };
  const lines: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (name === "data") lines.push(value ?? "");
    else if (name === "event") frame.event = value ?? "";
    else if (name === "id") frame.id = value ?? "";
  }
  // A heartbeat has no data; one with an id moves the place at which a stream continues.
  if (lines.length === 0) return frame.id ? { ...frame, event: "heartbeat" } : null;
  frame.data = lines.join("\n");
  return frame;
}

/** Yield the frames of a response until it ends. */
export async function* framesOf(response: Response): AsyncGenerator<Frame> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  const parser = createParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
