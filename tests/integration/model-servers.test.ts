/** Every adapter of hosted models against the same acceptance suite, over real sockets. */
import { createHfInference } from "@synapse/spore/llm/hf-inference.ts";
import { createOpenAiCompatible } from "@synapse/spore/llm/openai-compatible.ts";
import { describeModelServer } from "../support/model-server-suite.ts";

describeModelServer("openai-compatible", createOpenAiCompatible);
describeModelServer("hf-inference", createHfInference);
