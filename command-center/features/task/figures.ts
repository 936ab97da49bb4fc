/** What the figures about an answer are called, and what each says: they measure different things. */

export const MEANINGS = {
  posterior:
    "How probable this answer was among the competing ones, and none of them, when it was signed: the figure that the terminal prints",
  answerConfidence:
    "What those who support the answer stated about themselves, weighed and calibrated on graded tasks",
  ownConfidence: "What this spore itself stated about its contribution, before anybody weighed it",
  agreement: "Share of the weighted voices in the largest group; it says nothing about being right",
} as const;
