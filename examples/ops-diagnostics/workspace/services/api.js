import { accessSync, constants, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const config = JSON.parse(readFileSync("config/api.json", "utf8"));
if (!Number.isInteger(config.port))
  throw new TypeError(`config/api.json: port must be an integer, got ${JSON.stringify(config.port)}`);
accessSync(config.dataDir, constants.R_OK | constants.W_OK);
const items = JSON.parse(readFileSync(join(config.dataDir, "items.json"), "utf8"));

createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.url === "/health") response.end('{"ok":true}');
  else if (request.url === "/items") response.end(JSON.stringify(items));
  else response.writeHead(404).end("{}");
}).listen(config.port, "127.0.0.1", () => console.log(`api listens on ${config.port}`));
