/**
 * `fetch` with the limits every call to a model server has: no redirects and a bounded body.
 *
 * A redirect is refused because the request carries a key; a body is bounded because a server that never stops
 * sending would otherwise fill the memory of the spore.
 */

/** The part of `fetch` that is used; tests and the fake clock hand in their own. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A reply of 32k tokens with all its thinking is about 200 kB; anything near this is not an answer. */
export const REPLY_BYTES_MAX = 4 * 1024 * 1024;

export class ReplyTooLarge extends Error {
  override readonly name = "ReplyTooLarge";
}

/** There was no response: refused, reset, unknown host, redirected. The cause stays inside, it can hold the address. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed";
}

export function limitFetch(fetchRaw: Fetch, bytesMax: number = REPLY_BYTES_MAX): Fetch {
  return async (input, init) => {
    const response = await fetchRaw(input, { ...init, redirect: "error" }).catch((cause: unknown) => {
      if (init?.signal?.aborted) throw cause;
      throw new ConnectionFailed("no response", { cause });
    });
    if (response.body === null) return response;
    let seen = 0;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen += chunk.byteLength;
        if (seen > bytesMax) controller.error(new ReplyTooLarge(`reply of more than ${bytesMax} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
  };
}
