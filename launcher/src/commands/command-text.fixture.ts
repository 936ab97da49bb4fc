/** What a command says, to whichever stream, run in this process: for tests of its words. */
import { parseArguments } from "../arguments.ts";
import type { CommandContext } from "../commands.ts";
import { createOutput } from "../output.ts";

interface Spoken {
  readonly text: string;
  readonly code: number;
}

/** @param flags those that the command knows */
export async function textOf(
  run: (context: CommandContext) => Promise<number>,
  words: readonly string[],
  { cwd, flags = [] }: { readonly cwd: string; readonly flags?: Parameters<typeof parseArguments>[1] },
): Promise<Spoken> {
  const parsed = parseArguments(words, flags);
  if (!parsed.ok) throw new Error(parsed.error.message);
  let text = "";
  const stream = {
    isTTY: false,
    columns: 200,
    write: (part: string): void => {
      text += part;
    },
  };
  const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
  const context = { parsed: parsed.value, output, environment: {}, cwd } as unknown as CommandContext;
  const code = await run(context);
  return { text, code };
}
