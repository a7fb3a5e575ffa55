import type { ModelRequest } from "../../spec/model.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { chatMessages } from "./chat-messages.ts";
import { type ChatEndpoint, checkedExtra } from "./resolve-options.ts";
import { isStrictSchema } from "./strict-schema.ts";

/** The body of a chat completions request. */
export function requestBody(request: ModelRequest, endpoint: ChatEndpoint): JsonObject {
  const { sampling = {}, tools = [], responseSchema } = request;
  return {
    model: endpoint.model,
    messages: chatMessages(request.messages),
    ...(tools.length === 0 ? {} : { tools: tools.map(functionTool) }),
    stream: false,
    [endpoint.maxTokensMember]: request.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    stop: sampling.stop,
    ...(responseSchema === undefined ? {} : { response_format: schemaFormat(responseSchema) }),
    ...endpoint.extra,
    ...checkedExtra(request.extra ?? {}),
  };
}

function functionTool(tool: NonNullable<ModelRequest["tools"]>[number]): JsonObject {
  return {
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: tool.parameters },
  };
}

function schemaFormat(schema: JsonObject): JsonObject {
  return { type: "json_schema", json_schema: { name: "reply", schema, strict: isStrictSchema(schema) } };
}
