"""The SDK's version: a plugin's manifest names the range it works with."""

SDK_VERSION = "1.0.0"
