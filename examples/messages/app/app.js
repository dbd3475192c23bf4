import { put } from "/outbox.js";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

await navigator.serviceWorker.register("/worker.js", { type: "module" });
const registration = await navigator.serviceWorker.ready;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await put({ text: form.elements.text.value });
  form.reset();
  await registration.sync.register("send-messages");
  status.textContent = "It is sent as soon as there is a network.";
});
