/**
 * Which models are related: they err together, so a panel of one family is worth little more than one voice. Pure.
 *
 * The family is read from the model's name, whoever serves it: a Llama at Groq and a Llama at OpenRouter are one.
 */

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/gpt-oss/, "gpt-oss"],
  // Distilled models carry the name of their teacher and the errors of their base.
  [/distill-qwen/, "qwen"],
  [/distill-llama|nemotron|llama/, "llama"],
  [/deepseek/, "deepseek"],
  [/qwen|qwq/, "qwen"],
  [/glm/, "glm"],
  [/grok/, "grok"],
  [/gemini|gemma/, "gemini"],
  [/mistral|mixtral|ministral|magistral|codestral/, "mistral"],
  [/kimi|moonshot/, "kimi"],
  [/claude/, "claude"],
  [/\bphi-?\d/, "phi"],
  [/command-/, "command"],
  [/gpt-|chatgpt|\bo[1-9]\b/, "gpt"],
];

/** A known family, else the first word of the name itself. */
export function familyOf(model: string): string {
  const name = model.toLowerCase();
  const known = FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
  return known ?? /[a-z]+/.exec(name.split("/").at(-1) ?? "")?.[0] ?? name;
}

const THINKS =
  /gpt-oss|gpt-5|\bo[1-9]\b|glm-(4\.[5-9]|[5-9])|deepseek-r|qwq|qwen3(?!.*instruct)|magistral|thinking|nemotron-3|gemini|grok-\d(?!.*non-reasoning)|kimi-k2-t/;

/** Whether a model of this name is known to think before it answers; one that is not known to is found out by its replies. */
export function thinksFirst(model: string): boolean {
  return THINKS.test(model.toLowerCase());
}
