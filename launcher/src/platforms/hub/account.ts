/** Whether an account and its token may do what a launch needs, said before anything is begun. Pure. */
import type { HubAccount } from "./hub-client.ts";

const WRITING_ROLES = new Set(["write", "admin", "contributor"]);
const SETTINGS = "https://huggingface.co/settings/tokens";

export interface AccountVerdict {
  readonly obstacles: readonly string[];
  readonly notices: readonly string[];
}

/** @param needsDocker spores are Docker Spaces; a page alone is a static one */
export function judgeAccount(account: HubAccount, owner: string, needsDocker: boolean): AccountVerdict {
  const obstacles: string[] = [];
  const organisation = account.organisations.find(({ name }) => name === owner);
  if (owner !== account.name && organisation === undefined) {
    obstacles.push(
      `the token belongs to ${account.name}, which is not a member of "${owner}"; give another --hf-owner or token`,
    );
  }
  if (account.tokenRole === "fineGrained") {
    const mayWrite = account.scopes.some(
      ({ entity, permissions }) => entity === owner && permissions.includes("repo.write"),
    );
    if (!mayWrite) {
      obstacles.push(
        `the fine-grained token may not write repositories of ${owner}; give it "Write access to contents/settings of all repos" at ${SETTINGS}`,
      );
    }
  } else if (account.tokenRole !== null && !WRITING_ROLES.has(account.tokenRole)) {
    obstacles.push(
      `the token may only ${account.tokenRole}; a launch needs one with the role "write": ${SETTINGS}`,
    );
  }
  const isPaid = organisation?.isPaid ?? account.isPaid;
  const notices =
    needsDocker && !isPaid
      ? [`${owner} seems to have no paid plan: the Hub may refuse Docker Spaces (--target local needs none)`]
      : [];
  return { obstacles, notices };
}

/**
 * What is wrong with a token that is to go into a Space: it must be able to do its one thing and nothing else.
 * @param alsoFine a role besides "fineGrained" that cannot do harm there
 */
export function broadTokenProblem(role: string | null, what: string, alsoFine: string | null): string | null {
  if (role === null || role === "fineGrained" || role === alsoFine) return null;
  return (
    `${what} has the role "${role}" and could change your repositories from inside a Space; ` +
    `make a fine-grained token that may do nothing else: ${SETTINGS}`
  );
}

/** Said before anything is done; checked against the Hub's documentation in November 2026. */
export function costLines(spores: number, page: boolean): string[] {
  return [
    ...(spores > 0
      ? [
          `${spores} Docker Space${spores === 1 ? "" : "s"} on cpu-basic: the hardware is free, Docker Spaces need a paid plan (huggingface.co/pricing).`,
          "They sleep after 48 h without a request; a restart empties their disk, and a spore then refills from its peers.",
          "--target local runs on this machine and costs nothing.",
        ]
      : []),
    ...(page ? ["The Command Center is a static Space, which is free."] : []),
  ];
}
