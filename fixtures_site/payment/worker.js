// The payment handler. Chromium installs it from the manifest at the first payment.
self.addEventListener('canmakepayment', event => event.respondWith(true));
self.addEventListener('paymentrequest', event => {
  event.respondWith({ methodName: event.methodData[0].supportedMethods, details: { paid: event.total.value } });
});
