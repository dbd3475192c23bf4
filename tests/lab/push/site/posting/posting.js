// An application server in a page, by WebCrypto alone: it encrypts (RFC 8291), signs (RFC 8292) and posts (RFC 8030).

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const bytesOf = (text) => new TextEncoder().encode(text);
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const join = async (...parts) => new Uint8Array(await new Blob(parts).arrayBuffer());

const DAY = 24 * 60 * 60;
const RECORD_SIZE = 4096;
const LAST_RECORD = 2;

const registered = navigator.serviceWorker.register("worker.js").then(() => navigator.serviceWorker.ready);
const signing = crypto.subtle.generateKey(P256, true, ["sign", "verify"]);

async function publicKey() {
  return crypto.subtle.exportKey("raw", (await signing).publicKey);
}

async function subscribe() {
  const { pushManager } = await registered;
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: await publicKey() });
}

async function derive(salt, secret, info, length) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, length * 8);
}

async function encrypt(message, subscription) {
  const [theirs, auth] = ["p256dh", "auth"].map((name) => subscription.getKey(name));
  const exchange = { name: "ECDH", namedCurve: "P-256" };
  const mine = await crypto.subtle.generateKey(exchange, true, ["deriveBits"]);
  const ours = await crypto.subtle.exportKey("raw", mine.publicKey);
  const their = await crypto.subtle.importKey("raw", theirs, exchange, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: their }, mine.privateKey, 256);
  const secret = await derive(auth, shared, await join(bytesOf("WebPush: info\0"), theirs, ours), 32);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const content = await derive(salt, secret, bytesOf("Content-Encoding: aes128gcm\0"), 16);
  const iv = await derive(salt, secret, bytesOf("Content-Encoding: nonce\0"), 12);
  const key = await crypto.subtle.importKey("raw", content, "AES-GCM", false, ["encrypt"]);
  const padded = await join(message, Uint8Array.of(LAST_RECORD));
  const record = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, padded);
  const size = new DataView(new ArrayBuffer(4));
  size.setUint32(0, RECORD_SIZE);
  return join(salt, size.buffer, Uint8Array.of(ours.byteLength), ours, record);
}

async function sign(audience) {
  const claims = { aud: audience, exp: Math.floor(Date.now() / 1000) + DAY, sub: "mailto:someone@example.com" };
  const parts = [{ typ: "JWT", alg: "ES256" }, claims].map((part) => base64url(bytesOf(JSON.stringify(part))));
  const signed = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" }, (await signing).privateKey, bytesOf(parts.join(".")),
  );
  return `vapid t=${parts.join(".")}.${base64url(signed)}, k=${base64url(await publicKey())}`;
}

/** Post to the page's own subscription, and return what was answered. ``message``: bytes, or null for a push without. */
async function post(message, further = {}) {
  const subscription = await subscribe();
  const headers = { TTL: "15", Authorization: await sign(new URL(subscription.endpoint).origin), ...further };
  if (message !== null) headers["Content-Encoding"] = "aes128gcm";
  const body = message === null ? null : await encrypt(Uint8Array.from(message), subscription);
  const answer = await fetch(subscription.endpoint, { method: "POST", headers, body });
  return { status: answer.status, location: answer.headers.get("Location"), text: await answer.text() };
}

/** The same, with what the worker was given. */
async function pushed(message) {
  const given = new Promise((resolve) => {
    new BroadcastChannel("pushed").onmessage = ({ data }) => resolve(data);
  });
  const answer = await post(message);
  return { ...answer, ...(await given) };
}
