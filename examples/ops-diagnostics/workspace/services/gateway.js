import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const config = Object.fromEntries(
  readFileSync("config/gateway.env", "utf8")
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);

createServer(async (request, response) => {
  try {
    const upstream = await fetch(`${config.UPSTREAM}${request.url}`, { headers: { "x-key": config.KEY ?? "" } });
    response.writeHead(upstream.status, { "content-type": "application/json" }).end(await upstream.text());
  } catch (error) {
    console.error(`${request.url}: ${error.message} ${error.cause?.message ?? ""}`);
    response.writeHead(502).end("bad gateway");
  }
}).listen(8000, "127.0.0.1", () => console.log("gateway listens on 8000"));
