import { put } from "/outbox.js";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await put({ text: form.elements.text.value });
  form.reset();
  status.textContent = "It is sent as soon as there is a network.";
  const registration = await navigator.serviceWorker.ready;
  await registration.sync.register("send-messages");
});

navigator.serviceWorker.addEventListener("message", () => {
  status.textContent = "Sent.";
});

await navigator.serviceWorker.register("/worker.js", { type: "module" });
