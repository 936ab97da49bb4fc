/**
 * A model server for tests: a scripted list of moods, answered over a real socket in the OpenAI format.
 *
 * Every request is recorded, so a test can say what was sent, how often, and with which key.
 */
export interface RecordedRequest {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: { readonly [key: string]: unknown } | null;
}

export type Mood = (request: RecordedRequest) => Response | Promise<Response>;

export interface FakeProvider {
  /** With /v1. */
  readonly baseUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** The next requests meet these moods in turn; the last one stays. */
  play(...moods: readonly Mood[]): void;
  stop(): Promise<void>;
}

export function startFakeProvider(): FakeProvider {
  const requests: RecordedRequest[] = [];
  let moods: readonly Mood[] = [replies("ok")];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const text = await request.text();
      const recorded: RecordedRequest = {
        path: new URL(request.url).pathname,
        authorization: request.headers.get("authorization"),
        body: text === "" ? null : JSON.parse(text),
      };
      requests.push(recorded);
      const [mood = replies("ok"), ...rest] = moods;
      if (rest.length > 0) moods = rest;
      return await mood(recorded);
    },
  });
  return {
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    requests,
    play(...next) {
      moods = next;
    },
    stop: () => server.stop(true),
  };
}

/** A reply with this text, as chat completions writes it. */
export function replies(text: string | null, extra: Readonly<Record<string, unknown>> = {}): Mood {
  return ({ body }) => Response.json(chatBody(text, `${String(body?.model)}-real`, extra));
}

export function chatBody(
  text: string | null,
  model: string,
  extra: Readonly<Record<string, unknown>> = {},
): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{ index: 0, message: { role: "assistant", content: text, ...extra }, finish_reason: "stop" }],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  };
}

/** The same as a stream of chunks; one that breaks off never says why it ended. */
export function streams(
  pieces: readonly string[],
  { breaksOff = false }: { readonly breaksOff?: boolean } = {},
): Mood {
  return ({ body }) => {
    const chunk = (choice: object, extra: object = {}) =>
      `data: ${JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: `${String(body?.model)}-real`,
        choices: [{ index: 0, finish_reason: null, ...choice }],
        ...extra,
      })}\n\n`;
    const text = pieces.map((content) => chunk({ delta: { role: "assistant", content } }));
    const end = [
      chunk({ delta: {}, finish_reason: "stop" }),
      chunk(
        { delta: {} },
        { choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } },
      ),
      "data: [DONE]\n\n",
    ];
    return new Response([...text, ...(breaksOff ? [] : end)].join(""), {
      headers: { "content-type": "text/event-stream" },
    });
  };
}

/** A reply that ended in the middle of its thinking, because its tokens were spent. */
export function thinksTooLong(): Mood {
  return ({ body }) => {
    const reply = chatBody("<think>First I consider", `${String(body?.model)}-real`) as {
      choices: { finish_reason: string }[];
    };
    for (const choice of reply.choices) choice.finish_reason = "length";
    return Response.json(reply);
  };
}

export function refuses(status: number, body: unknown, headers: Record<string, string> = {}): Mood {
  return () => Response.json(body, { status, headers });
}

export function lists(...models: readonly string[]): Mood {
  return () => Response.json({ object: "list", data: models.map((id) => ({ id, object: "model" })) });
}

/** Lists this model, and answers everything else so. */
export function serves(model: string, answer: Mood): Mood {
  const list = lists(model);
  return (request) => (request.path.endsWith("/models") ? list(request) : answer(request));
}

/** Never answers; the request ends when the client gives up. */
export function hangs(): Mood {
  return () => new Promise(() => {});
}
