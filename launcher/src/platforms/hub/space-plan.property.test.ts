/** Whatever is there, the planned steps lead to what is wanted, and then there is nothing left to do. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { RemoteFile, RepoFile } from "./hub-client.ts";
import type { NamedValues } from "./hub-rest.ts";
import { expectedHost, prefixProblem, repoNameProblem, spaceIndex, spaceName } from "./space-name.ts";
import {
  descriptionOf,
  fingerprintWith,
  gitBlobId,
  type ObservedSpace,
  planSpace,
  type SpaceStep,
  type WantedSpace,
} from "./space-plan.ts";

const fingerprint = fingerprintWith(new Uint8Array(32));
const name = fc.constantFrom("A", "B", "C", "D");
const path = fc.constantFrom("README.md", "Dockerfile", "spore/main.ts", "old.txt");
const values = fc.dictionary(name, fc.string({ maxLength: 3 }));
const wantedSpace: fc.Arbitrary<WantedSpace> = fc.record({
  id: fc.constant("ada/spore-000"),
  sdk: fc.constant("docker" as const),
  visibility: fc.constantFrom("public" as const, "protected" as const),
  files: fc
    .dictionary(path, fc.uint8Array({ maxLength: 4 }))
    .map((files) =>
      Object.entries(files).map(([at, bytes]): RepoFile => ({ path: at, bytes: new Uint8Array(bytes) })),
    ),
  variables: values,
  secrets: values,
});

const remote = ({ bytes }: RepoFile, large: boolean): RemoteFile =>
  large
    ? { oid: null, sha256: createHash("sha256").update(bytes).digest("hex") }
    : { oid: gitBlobId(bytes), sha256: null };

type Ours = Extract<ObservedSpace, { kind: "ours" }>;

/** The Hub after these steps. */
function after(observed: Ours, wanted: WantedSpace, steps: readonly SpaceStep[]): Ours {
  const files = new Map(observed.files);
  const known = { variables: { ...observed.variables }, secrets: { ...observed.secrets } };
  let { visibility, stage } = observed;
  for (const step of steps) {
    if (step.kind === "set-visibility") visibility = step.visibility;
    if (step.kind === "restart") stage = "RUNNING";
    if (step.kind === "remove-value") delete (known[step.of] as Record<string, unknown>)[step.key];
    if (step.kind === "set-value") {
      const value = wanted[step.of][step.key] ?? "";
      const description = descriptionOf(step.of, fingerprint(wanted.id, step.key, value));
      (known[step.of] as NamedValues)[step.key] =
        step.of === "variables" ? { value, description } : { description };
    }
    if (step.kind === "upload") {
      stage = "RUNNING";
      for (const gone of step.remove) files.delete(gone);
      for (const file of wanted.files)
        if (step.put.includes(file.path)) files.set(file.path, remote(file, false));
    }
  }
  return { ...observed, files, ...known, visibility, stage };
}

describe("the plan of a Space", () => {
  test("leads to what is wanted, and a second plan is empty", () => {
    fc.assert(
      fc.property(
        wantedSpace,
        wantedSpace,
        fc.constantFrom("RUNNING", "PAUSED", "BUILD_ERROR"),
        (before, wanted, stage) => {
          const start: Ours = {
            ...{ kind: "ours", sdk: "docker", stage, visibility: before.visibility, host: null },
            files: new Map(before.files.map((file) => [file.path, remote(file, file.bytes.length > 2)])),
            variables: {},
            secrets: { BY_HAND: { description: null } },
          };
          const there = after(start, before, planSpace(before, start, fingerprint));
          const steps = planSpace(wanted, there, fingerprint);
          const done = after(there, wanted, steps);
          expect(planSpace(wanted, done, fingerprint)).toEqual([]);
          expect([...done.files.keys()].sort()).toEqual(wanted.files.map((file) => file.path).sort());
          expect(Object.keys(done.secrets).sort()).toEqual(
            [...Object.keys(wanted.secrets), "BY_HAND"].sort(),
          );
          // Values first: whatever is built or started next has all of them.
          const kinds = steps.map(({ kind }) => kind);
          const last = Math.max(kinds.lastIndexOf("set-value"), kinds.lastIndexOf("remove-value"));
          if (kinds.includes("upload")) expect(last).toBeLessThan(kinds.indexOf("upload"));
        },
      ),
    );
  });

  test("does nothing to a Space of somebody else", () => {
    fc.assert(
      fc.property(wantedSpace, (wanted) =>
        expect(planSpace(wanted, { kind: "foreign" }, fingerprint)).toEqual([]),
      ),
    );
  });

  test("a fingerprint tells values, names and Spaces apart, and needs the key", () => {
    const other = fingerprintWith(new Uint8Array(32).fill(1));
    const prints = [
      fingerprint("a/b", "K", "v"),
      fingerprint("a/b", "K", "w"),
      fingerprint("a/b", "L", "v"),
      fingerprint("a/c", "K", "v"),
      other("a/b", "K", "v"),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });

  test("blob ids are git's", () => {
    expect(gitBlobId(new TextEncoder().encode("hello\n"))).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
  });
});

describe("names of Spaces", () => {
  test("an index is found again, and in no other name", () => {
    fc.assert(
      fc.property(fc.nat(5_000), (index) =>
        expect(spaceIndex("my-spore", spaceName("my-spore", index))).toBe(index),
      ),
    );
    for (const foreign of ["my-spore-1", "my-spore-0001", "my-spore-x", "other-000", "my-spore"]) {
      expect(spaceIndex("my-spore", foreign)).toBe(null);
    }
  });

  test("what is refused comes with a name that is not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (given) => {
        const problem = repoNameProblem(given);
        const offered = problem === null ? null : (/; "([^"]*)" would do$/.exec(problem)?.[1] ?? "");
        if (offered !== null) expect(repoNameProblem(offered)).toBe(null);
      }),
    );
    for (const given of ["a.git", "-x-", "..", "a--b", "x".repeat(200)]) {
      expect(repoNameProblem(given)).toContain("would do");
    }
    expect(repoNameProblem("a.git")).toContain('"a" would do');
    expect(prefixProblem("Upper-Case")).toContain('"upper-case" would do');
    expect(prefixProblem("synapse-spore")).toBe(null);
  });

  test("an expected address is one that a browser understands", () => {
    expect(expectedHost("Ada_L/my.spore-000", "docker")).toBe("https://ada-l-my-spore-000.hf.space");
    expect(expectedHost("ada/page", "static")).toBe("https://ada-page.static.hf.space");
  });
});
