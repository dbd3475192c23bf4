"""A browser on an Android device, over adb."""
