import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const site = "http://localhost:8000";
const serve = spawn("cdp-bgservices", ["serve", "--url", `${site}/`, "--grant", site], { stdio: ["pipe", "pipe", "inherit"] });
const pending = new Map();
let last = 0;

function ask(method, params = {}) {
  return new Promise((resolve, reject) => {
    pending.set(++last, { resolve, reject });
    serve.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: last, method, params }) + "\n");
  });
}

const ready = await new Promise((resolve, reject) => {
  createInterface({ input: serve.stdout }).on("line", (line) => {
    const { id, method, params, result, error } = JSON.parse(line);
    const failed = error && new Error([error.message, error.data.remedy].filter(Boolean).join("\n"));
    if (method === "ready") resolve(params);
    else if (!pending.has(id)) reject(failed);
    else if (failed) pending.get(id).reject(failed);
    else pending.get(id).resolve(result);
  });
});
console.log(`a driver connects to ${ready.endpoint}`);

const since = await ask("mark");
await ask("push", { data: "hello" });
const event = await ask("wait", { service: "pushMessaging", event: { pattern: "completed$" }, since });
console.log(event.event_name, event.metadata);
try {
  await ask("wait", { service: "pushMessaging", event: "Push event complete", since, timeout: 100 });
} catch (error) {
  console.log(error.message);
}
serve.stdin.end();
