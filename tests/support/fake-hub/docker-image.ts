/**
 * Builds and starts what a Dockerfile describes, without Docker: the same commands, in order, in folders of their own.
 *
 * The folder of the "image" stands for its root: absolute paths in ENV, WORKDIR, COPY and VOLUME lie below it, only what
 * is copied is there, and RUN sees no variable but those of the file. USER is noted and not followed (a test may not be
 * root), FROM names the runtime, which is the Bun that runs the test. An instruction that is not known here is an error.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { Glob } from "bun";
import { outputOf } from "../command-output.ts";

export interface Image {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly command: readonly string[];
  readonly user: string | null;
  readonly port: number | null;
}

interface Instruction {
  readonly name: string;
  readonly text: string;
}

export function parseDockerfile(text: string): Instruction[] {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.map((line) => {
    const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
    return { name: name.toUpperCase(), text: rest.trim() };
  });
}

/** @param log gets every line that a RUN command writes @throws with the reason where an instruction fails */
export async function buildImage(context: string, log: (line: string) => void): Promise<Image> {
  const root = mkdtempSync(join(tmpdir(), "synapse-image-"));
  const image = { root, environment: {} as Record<string, string>, workdir: root, command: [] as string[] };
  let user: string | null = null;
  let port: number | null = null;
  const inside = (path: string) => (isAbsolute(path) ? join(root, path) : join(image.workdir, path));
  const dockerfile = await Bun.file(join(context, "Dockerfile")).text();
  try {
    for (const { name, text } of parseDockerfile(dockerfile)) {
      log(`#> ${name} ${text}`);
      if (name === "WORKDIR") {
        image.workdir = inside(text);
        mkdirSync(image.workdir, { recursive: true });
      } else if (name === "ENV") {
        for (const [, key = "", quoted, plain] of text.matchAll(/([A-Z_]+)=(?:"([^"]*)"|(\S+))/g)) {
          const value = quoted ?? plain ?? "";
          image.environment[key] = value.startsWith("/") ? join(root, value) : value;
        }
      } else if (name === "COPY") copyInto(context, inside, text);
      else if (name === "RUN") await run(text, image, log);
      else if (name === "CMD") image.command = JSON.parse(text);
      else if (name === "USER") user = text;
      else if (name === "EXPOSE") port = Number(text);
      else if (!["FROM", "VOLUME", "HEALTHCHECK"].includes(name))
        throw new Error(`unknown instruction ${name}`);
    }
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
  return { ...image, user, port };
}

function copyInto(context: string, inside: (path: string) => string, text: string): void {
  const parts = text.split(/\s+/).filter((part) => !part.startsWith("--"));
  const target = parts.pop() ?? ".";
  for (const source of parts) {
    const found = [...new Glob(source).scanSync({ cwd: context, onlyFiles: false, dot: true })];
    if (found.length === 0) throw new Error(`COPY failed: ${source} is not in the build context`);
    for (const path of found) {
      const isFolder = !target.endsWith("/") && parts.length === 1 && target !== "./" && target !== ".";
      const to = isFolder ? inside(target) : join(inside(target), path.split("/").at(-1) ?? path);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(context, path), to, { recursive: true });
    }
  }
}

async function run(
  command: string,
  image: { root: string; environment: Record<string, string>; workdir: string },
  log: (line: string) => void,
): Promise<void> {
  const { code, stdout, stderr } = await outputOf(["sh", "-c", command], {
    cwd: image.workdir,
    env: containerEnvironment(image.environment),
  });
  for (const line of `${stdout}${stderr}`.split("\n")) if (line !== "") log(line);
  if (code !== 0) throw new Error(`the command "${command}" returned a non-zero code: ${code}`);
}

/** What every container has: a path with the runtime on it, a home, and here the package cache of this machine. */
export function containerEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
    HOME: process.env.HOME ?? "/root",
    ...environment,
  };
}
