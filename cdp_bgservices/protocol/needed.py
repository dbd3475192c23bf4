"""The commands without which something does not work, and what that is: an older browser or an embedder may lack some.

The live browser is asked for each of them in tests/protocol/test_drift.py.
"""

RECORDING, WORKERS, TRIGGERS, PERMISSIONS, OFFLINE = "recording", "workers", "triggers", "--grant", "emulated offline"

NEEDED = {
    "Browser.getVersion": RECORDING,
    "Target.getBrowserContexts": RECORDING,
    "Target.getTargets": RECORDING,
    "Target.setDiscoverTargets": RECORDING,
    "Target.attachToTarget": RECORDING,
    "Target.createTarget": RECORDING,
    "BackgroundService.startObserving": RECORDING,
    "BackgroundService.stopObserving": RECORDING,
    "BackgroundService.setRecording": RECORDING,
    "BackgroundService.clearEvents": "clear",
    "ServiceWorker.enable": WORKERS,
    "ServiceWorker.dispatchSyncEvent": TRIGGERS,
    "ServiceWorker.dispatchPeriodicSyncEvent": TRIGGERS,
    "ServiceWorker.deliverPushMessage": TRIGGERS,
    "Browser.setPermission": PERMISSIONS,
    "Security.setIgnoreCertificateErrors": "--ignore-https-errors",
    "SystemInfo.getInfo": "knowing its profile",
    "SystemInfo.getProcessInfo": "attaching by profile folder",
}
