/**
 * What a task is about, in one word, so that competence can be told apart by field: a deterministic count of telling
 * words. Coarse on purpose: a topic needs enough graded items to mean anything, and every spore must find the same one.
 */

export const GENERAL_TOPIC = "general";

const TELLING: Readonly<Record<string, string>> = {
  math: "equation integral derivative matrix polynomial theorem probability triangle algebra geometry integer prime sum modulo vector logarithm fraction percent arithmetic average dice",
  physics:
    "velocity acceleration momentum voltage photon wavelength quantum thermodynamic newton gravity magnetic electron force kinetic orbit entropy",
  chemistry:
    "molecule reaction acid oxidation mole bond catalyst solution compound enzyme polymer titration alkane ph isotope",
  biology:
    "cell protein gene species dna organism evolution bacteria virus mitosis photosynthesis chromosome ecosystem",
  health:
    "patient disease treatment symptom diagnosis drug dose therapy clinical medicine infection blood surgery vaccine nutrition",
  law: "court contract statute plaintiff defendant liability jurisdiction constitution criminal tort lawsuit legal clause license",
  business:
    "market revenue customer product strategy management profit pricing sales brand startup supply budget",
  economics:
    "inflation demand elasticity gdp monetary fiscal tariff unemployment interest equilibrium tax currency",
  psychology:
    "behavior cognitive memory anxiety personality perception emotion therapy conditioning developmental attachment",
  philosophy:
    "ethics moral argument epistemology metaphysics kant plato premise utilitarian consciousness virtue",
  history: "century war empire treaty revolution king ancient medieval colonial dynasty president",
  engineering: "circuit beam load torque turbine pump signal sensor stress fluid bridge steel motor",
  code: "function code bug compile python typescript javascript rust api database server algorithm class thread deploy test query regex git",
};

const TOPIC_BY_WORD = new Map(
  Object.entries(TELLING).flatMap(([topic, words]) => words.split(" ").map((word) => [word, topic] as const)),
);

/** The topic with the most telling words, the first in alphabetical order among equals, else GENERAL_TOPIC. */
export function topicOf(text: string): string {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    const topic = TOPIC_BY_WORD.get(word) ?? TOPIC_BY_WORD.get(word.replace(/s$/u, ""));
    if (topic !== undefined) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return best?.[0] ?? GENERAL_TOPIC;
}
